"""The attacker's statistics: exact where they say so, blind to what is shuffled, sure of what is not."""

import itertools
import random

import pytest

from tests.attack.chance import (
    ALPHA,
    Line,
    chi_square,
    hits,
    links_by_order,
    nearness,
    order_against_value,
    p_of_z,
)


@pytest.mark.parametrize(("m", "n"), [(1, 1), (3, 3), (2, 5), (4, 6)])
def test_hits_are_those_of_all_ways_to_strew(m: int, n: int) -> None:
    ways = list(itertools.permutations(range(n), m))
    counts = [0] * (m + 1)
    for way in ways:
        counts[sum(place == number for number, place in enumerate(way))] += 1
    exact = [count / len(ways) for count in counts]
    assert [*hits(m, n), 0, 0][: len(exact)] == pytest.approx(exact, abs=1e-12)


def lines(dice: random.Random, *, is_shuffled: bool) -> list[Line]:
    """Forty groups of a few people, of whom some wrote."""
    made = []
    for _ in range(40):
        people = list(range(dice.randrange(5, 14)))
        writers = sorted(dice.sample(people, dice.randrange(1, len(people) + 1)))
        if is_shuffled:
            dice.shuffle(writers)
        made.append(Line(writers, people))
    return made


def test_order_is_caught_and_a_shuffle_is_chance() -> None:
    dice = random.Random(7)
    ordered = links_by_order(lines(dice, is_shuffled=False))
    assert ordered.p < 1e-9
    assert ordered.z > 10
    for _ in range(20):
        shuffled = links_by_order(lines(dice, is_shuffled=True))
        assert shuffled.is_chance
        assert abs(shuffled.right - shuffled.expected) < 40


def test_small_part_that_leaks_is_caught_in_much_that_does_not() -> None:
    dice = random.Random(8)
    some = [*lines(dice, is_shuffled=True), *(Line(range(12), range(12)) for _ in range(4))]
    assert not links_by_order(some).is_chance


def test_nearness_sees_pairs_side_by_side_and_not_strewn_ones() -> None:
    dice = random.Random(9)
    together = [[number // 2 for number in range(40)] for _ in range(5)]
    z, pairs = nearness(together)
    assert pairs == 100
    assert z < -10
    for owners in together:
        dice.shuffle(owners)
    assert p_of_z(nearness(together)[0]) > ALPHA


def test_order_that_goes_with_a_value_is_seen_either_way() -> None:
    dice = random.Random(10)
    values = [[dice.random() for _ in range(10)] for _ in range(30)]
    assert abs(order_against_value(values)) < 5
    assert order_against_value(map(sorted, values)) > 10
    assert order_against_value([sorted(one, reverse=True) for one in values]) < -10


def test_chi_square_sees_a_bucket_that_is_too_full() -> None:
    assert chi_square([100] * 64) > 0.99
    assert chi_square([250] + [100] * 63) < ALPHA
    with pytest.raises(ValueError):
        chi_square([0] * 64)
