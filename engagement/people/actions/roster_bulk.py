"""Verbs that only a roster needs for hundreds at once; the rules are those of the single verbs.

All of them want the organisation locked by their caller and checked by the plan they come from.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from engagement.people.actions.audit import record
from engagement.people.actions.common import (
    explained,
    lock_organisation,
    locked,
    ring_for_leavers,
    start_of,
)
from engagement.people.models import (
    Employer,
    Membership,
    Person,
    RoleAssignment,
    Site,
    Unit,
    UnitPlacement,
)

BATCH = 1000


@dataclass(slots=True)
class NewUnit:
    """A unit to open, below ``parent`` (opened before it in the same call, or there already)."""

    name: str
    employer: Employer
    parent: "Unit | NewUnit | None"
    site: Site | None
    unit: Unit | None = None


@transaction.atomic
def open_units(
    *, units: Sequence[NewUnit], on: dt.date, by: Person | None, at: dt.datetime
) -> list[Unit]:
    """Opens all of ``units``, each after its parent; the caller knows that no namesakes stand there."""
    if not units:
        return []
    lock_organisation()
    for one in units:
        one.unit = Unit(name=one.name, employer=one.employer, opened_on=on)
        one.unit.clean_fields(exclude={"employer"})
    opened = [one.unit for one in units if one.unit is not None]
    with explained(Unit):
        Unit.objects.bulk_create(opened, batch_size=BATCH)
    placements = [
        UnitPlacement(
            unit=one.unit,
            parent=one.parent.unit if isinstance(one.parent, NewUnit) else one.parent,
            site=one.site,
            from_on=on,
        )
        for one in units
    ]
    with explained(UnitPlacement):
        UnitPlacement.objects.bulk_create(placements, batch_size=BATCH)
    record(
        verb="units-opened", by=by, at=at, count=len(opened), units=[unit.key for unit in opened],
        on=on.isoformat(),
    )  # fmt: skip
    return opened


@transaction.atomic
def assign_roles(
    *,
    roles: Sequence[tuple[Person, str, Employer | Site | Unit | None]],
    by: Person | None,
    at: dt.datetime,
) -> list[RoleAssignment]:
    """Gives each person their role in its scope; see `roles.assign_role`."""
    if not roles:
        return []
    assignments = [
        RoleAssignment(
            person=person,
            role=role,
            employer=scope if isinstance(scope, Employer) else None,
            site=scope if isinstance(scope, Site) else None,
            unit=scope if isinstance(scope, Unit) else None,
            from_at=at,
        )
        for person, role, scope in roles
    ]
    with explained(RoleAssignment):
        RoleAssignment.objects.bulk_create(assignments, batch_size=BATCH)
    given = [
        [one.person.key, one.role, one.scope.key if one.scope else None] for one in assignments
    ]
    record(verb="roles-given", by=by, at=at, count=len(given), roles=given)
    return assignments


@transaction.atomic
def change_last_days(
    *,
    changes: Sequence[tuple[Person, dt.date | None]],
    by: Person | None,
    at: dt.datetime,
) -> None:
    """Sets, moves or takes back a last day that has not come; ``None`` means they stay.

    The dates are first days after. What was to end with the old day ends with the new one.
    """
    if not changes:
        return
    lock_organisation()
    people = {one.pk: one for one in locked([person for person, _left_on in changes])}
    for given, left_on in changes:
        person = people[given.pk]
        old, person.left_on = person.left_on, left_on
        memberships = Membership.objects.filter(person=person)
        roles = RoleAssignment.objects.filter(person=person)
        if old is not None:
            memberships.filter(to_on=old).update(to_on=None)
            roles.filter(to_at=start_of(old)).update(to_at=None)
        if left_on is not None:
            memberships.filter(from_on__gte=left_on).delete()
            memberships.filter(to_on__isnull=True).update(to_on=left_on)
            memberships.filter(to_on__gt=left_on).update(to_on=left_on)
            roles.filter(to_at__isnull=True, from_at__lt=start_of(left_on)).update(
                to_at=start_of(left_on)
            )
    with explained(Person):
        Person.objects.bulk_update(people.values(), ["left_on"], batch_size=BATCH)
    record(
        verb="last-days-changed", by=by, at=at, count=len(people),
        people=[person.key for person in people.values()],
    )  # fmt: skip
    ring_for_leavers()


def follow_first_days(*, people: Sequence[Person], today: dt.date) -> None:
    """The place of somebody who has not started begins on their first day, when that moves."""
    if not people:
        return
    started_on = {person.pk: person.started_on for person in people}
    waiting = Membership.objects.filter(person__in=started_on, from_on__gt=today)
    rows = list(waiting.select_related("unit"))
    once = {row.person_id for row in rows}
    if len(once) != len(rows):
        rows = [row for row in rows if sum(r.person_id == row.person_id for r in rows) == 1]
    before = set(
        Membership.objects.filter(person__in=once, from_on__lte=today).values_list(
            "person_id", flat=True
        )
    )
    moved = [row for row in rows if row.person_id not in before]
    for row in moved:
        row.from_on = max(started_on[row.person_id], row.unit.opened_on)
    Membership.objects.bulk_update(moved, ["from_on"], batch_size=BATCH)
