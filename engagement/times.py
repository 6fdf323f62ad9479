"""The only place that reads the clock. Everything else is handed a time."""

import calendar
import datetime as dt
from typing import TypeVar
from zoneinfo import ZoneInfo

from django.utils import timezone

Day = TypeVar("Day", bound=dt.date)

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def now() -> dt.datetime:
    """The present moment, aware, in UTC."""
    return timezone.now()


def today(zone: str | None = None) -> dt.date:
    """Today's date on the wall clock of ``zone`` (the organisation's own unless given)."""
    return timezone.localdate(now(), ZoneInfo(zone) if zone else None)


def milliseconds(at: dt.datetime) -> int:
    """Whole milliseconds since 1970, as browsers count time."""
    return (at - EPOCH) // dt.timedelta(milliseconds=1)


def local_date(at: dt.datetime, zone: str | None = None) -> dt.date:
    """The date of ``at`` on the wall clock of ``zone`` (the organisation's own unless given)."""
    return timezone.localdate(at, ZoneInfo(zone) if zone else None)


def wall_clock(at: dt.datetime, zone: str | None = None) -> str:
    """What the wall clock of ``zone`` (the organisation's own unless given) shows: "14:05"."""
    return f"{timezone.localtime(at, ZoneInfo(zone) if zone else None):%H:%M}"


def microseconds(at: dt.datetime) -> int:
    """Whole microseconds since 1970: all that the database keeps of a moment."""
    return (at - EPOCH) // dt.timedelta(microseconds=1)


def from_microseconds(count: int) -> dt.datetime:
    """The reverse of `microseconds`. Raises OverflowError outside the years 1 to 9999."""
    return EPOCH + dt.timedelta(microseconds=count)


def local_zone() -> dt.tzinfo:
    """The organisation's own time zone."""
    return timezone.get_default_timezone()


def moment_of(day: dt.date, clock: dt.time, zone: str | None = None) -> dt.datetime:
    """When it is ``clock`` on ``day`` on the wall clock of ``zone`` (the organisation's unless given)."""
    return dt.datetime.combine(day, clock, ZoneInfo(zone) if zone else local_zone())


def local_clock(at: dt.datetime, zone: str | None = None) -> dt.time:
    """What the wall clock of ``zone`` shows at ``at`` (the organisation's unless given)."""
    return at.astimezone(ZoneInfo(zone) if zone else local_zone()).time()


def months_before(day: Day, months: int) -> Day:
    """The same day ``months`` earlier, or the last of a month that is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return day.replace(year=year, month=month + 1, day=min(day.day, last))
