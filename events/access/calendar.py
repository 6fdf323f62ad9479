"""Who sees a sitting in their calendar, and who may hang up the sign where people say they came."""

import datetime as dt

from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, Q
from django.http import Http404

from engagement import times
from engagement.people.access import has_role, is_key
from engagement.people.models import Person, RoleAssignment
from events.access.inviting import inviting
from events.models import Series, SignUp, Sitting

Role = RoleAssignment.Role


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
    """Whoever made the series, and managers of its site: they also see how many came."""
    series: Series = sitting.event.series
    return (
        series.organiser_id == person.pk
        or has_role(person, Role.HR, Role.ADMINISTRATOR)
        or has_role(person, Role.SITE_MANAGER, site=sitting.site)
    )


def get_sitting_to_hang_sign(person: Person, key: str) -> Sitting:
    """404 for those who are not invited, 403 for guests."""
    known = Sitting.objects.filter(key=key).select_related("site", "event__series").first()
    if known is not None and can_hang_sign(person, known):
        return known
    get_sitting_to_view(person, key)
    raise PermissionDenied
