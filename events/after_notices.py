"""What people are asked and told when an event is over. Never by mail: mails are looked after by others,
and who was on a photo, or was asked about one, is nobody else's business."""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from engagement import times
from engagement.notices.kinds import Kind, Parameters, register_kind
from events.models import Event, PhotoTag, Tally, TallyMark
from events.queries.photo_walls import is_wall_open


def load_asked(parameters: Sequence[Parameters]) -> Sequence[Parameters | None]:
    """The events behind the keys; None once the reader has answered, or it is too late."""
    keys = {one["event"] for one in parameters}
    open_ones = Tally.objects.open(times.now()).filter(event__key__in=keys)
    tallies = {one.event.key: one for one in open_ones.select_related("event__series")}
    answered = set(
        TallyMark.objects.filter(
            tally__in=tallies.values(), person__in={one["reader_id"] for one in parameters}
        ).values_list("tally", "person")
    )
    return [
        {"event": tally.event}
        if (tally := tallies.get(one["event"])) and (tally.pk, one["reader_id"]) not in answered
        else None
        for one in parameters
    ]


def load_consent(parameters: Sequence[Parameters]) -> Sequence[Parameters | None]:
    """The photos that wait for the reader's answer; None for one that was answered or is gone."""
    waiting = PhotoTag.objects.filter(
        photo__key__in={one["photo"] for one in parameters},
        person__in={one["reader_id"] for one in parameters},
        agreed_at__isnull=True,
        photo__hidden_at__isnull=True,
    ).select_related("photo__event__series", "photo__uploader")
    found = {(one.photo.key, one.person_id): one.photo for one in waiting}
    return [
        {"photo": photo, "event": photo.event, "face": photo.uploader}
        if (photo := found.get((one["photo"], one["reader_id"])))
        else None
        for one in parameters
    ]


def load_wall_consent(parameters: Sequence[Parameters]) -> Sequence[Parameters | None]:
    """The photos that wait for the reader's answer about walls; None for one that was answered, is
    gone, or is not wanted there any more."""
    at = times.now()
    waiting = PhotoTag.objects.filter(
        photo__key__in={one["photo"] for one in parameters},
        person__in={one["reader_id"] for one in parameters},
        wall_agreed_at__isnull=True,
        photo__hidden_at__isnull=True,
    ).select_related("photo__event__series")
    found = {(one.photo.key, one.person_id): one.photo for one in waiting}
    return [
        {"photo": photo, "event": photo.event}
        if (photo := found.get((one["photo"], one["reader_id"]))) and is_wall_open(photo, at=at)
        else None
        for one in parameters
    ]


def load_taken_down(parameters: Sequence[Parameters]) -> Sequence[Parameters | None]:
    """The events whose photo was taken down; never by whom."""
    events = Event.objects.filter(key__in={one["event"] for one in parameters})
    found: dict[str, Parameters] = {
        event.key: {"event": event} for event in events.select_related("series")
    }
    return [found.get(one["event"]) for one in parameters]


EVENT_WAS_IT_GOOD = register_kind(
    Kind(
        key="event_was_it_good",
        title=_("Was it good?"),
        about=_("Once, when something you had a place at is over. One tap, counted only."),
        icon="smile",
        by_mail=False,
        may_hide=True,
        load=load_asked,
    )
)
PHOTO_CONSENT = register_kind(
    Kind(
        key="photo_consent",
        title=_("You are on a photo"),
        about=_("When a colleague wants to show a photo that you are on. Nobody sees it before."),
        icon="smile",
        by_mail=False,
        load=load_consent,
    )
)
PHOTO_WALL_CONSENT = register_kind(
    Kind(
        key="photo_wall_consent",
        title=_("A photo you are on is to hang on the wall"),
        about=_(
            "When whoever organised it wants to show it there. It does not hang before you say yes."
        ),
        icon="smile",
        by_mail=False,
        load=load_wall_consent,
    )
)
PHOTO_TAKEN_DOWN = register_kind(
    Kind(
        key="photo_taken_down",
        title=_("A photo was taken down"),
        about=_("When a photo of yours, or of an event you organise, is taken down."),
        icon="smile",
        by_mail=False,
        may_hide=True,
        load=load_taken_down,
    )
)
