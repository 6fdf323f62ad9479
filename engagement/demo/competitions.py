"""What Fjordtel competes in: a walk between sites that runs, a quiz that is over, one to choose a group for.

Made and entered by the same actions as everybody uses; the clock's part is called at its time.
"""

import datetime as dt
import random
from decimal import Decimal

from django.utils.translation import override

from engagement import times
from engagement.demo.personas import BY_SLUG
from engagement.people.models import Person, Site, Unit, sortable
from engagement.people.queries import placed_people, unit_id_of
from engagement.people.tree import Tree
from events import actions
from events.access.planning import Reach
from events.competition_facts import CompetitionFacts, GroupFacts
from events.models import Competition, GroupKind, TieRule
from events.queries.competing_choices import people_at, unit_choices

FEWEST = 5
MOST_WALKERS = 16
DAY = dt.timedelta(days=1)


def fill(*, at: dt.datetime, dice: random.Random) -> None:
    """All of it, the first time; later what the clock does comes from the clock."""
    if Competition.objects.exists():
        return
    with override("nb"):
        tree = Tree.on(times.local_date(at))
        hr = Person.objects.get(employee_number=BY_SLUG["hr"].number)
        manager = Person.objects.get(employee_number=BY_SLUG["manager"].number)
        here = tree.site_of(unit_id_of(placed_people(tree.day).get(pk=manager.pk)))
        assert here is not None
        _quiz(here, by=manager, tree=tree, at=at)
        _walk(by=hr, tree=tree, at=at, dice=dice)
        _books(here, by=manager, at=at)


def _morning(at: dt.datetime, days: int) -> dt.datetime:
    return times.moment_of(times.local_date(at) + days * DAY, dt.time.min)


def _closing(at: dt.datetime, days: int) -> dt.datetime:
    return times.moment_of(times.local_date(at) + days * DAY, dt.time(15))


def _walk(*, by: Person, tree: Tree, at: dt.datetime, dice: random.Random) -> None:
    """Between the sites, in the middle of its second week."""
    sites = [site for site in tree.sites.values() if site.closed_on is None]
    people = {site: people_at(site, tree) for site in sites}
    able = sorted(
        (site for site in sites if len(people[site]) >= FEWEST), key=lambda one: sortable(one.name)
    )
    if len(able) < 2:
        return
    starts_at, middle, ends_at = _morning(at, -9), _morning(at, -2), _closing(at, 5)
    walk = actions.create_competition(
        facts=CompetitionFacts(
            title="Til Nordkapp og hjem",
            description="Hvor langt går vi sammen på to uker? Skriv inn det du går til og fra jobb, i "
            "lunsjen og på kveldstur.",
            emblem="walk",
            unit_word="km",
            kind=GroupKind.SITES,
            groups=[GroupFacts(site=site) for site in able],
            rounds=[(starts_at, middle), (middle, ends_at)],
            tie_rule=TieRule.LOT,
            most_per_entry=Decimal(50),
            most_per_day=Decimal(60),
            is_for_everybody=True,
        ),
        by=by,
        at=starts_at - 2 * DAY,
    )
    actions.count_rounds(at=starts_at + dt.timedelta(minutes=1))
    agent = Person.objects.get(employee_number=BY_SLUG["agent"].number)
    for day in range(0, 9, 2):
        noon = starts_at + day * DAY + dt.timedelta(hours=13)
        if noon > at:
            break
        actions.count_rounds(at=noon)
        for site in able:
            walkers = people[site][:MOST_WALKERS]
            chosen = dice.sample(walkers, k=min(len(walkers), dice.randint(4, 7)))
            # Whoever looks at the demo first shall find something of their own.
            if agent in people[site] and agent not in chosen:
                chosen.append(agent)
            for person in chosen:
                kilometres = Decimal(dice.randint(14, 90)) / 10
                actions.add_entry(competition=walk, value=kilometres, by=person, at=noon)
    actions.refresh_standings(at=at)


def _quiz(site: Site, *, by: Person, tree: Tree, at: dt.datetime) -> None:
    """Between the teams of one site, judged, over since last week."""
    reach = Reach(units=frozenset(tree.unit_ids_at(site.pk)))
    teams: list[Unit] = [unit for unit, _heads in unit_choices(reach, tree)][:4]
    if len(teams) < 2:
        return
    starts_at, ends_at = _morning(at, -16), _closing(at, -6)
    quiz = actions.create_competition(
        facts=CompetitionFacts(
            title="Høstquizen",
            description="Fire lunsjer, tjue spørsmål hver gang. Quizmasteren skriver inn poengene.",
            emblem="quiz",
            unit_word="poeng",
            kind=GroupKind.UNITS,
            groups=[GroupFacts(unit=unit) for unit in teams],
            rounds=[(starts_at, ends_at)],
            by_people=False,
            by_judge=True,
            judges=[by],
        ),
        by=by,
        at=starts_at - DAY,
    )
    actions.count_rounds(at=starts_at + dt.timedelta(minutes=1))
    points = ((61, 78, 55, 70), (72, 66, 58, 81))
    for lunch, row in enumerate(points):
        groups = quiz.groups.order_by("number")
        values = {group.key: Decimal(number) for group, number in zip(groups, row, strict=False)}
        actions.add_judged_entries(
            competition=quiz, values=values, by=by, at=starts_at + (lunch * 3 + 1) * DAY
        )
    actions.close_competitions(at=ends_at + dt.timedelta(minutes=1))


def _books(site: Site, *, by: Person, at: dt.datetime) -> None:
    """Begins next week; people choose their group."""
    actions.create_competition(
        facts=CompetitionFacts(
            title="Lesevinter",
            description="Én bok er ett poeng, tykk eller tynn.",
            emblem="learn",
            unit_word="bøker",
            kind=GroupKind.MIXED,
            groups=[GroupFacts(name=name) for name in ("Ravnene", "Oterne", "Gaupene")],
            rounds=[(_morning(at, 5), _closing(at, 33))],
            most_per_entry=Decimal(5),
            most_per_day=Decimal(5),
            is_joined_freely=True,
            for_site=site,
        ),
        by=by,
        at=at,
    )
