"""Was it good? Asked once, counted, told late and never of fewer than five."""

import datetime as dt
from functools import partial
from typing import Any

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from engagement.export import everything_about
from engagement.notices.models import Delivery, Notice
from engagement.people.models import Person
from events import actions
from events.models import Event, Invitation, SignUp, Sitting, Tally, TallyMark
from events.queries.after import after_event
from tests.api.conftest import ApiClient, token_for
from tests.conftest import Cast, sign_in
from tests.events import factories
from tests.events.after.helpers import MINUTE, seat
from tests.events.conftest import WaffleFriday
from tests.events.signup.helpers import at_once, crowd

DAY = dt.timedelta(days=1)


@pytest.fixture
def over(waffles: WaffleFriday) -> dt.datetime:
    """A minute after the sitting."""
    return waffles.sitting.ends_at + MINUTE


def asked(waffles: WaffleFriday, people: list[Person], at: dt.datetime, **facts: Any) -> Tally:
    seat(waffles.sitting, people, **facts)
    assert actions.ask_how_it_was(at=at) == 1
    return Tally.objects.get()


def say(event: Event, person: Person, opinion: str, at: dt.datetime) -> None:
    actions.answer_was_it_good(event=event, opinion=opinion, by=person, at=at)


def numbers() -> tuple[int, int, int]:
    tally = Tally.objects.get()
    return tally.good_count, tally.fine_count, tally.not_mine_count


@pytest.mark.django_db
def test_those_with_a_place_are_asked_once_and_in_the_product_only(
    cast: Cast, waffles: WaffleFriday, over: dt.datetime
) -> None:
    factories.make_signup(waffles.sitting, cast.keeper, state=SignUp.State.LEFT)
    assert actions.ask_how_it_was(at=waffles.sitting.ends_at - MINUTE) == 0
    asked(waffles, [cast.alice, cast.bob], over)
    assert actions.ask_how_it_was(at=over + MINUTE) == 0
    readers = Notice.objects.filter(kind="event_was_it_good").order_by("person")
    assert [one.person for one in readers] == [cast.alice, cast.bob]
    assert Delivery.objects.count() == 0


@pytest.mark.django_db
def test_what_was_cancelled_or_is_long_over_is_not_asked_about(
    cast: Cast, waffles: WaffleFriday, over: dt.datetime
) -> None:
    seat(waffles.sitting, [cast.alice])
    assert actions.ask_how_it_was(at=over + DAY) == 0
    late = factories.make_sitting(waffles.event, starts=dt.time(14))
    assert actions.ask_how_it_was(at=over) == 0
    late.delete()
    Sitting.objects.update(cancelled_at=over)
    assert actions.ask_how_it_was(at=over) == 0
    Sitting.objects.update(cancelled_at=None)
    Event.objects.update(cancelled_at=over)
    assert actions.ask_how_it_was(at=over) == 0


@pytest.mark.django_db
def test_answer_is_counted_once_and_kept_by_nobodys_name(
    cast: Cast, waffles: WaffleFriday, over: dt.datetime
) -> None:
    asked(waffles, [cast.alice, cast.bob], over)
    say(waffles.event, cast.alice, "good", over)
    for opinion in ("good", "not_mine"):
        with pytest.raises(ValidationError):
            say(waffles.event, cast.alice, opinion, over)
    assert numbers() == (1, 0, 0)
    assert {field.name for field in TallyMark._meta.concrete_fields} == {"id", "tally", "person"}
    data = everything_about(cast.alice, at=over)
    told = {"event": "Vaffelfredag", "day": "2026-11-27"}
    assert (data["events_answered"], everything_about(cast.bob, at=over)["events_answered"]) == (
        [told],
        [],
    )


@pytest.mark.django_db
def test_only_those_who_had_a_place_answer_and_only_in_time(
    cast: Cast, waffles: WaffleFriday, over: dt.datetime
) -> None:
    seat(waffles.sitting, [cast.alice])
    with pytest.raises(ValidationError):
        say(waffles.event, cast.alice, "good", over)
    actions.ask_how_it_was(at=over)
    with pytest.raises(PermissionDenied):
        say(waffles.event, cast.bob, "good", over)
    for wrong in ("", "bad", "good_count", "GOOD"):
        with pytest.raises(ValidationError):
            say(waffles.event, cast.alice, wrong, over)
    with pytest.raises(ValidationError):
        say(waffles.event, cast.alice, "good", over + 3 * DAY)
    say(waffles.event, cast.alice, "good", over + 3 * DAY - MINUTE)
    assert numbers() == (1, 0, 0)


@pytest.mark.django_db
def test_numbers_are_told_when_nobody_answers_any_more(
    cast: Cast, waffles: WaffleFriday, over: dt.datetime
) -> None:
    people = crowd(cast.team, 6)
    asked(waffles, people, over)
    for person in people[:5]:
        say(waffles.event, person, "fine", over)
    before = after_event(waffles.event, people[5], at=over)
    say(waffles.event, people[5], "not_mine", over + DAY)
    after = after_event(waffles.event, people[5], at=over + DAY)
    # One more answer shows nowhere.
    assert (before.opinions, after.opinions, after.has_answered) == ([], [], True)
    assert actions.close_tallies(at=over + 3 * DAY - MINUTE) == 0
    assert actions.close_tallies(at=over + 3 * DAY) == 1
    shown = after_event(waffles.event, people[0], at=over + 4 * DAY)
    assert [(one.key, one.number, one.percent) for one in shown.opinions] == [
        ("good", 0, 0), ("fine", 5, 83), ("not_mine", 1, 17),
    ]  # fmt: skip
    assert TallyMark.objects.count() == 0
    assert actions.close_tallies(at=over + 5 * DAY) == 0


@pytest.mark.django_db
def test_fewer_than_five_answers_leave_nothing(
    cast: Cast, waffles: WaffleFriday, over: dt.datetime
) -> None:
    people = crowd(cast.team, 5)
    asked(waffles, people, over)
    for person in people[:4]:
        say(waffles.event, person, "good", over)
    actions.close_tallies(at=over + 3 * DAY)
    shown = after_event(waffles.event, people[0], at=over + 4 * DAY)
    assert (shown.opinions, shown.has_too_few, numbers()) == ([], True, (0, 0, 0))
    with pytest.raises(IntegrityError), transaction.atomic():
        Tally.objects.update(good_count=4)


@pytest.mark.django_db
@pytest.mark.parametrize(("came", "told"), [(4, None), (5, 5)])
def test_who_came_is_a_number_from_five_on(
    cast: Cast, waffles: WaffleFriday, over: dt.datetime, came: int, told: int | None
) -> None:
    people = crowd(cast.team, 7)
    seat(waffles.sitting, people[:came])
    asked(waffles, people[came:], over, came=False)
    assert after_event(waffles.event, people[0], at=over).came_count == told
    with pytest.raises(IntegrityError), transaction.atomic():
        Tally.objects.update(came_count=4)


@pytest.mark.django_db
def test_page_asks_and_thanks(
    as_alice: Client, cast: Cast, waffles: WaffleFriday, over: dt.datetime
) -> None:
    asked(waffles, [cast.alice], over)
    page, address = f"/events/{waffles.event.key}/", f"/events/{waffles.event.key}/was-it-good/"
    with time_machine.travel(over, tick=False):
        assert as_alice.get(page).content.decode().count('data-testid="was-it-good"') == 1
        assert 'data-testid="was-it-good"' not in (
            sign_in(Client(), cast.bob).get(page).content.decode()
        )
        assert sign_in(Client(), cast.bob).post(address, {"opinion": "good"}).status_code == 403
        assert as_alice.post(address, {"opinion": "good"}).status_code == 302
        shown = as_alice.get(page).content.decode()
        assert shown.count('data-testid="has-answered"') == 1
        assert 'data-testid="was-it-good"' not in shown
        Invitation.objects.create(series=waffles.series, site=cast.trondheim)
        stranger = sign_in(Client(), cast.charlie)
        assert stranger.post(address, {"opinion": "good"}).status_code == 404
    assert numbers() == (1, 0, 0)


@pytest.mark.django_db
def test_question_leaves_the_notices_when_it_is_answered(
    as_alice: Client, cast: Cast, waffles: WaffleFriday, over: dt.datetime
) -> None:
    asked(waffles, [cast.alice], over)
    with time_machine.travel(over + MINUTE, tick=False):
        assert "Vaffelfredag" in as_alice.get("/notices/").content.decode()
        say(waffles.event, cast.alice, "good", over + MINUTE)
        assert "Vaffelfredag" not in as_alice.get("/notices/").content.decode()
    assert Notice.objects.get().read_at == over + MINUTE
    actions.close_tallies(at=over + 3 * DAY)
    assert Notice.objects.count() == 0


@pytest.mark.django_db
def test_programs_answer_for_themselves_and_leave_no_trace(
    cast: Cast, waffles: WaffleFriday, over: dt.datetime
) -> None:
    asked(waffles, [cast.alice], over)
    path, said = f"events/{waffles.event.key}/was-it-good", {"opinion": "fine"}
    with time_machine.travel(over, tick=False):
        alice = ApiClient(token_for(cast.alice, "signups:write")[1])
        reader = ApiClient(token_for(cast.alice, "events:write", "events:read")[1])
        assert reader.call("PUT", path, said).status_code == 403
        assert ApiClient(token_for(cast.bob)[1]).call("PUT", path, said).status_code == 403
        assert alice.call("PUT", path, said, Idempotency_Key="k1").status_code == 204
        assert alice.call("PUT", path, said).status_code == 400
    assert numbers() == (0, 1, 0)


@pytest.mark.django_db
def test_page_of_an_event_that_is_over_takes_few_queries(
    cast: Cast, waffles: WaffleFriday, over: dt.datetime,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:  # fmt: skip
    asked(waffles, [cast.alice, *crowd(cast.team, 5)], over)
    with django_assert_max_num_queries(9):
        after_event(waffles.event, cast.alice, at=over)


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_and_many_answers_at_once(
    cast: Cast, waffles: WaffleFriday, over: dt.datetime
) -> None:
    people = crowd(cast.team, 8)
    seat(waffles.sitting, people)
    at_once([partial(actions.ask_how_it_was, at=over)] * 3)
    assert (Tally.objects.count(), Notice.objects.count()) == (1, 8)
    calls = [partial(say, waffles.event, one, "good", over) for one in people * 3]
    results = at_once(calls)
    refused = [one for one in results if isinstance(one, Exception)]
    assert {type(one) for one in refused} == {ValidationError}
    assert (len(refused), numbers(), TallyMark.objects.count()) == (16, (8, 0, 0), 8)
    at_once([partial(actions.close_tallies, at=over + 3 * DAY)] * 3)
    assert (numbers(), TallyMark.objects.count()) == ((8, 0, 0), 0)
