"""Putting celebrations into streams, and taking them out again."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import reduce
from operator import or_
from typing import Any

from django.db import connection, transaction
from django.db.models import Q

from engagement.live import ring
from engagement.live.models import Celebration, Stream, StreamEvent
from engagement.live.queries import frame
from engagement.people.models import Employer, Site, Unit

LANGUAGES = ("nb", "en")

# Locked in the order of their ids, so that two commits never wait for one another.
COUNT_ON = """
WITH held AS (SELECT id FROM live_stream WHERE id = ANY (%(streams)s) ORDER BY id FOR UPDATE)
UPDATE live_stream AS stream SET seq = seq + 1 FROM held WHERE stream.id = held.id
RETURNING stream.id, stream.seq
"""


def ensure_streams(
    *,
    units: Iterable[Unit] = (),
    sites: Iterable[Site] = (),
    employers: Iterable[Employer] = (),
    everybody: bool = False,
) -> list[Stream]:
    """The streams of these audiences, made where missing; ordered by id."""
    wanted = [Stream(unit=unit) for unit in units]
    wanted += [Stream(site=site) for site in sites]
    wanted += [Stream(employer=employer) for employer in employers]
    wanted += [Stream()] if everybody else []
    found = _existing(wanted)
    missing = [stream for stream in wanted if _audience(stream) not in found]
    if missing:
        # Somebody else may make the same one now: the constraint decides, and we read again.
        Stream.objects.bulk_create(missing, ignore_conflicts=True)
        # Screens of these audiences hear of the stream now, not at their next heartbeat.
        transaction.on_commit(lambda: ring.command(what="streams"), robust=True)
        found = _existing(wanted)
    unique = {found[_audience(stream)].pk: found[_audience(stream)] for stream in wanted}
    return [unique[pk] for pk in sorted(unique)]


def _audience(stream: Stream) -> tuple[int | None, int | None, int | None]:
    return (stream.unit_id, stream.site_id, stream.employer_id)


def _existing(wanted: Sequence[Stream]) -> dict[tuple[int | None, int | None, int | None], Stream]:
    any_of = [
        Q(**{f"{name}__in": pks})
        for name in ("unit_id", "site_id", "employer_id")
        if (pks := [pk for stream in wanted if (pk := getattr(stream, name))])
    ]
    if any(_audience(stream) == (None, None, None) for stream in wanted):
        any_of.append(Q(unit__isnull=True, site__isnull=True, employer__isnull=True))
    if not any_of:
        return {}
    return {_audience(stream): stream for stream in Stream.objects.filter(reduce(or_, any_of))}


@transaction.atomic(savepoint=False)
def celebrate(
    *,
    kind: str,
    source: str,
    cards: Mapping[str, Mapping[str, Any]],
    streams: Collection[Stream],
    show_from: dt.datetime,
    show_until: dt.datetime,
) -> Celebration:
    """Shows one card, already rendered in every language, in all ``streams``.

    Goes out with the caller's commit. Call it last in a transaction: from here on other
    celebrations of the same streams wait for this commit.
    """
    celebration = Celebration(
        kind=kind, source=source, cards={}, show_from=show_from, show_until=show_until
    )
    celebration.cards = {
        language: {**card, "id": celebration.key, "kind": kind} for language, card in cards.items()
    }
    celebration.save()
    _append(celebration, [stream.pk for stream in streams], StreamEvent.Op.SHOW)
    return celebration


@transaction.atomic
def withdraw_celebrations(*, sources: Collection[str], at: dt.datetime) -> int:
    """Takes every card of ``sources`` off all walls, and empties what it said: it may name people who
    do not want it. Returns how many there were."""
    standing = (
        Celebration.objects.standing().filter(source__in=sources).select_for_update().order_by("pk")
    )
    withdrawn = list(standing)
    for celebration in withdrawn:
        celebration.withdrawn_at, celebration.cards = at, {}
        celebration.save(update_fields=["withdrawn_at", "cards"])
        streams = celebration.events.filter(op=StreamEvent.Op.SHOW).values_list("stream", flat=True)
        _append(celebration, list(streams), StreamEvent.Op.WITHDRAW)
    return len(withdrawn)


def _append(celebration: Celebration, stream_ids: Sequence[int], op: StreamEvent.Op) -> None:
    with connection.cursor() as cursor:
        cursor.execute(COUNT_ON, {"streams": list(stream_ids)})
        counted = sorted(cursor.fetchall())
    events = StreamEvent.objects.bulk_create(
        StreamEvent(stream_id=stream, seq=seq, celebration=celebration, op=op)
        for stream, seq in counted
    )
    frames = [
        (event.stream_id, {language: frame(event, language) for language in LANGUAGES})
        for event in events
    ]
    transaction.on_commit(lambda: ring.publish(frames), robust=True)


def purge_celebrations(*, at: dt.datetime, keep: dt.timedelta = dt.timedelta(days=7)) -> int:
    """Deletes cards whose time was over ``keep`` ago; they hold names and nobody shows them."""
    deleted, _ = Celebration.objects.filter(show_until__lt=at - keep).delete()
    return deleted
