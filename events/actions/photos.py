"""Photos: added, agreed to by all who are on them, taken down by anybody who is."""

import datetime as dt
from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from engagement import times
from engagement.clock.actions import sweep
from engagement.live.actions import withdraw_celebrations
from engagement.notices.actions import notify, read_notice, withdraw_notices
from engagement.notices.models import Notice
from engagement.people.models import Person
from engagement.text import clean_line
from events.actions.photo_walls import forget_wall
from events.actions.planning import too_long
from events.after_notices import PHOTO_CONSENT, PHOTO_TAKEN_DOWN
from events.models import ALT_LENGTH, Event, Photo, PhotoFile, PhotoTag
from events.pictures import Picture

MOST_AN_EVENT = 60
MOST_A_PERSON = 12
MOST_TAGGED = 20
KEPT = dt.timedelta(days=180)
UNANSWERED_FOR = dt.timedelta(days=14)
TAKEN_DOWN_TOLD_FOR = dt.timedelta(days=7)
PURGE_BATCH = 100


@transaction.atomic
def add_photo(
    *,
    event: Event,
    picture: Picture,
    alt: str,
    people: Sequence[Person],
    has_named_all: bool,
    by: Person,
    at: dt.datetime,
) -> Photo:
    """A photo of ``event`` that ``people`` are on. They are asked; until all have said yes nobody else
    sees it. Who is on their own photo agrees by adding it.

    The caller has seen that ``by`` was there. Raises ValidationError by field: ``alt``, ``people``,
    ``has_named_all``, ``photo``.
    """
    alt, people = clean_line(alt), list({one.pk: one for one in people}.values())
    problems = dict(too_long("alt", alt, ALT_LENGTH))
    if not alt:
        problems["alt"] = _("Say in a few words what one sees.")
    if len(people) > MOST_TAGGED:
        problems["people"] = _("At most %(most)d people on a photo.") % {"most": MOST_TAGGED}
    if not has_named_all:
        problems["has_named_all"] = _("Name everybody who can be recognised, then tick this.")
    if problems:
        raise ValidationError(problems)
    # Two at once: the second waits here, and counts the first.
    Event.objects.select_for_update(no_key=True).get(pk=event.pk)
    standing = Photo.objects.standing().filter(event=event)
    if standing.count() >= MOST_AN_EVENT:
        raise ValidationError({"photo": _("There are 60 photos already. That is all that fits.")})
    if standing.filter(uploader=by).count() >= MOST_A_PERSON:
        raise ValidationError(
            {"photo": _("You have added 12 photos. Take one down to add another.")}
        )
    photo = Photo(
        event=event, uploader=by, alt=alt, width=picture.width, height=picture.height,
        uploaded_at=at,
    )  # fmt: skip
    photo.full_clean()
    photo.save()
    PhotoFile.objects.create(photo=photo, full=picture.full, small=picture.small)
    PhotoTag.objects.bulk_create(
        PhotoTag(photo=photo, person=one, agreed_at=at if one.pk == by.pk else None)
        for one in people
    )
    notify(
        people=[one for one in people if one.pk != by.pk],
        kind=PHOTO_CONSENT,
        source=photo.source,
        link=reverse("events:photo", args=[photo.key]),
        context={"photo": photo.key},
        at=at,
    )
    return photo


@transaction.atomic
def agree_to_photo(*, photo: Photo, by: Person, at: dt.datetime) -> Photo:
    """``by``, who is on it, agrees; twice is once. Raises ValidationError when it was taken down."""
    photo = Photo.objects.select_for_update().get(pk=photo.pk)
    tag = PhotoTag.objects.filter(photo=photo, person=by).first()
    if photo.hidden_at is not None or tag is None:
        raise ValidationError(_("This photo has been taken down."))
    if tag.agreed_at is None:
        tag.agreed_at = at
        tag.save(update_fields=["agreed_at"])
        for notice in Notice.objects.filter(person=by, source=photo.source):
            read_notice(notice=notice, at=at)
    return photo


@transaction.atomic
def take_down_photo(*, photo: Photo, at: dt.datetime) -> Photo:
    """Hides it everywhere at once and for good: its picture, what it showed in words and who was on it
    are deleted with it.

    Anybody who sees it may: whoever is on it, named or not, its uploader, the organiser. That it was
    taken down is told to the last two, whoever it was: no notice at all would name one of them. It
    is not told by whom, so nobody hands over who it was. Twice is once.
    """
    photo = Photo.objects.select_for_update().get(pk=photo.pk)
    if photo.hidden_at is not None:
        return photo
    forget_wall(photo, at=at)
    PhotoFile.objects.filter(photo=photo).delete()
    PhotoTag.objects.filter(photo=photo).delete()
    photo.hidden_at, photo.alt = at, ""
    photo.save(update_fields=["hidden_at", "alt"])
    withdraw_notices(source=photo.source, at=at)
    told = {photo.uploader_id, photo.event.series.organiser_id}
    notify(
        people=Person.objects.filter(pk__in=told).order_by("pk"),
        kind=PHOTO_TAKEN_DOWN,
        source=f"photo-down:{photo.key}",
        link=reverse("events:detail", args=[photo.event.key]),
        context={"event": photo.event.key},
        at=at,
    )
    return photo


def take_down_leavers_photos(*, at: dt.datetime) -> int:
    """Takes down what somebody is on who has left; nobody sees it from the day after their last
    anyway. Returns how many."""

    def take_down(photo: Photo) -> None:
        take_down_photo(photo=photo, at=at)

    due = Photo.objects.with_leavers(times.local_date(at))
    return sweep(due.order_by("pk"), take_down)


def purge_photos(*, at: dt.datetime) -> int:
    """Deletes photos 180 days after they were added, 14 when somebody on it never answered, and 7
    after they were taken down; returns how many."""
    old = Q(uploaded_at__lte=at - KEPT) | Q(hidden_at__lte=at - TAKEN_DOWN_TOLD_FOR)
    unanswered = Photo.objects.unanswered().filter(uploaded_at__lte=at - UNANSWERED_FOR)
    due = Photo.objects.filter(old | Q(pk__in=unanswered.values("pk")))
    purged = 0
    while batch := list(due.order_by("pk")[:PURGE_BATCH]):
        _purge(batch, at=at)
        purged += len(batch)
    return purged


@transaction.atomic
def _purge(photos: Sequence[Photo], *, at: dt.datetime) -> None:
    withdraw_celebrations(sources=[one.wall_source for one in photos], at=at)
    Photo.objects.filter(pk__in=[one.pk for one in photos]).delete()
