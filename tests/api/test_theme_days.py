"""Theme days over the API."""

from collections.abc import Callable
from typing import Any

import pytest

from engagement.api.models import Scope
from engagement.people.models import Person, Site
from engagement.themes.models import ThemeDay
from tests.api.conftest import ApiClient, give_role
from tests.themes.factories import make_theme_day

NEW = {
    "name_nb": "Påske", "name_en": "Easter", "look": "easter", "rule": "easter", "offset": -3,
    "days_count": 5, "is_on": True,
}  # fmt: skip


@pytest.fixture
def hr(alice: Person, as_person: Callable[..., ApiClient]) -> ApiClient:
    give_role(alice, "hr")
    return as_person(alice)


def test_days_are_told_with_their_dates_of_the_year(
    as_person: Callable[..., ApiClient], bob: Person, trondheim: Site
) -> None:
    make_theme_day("Påske", look="easter", rule="easter", offset=-3, days_count=5)
    make_theme_day("En gang", rule="date", starts_on="2026-09-04", sites=(trondheim,), position=1)
    client = as_person(bob)
    told = {year: client.call("GET", f"theme-days?year={year}").json() for year in (2026, 2027)}
    dates = {
        year: [(one["name_nb"], one["dates"]) for one in page["results"]]
        for year, page in told.items()
    }
    assert dates == {
        2026: [
            ("Påske", {"first": "2026-04-02", "last": "2026-04-06"}),
            ("En gang", {"first": "2026-09-04", "last": "2026-09-04"}),
        ],
        2027: [("Påske", {"first": "2027-03-25", "last": "2027-03-29"}), ("En gang", None)],
    }
    sites = told[2026]["results"][1]["sites"]
    assert sites == [{"id": trondheim.key, "name": trondheim.name}]


@pytest.mark.parametrize("year", ["x", "1", "2101", "2027.0", "%00"])
def test_odd_year_is_told_of(as_person: Callable[..., ApiClient], bob: Person, year: str) -> None:
    assert as_person(bob).call("GET", f"theme-days?year={year}").status_code == 400


def test_planner_creates_changes_and_removes(hr: ApiClient, trondheim: Site) -> None:
    made = hr.call("POST", "theme-days", NEW)
    assert made.status_code == 201
    key = made.json()["id"]
    assert made.headers["Location"].endswith(f"/api/v1/theme-days/{key}")
    changed = hr.call("PATCH", f"theme-days/{key}", {"sites": [trondheim.key], "is_on": False})
    assert changed.status_code == 200
    assert (changed.json()["is_on"], changed.json()["offset"]) == (False, -3)
    assert [site["id"] for site in changed.json()["sites"]] == [trondheim.key]
    # What is left out stays.
    assert hr.call("PATCH", f"theme-days/{key}", {"offset": 0}).json()["sites"] != []
    assert hr.call("DELETE", f"theme-days/{key}").status_code == 204
    assert hr.call("GET", f"theme-days/{key}").status_code == 404


def test_same_idempotency_key_plans_once(hr: ApiClient) -> None:
    for _ in range(2):
        answer = hr.call("POST", "theme-days", NEW, Idempotency_Key="one")
        assert answer.status_code == 201
    assert ThemeDay.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "member"),
    [
        ({"look": "x"}, "look"),
        ({"look": "../../x"}, "look"),
        ({"rule": "fixed", "month": 2, "day": 31}, "day"),
        ({"rule": "date"}, "starts_on"),
        ({"offset": "1"}, "offset"),
        ({"name_nb": "x" * 10_000}, "name_nb"),
        ({"greeting_nb": "Hurra!"}, "greeting_nb"),
        ({"sites": ["t0"]}, "sites"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_wrong_member_is_named(hr: ApiClient, changes: dict[str, Any], member: str) -> None:
    answer = hr.call("POST", "theme-days", NEW | changes)
    assert answer.status_code == 400
    assert member in str(answer.json()["errors"])
    assert ThemeDay.objects.count() == 0


def test_everybody_reads_and_only_planners_write(
    as_person: Callable[..., ApiClient], bob: Person
) -> None:
    key = make_theme_day().key
    client = as_person(bob)
    assert client.call("GET", f"theme-days/{key}").status_code == 200
    assert client.call("POST", "theme-days", NEW).status_code == 403
    assert client.call("PATCH", f"theme-days/{key}", {"is_on": False}).status_code == 403
    assert client.call("DELETE", f"theme-days/{key}").status_code == 403


def test_token_needs_the_scope(alice: Person, as_person: Callable[..., ApiClient]) -> None:
    give_role(alice, "hr")
    client = as_person(alice, Scope.THEME_DAYS_READ)
    assert client.call("GET", "theme-days").status_code == 200
    assert client.call("POST", "theme-days", NEW).status_code == 403
