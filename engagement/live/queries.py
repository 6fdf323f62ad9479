"""Reading streams: what a screen missed, and what it may show now."""

import base64
import binascii
import datetime as dt
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Q

from engagement.live.models import Celebration, Stream, StreamEvent

# More than a wall shows in a day; the rest has been seen.
STATE_CARDS = 60
# What lasts longer than this is no news of the day: it stays however much comes after it.
NEWS_LIFE = dt.timedelta(hours=30)
STATE_LASTING = 8
CATCH_UP_EVENTS = 200


def event_as_dict(event: StreamEvent, language: str) -> dict[str, Any]:
    """One event as screens get it, by socket and by feed alike (docs/wall-protocol.md). A card that was
    shown and withdrawn has nothing to say any more: both events are its withdrawal."""
    base = {"stream": event.stream_id, "seq": event.seq}
    if event.op == StreamEvent.Op.WITHDRAW or event.celebration.withdrawn_at is not None:
        return {**base, "op": StreamEvent.Op.WITHDRAW.value, "id": event.celebration.key}
    return {**base, "op": event.op, "card": event.celebration.cards[language]}


def frame(event: StreamEvent, language: str) -> bytes:
    """The event as the text of a socket frame."""
    message = {"t": "card", **event_as_dict(event, language)}
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()


def latest_seqs(stream_ids: Collection[int]) -> dict[int, int]:
    """How far each stream has come. One query."""
    return dict(Stream.objects.filter(pk__in=stream_ids).values_list("pk", "seq"))


@dataclass(frozen=True)
class Page:
    """A part of the streams: events to apply, in order, and how far they reach."""

    whole: bool
    events: list[dict[str, Any]]
    seqs: dict[int, int]
    more: bool


def whole_state(stream_ids: Collection[int], *, language: str, at: dt.datetime) -> Page:
    """Every card that may be shown now or after its hold, newest last: the news of the day, and
    what lasts."""
    # The counters are read first: what is written meanwhile comes again as an event, which is
    # harmless; the other way round it would be lost.
    seqs = latest_seqs(stream_ids)
    current = Celebration.objects.current(at).filter(events__stream__in=stream_ids)
    newest_first = current.distinct().order_by("-show_from", "-pk")
    lasting = Q(show_until__gt=F("show_from") + NEWS_LIFE)
    cards = [
        *newest_first.exclude(lasting)[:STATE_CARDS],
        *newest_first.filter(lasting)[:STATE_LASTING],
    ]
    shown = StreamEvent.objects.filter(
        celebration__in=cards, stream__in=stream_ids, op=StreamEvent.Op.SHOW
    )
    events = {event.celebration_id: event for event in shown.select_related("celebration")}
    cards.sort(key=lambda card: (card.show_from, card.pk))
    ordered = [events[card.pk] for card in cards if card.pk in events]
    return Page(True, [event_as_dict(event, language) for event in ordered], seqs, False)


def changes_after(
    seqs: Mapping[int, int], *, language: str, at: dt.datetime, limit: int = CATCH_UP_EVENTS
) -> Page:
    """What happened after ``seqs``; the whole state when that has been purged meanwhile."""
    # The counters first: an event written meanwhile is left for the next time, so that a missing
    # one can only have been purged.
    latest = latest_seqs(seqs.keys())
    wanted = Q(pk__in=[])
    for stream, seq in seqs.items():
        wanted |= Q(stream=stream, seq__gt=seq, seq__lte=latest.get(stream, 0))
    rows = list(
        StreamEvent.objects.filter(wanted)
        .select_related("celebration")
        .order_by("stream", "seq")[: limit + 1]
    )
    events, reached = rows[:limit], dict(seqs)
    for event in events:
        if event.seq != reached[event.stream_id] + 1:
            return whole_state(list(seqs), language=language, at=at)
        reached[event.stream_id] = event.seq
    is_last = len(rows) <= limit
    if is_last and any(seq > reached[stream] for stream, seq in latest.items()):
        return whole_state(list(seqs), language=language, at=at)
    return Page(False, [event_as_dict(event, language) for event in events], reached, not is_last)


def cursor_of(seqs: Mapping[int, int]) -> str:
    """One opaque text for a place in several streams. It grants nothing: it may be forged."""
    packed = json.dumps({str(key): seq for key, seq in seqs.items()}, separators=(",", ":"))
    return base64.urlsafe_b64encode(packed.encode()).decode().rstrip("=")


def seqs_of(cursor: str) -> dict[int, int] | None:
    """The reverse; None for anything that `cursor_of` did not make."""
    try:
        packed = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        entries = json.loads(packed)
        seqs = {int(key): seq for key, seq in entries.items()}
    except (binascii.Error, ValueError, AttributeError, RecursionError):
        return None
    is_sound = all(type(seq) is int and 0 <= seq < 2**62 for seq in seqs.values())
    return seqs if is_sound and all(0 < key < 2**62 for key in seqs) else None
