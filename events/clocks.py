"""Wall clocks as calendar files tell them (VTIMEZONE, RFC 5545, 3.6.5).

Changes that come every year are a rule ("the last Sunday in March"), others are written one by
one; never as an RDATE, of which some programs read the first only. The library's own
`Timezone.from_tzinfo` does that, and writes the moment of a change by the new clock instead of the
old one: the first hour of summer time was an hour wrong.
"""

import datetime as dt
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from icalendar import Timezone, TimezoneDaylight, TimezoneStandard

SECOND, DAY, WEEK = dt.timedelta(seconds=1), dt.timedelta(days=1), dt.timedelta(days=7)
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


class Offset(NamedTuple):
    """What a clock shows more than UTC."""

    ahead: dt.timedelta
    name: str
    is_summer: bool


class Change(NamedTuple):
    """From ``at``, which is UTC, the clock shows ``after`` instead of ``before``."""

    at: dt.datetime
    before: Offset
    after: Offset

    @property
    def onset(self) -> dt.datetime:
        """What the old clock shows in that moment."""
        return (self.at + self.before.ahead).replace(tzinfo=None)


@lru_cache(maxsize=256)
def clock_of(name: str, first_year: int, last_year: int) -> Timezone:
    """The wall clock ``name`` from a year before ``first_year`` to a year after ``last_year``."""
    zone = ZoneInfo(name)
    start = dt.datetime(first_year - 1, 1, 1, tzinfo=dt.UTC)
    end = dt.datetime(last_year + 2, 1, 1, tzinfo=dt.UTC)
    first = _offset(zone, start)
    clock = Timezone()
    clock.add("tzid", name)
    clock.add_component(_observance([Change(start, first, first)]))
    alike: dict[tuple[Offset, Offset], list[Change]] = {}
    for change in changes_of(zone, start, end):
        alike.setdefault((change.before, change.after), []).append(change)
    for changes in alike.values():
        rule = _yearly_rule(changes)
        for one in [changes] if rule else [[change] for change in changes]:
            clock.add_component(_observance(one, rule))
    return clock


def changes_of(zone: ZoneInfo, start: dt.datetime, end: dt.datetime) -> Iterator[Change]:
    """Every change between the two moments, to the second. No clock changes twice in a day."""
    at = start
    while at < end:
        before, after = _offset(zone, at), _offset(zone, at + DAY)
        if before != after:
            yield Change(_moment_of(zone, at, at + DAY), before, after)
        at += DAY


def _moment_of(zone: ZoneInfo, low: dt.datetime, high: dt.datetime) -> dt.datetime:
    """When between the two the clock is changed, by halves."""
    old = _offset(zone, low)
    while high - low > SECOND:
        middle = low + (high - low) // SECOND // 2 * SECOND
        low, high = (middle, high) if _offset(zone, middle) == old else (low, middle)
    return high


def _offset(zone: ZoneInfo, at: dt.datetime) -> Offset:
    local = at.astimezone(zone)
    return Offset(local.utcoffset() or dt.timedelta(0), local.tzname() or "", bool(local.dst()))


def _yearly_rule(changes: list[Change]) -> dict[str, object] | None:
    """The RRULE that gives exactly ``changes``, which are of several years; None without one."""
    onsets = [change.onset for change in changes]
    years = [onset.year for onset in onsets]
    same = {(onset.month, onset.isoweekday(), onset.time()) for onset in onsets}
    if len(onsets) < 2 or len(same) > 1 or years != list(range(years[0], years[-1] + 1)):
        return None
    weekday = WEEKDAYS[onsets[0].weekday()]
    if all((onset + WEEK).month != onset.month for onset in onsets):
        place = "-1"
    elif len({(onset.day - 1) // 7 for onset in onsets}) == 1:
        place = str((onsets[0].day - 1) // 7 + 1)
    else:
        return None
    return {"freq": "yearly", "bymonth": onsets[0].month, "byday": f"{place}{weekday}"}


def _observance(
    changes: list[Change], rule: dict[str, object] | None = None
) -> TimezoneStandard | TimezoneDaylight:
    """The first of ``changes``, and by ``rule`` the others, as one component."""
    first = changes[0]
    one = TimezoneDaylight() if first.after.is_summer else TimezoneStandard()
    one.add("dtstart", first.onset)
    one.add("tzoffsetfrom", first.before.ahead)
    one.add("tzoffsetto", first.after.ahead)
    one.add("tzname", first.after.name)
    if rule:
        one.add("rrule", rule)
    return one
