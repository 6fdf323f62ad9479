"""Reads for the bell, the list of notices and the page on deliveries."""

import datetime as dt
import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import unescape
from typing import Any

from django.db.models import Count, Q
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.html import strip_tags
from django.utils.translation import gettext as _

from engagement import times
from engagement.notices.kinds import KINDS, Parameters, kinds_that_hide_their_reader
from engagement.notices.models import Delivery, Notice, Outage
from engagement.people.models import Person

# The bell shows "9+" long before this; counting stops here.
UNREAD_MOST = 100
PAGE_SIZE = 30
TROUBLES_MOST = 100


def unread_count(person: Person, *, at: dt.datetime | None = None) -> int:
    """How many notices ``person`` has not read, at most 100. One query, answered by an index."""
    unread = Notice.objects.shown(at or times.now()).unread().filter(person=person)
    return unread[:UNREAD_MOST].count()


# --- the list -------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Line:
    """A notice in its reader's language."""

    notice: Notice
    words: str
    icon: str
    # Whoever it comes from, when the kind's `load` names a ``face``; else the icon is shown.
    face: Any


@dataclass(frozen=True)
class Day:
    date: dt.date
    lines: list[Line]
    # The page before ended within this day: its heading stands there already.
    is_continued: bool


@dataclass(frozen=True)
class Page:
    days: list[Day]
    unread_count: int
    # What the next page asks for; empty when this is the last.
    next_cursor: str


def notice_page(person: Person, *, at: dt.datetime, before: str = "") -> Page:
    """Up to 30 of ``person``'s notices, newest first, older than the one with key ``before``."""
    mine = Notice.objects.shown(at).filter(person=person).newest_first()
    last = mine.filter(key=before).first() if before else None
    if last is not None:
        mine = mine.filter(
            Q(show_from__lt=last.show_from) | Q(show_from=last.show_from, pk__lt=last.pk),
            # Said twice so that the index is entered at the right place.
            show_from__lte=last.show_from,
        )
    rows = list(mine[: PAGE_SIZE + 1])
    shown = rows[:PAGE_SIZE]
    previous_date = timezone.localdate(last.show_from) if last else None
    return Page(
        days=_by_day(_lines(shown), previous_date),
        unread_count=unread_count(person, at=at),
        next_cursor=shown[-1].key if len(rows) > PAGE_SIZE else "",
    )


def _lines(notices: Sequence[Notice]) -> list[Line]:
    """Each kind loads all of its notices at once; what is gone or of an unknown kind is left out."""
    loaded: dict[int, Parameters] = {}
    for key in {notice.kind for notice in notices} & KINDS.keys():
        same = [notice for notice in notices if notice.kind == key]
        contexts = KINDS[key].load([notice.facts for notice in same])
        loaded |= {
            notice.pk: context
            for notice, context in zip(same, contexts, strict=True)
            if context is not None
        }
    return [
        Line(
            notice=notice,
            words=render_to_string(f"notices/{notice.kind}.app.html", dict(loaded[notice.pk])),
            icon=KINDS[notice.kind].icon,
            face=loaded[notice.pk].get("face"),
        )
        for notice in notices
        if notice.pk in loaded
    ]


def _by_day(lines: Iterable[Line], previous_date: dt.date | None) -> list[Day]:
    grouped = itertools.groupby(lines, key=lambda line: timezone.localdate(line.notice.show_from))
    return [Day(date, list(group), date == previous_date) for date, group in grouped]


# --- one's own data -------------------------------------------------------------------------------
def own_data(person: Person, *, at: dt.datetime) -> list[dict[str, object]]:
    """The notices that ``person`` may see, oldest first, in words where they still have any."""
    mine = Notice.objects.shown(at).filter(person=person).order_by("pk")
    rows = list(mine.prefetch_related("deliveries"))
    words = {line.notice.pk: unescape(strip_tags(line.words)).strip() for line in _lines(rows)}
    return [
        {
            "kind": notice.kind,
            "at": notice.show_from.isoformat(),
            "words": words.get(notice.pk),
            "link": notice.link,
            "read_at": notice.read_at.isoformat() if notice.read_at else None,
            "mailed_at": [
                one.sent_at.isoformat() for one in notice.deliveries.all() if one.sent_at
            ],
        }
        for notice in rows
    ]


# --- deliveries -----------------------------------------------------------------------------------
@dataclass(frozen=True)
class Trouble:
    """A delivery that fails or was given up, without saying who it is for more than needed."""

    delivery: Delivery
    title: str | Promise
    recipient: str
    can_retry: bool
    is_due: bool


@dataclass(frozen=True)
class Status:
    outage: Outage | None
    due_count: int
    held_count: int
    failing_count: int
    given_up_count: int
    sent_count: int
    troubles: list[Trouble]
    # Whether any fails or was given up, of the kinds that nobody may see the readers of. Not how
    # many: that of a reminder tells how many have answered.
    has_unnamed_trouble: bool
    can_retry_any: bool


def delivery_status(*, at: dt.datetime) -> Status:
    """What is waiting, failing, given up, and went out in the last 24 hours; kinds that hide their
    reader are not in the counts. Three queries.
    """
    named = ~_unnamed()
    counts = Delivery.objects.filter(
        Q(sent_at__isnull=True) | Q(sent_at__gt=at - dt.timedelta(days=1)),
        cancelled_at__isnull=True,
    ).aggregate(
        due=Count("pk", filter=named & _waiting(reason="", due_at__lte=at)),
        held=Count("pk", filter=named & _waiting(reason="", due_at__gt=at)),
        failing=Count("pk", filter=named & _waiting() & ~Q(reason="")),
        given_up=Count("pk", filter=named & Q(gave_up_at__isnull=False)),
        sent=Count("pk", filter=named & Q(sent_at__isnull=False)),
        unnamed=Count("pk", filter=Q(sent_at__isnull=True) & ~Q(reason="") & _unnamed()),
    )
    rows = (
        Delivery.objects.filter(sent_at__isnull=True, cancelled_at__isnull=True)
        .exclude(reason="")
        .exclude(_unnamed())
        .select_related("notice__person")
        .order_by("-created_at", "-pk")
    )
    troubles = [_trouble(row, at) for row in rows[:TROUBLES_MOST]]
    return Status(
        outage=Outage.objects.filter(channel=Delivery.Channel.MAIL).first(),
        due_count=counts["due"],
        held_count=counts["held"],
        failing_count=counts["failing"],
        given_up_count=counts["given_up"],
        sent_count=counts["sent"],
        troubles=troubles,
        has_unnamed_trouble=counts["unnamed"] > 0,
        can_retry_any=counts["unnamed"] > 0 or any(trouble.can_retry for trouble in troubles),
    )


def _waiting(**also: object) -> Q:
    return Q(sent_at__isnull=True, gave_up_at__isnull=True, **also)


def _unnamed() -> Q:
    # A mail of an account has no notice.
    return Q(notice__isnull=False, notice__kind__in=kinds_that_hide_their_reader())


def _trouble(delivery: Delivery, at: dt.datetime) -> Trouble:
    notice = delivery.notice
    is_due = delivery.next_attempt_at <= at
    if notice is None:
        recipient = masked(delivery.to)
        return Trouble(delivery, _("Sign-in"), recipient, bool(delivery.text), is_due)
    kind = KINDS.get(notice.kind)
    recipient = f"{notice.person.initials} {masked(notice.person.email)}"
    return Trouble(delivery, kind.title if kind else notice.kind, recipient, True, is_due)


def masked(address: str) -> str:
    """Enough of an address to tell a wrong domain from a full mailbox: ``@fj….no``."""
    domain = address.rpartition("@")[2]
    name, dot, end = domain.rpartition(".")
    return f"@{name[:2]}…{dot}{end}" if dot else "…"
