"""The arithmetic of standings, for any competition that hypothesis thinks of."""

import datetime as dt
import itertools
import random
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import given as any_of
from hypothesis import strategies as st

from events.lots import lot_of
from events.standings import (
    COUNTED,
    FEWEST,
    FIRST,
    JUDGE,
    LOT,
    SHARED,
    TOO_FEW,
    WAITING,
    Count,
    Line,
    Part,
    per_head,
    shares_first,
    standing,
)

calm = settings(deadline=None, derandomize=True, max_examples=80,
                suppress_health_check=[HealthCheck.too_slow])  # fmt: skip


def given(*strategies: st.SearchStrategy[Any]) -> Callable[[Callable[..., None]], Any]:
    """Some of all there are, the same in every run."""
    return lambda test: calm(any_of(*strategies)(test))


START = dt.datetime(2026, 11, 30, tzinfo=dt.UTC)
SEED = "5eed" * 16
totals = st.integers(0, 400).map(lambda number: Decimal(number) / 4)
parts = st.lists(st.builds(Part, totals, st.integers(3, 12)), max_size=3).map(tuple)
moments = st.none() | st.integers(0, 5).map(lambda hours: START + dt.timedelta(hours=hours))


@st.composite
def contests(draw: st.DrawFn) -> list[Count]:
    size = draw(st.integers(2, 7))
    return [
        Count(f"w{number}", draw(parts), draw(st.booleans()), draw(moments))
        for number in range(size)
    ]


ties = st.sampled_from([SHARED, FIRST, JUDGE, LOT])


@given(contests(), ties, st.randoms(use_true_random=False))
def test_order_of_groups_and_rounds_plays_no_part(
    counts: list[Count], tie: str, dice: random.Random
) -> None:
    shuffled = [
        Count(one.key, tuple(dice.sample(one.parts, len(one.parts))), one.has_told, one.reached_at)
        for one in counts
    ]
    dice.shuffle(shuffled)
    assert standing(counts, tie=tie, seed=SEED) == standing(shuffled, tie=tie, seed=SEED)


@given(contests(), ties)
def test_every_group_stands_once_and_only_counted_ones_have_a_number(
    counts: list[Count], tie: str
) -> None:
    lines = standing(counts, tie=tie, seed=SEED)
    assert sorted(line.key for line in lines) == sorted(one.key for one in counts)
    by_key = {one.key: one for one in counts}
    for line in lines:
        count = by_key[line.key]
        is_small = any(part.heads < FEWEST for part in count.parts)
        if line.state != COUNTED:
            assert line == Line(line.key, TOO_FEW if is_small else WAITING)
        else:
            assert not is_small
            assert count.has_told
            assert count.parts


@given(contests(), ties)
def test_more_a_head_is_never_behind(counts: list[Count], tie: str) -> None:
    lines = [line for line in standing(counts, tie=tie, seed=SEED) if line.state == COUNTED]
    for one in lines:
        for other in lines:
            if one.per_head > other.per_head:  # type: ignore[operator]
                assert one.place < other.place  # type: ignore[operator]


@given(contests())
def test_shared_places_leave_out_those_after_them(counts: list[Count]) -> None:
    """1, 1, 3: a place is one more than how many are better."""
    lines = [line for line in standing(counts, tie=SHARED) if line.state == COUNTED]
    for line in lines:
        better = sum(other.per_head > line.per_head for other in lines)  # type: ignore[operator]
        assert line.place == better + 1


@given(contests())
def test_first_to_reach_it_stands_before_its_equals(counts: list[Count]) -> None:
    by_key = {one.key: one for one in counts}
    latest = dt.datetime.max.replace(tzinfo=dt.UTC)
    lines = [line for line in standing(counts, tie=FIRST) if line.state == COUNTED]
    for one in lines:
        for other in lines:
            mine, theirs = (by_key[line.key].reached_at or latest for line in (one, other))
            if one.per_head == other.per_head:
                assert (one.place < other.place) == (mine < theirs)  # type: ignore[operator]


@given(contests())
def test_lots_leave_no_tie_and_anybody_can_check_them(counts: list[Count]) -> None:
    lines = [line for line in standing(counts, tie=LOT, seed=SEED) if line.state == COUNTED]
    assert [line.place for line in lines] == list(range(1, len(lines) + 1))
    for one, other in itertools.pairwise(lines):
        if one.per_head == other.per_head:
            assert lot_of(SEED, one.key) < lot_of(SEED, other.key)


@given(contests(), st.data())
def test_judge_moves_nobody_but_those_who_share_the_first_place(
    counts: list[Count], data: st.DataObject
) -> None:
    before = standing(counts, tie=JUDGE)
    tied = shares_first(before)
    winner = data.draw(st.sampled_from([one.key for one in counts]))
    after = {line.key: line.place for line in standing(counts, tie=JUDGE, winner=winner)}
    for line in before:
        if winner in tied and line.key in tied:
            assert after[line.key] == (1 if line.key == winner else 2)
        else:
            assert after[line.key] == line.place


@given(st.lists(st.builds(Part, totals, st.integers(5, 60)), min_size=1, max_size=6))
def test_per_head_is_within_half_a_cent_of_the_exact_share(given_parts: list[Part]) -> None:
    exact = sum((Fraction(part.total) / part.heads for part in given_parts), Fraction(0))
    assert abs(Fraction(per_head(given_parts)) - exact) <= Fraction(1, 200)


@given(totals, st.integers(5, 40), st.integers(2, 5))
def test_a_team_and_one_of_the_same_kind_many_times_over_stand_alike(
    total: Decimal, heads: int, times: int
) -> None:
    small = Count("w1", (Part(total, heads),))
    large = Count("w2", (Part(total * times, heads * times),))
    assert [line.place for line in standing([small, large])] == [1, 1]


def test_heads_of_each_round_divide_that_round_only() -> None:
    count = Count("w1", (Part(Decimal(60), 6), Part(Decimal(50), 5)))
    assert standing([count])[0] == Line("w1", COUNTED, Decimal(110), Decimal("20.00"), 1)
