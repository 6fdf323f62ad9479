"""Where more of a team are away than its rule allows: after people had signed up, somebody's shift, the
rule or a sitting changed."""

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from engagement import times
from engagement.people.access import has_role
from engagement.people.models import Membership, Person, RoleAssignment, Unit, sortable
from engagement.people.tree import Tree
from events import slots
from events.models import SignUp
from events.queries.coverage import TeamLoad, lifted, load_teams
from events.queries.load import Run, held_rules, runs_of, teams_of, teams_to_load, zones_of

# How far ahead what is over the rule is looked for.
AHEAD = dt.timedelta(days=14)
Role = RoleAssignment.Role
# Whoever manages the site hears of it; where nobody does, HR.
TOLD = (Role.SITE_MANAGER, Role.HR)


class Place(NamedTuple):
    """That somebody has, or is offered, a place. Row numbers and slots."""

    person_id: int
    sitting_id: int
    taken: range


@dataclass(frozen=True)
class Broken:
    """A team, and in which slots which sittings (row numbers) take too many of it away."""

    unit: Unit
    zone: str | None
    load: TeamLoad
    slots: dict[int, set[int]]


def _broken_ahead(
    units: Collection[Unit], tree: Tree, at: dt.datetime, places: Collection[Place]
) -> list[Broken]:
    """Those of ``units`` whose rule is broken within two weeks. Whoever is at a sitting for which the
    rule is lifted is not one too many: that was decided. Six queries."""
    held, zones = held_rules(tree, units), zones_of(units, tree)
    guarded = [unit for unit in units if unit.pk in held]
    loads = load_teams(teams_to_load(guarded, held, zones), starts_at=at, ends_at=at + AHEAD)
    lifts = lifted({one.sitting_id for one in places}, list(tree.nodes))
    window = slots.touched(at, at + AHEAD)
    held_by: dict[int, list[Place]] = {}
    for place in places:
        held_by.setdefault(place.person_id, []).append(place)
    found = []
    for unit in guarded:
        load, line = loads[unit.pk], set(tree.ancestor_ids(unit.pk))
        counted = [
            place
            for person_id in load.members & held_by.keys()
            for place in held_by[person_id]
            if not line & lifts.get(place.sitting_id, set())
        ]
        if broken := _broken_slots(load, counted, window):
            found.append(Broken(unit, zones[unit.pk], load, broken))
    return found


def _broken_slots(load: TeamLoad, places: Iterable[Place], window: range) -> dict[int, set[int]]:
    by_slot: dict[int, list[Place]] = {}
    for one in places:
        for slot in range(max(one.taken.start, window.start), min(one.taken.stop, window.stop)):
            by_slot.setdefault(slot, []).append(one)
    found = {}
    for slot, taken in by_slot.items():
        on_shift, allowed = load.on_shift(slot), load.at(slot).allowed
        gone = [one for one in taken if one.person_id in on_shift]
        if allowed is not None and len({one.person_id for one in gone}) > allowed:
            found[slot] = {one.sitting_id for one in gone}
    return found


def _places_ahead(at: dt.datetime) -> list[Place]:
    rows = SignUp.objects.holding().filter(
        sitting__starts_at__lt=at + AHEAD, sitting__ends_at__gt=at, sitting__cancelled_at=None,
        event__cancelled_at=None,
    )  # fmt: skip
    return [
        Place(person_id, sitting_id, slots.touched(*time))
        for person_id, sitting_id, *time in rows.values_list(
            "person_id", "sitting_id", "sitting__starts_at", "sitting__ends_at"
        )
    ]


class Over(NamedTuple):
    """A team that has more away than its rule allows, and when. ``day`` by the team's own clock."""

    unit: Unit
    day: dt.date
    zone: str | None
    run: Run


def over_ahead(units: Collection[Unit], tree: Tree, at: dt.datetime) -> list[Over]:
    """Where more of ``units`` are away than the rule allows, within two weeks, the first first.
    Seven queries."""
    found = [
        Over(one.unit, times.local_date(run.starts_at, one.zone), one.zone, run)
        for one in _broken_ahead(units, tree, at, _places_ahead(at))
        for run in runs_of(one.load, sorted(one.slots))
    ]
    return sorted(found, key=lambda one: (one.run.starts_at, sortable(one.unit.name)))


class Breach(NamedTuple):
    """Too many of a team are at one sitting, from the first such slot to the last."""

    unit_id: int
    sitting_id: int
    starts_at: dt.datetime
    ends_at: dt.datetime


def breaches_ahead(tree: Tree, at: dt.datetime) -> list[Breach]:
    """All there are within two weeks. One query when nobody is away, else eight."""
    places = _places_ahead(at)
    if not places:
        return []
    # A team of which nobody is away breaks nothing.
    there = Membership.objects.filter(person__in={one.person_id for one in places})
    units = teams_of(tree.nodes.keys() & set(there.values_list("unit_id", flat=True)), tree)
    found = []
    for one in _broken_ahead(units, tree, at, places):
        for sitting_id in sorted({pk for sittings in one.slots.values() for pk in sittings}):
            taken = [slot for slot, sittings in one.slots.items() if sitting_id in sittings]
            span = (slots.start_of(min(taken)), slots.start_of(max(taken)) + slots.LENGTH)
            found.append(Breach(one.unit.pk, sitting_id, *span))
    return found


def those_to_tell(
    unit_ids: Iterable[int], *, tree: Tree, at: dt.datetime
) -> dict[int, list[Person]]:
    """Who hears of a broken rule of each unit (row number): those who manage its site and may lift the
    rule; where there is none, HR as far as their role reaches. One query, and one a person."""
    roles = RoleAssignment.objects.held(at).filter(role__in=TOLD)
    people = list(Person.objects.filter(pk__in=roles.values("person")).order_by("pk"))
    found = {}
    for unit_id in set(unit_ids) & tree.nodes.keys():
        unit = tree.nodes[unit_id].unit
        ranks = (
            [one for one in people if has_role(one, role, unit=unit, tree=tree)] for role in TOLD
        )
        found[unit_id] = next(filter(None, ranks), [])
    return found
