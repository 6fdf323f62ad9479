"""Who sees a sitting in their calendar, and who may hang up the sign where people say they came."""

import datetime as dt

from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, Q
from django.http import Http404

from engagement import times
from engagement.people.access import is_key
from engagement.people.models import Person
from events.access.inviting import inviting
from events.access.planning import can_edit_series
from events.access.signing import organises
from events.models import SignUp, Sitting


def seeing(person: Person, *, day: dt.date) -> Q:
    """What ``person`` sees of sittings: those of series that invite them or that they organise, and
    those they signed up for, also when an invitation was taken back since. One query, when made."""
    own = SignUp.objects.filter(sitting=OuterRef("pk"), person=person)
    is_invited = inviting(person, day=day, series="event__series")
    return is_invited | Q(event__series__organiser=person) | Q(Exists(own))


def get_sitting_to_view(person: Person, key: str) -> Sitting:
    """404 for those who are not invited."""
    if not is_key(key):
        raise Http404
    seen = Sitting.objects.filter(seeing(person, day=times.today()), key=key)
    sitting = seen.select_related("site", "event__series").first()
    if sitting is None:
        raise Http404
    return sitting


def can_hang_sign(person: Person, sitting: Sitting) -> bool:
    """Whoever organises the sitting, and those who may change its series: they also see how many came."""
    return organises(person, sitting) or can_edit_series(person, sitting.event.series)


def get_sitting_to_hang_sign(person: Person, key: str) -> Sitting:
    """404 for those who are not invited, 403 for guests."""
    known = Sitting.objects.filter(key=key).select_related("site", "event__series").first()
    if known is not None and can_hang_sign(person, known):
        return known
    get_sitting_to_view(person, key)
    raise PermissionDenied
