"""Who may read, withdraw or take a kudos off the walls."""

import datetime as dt
from collections.abc import Sequence

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from django.utils.translation import gettext as _

from engagement import times
from engagement.live.models import Stream
from engagement.people.access import can_administer_everybody, has_role, is_key, leads
from engagement.people.models import Membership, Person, RoleAssignment
from engagement.people.receivers import Receiver, resolve_receivers
from kudos.circles import circle_of
from kudos.models import Comment, Counter, Goal, Kudos, KudosReach

# How long before somebody's first day their lead can write to them.
WELCOMED_BEFORE = dt.timedelta(days=14)


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


def can_keep_counters(person: Person) -> bool:
    """What the whole centre counts is kept by HR and administrators of the whole organisation."""
    return can_administer_everybody(person)


def get_counter_to_keep(person: Person, key: str) -> Counter:
    """403 for everybody else: that there are counters is no secret."""
    if not can_keep_counters(person):
        raise PermissionDenied
    counter = Counter.objects.filter(key=key).first()
    if counter is None:
        raise Http404
    return counter


def get_goal_to_remove(person: Person, key: str) -> Goal:
    if not can_keep_counters(person):
        raise PermissionDenied
    goal = Goal.objects.select_related("counter").filter(key=key).first() if is_key(key) else None
    if goal is None:
        raise Http404
    return goal


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
    day = times.local_date(at)
    people, units, shifts, unknown = resolve_receivers(keys, day=day)
    if unknown:
        starting = _starting(by, unknown, day=day)
        people += starting
        unknown = [key for key in unknown if key not in {one.key for one in starting}]
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


def _starting(by: Person, keys: Sequence[str], *, day: dt.date) -> list[Person]:
    """Those of ``keys`` who start soon in a unit that ``by`` leads: to be welcomed by a kudos
    planned for that day. Nobody else finds them before."""
    soon = Person.objects.select_related("employer").filter(
        key__in=[key for key in keys if is_key(key)],
        started_on__gt=day,
        started_on__lte=day + WELCOMED_BEFORE,
    )
    found = []
    for person in soon:
        place = Membership.objects.on(person.started_on).filter(person=person)
        membership = place.select_related("unit").first()
        if membership is not None and leads(by, membership.unit):
            found.append(person)
    return found
