"""Reading kudos: feeds are bounded walks over one index, however many there are."""

import base64
import binascii
import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Q, QuerySet
from django.db.models.fields.tuple_lookups import Tuple, TupleLessThan

from engagement import times
from engagement.live.models import Stream
from engagement.people.models import Person, Unit
from kudos.circles import Scope, circle_of
from kudos.models import Kudos, KudosReach, KudosReceiver, KudosReceiverQuerySet
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
    after: str | None = None,
    limit: int = PAGE_LENGTH,
    at: dt.datetime,
) -> FeedPage:
    """What ``person`` may read, newest first, after the cursor ``after``.

    Each audience gives its newest ``limit`` rows from an index; the page is the newest of those.
    A kudos still on hold is in its giver's feed only; one planned for a later day in none. What has
    left feeds because somebody left is read by its giver and by people thanked by name only. Raises
    ValueError for a forged cursor.
    """
    before = read_cursor(after) if after else None
    circle = circle_of(person, day=times.local_date(at))
    parts: list[QuerySet[Any, dict[str, Any]]] = []
    received = KudosReceiver.objects.shown(at)
    # What one's shift is thanked for is one's own, as what one's team is.
    in_feeds = Q(kudos__left_feeds_at__isnull=True)
    parts.append(_newest(received.filter(circle.shift, in_feeds), before, limit))
    if scope != "mine":
        streams = Stream.objects.filter(circle.streams(scope)).values_list("pk", flat=True)
        reached = KudosReach.objects.filter(in_feeds, show_from__lte=at)
        parts += [_newest(reached.filter(stream=stream), before, limit) for stream in streams]
    if scope in ("mine", "all"):
        parts.append(_newest(received.filter(person=person), before, limit))
        given = Kudos.objects.standing().filter(giver=person, released_at__isnull=False)
        parts.append(_newest(given, before, limit))
    return _page(parts, person, limit)


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
        streams = Stream.objects.filter(circle.streams("all"))
        reached = KudosReach.objects.filter(stream__in=streams).values("kudos")
        received = received.named_to(viewer).filter(
            Q(kudos__in=reached) | Q(giver=viewer) | circle.thanked
        )
    before = read_cursor(after) if after else None
    return _page([_newest(received, before, limit)], viewer, limit)


def _newest(
    rows: QuerySet[Any], before: tuple[dt.datetime, int] | None, limit: int
) -> QuerySet[Any, dict[str, Any]]:
    """The newest of ``rows`` as ``{"at", "kudos_pk"}``: one walk over an index of that order."""
    kudos = "pk" if rows.model is Kudos else "kudos_id"
    if before:
        place = Tuple(F("show_from"), F(kudos))
        rows = rows.filter(TupleLessThan(place, before))
    ordered = rows.order_by("-show_from", f"-{kudos}")
    return ordered.values(at=F("show_from"), kudos_pk=F(kudos))[: limit + 1]


def _page(parts: Sequence[QuerySet[Any, dict[str, Any]]], viewer: Person, limit: int) -> FeedPage:
    merged = parts[0].union(*parts[1:]).order_by("-at", "-kudos_pk") if parts[1:] else parts[0]
    found = list(merged[: limit + 1])
    shown = found[:limit]
    by_id = Kudos.objects.with_everything(viewer).in_bulk([row["kudos_pk"] for row in shown])
    last = shown[-1] if len(found) > limit else None
    return FeedPage(
        items=with_talk(
            [by_id[row["kudos_pk"]] for row in shown if row["kudos_pk"] in by_id], viewer
        ),
        next=write_cursor(last["at"], last["kudos_pk"]) if last else None,
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
