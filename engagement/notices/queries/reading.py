"""Reads for the bell, the list of notices and one's own data."""

import datetime as dt
import itertools
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q
from django.utils import timezone

from engagement import times
from engagement.notices.models import Notice
from engagement.notices.words import Line, lines_of, plain_words
from engagement.people.models import Person

# The bell shows "9+" long before this; counting stops here.
UNREAD_MOST = 100
PAGE_SIZE = 30


def unread_count(person: Person, *, at: dt.datetime | None = None) -> int:
    """How many notices ``person`` has not read, at most 100. One query, answered by an index."""
    unread = Notice.objects.shown(at or times.now()).unread().filter(person=person)
    return unread[:UNREAD_MOST].count()


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
        days=_by_day(lines_of(shown), previous_date),
        unread_count=unread_count(person, at=at),
        next_cursor=shown[-1].key if len(rows) > PAGE_SIZE else "",
    )


def _by_day(lines: Iterable[Line], previous_date: dt.date | None) -> list[Day]:
    grouped = itertools.groupby(lines, key=lambda line: timezone.localdate(line.notice.show_from))
    return [Day(date, list(group), date == previous_date) for date, group in grouped]


def own_data(person: Person, *, at: dt.datetime) -> list[dict[str, object]]:
    """The notices that ``person`` may see, oldest first, in words where they still have any."""
    mine = Notice.objects.shown(at).filter(person=person).order_by("pk")
    rows = list(mine.prefetch_related("deliveries"))
    words = {line.notice.pk: plain_words(line) for line in lines_of(rows)}
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
