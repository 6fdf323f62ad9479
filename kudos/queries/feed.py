"""Reading kudos: feeds are bounded walks over one index, however many there are."""

import base64
import binascii
import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.db.models import Value as Fixed
from django.db.models.fields.tuple_lookups import Tuple, TupleLessThan

from engagement import times
from engagement.live.models import Stream
from engagement.people.models import Person, Unit
from kudos.circles import Circle, Scope, circle_of
from kudos.models import Kudos, KudosReach, KudosReceiver, KudosReceiverQuerySet, Value
from kudos.queries.talk import with_talk

PAGE_LENGTH = 12


@dataclass(frozen=True)
class FeedPage:
    items: list[Kudos]
    # Opaque; None on the last page.
    next: str | None


def feed_page(
    person: Person,
    *,
    scope: Scope = "all",
    value: Value | None = None,
    after: str | None = None,
    limit: int = PAGE_LENGTH,
    at: dt.datetime,
) -> FeedPage:
    """What ``person`` may read, newest first, after the cursor ``after``; of one ``value`` if given.

    Each audience gives its newest ``limit`` rows from an index; the page is the newest of those.
    A kudos still on hold is in its giver's feed only; one planned for a later day in none. What has
    left feeds because somebody left is read by its giver and by people thanked by name only. Raises
    ValueError for a forged cursor.
    """
    before = read_cursor(after) if after else None
    reading = reading_of(person, scope=scope, at=at)
    parts = [newest(part.in_feeds, before)[: limit + 1] for part in readable(reading, value, at=at)]
    return _page(parts, person, limit)


@dataclass(frozen=True)
class Reading:
    """Who reads, and what is theirs to read within one scope of the feed."""

    person: Person
    circle: Circle
    streams: list[int]
    # Also what they gave and got by name.
    has_own: bool


@dataclass(frozen=True)
class Part:
    """Some of what may be read, in the order of one index."""

    rows: QuerySet[Any]
    # Whether what left feeds because somebody left is not to be read of it.
    loses_leavers: bool

    @property
    def in_feeds(self) -> QuerySet[Any]:
        return (
            self.rows.filter(kudos__left_feeds_at__isnull=True) if self.loses_leavers else self.rows
        )


def reading_of(person: Person, *, scope: Scope, at: dt.datetime) -> Reading:
    """Two queries, one for "mine"."""
    circle = circle_of(person, day=times.local_date(at))
    streams = [] if scope == "mine" else _stream_ids(circle, scope)
    return Reading(person, circle, streams, has_own=scope in ("mine", "all"))


def _stream_ids(circle: Circle, scope: Scope) -> list[int]:
    return list(Stream.objects.filter(circle.streams(scope)).values_list("pk", flat=True))


def readable(reading: Reading, value: Value | None, *, at: dt.datetime) -> list[Part]:
    """All that ``reading`` may show, in parts each of which one index has in order."""
    received = KudosReceiver.objects.shown(at)
    reached = KudosReach.objects.filter(show_from__lte=at)
    given = Kudos.objects.standing().filter(giver=reading.person, released_at__isnull=False)
    if value:
        # What one person gave and got, or their shift, is not so much that it needs an index.
        received, given = received.filter(kudos__value=value), given.filter(value=value)
        reached = reached.filter(value=value)
    # What left feeds because somebody left is read by its giver and those thanked by name only.
    parts = [Part(reached.filter(stream=stream), True) for stream in reading.streams]
    # What one's shift is thanked for is one's own, as what one's team is.
    parts.append(Part(received.filter(reading.circle.shift), True))
    if reading.has_own:
        parts += [Part(received.filter(person=reading.person), False), Part(given, False)]
    return parts


def thanks_to_person(
    viewer: Person, person: Person, *, after: str | None = None, limit: int = 10, at: dt.datetime
) -> FeedPage:
    """What ``person`` has been thanked for, as far as ``viewer`` may read it."""
    received = KudosReceiver.objects.shown(at).filter(person=person)
    return _received_page(received, viewer, person, after, limit, at)


def thanks_to_unit(
    viewer: Person, unit: Unit, *, after: str | None = None, limit: int = 10, at: dt.datetime
) -> FeedPage:
    """What ``unit`` as a whole has been thanked for, as far as ``viewer`` may read it."""
    received = KudosReceiver.objects.shown(at).filter(unit=unit)
    return _received_page(received, viewer, None, after, limit, at)


def _received_page(
    received: KudosReceiverQuerySet,
    viewer: Person,
    person: Person | None,
    after: str | None,
    limit: int,
    at: dt.datetime,
) -> FeedPage:
    if viewer != person:
        circle = circle_of(viewer, day=times.local_date(at))
        # Asked of each row in turn: as a list of all that is readable it would be read in full.
        streams = _stream_ids(circle, "all")
        reached = KudosReach.objects.filter(kudos=OuterRef("kudos"), stream__in=streams)
        received = (
            received.named_to(viewer)
            .alias(reached=Subquery(reached.values(one=Fixed(1))[:1]))
            .filter(Q(reached=1) | Q(giver=viewer) | circle.thanked)
        )
    before = read_cursor(after) if after else None
    return _page([newest(received, before)[: limit + 1]], viewer, limit)


def newest(
    rows: QuerySet[Any], before: tuple[dt.datetime, int] | None
) -> QuerySet[Any, dict[str, Any]]:
    """``rows`` before that place as ``{"at", "kudos_pk"}``, in the order of an index: newest first."""
    kudos = "pk" if rows.model is Kudos else "kudos_id"
    if before:
        place = Tuple(F("show_from"), F(kudos))
        rows = rows.filter(TupleLessThan(place, before))
    ordered = rows.order_by("-show_from", f"-{kudos}")
    return ordered.values(at=F("show_from"), kudos_pk=F(kudos))


def _page(parts: Sequence[QuerySet[Any, dict[str, Any]]], viewer: Person, limit: int) -> FeedPage:
    merged = parts[0].union(*parts[1:]).order_by("-at", "-kudos_pk") if parts[1:] else parts[0]
    found = [(row["at"], row["kudos_pk"]) for row in merged[: limit + 1]]
    return page_of(found, viewer, limit)


def page_of(found: Sequence[tuple[dt.datetime, int]], viewer: Person, limit: int) -> FeedPage:
    """The page of the first ``limit`` of ``found``, as ``viewer`` sees them. Four queries, or six."""
    shown = found[:limit]
    if not shown:
        return FeedPage(items=[], next=None)
    by_id = Kudos.objects.with_faces(viewer).in_bulk([pk for _at, pk in shown])
    return FeedPage(
        items=with_talk([by_id[pk] for _at, pk in shown if pk in by_id], viewer),
        next=write_cursor(*shown[-1]) if len(found) > limit else None,
    )


def write_cursor(at: dt.datetime, pk: int) -> str:
    packed = json.dumps([times.microseconds(at), pk], separators=(",", ":"))
    return base64.urlsafe_b64encode(packed.encode()).decode().rstrip("=")


def read_cursor(cursor: str) -> tuple[dt.datetime, int]:
    """The place that `write_cursor` wrote down. Raises ValueError for anything else."""
    try:
        packed = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        micro, pk = json.loads(packed)
        if type(micro) is not int or type(pk) is not int or not 0 <= pk < 2**62:
            raise ValueError("not a place in a feed")
        return times.from_microseconds(micro), pk
    except (binascii.Error, TypeError, OverflowError, RecursionError) as error:
        raise ValueError("not a place in a feed") from error
