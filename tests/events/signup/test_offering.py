"""Free places: who is offered them, for how long, and who stands first."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError

from engagement import times
from engagement.notices.models import Notice
from engagement.people.models import Person
from events import actions
from events.models import Event, SignUp, Sitting
from events.offers import offer_until
from events.queries.fairness import missed_last
from tests.conftest import Cast
from tests.events import factories
from tests.events.conftest import WaffleFriday
from tests.events.signup.helpers import HOUR, MINUTE, assert_counts_hold, crowd, line, states

State = SignUp.State
WEEK = dt.timedelta(days=7)


@pytest.fixture
def at(waffles: WaffleFriday) -> dt.datetime:
    """Two days before, at noon."""
    return waffles.sitting.starts_at - dt.timedelta(days=2)


@pytest.fixture
def full(waffles: WaffleFriday, cast: Cast, at: dt.datetime) -> list[Person]:
    """Alice and Bob have the two places; Charlie and Kari wait, in this order."""
    everybody = [cast.alice, cast.bob, cast.charlie, cast.keeper]
    for number, person in enumerate(everybody):
        actions.sign_up(by=person, sitting=waffles.sitting, at=at - (10 - number) * MINUTE)
    return everybody


def of(person: Person) -> SignUp:
    return SignUp.objects.get(person=person)


def kinds(person: Person) -> list[str]:
    standing = Notice.objects.filter(person=person, withdrawn_at=None).order_by("pk")
    return list(standing.values_list("kind", flat=True))


def test_freed_place_is_offered_to_the_first_in_line_who_takes_it(
    waffles: WaffleFriday, cast: Cast, full: list[Person], at: dt.datetime
) -> None:
    actions.leave_sitting(signup=of(cast.alice), at=at)
    assert actions.offer_free_places(at=at + MINUTE) == 1
    assert actions.offer_free_places(at=at + MINUTE) == 0
    offered = of(cast.charlie)
    assert (offered.state, offered.offer_until) == (State.OFFERED, at + MINUTE + 2 * HOUR)
    assert (kinds(cast.charlie), kinds(cast.keeper)) == (["place_offered"], [])
    assert_counts_hold(waffles.sitting)
    for _ in range(2):
        taken = actions.accept_offer(signup=offered, at=at + HOUR)
    assert (taken.state, taken.placed_at) == (State.PLACED, at + HOUR)
    assert kinds(cast.charlie) == []
    assert_counts_hold(waffles.sitting)


def test_offer_that_is_declined_or_left_goes_on_at_once(
    waffles: WaffleFriday,
    cast: Cast,
    full: list[Person],
    at: dt.datetime,
    django_capture_on_commit_callbacks: object,
) -> None:
    actions.leave_sitting(signup=of(cast.alice), at=at)
    actions.offer_free_places(at=at + MINUTE)
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        actions.decline_offer(signup=of(cast.charlie), at=at + HOUR)
    assert (of(cast.charlie).state, of(cast.keeper).state) == (State.LEFT, State.OFFERED)
    assert kinds(cast.charlie) == []
    actions.leave_sitting(signup=of(cast.keeper), at=at + HOUR)
    assert states(waffles.sitting) == {State.PLACED: 1, State.LEFT: 3}
    assert_counts_hold(waffles.sitting)


def test_unanswered_offer_lapses_and_goes_on(
    waffles: WaffleFriday,
    cast: Cast,
    full: list[Person],
    at: dt.datetime,
    django_capture_on_commit_callbacks: object,
) -> None:
    actions.leave_sitting(signup=of(cast.alice), at=at)
    actions.offer_free_places(at=at + MINUTE)
    until = of(cast.charlie).offer_until
    assert until is not None
    assert actions.lapse_offers(at=until - dt.timedelta(seconds=1)) == 0
    with pytest.raises(ValidationError):
        actions.accept_offer(signup=of(cast.charlie), at=until)
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        assert actions.lapse_offers(at=until) == 1
    assert (of(cast.charlie).state, of(cast.keeper).state) == (State.LAPSED, State.OFFERED)
    assert (kinds(cast.charlie), kinds(cast.keeper)) == (["offer_lapsed"], ["place_offered"])
    with pytest.raises(ValidationError):
        actions.accept_offer(signup=of(cast.charlie), at=until)
    assert_counts_hold(waffles.sitting)


def test_raised_capacity_is_offered_and_so_is_no_limit(
    waffles: WaffleFriday, cast: Cast, full: list[Person], at: dt.datetime
) -> None:
    Sitting.objects.update(capacity=3)
    assert actions.offer_free_places(at=at) == 1
    assert line(waffles.sitting) == [cast.keeper]
    Sitting.objects.update(capacity=None)
    assert actions.offer_free_places(at=at) == 1
    assert states(waffles.sitting) == {State.PLACED: 2, State.OFFERED: 2}
    assert_counts_hold(waffles.sitting)


@pytest.mark.parametrize("change", ["closed", "cancelled", "event cancelled"])
def test_nothing_is_offered_where_nobody_can_come_any_more(
    waffles: WaffleFriday, cast: Cast, full: list[Person], at: dt.datetime, change: str
) -> None:
    actions.leave_sitting(signup=of(cast.alice), at=at)
    if change == "cancelled":
        Sitting.objects.update(cancelled_at=at)
    elif change == "event cancelled":
        Event.objects.update(cancelled_at=at)
    now = waffles.sitting.closes_at if change == "closed" else at + MINUTE
    assert actions.offer_free_places(at=now) == 0
    assert actions.offer_places(sitting=waffles.sitting, at=now) == 0
    assert states(waffles.sitting) == {State.PLACED: 1, State.WAITING: 2, State.LEFT: 1}


def test_offer_of_what_is_cancelled_is_not_taken_and_lapses_without_a_word(
    waffles: WaffleFriday, cast: Cast, full: list[Person], at: dt.datetime
) -> None:
    actions.leave_sitting(signup=of(cast.alice), at=at)
    actions.offer_free_places(at=at + MINUTE)
    Sitting.objects.update(cancelled_at=at)
    with pytest.raises(ValidationError):
        actions.accept_offer(signup=of(cast.charlie), at=at + HOUR)
    assert actions.lapse_offers(at=at + 3 * HOUR) == 1
    assert kinds(cast.charlie) == []


def test_shortly_before_closing_the_place_goes_straight_to_the_first_in_line(
    waffles: WaffleFriday, cast: Cast, full: list[Person]
) -> None:
    soon = waffles.sitting.closes_at - 80 * MINUTE
    actions.leave_sitting(signup=of(cast.alice), at=soon)
    assert actions.offer_free_places(at=soon + MINUTE) == 1
    assert (of(cast.charlie).state, of(cast.charlie).placed_at) == (State.PLACED, soon + MINUTE)
    assert kinds(cast.charlie) == ["place_given"]
    assert_counts_hold(waffles.sitting)


@pytest.mark.parametrize(
    ("offered", "until"),
    [
        ("2026-11-25T12:00", "2026-11-25T14:00"),
        ("2026-11-25T20:00", "2026-11-25T22:00"),
        # What is left of the two hours when the night begins goes on in the morning.
        ("2026-11-25T21:30", "2026-11-26T08:30"),
        ("2026-11-25T22:00", "2026-11-26T09:00"),
        ("2026-11-26T03:00", "2026-11-26T09:00"),
        # Friday, closing at noon: an hour before that it has ended.
        ("2026-11-27T06:59", "2026-11-27T09:00"),
        ("2026-11-27T09:30", "2026-11-27T11:00"),
        ("2026-11-27T10:30", "2026-11-27T11:00"),
        ("2026-11-27T10:31", None),
        ("2026-11-27T11:59", None),
    ],
)
def test_offer_lasts_two_waking_hours_and_ends_an_hour_before_closing(
    waffles: WaffleFriday, offered: str, until: str | None
) -> None:
    zone = times.local_zone()
    at = dt.datetime.fromisoformat(offered).replace(tzinfo=zone)
    wanted = dt.datetime.fromisoformat(until).replace(tzinfo=zone) if until else None
    assert offer_until(waffles.sitting, at) == wanted


def test_night_of_the_clocks_going_back_is_an_hour_longer_and_costs_none(
    waffles: WaffleFriday,
) -> None:
    zone = times.local_zone()
    waffles.sitting.closes_at = dt.datetime(2026, 10, 26, 12, tzinfo=zone)
    at = dt.datetime(2026, 10, 24, 21, 0, tzinfo=zone)
    assert offer_until(waffles.sitting, at) == dt.datetime(2026, 10, 25, 8, tzinfo=zone)


# --- who missed the last time ---------------------------------------------------------------------


@pytest.fixture
def next_week(waffles: WaffleFriday, cast: Cast) -> Sitting:
    event = factories.make_event(waffles.series, factories.FRIDAY + WEEK)
    return factories.make_sitting(event, site=cast.trondheim, capacity=1)


def test_who_waited_in_vain_stands_before_the_others_next_time(
    waffles: WaffleFriday, cast: Cast, full: list[Person], next_week: Sitting
) -> None:
    after = waffles.sitting.ends_at + HOUR
    for person in (cast.bob, cast.alice, cast.keeper, cast.charlie):
        actions.sign_up(by=person, sitting=next_week, at=after)
        after += MINUTE
    assert [one.person for one in SignUp.objects.holding().filter(sitting=next_week)] == [cast.bob]
    assert line(next_week) == [cast.keeper, cast.charlie, cast.alice]


def test_who_asked_before_the_last_time_was_over_is_put_first_when_it_is(
    waffles: WaffleFriday, cast: Cast, full: list[Person], next_week: Sitting, at: dt.datetime
) -> None:
    for minutes, person in enumerate((cast.bob, cast.alice, cast.charlie)):
        actions.sign_up(by=person, sitting=next_week, at=at + minutes * MINUTE)
    assert line(next_week) == [cast.alice, cast.charlie]
    assert actions.put_missed_first(at=waffles.sitting.closes_at - MINUTE) == 0
    assert actions.put_missed_first(at=waffles.sitting.closes_at) == 1
    assert actions.put_missed_first(at=waffles.sitting.closes_at) == 0
    assert line(next_week) == [cast.charlie, cast.alice]


@pytest.mark.parametrize(
    ("facts", "missed"),
    [
        ({"state": State.WAITING}, True),
        ({"state": State.PLACED}, False),
        ({"state": State.LEFT}, False),
        # Two hours to answer in, and no answer.
        ({"state": State.LAPSED, "lasted": 2 * HOUR}, False),
        # Cut short by the closing.
        ({"state": State.LAPSED, "lasted": 40 * MINUTE}, True),
        # Had a place, gave it up, and waited again.
        ({"state": State.WAITING, "placed": True}, False),
    ],
)
def test_missing_is_to_have_had_no_place_without_fault(
    waffles: WaffleFriday,
    cast: Cast,
    next_week: Sitting,
    at: dt.datetime,
    facts: dict[str, object],
    missed: bool,
) -> None:
    signup = factories.make_signup(waffles.sitting, cast.alice, state=str(facts["state"]))
    if "lasted" in facts:
        signup.offered_at, signup.offer_until = at, at + facts["lasted"]  # type: ignore[operator]
    if facts.get("placed"):
        signup.placed_at = at
    signup.save()
    after = waffles.sitting.ends_at
    assert missed_last(cast.alice, next_week.event, at=after) is missed
    assert missed_last(cast.bob, next_week.event, at=after) is False


def test_cancelled_event_is_not_the_last_one(
    waffles: WaffleFriday, cast: Cast, full: list[Person], next_week: Sitting
) -> None:
    week_after = factories.make_event(waffles.series, factories.FRIDAY + 2 * WEEK)
    Event.objects.filter(pk=next_week.event_id).update(cancelled_at=next_week.opens_at)
    later = next_week.ends_at + HOUR
    assert missed_last(cast.charlie, week_after, at=later) is True
    Event.objects.filter(pk=next_week.event_id).update(cancelled_at=None)
    assert missed_last(cast.charlie, week_after, at=later) is False


def test_series_that_goes_on_under_new_rules_remembers(
    waffles: WaffleFriday, cast: Cast, full: list[Person]
) -> None:
    following = factories.make_series(waffles.manager, continues=waffles.series)
    event = factories.make_event(following, factories.FRIDAY + WEEK)
    assert missed_last(cast.charlie, event, at=waffles.sitting.ends_at) is True
    other = factories.make_event(factories.make_series(waffles.manager), factories.FRIDAY + WEEK)
    assert missed_last(cast.charlie, other, at=waffles.sitting.ends_at) is False


def test_who_missed_is_offered_the_place_before_who_asked_earlier(
    waffles: WaffleFriday, cast: Cast, at: dt.datetime
) -> None:
    holder, early, missed = crowd(cast.team, 3)
    Sitting.objects.update(capacity=1)
    factories.make_signup(waffles.sitting, holder)
    factories.make_signup(waffles.sitting, early, state=State.WAITING)
    factories.make_signup(
        waffles.sitting, missed, state=State.WAITING, missed_last=True, asked_at=at
    )
    actions.leave_sitting(signup=of(holder), at=at)
    actions.offer_free_places(at=at + MINUTE)
    assert (of(missed).state, of(early).state) == (State.OFFERED, State.WAITING)
