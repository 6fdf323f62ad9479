"""Whatever people do in whatever order: places are counted right, nobody has two, nobody is passed
over."""

import datetime as dt
import itertools

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engagement.people.models import Person
from events import actions
from events.models import SignUp, Sitting
from tests.conftest import Cast
from tests.events import factories
from tests.events.conftest import WaffleFriday
from tests.events.signup.helpers import assert_counts_hold, crowd

State = SignUp.State
PEOPLE, SITTINGS = 6, 2
STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["sign up", "leave", "accept", "decline", "move", "lapse", "offer", "capacity", "wait"]
        ),
        st.integers(0, PEOPLE - 1),
        st.integers(0, SITTINGS - 1),
        st.integers(1, 180),
    ),
    max_size=40,
)


def own(person: Person) -> SignUp | None:
    return SignUp.objects.live().filter(person=person).first()


def act(what: str, person: Person, sitting: Sitting, number: int, at: dt.datetime) -> None:
    signup = own(person)
    if what == "sign up":
        actions.sign_up(by=person, sitting=sitting, at=at)
    elif what == "lapse":
        actions.lapse_offers(at=at)
    elif what == "offer":
        actions.offer_free_places(at=at)
    elif what == "capacity":
        with transaction.atomic():
            Sitting.objects.filter(pk=sitting.pk).update(capacity=1 + number % 3)
    elif signup is None:
        return
    elif what == "leave":
        actions.leave_sitting(signup=signup, at=at)
    elif what == "accept":
        actions.accept_offer(signup=signup, at=at)
    elif what == "decline":
        actions.decline_offer(signup=signup, at=at)
    elif what == "move":
        had_place = signup.state in SignUp.HOLDING
        moved = actions.move_signup(signup=signup, sitting=sitting, by=person, at=at)
        # A place is never given up for a queue.
        assert not had_place or moved.state in SignUp.HOLDING


def order(sitting: Sitting) -> list[int]:
    return list(SignUp.objects.filter(sitting=sitting).in_line().values_list("pk", flat=True))


def assert_nobody_is_passed_over(sitting: Sitting, before: list[int]) -> None:
    """Of those who waited before, whoever has got a place since stood before all who wait still."""
    waiting = set(order(sitting))
    got = {
        one.pk
        for one in SignUp.objects.filter(pk__in=before, sitting=sitting)
        if one.state in SignUp.HOLDING
    }
    still = [pk in waiting for pk in before if pk in waiting or pk in got]
    assert still == sorted(still)


@pytest.mark.django_db
@settings(
    max_examples=60,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=STEPS)
def test_any_history_is_fair_and_counted(
    cast: Cast, waffles: WaffleFriday, steps: list[tuple[str, int, int, int]]
) -> None:
    with transaction.atomic():
        _live_through(cast, waffles, steps)
        transaction.set_rollback(True)


def _live_through(
    cast: Cast, waffles: WaffleFriday, steps: list[tuple[str, int, int, int]]
) -> None:
    people = crowd(cast.team, PEOPLE)
    late = factories.make_sitting(waffles.event, starts=dt.time(14), capacity=1)
    sittings = [waffles.sitting, late]
    at = waffles.sitting.opens_at + dt.timedelta(days=12)
    for what, who, where, minutes in steps:
        at += dt.timedelta(minutes=minutes)
        before = [order(sitting) for sitting in sittings]
        try:
            with transaction.atomic():
                act(what, people[who], sittings[where], minutes, at)
        except ValidationError:
            pass
        except IntegrityError:
            # The database refuses a capacity below the number of those who have a place.
            if what != "capacity":
                raise
        assert_counts_hold(*sittings)
        for sitting, line in zip(sittings, before, strict=True):
            assert_nobody_is_passed_over(sitting, line)
    # When all is quiet no place stands empty that somebody waits for.
    at += dt.timedelta(minutes=1)
    for _ in itertools.repeat(None, 2):
        actions.lapse_offers(at=at)
        actions.offer_free_places(at=at)
    assert_counts_hold(*sittings)
    for sitting in Sitting.objects.filter(pk__in=[one.pk for one in sittings], closes_at__gt=at):
        assert sitting.taken_count == sitting.capacity or not order(sitting)
