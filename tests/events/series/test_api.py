"""The resource `events`: the same actions and rights as in the browser."""

import datetime as dt
import json
from typing import Any

import pytest
import time_machine
from django.test import Client

from engagement.api.actions import create_token
from engagement.api.models import Scope
from engagement.api.tokens import new_secret
from engagement.people.models import Person
from events.models import Event, Series
from tests.conftest import Cast
from tests.events.factories import FRIDAY, make_signup
from tests.events.series.plans import MONDAY, make_waffles
from tests.events.series.test_planning import event_of, sitting_of

NEXT = FRIDAY + dt.timedelta(days=7)
LAST = FRIDAY + dt.timedelta(days=14)


class Api:
    """A program that acts as ``person``."""

    def __init__(self, person: Person, admin: Person) -> None:
        scopes = [Scope.EVENTS_READ, Scope.EVENTS_WRITE]
        self.secret = new_secret()
        create_token(
            person=person, name="t", scopes=scopes, secret=self.secret, by=admin, at=MONDAY
        )

    def call(self, method: str, path: str, body: Any = None) -> Any:
        headers = {"Authorization": f"Bearer {self.secret}", "Accept-Language": "en"}
        if method == "POST":
            headers["Idempotency-Key"] = "k" + str(hash(json.dumps([path, body], default=str)))
        data = b"" if body is None else json.dumps(body).encode()
        return Client().generic(
            method, f"/api/v1/{path}", data, content_type="application/json", headers=headers
        )


@pytest.fixture(autouse=True)
def monday() -> Any:
    with time_machine.travel(MONDAY, tick=False):
        yield


@pytest.fixture
def api(cast: Cast, manager: Person) -> Api:
    return Api(manager, cast.admin)


def new(cast: Cast, **facts: Any) -> dict[str, Any]:
    sitting = {"site": cast.trondheim.key, "starts": "12:00", "ends": "12:30", "capacity": 20}
    return {
        "title": "Vaffelfredag", "day": "2026-11-27", "rule": "FREQ=WEEKLY;BYDAY=FR",
        "sittings": [sitting], "jobs": [{"name": "Steking", "hands": 2}],
        "invited": [cast.trondheim.key],
    } | facts  # fmt: skip


def test_event_is_made_read_changed_and_cancelled(api: Api, cast: Cast) -> None:
    answer = api.call("POST", "events", new(cast))
    assert answer.status_code == 201, answer.content
    made = answer.json()
    [sitting] = made["sittings"]
    assert (made["title"], made["day"], made["rule"], sitting["starts_at"], sitting["taken"]) == (
        "Vaffelfredag", "2026-11-27", "FREQ=WEEKLY;BYDAY=FR", "2026-11-27T11:00:00Z", 0
    )  # fmt: skip
    assert made["invited"] == [{"id": cast.trondheim.key, "name": "Trondheim", "kind": "site"}]
    assert answer.headers["Location"].endswith(f"/api/v1/events/{made['id']}")
    later = Event.objects.get(rule_day=NEXT).key
    changed = api.call("PATCH", f"events/{later}", {"scope": "following", "title": "Vafler"})
    assert (changed.status_code, changed.json()["title"]) == (200, "Vafler")
    assert changed.json()["series"] != made["series"]
    kept = {"site": cast.trondheim.key, "starts": "12:00", "ends": "12:45", "capacity": 15}
    longer = api.call("PATCH", f"events/{made['id']}", {"sittings": [kept]}).json()
    assert [(one["id"], one["ends_at"], one["capacity"]) for one in longer["sittings"]] == [
        (sitting["id"], "2026-11-27T11:45:00Z", 15)
    ]
    gone = api.call("POST", f"events/{made['id']}/cancel", {"reason": "Jernet er ødelagt"})
    assert (gone.status_code, gone.json()["cancel_reason"]) == (200, "Jernet er ødelagt")
    again = api.call("POST", f"events/{made['id']}/cancel", {"reason": "Igjen"})
    assert (again.status_code, again.headers["Content-Type"]) == (400, "application/problem+json")


def test_list_is_of_a_period_and_never_of_others(
    api: Api, series: Series, cast: Cast, manager: Person
) -> None:
    def days(query: str, caller: Api = api) -> list[str]:
        answer = caller.call("GET", f"events{query}")
        assert answer.status_code == 200, answer.content
        return [one["day"] for one in answer.json()["results"]]

    assert days("") == ["2026-11-27", "2026-12-04", "2026-12-11", "2026-12-18"]
    assert days("?from=2026-12-01&to=2026-12-11") == ["2026-12-04", "2026-12-11"]
    first = api.call("GET", "events?page_size=1").json()
    second = api.call("GET", first["next"].split("/api/v1/")[1]).json()
    assert [first["results"][0]["day"], second["results"][0]["day"]] == ["2026-11-27", "2026-12-04"]
    assert days("", Api(cast.bob, cast.admin)) == days("")
    assert days("", Api(cast.charlie, cast.admin)) == []
    for wrong in ("?from=i+dag", "?from=2026-12-01&to=2026-11-01", "?to=2030-01-01", "?cursor=x"):
        assert api.call("GET", f"events{wrong}").status_code == 400


@pytest.mark.parametrize(
    ("facts", "pointer"),
    [
        ({"title": "\u200b"}, "#/title"),
        ({"rule": "hver fredag"}, "#/rule"),
        ({"rule": "FREQ=WEEKLY;UNTIL=20200101"}, "#/rule"),
        ({"day": "2026-11-01"}, "#/day"),
        ({"invited": []}, "#/invited"),
        ({"invited": ["x0"]}, "#/invited/0"),
        ({"sittings": []}, "#/sittings"),
        ({"sittings": [{"site": "x0", "starts": "12:00", "ends": "13:00"}]}, "#/sittings/0/site"),
        ({"price": 5}, "#/price"),
    ],
)  # fmt: skip
def test_event_that_cannot_be_is_a_problem_with_its_place(
    api: Api, cast: Cast, facts: dict[str, Any], pointer: str
) -> None:
    answer = api.call("POST", "events", new(cast, **facts))
    assert answer.status_code == 400, answer.content
    told = answer.content.decode()
    assert pointer in told
    assert not Series.objects.exists()


def test_rights_are_those_of_the_browser(series: Series, cast: Cast) -> None:
    bob, charlie = Api(cast.bob, cast.admin), Api(cast.charlie, cast.admin)
    key = event_of(series).key
    assert bob.call("POST", "events", new(cast)).status_code == 403
    assert bob.call("GET", f"events/{key}").status_code == 200
    assert bob.call("PATCH", f"events/{key}", {"title": "Mine"}).status_code == 403
    assert bob.call("POST", f"events/{key}/cancel", {"reason": "Nei"}).status_code == 403
    assert charlie.call("GET", f"events/{key}").status_code == 404
    assert charlie.call("PATCH", f"events/{key}", {"title": "Mine"}).status_code == 404


def test_places_below_those_taken_are_refused_and_nobody_is_named(
    api: Api, series: Series, cast: Cast
) -> None:
    event = event_of(series)
    for person in (cast.alice, cast.bob):
        make_signup(sitting_of(event), person)
    less = [{"site": cast.trondheim.key, "starts": "12:00", "ends": "12:30", "capacity": 1}]
    answer = api.call("PATCH", f"events/{event.key}", {"sittings": less})
    assert answer.status_code == 400
    assert "2 people have a place" in answer.content.decode()
    shown = api.call("GET", f"events/{event.key}").content.decode()
    assert ("Alice" in shown, "Bob" in shown, '"taken":2' in shown) == (False, False, True)


@pytest.mark.parametrize("count", [1, 3])
def test_list_asks_as_much_for_one_as_for_three(
    cast: Cast, manager: Person, count: int, django_assert_num_queries: Any
) -> None:
    for number in range(count):
        make_waffles(manager, cast.trondheim, title=f"Vafler {number}")
    bob = Api(cast.bob, cast.admin)
    bob.call("GET", "events")
    with django_assert_num_queries(9):
        bob.call("GET", "events")


def test_days_with_own_sittings_are_told_and_kept_unless_they_are_named(
    api: Api, cast: Cast, manager: Person
) -> None:
    series = make_waffles(manager, cast.trondheim)
    key, other = event_of(series).key, event_of(series, NEXT).key
    own = {"site": cast.trondheim.key, "starts": "15:00", "ends": "15:30", "capacity": 4}
    assert api.call("GET", f"events/{key}").json()["has_own_sittings"] is False
    for one in (key, other):
        changed = api.call("PATCH", f"events/{one}", {"sittings": [own]})
        assert (changed.status_code, changed.json()["has_own_sittings"]) == (200, True)

    def starts(one: str) -> list[str]:
        sittings = api.call("GET", f"events/{one}").json()["sittings"]
        return [each["starts_at"][11:16] for each in sittings if not each["cancelled_at"]]

    api.call("PATCH", f"events/{key}", {"scope": "all", "title": "Vafler"})
    assert (starts(key), starts(other)) == (["14:00"], ["14:00"])
    body = {"scope": "all", "title": "Vafler", "replace_own": [other]}
    assert api.call("PATCH", f"events/{key}", body).status_code == 200
    assert (starts(key), starts(other)) == (["14:00"], ["11:00", "17:00"])
    # A day of another series is none of this one's.
    elsewhere = make_waffles(cast.admin, cast.trondheim, title="Quiz")
    foreign = event_of(elsewhere)
    Event.objects.filter(pk=foreign.pk).update(has_own_sittings=True)
    # Nor is one that is not there, or that has none of its own any more.
    for unknown in (foreign.key, "e000unknown", other, event_of(series, LAST).key):
        sent = {"scope": "all", "title": "Nytt", "replace_own": [key, unknown]}
        refused = api.call("PATCH", f"events/{key}", sent)
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (
            400, "#/replace_own/1",
        )  # fmt: skip
    assert Series.objects.get(pk=series.pk).title == "Vafler"
    # A day before those that follow is not changed with them.
    sent = {"scope": "following", "replace_own": [key]}
    refused = api.call("PATCH", f"events/{other}", sent)
    assert refused.json()["errors"][0]["pointer"] == "#/replace_own/0"
    assert Event.objects.get(pk=foreign.pk).has_own_sittings is True
    refused = api.call("PATCH", f"events/{key}", {"title": "Ny", "replace_own": [key]})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "#/replace_own")
    for wrong in (None, "x", [["x"]], ["x"] * 201):
        answer = api.call("PATCH", f"events/{key}", {"scope": "all", "replace_own": wrong})
        assert answer.status_code == 400
