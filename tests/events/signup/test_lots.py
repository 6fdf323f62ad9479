"""Lots: nobody is first by being fast, and anybody can check the draw."""

import datetime as dt
import hashlib

import pytest

from engagement.notices.models import Notice
from engagement.people.models import Person
from events import actions
from events.models import Event, Series, SignUp
from events.queries.lots import draw_of
from tests.conftest import Cast
from tests.events.conftest import WaffleFriday
from tests.events.signup.helpers import HOUR, MINUTE, assert_counts_hold, crowd, line, states

State = SignUp.State


@pytest.fixture
def at(waffles: WaffleFriday) -> dt.datetime:
    Series.objects.update(is_drawn=True)
    waffles.sitting.refresh_from_db()
    return waffles.sitting.opens_at + HOUR


def draw(at: dt.datetime, on_commit: object) -> int:
    with on_commit(execute=True):  # type: ignore[operator]
        return actions.draw_lots(at=at)


def test_everybody_waits_until_lots_are_drawn_then_the_seed_decides(
    waffles: WaffleFriday,
    cast: Cast,
    at: dt.datetime,
    django_capture_on_commit_callbacks: object,
) -> None:
    guests = crowd(cast.team, 6)
    for person in guests:
        assert actions.sign_up(by=person, sitting=waffles.sitting, at=at).state == State.WAITING
    SignUp.objects.filter(person=guests[5]).update(missed_last=True)
    event = Event.objects.get()
    assert event.draw_at == waffles.sitting.closes_at - dt.timedelta(days=1)
    assert actions.offer_free_places(at=event.draw_at - MINUTE) == 0
    public = draw_of(event, viewer_id=guests[0].pk)
    assert public is not None
    assert (public.seed, public.lots) == ("", [])
    assert public.commitment == hashlib.sha256(event.draw_seed.encode()).hexdigest()
    assert draw(event.draw_at - MINUTE, django_capture_on_commit_callbacks) == 0
    assert draw(event.draw_at, django_capture_on_commit_callbacks) == 1
    assert draw(event.draw_at + HOUR, django_capture_on_commit_callbacks) == 0

    # Whoever has the page can work it out, with nothing of ours.
    event.refresh_from_db()
    after = draw_of(event, viewer_id=guests[0].pk)
    assert after is not None
    assert (after.commitment, after.seed) == (public.commitment, event.draw_seed)
    keys = {one.key: one.missed_last for one in after.lots}
    expected = sorted(
        keys, key=lambda key: (not keys[key], hashlib.sha256((after.seed + key).encode()).digest())
    )
    assert [one.key for one in after.lots] == expected
    assert [one.is_mine for one in after.lots].count(True) == 1
    placed = SignUp.objects.filter(state=State.PLACED).order_by("lot")
    assert [one.key for one in placed] == expected[:2]
    assert placed[0].person == guests[5]
    assert [person.signups.get().key for person in line(waffles.sitting)] == expected[2:]
    assert_counts_hold(waffles.sitting)


def test_everybody_is_told_once_how_it_came_out(
    waffles: WaffleFriday,
    cast: Cast,
    at: dt.datetime,
    django_capture_on_commit_callbacks: object,
) -> None:
    for person in crowd(cast.team, 4):
        actions.sign_up(by=person, sitting=waffles.sitting, at=at)
    draw_at = Event.objects.get().draw_at
    assert draw_at is not None
    draw(draw_at, django_capture_on_commit_callbacks)
    told = list(Notice.objects.values_list("kind", "show_from"))
    assert told == [("lots_drawn", draw_at + 5 * MINUTE)] * 4


def test_leaving_and_coming_again_gives_no_other_lot(
    waffles: WaffleFriday, cast: Cast, at: dt.datetime
) -> None:
    first = actions.sign_up(by=cast.alice, sitting=waffles.sitting, at=at)
    actions.leave_sitting(signup=first, at=at)
    assert actions.sign_up(by=cast.alice, sitting=waffles.sitting, at=at + HOUR).key == first.key


def test_who_comes_after_the_draw_stands_behind_and_the_list_stays(
    waffles: WaffleFriday,
    cast: Cast,
    at: dt.datetime,
    django_capture_on_commit_callbacks: object,
) -> None:
    guests = crowd(cast.team, 4)
    for person in guests:
        actions.sign_up(by=person, sitting=waffles.sitting, at=at)
    event = Event.objects.get()
    assert event.draw_at is not None
    draw(event.draw_at, django_capture_on_commit_callbacks)
    event.refresh_from_db()
    before = draw_of(event, viewer_id=0)
    waits = SignUp.objects.in_line()[0]
    actions.leave_sitting(signup=waits, at=event.draw_at + HOUR)
    for person in (cast.alice, waits.person):
        actions.sign_up(by=person, sitting=waffles.sitting, at=event.draw_at + 2 * HOUR)
    assert line(waffles.sitting)[1:] == [cast.alice, waits.person]
    assert draw_of(event, viewer_id=0) == before
    assert_counts_hold(waffles.sitting)


def test_draw_that_comes_late_still_gives_the_places(
    waffles: WaffleFriday,
    cast: Cast,
    at: dt.datetime,
    django_capture_on_commit_callbacks: object,
) -> None:
    for person in crowd(cast.team, 3):
        actions.sign_up(by=person, sitting=waffles.sitting, at=at)
    draw(waffles.sitting.closes_at + MINUTE, django_capture_on_commit_callbacks)
    assert states(waffles.sitting) == {State.PLACED: 2, State.WAITING: 1}


def test_seed_is_made_before_anybody_signs_up_and_stays(
    waffles: WaffleFriday, cast: Cast, at: dt.datetime
) -> None:
    assert actions.begin_due_lots(at=at - 2 * HOUR) == 1
    seed = Event.objects.get().draw_seed
    assert len(bytes.fromhex(seed)) == 32
    assert actions.begin_due_lots(at=at) == 0
    stale: Person = cast.alice
    actions.sign_up(by=stale, sitting=waffles.sitting, at=at)
    assert Event.objects.get().draw_seed == seed
