"""What the pages of people and units tell."""

import datetime as dt
from typing import NamedTuple

from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from engagement.people import access
from engagement.people.models import (
    Person,
    RoleAssignment,
    Unit,
    UnitPlacement,
)
from engagement.people.tree import Tree

__all__ = ["Tree"]


PUBLIC_ROLES = (
    RoleAssignment.Role.LEAD,
    RoleAssignment.Role.SITE_MANAGER,
    RoleAssignment.Role.SAFETY_DELEGATE,
    RoleAssignment.Role.UNION_REPRESENTATIVE,
)


def public_roles(person: Person) -> list[RoleAssignment]:
    return [role for role in access.roles_of(person) if role.role in PUBLIC_ROLES]


def visible_manager(person: Person) -> Person | None:
    """The person's manager, unless that one has left."""
    manager = person.manager
    return manager if manager is not None and manager.is_active else None


class Coming(NamedTuple):
    """A change that is planned: on which day, what it concerns and what it is."""

    day: dt.date
    name: str
    what: str


def coming_changes(day: dt.date, *, limit: int = 20) -> list[Coming]:
    """What is already decided about units after ``day``, soonest first. Three queries."""
    moves = (
        UnitPlacement.objects.filter(from_on__gt=day)
        .select_related("unit", "parent")
        .order_by("from_on")
    )[:limit]
    closing = Unit.objects.filter(closed_on__gt=day).order_by("closed_on")[:limit]
    leaving = (
        Person.objects.filter(left_on__gt=day)
        .values_list("left_on")
        .annotate(count=Count("id"))
        .order_by("left_on")
    )[:limit]
    found = [
        Coming(
            one.from_on,
            one.unit.name,
            _("opens") if one.unit.opened_on == one.from_on else _("moves"),
        )
        for one in moves
    ]
    found += [Coming(unit.closed_on, unit.name, _("closes")) for unit in closing if unit.closed_on]
    found += [
        Coming(left_on, ngettext("%(count)d person", "%(count)d people", count)
               % {"count": count}, _("no longer here"))
        for left_on, count in leaving
        if left_on
    ]  # fmt: skip
    return sorted(found)[:limit]
