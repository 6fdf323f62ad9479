"""The shifts of Trondheim for two weeks, and the rule that keeps enough of its people on the phones."""

import datetime as dt
import random

from engagement import times
from engagement.demo.personas import BY_SLUG
from engagement.people.models import Person, RoleAssignment, Unit
from engagement.people.queries import placed_people, unit_id_of
from engagement.people.tree import Tree
from events import slots
from events.actions.guarding import set_rule
from events.actions.rosters import set_shifts
from events.models import CoverageRule
from events.queries.rosters import PersonRoster

DAYS = dt.timedelta(days=14)
MOST_AWAY, LEAST_ON_PHONES = 25, 2


def fill(*, at: dt.datetime) -> None:
    """The same shifts for the same days however often it runs; the rule once."""
    manager = Person.objects.get(employee_number=BY_SLUG["manager"].number)
    role = RoleAssignment.objects.filter(
        person=manager, role=RoleAssignment.Role.SITE_MANAGER, to_at=None
    ).get()
    first = times.local_date(at)
    tree = Tree.on(first)
    assert role.site
    here = tree.unit_ids_at(role.site.pk)
    _set_rule_once(here, tree, by=manager, at=at)
    people = placed_people(first).filter(unit_id__in=here)  # type: ignore[misc] # annotated
    rosters = [
        PersonRoster(one, _shifts_of(one, first, role.site.timezone), role.site.timezone)
        for one in people.exclude(shift_pattern=None).select_related("shift_pattern")
        if tree.is_leaf(unit_id_of(one) or 0)
    ]
    set_shifts(rosters=rosters, first=first, last=first + DAYS, by=manager, at=at)


def _set_rule_once(unit_ids: set[int], tree: Tree, *, by: Person, at: dt.datetime) -> None:
    whole: Unit = next(unit for _depth, unit in tree.walk() if unit.pk in unit_ids)
    if not CoverageRule.objects.exists():
        set_rule(
            unit=whole, most_away_percent=MOST_AWAY, least_on_phones=LEAST_ON_PHONES, by=by, at=at
        )


def _shifts_of(person: Person, first: dt.date, zone: str) -> list[slots.Span]:
    """The usual shift, now and then an hour earlier or later, and off one day in twelve."""
    pattern = person.shift_pattern
    assert pattern
    found = []
    for number in range(DAYS.days + 1):
        day = first + dt.timedelta(days=number)
        dice = random.Random(f"{person.employee_number} {day}")  # noqa: S311
        moved = dt.timedelta(hours=dice.choice((0, 0, 0, -1, 1)))
        if day.isoweekday() in pattern.weekdays and dice.random() > 1 / 12:
            starts_at, ends_at = slots.span_of(day, pattern.starts_at, pattern.ends_at, zone)
            found.append((starts_at + moved, ends_at + moved))
    return [
        (starts_at, min([ends_at, *(one for one, _ends in found if one > starts_at)]))
        for starts_at, ends_at in found
    ]
