"""Rights are given and ended, never deleted."""

import datetime as dt

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from engagement.people import access
from engagement.people.actions.audit import record
from engagement.people.actions.common import day_of, lock_organisation, locked, saved
from engagement.people.models import Employer, Person, RoleAssignment, Site, Unit

Role = RoleAssignment.Role


@transaction.atomic
def assign_role(
    *,
    person: Person,
    role: str,
    scope: Employer | Site | Unit | None = None,
    by: Person | None,
    at: dt.datetime,
) -> RoleAssignment:
    """Without ``scope`` the role holds in the whole organisation."""
    [current] = locked([person])
    if current.left_on is not None and current.left_on <= day_of(at):
        raise ValidationError(_("%(person)s no longer works here.") % {"person": current.name})
    assignment = saved(
        RoleAssignment(
            person=current,
            role=role,
            employer=scope if isinstance(scope, Employer) else None,
            site=scope if isinstance(scope, Site) else None,
            unit=scope if isinstance(scope, Unit) else None,
            from_at=at,
        )
    )
    access.forget_roles(person)
    record(
        verb="role-given", by=by, at=at, subject=current, role=role,
        scope=scope.key if scope else None, scope_name=str(scope) if scope else None,
    )  # fmt: skip
    return assignment


@transaction.atomic
def end_role(*, assignment: RoleAssignment, by: Person | None, at: dt.datetime) -> RoleAssignment:
    """Ends at ``at``. Refused for the last administrator: somebody must be able to give roles."""
    lock_organisation()
    [current] = locked([assignment])
    if current.to_at is not None and current.to_at <= at:
        return current
    if current.role == Role.ADMINISTRATOR and not _other_administrators(current, at):
        raise ValidationError(
            _("This is the last administrator. Give the role to somebody else first.")
        )
    current.to_at = at
    saved(current)
    access.forget_roles(assignment.person)
    record(
        verb="role-ended", by=by, at=at, subject=current.person, role=current.role,
        scope=current.scope.key if current.scope else None,
    )  # fmt: skip
    return current


def _other_administrators(assignment: RoleAssignment, at: dt.datetime) -> bool:
    others = RoleAssignment.objects.held(at).exclude(pk=assignment.pk)
    employed = Q(person__left_on__isnull=True) | Q(person__left_on__gt=day_of(at))
    return others.filter(
        employed, role=Role.ADMINISTRATOR, employer=None, site=None, unit=None
    ).exists()
