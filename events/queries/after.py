"""An event that is over, as somebody sees it: how it was, how many came, and its photos."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet

from engagement import times
from engagement.people.models import Person
from events.access.after import can_add_photos, had_place
from events.models import FEWEST_TOLD, Event, Photo, PhotoTag, Sitting, Tally


@dataclass(frozen=True)
class OpinionCount:
    """How many have said so, and their share of all in per cent."""

    key: str
    label: str
    number: int
    percent: int


@dataclass(frozen=True)
class ShownPhoto:
    """``is_waiting``: somebody on it has not answered. Who, or how many, would tell who says no."""

    photo: Photo
    is_waiting: bool
    is_mine: bool
    awaits_me: bool


@dataclass(frozen=True)
class After:
    """``tally`` None: nobody was asked. ``opinions`` are there once it has closed, and for five or
    more; ``came_count`` for five or more."""

    tally: Tally | None
    was_there: bool
    has_answered: bool
    can_answer: bool
    opinions: Sequence[OpinionCount]
    came_count: int | None
    photos: Sequence[ShownPhoto]
    can_add_photos: bool
    taken_down_count: int

    @property
    def is_counting(self) -> bool:
        return self.tally is not None and self.tally.closed_at is None

    @property
    def has_too_few(self) -> bool:
        """Whether it is closed and too few answered to tell anything."""
        return self.tally is not None and self.tally.closed_at is not None and not self.opinions


def has_begun(sittings: Iterable[Sitting], *, at: dt.datetime) -> bool:
    """Whether a sitting of an event has begun that is held."""
    return any(one.cancelled_at is None and one.starts_at <= at for one in sittings)


def after_event(event: Event, viewer: Person, *, at: dt.datetime) -> After:
    """What ``viewer`` sees of ``event`` once it has begun. Nine queries at most."""
    tally = Tally.objects.filter(event=event).first()
    was_there = had_place(viewer, event, at=at)
    has_answered = bool(tally and was_there and tally.marks.filter(person=viewer).exists())
    is_open = bool(tally and tally.closed_at is None and at < tally.closes_at)
    mine_down = Photo.objects.filter(event=event, uploader=viewer, hidden_at__isnull=False)
    return After(
        tally=tally,
        was_there=was_there,
        has_answered=has_answered,
        can_answer=is_open and was_there and not has_answered,
        opinions=opinions_of(tally),
        came_count=tally.came_count or None if tally else None,
        photos=photos_of(event, viewer, day=times.local_date(at)),
        can_add_photos=can_add_photos(viewer, event, was_there=was_there, at=at),
        taken_down_count=mine_down.count(),
    )


def opinions_of(tally: Tally | None) -> list[OpinionCount]:
    """The numbers of a closed tally; nothing for fewer than five answers. No query."""
    if tally is None or tally.closed_at is None or tally.answer_count < FEWEST_TOLD:
        return []
    counts = {one: int(getattr(tally, f"{one.value}_count")) for one in Tally.Opinion}
    return [
        OpinionCount(one.value, str(one.label), number, round(100 * number / tally.answer_count))
        for one, number in counts.items()
    ]


def photos_of(event: Event, viewer: Person, *, day: dt.date) -> list[ShownPhoto]:
    """Those all on it have agreed to, and those that ``viewer`` added or is on; the first first."""
    seen = _seen_by(viewer, day=day).filter(event=event)
    unanswered = PhotoTag.objects.filter(photo=OuterRef("pk"), agreed_at__isnull=True)
    rows = seen.annotate(is_waiting=Exists(unanswered)).order_by("uploaded_at", "pk")
    awaits = set(
        PhotoTag.objects.filter(photo__in=rows, person=viewer, agreed_at__isnull=True).values_list(
            "photo", flat=True
        )
    )
    return [
        ShownPhoto(one, one.is_waiting, one.uploader_id == viewer.pk, one.pk in awaits)
        for one in rows
    ]


def _seen_by(viewer: Person, *, day: dt.date) -> QuerySet[Photo]:
    agreed = Photo.objects.agreed(day)
    on_it = PhotoTag.objects.filter(photo=OuterRef("pk"), person=viewer)
    own = Photo.objects.standing().filter(Q(uploader=viewer) | Exists(on_it))
    left = Photo.objects.with_leavers(day)
    return Photo.objects.filter(Q(pk__in=agreed.values("pk")) | Q(pk__in=own.values("pk"))).exclude(
        pk__in=left.values("pk")
    )


def agreed_photos(event: Event, *, day: dt.date) -> QuerySet[Photo]:
    """Those that everybody may see who may see ``event``, the first first."""
    return Photo.objects.agreed(day).filter(event=event).order_by("uploaded_at", "pk")


def photo_bytes(photo: Photo, *, is_small: bool) -> bytes | None:
    """The picture; None when it was taken down meanwhile. One query."""
    name = "small" if is_small else "full"
    found = (
        Photo.objects.standing().filter(pk=photo.pk).values_list(f"file__{name}", flat=True).first()
    )
    return bytes(found) if found is not None else None


def own_data(person: Person) -> dict[str, object]:
    """The photos ``person`` added or is on, and which events they have answered about; never what."""
    added = Photo.objects.filter(uploader=person).select_related("event__series").order_by("pk")
    tags = PhotoTag.objects.filter(person=person).select_related("photo__event__series")
    marked = Tally.objects.filter(marks__person=person).select_related("event__series")
    return {
        "photos_added": [
            {
                "photo": one.key,
                "event": one.event.title,
                "what": one.alt,
                "at": one.uploaded_at.isoformat(),
                "taken_down_at": one.hidden_at.isoformat() if one.hidden_at else None,
                "on_walls_since": one.hung_at.isoformat() if one.hung_at else None,
            }
            for one in added
        ],
        "photos_i_am_on": [
            {
                "photo": one.photo.key,
                "event": one.photo.event.title,
                "agreed_at": one.agreed_at.isoformat() if one.agreed_at else None,
                "agreed_to_walls_at": one.wall_agreed_at.isoformat()
                if one.wall_agreed_at
                else None,
            }
            for one in tags.order_by("photo")
        ],
        "events_answered": [
            {"event": one.event.title, "day": one.event.day.isoformat()}
            for one in marked.order_by("event__day")
        ],
    }
