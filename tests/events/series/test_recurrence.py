"""Rules by hand: what is refused and why, the edges of months and years, clocks that change."""

import datetime as dt
import time
from itertools import islice

import pytest
from django.core.exceptions import ValidationError
from django.utils.translation import override

from events import recurrence
from events.holidays import holiday, is_holiday
from events.recurrence_words import in_words

FRIDAY = dt.date(2026, 11, 27)


def first_days(text: str, start: dt.date, count: int = 3, years: int = 12) -> list[str]:
    rule = recurrence.parse(text)
    last = start + dt.timedelta(days=366 * years)
    return [str(day) for day in islice(recurrence.days(rule, start, start, last), count)]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "A rule is written as FREQ=WEEKLY;BYDAY=FR."),
        ("hver fredag", "A rule is written as FREQ=WEEKLY;BYDAY=FR."),
        ("BYDAY=FR", "A rule says how often: FREQ is DAILY, WEEKLY, MONTHLY or YEARLY."),
        ("FREQ=SECONDLY", "A rule says how often: FREQ is DAILY, WEEKLY, MONTHLY or YEARLY."),
        ("FREQ=DAILY;FREQ=DAILY", "FREQ stands in the rule twice."),
        ("FREQ=DAILY;BYHOUR=9", "BYHOUR is no part of a rule for days."),
        ("FREQ=DAILY;X-MOON=FULL", "X-MOON is no part of a rule for days."),
        (
            "FREQ=DAILY;COUNT=2;UNTIL=20270101",
            "A rule ends after a number of times or on a day, not both.",
        ),
        ("FREQ=DAILY;COUNT=0", "COUNT is a whole number from 1 to 1000."),
        ("FREQ=DAILY;COUNT=1001", "COUNT is a whole number from 1 to 1000."),
        ("FREQ=DAILY;INTERVAL=99999999999", "INTERVAL is a whole number from 1 to 1000."),
        ("FREQ=DAILY;INTERVAL=\u0661", "INTERVAL is a whole number from 1 to 1000."),
        ("FREQ=MONTHLY;BYMONTHDAY=32", "BYMONTHDAY is a whole number from 1 to 31."),
        ("FREQ=MONTHLY;BYMONTHDAY=0", "BYMONTHDAY is a whole number from 1 to 31."),
        ("FREQ=WEEKLY;BYMONTHDAY=1", "BYMONTHDAY does not go with this FREQ."),
        ("FREQ=MONTHLY;BYYEARDAY=1", "BYYEARDAY does not go with this FREQ."),
        ("FREQ=MONTHLY;BYWEEKNO=1", "BYWEEKNO does not go with this FREQ."),
        ("FREQ=WEEKLY;BYDAY=1FR", "“First Friday” and the like go with months and years only."),
        (
            "FREQ=WEEKLY;BYDAY=FREDAG",
            "BYDAY names weekdays: MO, TU, WE, TH, FR, SA, SU, as in 1FR or -1MO.",
        ),
        (
            "FREQ=MONTHLY;BYDAY=0FR",
            "BYDAY names weekdays: MO, TU, WE, TH, FR, SA, SU, as in 1FR or -1MO.",
        ),
        ("FREQ=DAILY;BYSETPOS=1", "BYSETPOS chooses among days: say which."),
        ("FREQ=DAILY;UNTIL=20260230", "UNTIL is a day, written as 20261224."),
        ("FREQ=DAILY;UNTIL=20261224T120000Z", "UNTIL is a day, written as 20261224."),
        ("FREQ=DAILY;BYMONTH=" + "1," * 100 + "1", "This rule is too long."),
    ],
)
def test_rule_that_is_wrong_is_refused_with_words(text: str, why: str) -> None:
    with override("en"), pytest.raises(ValidationError) as refused:
        recurrence.parse(text)
    assert refused.value.messages == [why]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (
            "FREQ=DAILY;UNTIL=20261126",
            "The last day comes before the first. Choose a later one.",
        ),
        (
            "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
            "This rule gives no day at all. Change the days or the month.",
        ),
        (
            "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
            "This rule gives no day at all. Change the days or the month.",
        ),
        (
            "FREQ=WEEKLY;BYDAY=MO;BYSETPOS=2",
            "This rule gives no day at all. Change the days or the month.",
        ),
        (
            "FREQ=YEARLY;BYYEARDAY=366;BYMONTH=1",
            "This rule gives no day at all. Change the days or the month.",
        ),
    ],
)
def test_rule_without_days_is_refused_and_never_hangs(text: str, why: str) -> None:
    began = time.perf_counter()
    with override("en"), pytest.raises(ValidationError) as refused:
        recurrence.check(recurrence.parse(text), FRIDAY)
    assert refused.value.messages == [why]
    assert time.perf_counter() - began < 2


def test_huge_interval_and_the_end_of_the_calendar_are_walked_at_once() -> None:
    began = time.perf_counter()
    rule = recurrence.parse("FREQ=YEARLY;INTERVAL=1000")
    assert list(recurrence.days(rule, FRIDAY, FRIDAY, dt.date.max)) == [
        dt.date(year, 11, 27) for year in range(2026, 10000, 1000)
    ]
    weekly, near_the_end = recurrence.parse("FREQ=WEEKLY"), dt.date(9999, 12, 20)
    assert list(recurrence.days(weekly, near_the_end, near_the_end, dt.date.max)) == [
        near_the_end, dt.date(9999, 12, 27)
    ]  # fmt: skip
    assert recurrence.check(weekly, dt.date.max) == dt.date.max
    assert time.perf_counter() - began < 2


@pytest.mark.parametrize(
    ("text", "start", "days"),
    [
        ("FREQ=WEEKLY;BYDAY=FR", FRIDAY, ["2026-11-27", "2026-12-04", "2026-12-11"]),
        # The rule says Fridays; a first day that is none only says from when.
        ("FREQ=WEEKLY;BYDAY=FR", dt.date(2026, 11, 25), ["2026-11-27", "2026-12-04", "2026-12-11"]),
        ("FREQ=WEEKLY;INTERVAL=2", FRIDAY, ["2026-11-27", "2026-12-11", "2026-12-25"]),
        ("FREQ=MONTHLY;BYDAY=1FR", FRIDAY, ["2026-12-04", "2027-01-01", "2027-02-05"]),
        ("FREQ=MONTHLY;BYDAY=-1FR", FRIDAY, ["2026-11-27", "2026-12-25", "2027-01-29"]),
        # A month without a 31st is left out, not moved.
        ("FREQ=MONTHLY", dt.date(2026, 10, 31), ["2026-10-31", "2026-12-31", "2027-01-31"]),
        ("FREQ=YEARLY", dt.date(2096, 2, 29), ["2096-02-29", "2104-02-29", "2108-02-29"]),
        ("FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13", FRIDAY, ["2027-08-13", "2028-10-13", "2029-04-13"]),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", FRIDAY,
         ["2026-11-30", "2026-12-31", "2027-01-29"]),
        # The classes of RFC 5545 in which rrule differs from us.
        ("FREQ=YEARLY;BYWEEKNO=20", dt.date(2026, 11, 25),
         ["2027-05-19", "2028-05-17", "2029-05-16"]),
        ("FREQ=YEARLY;BYWEEKNO=-53;BYDAY=TU", dt.date(2031, 1, 1),
         ["2031-12-30", "2036-12-30"]),
        ("FREQ=WEEKLY;BYDAY=TU,SU;BYSETPOS=2", dt.date(2024, 4, 26),
         ["2024-04-28", "2024-05-05", "2024-05-12"]),
        ("FREQ=WEEKLY;BYDAY=TU;BYSETPOS=1,-1;COUNT=2", dt.date(2026, 12, 1),
         ["2026-12-01", "2026-12-08"]),
        ("FREQ=MONTHLY;BYMONTHDAY=4,31;BYSETPOS=-2", dt.date(2026, 11, 1),
         ["2026-12-04", "2027-01-04", "2027-03-04"]),
    ],
)  # fmt: skip
def test_rule_gives_its_days(text: str, start: dt.date, days: list[str]) -> None:
    assert first_days(text, start)[: len(days)] == days


def test_days_from_the_middle_are_those_from_the_start() -> None:
    for text in ("FREQ=WEEKLY;INTERVAL=3", "FREQ=MONTHLY;INTERVAL=5;BYMONTHDAY=-1",
                 "FREQ=DAILY;INTERVAL=17;COUNT=60", "FREQ=YEARLY;INTERVAL=2;UNTIL=20350101"):  # fmt: skip
        rule, last = recurrence.parse(text), dt.date(2040, 1, 1)
        whole = list(recurrence.days(rule, FRIDAY, FRIDAY, last))
        middle = dt.date(2028, 6, 1)
        later = [day for day in whole if day >= middle]
        assert list(recurrence.days(rule, FRIDAY, middle, last)) == later


@pytest.mark.parametrize(
    ("text", "english", "norwegian"),
    [
        ("FREQ=WEEKLY;BYDAY=FR", "every Friday", "hver fredag"),
        ("FREQ=WEEKLY", "every Friday", "hver fredag"),
        ("FREQ=WEEKLY;BYDAY=FR,MO", "every Monday and Friday", "hver mandag og fredag"),
        ("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "every weekday", "hver hverdag"),
        ("FREQ=WEEKLY;INTERVAL=2", "every other Friday", "annenhver fredag"),
        ("FREQ=WEEKLY;INTERVAL=3", "every 3 weeks on Friday", "hver 3. uke på fredag"),
        ("FREQ=DAILY", "every day", "hver dag"),
        ("FREQ=MONTHLY;BYDAY=1FR", "the first Friday of the month", "den første fredagen i måneden"),
        ("FREQ=MONTHLY;BYDAY=-1FR", "the last Friday of the month", "den siste fredagen i måneden"),
        ("FREQ=MONTHLY", "on day 27 of the month", "den 27. i måneden"),
        ("FREQ=YEARLY", "every year on 27 November", "hvert år 27. november"),
        ("FREQ=WEEKLY;COUNT=10", "every Friday, 10 times", "hver fredag, 10 ganger"),
        ("FREQ=WEEKLY;UNTIL=20261218", "every Friday until 18 December 2026",
         "hver fredag til og med 18. desember 2026"),
        ("FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO", "on days of its own", "på egne dager"),
        ("", "once", "én gang"),
    ],
)  # fmt: skip
def test_rule_in_words(text: str, english: str, norwegian: str) -> None:
    with override("en"):
        assert in_words(text, FRIDAY) == english
    with override("nb"):
        assert in_words(text, FRIDAY) == norwegian


def utc(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("day", "starts", "ends", "zone", "begin", "end"),
    [
        # Noon stays noon when the clocks go.
        ("2026-10-23", "12:00", "12:30", None, "2026-10-23T10:00", "2026-10-23T10:30"),
        ("2026-10-30", "12:00", "12:30", None, "2026-10-30T11:00", "2026-10-30T11:30"),
        ("2026-11-27", "12:00", "12:30", "Europe/Vilnius", "2026-11-27T10:00", "2026-11-27T10:30"),
        # Half past two is left out in March: with the offset before the gap it is half past three.
        ("2027-03-28", "02:30", "04:00", None, "2027-03-28T01:30", "2027-03-28T02:00"),
        # It ends before it begins by the clock, and lasts its half hour all the same.
        ("2027-03-28", "02:30", "03:00", None, "2027-03-28T01:30", "2027-03-28T02:00"),
        # It comes twice in October: the first.
        ("2026-10-25", "02:30", "03:30", None, "2026-10-25T00:30", "2026-10-25T02:30"),
        ("2026-11-27", "23:30", "00:30", None, "2026-11-27T22:30", "2026-11-27T23:30"),
    ],
)
def test_wall_clock_becomes_a_moment(
    day: str, starts: str, ends: str, zone: str | None, begin: str, end: str
) -> None:
    clock = dt.time.fromisoformat
    found = recurrence.moments(dt.date.fromisoformat(day), clock(starts), clock(ends), zone)
    assert found == (utc(begin), utc(end))


def test_holidays_are_norwegian_and_named_in_the_readers_language() -> None:
    told = {}
    for language in ("nb", "en"):
        with override(language):
            days = (dt.date(2028, 5, 17), dt.date(2026, 12, 24), dt.date(2026, 12, 31))
            told[language] = [holiday(day) for day in days]
    assert told == {"nb": ["Grunnlovsdag", "", ""], "en": ["Constitution Day", "", ""]}
    assert [is_holiday(dt.date(2027, 3, day)) for day in (25, 26, 27, 28, 29)] == [
        True, True, False, True, True
    ]  # fmt: skip
