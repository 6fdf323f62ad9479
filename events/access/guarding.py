"""Who plans shifts, sets how many may be away, and lifts that for once."""

import datetime as dt

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import Http404

from engagement.people.access import get_unit_to_view, has_role, is_key, is_person
from engagement.people.models import Person, PersonQuerySet, RoleAssignment, Unit
from engagement.people.queries import placed_people
from engagement.people.tree import Tree
from events.models import CoverageLift, ShiftFile, Sitting

Role = RoleAssignment.Role
PLANNERS = (Role.SITE_MANAGER, Role.HR, Role.ADMINISTRATOR)


def can_plan_shifts(person: Person | AnonymousUser) -> bool:
    """Site managers, HR and administrators, whatever their scope."""
    return has_role(person, *PLANNERS)


def can_plan_unit(person: Person | AnonymousUser, unit: Unit, *, tree: Tree | None = None) -> bool:
    """Whether ``person`` may send the roster of ``unit``, see its load and set its rule: site
    managers for their site, HR and administrators in their scope."""
    return has_role(person, *PLANNERS, unit=unit, tree=tree)


def planned_unit_ids(person: Person | AnonymousUser, tree: Tree) -> set[int]:
    """The row numbers of the units that ``person`` plans for. No query but that of their roles."""
    if not can_plan_shifts(person):
        return set()
    return {pk for pk, node in tree.nodes.items() if can_plan_unit(person, node.unit, tree=tree)}


def people_to_plan(person: Person | AnonymousUser, tree: Tree) -> PersonQuerySet:
    """Those employed on the tree's day whom ``person`` plans for, each with their ``unit_id``."""
    planned = planned_unit_ids(person, tree)
    return placed_people(tree.day).filter(unit_id__in=planned)  # type: ignore[misc] # annotated


def get_unit_to_plan(viewer: Person | AnonymousUser, key: str, *, tree: Tree) -> Unit:
    """A unit for those who plan for it; 404 for unknown ones, 403 for other colleagues."""
    unit = get_unit_to_view(viewer, key)
    if not can_plan_unit(viewer, unit, tree=tree):
        raise PermissionDenied
    return unit


def get_sitting_to_lift(key: str, *, at: dt.datetime) -> Sitting:
    """A sitting that is held and not over; 404 for any other."""
    if not is_key(key):
        raise Http404
    held = Sitting.objects.standing().filter(ends_at__gt=at, event__cancelled_at=None)
    sitting = held.select_related("event__series", "site").filter(key=key).first()
    if sitting is None:
        raise Http404
    return sitting


def get_lift_to_end(unit: Unit, key: str) -> CoverageLift:
    """The lift of ``unit`` for the sitting ``key``; 404 when there is none."""
    if not is_key(key):
        raise Http404
    lift = CoverageLift.objects.filter(unit=unit, sitting__key=key).first()
    if lift is None:
        raise Http404
    return lift


def get_shift_file_to_read(viewer: Person | AnonymousUser, key: str) -> ShiftFile:
    """A roster file for whoever sent it; 404 for everybody else, 403 for those who plan nothing."""
    if not is_person(viewer) or not can_plan_shifts(viewer):
        raise PermissionDenied
    found = ShiftFile.objects.filter(key=key, uploaded_by=viewer).first() if is_key(key) else None
    if found is None:
        raise Http404
    return found
