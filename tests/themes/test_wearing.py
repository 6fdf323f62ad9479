"""What a day does to pages, cards and walls, and that it is gone the day after."""

import datetime as dt
from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from engagement import times
from engagement.people.models import RoleAssignment
from engagement.themes import preview
from engagement.wallboards import queries as walls
from engagement.wallboards.access import digest
from engagement.wallboards.models import Board, Screen
from kudos import actions
from kudos.forms import GiveForm
from kudos.models import Kudos
from tests import factories
from tests.conftest import Cast, sign_in
from tests.themes.factories import make_theme_day

OSLO = ZoneInfo("Europe/Oslo")
NOON = dt.datetime(2027, 2, 14, 12, tzinfo=OSLO)
DAY = dt.timedelta(days=1)


@pytest.fixture
def on_the_day() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def give(cast: Cast, look: str, at: dt.datetime = NOON, **facts: Any) -> Kudos:
    return actions.give_kudos(
        by=cast.alice, to=[cast.bob], message="Takk", value=None, audience="company",
        wants_wall=False, look=look, at=at, **facts,
    )  # fmt: skip


def looks_offered(cast: Cast, **facts: Any) -> list[str]:
    return [key for key, _name in GiveForm(giver=cast.alice, **facts).fields["look"].choices]


def test_page_wears_the_day_and_nothing_of_it_the_day_after(
    cast: Cast, on_the_day: time_machine.Traveller
) -> None:
    make_theme_day(greeting_nb="Si noe fint")
    as_alice = sign_in(Client(), cast.alice)
    page = as_alice.get("/").content.decode()
    assert '<html lang="nb" class="is-theme-valentine">' in page
    assert "Si noe fint" in page
    assert 'class="is-theme-valentine"' in as_alice.get("/kudos/").content.decode()
    on_the_day.shift(DAY)
    page = sign_in(Client(), cast.alice).get("/").content.decode()
    assert "is-theme-" not in page
    assert "Si noe fint" not in page


def test_greeting_is_in_the_readers_language(
    cast: Cast, on_the_day: time_machine.Traveller
) -> None:
    make_theme_day(greeting_nb="Si noe fint", greeting_en="Say something kind")
    cast.bob.language = "en"
    cast.bob.save()
    page = sign_in(Client(), cast.bob).get("/").content.decode()
    assert "Say something kind" in page
    assert "Si noe fint" not in page


def test_card_of_the_day_is_offered_on_its_day_only(
    cast: Cast, on_the_day: time_machine.Traveller
) -> None:
    make_theme_day()
    assert looks_offered(cast)[:2] == ["plain", "valentine"]
    on_the_day.shift(DAY)
    assert "valentine" not in looks_offered(cast)


def test_card_of_the_day_is_given_and_keeps_its_look(
    cast: Cast, on_the_day: time_machine.Traveller
) -> None:
    make_theme_day()
    as_alice = sign_in(Client(), cast.alice)
    facts = {"to": cast.bob.key, "message": "Takk", "audience": "company", "look": "valentine"}
    assert as_alice.post("/kudos/give/", facts).status_code == 302
    kudos = Kudos.objects.get()
    assert kudos.look == "valentine"
    on_the_day.shift(30 * DAY)
    for client in (sign_in(Client(), cast.alice), sign_in(Client(), cast.bob)):
        assert "look look-valentine" in client.get("/kudos/").content.decode()
        assert "look look-valentine" in client.get(f"/kudos/{kudos.key}/").content.decode()


def test_card_of_another_day_is_refused_with_a_word_beside_it(
    cast: Cast, on_the_day: time_machine.Traveller
) -> None:
    make_theme_day()
    with pytest.raises(ValidationError) as refused:
        give(cast, "lucia")
    assert list(refused.value.message_dict) == ["look"]
    facts = {"to": cast.bob.key, "message": "Takk", "audience": "company", "look": "lucia"}
    answer = sign_in(Client(), cast.alice).post("/kudos/give/", facts)
    assert answer.status_code == 422
    assert list(answer.context["give_form"].errors) == ["look"]
    assert Kudos.objects.count() == 0


def test_box_open_over_midnight_still_gives_the_card_that_it_offered(cast: Cast) -> None:
    make_theme_day()
    midnight = dt.datetime(2027, 2, 15, tzinfo=OSLO)
    assert give(cast, "valentine", midnight + dt.timedelta(minutes=20)).look == "valentine"
    with pytest.raises(ValidationError):
        give(cast, "valentine", midnight + dt.timedelta(hours=2))


def test_card_planned_for_a_day_may_have_its_look(cast: Cast) -> None:
    make_theme_day()
    with time_machine.travel(NOON - 10 * DAY, tick=False):
        assert "valentine" in looks_offered(cast, initial={"release_at": NOON})
    kudos = give(cast, "valentine", NOON - 10 * DAY, release_at=NOON)
    assert (kudos.look, kudos.show_from) == ("valentine", NOON)
    with pytest.raises(ValidationError):
        give(cast, "valentine", NOON - 10 * DAY, release_at=NOON - 5 * DAY)


def screen_on(board: Board, keeper: Any) -> Screen:
    return Screen.objects.create(
        name="TV", board=board, key_hash=board.name, paired_at=NOON, paired_by=keeper,
        last_seen_at=NOON,
    )  # fmt: skip


def test_wall_is_told_by_the_clock_and_place_where_it_hangs(cast: Cast) -> None:
    vilnius = factories.make_site("Vilnius", timezone="Europe/Vilnius")
    neris = factories.make_unit("Team Neris", parent=cast.department, site=vilnius)
    make_theme_day("Frihetsdagen", look="easter", day=16, sites=(vilnius,))
    make_theme_day(greeting_nb="Si noe fint", greeting_en="Say something kind")
    told = {}
    for name, facts in (
        ("all", {}), ("site", {"site": vilnius}), ("unit", {"unit": neris}),
        ("trondheim", {"site": cast.trondheim, "language": "en"}),
    ):  # fmt: skip
        board = Board.objects.create(name=name, **facts)
        days = walls.board_as_dict(screen_on(board, cast.keeper), at=NOON)["days"]
        told[name] = [(one["look"], one["greeting"]) for one in days]
    assert told == {
        "all": [("valentine", "Si noe fint")],
        "site": [("valentine", "Si noe fint"), ("easter", "Frihetsdagen")],
        "unit": [("valentine", "Si noe fint"), ("easter", "Frihetsdagen")],
        "trondheim": [("valentine", "Say something kind")],
    }


def test_feed_tells_the_wall_its_days(
    cast: Cast, on_the_day: time_machine.Traveller, client: Client
) -> None:
    make_theme_day()
    board = Board.objects.create(name="Kantina", site=cast.trondheim)
    screen = screen_on(board, cast.keeper)
    screen.key_hash = digest("secret")
    screen.save()
    client.cookies["vaffel_screen"] = "secret"
    days = client.get("/screen/feed").json()["board"]["days"]
    assert days == [
        {
            "from": times.milliseconds(dt.datetime(2027, 2, 14, tzinfo=OSLO)),
            "until": times.milliseconds(dt.datetime(2027, 2, 15, tzinfo=OSLO)),
            "look": "valentine",
            "name": "Valentinsdagen",
            "greeting": "Valentinsdagen",
        }
    ]


def test_planner_sees_everything_as_on_the_day_until_it_ends_by_itself(cast: Cast) -> None:
    hr = factories.make_person("Hanne", "HR", unit=cast.department)
    day = make_theme_day(is_on=False)
    with time_machine.travel(NOON - 10 * DAY, tick=False) as traveller:
        factories.give_role(hr, RoleAssignment.Role.HR)
        as_hr, as_alice = sign_in(Client(), hr), sign_in(Client(), cast.alice)
        assert as_hr.post(f"/theme-days/{day.key}/wear/").status_code == 302
        for address in ("/", "/kudos/", "/events/"):
            page = as_hr.get(address).content.decode()
            assert "is-theme-valentine" in page
            assert 'data-testid="theme-bar"' in page
        assert "is-theme-" not in as_alice.get("/").content.decode()
        traveller.shift(preview.LASTS)
        assert "is-theme-" not in as_hr.get("/").content.decode()


def test_planner_leaves_the_preview(cast: Cast) -> None:
    day = make_theme_day(is_on=False)
    as_admin = sign_in(Client(), cast.admin)
    as_admin.post(f"/theme-days/{day.key}/wear/")
    assert 'data-testid="theme-bar"' in as_admin.get("/").content.decode()
    answer = as_admin.post("/theme-days/leave/", {"next": "https://elsewhere.example/"})
    assert answer.headers["Location"] == "/theme-days/"
    assert 'data-testid="theme-bar"' not in as_admin.get("/").content.decode()


def test_preview_ends_with_the_right_to_plan(cast: Cast) -> None:
    day = make_theme_day(is_on=False)
    as_admin = sign_in(Client(), cast.admin)
    as_admin.post(f"/theme-days/{day.key}/wear/")
    RoleAssignment.objects.filter(person=cast.admin).delete()
    assert "is-theme-" not in as_admin.get("/").content.decode()


@pytest.mark.parametrize("themed", [False, True])
def test_today_asks_no_more_for_being_dressed(
    cast: Cast, themed: bool, on_the_day: time_machine.Traveller
) -> None:
    as_alice = sign_in(Client(), cast.alice)
    as_alice.get("/")
    with CaptureQueriesContext(connection) as plain:
        as_alice.get("/")
    make_theme_day(is_on=themed)
    as_alice.get("/")
    with CaptureQueriesContext(connection) as dressed:
        as_alice.get("/")
    assert len(dressed) == len(plain)
