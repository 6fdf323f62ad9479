"""Who may read, withdraw or take a kudos off the walls."""

import datetime as dt
from collections.abc import Sequence

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from django.utils.translation import gettext as _

from engagement import times
from engagement.live.models import Stream
from engagement.people.access import has_role, is_key, roles_of
from engagement.people.models import Employer, Person, RoleAssignment, Site, Unit
from engagement.people.receivers import Receiver, resolve_receivers
from engagement.people.tree import Tree
from kudos.circles import circle_of
from kudos.models import Comment, Kudos, KudosReach


def can_view(person: Person, kudos: Kudos, *, at: dt.datetime) -> bool:
    """Giver at once; receivers and the audience after the hold, or when its day has come."""
    if kudos.giver_id == person.pk:
        return True
    if kudos.show_from > at or kudos.is_planned:
        return False
    receivers = list(kudos.receivers.all())
    if any(receiver.person_id == person.pk for receiver in receivers):
        return True
    circle = circle_of(person, day=times.local_date(at))
    if any(circle.is_thanked_by(receiver) for receiver in receivers):
        return True
    streams = Stream.objects.filter(circle.streams("all"))
    return KudosReach.objects.filter(kudos=kudos, stream__in=streams).exists()


def can_withdraw(person: Person, kudos: Kudos) -> bool:
    """Only its giver withdraws a kudos."""
    return kudos.giver_id == person.pk and kudos.withdrawn_at is None


def can_take_off_walls(person: Person, kudos: Kudos) -> bool:
    """Whoever is thanked or thanks may take it off every wall."""
    return kudos.wants_wall and (kudos.giver_id == person.pk or is_thanked(person, kudos))


def is_thanked(person: Person, kudos: Kudos) -> bool:
    """Whether ``person`` is thanked by name."""
    return any(receiver.person_id == person.pk for receiver in kudos.receivers.all())


def can_withdraw_comment(person: Person, comment: Comment) -> bool:
    """Only its author withdraws a comment."""
    return comment.author_id == person.pk and comment.withdrawn_at is None


def can_edit_values(person: Person) -> bool:
    return has_role(person, RoleAssignment.Role.HR, RoleAssignment.Role.ADMINISTRATOR)


COVERAGE_ROLES = (
    RoleAssignment.Role.LEAD,
    RoleAssignment.Role.SITE_MANAGER,
    RoleAssignment.Role.HR,
    RoleAssignment.Role.ADMINISTRATOR,
)
Scope = Unit | Site | Employer | None


def scopes_to_cover(person: Person) -> list[Scope]:
    """Of what ``person`` may see how many are thanked: their units, sites and employers, by name;
    None for everybody. Only those who answer for people."""
    held = [one for one in roles_of(person) if one.role in COVERAGE_ROLES]
    named = {one.scope.key: one.scope for one in held if one.scope}
    everybody: list[Scope] = [None] if any(one.scope is None for one in held) else []
    return [*everybody, *sorted(named.values(), key=lambda one: (one.name, one.key))]


def get_scope_to_cover(person: Person, key: str, *, tree: Tree) -> Scope:
    """What ``key`` names, or the widest of their own; 404 for what there is not, 403 for the rest."""
    scopes = scopes_to_cover(person)
    if not scopes:
        raise PermissionDenied
    if not key:
        return scopes[0]
    unit = tree.by_key(key)
    if unit is not None:
        allowed = has_role(person, *COVERAGE_ROLES, unit=unit, tree=tree)
        scope: Scope = unit
    else:
        known = is_key(key)
        site = Site.objects.filter(key=key).first() if known else None
        employer = Employer.objects.filter(key=key).first() if known and not site else None
        scope = site or employer
        if scope is None:
            raise Http404
        allowed = has_role(person, *COVERAGE_ROLES, site=site, employer=employer)
    if not allowed:
        raise PermissionDenied
    return scope


def get_kudos_to_view(person: Person, key: str, *, at: dt.datetime | None = None) -> Kudos:
    """404 for whoever its audience does not include, and for everybody once it is withdrawn."""
    at = at or times.now()
    standing = Kudos.objects.standing().filter(key=key) if is_key(key) else Kudos.objects.none()
    kudos = standing.with_everything(person).first()
    if kudos is None or not can_view(person, kudos, at=at):
        raise Http404
    return kudos


def get_kudos_to_withdraw(person: Person, key: str) -> Kudos:
    kudos = get_kudos_to_view(person, key)
    if not can_withdraw(person, kudos):
        raise PermissionDenied
    return kudos


def get_kudos_to_take_off_walls(person: Person, key: str) -> Kudos:
    kudos = get_kudos_to_view(person, key)
    if not can_take_off_walls(person, kudos):
        raise PermissionDenied
    return kudos


def get_kudos_to_keep_private(person: Person, key: str) -> Kudos:
    kudos = get_kudos_to_view(person, key)
    if not is_thanked(person, kudos):
        raise PermissionDenied
    return kudos


def get_comment_to_view(person: Person, key: str) -> Comment:
    """404 for whoever may not read its kudos, and for everybody once it is gone."""
    standing = Comment.objects.standing().select_related("kudos__giver", "author")
    comment = standing.filter(key=key).first() if is_key(key) else None
    if comment is None or comment.kudos.withdrawn_at or comment.kudos.hidden_at:
        raise Http404
    if not can_view(person, comment.kudos, at=times.now()):
        raise Http404
    return comment


def get_comment_to_withdraw(person: Person, key: str) -> Comment:
    comment = get_comment_to_view(person, key)
    if not can_withdraw_comment(person, comment):
        raise PermissionDenied
    return comment


def get_receivers(*, by: Person, keys: Sequence[str], at: dt.datetime) -> list[Receiver]:
    """The people, units and shifts behind ``keys``, in their order and each once.

    Raises ValidationError that names the keys that are nobody, or nobody any more.
    """
    people, units, shifts, unknown = resolve_receivers(keys, day=times.local_date(at))
    if unknown:
        raise ValidationError(
            {
                "to": _("Nobody here goes by: %(keys)s. Search for the name and choose again.")
                % {"keys": ", ".join(key[:40] for key in unknown[:5])}
            }
        )
    ones: list[Receiver] = [*people, *units, *shifts]
    found = {one.key: one for one in ones}
    return [found[key] for key in dict.fromkeys(keys)]
