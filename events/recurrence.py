"""Which days a rule gives: RRULE of RFC 5545 over local dates.

A rule is kept as the text that calendars read. It is walked period by period (a day, a week, a month
or a year at a time) and never beyond the last day asked for, so that no rule can hang.
"""

import calendar
import datetime as dt
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from engagement import times

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
LONGEST_RULE = 200
MOST_TIMES = 1000
MOST_BETWEEN = 1000
# A rule that gives no day so long gives none that anybody waits for. Leap days are at most 8 apart.
LOOKED_AT = dt.timedelta(days=366 * 12)

DAY = re.compile(r"([+-]?[0-9]{1,2})?(MO|TU|WE|TH|FR|SA|SU)", re.ASCII)
NUMBER = re.compile(r"[+-]?[0-9]{1,4}", re.ASCII)
# What each part may count, with its name in `Rule`; a negative number counts from the end.
COUNTED = {
    "BYMONTH": ("months", 1, 12, False),
    "BYMONTHDAY": ("month_days", 1, 31, True),
    "BYYEARDAY": ("year_days", 1, 366, True),
    "BYWEEKNO": ("weeks", 1, 53, True),
    "BYSETPOS": ("positions", 1, 366, True),
}
# RFC 5545 forbids these together.
NEVER_WITH = {
    "BYWEEKNO": ("DAILY", "WEEKLY", "MONTHLY"),
    "BYYEARDAY": ("DAILY", "WEEKLY", "MONTHLY"),
    "BYMONTHDAY": ("WEEKLY",),
}


def _wrong(text: str) -> ValidationError:
    return ValidationError(text, code="rule")


@dataclass(frozen=True)
class Rule:
    """A rule taken apart. ``days`` are pairs of a number (0: every one) and a weekday (Monday is 0)."""

    frequency: str
    interval: int = 1
    count: int | None = None
    until: dt.date | None = None
    days: tuple[tuple[int, int], ...] = ()
    months: tuple[int, ...] = ()
    month_days: tuple[int, ...] = ()
    year_days: tuple[int, ...] = ()
    weeks: tuple[int, ...] = ()
    positions: tuple[int, ...] = ()
    week_start: int = 0

    @cached_property
    def plain_days(self) -> tuple[int, ...]:
        """The weekdays alone, in the order of the week."""
        return tuple(sorted({day for _number, day in self.days}))

    def __str__(self) -> str:
        parts: list[tuple[str, object]] = [("FREQ", self.frequency)]
        if self.interval > 1:
            parts.append(("INTERVAL", self.interval))
        for name, (field, *_bounds) in COUNTED.items():
            if numbers := getattr(self, field):
                parts.append((name, ",".join(map(str, numbers))))
        if self.days:
            named = (f"{number or ''}{WEEKDAYS[day]}" for number, day in self.days)
            parts.append(("BYDAY", ",".join(named)))
        if self.week_start:
            parts.append(("WKST", WEEKDAYS[self.week_start]))
        if self.count is not None:
            parts.append(("COUNT", self.count))
        if self.until is not None:
            parts.append(("UNTIL", f"{self.until:%Y%m%d}"))
        return ";".join(f"{name}={value}" for name, value in parts)


# --- reading --------------------------------------------------------------------------------------


def parse(text: str) -> Rule:
    """The rule that ``text`` writes, such as ``FREQ=WEEKLY;BYDAY=FR``.

    Raises ValidationError that says what is wrong with it.
    """
    parts = _parts(text)
    frequency = parts.pop("FREQ", "")
    if frequency not in FREQUENCIES:
        raise _wrong(_("A rule says how often: FREQ is DAILY, WEEKLY, MONTHLY or YEARLY."))
    if "COUNT" in parts and "UNTIL" in parts:
        raise _wrong(_("A rule ends after a number of times or on a day, not both."))
    facts: dict[str, object] = {}
    for name, value in parts.items():
        facts |= _read(name, value)
    for name, frequencies in NEVER_WITH.items():
        if name in parts and frequency in frequencies:
            raise _wrong(_("%(part)s does not go with this FREQ.") % {"part": name})
    rule = Rule(frequency, **facts)  # type: ignore[arg-type] # each part has read its own
    if any(number for number, _day in rule.days) and (
        frequency in ("DAILY", "WEEKLY") or rule.weeks
    ):
        raise _wrong(_("“First Friday” and the like go with months and years only."))
    if rule.positions and not (rule.days or parts.keys() & (COUNTED.keys() - {"BYSETPOS"})):
        raise _wrong(_("BYSETPOS chooses among days: say which."))
    return rule


def _parts(text: str) -> dict[str, str]:
    if len(text) > LONGEST_RULE:
        raise _wrong(_("This rule is too long."))
    parts: dict[str, str] = {}
    for part in text.strip().upper().split(";"):
        name, equals, value = part.partition("=")
        if not equals or not value:
            raise _wrong(_("A rule is written as FREQ=WEEKLY;BYDAY=FR."))
        if name in parts:
            raise _wrong(_("%(part)s stands in the rule twice.") % {"part": name[:20]})
        parts[name] = value
    return parts


def _read(name: str, value: str) -> Mapping[str, object]:
    if name in COUNTED:
        field, least, most, is_signed = COUNTED[name]
        numbers = tuple(
            _number(name, one, least, most, is_signed=is_signed) for one in value.split(",")
        )
        return {field: numbers}
    if name == "BYDAY":
        return {"days": tuple(_day(one) for one in value.split(","))}
    if name == "INTERVAL":
        return {"interval": _number(name, value, 1, MOST_BETWEEN)}
    if name == "COUNT":
        return {"count": _number(name, value, 1, MOST_TIMES)}
    if name == "UNTIL":
        return {"until": _date(value)}
    if name == "WKST" and value in WEEKDAYS:
        return {"week_start": WEEKDAYS.index(value)}
    raise _wrong(_("%(part)s is no part of a rule for days.") % {"part": name[:20]})


def _number(name: str, value: str, least: int, most: int, *, is_signed: bool = False) -> int:
    if NUMBER.fullmatch(value):
        number = int(value)
        if least <= (abs(number) if is_signed else number) <= most:
            return number
    raise _wrong(
        _("%(part)s is a whole number from %(least)d to %(most)d.")
        % {"part": name, "least": least, "most": most}
    )


def _day(value: str) -> tuple[int, int]:
    found = DAY.fullmatch(value)
    number = int(found[1] or 0) if found else 0
    if found is None or abs(number) > 53 or (found[1] and not number):
        raise _wrong(_("BYDAY names weekdays: MO, TU, WE, TH, FR, SA, SU, as in 1FR or -1MO."))
    return number, WEEKDAYS.index(found[2])


def _date(value: str) -> dt.date:
    try:
        if len(value) == 8 and value.isascii() and value.isdecimal():
            return dt.date(int(value[:4]), int(value[4:6]), int(value[6:]))
    except ValueError:
        pass
    raise _wrong(_("UNTIL is a day, written as 20261224."))


def check(rule: Rule, starts_on: dt.date) -> dt.date:
    """The first day of ``rule``. Raises ValidationError for a rule that ends before it starts, or
    that gives no day within the next twelve years."""
    if rule.until is not None and rule.until < starts_on:
        raise _wrong(_("The last day comes before the first. Choose a later one."))
    last = min(starts_on, dt.date.max - LOOKED_AT) + LOOKED_AT
    first = next(days(rule, starts_on, starts_on, last), None)
    if first is None:
        raise _wrong(_("This rule gives no day at all. Change the days or the month."))
    return first


# --- walking --------------------------------------------------------------------------------------


def days(rule: Rule, starts_on: dt.date, first: dt.date, last: dt.date) -> Iterator[dt.date]:
    """The days of ``rule``, counted from ``starts_on``, that lie from ``first`` to ``last``, both
    among them. In their order. Public holidays are the caller's business."""
    last = min(last, rule.until or last)
    taken = 0
    # Without COUNT nobody needs to know what came before.
    begin = starts_on if rule.count is not None else max(first, starts_on)
    for period in _periods(rule, starts_on, begin, last):
        for day in _chosen(rule, starts_on, period):
            if day < starts_on:
                continue
            if day > last:
                return
            taken += 1
            if rule.count is not None and taken > rule.count:
                return
            if day >= first:
                yield day


Period = tuple[dt.date, dt.date]


def _periods(rule: Rule, starts_on: dt.date, begin: dt.date, last: dt.date) -> Iterator[Period]:
    """The days, weeks, months or years that the rule looks at, as first and last day: those that
    touch the time from ``begin`` to ``last``."""
    step = rule.interval
    if rule.frequency in ("DAILY", "WEEKLY"):
        length = 1 if rule.frequency == "DAILY" else 7
        into_the_week = (starts_on.weekday() - rule.week_start) % 7 if length == 7 else 0
        origin = starts_on.toordinal() - into_the_week
        skipped = (begin.toordinal() - origin) // (length * step)
        number = origin + skipped * length * step
        while number <= last.toordinal():
            ends = min(number + length - 1, dt.date.max.toordinal())
            # The week of 1 January of the year 1 begins before there are dates.
            yield dt.date.fromordinal(max(number, 1)), dt.date.fromordinal(ends)
            number += length * step
        return
    months = step if rule.frequency == "MONTHLY" else 12 * step
    origin = starts_on.year * 12 + (starts_on.month - 1 if rule.frequency == "MONTHLY" else 0)
    number = origin + (begin.year * 12 + begin.month - 1 - origin) // months * months
    while number <= last.year * 12 + last.month - 1:
        year, month = divmod(number, 12)
        ends_in = month + 1 if rule.frequency == "MONTHLY" else 12
        length = calendar.monthrange(year, ends_in)[1]
        yield dt.date(year, month + 1, 1), dt.date(year, ends_in, length)
        number += months


def _chosen(rule: Rule, starts_on: dt.date, period: Period) -> list[dt.date]:
    """The days of one period, after BYSETPOS."""
    first, last = period
    span = range(first.toordinal(), last.toordinal() + 1)
    fitting = [day for day in map(dt.date.fromordinal, span) if _fits(rule, starts_on, day)]
    if not rule.positions:
        return fitting
    count = len(fitting)
    places = {place - 1 if place > 0 else count + place for place in rule.positions}
    return [fitting[place] for place in sorted(places) if 0 <= place < count]


def _fits(rule: Rule, starts_on: dt.date, day: dt.date) -> bool:
    if rule.days and day.weekday() not in rule.plain_days:
        return False
    if rule.months and day.month not in rule.months:
        return False
    if rule.month_days and not _is_among(day.day, _month_length(day), rule.month_days):
        return False
    if rule.year_days and not _is_among(*_place_in_year(day), rule.year_days):
        return False
    if rule.weeks and not _is_among(*_week_of(day, rule.week_start), rule.weeks):
        return False
    if rule.days:
        return any(_is_nth(rule, day, number, weekday) for number, weekday in rule.days)
    return _is_like_the_first(rule, starts_on, day)


def _is_like_the_first(rule: Rule, starts_on: dt.date, day: dt.date) -> bool:
    """What a rule does not say, its first day does."""
    if rule.frequency == "WEEKLY" or (rule.weeks and not rule.month_days and not rule.year_days):
        return day.weekday() == starts_on.weekday()
    if rule.frequency == "DAILY" or rule.month_days or rule.year_days:
        return True
    if rule.frequency == "YEARLY" and not rule.months and day.month != starts_on.month:
        return False
    return day.day == starts_on.day


def _is_among(number: int, length: int, wanted: tuple[int, ...]) -> bool:
    """Whether the ``number``-th of ``length`` is wanted, counted from either end."""
    return number in wanted or number - length - 1 in wanted


def _month_length(day: dt.date) -> int:
    return calendar.monthrange(day.year, day.month)[1]


def _place_in_year(day: dt.date) -> tuple[int, int]:
    """Which day of its year it is, and how many that has."""
    place = day.toordinal() - dt.date(day.year, 1, 1).toordinal() + 1
    return place, 366 if calendar.isleap(day.year) else 365


def _week_of(day: dt.date, week_start: int) -> tuple[int, int]:
    """The number of the day's week and how many weeks its year has: a week belongs to the year that
    has four of its days."""
    middle = day.toordinal() - (day.weekday() - week_start) % 7 + 3
    year = dt.date.fromordinal(min(middle, dt.date.max.toordinal())).year
    first = _first_week(year, week_start)
    following = _first_week(year + 1, week_start) if year < dt.MAXYEAR else first + 52 * 7
    return (middle - 3 - first) // 7 + 1, (following - first) // 7


def _first_week(year: int, week_start: int) -> int:
    """The ordinal of the first day of the first week of ``year``."""
    fourth = dt.date(year, 1, 4)
    return fourth.toordinal() - (fourth.weekday() - week_start) % 7


def _is_nth(rule: Rule, day: dt.date, number: int, weekday: int) -> bool:
    if day.weekday() != weekday:
        return False
    if not number:
        return True
    if rule.frequency == "MONTHLY" or rule.months:
        place, length = day.day, _month_length(day)
    else:
        place, length = _place_in_year(day)
    return number == ((place - 1) // 7 + 1 if number > 0 else -((length - place) // 7 + 1))


# --- moments --------------------------------------------------------------------------------------


def moments(
    day: dt.date, starts_at: dt.time, ends_at: dt.time, zone: str | None
) -> tuple[dt.datetime, dt.datetime]:
    """From when to when, in UTC, by the wall clock of ``zone`` (the organisation's own unless
    given). What ends no later than it starts ends on the next day.

    As RFC 5545 has it: a time that does not exist counts with the offset before the gap; one that
    is there twice is the first.
    """
    begin = times.moment_of(day, starts_at, zone).astimezone(dt.UTC)
    ends_on = day if ends_at > starts_at else day + dt.timedelta(days=1)
    end = times.moment_of(ends_on, ends_at, zone).astimezone(dt.UTC)
    if end <= begin:
        # Between two times that a clock leaves out; it lasts as long as it says.
        end = begin + (dt.datetime.combine(ends_on, ends_at) - dt.datetime.combine(day, starts_at))
    return begin, end
