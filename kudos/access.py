"""Who may read, withdraw or take a kudos off the walls."""

import datetime as dt
from collections.abc import Sequence

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from django.utils.translation import gettext as _

from engagement import times
from engagement.live.models import Stream
from engagement.people.access import has_role, is_key
from engagement.people.models import Person, RoleAssignment, Unit
from engagement.people.queries import resolve_receivers
from kudos.circles import circle_of
from kudos.models import Kudos, KudosReach


def can_view(person: Person, kudos: Kudos, *, at: dt.datetime) -> bool:
    """Giver at once; receivers and the audience after the hold."""
    if kudos.giver_id == person.pk:
        return True
    if kudos.show_from > at:
        return False
    if any(receiver.person_id == person.pk for receiver in kudos.receivers.all()):
        return True
    circle = circle_of(person, day=times.local_date(at))
    if any(receiver.unit_id in circle.units for receiver in kudos.receivers.all()):
        return True
    streams = Stream.objects.filter(circle.streams("all"))
    return KudosReach.objects.filter(kudos=kudos, stream__in=streams).exists()


def can_withdraw(person: Person, kudos: Kudos) -> bool:
    """Only its giver withdraws a kudos."""
    return kudos.giver_id == person.pk and kudos.withdrawn_at is None


def can_take_off_walls(person: Person, kudos: Kudos) -> bool:
    """Whoever is thanked or thanks may take it off every wall."""
    return kudos.wants_wall and (
        kudos.giver_id == person.pk
        or any(receiver.person_id == person.pk for receiver in kudos.receivers.all())
    )


def can_edit_values(person: Person) -> bool:
    return has_role(person, RoleAssignment.Role.HR, RoleAssignment.Role.ADMINISTRATOR)


def get_kudos_to_view(person: Person, key: str, *, at: dt.datetime | None = None) -> Kudos:
    """404 for whoever its audience does not include, and for everybody once it is withdrawn."""
    at = at or times.now()
    standing = Kudos.objects.standing().filter(key=key) if is_key(key) else Kudos.objects.none()
    kudos = standing.with_everything().first()
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


def get_receivers(*, by: Person, keys: Sequence[str], at: dt.datetime) -> list[Person | Unit]:
    """The people and units behind ``keys``, in their order and each once.

    Raises ValidationError that names the keys that are nobody, or nobody any more.
    """
    people, units, unknown = resolve_receivers(keys, day=times.local_date(at))
    if unknown:
        raise ValidationError(
            {
                "to": _("Nobody here goes by: %(keys)s. Search for the name and choose again.")
                % {"keys": ", ".join(key[:40] for key in unknown[:5])}
            }
        )
    found: dict[str, Person | Unit] = {one.key: one for one in people}
    found |= {one.key: one for one in units}
    return [found[key] for key in dict.fromkeys(keys)]
