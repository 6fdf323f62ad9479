"""Sittings and sign-ups for programs."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from engagement.people.models import Person, Unit
from engagement.times import now
from events import actions
from events.models import Invitation, SignUp, Sitting
from tests.api.conftest import ApiClient, hire
from tests.api.test_problems import is_problem
from tests.events.factories import make_event, make_job, make_series, make_signup, make_sitting

AsPerson = Callable[..., ApiClient]


@pytest.fixture
def sitting(bob: Person) -> Sitting:
    """For two, in three days, by Bob."""
    series = make_series(bob, starts_on=now().date())
    return make_sitting(make_event(series, now().date() + dt.timedelta(days=3)), capacity=2)


def test_signing_up_listing_changing_and_leaving(
    api: ApiClient, alice: Person, sitting: Sitting
) -> None:
    answer = api.call("POST", "signups", {"sitting": sitting.key}, Idempotency_Key="k1")
    again = api.call("POST", "signups", {"sitting": sitting.key}, Idempotency_Key="k1")
    third = api.call("POST", "signups", {"sitting": sitting.key})
    mine = answer.json()
    assert (answer.status_code, again.json(), third.json()) == (201, mine, mine)
    assert answer.headers["Location"].endswith(f"/api/v1/signups/{mine['id']}")
    assert mine == {
        "id": mine["id"],
        "event": {"id": sitting.event.key, "name": "Vaffelfredag"},
        "sitting": sitting.key,
        "job": None,
        "state": "placed",
        "position": None,
        "wishes": [],
        "asked_at": mine["asked_at"],
        "placed_at": mine["asked_at"],
        "offer_until": None,
    }
    assert api.call("GET", "signups").json()["results"] == [mine]
    changed = api.call("PATCH", f"signups/{mine['id']}", {"wishes": ["nuts"]}).json()
    assert changed == mine | {"wishes": ["nuts"]}
    for _ in range(2):
        assert api.call("DELETE", f"signups/{mine['id']}").status_code == 204
    assert api.call("GET", f"signups/{mine['id']}").json()["state"] == "left"


def test_queue_and_offer(
    api: ApiClient, alice: Person, bob: Person, charlie: Person, sitting: Sitting
) -> None:
    first = make_signup(sitting, bob)
    make_signup(sitting, charlie)
    mine = api.call("POST", "signups", {"sitting": sitting.key}).json()
    assert (mine["state"], mine["position"]) == ("waiting", 1)
    assert is_problem(api.call("POST", f"signups/{mine['id']}/accept"), 400)
    actions.leave_sitting(signup=first, at=now() - dt.timedelta(minutes=5))
    assert actions.offer_free_places(at=now()) == 1
    offered = api.call("GET", f"signups/{mine['id']}").json()
    assert (offered["state"], offered["position"]) == ("offered", None)
    assert offered["offer_until"] > offered["asked_at"]
    assert api.call("POST", f"signups/{mine['id']}/accept").json()["state"] == "placed"


def test_sitting_tells_how_full_it_is_and_what_is_mine(
    api: ApiClient, alice: Person, bob: Person, charlie: Person, sitting: Sitting
) -> None:
    job = make_job(sitting)
    for person in (bob, charlie):
        make_signup(sitting, person)
    mine = api.call("POST", "signups", {"sitting": sitting.key}).json()
    hands = api.call("POST", "signups", {"sitting": sitting.key, "job": job.key}).json()
    assert hands["job"] == {"id": job.key, "name": "Steking"}
    [listed] = api.call("GET", f"sittings?event={sitting.event.key}").json()["results"]
    assert listed == api.call("GET", f"sittings/{sitting.key}").json()
    told = {name: listed[name] for name in ("capacity", "taken", "waiting", "signup", "cancelled")}
    assert told == {
        "capacity": 2, "taken": 2, "waiting": 1, "signup": mine["id"], "cancelled": False,
    }  # fmt: skip
    assert [one["taken"] for one in listed["jobs"]] == [1]
    assert "Bob" not in str(listed)


def test_others_signups_and_uninvited_sittings_are_not_there(
    as_person: AsPerson, alice: Person, charlie: Person, nordlys: Unit, sitting: Sitting
) -> None:
    mine = make_signup(sitting, alice)
    Invitation.objects.create(series=sitting.event.series, unit=nordlys)
    stranger = as_person(charlie)
    for method, path in (
        ("GET", f"signups/{mine.key}"),
        ("DELETE", f"signups/{mine.key}"),
        ("PATCH", f"signups/{mine.key}"),
        ("POST", f"signups/{mine.key}/accept"),
        ("GET", f"sittings/{sitting.key}"),
    ):
        is_problem(stranger.call(method, path, {} if method == "PATCH" else None), 404)
    unknown = is_problem(stranger.call("POST", "signups", {"sitting": "s0"}), 400)
    uninvited = is_problem(stranger.call("POST", "signups", {"sitting": sitting.key}), 400)
    assert uninvited["errors"] == unknown["errors"]
    assert stranger.call("GET", "sittings").json()["results"] == []
    assert SignUp.objects.count() == 1


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"sitting": None},
        {"sitting": 5},
        {"sitting": "x" * 5000},
        {"sitting": "\x00"},
        {"sitting": "s1", "person": "p1"},
        {"sitting": "s1", "job": 7},
        [],
    ],
)
def test_wrong_body_is_400(api: ApiClient, body: Any) -> None:
    is_problem(api.call("POST", "signups", body), 400)


def test_sign_up_after_closing_is_refused_with_the_reason(api: ApiClient, sitting: Sitting) -> None:
    Sitting.objects.update(closes_at=now())
    problem = is_problem(api.call("POST", "signups", {"sitting": sitting.key}), 400)
    assert len(str(problem["errors"])) > 20
    assert SignUp.objects.count() == 0


@pytest.mark.parametrize("count", [1, 3])
def test_lists_ask_the_same_however_long(
    api: ApiClient,
    alice: Person,
    bob: Person,
    nordlys: Unit,
    sitting: Sitting,
    count: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(count):
        event = make_event(sitting.event.series, now().date() + dt.timedelta(days=4 + number))
        other = make_sitting(event, capacity=1)
        make_signup(other, hire("Gjest", str(number), bob.employer, nordlys))
        make_signup(other, alice, state="waiting")
    with django_assert_num_queries(4):
        assert len(api.call("GET", "signups").json()["results"]) == count
    with django_assert_num_queries(6):
        assert len(api.call("GET", "sittings").json()["results"]) == count + 1
