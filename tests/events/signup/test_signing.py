"""Signing up, changing the sitting and leaving: who gets what, and what is refused."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError

from engagement import times
from engagement.people.models import Person
from events import actions
from events.models import Event, Invitation, SignUp, Sitting
from tests import factories as people
from tests.conftest import Cast
from tests.events import factories
from tests.events.conftest import WaffleFriday
from tests.events.signup.helpers import HOUR, MINUTE, assert_counts_hold, crowd, line, states

State = SignUp.State


@pytest.fixture
def at(waffles: WaffleFriday) -> dt.datetime:
    """The evening before, with sign-up open."""
    return waffles.sitting.starts_at - dt.timedelta(hours=16)


@pytest.fixture
def late(waffles: WaffleFriday, cast: Cast) -> Sitting:
    """A second sitting of the same event, for two."""
    return factories.make_sitting(
        waffles.event, site=cast.trondheim, starts=dt.time(14), capacity=2
    )


def test_place_is_given_while_there_is_room_then_the_queue_begins(
    waffles: WaffleFriday, cast: Cast, at: dt.datetime
) -> None:
    everybody = [cast.alice, cast.bob, cast.charlie, cast.keeper]
    signups = [
        actions.sign_up(by=person, sitting=waffles.sitting, at=at + number * MINUTE)
        for number, person in enumerate(everybody)
    ]
    assert [one.state for one in signups] == [
        State.PLACED, State.PLACED, State.WAITING, State.WAITING,
    ]  # fmt: skip
    assert line(waffles.sitting) == [cast.charlie, cast.keeper]
    assert_counts_hold(waffles.sitting)


def test_same_again_is_the_same_signup(waffles: WaffleFriday, cast: Cast, at: dt.datetime) -> None:
    for _ in range(2):
        actions.sign_up(by=cast.alice, sitting=waffles.sitting, at=at)
    assert states(waffles.sitting) == {State.PLACED: 1}
    assert_counts_hold(waffles.sitting)


def test_who_comes_while_somebody_waits_waits_too(
    waffles: WaffleFriday, cast: Cast, at: dt.datetime
) -> None:
    """A free place is that of the first in line, also before it was offered."""
    factories.make_signup(waffles.sitting, cast.bob, state=State.WAITING)
    assert actions.sign_up(by=cast.alice, sitting=waffles.sitting, at=at).state == State.WAITING
    assert line(waffles.sitting) == [cast.bob, cast.alice]


def test_sitting_without_limit_takes_everybody(
    waffles: WaffleFriday, cast: Cast, at: dt.datetime
) -> None:
    Sitting.objects.update(capacity=None)
    for person in (cast.alice, cast.bob, cast.charlie, cast.keeper):
        actions.sign_up(by=person, sitting=waffles.sitting, at=at)
    assert states(waffles.sitting) == {State.PLACED: 4}
    assert_counts_hold(waffles.sitting)


def refused(person: Person, sitting: Sitting, at: dt.datetime) -> str:
    with pytest.raises(ValidationError) as refusal:
        actions.sign_up(by=person, sitting=sitting, at=at)
    assert not SignUp.objects.filter(person=person).exists()
    return str(refusal.value.messages[0])


def test_signing_up_is_refused_with_the_reason(
    waffles: WaffleFriday, cast: Cast, at: dt.datetime
) -> None:
    sitting, nobodys = waffles.sitting, times.today()
    closes_at, opens_at = sitting.closes_at, sitting.opens_at
    reasons = {
        "early": refused(cast.alice, sitting, opens_at - MINUTE),
        "closed": refused(cast.alice, sitting, closes_at),
        "long ago": refused(cast.alice, sitting, closes_at + dt.timedelta(days=400)),
    }
    cast.bob.left_on = nobodys
    reasons["left"] = refused(cast.bob, sitting, at)
    cast.charlie.left_on = max(factories.FRIDAY, nobodys + dt.timedelta(days=1))
    Event.objects.update(day=cast.charlie.left_on)
    sitting.starts_at = times.moment_of(cast.charlie.left_on, dt.time(12))
    reasons["leaves before"] = refused(cast.charlie, sitting, at)
    Invitation.objects.create(series=waffles.series, unit=cast.partner_team)
    reasons["not invited"] = refused(cast.alice, sitting, at)
    Invitation.objects.all().delete()
    sitting.cancelled_at = at
    reasons["cancelled"] = refused(cast.alice, sitting, at)
    sitting.cancelled_at, sitting.event.cancelled_at = None, at
    reasons["event cancelled"] = refused(cast.alice, sitting, at)
    assert len(set(reasons.values())) == 6
    assert Sitting.objects.get().taken_count == 0


def test_closing_while_one_waits_for_the_row_refuses_too(
    waffles: WaffleFriday, cast: Cast, at: dt.datetime
) -> None:
    """What the caller has read may be old."""
    for change in ({"cancelled_at": at}, {"cancelled_at": None, "closes_at": at}):
        Sitting.objects.update(**change)
        refused(cast.alice, waffles.sitting, at)


def test_nobody_has_two_places_at_one_event(
    waffles: WaffleFriday, cast: Cast, late: Sitting, at: dt.datetime
) -> None:
    actions.sign_up(by=cast.alice, sitting=waffles.sitting, at=at)
    with pytest.raises(actions.ElsewhereAlready, match=r"12[.:]00"):
        actions.sign_up(by=cast.alice, sitting=late, at=at)
    assert_counts_hold(waffles.sitting, late)


def test_sitting_is_changed_where_there_is_room(
    waffles: WaffleFriday, cast: Cast, late: Sitting, at: dt.datetime
) -> None:
    mine = actions.sign_up(by=cast.alice, sitting=waffles.sitting, at=at)
    actions.set_wishes(signup=mine, wishes=["vegan"], at=at)
    moved = actions.move_signup(signup=mine, sitting=late, by=cast.alice, at=at)
    assert (moved.pk, moved.sitting, moved.state) == (mine.pk, late, State.PLACED)
    assert moved.wishes == ["vegan"]
    assert (states(waffles.sitting), states(late)) == ({}, {State.PLACED: 1})
    assert_counts_hold(waffles.sitting, late)


def test_place_is_kept_when_the_other_sitting_is_full_or_has_a_queue(
    waffles: WaffleFriday, cast: Cast, late: Sitting, at: dt.datetime
) -> None:
    mine = actions.sign_up(by=cast.alice, sitting=waffles.sitting, at=at)
    for person in (cast.bob, cast.charlie):
        actions.sign_up(by=person, sitting=late, at=at)
    with pytest.raises(ValidationError, match="14"):
        actions.move_signup(signup=mine, sitting=late, by=cast.alice, at=at)
    actions.sign_up(by=cast.keeper, sitting=late, at=at)
    Sitting.objects.filter(pk=late.pk).update(capacity=3)
    with pytest.raises(ValidationError, match="14"):
        actions.move_signup(signup=mine, sitting=late, by=cast.alice, at=at)
    mine.refresh_from_db()
    assert (mine.sitting, mine.state) == (waffles.sitting, State.PLACED)
    assert_counts_hold(waffles.sitting, late)


def test_who_waits_may_wait_elsewhere_at_the_end_of_that_queue(
    waffles: WaffleFriday, cast: Cast, late: Sitting, at: dt.datetime
) -> None:
    for sitting in (waffles.sitting, late):
        for person in crowd(cast.team, 2):
            actions.sign_up(by=person, sitting=sitting, at=at)
    mine = actions.sign_up(by=cast.alice, sitting=waffles.sitting, at=at)
    actions.sign_up(by=cast.bob, sitting=late, at=at + MINUTE)
    actions.move_signup(signup=mine, sitting=late, by=cast.alice, at=at + 2 * MINUTE)
    assert (line(waffles.sitting), line(late)) == ([], [cast.bob, cast.alice])


def test_place_at_a_cancelled_sitting_comes_along(
    waffles: WaffleFriday, cast: Cast, late: Sitting, at: dt.datetime
) -> None:
    actions.sign_up(by=cast.alice, sitting=waffles.sitting, at=at)
    Sitting.objects.filter(pk=waffles.sitting.pk).update(cancelled_at=at)
    moved = actions.sign_up(by=cast.alice, sitting=late, at=at)
    assert (moved.sitting, moved.state) == (late, State.PLACED)
    assert_counts_hold(waffles.sitting, late)


def test_signup_moves_within_its_event_only(
    waffles: WaffleFriday, cast: Cast, late: Sitting, at: dt.datetime
) -> None:
    other = factories.make_sitting(
        factories.make_event(waffles.series, factories.FRIDAY + dt.timedelta(days=7)),
        opens_at=at - HOUR,
    )
    mine = actions.sign_up(by=cast.alice, sitting=waffles.sitting, at=at)
    job = factories.make_job(waffles.sitting)
    hands = actions.sign_up(by=cast.alice, sitting=waffles.sitting, job=job, at=at)
    for signup, sitting in ((mine, other), (hands, late)):
        with pytest.raises(ValidationError):
            actions.move_signup(signup=signup, sitting=sitting, by=cast.alice, at=at)
    assert_counts_hold(waffles.sitting, late, other)


def test_leaving_frees_the_place_and_erases_wishes_once(
    waffles: WaffleFriday, cast: Cast, at: dt.datetime
) -> None:
    mine = actions.sign_up(by=cast.alice, sitting=waffles.sitting, at=at)
    actions.set_wishes(signup=mine, wishes=["nuts"], at=at)
    for _ in range(2):
        left = actions.leave_sitting(signup=mine, at=at + HOUR)
    assert (left.state, left.left_at, left.wishes) == (State.LEFT, at + HOUR, [])
    assert_counts_hold(waffles.sitting)
    with pytest.raises(ValidationError):
        actions.set_wishes(signup=left, wishes=["nuts"], at=at + HOUR)


def test_signing_up_within_seconds_of_leaving_undoes_it_though_somebody_waits(
    waffles: WaffleFriday, cast: Cast, at: dt.datetime
) -> None:
    first = actions.sign_up(by=cast.alice, sitting=waffles.sitting, at=at)
    actions.sign_up(by=cast.bob, sitting=waffles.sitting, at=at)
    actions.sign_up(by=cast.charlie, sitting=waffles.sitting, at=at)
    waits = actions.sign_up(by=cast.keeper, sitting=waffles.sitting, at=at + MINUTE)
    soon = at + HOUR + dt.timedelta(seconds=5)
    for signup in (first, waits):
        actions.leave_sitting(signup=signup, at=at + HOUR)
    assert actions.offer_free_places(at=soon) == 0
    back = actions.sign_up(by=cast.alice, sitting=waffles.sitting, at=soon)
    again = actions.sign_up(by=cast.keeper, sitting=waffles.sitting, at=soon)
    assert (back.pk, back.state, back.asked_at) == (first.pk, State.PLACED, at)
    assert (again.pk, again.state, again.asked_at) == (waits.pk, State.WAITING, at + MINUTE)
    assert_counts_hold(waffles.sitting)


def test_who_comes_again_later_stands_at_the_end(
    waffles: WaffleFriday, cast: Cast, at: dt.datetime
) -> None:
    first = actions.sign_up(by=cast.alice, sitting=waffles.sitting, at=at)
    for person in (cast.bob, cast.charlie):
        actions.sign_up(by=person, sitting=waffles.sitting, at=at)
    actions.leave_sitting(signup=first, at=at)
    again = actions.sign_up(by=cast.alice, sitting=waffles.sitting, at=at + HOUR)
    assert (again.key, again.state) == (first.key, State.WAITING)
    assert line(waffles.sitting) == [cast.charlie, cast.alice]


def test_nobody_leaves_what_is_over(waffles: WaffleFriday, cast: Cast, at: dt.datetime) -> None:
    mine = actions.sign_up(by=cast.alice, sitting=waffles.sitting, at=at)
    with pytest.raises(ValidationError):
        actions.leave_sitting(signup=mine, at=waffles.sitting.ends_at)
    assert states(waffles.sitting) == {State.PLACED: 1}


def test_jobs_have_places_of_their_own_beside_the_guests(
    waffles: WaffleFriday, cast: Cast, late: Sitting, at: dt.datetime
) -> None:
    job = factories.make_job(waffles.sitting, capacity=1)
    actions.sign_up(by=cast.alice, sitting=waffles.sitting, at=at)
    first = actions.sign_up(by=cast.alice, sitting=waffles.sitting, job=job, at=at)
    second = actions.sign_up(by=cast.bob, sitting=waffles.sitting, job=job, at=at)
    assert (first.state, second.state) == (State.PLACED, State.WAITING)
    with pytest.raises(ValidationError):
        actions.sign_up(by=cast.bob, sitting=late, job=job, at=at)
    actions.leave_sitting(signup=first, at=at)
    assert actions.offer_free_places(at=at + MINUTE) == 1
    assert states(waffles.sitting, job) == {State.LEFT: 1, State.OFFERED: 1}
    assert states(waffles.sitting) == {State.PLACED: 1}
    assert_counts_hold(waffles.sitting)


@pytest.mark.parametrize("wish", ["", "pork", "VEGAN", "nuts ", "x" * 500, "\x00", "halal\u202e"])
def test_wish_that_nobody_knows_is_refused(
    waffles: WaffleFriday, cast: Cast, at: dt.datetime, wish: str
) -> None:
    mine = actions.sign_up(by=cast.alice, sitting=waffles.sitting, at=at)
    with pytest.raises(ValidationError):
        actions.set_wishes(signup=mine, wishes=["egg", wish], at=at)
    mine.refresh_from_db()
    assert mine.wishes == []


def test_wishes_are_erased_when_the_sitting_is_over(
    waffles: WaffleFriday, cast: Cast, at: dt.datetime
) -> None:
    mine = actions.sign_up(by=cast.alice, sitting=waffles.sitting, at=at)
    actions.set_wishes(signup=mine, wishes=["nuts", "egg", "nuts"], at=at)
    assert actions.erase_wishes(at=waffles.sitting.ends_at - MINUTE) == 0
    mine.refresh_from_db()
    assert mine.wishes == ["nuts", "egg"]
    assert actions.erase_wishes(at=waffles.sitting.ends_at) == 1
    mine.refresh_from_db()
    assert mine.wishes == []


def test_places_of_those_who_leave_the_house_are_freed(
    waffles: WaffleFriday, cast: Cast, at: dt.datetime
) -> None:
    gone = people.make_person("Olga", "Ode", unit=cast.team, left_on=waffles.event.day)
    stays = people.make_person(
        "Rita", "Rud", unit=cast.team, left_on=waffles.event.day + dt.timedelta(days=1)
    )
    for person in (gone, stays):
        factories.make_signup(waffles.sitting, person)
    assert actions.leave_for_leavers(at=at) == 1
    assert actions.leave_for_leavers(at=at) == 0
    assert states(waffles.sitting) == {State.LEFT: 1, State.PLACED: 1}
    assert_counts_hold(waffles.sitting)
