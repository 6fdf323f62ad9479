"""Which days are celebrated, as dates alone."""

import calendar
import datetime as dt
from functools import cache

import holidays

# A year, three, then every five; nobody works for longer than a human life.
YEARS = (1, 3, *range(5, 76, 5))


def anniversary_of(first_day: dt.date, years: int) -> dt.date:
    """The same day ``years`` later; 29 February is the 28th in a year without one."""
    year = first_day.year + years
    if (first_day.month, first_day.day) == (2, 29) and not calendar.isleap(year):
        return dt.date(year, 2, 28)
    return first_day.replace(year=year)


def first_days_celebrated_on(day: dt.date) -> dict[dt.date, int]:
    """The first days whose anniversary is ``day``, with how many years that is."""
    found = {}
    for years in YEARS:
        year = day.year - years
        last = calendar.monthrange(year, day.month)[1]
        first_day = dt.date(year, day.month, min(day.day, last))
        for one in (first_day, first_day + dt.timedelta(days=1)):
            if anniversary_of(one, years) == day:
                found[one] = years
    return found


@cache
def _norway() -> holidays.HolidayBase:
    return holidays.country_holidays("NO", language="no")


def working_day_before(day: dt.date) -> dt.date:
    """The last day before ``day`` from Monday to Friday that is no public holiday."""
    day -= dt.timedelta(days=1)
    while day.isoweekday() > 5 or day in _norway():
        day -= dt.timedelta(days=1)
    return day
