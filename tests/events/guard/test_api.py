"""Shift rosters for programs."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import time_machine

from engagement.people.models import Person, Site, Unit
from events.models import HeadCount, RosterDay, RosterShift
from tests.api.conftest import *  # noqa: F403
from tests.api.conftest import ApiClient, give_role

AsPerson = Callable[..., ApiClient]
NOW = dt.datetime(2026, 11, 23, 9, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def today() -> object:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def planner(as_person: AsPerson, alice: Person, trondheim: Site) -> ApiClient:
    give_role(alice, "site_manager", site=trondheim)
    return as_person(alice)


def shift(day: int, starts: int = 7, ends: int = 15) -> dict[str, str]:
    return {
        "starts_at": f"2026-11-{day}T{starts:02}:00:00Z",
        "ends_at": f"2026-11-{day}T{ends:02}:00:00Z",
    }


def period(*people: Any, first: int = 27, last: int = 28) -> dict[str, Any]:
    return {"first": f"2026-11-{first}", "last": f"2026-11-{last}", "people": list(people)}


def test_period_is_set_once_and_read_back(planner: ApiClient, bob: Person) -> None:
    body = period({"person": bob.key, "shifts": [shift(27)]})
    assert planner.call("PUT", "shifts/period", body).json() == {
        "changed": 2, "unchanged": 0, "passed": 0, "unknown": [],
    }  # fmt: skip
    assert planner.call("PUT", "shifts/period", body).json()["changed"] == 0
    days = planner.call("GET", "shifts").json()["results"]
    moments = {"starts_at": "2026-11-27T07:00:00Z", "ends_at": "2026-11-27T15:00:00Z"}
    assert days == [
        {"person": bob.key, "day": "2026-11-27", "shifts": [moments]},
        {"person": bob.key, "day": "2026-11-28", "shifts": []},
    ]


def test_person_is_named_by_number_and_the_unknown_are_left_out(
    planner: ApiClient, bob: Person, charlie: Person
) -> None:
    body = period(
        {"employee_number": bob.employee_number, "employer": bob.employer.key, "shifts": []},
        {"person": charlie.key, "shifts": [shift(27)]},
        {"employee_number": "999", "shifts": []},
        {"shifts": []},
    )
    answer = planner.call("PUT", "shifts/period", body).json()
    assert (answer["changed"], answer["unknown"]) == (2, ["#/people/1", "#/people/2", "#/people/3"])
    assert not RosterDay.objects.filter(person=charlie).exists()


@pytest.mark.parametrize(
    ("shifts", "pointer", "code"),
    [
        ([shift(27), shift(27, 14, 20)], "#/people/0/shifts/1", "shifts_overlap"),
        ([shift(27, 15, 7)], "#/people/0/shifts/0", "shift_ends_first"),
        ([shift(27, 0, 23)], "#/people/0/shifts/0", "shift_too_long"),
        ([shift(26)], "#/people/0/shifts/0", "outside_period"),
        (
            [{"starts_at": "2026-11-27T07:00", "ends_at": "x"}],
            "#/people/0/shifts/0/starts_at",
            None,
        ),
        ([{"starts_at": "0001-01-01T00:00:00Z", "ends_at": "9999-12-31T23:59:59Z"}], None, None),
    ],
)
def test_shift_that_cannot_be_is_pointed_at(
    planner: ApiClient, bob: Person, shifts: Any, pointer: str | None, code: str | None
) -> None:
    answer = planner.call("PUT", "shifts/period", period({"person": bob.key, "shifts": shifts}))
    assert answer.status_code == 400
    mistake = answer.json()["errors"][0]
    assert mistake["pointer"] == (pointer or mistake["pointer"])
    assert mistake["code"] == (code or mistake["code"])
    assert not RosterDay.objects.exists()


@pytest.mark.parametrize(
    ("first", "last"),
    [("2026-11-28", "2026-11-27"), ("2026-11-27", "2027-11-27"), ("9999-12-30", "9999-12-31"),
     ("0001-01-01", "0001-01-02")],
)  # fmt: skip
def test_period_that_cannot_be_is_refused(
    planner: ApiClient, bob: Person, first: str, last: str
) -> None:
    body = period({"person": bob.key, "shifts": []}) | {"first": first, "last": last}
    answer = planner.call("PUT", "shifts/period", body)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "#/last")


def test_people_read_their_own_and_planners_those_of_their_site(
    planner: ApiClient, as_person: AsPerson, bob: Person, charlie: Person, nordlys: Unit
) -> None:
    for person in (bob, charlie):
        RosterDay.objects.create(person=person, day=dt.date(2026, 11, 27))
    RosterDay.objects.create(person=bob, day=dt.date(2026, 11, 20))

    def read(client: ApiClient, query: str = "") -> list[tuple[str, str]]:
        found = client.call("GET", f"shifts{query}").json()["results"]
        return [(one["person"], one["day"]) for one in found]

    assert read(planner) == [(bob.key, "2026-11-27")]
    assert read(as_person(bob)) == [(bob.key, "2026-11-27")]
    assert read(as_person(charlie)) == [(charlie.key, "2026-11-27")]
    assert read(as_person(charlie), f"?person={bob.key}") == []
    assert read(as_person(bob), f"?unit={nordlys.key}") == []
    assert read(planner, f"?unit={nordlys.key}&first=2026-11-01&last=2026-11-21") == [
        (bob.key, "2026-11-20")
    ]


def test_who_plans_nothing_sends_nothing(as_person: AsPerson, bob: Person, nordlys: Unit) -> None:
    client = as_person(bob)
    assert client.call("PUT", "shifts/period", period({"shifts": []})).status_code == 403
    assert client.call("GET", f"shifts/head-counts?unit={nordlys.key}").status_code == 403
    body = {"unit": nordlys.key, "first": "2026-11-27", "last": "2026-11-27", "counts": []}
    assert client.call("PUT", "shifts/head-counts", body).status_code == 403


def test_scopes_are_needed(as_person: AsPerson, alice: Person) -> None:
    give_role(alice, "administrator")
    reader, writer = as_person(alice, "shifts:read"), as_person(alice, "shifts:write")
    assert reader.call("GET", "shifts").status_code == 200
    assert writer.call("GET", "shifts").status_code == 403
    assert reader.call("PUT", "shifts/period", period({"shifts": []})).status_code == 403


def test_head_counts_are_set_once_and_read_back(
    planner: ApiClient, nordlys: Unit, company: Unit, mjosa: Unit
) -> None:
    body = {
        "unit": nordlys.key, "first": "2026-11-27", "last": "2026-11-27",
        "counts": [{**shift(27, 7, 8), "count": 11}],
    }  # fmt: skip
    assert planner.call("PUT", "shifts/head-counts", body).json()["changed"] == 1
    assert planner.call("PUT", "shifts/head-counts", body).json()["changed"] == 0
    read = planner.call("GET", f"shifts/head-counts?unit={nordlys.key}").json()
    assert [one["count"] for one in read["counts"]] == [11]
    for wrong in ({"count": -1}, {"count": "1"}, {"starts_at": "2026-11-27T07:05:00Z"}):
        sent = body | {"counts": [body["counts"][0] | wrong]}  # type: ignore[operator]
        assert planner.call("PUT", "shifts/head-counts", sent).status_code == 400
    for unit, status in ((company, 400), (mjosa, 403)):
        assert (
            planner.call("PUT", "shifts/head-counts", body | {"unit": unit.key}).status_code
            == status
        )
    assert HeadCount.objects.count() == 1
    assert not RosterShift.objects.exists()
