"""Everybody and everything a roster is compared with, loaded in a fixed number of queries."""

import datetime as dt
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import NamedTuple

from django.db.models import Q

from engagement.people import access
from engagement.people.models import (
    Employer,
    Membership,
    Person,
    RoleAssignment,
    ShiftPattern,
    Site,
    Unit,
    folded,
)
from engagement.people.tree import Tree


class Known(NamedTuple):
    """A person as the database has them: what a roster can change, nothing else."""

    pk: int
    employer_id: int
    number: str
    given: str
    family: str
    email: str
    phone: str
    title: str
    language: str
    manager_id: int | None
    shift_id: int | None
    started_on: dt.date
    left_on: dt.date | None

    @property
    def name(self) -> str:
        return f"{self.given} {self.family}".strip()

    def works_on(self, day: dt.date) -> bool:
        return self.started_on <= day and not self.has_left_by(day)

    def has_left_by(self, day: dt.date) -> bool:
        return self.left_on is not None and self.left_on <= day

    def never_started(self) -> bool:
        return self.left_on is not None and self.left_on <= self.started_on


class Place(NamedTuple):
    """A membership that holds today or will."""

    unit_id: int
    from_on: dt.date
    to_on: dt.date | None


@dataclass(slots=True)
class Importer:
    """Who imports, and how far their right reaches. No person at all is the command line."""

    person: Person | None
    is_whole: bool
    can_make_administrators: bool

    @classmethod
    def of(cls, person: Person | None) -> "Importer":
        if person is None:
            return cls(None, True, True)
        return cls(
            person,
            access.can_administer_everybody(person),
            access.can_give_role(person, RoleAssignment.Role.ADMINISTRATOR),
        )

    def may_import(self, employer: Employer) -> bool:
        return self.person is None or access.can_import_roster(self.person, employer=employer)


@dataclass(slots=True)
class World:
    """What there is on ``today``."""

    today: dt.date
    importer: Importer
    tree: Tree
    employers: list[Employer]
    sites: list[Site]
    patterns: list[ShiftPattern]
    people: dict[int, Known]
    places: dict[int, list[Place]]
    roles: dict[int, list[RoleAssignment]]
    # Closed units under the row number of the unit they last stood under (None for the top).
    closed_units: dict[tuple[int | None, str], Unit]
    allowed: set[int] = field(default_factory=set)

    @classmethod
    def load(cls, *, importer: Importer, at: dt.datetime, today: dt.date) -> "World":
        people = Person.objects.values_list(
            "pk", "employer_id", "employee_number", "given_name", "family_name", "email", "phone",
            "title", "language", "manager_id", "shift_pattern_id", "started_on", "left_on",
        )  # fmt: skip
        memberships = (
            Membership.objects.filter(Q(to_on__isnull=True) | Q(to_on__gt=today))
            .order_by("from_on")
            .values_list("person_id", "unit_id", "from_on", "to_on")
        )
        places: dict[int, list[Place]] = {}
        for person_id, *place in memberships:
            places.setdefault(person_id, []).append(Place(*place))
        roles: dict[int, list[RoleAssignment]] = {}
        # Also one that begins a moment later: a run that started after this one may be done before.
        for role in RoleAssignment.objects.filter(Q(to_at__isnull=True) | Q(to_at__gt=at)):
            roles.setdefault(role.person_id, []).append(role)
        world = cls(
            today=today,
            importer=importer,
            tree=Tree.on(today),
            employers=list(Employer.objects.order_by("pk")),
            sites=list(Site.objects.order_by("pk")),
            patterns=list(ShiftPattern.objects.order_by("pk")),
            people={row[0]: Known(*row) for row in people},
            places=places,
            roles=roles,
            closed_units=_closed_units(today),
        )
        world.allowed = {one.pk for one in world.employers if importer.may_import(one)}
        return world

    def place_of(self, known: Known) -> Place | None:
        """Where somebody belongs today; for those who start later, where they will."""
        places = self.places.get(known.pk, [])
        return places[0] if places else None


def _closed_units(today: dt.date) -> dict[tuple[int | None, str], Unit]:
    found: dict[tuple[int | None, str], Unit] = {}
    for unit in Unit.objects.filter(closed_on__lte=today).prefetch_related("placements"):
        placements = sorted(unit.placements.all(), key=lambda one: one.from_on)
        parent_id = placements[-1].parent_id if placements else None
        found[parent_id, folded(unit.name)] = unit
    return found


def nearest(name: str, known: dict[str, str]) -> str:
    """Which of ``known`` (folded → as written) ``name`` is probably a slip of the pen for, or ""."""
    close = get_close_matches(folded(name), known, n=1, cutoff=0.75)
    # "Team 3" and "Team 4" differ by purpose, not by mistake.
    if close and _digits(close[0]) == _digits(folded(name)):
        return known[close[0]]
    return ""


def _digits(text: str) -> str:
    return "".join(c for c in text if c.isdigit())
