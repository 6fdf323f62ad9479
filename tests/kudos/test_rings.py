"""Circles of thanks: a shorter life on walls, and nothing else."""

import datetime as dt
from itertools import pairwise

import pytest
from hypothesis import given as examples
from hypothesis import strategies as st

from engagement import times
from engagement.live.models import Celebration
from engagement.people.models import Person
from kudos import actions
from kudos.cards import CARD_LIFE
from kudos.models import Kudos
from kudos.queries import feed_page
from kudos.queries.rings import SHORTEST_LIFE, card_life, ring_strengths, strength_of
from tests import factories
from tests.conftest import Cast
from tests.kudos.test_giving import choose, give

PAIRS = [(giver, to) for giver in range(4) for to in range(4) if giver != to]
given_at_random = st.dictionaries(st.sampled_from(PAIRS), st.integers(0, 30))


def life(giver: int, to: int, given: dict[tuple[int, int], int]) -> dt.timedelta:
    return card_life([Person(pk=to)], {to: strength_of(giver, to, given)})


@examples(given=given_at_random, more=st.sampled_from(PAIRS))
def test_no_thanks_ever_makes_a_card_stay_longer(
    given: dict[tuple[int, int], int], more: tuple[int, int]
) -> None:
    one_more = given | {more: given.get(more, 0) + 1}
    assert SHORTEST_LIFE <= life(0, 1, one_more) <= life(0, 1, given) <= CARD_LIFE


@examples(given=given_at_random)
def test_first_round_of_whatever_circles_changes_nothing(
    given: dict[tuple[int, int], int],
) -> None:
    once = {pair: min(1, count) for pair, count in given.items()}
    assert life(0, 1, once) == CARD_LIFE


@examples(given=given_at_random, there=st.integers(0, 30))
def test_thanks_that_never_come_back_change_nothing(
    given: dict[tuple[int, int], int], there: int
) -> None:
    one_way = {pair: count for pair, count in given.items() if pair[1] != 0} | {(0, 1): there}
    assert life(0, 1, one_way) == CARD_LIFE


@pytest.mark.parametrize(
    ("given", "strength"),
    [
        ({(0, 1): 1, (1, 0): 1}, 0),
        ({(0, 1): 2, (1, 0): 1}, 0),
        ({(0, 1): 2, (1, 0): 2}, 1),
        ({(0, 1): 5, (1, 0): 3}, 2),
        ({(0, 1): 2, (1, 2): 2, (2, 0): 2}, 1),
        ({(0, 1): 2, (1, 2): 2, (2, 0): 2, (1, 0): 2}, 2),
        ({(0, 1): 2, (1, 2): 2, (2, 3): 2, (3, 0): 2}, 0),
        ({(0, 1): 40, (1, 0): 40}, 39),
    ],
)
def test_strength_counts_rounds_after_the_first(
    given: dict[tuple[int, int], int], strength: int
) -> None:
    assert strength_of(0, 1, given) == strength


def rounds(cast: Cast, number: int, *people: Person, audience: str = "private") -> None:
    at = times.now() - dt.timedelta(days=10)
    ring = [*people, people[0]]
    for turn in range(number):
        for giver, to in pairwise(ring):
            give(cast, by=giver, to=[to], audience=audience, at=at + dt.timedelta(hours=turn))


def hours_on_walls(kudos: Kudos) -> list[float]:
    cards = Celebration.objects.standing().filter(source=kudos.key).order_by("pk")
    for card in cards:
        for told in card.cards.values():
            assert told["show_until"] == times.milliseconds(card.show_until)
    return [(card.show_until - card.show_from) / dt.timedelta(hours=1) for card in cards]


def test_second_round_halves_the_time_on_the_wall_and_leaves_the_feed(cast: Cast) -> None:
    choose(cast.bob, "any")
    assert hours_on_walls(give(cast)) == [24]
    rounds(cast, 1, cast.bob, cast.alice)
    kudos = give(cast)
    # There twice before and once now, back once: still the first round.
    assert hours_on_walls(kudos) == [24]
    give(cast, by=cast.bob, to=[cast.alice], at=times.now() - dt.timedelta(days=1))
    kudos = give(cast)
    assert hours_on_walls(kudos) == [12]
    assert feed_page(cast.charlie, at=kudos.show_from).items[0] == kudos


def test_circle_of_three_counts_like_one_of_two(cast: Cast) -> None:
    choose(cast.bob, "any")
    carl = factories.make_person("Carl", "Cook", unit=cast.team)
    rounds(cast, 2, cast.alice, cast.bob, carl)
    assert hours_on_walls(give(cast)) == [12]


def test_circle_of_long_ago_or_withdrawn_counts_nothing(cast: Cast) -> None:
    choose(cast.bob, "any")
    old = times.now() - dt.timedelta(days=31)
    for _ in range(3):
        give(cast, at=old)
        give(cast, by=cast.bob, to=[cast.alice], at=old)
    for _ in range(3):
        taken = give(cast, by=cast.bob, to=[cast.alice])
        actions.withdraw_kudos(kudos=taken, by=cast.bob, at=times.now())
    for _ in range(2):
        give(cast)
    assert hours_on_walls(give(cast)) == [24]


def test_life_never_falls_below_an_hour(cast: Cast) -> None:
    choose(cast.bob, "any")
    rounds(cast, 30, cast.alice, cast.bob)
    assert hours_on_walls(give(cast)) == [1]


def test_least_damped_receiver_on_the_card_decides(cast: Cast) -> None:
    choose(cast.bob, "any")
    rounds(cast, 5, cast.alice, cast.bob)
    carl = choose(factories.make_person("Carl", "Cook", unit=cast.team), "any")
    assert hours_on_walls(give(cast, to=[cast.bob, carl])) == [24]
    assert hours_on_walls(give(cast, to=[cast.bob, cast.department])) == [24]


def test_each_wall_has_the_life_of_those_it_names(cast: Cast) -> None:
    choose(cast.bob, "any")
    rounds(cast, 1, cast.alice, cast.bob)
    carl = choose(factories.make_person("Carl", "Cook", unit=cast.team), "team")
    give(cast, by=cast.bob, to=[cast.alice])
    assert hours_on_walls(give(cast, to=[cast.bob, carl])) == [24, 12]


def test_card_drawn_anew_keeps_its_end(cast: Cast) -> None:
    choose(cast.bob, "any")
    rounds(cast, 3, cast.alice, cast.bob)
    kudos = give(cast)
    before = hours_on_walls(kudos)
    give(cast, by=cast.bob, to=[cast.alice], at=kudos.show_from + dt.timedelta(minutes=1))
    actions.choose_wall(by=cast.bob, choice="any", at=kudos.show_from + dt.timedelta(minutes=2))
    assert hours_on_walls(kudos) == before == [24 / 3]


def test_strength_is_asked_in_one_question_however_many_are_thanked(
    cast: Cast, django_assert_num_queries: object
) -> None:
    people = [factories.make_person(f"Person {n}", "Cook", unit=cast.team) for n in range(20)]
    for to in ([cast.bob], people):
        kudos = give(cast, to=to)
        with django_assert_num_queries(1):  # type: ignore[operator]
            ring_strengths(kudos, to)
