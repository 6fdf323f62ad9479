"""Fjordtel: the made-up organisation, founded by calling the same actions as everybody else.

Eighteen months with a story: two teams in Bergen merge and find one another again, the site in
Hamar closes and its people move to Fornebu and Gjøvik, people come and go all the time.
"""

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.db import transaction

from engagement import times
from engagement.demo import names
from engagement.demo.personas import BY_SLUG
from engagement.live import actions as live
from engagement.people import actions as people
from engagement.people.actions import PersonFacts
from engagement.people.models import (
    Employer,
    Person,
    RoleAssignment,
    ShiftPattern,
    Site,
    Unit,
    folded,
)
from engagement.wallboards import actions as walls
from kudos import actions as kudos
from kudos.models import Value

AGE = dt.timedelta(days=550)
Role = RoleAssignment.Role
Choice = Person.WallChoice

VALUES = [
    ("loft", "Vi løfter hverandre", "We lift each other", 0),
    ("enkelt", "Enkelt", "Simple", 1),
    ("kvalitet", "Kvalitet", "Quality", 3),
    ("modig", "Modig", "Brave", 2),
    ("nysgjerrig", "Nysgjerrig", "Curious", 4),
]
SHIFTS = [
    ("dag", "Dagvakt", "Day shift", (1, 2, 3, 4, 5), dt.time(8), dt.time(16)),
    ("kveld", "Kveldsvakt", "Evening shift", (1, 2, 3, 4, 5), dt.time(14), dt.time(22)),
    ("natt", "Nattevakt", "Night shift", (1, 2, 3, 4, 5, 6, 7), dt.time(22), dt.time(6)),
    ("helg", "Helgevakt", "Weekend shift", (5, 6, 7), dt.time(10), dt.time(20)),
]
# Site, its share of the people, and who employs them there.
PLACES = [
    ("Fornebu", 0.24, "Fjordtel"),
    ("Trondheim", 0.22, "Fjordtel"),
    ("Bergen", 0.15, "Fjordtel"),
    ("Tromsø", 0.12, "Fjordtel"),
    ("Gjøvik", 0.14, "Nordsvar"),
    ("Vilnius", 0.13, "Kundely"),
]
ENDING_TEAMS = {"Team Torden", "Team Mjøs", "Team Skibladner"}
DOMAINS = {
    "Fjordtel": "fjordtel.example",
    "Nordsvar": "nordsvar.example",
    "Kundely": "kundely.example",
}


@dataclass
class Cast:
    """What is built up on the way."""

    founded_on: dt.date
    dice: random.Random
    employers: dict[str, Employer] = field(default_factory=dict)
    sites: dict[str, Site] = field(default_factory=dict)
    departments: dict[str, Unit] = field(default_factory=dict)
    teams: dict[str, list[Unit]] = field(default_factory=dict)
    shifts: dict[str, ShiftPattern] = field(default_factory=dict)

    @property
    def founded_at(self) -> dt.datetime:
        return self.nine_o_clock(self.founded_on)

    def nine_o_clock(self, day: dt.date) -> dt.datetime:
        return dt.datetime.combine(day, dt.time(9), tzinfo=dt.UTC)

    def day(self, number: int) -> dt.date:
        return self.founded_on + dt.timedelta(days=number)


@transaction.atomic
def found(*, scale: int, at: dt.datetime, dice: random.Random) -> None:
    """Makes the whole organisation, all or nothing. About ``scale`` people work in it at ``at``."""
    cast = Cast(founded_on=times.local_date(at) - AGE, dice=dice)
    _make_places(cast)
    _make_teams(cast, count=max(12, round(scale * 60 / 650)))
    _hire(cast, scale=scale)
    _merge_in_bergen(cast, at=at)
    _close_hamar(cast, at=at)
    _give_roles(cast, at=at)
    _choose_walls(dice=dice, at=at)
    _make_values_and_boards(cast, at=at)
    people.record(verb="demo-founded", by=None, at=at, subject="demo", scale=scale)


def _make_places(cast: Cast) -> None:
    at = cast.founded_at
    for name in DOMAINS:
        cast.employers[name] = people.create_employer(
            name=name, is_partner=name != "Fjordtel", by=None, at=at
        )
    for city in [*(place for place, _share, _employer in PLACES), "Hamar"]:
        zone = "Europe/Vilnius" if city == "Vilnius" else "Europe/Oslo"
        cast.sites[city] = people.create_site(name=city, city=city, timezone=zone, by=None, at=at)
    for key, name_nb, name_en, days, starts_at, ends_at in SHIFTS:
        cast.shifts[key] = people.create_shift_pattern(
            key=key, name_nb=name_nb, name_en=name_en, weekdays=days,
            starts_at=starts_at, ends_at=ends_at, by=None, at=at,
        )  # fmt: skip


def _make_teams(cast: Cast, *, count: int) -> None:
    def open_unit(name: str, employer: str, parent: Unit | None, site: str = "") -> Unit:
        return people.open_unit(
            name=name, employer=cast.employers[employer], parent=parent,
            site=cast.sites[site] if site else None,
            on=cast.founded_on, by=None, at=cast.founded_at,
        )  # fmt: skip

    company = open_unit("Fjordtel", "Fjordtel", None)
    service = open_unit("Kundeservice", "Fjordtel", company)
    people.open_unit(
        name="Resten av Fjordtel", employer=cast.employers["Fjordtel"], parent=company,
        on=cast.founded_on, stated_headcount=2750, by=None, at=cast.founded_at,
    )  # fmt: skip
    called = _team_names()
    for city, share, employer in PLACES:
        above = service if employer == "Fjordtel" else open_unit(employer, employer, None)
        cast.departments[city] = open_unit(f"Kundeservice {city}", employer, above, city)
        cast.teams[city] = [
            open_unit(next(called), employer, cast.departments[city])
            for _ in range(max(2, round(count * share)))
        ]
        if city == "Trondheim":
            nordlys = next(
                team
                for teams in cast.teams.values()
                for team in teams
                if team.name == "Team Nordlys"
            )
            cast.teams["Fornebu"].remove(nordlys)
            people.move_unit(
                unit=nordlys, parent=cast.departments[city], site=None,
                on=cast.founded_on, by=None, at=cast.founded_at,
            )  # fmt: skip
            cast.teams[city].insert(0, nordlys)
    cast.departments["Hamar"] = open_unit("Kundeservice Hamar", "Fjordtel", service, "Hamar")
    hamar = cast.departments["Hamar"]
    cast.teams["Hamar"] = [
        open_unit(name, "Fjordtel", hamar) for name in ("Team Mjøs", "Team Skibladner")
    ]
    bergen = cast.departments["Bergen"]
    cast.teams["Bergen"] += [
        open_unit(name, "Fjordtel", bergen) for name in ("Team Lyn", "Team Torden")
    ]


def _team_names() -> Iterator[str]:
    for number in range(1, 1000):
        for name in names.TEAMS:
            yield f"Team {name}" if number == 1 else f"Team {name} {number}"


def _hire(cast: Cast, *, scale: int) -> None:
    """People for every team: most from the start, some later, and those who have left since."""
    facts: list[PersonFacts] = []
    taken: set[str] = set()
    numbers = {employer: 10100 * (1 + 10 * position) for position, employer in enumerate(DOMAINS)}
    for city, teams in cast.teams.items():
        share = next((share for place, share, _who in PLACES if place == city), 0.03)
        wanted = round(scale * share)
        for position in range(round(wanted * 1.18)):
            team = teams[position % len(teams)]
            employer = team.employer.name
            numbers[employer] += 1
            facts.append(_newcomer(cast, team, str(numbers[employer]), taken, position >= wanted))
    facts += _personas(cast)
    people.hire_people(facts=facts, by=None, at=cast.founded_at)


def _newcomer(cast: Cast, team: Unit, number: str, taken: set[str], is_gone: bool) -> PersonFacts:
    dice, employer = cast.dice, team.employer.name
    is_vilnius = employer == "Kundely"
    given = dice.choice(names.VILNIUS_GIVEN if is_vilnius else names.GIVEN)
    family = dice.choice(names.VILNIUS_FAMILY if is_vilnius else names.FAMILY)
    # Nobody joins a team after its end.
    is_ending = team.name in ENDING_TEAMS
    started = 0 if is_ending or dice.random() < 0.72 else dice.randrange(1, 520)
    left = dice.randrange(started + 20, 545) if is_gone and started < 500 else None
    if is_ending:
        left = None
    # Many agents have no work mail: they come in with a code on paper.
    mail = f"{_ascii(given)}.{_ascii(family)}.{number}@{DOMAINS[employer]}"
    key = dice.choices(["dag", "kveld", "natt", "helg"], [60, 24, 6, 10])[0]
    return PersonFacts(
        employer=team.employer,
        employee_number=number,
        given_name=given,
        family_name=family,
        email=mail if dice.random() < 0.55 else "",
        title="Kundebehandler" if not is_vilnius else "Customer adviser",
        language="en" if is_vilnius or dice.random() < 0.04 else "nb",
        shift_pattern=cast.shifts[key],
        started_on=cast.day(started),
        left_on=cast.day(left) if left else None,
        unit=team,
    )


def _ascii(name: str) -> str:
    plain = folded(name)
    return "".join(letter for letter in plain if letter.isascii() and letter.isalpha()) or "x"


def _personas(cast: Cast) -> list[PersonFacts]:
    nordlys = cast.teams["Trondheim"][0]
    service = cast.departments["Trondheim"]
    rows = [
        ("agent", "Ingrid", "Nilsen", nordlys, "Kundebehandler", "dag"),
        ("colleague", "Jonas", "Berg", nordlys, "Kundebehandler", "dag"),
        ("lead", "Amina", "Hassan", nordlys, "Teamleder", "dag"),
        ("manager", "Per", "Solheim", service, "Avdelingsleder", "dag"),
        ("hr", "Kari", "Lund", cast.departments["Fornebu"], "HR-rådgiver", "dag"),
        ("delegate", "Ola", "Haugen", cast.teams["Bergen"][0], "Kundebehandler", "kveld"),
        ("union", "Berit", "Aas", cast.teams["Tromsø"][0], "Kundebehandler", "dag"),
        ("partner", "Rasa", "Petrauskaitė", cast.teams["Vilnius"][0], "Customer adviser", "dag"),
        ("keeper", "Nils", "Eide", service, "Driftskoordinator", "dag"),
        ("admin", "Siri", "Dahl", cast.departments["Fornebu"], "Systemansvarlig", "dag"),
    ]
    return [
        PersonFacts(
            employer=unit.employer,
            employee_number=BY_SLUG[slug].number,
            given_name=given,
            family_name=family,
            email=f"{_ascii(given)}.{_ascii(family)}@{DOMAINS[unit.employer.name]}",
            title=title,
            language="en" if slug == "partner" else "nb",
            shift_pattern=cast.shifts[shift],
            started_on=cast.founded_on,
            unit=unit,
        )
        for slug, given, family, unit, title, shift in rows
    ]


def _merge_in_bergen(cast: Cast, *, at: dt.datetime) -> None:
    lyn, torden = cast.teams["Bergen"][-2:]
    people.merge_units(units=[torden], into=lyn, on=cast.day(290), by=None, at=at)
    people.rename_unit(unit=lyn, name="Team Uvær", by=None, at=at)


def _close_hamar(cast: Cast, *, at: dt.datetime) -> None:
    on = cast.day(340)
    mjos, skibladner = cast.teams["Hamar"]
    people.move_unit(
        unit=mjos, parent=cast.departments["Fornebu"], site=None, on=on, by=None, at=at
    )
    people.close_unit(unit=skibladner, on=on, move_to=cast.teams["Fornebu"][0], by=None, at=at)
    people.close_unit(unit=cast.departments["Hamar"], on=on, by=None, at=at)
    people.close_site(site=cast.sites["Hamar"], on=on, by=None, at=at)


def _give_roles(cast: Cast, *, at: dt.datetime) -> None:
    def persona(slug: str) -> Person:
        return Person.objects.get(employee_number=BY_SLUG[slug].number)

    day = times.local_date(at)
    for city, teams in cast.teams.items():
        for team in teams if city != "Hamar" else teams[:1]:
            members = Person.objects.employed_on(day).filter(
                memberships__unit=team, memberships__to_on=None
            )
            lead = members.order_by("started_on", "employee_number").first()
            if team == cast.teams["Trondheim"][0]:
                lead = persona("lead")
            if lead and team.closed_on is None:
                # Leads have led since they came: surveys of the past count them among leaders.
                since = cast.nine_o_clock(max(cast.founded_on, lead.started_on or cast.founded_on))
                people.assign_role(person=lead, role=Role.LEAD, scope=team, by=None, at=since)
    grants: list[tuple[str, str, Site | None]] = [
        ("manager", Role.SITE_MANAGER, cast.sites["Trondheim"]),
        ("hr", Role.HR, None),
        ("delegate", Role.SAFETY_DELEGATE, None),
        ("union", Role.UNION_REPRESENTATIVE, None),
        ("keeper", Role.SCREEN_KEEPER, None),
        ("admin", Role.ADMINISTRATOR, None),
    ]
    for slug, role, scope in grants:
        people.assign_role(
            person=persona(slug), role=role, scope=scope, by=None, at=cast.founded_at
        )


def _choose_walls(*, dice: random.Random, at: dt.datetime) -> None:
    """Most have chosen; the team lead among the personas has not, so that one sees the question."""
    chosen: list[tuple[Person, str]] = []
    asked = BY_SLUG["lead"].number
    for person in Person.objects.employed_on(times.local_date(at)).order_by("employee_number"):
        is_persona = len(person.employee_number) == 5 and person.employee_number.endswith(
            tuple(f"000{digit}" for digit in range(1, 10))
        )
        choice = dice.choices([Choice.ANY, Choice.TEAM, Choice.NEVER, ""], [68, 12, 6, 14])[0]
        if is_persona:
            choice = "" if person.employee_number == asked else Choice.ANY
        if choice:
            chosen.append((person, str(choice)))
    people.choose_walls(choices=chosen, at=at)


def _make_values_and_boards(cast: Cast, *, at: dt.datetime) -> None:
    admin = Person.objects.get(employee_number=BY_SLUG["admin"].number)
    for position, (key, name_nb, name_en, hue) in enumerate(VALUES):
        value = Value(key=key, name_nb=name_nb, name_en=name_en, hue=hue, position=position)
        kudos.save_value(value=value, by=admin, at=at)
    for city, _share, _employer in PLACES:
        walls.create_board(
            by=admin, name=f"Kundeservice {city}", site=cast.sites[city],
            unit=cast.departments[city], language="en" if city == "Vilnius" else "nb", at=at,
        )  # fmt: skip
    walls.create_board(by=admin, name="Team Nordlys", unit=cast.teams["Trondheim"][0], at=at)
    walls.create_board(by=admin, name="Hele kundeservice", unit=None, at=at)
    live.ensure_streams(
        units=[*cast.departments.values(), *(t for teams in cast.teams.values() for t in teams)],
        sites=cast.sites.values(),
        employers=cast.employers.values(),
        everybody=True,
    )
