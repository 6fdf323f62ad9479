"""When somebody may be bothered: shifts, quiet hours, nights, summer time."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engagement.notices.hours import (
    DIGEST_AT,
    DIGEST_WEEKDAYS,
    QuietHours,
    Shift,
    after_quiet_hours,
    moment_on,
    next_digest_at,
)

OSLO = ZoneInfo("Europe/Oslo")
DAY = Shift((1, 2, 3, 4, 5), dt.time(7), dt.time(15))
NIGHT = Shift((1, 2, 3, 4), dt.time(22), dt.time(6))
LATE = Shift((2, 3, 4, 5, 6), dt.time(14), dt.time(22))
MINUTE = dt.timedelta(minutes=1)

ZONES = st.sampled_from(["Europe/Oslo", "Europe/Vilnius", "America/Santiago", "UTC"]).map(ZoneInfo)
TIMES = st.times().map(lambda time: time.replace(second=0, microsecond=0, fold=0))
SHIFTS = st.builds(
    Shift, st.sets(st.integers(1, 7), min_size=1).map(sorted).map(tuple), TIMES, TIMES
)
QUIETS = (
    st.tuples(TIMES, TIMES).filter(lambda two: two[0] != two[1]).map(lambda two: QuietHours(*two))
)
# Half of them around the nights on which clocks are changed.
MOMENTS = st.one_of(
    st.datetimes(dt.datetime(2026, 1, 1), dt.datetime(2028, 1, 1)),
    st.datetimes(dt.datetime(2026, 3, 27), dt.datetime(2026, 3, 31)),
    st.datetimes(dt.datetime(2026, 10, 23), dt.datetime(2026, 10, 27)),
).map(lambda moment: moment.replace(tzinfo=dt.UTC))


def oslo(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=OSLO).astimezone(dt.UTC)


def is_quiet(at: dt.datetime, quiet: QuietHours, shift: Shift | None, zone: ZoneInfo) -> bool:
    """The same question asked in another way: does any span of any day nearby hold ``at``?"""

    def within(weekdays: tuple[int, ...], starts_at: dt.time, ends_at: dt.time) -> bool:
        today = at.astimezone(zone).date()
        for number in (-2, -1, 0, 1):
            day = today + dt.timedelta(days=number)
            end = day + dt.timedelta(days=0 if ends_at > starts_at else 1)
            begins, ends = moment_on(day, starts_at, zone), moment_on(end, ends_at, zone)
            if day.isoweekday() in weekdays and begins <= at < ends:
                return True
        return False

    at_work = shift is not None and within(tuple(shift.weekdays), shift.starts_at, shift.ends_at)
    return not at_work and within((1, 2, 3, 4, 5, 6, 7), quiet.starts_at, quiet.ends_at)


# --- the next digest ------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("shift", "after", "expected"),
    [
        (DAY, "2026-11-26 06:59", "2026-11-26 07:00"),  # a Thursday
        (DAY, "2026-11-26 07:00", "2026-11-27 07:00"),  # what comes with the start waits
        (DAY, "2026-11-27 12:00", "2026-11-30 07:00"),  # over the weekend
        (NIGHT, "2026-11-27 03:00", "2026-11-30 22:00"),  # within the last night of the week
        (NIGHT, "2026-11-26 12:00", "2026-11-26 22:00"),
        (LATE, "2026-11-28 23:00", "2026-12-01 14:00"),
        (None, "2026-11-27 08:59", "2026-11-27 09:00"),
        (None, "2026-11-27 09:00", "2026-11-30 09:00"),
        (DAY, "2026-03-27 12:00", "2026-03-30 07:00"),  # clocks go forward in between
        (DAY, "2026-10-23 12:00", "2026-10-26 07:00"),  # and back
    ],
)
def test_digest_comes_when_the_next_shift_starts(
    shift: Shift | None, after: str, expected: str
) -> None:
    assert next_digest_at(shift, oslo(after), zone=OSLO) == oslo(expected)


def test_start_that_the_clock_skips_is_an_hour_later() -> None:
    early = Shift((7,), dt.time(2, 30), dt.time(10))
    found = next_digest_at(early, oslo("2026-03-28 12:00"), zone=OSLO)
    assert found.astimezone(OSLO).isoformat() == "2026-03-29T03:30:00+02:00"


def test_start_that_the_clock_shows_twice_is_the_first() -> None:
    early = Shift((7,), dt.time(2, 30), dt.time(10))
    found = next_digest_at(early, oslo("2026-10-24 12:00"), zone=OSLO)
    assert found == dt.datetime(2026, 10, 25, 0, 30, tzinfo=dt.UTC)
    assert next_digest_at(early, found, zone=OSLO) == oslo("2026-11-01 02:30")


@settings(max_examples=400, deadline=None)
@given(shift=st.one_of(st.none(), SHIFTS), after=MOMENTS, zone=ZONES)
def test_next_digest_is_the_first_start_of_a_shift(
    shift: Shift | None, after: dt.datetime, zone: ZoneInfo
) -> None:
    found = next_digest_at(shift, after, zone=zone)
    weekdays, time = (shift.weekdays, shift.starts_at) if shift else (DIGEST_WEEKDAYS, DIGEST_AT)
    assert dt.timedelta(0) < found - after <= dt.timedelta(days=7, hours=1)
    local = found.astimezone(zone)
    # The wall clock shows the start of the shift, or an hour more where it skips that hour.
    starts = [
        moment_on(local.date() + dt.timedelta(days=number), time, zone)
        for number in range(-9, 1)
        if (local.date() + dt.timedelta(days=number)).isoweekday() in weekdays
    ]
    assert found in starts
    assert [start for start in starts if after < start < found] == []
    # And so on: slots of one person never overlap or stand still.
    assert next_digest_at(shift, found - dt.timedelta(microseconds=1), zone=zone) == found
    assert next_digest_at(shift, found, zone=zone) > found


# --- quiet hours ----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("shift", "at", "expected"),
    [
        (None, "2026-11-26 20:59", "2026-11-26 20:59"),
        (None, "2026-11-26 21:00", "2026-11-27 07:00"),
        (None, "2026-11-27 06:59", "2026-11-27 07:00"),
        (None, "2026-11-27 07:00", "2026-11-27 07:00"),
        # At work at night: those hours are never quiet, and the wait ends when they begin.
        (NIGHT, "2026-11-26 23:00", "2026-11-26 23:00"),
        (NIGHT, "2026-11-27 05:59", "2026-11-27 05:59"),
        (NIGHT, "2026-11-27 06:00", "2026-11-27 07:00"),
        (NIGHT, "2026-11-26 21:10", "2026-11-26 22:00"),
        (NIGHT, "2026-11-27 23:00", "2026-11-28 07:00"),  # a free Friday night
        (LATE, "2026-11-26 21:30", "2026-11-26 21:30"),
        (None, "2026-03-28 23:00", "2026-03-29 07:00"),  # a night of nine hours
        (None, "2026-10-24 23:00", "2026-10-25 07:00"),  # and one of eleven
    ],
)
def test_mail_waits_for_the_end_of_quiet_hours(shift: Shift | None, at: str, expected: str) -> None:
    assert after_quiet_hours(QuietHours(), shift, oslo(at), zone=OSLO) == oslo(expected)


def test_nothing_waits_without_quiet_hours() -> None:
    at = oslo("2026-11-27 03:00")
    assert after_quiet_hours(None, None, at, zone=OSLO) == at


@settings(max_examples=400, deadline=None)
@given(quiet=QUIETS, shift=st.one_of(st.none(), SHIFTS), at=MOMENTS, zone=ZONES)
def test_mail_leaves_at_the_first_moment_that_is_not_quiet(
    quiet: QuietHours, shift: Shift | None, at: dt.datetime, zone: ZoneInfo
) -> None:
    found = after_quiet_hours(quiet, shift, at, zone=zone)
    assert found >= at
    assert not is_quiet(found, quiet, shift, zone)
    assert found - at <= dt.timedelta(days=2)
    # Nothing before it would have done.
    step = max((found - at) / 60, MINUTE)
    moment = at
    while moment < found:
        assert is_quiet(moment, quiet, shift, zone)
        moment += step
    assert after_quiet_hours(quiet, shift, found, zone=zone) == found


@settings(max_examples=200, deadline=None)
@given(quiet=QUIETS, shift=SHIFTS, at=MOMENTS, zone=ZONES)
def test_digest_of_a_shift_is_never_kept_by_quiet_hours(
    quiet: QuietHours, shift: Shift, at: dt.datetime, zone: ZoneInfo
) -> None:
    slot = next_digest_at(shift, at, zone=zone)
    last = slot.astimezone(zone).date()
    ends = moment_on(
        last if shift.ends_at > shift.starts_at else last + dt.timedelta(days=1),
        shift.ends_at,
        zone,
    )
    # A shift within an hour that the clock skips is none.
    if ends > slot:
        assert after_quiet_hours(quiet, shift, slot, zone=zone) == slot
