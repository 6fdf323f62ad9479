"""Who may do what with people and units.

Strangers to a thing, and everybody for an unknown key, get 404; colleagues without the right 403.
"""

import datetime as dt
from collections.abc import Iterable
from typing import TypeGuard

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import Http404

from engagement import times
from engagement.people.models import (
    Employer,
    Person,
    PersonQuerySet,
    RoleAssignment,
    Site,
    Unit,
)
from engagement.people.tree import Tree

Role = RoleAssignment.Role
PEOPLE_ROLES = (Role.HR, Role.ADMINISTRATOR)
CACHE = "_roles_held"


def is_person(viewer: Person | AnonymousUser | None) -> TypeGuard[Person]:
    """Whether ``viewer`` is somebody who works here now."""
    return isinstance(viewer, Person) and viewer.is_active


def roles_of(person: Person | AnonymousUser) -> tuple[RoleAssignment, ...]:
    """The roles ``person`` holds now. One query, kept on the instance: a request asks once."""
    if not is_person(person):
        return ()
    held: tuple[RoleAssignment, ...] | None = getattr(person, CACHE, None)
    if held is None:
        now_held = RoleAssignment.objects.filter(person_id=person.pk).held(times.now())
        held = tuple(now_held.select_related("employer", "site", "unit"))
        setattr(person, CACHE, held)
    return held


def with_roles(people: Iterable[Person]) -> list[Person]:
    """``people``, each with the roles they hold now: one query for all of them."""
    found = list(people)
    held: dict[int, list[RoleAssignment]] = {person.pk: [] for person in found}
    rows = RoleAssignment.objects.filter(person__in=found).held(times.now())
    for one in rows.select_related("employer", "site", "unit"):
        held[one.person_id].append(one)
    for person in found:
        setattr(person, CACHE, tuple(held[person.pk]))
    return found


def forget_roles(person: Person) -> None:
    """Makes the next question about ``person``'s roles ask the database."""
    setattr(person, CACHE, None)


def has_role(
    person: Person | AnonymousUser,
    *roles: str,
    unit: Unit | None = None,
    site: Site | None = None,
    employer: Employer | None = None,
    tree: Tree | None = None,
) -> bool:
    """Whether ``person`` holds one of ``roles`` in a scope that covers all that is given.

    A role without scope covers everything; a unit's covers the units below it; a site's the units
    there; an employer's its units. With nothing given, any scope will do. ``tree`` saves a query.
    """
    held = [one for one in roles_of(person) if one.role in roles]
    if not held or (unit is None and site is None and employer is None):
        return bool(held)
    return any(
        (unit is None or _covers_unit(one, unit, tree))
        and (site is None or _covers_site(one, site))
        and (employer is None or _covers_employer(one, employer))
        for one in held
    )


def _covers_everything(role: RoleAssignment) -> bool:
    return role.unit_id is None and role.site_id is None and role.employer_id is None


def _covers_employer(role: RoleAssignment, employer: Employer) -> bool:
    return _covers_everything(role) or role.employer_id == employer.pk


def _covers_site(role: RoleAssignment, site: Site) -> bool:
    return _covers_everything(role) or role.site_id == site.pk


def _covers_unit(role: RoleAssignment, unit: Unit, tree: Tree | None) -> bool:
    if _covers_everything(role) or role.unit_id == unit.pk or role.employer_id == unit.employer_id:
        return True
    if role.employer_id is not None:
        return False
    tree = tree or Tree.on(times.today())
    if role.unit_id is not None:
        return role.unit_id in tree.ancestor_ids(unit.pk)
    site = tree.site_of(unit.pk)
    return site is not None and site.pk == role.site_id


def leads(person: Person | AnonymousUser, unit: Unit, *, tree: Tree | None = None) -> bool:
    """Whether ``person`` leads ``unit`` or a unit above it."""
    return has_role(person, Role.LEAD, unit=unit, tree=tree)


def can_administer_people(person: Person | AnonymousUser) -> bool:
    """HR and administrators, whatever their scope: opens the administration pages."""
    return has_role(person, *PEOPLE_ROLES)


def can_administer_everybody(person: Person | AnonymousUser) -> bool:
    """HR and administrators of the whole organisation."""
    return any(one.role in PEOPLE_ROLES and _covers_everything(one) for one in roles_of(person))


def can_administer_everything(person: Person | AnonymousUser) -> bool:
    """Administrators of the whole organisation: what HR does not hold, such as tokens."""
    return any(
        one.role == Role.ADMINISTRATOR and _covers_everything(one) for one in roles_of(person)
    )


def can_administer_employer(person: Person | AnonymousUser, employer: Employer | None) -> bool:
    """Whether ``person`` may change the people of ``employer``."""
    return employer is not None and has_role(person, *PEOPLE_ROLES, employer=employer)


def can_administer_person(viewer: Person | AnonymousUser, person: Person) -> bool:
    """Whether ``viewer`` may move ``person`` or give them roles and codes."""
    return any(
        one.role in PEOPLE_ROLES
        and (_covers_everything(one) or one.employer_id == person.employer_id)
        for one in roles_of(viewer)
    )


def can_import_roster(person: Person | AnonymousUser, *, employer: Employer | None = None) -> bool:
    """HR and administrators; with an ``employer`` only when their scope covers it."""
    if employer is None:
        return can_administer_people(person)
    return can_administer_employer(person, employer)


def can_manage_unit(
    person: Person | AnonymousUser, unit: Unit, *, tree: Tree | None = None
) -> bool:
    """Whether ``person`` may rename, move, merge, split or close ``unit``."""
    return has_role(person, *PEOPLE_ROLES, unit=unit, tree=tree)


def can_manage_sites(person: Person | AnonymousUser) -> bool:
    """Employers, sites and shift patterns belong to the whole organisation."""
    return can_administer_everybody(person)


def can_see_contact(viewer: Person | AnonymousUser, person: Person) -> bool:
    """E-mail, phone and employee number stay within the employer."""
    return is_person(viewer) and viewer.employer_id == person.employer_id


def can_give_role(
    person: Person | AnonymousUser, role: str, *, receiver: Person | None = None
) -> bool:
    """HR gives every role but administrator, and only within its own scope."""
    if role == Role.ADMINISTRATOR:
        return can_administer_everything(person)
    if receiver is None:
        return can_administer_people(person)
    return can_administer_person(person, receiver)


def can_give_role_in(
    person: Person | AnonymousUser,
    role: str,
    *,
    receiver: Person,
    scope: Employer | Site | Unit | None,
) -> bool:
    """As `can_give_role`, and no wider than the giver's own scope."""
    if not can_give_role(person, role, receiver=receiver):
        return False
    if can_administer_everybody(person):
        return True
    if isinstance(scope, Unit):
        return can_manage_unit(person, scope)
    if isinstance(scope, Employer):
        return can_administer_employer(person, scope)
    return isinstance(scope, Site) and has_role(person, *PEOPLE_ROLES, site=scope)


def can_issue_activation_codes(
    person: Person | AnonymousUser, *, employer: Employer | None = None
) -> bool:
    """HR and administrators: whoever holds a code can sign in as its person."""
    return can_import_roster(person, employer=employer)


def can_read_audit(person: Person | AnonymousUser) -> bool:
    """The whole log, so only those whose scope is the whole organisation."""
    return can_administer_everybody(person)


def is_key(key: str) -> bool:
    """Whether ``key`` can be one of ours: the database refuses to be asked about some texts."""
    return key.isascii() and key.isalnum() and len(key) <= 16


def visible_people(day: dt.date | None = None) -> PersonQuerySet:
    """Everybody the directory shows: employed today. Leavers and future starters are not."""
    return Person.objects.employed_on(day or times.today())


def get_person_to_view(viewer: Person | AnonymousUser, key: str) -> Person:
    """Somebody employed today; 404 for leavers and unknown keys."""
    if not is_person(viewer) or not is_key(key):
        raise Http404
    person = visible_people().select_related("employer", "shift_pattern").filter(key=key).first()
    if person is None:
        raise Http404
    return person


def get_person_to_manage(viewer: Person | AnonymousUser, key: str) -> Person:
    """Anybody, also leavers and future starters, for those who administer their employer."""
    if not is_person(viewer) or not is_key(key):
        raise Http404
    person = Person.objects.select_related("employer").filter(key=key).first()
    if person is None:
        raise Http404
    if not can_administer_person(viewer, person):
        raise PermissionDenied
    return person


def get_unit_to_view(viewer: Person | AnonymousUser, key: str) -> Unit:
    """Any unit, also a closed one: its history stays readable."""
    unit = (
        Unit.objects.select_related("employer").filter(key=key).first()
        if is_person(viewer) and is_key(key)
        else None
    )
    if unit is None:
        raise Http404
    return unit


def get_unit_to_manage(viewer: Person | AnonymousUser, key: str) -> Unit:
    """A unit for those who may change the organisation there; 403 for other colleagues."""
    unit = get_unit_to_view(viewer, key)
    if not can_manage_unit(viewer, unit):
        raise PermissionDenied
    return unit


def get_role_to_end(viewer: Person | AnonymousUser, pk: int) -> RoleAssignment:
    """A role that holds now, for those who could have given it."""
    assignment = (
        RoleAssignment.objects.held(times.now())
        .select_related("person__employer", "employer", "site", "unit")
        .filter(pk=pk)
        .first()
        if is_person(viewer)
        else None
    )
    if assignment is None:
        raise Http404
    if not can_give_role_in(
        viewer, assignment.role, receiver=assignment.person, scope=assignment.scope
    ):
        raise PermissionDenied
    return assignment


def require(allowed: bool) -> None:
    """403 unless ``allowed``."""
    if not allowed:
        raise PermissionDenied
