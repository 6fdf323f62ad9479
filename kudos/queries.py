"""Reading kudos: feeds are bounded walks over one index, however many there are."""

import base64
import binascii
import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import F, Q, QuerySet
from django.db.models.fields.tuple_lookups import Tuple, TupleLessThan
from django.utils.translation import gettext as _

from engagement import times
from engagement.live.models import Celebration, Stream
from engagement.people.models import Membership, Person, Unit, folded
from engagement.people.queries import search_receivers
from kudos.circles import Scope, circle_of
from kudos.models import Kudos, KudosReach, KudosReceiver

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
    A kudos still on hold is in its giver's feed only. Raises ValueError for a forged cursor.
    """
    before = read_cursor(after) if after else None
    parts: list[QuerySet[Any, dict[str, Any]]] = []
    if scope != "mine":
        circle = circle_of(person, day=times.local_date(at))
        streams = Stream.objects.filter(circle.streams(scope)).values_list("pk", flat=True)
        parts += [
            _newest(KudosReach.objects.filter(stream=stream, show_from__lte=at), before, limit)
            for stream in streams
        ]
    if scope in ("mine", "all"):
        received = KudosReceiver.objects.shown(at).filter(person=person)
        parts.append(_newest(received, before, limit))
        given = Kudos.objects.standing().filter(giver=person)
        parts.append(_newest(given, before, limit))
    return _page(parts, limit)


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
    received: QuerySet[KudosReceiver],
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
        received = received.filter(
            Q(kudos__in=reached) | Q(giver=viewer) | Q(unit__in=circle.units)
        )
    before = read_cursor(after) if after else None
    return _page([_newest(received, before, limit)], limit)


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


def _page(parts: Sequence[QuerySet[Any, dict[str, Any]]], limit: int) -> FeedPage:
    if not parts:
        return FeedPage([], None)
    merged = parts[0].union(*parts[1:]).order_by("-at", "-kudos_pk") if parts[1:] else parts[0]
    found = list(merged[: limit + 1])
    shown = found[:limit]
    by_id = Kudos.objects.with_everything().in_bulk([row["kudos_pk"] for row in shown])
    last = shown[-1] if len(found) > limit else None
    return FeedPage(
        items=[by_id[row["kudos_pk"]] for row in shown if row["kudos_pk"] in by_id],
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


def recent_receivers(person: Person, *, limit: int = 6) -> list[Person | Unit]:
    """Whom ``person`` thanked last, each once, newest first; leavers and closed units left out."""
    rows = (
        KudosReceiver.objects.filter(giver=person)
        .select_related("person", "unit")
        .order_by("-pk")[: limit * 4]
    )
    seen: dict[str, Person | Unit] = {}
    for row in rows:
        receiver = row.person or row.unit
        if receiver is None or len(seen) == limit:
            continue
        is_here = receiver.is_active if isinstance(receiver, Person) else not receiver.closed_on
        if is_here:
            seen.setdefault(receiver.key, receiver)
    return list(seen.values())


def is_asked_for_wall_choice(person: Person, *, at: dt.datetime) -> Kudos | None:
    """The newest kudos that waits for its receiver's choice about walls, if there is one."""
    if person.wall_choice:
        return None
    received = KudosReceiver.objects.shown(at).filter(person=person, kudos__wants_wall=True)
    row = received.select_related("kudos__giver").order_by("-show_from").first()
    return row.kudos if row else None


def is_on_walls(kudos: Kudos, *, at: dt.datetime) -> bool:
    """Whether some wall may show it now or, after its hold, soon."""
    return Celebration.objects.current(at).filter(source=kudos.key).exists()


def receiver_options(ones: Sequence[Person | Unit], *, day: dt.date) -> list[dict[str, Any]]:
    """``ones`` as choices of the type-ahead, in their order. At most one query."""
    persons = [one.pk for one in ones if isinstance(one, Person)]
    teams = {}
    if persons:
        memberships = Membership.objects.on(day).filter(person__in=persons)
        teams = dict(memberships.values_list("person", "unit__name"))
    return [
        {
            "id": one.key,
            "name": one.name,
            "detail": teams.get(one.pk, "") if isinstance(one, Person) else "",
            "initials": one.initials,
            "hue": one.hue,
            "kind": "person" if isinstance(one, Person) else "unit",
        }
        for one in ones
    ]


def find_receiver(text: str, *, giver: Person, day: dt.date) -> Person | Unit:
    """The one person or unit called ``text``. Raises ValidationError when there are none or several."""
    found = search_receivers(text, viewer=giver, day=day)
    exact = [one for one in found if folded(one.name) == folded(text)] or found
    if not exact:
        raise ValidationError({"to": _("Nobody here is called %(name)s.") % {"name": text[:60]}})
    if len(exact) > 1:
        names = ", ".join(f"{one.name} ({one.detail})" for one in exact[:5])
        raise ValidationError(
            {"to": _("Several people fit: %(names)s. Write the full name.") % {"names": names}}
        )
    one = exact[0]
    return (Person if one.kind == "person" else Unit).objects.get(key=one.id)


def own_data(person: Person, *, at: dt.datetime) -> dict[str, object]:
    """The thanks ``person`` gave and got, as they may take them along, oldest first.

    Not what is still on hold or was withdrawn before it could be read: that never reached them.
    """
    kudos = Kudos.objects.with_everything().order_by("pk")
    received = kudos.shown(at).filter(receivers__person=person)
    off_walls = dict(
        KudosReceiver.objects.filter(person=person).values_list("kudos", "off_wall_at")
    )
    return {
        "kudos_given": [
            {
                **_told(one),
                "to": [str(to.person or to.unit) for to in one.receivers.all()],
                "wants_wall": one.wants_wall,
                "withdrawn_at": _moment(one.withdrawn_at),
            }
            for one in kudos.filter(giver=person)
        ],
        "kudos_received": [
            {**_told(one), "from": one.giver.name, "off_wall_at": _moment(off_walls[one.pk])}
            for one in received
        ],
    }


def _told(kudos: Kudos) -> dict[str, object]:
    return {
        "id": kudos.key,
        "at": kudos.created_at.isoformat(),
        "message": kudos.message,
        "value": kudos.value.key if kudos.value else None,
        "audience": kudos.audience,
    }


def _moment(at: dt.datetime | None) -> str | None:
    return at.isoformat() if at else None
