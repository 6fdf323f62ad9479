"""Signing up, offers and lots where the coverage rule of a team holds."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client

from engagement.people.models import Person
from events.actions import leave_sitting, move_signup, offer_free_places, sign_up
from events.actions.holding import UNDO_LASTS
from events.models import Invitation, SignUp, Sitting
from events.queries.places import places_for
from tests import factories as people
from tests.conftest import Cast
from tests.events import factories
from tests.events.conftest import WaffleFriday
from tests.events.guard.shifts import fill_team, make_rule

AT = dt.datetime(2026, 11, 20, 9, tzinfo=dt.UTC)
State = SignUp.State


@pytest.fixture
def team(cast: Cast, waffles: WaffleFriday) -> list[Person]:
    """Ten on shift, of whom two may go at a time; many places."""
    Invitation.objects.create(series=waffles.series, site=cast.trondheim)
    Sitting.objects.update(capacity=20)
    waffles.sitting.refresh_from_db()
    everybody = fill_team(cast, 10)
    make_rule(cast.team, percent=20)
    return everybody


def test_who_is_needed_on_the_phones_is_told_why_and_what_fits(
    cast: Cast, waffles: WaffleFriday, team: list[Person]
) -> None:
    later = factories.make_sitting(
        waffles.event, site=cast.trondheim, starts=dt.time(13), capacity=20
    )
    for person in team[:2]:
        assert sign_up(by=person, sitting=waffles.sitting, at=AT).state == State.PLACED
    with pytest.raises(ValidationError) as refused:
        sign_up(by=team[2], sitting=waffles.sitting, at=AT)
    assert (refused.value.code, "13:00" in refused.value.messages[0]) == ("coverage", True)
    [now, then] = places_for(waffles.event, team[2], at=AT)
    assert (str(now.refusal), then.refusal) == (refused.value.messages[0], None)
    assert sign_up(by=team[2], sitting=later, at=AT).state == State.PLACED
    with pytest.raises(ValidationError) as refused:
        move_signup(signup=SignUp.objects.get(person=team[2]), sitting=waffles.sitting,
                    by=team[2], at=AT)  # fmt: skip
    assert refused.value.code == "coverage"
    assert SignUp.objects.get(person=team[2]).sitting == later


def test_page_says_so_in_place_of_the_button(
    client: Client, waffles: WaffleFriday, team: list[Person]
) -> None:
    now = waffles.sitting.starts_at - dt.timedelta(days=1)
    for person in team[:2]:
        sign_up(by=person, sitting=waffles.sitting, at=now)
    [place] = places_for(waffles.event, team[2], at=now)
    assert (place.can_sign_up, place.refusal is not None) == (True, True)


def test_free_place_goes_past_who_is_needed_to_the_next_and_comes_back(
    cast: Cast, waffles: WaffleFriday, team: list[Person]
) -> None:
    """Nobody loses their place in line by being needed."""
    other = people.make_person("Ola", unit=people.make_unit("Team Sør", site=cast.trondheim))
    Sitting.objects.update(capacity=3)
    for person in (*team[:2], other):
        sign_up(by=person, sitting=waffles.sitting, at=AT)
    stranger = people.make_person("Nina", unit=other.memberships.get().unit)
    held_back = factories.make_signup(waffles.sitting, team[2], state=State.WAITING, asked_at=AT)
    behind = sign_up(by=stranger, sitting=waffles.sitting, at=AT + dt.timedelta(minutes=1))
    assert behind.state == State.WAITING
    leave_sitting(signup=SignUp.objects.get(person=other), at=AT)
    later = AT + UNDO_LASTS + dt.timedelta(seconds=1)
    assert offer_free_places(at=later) == 1
    states = dict(SignUp.objects.values_list("person", "state"))
    assert (states[team[2].pk], states[stranger.pk]) == (State.WAITING, State.OFFERED)
    # One of their own team comes back to the phones: now they may go.
    leave_sitting(signup=SignUp.objects.get(person=team[0]), at=later)
    assert offer_free_places(at=later + UNDO_LASTS + dt.timedelta(seconds=1)) == 1
    held_back.refresh_from_db()
    assert held_back.state == State.OFFERED


@pytest.mark.django_db(transaction=True)
def test_ten_of_a_team_at_once_leave_as_many_on_the_phones_as_the_rule_says(
    cast: Cast, waffles: WaffleFriday, team: list[Person]
) -> None:
    beside = factories.make_sitting(
        waffles.event, site=cast.trondheim, starts=dt.time(12, 15), capacity=20
    )

    def go(number: int) -> str:
        try:
            sitting = Sitting.objects.select_related("event__series", "site").get(
                pk=(waffles.sitting, beside)[number % 2].pk
            )
            return sign_up(by=team[number], sitting=sitting, at=AT).state
        except ValidationError as error:
            return str(error.code)
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as pool:
        came = sorted(pool.map(go, range(10)))
    assert came == ["coverage"] * 8 + [State.PLACED] * 2
    assert SignUp.objects.holding().count() == 2
