"""Who says how an event was, who adds photos of it, and who sees them."""

import datetime as dt

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.translation import gettext as _

from engagement import times
from engagement.people.access import is_key, is_person
from engagement.people.models import Person
from events.access.planning import can_edit_series, get_event_to_view
from events.models import Event, Photo, SignUp, SignUpQuerySet

PHOTOS_ADDED_FOR = dt.timedelta(days=30)


def placed_at(event: Event) -> SignUpQuerySet:
    """Those who had a place at a sitting of ``event`` that was held."""
    placed = SignUp.objects.filter(event=event, state=SignUp.State.PLACED)
    return placed.filter(sitting__cancelled_at__isnull=True)


def had_place(person: Person, event: Event, *, at: dt.datetime) -> bool:
    """Whether ``person`` had a place at a sitting of ``event`` that had begun by ``at``. One query."""
    mine = placed_at(event).filter(person=person, sitting__starts_at__lte=at)
    return bool(mine.exists())


def get_event_to_answer(person: Person | AnonymousUser, key: str, *, at: dt.datetime) -> Event:
    """404 for strangers, 403 for those who had no place."""
    event = get_event_to_view(person, key)
    if not is_person(person) or not had_place(person, event, at=at):
        raise PermissionDenied(_("Only those who had a place are asked."))
    return event


def can_add_photos(
    person: Person | AnonymousUser, event: Event, *, was_there: bool, at: dt.datetime
) -> bool:
    """Those who had a place and those who plan it, from its first sitting on, for thirty days."""
    if not is_person(person) or event.cancelled_at is not None:
        return False
    first = times.moment_of(event.day, dt.time(0)) - dt.timedelta(hours=12)
    if not first <= at <= first + PHOTOS_ADDED_FOR:
        return False
    if was_there:
        return True
    begun = event.sittings.standing().filter(starts_at__lte=at)
    return can_edit_series(person, event.series) and bool(begun.exists())


def get_event_to_photograph(person: Person | AnonymousUser, key: str, *, at: dt.datetime) -> Event:
    """404 for strangers, 403 for those who were not there."""
    event = get_event_to_view(person, key)
    was_there = is_person(person) and had_place(person, event, at=at)
    if not can_add_photos(person, event, was_there=was_there, at=at):
        raise PermissionDenied(
            _("Photos are added by those who were there, for a month after the event.")
        )
    return event


def get_photo_to_view(person: Person | AnonymousUser, key: str) -> Photo:
    """404 unless all on it have agreed and ``person`` may see its event. Before that only its
    uploader and those on it see it. Taken down, nobody does."""
    if not is_person(person) or not is_key(key):
        raise Http404
    standing = Photo.objects.standing().select_related("event__series__organiser", "uploader")
    photo = standing.filter(key=key).first()
    if photo is None:
        raise Http404
    day = times.today()
    if Photo.objects.with_leavers(day).filter(pk=photo.pk).exists():
        raise Http404
    if photo.uploader_id == person.pk or photo.tags.filter(person=person).exists():
        return photo
    if not Photo.objects.agreed(day).filter(pk=photo.pk).exists():
        raise Http404
    get_event_to_view(person, photo.event.key)
    return photo


def get_photo_to_agree(person: Person | AnonymousUser, key: str) -> Photo:
    """404 unless one sees it, 403 for those who are not on it."""
    photo = get_photo_to_view(person, key)
    if not is_person(person) or not photo.tags.filter(person=person).exists():
        raise PermissionDenied(_("Only those who are on it are asked."))
    return photo
