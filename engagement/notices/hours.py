"""When somebody may be bothered: pure functions of shifts, quiet hours and wall clocks.

Wall-clock times stay what they are over a change to summer or winter time. One that does not exist
that night is an hour later, one that comes twice is the first of the two. All moments are UTC.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

QUIET_FROM, QUIET_TO = dt.time(21), dt.time(7)
# For people without a usual shift.
DIGEST_WEEKDAYS, DIGEST_AT = (1, 2, 3, 4, 5), dt.time(9)
EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)

Span = tuple[dt.datetime, dt.datetime]


@dataclass(frozen=True)
class Shift:
    """Which ISO weekdays, from when to when. One that ends before it starts ends the next day."""

    weekdays: Sequence[int]
    starts_at: dt.time
    ends_at: dt.time


@dataclass(frozen=True)
class QuietHours:
    """From when to when, every day; over midnight when they end before they begin."""

    starts_at: dt.time = QUIET_FROM
    ends_at: dt.time = QUIET_TO


def moment_on(day: dt.date, time: dt.time, zone: ZoneInfo) -> dt.datetime:
    """When the wall clock in ``zone`` shows ``time`` on ``day``."""
    return dt.datetime.combine(day, time, zone).astimezone(dt.UTC)


def next_digest_at(shift: Shift | None, after: dt.datetime, *, zone: ZoneInfo) -> dt.datetime:
    """The first start of a shift later than ``after``; without a shift, weekdays at 09:00."""
    weekdays, time = (shift.weekdays, shift.starts_at) if shift else (DIGEST_WEEKDAYS, DIGEST_AT)
    return next(
        start
        for day in _days(after, zone, before=1, beyond=9)
        if day.isoweekday() in weekdays and (start := moment_on(day, time, zone)) > after
    )


def after_quiet_hours(
    quiet: QuietHours | None, shift: Shift | None, at: dt.datetime, *, zone: ZoneInfo
) -> dt.datetime:
    """``at``, or when it is quiet then, the first moment after it that is not.

    Hours of the person's own shift are never quiet.
    """
    if quiet is None:
        return at
    nights = list(_spans(EVERY_DAY, quiet.starts_at, quiet.ends_at, at, zone))
    shifts = list(_spans(shift.weekdays, shift.starts_at, shift.ends_at, at, zone)) if shift else []
    loud_at = at
    while (ends := _end_of(nights, loud_at)) and not _end_of(shifts, loud_at):
        loud_at = min([ends, *(start for start, _end in shifts if loud_at < start)])
    return loud_at


def _end_of(spans: Sequence[Span], at: dt.datetime) -> dt.datetime | None:
    """When the span that ``at`` lies in ends; None when it lies in none."""
    return max((end for start, end in spans if start <= at < end), default=None)


def _spans(
    weekdays: Sequence[int], starts_at: dt.time, ends_at: dt.time, at: dt.datetime, zone: ZoneInfo
) -> Iterator[Span]:
    """Those that may touch ``at`` or the two days after it."""
    for day in _days(at, zone, before=2, beyond=3):
        if day.isoweekday() in weekdays:
            last = day if ends_at > starts_at else day + dt.timedelta(days=1)
            yield moment_on(day, starts_at, zone), moment_on(last, ends_at, zone)


def _days(at: dt.datetime, zone: ZoneInfo, *, before: int, beyond: int) -> Iterator[dt.date]:
    today = at.astimezone(zone).date()
    return (today + dt.timedelta(days=number) for number in range(-before, beyond + 1))
