"""Rules of the calendar, against sources that are not ours."""

import datetime as dt

import holidays
import pytest
from dateutil.easter import easter as dateutil_easter
from hypothesis import given
from hypothesis import strategies as st

from engagement.themes import rules
from engagement.themes.rules import Rule, Span
from engagement.themes.seeds import SEEDS

YEARS = range(2026, 2061)
NORWAY = holidays.country_holidays("NO", years=YEARS, language="en_US")


@given(year=st.integers(min_value=1900, max_value=2199))
def test_easter_is_the_day_that_dateutil_counts(year: int) -> None:
    assert rules.easter(year) == dateutil_easter(year)


@pytest.mark.parametrize("year", YEARS)
def test_easter_and_what_is_counted_from_it_are_norwegian_holidays(year: int) -> None:
    assert NORWAY[rules.easter(year)] == "Easter Sunday"
    for offset, name in ((-3, "Maundy Thursday"), (-2, "Good Friday"), (49, "Pentecost")):
        span = Rule(rules.EASTER, offset=offset).in_year(year)
        assert span
        assert name in NORWAY[span.first]


def naive_nth(year: int, month: int, weekday: int, nth: int) -> dt.date:
    """By looking at every day of the month."""
    days = [dt.date(year, month, 1) + dt.timedelta(days=n) for n in range(31)]
    fitting = [day for day in days if day.month == month and day.weekday() == weekday]
    return fitting[nth - 1 if nth > 0 else -1]


@given(
    year=st.integers(2000, 2100),
    month=st.integers(1, 12),
    weekday=st.integers(0, 6),
    nth=st.sampled_from((-1, 1, 2, 3, 4)),
)
def test_nth_weekday_is_the_one_found_by_counting(
    year: int, month: int, weekday: int, nth: int
) -> None:
    assert rules.nth_weekday(year, month, weekday, nth) == naive_nth(year, month, weekday, nth)


@pytest.mark.parametrize("year", YEARS)
def test_advent_has_four_sundays_and_the_last_is_the_one_before_christmas(year: int) -> None:
    sundays = [Rule(rules.ADVENT, nth=nth).in_year(year) for nth in (1, 2, 3, 4)]
    days = [span.first for span in sundays if span]
    assert [day.weekday() for day in days] == [6] * 4
    assert [day - days[0] for day in days] == [dt.timedelta(weeks=n) for n in range(4)]
    assert dt.date(year, 12, 18) <= days[3] <= dt.date(year, 12, 24)


def every_rule() -> st.SearchStrategy[Rule]:
    """Any that recurs and that a planner can make."""
    lengths = st.integers(1, rules.MOST_DAYS)
    dates = st.dates(dt.date(2027, 1, 1), dt.date(2027, 12, 31))
    return st.one_of(
        st.builds(
            lambda day, count: Rule(rules.FIXED, month=day.month, day=day.day, days_count=count),
            dates,
            lengths,
        ),
        st.builds(
            Rule,
            st.just(rules.NTH),
            month=st.integers(1, 12),
            weekday=st.integers(0, 6),
            nth=st.sampled_from((-1, 1, 2, 3, 4)),
            days_count=lengths,
        ),
        st.builds(
            Rule,
            st.just(rules.EASTER),
            offset=st.integers(-rules.EASTER_REACH, rules.EASTER_REACH),
            days_count=lengths,
        ),
        st.builds(Rule, st.just(rules.ADVENT), nth=st.integers(1, 4), days_count=lengths),
    )


@given(rule=every_rule(), year=st.sampled_from(YEARS))
def test_every_rule_has_its_days_in_every_year(rule: Rule, year: int) -> None:
    span = rule.in_year(year)
    assert span
    assert span.first.year == year
    assert span.days_count == rule.days_count


@given(rule=every_rule(), year=st.sampled_from(YEARS), number=st.integers(-400, 400))
def test_a_day_is_covered_exactly_when_it_lies_in_one_of_the_years_days(
    rule: Rule, year: int, number: int
) -> None:
    day = dt.date(year, 7, 1) + dt.timedelta(days=number)
    spans = [rule.in_year(one) for one in range(day.year - 2, day.year + 3)]
    expected = [span for span in spans if span and span.first <= day <= span.last]
    assert rule.covering(day) == (expected[0] if expected else None)


@pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: seed.key)
def test_each_day_of_the_default_plan_has_its_days_in_every_year(seed: rules.Rule) -> None:
    spans = [seed.rule.in_year(year) for year in YEARS]  # type: ignore[attr-defined]
    assert [span.first.year for span in spans if span] == list(YEARS)


def test_new_year_reaches_over_midnight_into_the_next_year() -> None:
    rule = Rule(rules.FIXED, month=12, day=31, days_count=2)
    span = Span(dt.date(2026, 12, 31), dt.date(2027, 1, 1))
    assert rule.covering(dt.date(2026, 12, 31)) == span
    assert rule.covering(dt.date(2027, 1, 1)) == span
    assert rule.covering(dt.date(2027, 1, 2)) is None
    assert rule.covering(dt.date(2026, 12, 30)) is None


def test_chosen_days_are_of_their_year_only() -> None:
    rule = Rule(rules.DATE, starts_on=dt.date(2026, 9, 4), ends_on=dt.date(2026, 9, 6))
    assert rule.in_year(2026) == Span(dt.date(2026, 9, 4), dt.date(2026, 9, 6))
    assert rule.in_year(2027) is None
    assert rule.covering(dt.date(2027, 9, 5)) is None


@pytest.mark.parametrize(
    ("month", "day", "answer"),
    [(2, 28, True), (2, 29, False), (2, 31, False), (4, 31, False), (12, 31, True)],
)
def test_a_date_must_exist_every_year(month: int, day: int, answer: bool) -> None:
    assert rules.exists_every_year(month, day) == answer
