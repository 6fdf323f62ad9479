"""What the sign-in page and error pages wear, and that neither needs it."""

import datetime as dt
from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import OperationalError, connection
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from engagement.http import errors
from engagement.themes import calendar
from engagement.themes.calendar import current_plan, forget_plan
from tests import factories
from tests.conftest import Cast, sign_in
from tests.themes.factories import make_theme_day

OSLO = ZoneInfo("Europe/Oslo")
NOON = dt.datetime(2027, 2, 14, 12, tzinfo=OSLO)
SIGN_IN = "/accounts/login/"


@pytest.fixture(autouse=True)
def on_the_day() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def look_of(answer: HttpResponse | Any) -> str:
    page = answer.content.decode()
    head = page[page.index("<html") : page.index("<head>")]
    return head.split("is-theme-")[1].split('"')[0] if "is-theme-" in head else ""


def broken(*args: Any) -> Any:
    raise OperationalError("gone")


# --- Sign-in --------------------------------------------------------------------------------------


def test_sign_in_page_wears_a_day_of_the_whole_company_and_not_the_day_after(
    cast: Cast, client: Client, on_the_day: time_machine.Traveller
) -> None:
    make_theme_day()
    assert look_of(client.get(SIGN_IN)) == "valentine"
    on_the_day.shift(dt.timedelta(days=1))
    assert look_of(client.get(SIGN_IN)) == ""


def test_sign_in_page_wears_nothing_of_one_site_and_tells_no_name(
    cast: Cast, client: Client
) -> None:
    make_theme_day("Trondheimsdagen", sites=(cast.trondheim,))
    answer = client.get(SIGN_IN)
    assert look_of(answer) == ""
    assert "Trondheimsdagen" not in answer.content.decode()


def test_sign_in_page_wears_the_companys_day_where_a_site_has_its_own(
    cast: Cast, client: Client
) -> None:
    make_theme_day()
    make_theme_day("Trondheimsdagen", look="sami", sites=(cast.trondheim,))
    assert look_of(client.get(SIGN_IN)) == "valentine"


def test_sign_in_page_stands_a_database_that_is_away(
    db: None, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    forget_plan()
    monkeypatch.setattr(calendar, "_read", broken)
    answer = client.get(SIGN_IN)
    assert (answer.status_code, look_of(answer)) == (200, "")


def test_page_of_a_screen_asks_nothing_for_a_day(db: None, client: Client) -> None:
    make_theme_day()
    with CaptureQueriesContext(connection) as asked:
        assert client.get("/screen/").status_code == 200
    assert len(asked) == 0


def test_page_that_browsers_keep_wears_nothing(db: None, client: Client) -> None:
    make_theme_day()
    assert look_of(client.get("/offline/")) == ""


# --- Errors ---------------------------------------------------------------------------------------


def test_error_page_wears_the_day_and_asks_nothing_for_it(cast: Cast) -> None:
    make_theme_day()
    as_alice = sign_in(Client(), cast.alice)
    with CaptureQueriesContext(connection) as plain:
        undressed = as_alice.get("/kudos/k00000000000000/")
    assert (undressed.status_code, look_of(undressed)) == (404, "")  # not known without asking
    current_plan()
    with CaptureQueriesContext(connection) as dressed:
        answer = as_alice.get("/kudos/k00000000000000/")
    assert (answer.status_code, look_of(answer)) == (404, "valentine")
    assert len(dressed) == len(plain)
    refused = as_alice.get("/theme-days/new/")
    assert (refused.status_code, look_of(refused)) == (403, "valentine")


def test_error_page_goes_by_the_site_when_that_is_known(cast: Cast) -> None:
    vilnius = factories.make_site("Vilnius", timezone="Europe/Vilnius")
    team = factories.make_unit("Team Neris", parent=cast.department, site=vilnius)
    lina = factories.make_person("Lina", "Kazlauskas", unit=team)
    make_theme_day(sites=(vilnius,))
    current_plan()
    as_lina, as_alice = sign_in(Client(), lina), sign_in(Client(), cast.alice)
    assert look_of(as_lina.get("/nothing/")) == ""
    for client in (as_lina, as_alice):
        client.get("/")  # any page learns where its reader works
    assert look_of(as_lina.get("/nothing/")) == "valentine"
    assert look_of(as_alice.get("/nothing/")) == ""
    assert look_of(Client().get("/nothing/")) == ""


def test_page_about_our_own_trouble_wears_nothing_and_needs_nobody() -> None:
    """No database in this test: whoever asks it fails here."""

    def dress() -> Any:
        raise AssertionError("asked")

    request = RequestFactory(headers={"accept": "text/html"}).get("/kudos/")
    request.dress = dress  # type: ignore[attr-defined]
    assert look_of(errors.server_error(request)) == ""
    assert look_of(errors.unavailable(request, retry_after=5)) == ""


def test_error_page_stands_a_dress_that_fails() -> None:
    request = RequestFactory(headers={"accept": "text/html"}).get("/kudos/")
    request.dress = broken  # type: ignore[attr-defined]
    answer = errors.page_not_found(request)
    assert (answer.status_code, look_of(answer)) == (404, "")
    assert 'data-testid="error-page"' in answer.content.decode()
