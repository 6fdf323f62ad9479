"""Pages of sign-ups: one tap each, with and without script, and the link in a mail."""

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from engagement import times
from engagement.notices.actions import notify
from engagement.notices.mails import write_mail
from engagement.notices.models import Delivery
from engagement.people.models import Person
from events import actions
from events.links import place_url
from events.models import Invitation, Series, SignUp, Sitting
from events.notices import LOTS_DRAWN, OFFER_LAPSED, PLACE_GIVEN, PLACE_OFFERED
from events.queries.places import my_places, places_for
from tests.conftest import Cast, sign_in
from tests.events import factories
from tests.events.conftest import WaffleFriday
from tests.events.signup.helpers import HOUR, MINUTE, assert_counts_hold, crowd

State = SignUp.State
HTMX = {"HX-Request": "true"}
AT = dt.datetime(2026, 11, 26, 11, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def _now() -> Any:
    """The day before, at noon: sign-up is open."""
    with time_machine.travel(AT, tick=False):
        yield


@pytest.fixture
def waffle_page(waffles: WaffleFriday) -> str:
    return f"/events/{waffles.event.key}/"


def body(answer: Any) -> str:
    return str(answer.content.decode())


def test_one_tap_signs_up_and_undo_leaves_again(
    as_alice: Client, waffles: WaffleFriday, waffle_page: str
) -> None:
    page = body(as_alice.get(waffle_page))
    address = f"/events/sittings/{waffles.sitting.key}/sign-up/"
    assert page.count(f'hx-post="{address}"') == 1
    assert page.count('data-testid="event-signup"') == 1
    swapped = as_alice.post(address, headers=HTMX)
    leave = f"/events/signups/{SignUp.objects.get().key}/leave/"
    assert swapped.status_code == 200
    assert 'data-testid="event-leave"' in body(swapped)
    assert "event-signup" not in body(swapped)
    assert body(swapped).count(f'hx-post="{leave}"') == 2
    assert 'data-testid="event-signup"' in body(as_alice.post(leave, headers=HTMX))
    back = as_alice.post(address)
    assert (back.status_code, back.headers["Location"]) == (302, waffle_page)
    assert SignUp.objects.get().state == State.PLACED


def test_place_in_the_queue_is_told(
    as_alice: Client, cast: Cast, waffles: WaffleFriday, waffle_page: str
) -> None:
    for person in crowd(cast.team, 4):
        actions.sign_up(by=person, sitting=waffles.sitting, at=AT - HOUR)
    as_alice.post(f"/events/sittings/{waffles.sitting.key}/sign-up/")
    for page in (waffle_page, "/events/mine/"):
        shown = body(as_alice.get(page))
        assert shown.count('data-testid="waitlist-place" data-position="3"') == 1


def test_offer_is_shown_with_its_end_and_taken(
    as_alice: Client, cast: Cast, waffles: WaffleFriday, waffle_page: str
) -> None:
    signup = factories.make_signup(
        waffles.sitting, cast.alice, state=State.OFFERED, offered_at=AT,
        offer_until=AT + 2 * HOUR,
    )  # fmt: skip
    page = body(as_alice.get(waffle_page))
    assert page.count('data-testid="offer"') == 1
    assert "14:00" in page
    as_alice.post(f"/events/signups/{signup.key}/accept/", headers=HTMX)
    signup.refresh_from_db()
    assert signup.state == State.PLACED


def test_refusal_is_told_on_the_page(
    as_alice: Client, waffles: WaffleFriday, waffle_page: str
) -> None:
    Sitting.objects.update(closes_at=AT)
    answer = as_alice.post(f"/events/sittings/{waffles.sitting.key}/sign-up/", headers=HTMX)
    assert answer.status_code == 422
    assert "toast is-error" in body(answer)
    assert "event-signup" not in body(as_alice.get(waffle_page))
    assert SignUp.objects.count() == 0


def test_sitting_is_changed_with_one_tap(
    as_alice: Client, cast: Cast, waffles: WaffleFriday, waffle_page: str
) -> None:
    late = factories.make_sitting(waffles.event, starts=dt.time(14), capacity=1)
    actions.sign_up(by=cast.alice, sitting=waffles.sitting, at=AT)
    assert body(as_alice.get(waffle_page)).count('data-testid="event-move"') == 1
    as_alice.post(f"/events/sittings/{late.key}/move/", headers=HTMX)
    assert SignUp.objects.get().sitting == late
    assert_counts_hold(waffles.sitting, late)


def test_strangers_find_nothing(
    as_charlie: Client, cast: Cast, waffles: WaffleFriday, waffle_page: str
) -> None:
    Invitation.objects.create(series=waffles.series, site=cast.trondheim)
    mine = actions.sign_up(by=cast.alice, sitting=waffles.sitting, at=AT)
    job = factories.make_job(waffles.sitting)
    assert as_charlie.get(waffle_page).status_code == 404
    assert as_charlie.get(f"{waffle_page}lots/").status_code == 404
    for address in (
        f"/events/sittings/{waffles.sitting.key}/sign-up/",
        f"/events/sittings/{waffles.sitting.key}/move/",
        f"/events/jobs/{job.key}/sign-up/",
        "/events/sittings/s00000000000000/sign-up/",
        "/events/sittings/%00/sign-up/",
        *(
            f"/events/signups/{mine.key}/{what}/"
            for what in ("leave", "accept", "decline", "wishes")
        ),
    ):
        assert as_charlie.post(address).status_code == 404, address
    assert list(SignUp.objects.values_list("person", "state")) == [(cast.alice.pk, "placed")]


def test_wishes_are_numbers_for_the_organiser_and_names_are_for_those_who_need_them(
    cast: Cast, waffles: WaffleFriday, waffle_page: str
) -> None:
    for person, wishes in ((cast.alice, ["nuts", "halal"]), (cast.bob, ["nuts"])):
        signup = actions.sign_up(by=person, sitting=waffles.sitting, at=AT)
        actions.set_wishes(signup=signup, wishes=wishes, at=AT)
    job = factories.make_job(waffles.sitting)
    actions.sign_up(by=cast.keeper, sitting=waffles.sitting, job=job, at=AT)
    seen = {}
    for person in (waffles.manager, cast.keeper, cast.alice, cast.charlie):
        [place] = places_for(waffles.event, person, at=AT)
        seen[person.given_name] = place
    for name in ("Mona", "Kari"):
        assert [(one.wish, one.number) for one in seen[name].wishes or []] == [
            ("halal", 1), ("nuts", 2),
        ] or {one.wish: one.number for one in seen[name].wishes or []} == {"nuts": 2, "halal": 1}  # fmt: skip
        guests = seen[name].guests or []
        assert [one.person for one in guests] == [cast.alice, cast.bob, cast.keeper]
        assert [one.wishes for one in guests] == [[], [], []]
    for name in ("Alice", "Charlie"):
        assert (seen[name].guests, seen[name].wishes) == (None, None)
    stranger = body(sign_in(Client(), cast.charlie).get(waffle_page))
    assert "Alice Aas" not in stranger
    assert "Halal" not in stranger


def test_wishes_are_saved_and_unknown_ones_refused(
    as_alice: Client, cast: Cast, waffles: WaffleFriday
) -> None:
    mine = actions.sign_up(by=cast.alice, sitting=waffles.sitting, at=AT)
    address = f"/events/signups/{mine.key}/wishes/"
    assert as_alice.post(address, {"wishes": ["egg", "vegan"]}, headers=HTMX).status_code == 200
    assert as_alice.post(address, {"wishes": ["pork"]}, headers=HTMX).status_code == 422
    mine.refresh_from_db()
    assert mine.wishes == ["vegan", "egg"]


# --- the link in a mail ---------------------------------------------------------------------------


def test_looking_at_the_link_changes_nothing_and_one_press_leaves(
    cast: Cast, waffles: WaffleFriday
) -> None:
    mine = actions.sign_up(by=cast.alice, sitting=waffles.sitting, at=AT)
    anybody, path = Client(enforce_csrf_checks=True), place_url(mine).split("/", 3)[3]
    for method in (anybody.get, anybody.head):
        assert method(f"/{path}").status_code == 200
    mine.refresh_from_db()
    assert mine.state == State.PLACED
    answer = anybody.post(f"/{path}", {"do": "leave"})
    mine.refresh_from_db()
    assert (answer.status_code, mine.state) == (200, State.LEFT)
    assert (answer.headers["Referrer-Policy"], answer.headers["Cache-Control"]) == (
        "no-referrer", "no-store",
    )  # fmt: skip
    assert anybody.post(f"/{path}", {"do": "leave"}).status_code == 200
    assert anybody.post(f"/{path}", {"do": "delete everything"}).status_code == 200


def test_offer_is_taken_by_the_link_until_it_runs_out(cast: Cast, waffles: WaffleFriday) -> None:
    signup = factories.make_signup(
        waffles.sitting, cast.alice, state=State.OFFERED, offered_at=AT - 2 * HOUR, offer_until=AT
    )
    late = Client().post(place_url(signup), {"do": "accept"})
    assert 'role="alert"' in body(late)
    SignUp.objects.update(offer_until=AT + MINUTE)
    Client().post(place_url(signup), {"do": "accept"})
    signup.refresh_from_db()
    assert signup.state == State.PLACED


def test_guessed_changed_or_old_links_lead_nowhere(cast: Cast, waffles: WaffleFriday) -> None:
    mine = actions.sign_up(by=cast.alice, sitting=waffles.sitting, at=AT)
    token = place_url(mine).rstrip("/").rsplit("/", 1)[1]
    other = factories.make_signup(waffles.sitting, cast.bob)
    forged = token.replace(mine.key, other.key)
    for wrong in (forged, token[:-1], mine.key, "x" * 5000, "a.b.c", "%00"):
        assert Client().post(f"/events/place/{wrong}/", {"do": "leave"}).status_code == 404, wrong
    Sitting.objects.update(starts_at=AT - HOUR, closes_at=AT - HOUR, ends_at=AT)
    assert Client().get(place_url(mine)).status_code == 404
    assert set(SignUp.objects.values_list("state", flat=True)) == {"placed"}


@pytest.mark.parametrize("language", ["nb", "en"])
def test_each_mail_is_written_with_its_link(
    cast: Cast, waffles: WaffleFriday, language: str
) -> None:
    Person.objects.filter(pk=cast.alice.pk).update(language=language)
    cast.alice.refresh_from_db()
    offered = {"state": State.OFFERED, "offered_at": AT, "offer_until": AT + HOUR}
    cases = {
        PLACE_OFFERED: offered,
        PLACE_GIVEN: {"state": State.PLACED},
        OFFER_LAPSED: offered | {"state": State.LAPSED},
        LOTS_DRAWN: {"state": State.WAITING, "lot": 3},
    }
    for kind, facts in cases.items():
        SignUp.objects.all().delete()
        Delivery.objects.all().delete()
        signup = factories.make_signup(waffles.sitting, cast.alice, **facts)
        context = {"signup": signup.key, "event": waffles.event.key}
        notify(people=[cast.alice], kind=kind, source=kind.key, context=context, link="/", at=AT)
        delivery = Delivery.objects.get(notice__isnull=False)
        if delivery.digest:
            delivery = delivery.digest
        message = write_mail(delivery, at=AT).message
        html = str(message.alternatives[0][0])
        assert "Vaffelfredag" in message.subject + message.body
        if kind is not OFFER_LAPSED:
            assert (place_url(signup) in message.body, place_url(signup) in html) == (True, True)


# --- how many questions -----------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 3])
def test_event_page_asks_the_same_whatever_it_shows(
    cast: Cast,
    waffles: WaffleFriday,
    count: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(count):
        sitting = factories.make_sitting(
            waffles.event, site=cast.trondheim, starts=dt.time(14 + number), capacity=1
        )
        factories.make_job(sitting)
        for person in crowd(cast.team, 3):
            actions.sign_up(by=person, sitting=sitting, at=AT)
    actions.sign_up(by=cast.alice, sitting=sitting, at=AT)
    viewer = Person.objects.get(pk=cast.alice.pk)
    with django_assert_num_queries(8):
        places_for(waffles.event, viewer, at=AT)
    viewer = Person.objects.get(pk=waffles.manager.pk)
    with django_assert_num_queries(7):
        places_for(waffles.event, viewer, at=AT)


@pytest.mark.parametrize("count", [1, 3])
def test_my_places_ask_the_same_however_many(
    cast: Cast,
    waffles: WaffleFriday,
    count: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(count):
        event = factories.make_event(
            waffles.series, factories.FRIDAY + dt.timedelta(days=number + 1)
        )
        sitting = factories.make_sitting(event, capacity=1)
        factories.make_signup(sitting, cast.bob)
        factories.make_signup(sitting, cast.alice, state=State.WAITING)
    with django_assert_num_queries(2):
        assert [one.position for one in my_places(cast.alice, at=AT)] == [1] * count


def test_signing_up_asks_little_and_holds_the_row_shortly(
    cast: Cast, waffles: WaffleFriday, django_assert_max_num_queries: Any
) -> None:
    for person, most in ((cast.alice, 12), (cast.bob, 12), (cast.charlie, 10)):
        sitting = Sitting.objects.select_related("event__series", "site").get()
        with django_assert_max_num_queries(most) as captured:
            actions.sign_up(by=person, sitting=sitting, at=AT)
        asked = [one["sql"] for one in captured.captured_queries]
        locked = next(n for n, sql in enumerate(asked) if "FOR UPDATE" in sql or "FOR SHARE" in sql)
        assert len(asked[locked:]) <= 5


@pytest.mark.parametrize(("taken", "most"), [(0, 16), (2, 15)])
def test_a_tap_is_answered_with_little(
    as_alice: Client,
    cast: Cast,
    waffles: WaffleFriday,
    taken: int,
    most: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    """A place, and a place in the queue; who asks and the transaction among them."""
    for person in crowd(cast.team, taken):
        actions.sign_up(by=person, sitting=waffles.sitting, at=AT - HOUR)
    address = f"/events/sittings/{waffles.sitting.key}/sign-up/"
    with django_assert_num_queries(most):
        swapped = as_alice.post(address, headers=HTMX)
    assert 'data-testid="event-leave"' in body(swapped)
    assert "<nav" not in body(swapped)


def test_jobs_of_several_sittings_are_no_landmarks(
    as_alice: Client, waffles: WaffleFriday, waffle_page: str
) -> None:
    """Screen readers would list the same one for each sitting."""
    late = factories.make_sitting(waffles.event, starts=dt.time(14))
    for sitting in (waffles.sitting, late):
        factories.make_job(sitting)
    page = body(as_alice.get(waffle_page))
    assert page.count('<div class="sitting-jobs">') == 2


def test_lots_are_shown_without_names(
    as_alice: Client, cast: Cast, waffles: WaffleFriday, waffle_page: str
) -> None:
    Series.objects.update(is_drawn=True)
    sitting = Sitting.objects.select_related("event__series").get()
    for person in (cast.alice, cast.bob):
        actions.sign_up(by=person, sitting=sitting, at=AT - HOUR)
    sitting.event.refresh_from_db()
    seed = sitting.event.draw_seed
    before = body(as_alice.get(f"{waffle_page}lots/"))
    assert seed not in before + body(as_alice.get(waffle_page))
    actions.draw_lots(at=times.now() + 20 * HOUR)
    page = body(as_alice.get(f"{waffle_page}lots/"))
    assert (page.count(seed), page.count('data-testid="my-lot"')) == (1, 1)
    assert all(key in page for key in SignUp.objects.values_list("key", flat=True))
    assert "Bob Berg" not in page
