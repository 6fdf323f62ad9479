"""Photos on walls, for a day: when the organiser wants it and all on it say yes to it, to these walls.

A wall is public, so the yes to colleagues is none to walls (docs/decisions/0104). Whoever says no, or
says nothing, is told to nobody: it does not hang, that is all.
"""

import datetime as dt

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from engagement import times
from engagement.live import actions as live
from engagement.notices.actions import notify, read_notice, withdraw_notices
from engagement.notices.models import Notice
from engagement.people.models import Person
from events.access.photo_walls import wall_places
from events.after_notices import PHOTO_WALL_CONSENT
from events.models import Event, Photo, PhotoTag
from events.photo_cards import render_photo
from events.queries.photo_walls import HUNG_FOR, is_wall_open

KIND = "photo"
MOST_ON_WALLS = 6
# How far the clocks of walls may be from ours.
CLOCKS_DIFFER = dt.timedelta(seconds=10)


@transaction.atomic
def hang_photo(*, photo: Photo, by: Person, at: dt.datetime) -> Photo:
    """The organiser wants ``photo`` on the walls, those of `wall_places` as they are now, whatever
    becomes of the event: nobody is asked about one wall and hangs on another. Those on it are asked; it
    hangs for a day from when all have said yes, at once when nobody is on it. Wanted again while it is
    asked about or hangs is the same; later they are asked anew.

    The caller has seen that ``by`` plans the event. Raises ValidationError when it is taken down, when not
    all have agreed that colleagues see it, and for more than six of an event at a time.
    """
    # Two at once: the second waits here, and counts the first.
    Event.objects.select_for_update(no_key=True).get(pk=photo.event_id)
    photo = _held(photo)
    if is_wall_open(photo, at=at):
        return photo
    _check(photo, at=at)
    forget_wall(photo, at=at)
    tags = PhotoTag.objects.filter(photo=photo)
    tags.filter(person=by).update(wall_agreed_at=at)
    photo.wall_asked_at = at
    photo.save(update_fields=["wall_asked_at"])
    places = wall_places(photo.event)
    photo.wall_streams.set(
        live.ensure_streams(
            units=places.units,
            sites=places.sites,
            employers=places.employers,
            everybody=places.is_everywhere,
        )
    )
    notify(
        people=[one.person for one in tags.exclude(person=by).select_related("person")],
        kind=PHOTO_WALL_CONSENT,
        source=f"{photo.wall_source}:{at.timestamp():.6f}",
        link=reverse("events:photo", args=[photo.key]),
        context={"photo": photo.key},
        at=at,
    )
    _show_when_all_agree(photo, at=at)
    return photo


@transaction.atomic
def take_photo_off_walls(*, photo: Photo, at: dt.datetime) -> Photo:
    """The organiser does not want it there any more; nobody is asked further. Twice is once."""
    return forget_wall(_held(photo), at=at)


@transaction.atomic
def agree_to_wall(*, photo: Photo, by: Person, at: dt.datetime) -> Photo:
    """``by``, who is on it, agrees to walls too; twice is once. Raises ValidationError when nobody wants
    it there any more."""
    photo = _held(photo)
    mine = PhotoTag.objects.filter(photo=photo, person=by, agreed_at__isnull=False)
    if not is_wall_open(photo, at=at) or not mine.exists():
        raise ValidationError(_("It does not go on the wall any more. Nothing was changed."))
    mine.filter(wall_agreed_at__isnull=True).update(wall_agreed_at=at)
    _read(photo, by, at=at)
    _show_when_all_agree(photo, at=at)
    return photo


@transaction.atomic
def refuse_wall(*, photo: Photo, by: Person, at: dt.datetime) -> Photo:
    """``by``, who is on it, does not want it on walls, or not any more: down at once. Nothing is kept
    that tells it from not having answered."""
    photo = _held(photo)
    PhotoTag.objects.filter(photo=photo, person=by).update(wall_agreed_at=None)
    _read(photo, by, at=at)
    if is_wall_open(photo, at=at):
        _take_down(photo, at=at)
    return photo


def forget_wall(photo: Photo, *, at: dt.datetime) -> Photo:
    """Takes ``photo``, which is held, off all walls, and forgets who agreed to which."""
    _take_down(photo, at=at)
    photo.wall_streams.clear()
    PhotoTag.objects.filter(photo=photo).update(wall_agreed_at=None)
    if photo.wall_asked_at is not None:
        source = f"{photo.wall_source}:{photo.wall_asked_at.timestamp():.6f}"
        withdraw_notices(source=source, at=at)
        photo.wall_asked_at = None
        photo.save(update_fields=["wall_asked_at"])
    return photo


def _held(photo: Photo) -> Photo:
    held = Photo.objects.select_for_update(of=("self",)).select_related("event__series")
    return held.get(pk=photo.pk)


def _check(photo: Photo, *, at: dt.datetime) -> None:
    if photo.hidden_at is not None:
        raise ValidationError(_("This photo has been taken down."))
    if not wall_places(photo.event):
        raise ValidationError(_("This event was called off."))
    if not Photo.objects.agreed(times.local_date(at)).filter(pk=photo.pk).exists():
        raise ValidationError(_("Not all on it have said yes yet."))
    others = Photo.objects.standing().filter(event=photo.event, wall_asked_at__isnull=False)
    if sum(is_wall_open(one, at=at) for one in others.exclude(pk=photo.pk)) >= MOST_ON_WALLS:
        raise ValidationError(_("Six photos of an event at a time. Take one off first."))


def _show_when_all_agree(photo: Photo, *, at: dt.datetime) -> None:
    silent = PhotoTag.objects.filter(photo=photo, wall_agreed_at__isnull=True)
    is_agreed = Photo.objects.agreed(times.local_date(at)).filter(pk=photo.pk).exists()
    if photo.hung_at is not None or silent.exists() or not is_agreed:
        return
    streams = list(photo.wall_streams.order_by("pk"))
    if not streams or not wall_places(photo.event):
        return
    photo.hung_at = at
    photo.save(update_fields=["hung_at"])
    show_from, show_until = at - CLOCKS_DIFFER, at + HUNG_FOR
    live.celebrate(
        kind=KIND, source=photo.wall_source, streams=streams,
        cards=render_photo(photo, show_from=show_from, show_until=show_until),
        show_from=show_from, show_until=show_until,
    )  # fmt: skip


def _take_down(photo: Photo, *, at: dt.datetime) -> None:
    if photo.hung_at is None:
        return
    photo.hung_at = None
    photo.save(update_fields=["hung_at"])
    live.withdraw_celebrations(sources=[photo.wall_source], at=at)


def _read(photo: Photo, by: Person, *, at: dt.datetime) -> None:
    asked = Notice.objects.filter(person=by, source__startswith=f"{photo.wall_source}:")
    for notice in asked:
        read_notice(notice=notice, at=at)
