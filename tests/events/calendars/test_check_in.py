"""The sign at the door, and saying that one is here."""

import datetime as dt
import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from engagement.people.models import Person
from events.actions import check_in
from events.checkin import read_sign, sign_of
from events.models import Event, Invitation, SignUp, Sitting
from events.queries.came import Came, came_to
from tests import factories as people
from tests.conftest import Cast, sign_in
from tests.events import factories
from tests.events.conftest import WaffleFriday

NOON = dt.datetime(2026, 11, 27, 11, tzinfo=dt.UTC)
HOUR, MINUTE, SECOND = dt.timedelta(hours=1), dt.timedelta(minutes=1), dt.timedelta(seconds=1)


@pytest.fixture
def at_noon(waffles: WaffleFriday) -> Any:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def path_of(waffles: WaffleFriday, at: dt.datetime = NOON) -> str:
    return sign_of(waffles.sitting, at=at).address.removeprefix("http://127.0.0.1:8000")


def token_of(path: str) -> str:
    return path.removeprefix("/events/here/").strip("/")


def came(sitting: Sitting) -> tuple[int, int]:
    one = came_to(sitting)
    return one.came, one.expected


# --- the sign -------------------------------------------------------------------------------------


def test_sign_changes_every_two_minutes_and_is_good_for_six(waffles: WaffleFriday) -> None:
    key = waffles.sitting.key
    signs = {at: sign_of(waffles.sitting, at=NOON + MINUTE * at) for at in range(0, 8)}
    assert signs[0].address == signs[1].address != signs[2].address
    assert signs[0].next_at == NOON + 2 * MINUTE
    token = token_of(path_of(waffles))
    assert [read_sign(token, at=NOON + age) for age in (SECOND, 6 * MINUTE - SECOND)] == [key] * 2
    assert [read_sign(token, at=NOON + age) for age in (-SECOND, 6 * MINUTE, HOUR)] == [None] * 3


def test_sign_is_of_one_sitting_and_of_this_installation(
    waffles: WaffleFriday, settings: Any
) -> None:
    other = factories.make_sitting(waffles.event, starts=dt.time(14))
    key, _dot, seal = token_of(path_of(waffles)).partition(".")
    for wrong in (f"{other.key}.{seal}", f"{key}.{seal[:-1]}", f"{key}.", key, "", ".", "æ.ø"):
        assert read_sign(wrong, at=NOON) is None
    settings.SECRET_KEY = "another" * 8
    assert read_sign(f"{key}.{seal}", at=NOON) is None


def test_sign_is_for_those_who_organise(
    waffles: WaffleFriday, cast: Cast, at_noon: Any, as_bob: Client, as_charlie: Client
) -> None:
    Invitation.objects.create(series=waffles.series, site=cast.trondheim)
    path = f"/events/sittings/{waffles.sitting.key}/check-in/"
    answers = [
        client.get(path).status_code
        for client in (sign_in(Client(), waffles.manager), as_bob, as_charlie)
    ]
    assert answers == [200, 403, 404]
    assert Client().get(path).status_code == 302


@pytest.mark.parametrize(
    ("role", "place", "status"),
    [
        ("site_manager", "trondheim", 200),
        ("site_manager", "gjovik", 403),
        ("hr", None, 200),
        ("screen_keeper", None, 403),
    ],
)
def test_sign_is_hung_up_by_the_managers_of_the_site(
    waffles: WaffleFriday, cast: Cast, at_noon: Any, role: str, place: str | None, status: int
) -> None:
    somebody = people.make_person("Siv", "Sande", unit=cast.team)
    people.give_role(somebody, role, site=getattr(cast, place) if place else None)
    path = f"/events/sittings/{waffles.sitting.key}/check-in/"
    assert sign_in(Client(), somebody).get(path).status_code == status


def test_no_role_elsewhere_hangs_the_sign_or_counts_who_came(
    waffles: WaffleFriday, cast: Cast, at_noon: Any
) -> None:
    """Nor where the sitting is everywhere at once: it is nobody's site."""
    path = f"/events/sittings/{waffles.sitting.key}/check-in/"
    partner = people.make_person("Pia", "Partner", unit=cast.team)
    people.give_role(partner, "hr", employer=cast.partner)
    away = people.make_person("Atle", "Alta", unit=cast.team)
    people.give_role(away, "site_manager", site=cast.gjovik)
    for site in (cast.trondheim, None):
        Sitting.objects.update(site=site)
        for person in (partner, away):
            assert sign_in(Client(), person).get(path).status_code == 403


def test_sign_shows_a_square_only_while_it_works(
    waffles: WaffleFriday, cast: Cast, at_noon: Any, django_assert_num_queries: Any
) -> None:
    factories.make_signup(waffles.sitting, cast.bob, came_at=NOON)
    factories.make_signup(waffles.sitting, cast.alice)
    client = sign_in(Client(), waffles.manager)
    path = f"/events/sittings/{waffles.sitting.key}/check-in/"

    def page(at: dt.datetime) -> tuple[bool, str]:
        at_noon.move_to(at)
        answer = client.get(path)
        assert "no-store" in answer.headers["Cache-Control"]
        words = answer.content.decode()
        count = re.search(r'data-testid="came-count"><b>(\d+)', words)
        assert count
        return 'class="qr"' in words, count[1]

    assert page(NOON - 30 * MINUTE - SECOND) == (False, "1")
    assert page(NOON - 30 * MINUTE) == (True, "1")
    assert page(NOON + 30 * MINUTE - SECOND) == (True, "1")
    assert page(NOON + 30 * MINUTE) == (False, "1")
    at_noon.move_to(NOON)
    # Only the part is sent when the page asks for the next square; nobody is named.
    part = client.get(path, headers={"hx-request": "true"}).content.decode()
    assert part.startswith('<div class="door"')
    assert "Bob" not in client.get(path).content.decode()
    Event.objects.update(cancelled_at=NOON)
    assert page(NOON) == (False, "1")


# --- being here -----------------------------------------------------------------------------------


def test_whoever_has_a_place_checks_in_with_two_touches(
    waffles: WaffleFriday, cast: Cast, at_noon: Any, as_bob: Client
) -> None:
    mine = factories.make_signup(waffles.sitting, cast.bob)
    factories.make_signup(waffles.sitting, cast.alice)
    path = path_of(waffles)
    page = as_bob.get(path)
    assert (page.status_code, 'data-testid="check-in"' in page.content.decode()) == (200, True)
    # Looking notes nothing: phones open addresses before one has decided.
    mine.refresh_from_db()
    assert mine.came_at is None
    answer = as_bob.post(path, follow=True)
    assert 'data-testid="checked-in"' in answer.content.decode()
    mine.refresh_from_db()
    assert mine.came_at == NOON
    assert came(waffles.sitting) == (1, 2)


def test_second_scan_changes_nothing(waffles: WaffleFriday, cast: Cast) -> None:
    factories.make_signup(waffles.sitting, cast.bob)
    check_in(sitting=waffles.sitting, by=cast.bob, at=NOON)
    again = check_in(sitting=waffles.sitting, by=cast.bob, at=NOON + MINUTE)
    assert again.came_at == NOON
    assert came(waffles.sitting) == (1, 1)


def test_sign_in_comes_first_and_leads_back(waffles: WaffleFriday, at_noon: Any) -> None:
    path = path_of(waffles)
    answer = Client().get(path)
    assert (answer.status_code, answer.headers["Location"]) == (
        302,
        f"/accounts/login/?next={path}",
    )


def test_photo_of_the_sign_is_soon_worth_nothing(
    waffles: WaffleFriday, cast: Cast, at_noon: Any, as_bob: Client
) -> None:
    factories.make_signup(waffles.sitting, cast.bob)
    path = path_of(waffles)
    at_noon.move_to(NOON + 6 * MINUTE)
    assert (as_bob.get(path).status_code, as_bob.post(path).status_code) == (410, 410)
    assert SignUp.objects.get().came_at is None


def test_whoever_came_still_sees_it_when_the_sign_is_old(
    waffles: WaffleFriday, cast: Cast, at_noon: Any, as_bob: Client, as_alice: Client
) -> None:
    for person in (cast.alice, cast.bob):
        factories.make_signup(waffles.sitting, person)
    path = path_of(waffles)
    at_noon.move_to(NOON + 6 * MINUTE - SECOND)
    assert as_bob.post(path).status_code == 302
    # Their phone follows a second later.
    at_noon.move_to(NOON + 6 * MINUTE)
    assert 'data-testid="checked-in"' in as_bob.get(path).content.decode()
    assert as_alice.get(path).status_code == 410
    assert as_bob.get("/events/here/%00/").status_code == 410


def test_whoever_is_not_invited_finds_nothing(
    waffles: WaffleFriday, cast: Cast, at_noon: Any, as_charlie: Client
) -> None:
    Invitation.objects.create(series=waffles.series, site=cast.trondheim)
    path = path_of(waffles)
    assert (as_charlie.get(path).status_code, as_charlie.post(path).status_code) == (404, 404)
    assert SignUp.objects.count() == 0


def test_whoever_has_no_place_gets_a_free_one_also_after_closing(
    waffles: WaffleFriday, cast: Cast
) -> None:
    Sitting.objects.update(closes_at=NOON - HOUR)
    place = check_in(sitting=waffles.sitting, by=cast.bob, at=NOON)
    assert (place.state, place.placed_at, place.came_at) == ("placed", NOON, NOON)
    assert Sitting.objects.get().taken_count == 1


def test_full_sitting_takes_nobody_more(
    waffles: WaffleFriday, cast: Cast, at_noon: Any, as_bob: Client
) -> None:
    factories.make_signup(waffles.sitting, cast.alice)
    factories.make_signup(waffles.sitting, cast.keeper)
    answer = as_bob.post(path_of(waffles))
    assert answer.status_code == 422
    assert 'data-testid="check-in-refused"' in answer.content.decode()
    assert SignUp.objects.filter(person=cast.bob).count() == 0
    assert Sitting.objects.get().taken_count == 2


def test_whoever_is_offered_a_place_takes_it(waffles: WaffleFriday, cast: Cast) -> None:
    mine = factories.make_signup(
        waffles.sitting, cast.bob, state="offered", offered_at=NOON, offer_until=NOON + HOUR
    )
    factories.make_signup(waffles.sitting, cast.alice)
    check_in(sitting=waffles.sitting, by=cast.bob, at=NOON)
    mine.refresh_from_db()
    assert (mine.state, mine.came_at) == ("placed", NOON)
    assert Sitting.objects.get().taken_count == 2


def test_whoever_waits_gets_a_free_place(waffles: WaffleFriday, cast: Cast) -> None:
    mine = factories.make_signup(waffles.sitting, cast.bob, state="waiting")
    check_in(sitting=waffles.sitting, by=cast.bob, at=NOON)
    mine.refresh_from_db()
    assert (mine.state, mine.came_at, Sitting.objects.get().taken_count) == ("placed", NOON, 1)


def test_place_at_another_time_is_left_first(waffles: WaffleFriday, cast: Cast) -> None:
    later = factories.make_sitting(waffles.event, site=cast.trondheim, starts=dt.time(14))
    mine = factories.make_signup(later, cast.bob)
    with pytest.raises(ValidationError):
        check_in(sitting=waffles.sitting, by=cast.bob, at=NOON)
    # Only waiting elsewhere holds nobody back.
    SignUp.objects.filter(pk=mine.pk).update(state="waiting")
    check_in(sitting=waffles.sitting, by=cast.bob, at=NOON)
    mine.refresh_from_db()
    assert (mine.state, mine.left_at) == ("left", NOON)
    assert came(waffles.sitting) == (1, 1)


def test_helper_who_eats_too_counts_once(waffles: WaffleFriday, cast: Cast) -> None:
    factories.make_signup(waffles.sitting, cast.bob)
    factories.make_signup(waffles.sitting, cast.bob, job=factories.make_job(waffles.sitting))
    check_in(sitting=waffles.sitting, by=cast.bob, at=NOON)
    assert came_to(waffles.sitting) == Came(came=1, expected=1)
    assert SignUp.objects.filter(came_at=NOON).count() == 2


@pytest.mark.parametrize(
    ("at", "facts"),
    [
        (NOON - 30 * MINUTE - SECOND, {}),
        (NOON + 30 * MINUTE, {}),
        (NOON, {"cancelled_at": NOON - HOUR}),
    ],
)
def test_nobody_checks_in_to_what_is_not_held_now(
    waffles: WaffleFriday, cast: Cast, at: dt.datetime, facts: dict[str, Any]
) -> None:
    mine = factories.make_signup(waffles.sitting, cast.bob)
    Sitting.objects.update(**facts)
    with pytest.raises(ValidationError):
        check_in(sitting=waffles.sitting, by=cast.bob, at=at)
    mine.refresh_from_db()
    assert mine.came_at is None


def test_checking_in_asks_little(
    waffles: WaffleFriday, cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for person in (cast.alice, cast.bob):
        factories.make_signup(waffles.sitting, person)
        # A savepoint and back, whether a place is held, the sitting, one's own rows, the stamp.
        with django_assert_num_queries(6):
            check_in(sitting=waffles.sitting, by=person, at=NOON)


@pytest.mark.django_db(transaction=True)
def test_crowd_at_the_door_gets_no_more_than_the_places(waffles: WaffleFriday, cast: Cast) -> None:
    crowd = [people.make_person(f"Nr{number}", unit=cast.team) for number in range(6)]

    def enter(person: Person) -> bool:
        try:
            check_in(sitting=waffles.sitting, by=person, at=NOON)
        except ValidationError:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(6) as pool:
        let_in = list(pool.map(enter, crowd + crowd))
    assert sum(let_in) == 4
    assert came(waffles.sitting) == (2, 2)
    assert Sitting.objects.get().taken_count == 2
