"""Working days of shifts: weekday by weekday, without public holidays."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from zoneinfo import ZoneInfo

import holidays

NO_SHIFT = (1, 2, 3, 4, 5)


@dataclass(frozen=True)
class Shift:
    """Which ISO weekdays, from when to when on the wall clock of which place.

    One that ends before it starts ends the next day.
    """

    weekdays: tuple[int, ...] = NO_SHIFT
    starts_at: dt.time = dt.time(8)
    ends_at: dt.time = dt.time(16)
    zone: str = "Europe/Oslo"

    def span(self, day: dt.date) -> tuple[dt.datetime, dt.datetime]:
        """From when to when the shift of ``day`` lasts."""
        zone = ZoneInfo(self.zone)
        ends_on = day if self.ends_at > self.starts_at else day + dt.timedelta(days=1)
        return (
            dt.datetime.combine(day, self.starts_at, zone),
            dt.datetime.combine(ends_on, self.ends_at, zone),
        )


@cache
def _norway() -> holidays.HolidayBase:
    # "nb" would silently give English names.
    return holidays.country_holidays("NO", language="no")


def holiday_name(day: dt.date) -> str:
    """What ``day`` is called as a public holiday; empty for an ordinary day."""
    name: str = _norway().get(day, "")
    return name


def is_working_day(day: dt.date, weekdays: tuple[int, ...] = NO_SHIFT) -> bool:
    return day.isoweekday() in weekdays and not holiday_name(day)


def next_working_day(day: dt.date) -> dt.date:
    """``day`` itself, or the next from Monday to Friday that is no holiday."""
    while not is_working_day(day):
        day += dt.timedelta(days=1)
    return day


def last_working_day(day: dt.date) -> dt.date:
    """``day`` itself, or the last before it from Monday to Friday that is no holiday."""
    while not is_working_day(day):
        day -= dt.timedelta(days=1)
    return day


def days_worked(shift: Shift, opens_at: dt.datetime, closes_at: dt.datetime) -> int:
    """How many whole shifts, on days that are no public holidays, lie within the opening time.

    Counts no further than it takes for two.
    """
    found = 0
    for day in _days(opens_at, closes_at, shift.zone):
        starts_at, ends_at = shift.span(day)
        whole = opens_at <= starts_at and ends_at <= closes_at
        if whole and is_working_day(day, shift.weekdays):
            found += 1
            if found == 2:
                break
    return found


def _days(opens_at: dt.datetime, closes_at: dt.datetime, zone: str) -> Iterator[dt.date]:
    day, last = (one.astimezone(ZoneInfo(zone)).date() for one in (opens_at, closes_at))
    while day <= last:
        yield day
        day += dt.timedelta(days=1)
