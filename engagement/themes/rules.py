"""When a theme day is: five kinds of rules, each turned into the days of one year.

Nothing here reads a clock or a database.
"""

import datetime as dt
from dataclasses import dataclass
from typing import NamedTuple

# Longer is no day with a look of its own any more but how the product looks.
MOST_DAYS = 60
# From Ash Wednesday, with room, to after Whitsun.
EASTER_REACH = 70
# What the calendar of a whole year is asked for. One that has no 29 February.
COMMON_YEAR = 2027
FIXED, NTH, EASTER, ADVENT, DATE = "fixed", "nth", "easter", "advent", "date"
# Which facts each kind of rule is told by.
FACTS = {
    FIXED: ("month", "day", "days_count"),
    NTH: ("month", "weekday", "nth", "days_count"),
    EASTER: ("offset", "days_count"),
    ADVENT: ("nth", "days_count"),
    DATE: ("starts_on", "ends_on"),
}
ALL_FACTS = ("month", "day", "weekday", "nth", "offset", "starts_on", "ends_on", "days_count")


class Span(NamedTuple):
    """From the first day to the last, both included."""

    first: dt.date
    last: dt.date

    @property
    def days_count(self) -> int:
        return (self.last - self.first).days + 1

    def covers(self, day: dt.date) -> bool:
        return self.first <= day <= self.last


@dataclass(frozen=True)
class Rule:
    """``weekday`` counts from Monday, 0; ``nth`` from 1, and -1 is the last of the month;
    ``offset`` is days after Easter Sunday, negative before it."""

    kind: str
    month: int | None = None
    day: int | None = None
    weekday: int | None = None
    nth: int | None = None
    offset: int | None = None
    starts_on: dt.date | None = None
    ends_on: dt.date | None = None
    days_count: int = 1

    def in_year(self, year: int) -> Span | None:
        """The days that begin in ``year``; they may end in the next. None only for a chosen date
        of another year."""
        if self.kind == DATE:
            assert self.starts_on
            if self.starts_on.year != year:
                return None
            return Span(self.starts_on, self.ends_on or self.starts_on)
        first = self._first(year)
        return Span(first, first + dt.timedelta(days=self.days_count - 1))

    def covering(self, day: dt.date) -> Span | None:
        """The days that ``day`` is one of, also those that began last year."""
        for year in (day.year, day.year - 1, day.year + 1):
            span = self.in_year(year)
            if span and span.covers(day):
                return span
        return None

    def _first(self, year: int) -> dt.date:
        if self.kind == EASTER:
            return easter(year) + dt.timedelta(days=self.offset or 0)
        if self.kind == ADVENT:
            return first_advent(year) + dt.timedelta(weeks=(self.nth or 1) - 1)
        assert self.month
        if self.kind == NTH:
            return nth_weekday(year, self.month, self.weekday or 0, self.nth or 1)
        return dt.date(year, self.month, self.day or 1)


def easter(year: int) -> dt.date:
    """Easter Sunday of the western churches (Meeus, Astronomical Algorithms, chapter 8)."""
    golden = year % 19
    century, rest = divmod(year, 100)
    leap_centuries, century_rest = divmod(century, 4)
    moon_shift = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * golden + century - leap_centuries - moon_shift + 15) % 30
    quarter, quarter_rest = divmod(rest, 4)
    to_sunday = (32 + 2 * century_rest + 2 * quarter - epact - quarter_rest) % 7
    correction = (golden + 11 * epact + 22 * to_sunday) // 451
    month, day = divmod(epact + to_sunday - 7 * correction + 114, 31)
    return dt.date(year, month, day + 1)


def first_advent(year: int) -> dt.date:
    """The fourth Sunday before Christmas Day."""
    eve = dt.date(year, 12, 24)
    fourth = eve - dt.timedelta(days=(eve.weekday() + 1) % 7)
    return fourth - dt.timedelta(weeks=3)


def nth_weekday(year: int, month: int, weekday: int, nth: int) -> dt.date:
    """The ``nth`` such weekday of a month, 1 to 4; -1 is the last."""
    if nth > 0:
        first = dt.date(year, month, 1)
        return first + dt.timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))
    after = dt.date(year + month // 12, month % 12 + 1, 1)
    last = after - dt.timedelta(days=1)
    return last - dt.timedelta(days=(last.weekday() - weekday) % 7)


def exists_every_year(month: int, day: int) -> bool:
    """False for 31 February, and for 29 February, which most years do not have."""
    try:
        dt.date(COMMON_YEAR, month, day)
    except ValueError:
        return False
    return True
