"""Many at once: never one place too many, never two for one person, never one lost."""

import datetime as dt
from functools import partial

import pytest

from events import actions
from events.models import SignUp, Sitting
from tests.conftest import Cast
from tests.events import factories
from tests.events.conftest import WaffleFriday
from tests.events.signup.helpers import (
    HOUR,
    MINUTE,
    assert_counts_hold,
    at_once,
    crowd,
    line,
    states,
)

pytestmark = pytest.mark.django_db(transaction=True)
State = SignUp.State


@pytest.fixture
def at(waffles: WaffleFriday) -> dt.datetime:
    return waffles.sitting.starts_at - dt.timedelta(days=2)


def test_forty_at_once_for_ten_places(waffles: WaffleFriday, cast: Cast, at: dt.datetime) -> None:
    Sitting.objects.update(capacity=10)
    guests = crowd(cast.team, 40)
    results = at_once(
        [partial(actions.sign_up, by=one, sitting=waffles.sitting, at=at) for one in guests]
    )
    assert [one for one in results if isinstance(one, Exception)] == []
    assert states(waffles.sitting) == {State.PLACED: 10, State.WAITING: 30}
    assert_counts_hold(waffles.sitting)


def test_same_person_many_times_at_once_at_two_sittings(
    waffles: WaffleFriday, cast: Cast, at: dt.datetime
) -> None:
    late = factories.make_sitting(waffles.event, starts=dt.time(14))
    calls = [
        partial(actions.sign_up, by=cast.alice, sitting=sitting, at=at)
        for sitting in [waffles.sitting, late] * 5
    ]
    results = at_once(calls)
    placed = [one for one in results if isinstance(one, SignUp)]
    assert len({one.pk for one in placed}) == 1
    assert len(placed) == 5
    assert_counts_hold(waffles.sitting, late)


def test_two_leave_at_once_and_two_sweeps_offer_both_places_once(
    waffles: WaffleFriday, cast: Cast, at: dt.datetime
) -> None:
    for number, person in enumerate([cast.alice, cast.bob, *crowd(cast.team, 3)]):
        actions.sign_up(by=person, sitting=waffles.sitting, at=at + number * MINUTE)
    first = line(waffles.sitting)[:2]
    mine = SignUp.objects.filter(state=State.PLACED)
    at_once([partial(actions.leave_sitting, signup=one, at=at + HOUR) for one in mine])
    results = at_once([partial(actions.offer_free_places, at=at + 2 * HOUR)] * 2)
    assert sum(results) == 2
    assert states(waffles.sitting) == {State.LEFT: 2, State.OFFERED: 2, State.WAITING: 1}
    offered = SignUp.objects.filter(state=State.OFFERED).order_by("asked_at")
    assert [one.person for one in offered] == first
    assert_counts_hold(waffles.sitting)


def test_offering_and_leaving_and_lapsing_at_once(
    waffles: WaffleFriday, cast: Cast, at: dt.datetime
) -> None:
    """In any order: an offer is answered or lapses, and the queue goes on."""
    Sitting.objects.update(capacity=3)
    for number, person in enumerate(crowd(cast.team, 9)):
        actions.sign_up(by=person, sitting=waffles.sitting, at=at + number * MINUTE)
    for one in SignUp.objects.filter(state=State.PLACED):
        actions.leave_sitting(signup=one, at=at + HOUR)
    actions.offer_free_places(at=at + HOUR + MINUTE)
    offered = list(SignUp.objects.filter(state=State.OFFERED).order_by("pk"))
    waiting = SignUp.objects.in_line()[0]
    late = at + 5 * HOUR
    calls = [
        partial(actions.accept_offer, signup=offered[0], at=at + 2 * HOUR),
        partial(actions.leave_sitting, signup=offered[1], at=at + 2 * HOUR),
        partial(actions.lapse_offers, at=late),
        partial(actions.lapse_offers, at=late),
        partial(actions.offer_free_places, at=late),
        partial(actions.offer_free_places, at=late),
        partial(actions.leave_sitting, signup=waiting, at=late),
    ]
    results = at_once(calls)
    broken = [one for one in results if isinstance(one, Exception)]
    assert all(type(one).__name__ == "ValidationError" for one in broken)
    actions.lapse_offers(at=late + MINUTE)
    actions.offer_free_places(at=late + MINUTE)
    assert_counts_hold(waffles.sitting)
    held = SignUp.objects.holding().count()
    assert held == 3 or not line(waffles.sitting)


def test_two_who_change_places_at_once(waffles: WaffleFriday, cast: Cast, at: dt.datetime) -> None:
    """Locks are taken in one order: neither waits for the other for ever."""
    late = factories.make_sitting(waffles.event, starts=dt.time(14), capacity=2)
    sittings = [waffles.sitting, late]
    moves = []
    for sitting, other in (sittings, sittings[::-1]):
        [person] = crowd(cast.team, 1)
        signup = actions.sign_up(by=person, sitting=sitting, at=at)
        moves.append(
            partial(actions.move_signup, signup=signup, sitting=other, by=person, at=at + HOUR)
        )
    results = at_once(moves * 2)
    assert [one for one in results if isinstance(one, SignUp)] != []
    assert (states(sittings[0]), states(sittings[1])) == ({State.PLACED: 1}, {State.PLACED: 1})
    assert_counts_hold(*sittings)
