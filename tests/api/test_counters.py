"""Counters for programs: set, added to, never twice."""

import threading
from collections.abc import Callable

import pytest
from django.db import connection

from engagement.live.models import Celebration
from engagement.people.models import Person
from engagement.times import now
from kudos import actions
from kudos.models import Counter, Goal
from tests.api.conftest import ApiClient, give_role
from tests.api.test_problems import is_problem

AsPerson = Callable[..., ApiClient]


@pytest.fixture
def hr(as_person: AsPerson, alice: Person) -> ApiClient:
    give_role(alice, "hr")
    return as_person(alice)


@pytest.fixture
def talks(alice: Person) -> Counter:
    counter = actions.create_counter(
        key="talks", name_nb="Samtaler", name_en="Talks", value=4_990, by=alice, at=now()
    )
    actions.set_goal(
        counter=counter, target=5_000, words_nb="Takk", words_en="Thanks", by=alice, at=now()
    )
    return counter


def test_counter_is_read_with_its_goals(hr: ApiClient, talks: Counter) -> None:
    [listed] = hr.call("GET", "counters").json()["results"]
    one = hr.call("GET", "counters/talks").json()
    goal = Goal.objects.get()
    assert listed == one
    assert one == {
        "id": "talks",
        "name_nb": "Samtaler",
        "name_en": "Talks",
        "value": 4_990,
        "updated_at": one["updated_at"],
        "goals": [
            {"id": goal.key, "target": 5_000, "words_nb": "Takk", "words_en": "Thanks",
             "reached_at": None}
        ],
    }  # fmt: skip


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_number_is_set_and_goes_back_only_by_a_reset(
    hr: ApiClient, talks: Counter, method: str
) -> None:
    assert hr.call(method, "counters/talks", {"value": 4_995}).json()["value"] == 4_995
    assert hr.call(method, "counters/talks", {"value": 4_995}).status_code == 200
    problem = is_problem(hr.call(method, "counters/talks", {"value": 4_994}), 400)
    assert problem["errors"][0]["pointer"] == "#/value"  # type: ignore[index]
    back = hr.call(method, "counters/talks", {"value": 0, "reset": True})
    assert (back.status_code, back.json()["value"]) == (200, 0)


def test_adding_reaches_the_goal_once_also_when_it_is_sent_twice(
    hr: ApiClient, talks: Counter
) -> None:
    answers = [
        hr.call("POST", "counters/talks/add", {"by": 10}, Idempotency_Key="k1") for _ in range(2)
    ]
    assert [answer.json()["value"] for answer in answers] == [5_000, 5_000]
    assert answers[0].json()["goals"][0]["reached_at"] is not None
    assert (Counter.objects.get().value, Celebration.objects.count()) == (5_000, 1)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "counters/talks/add", {"by": 0}),
        ("POST", "counters/talks/add", {"by": -5}),
        ("POST", "counters/talks/add", {"by": "5"}),
        ("POST", "counters/talks/add", {"by": 1.5}),
        ("POST", "counters/talks/add", {"by": True}),
        ("POST", "counters/talks/add", {"by": 2**53}),
        ("POST", "counters/talks/add", {"by": 2**53 - 1}),
        ("POST", "counters/talks/add", {}),
        ("POST", "counters/talks/add", {"by": 1, "person": "p1"}),
        ("PUT", "counters/talks", {"value": 2**53}),
        ("PUT", "counters/talks", {"value": -1, "reset": True}),
        ("PUT", "counters/talks", {"value": None}),
        ("PUT", "counters/talks", {"value": 10**40}),
        ("PUT", "counters/talks", {"reset": True}),
    ],
)
def test_wrong_body_is_400_and_counts_nothing(
    hr: ApiClient, talks: Counter, method: str, path: str, body: object
) -> None:
    is_problem(hr.call(method, path, body), 400)
    assert Counter.objects.get().value == 4_990


def test_large_numbers_stay_exact(hr: ApiClient, talks: Counter) -> None:
    hr.call("PUT", "counters/talks", {"value": 2**53 - 2})
    answer = hr.call("POST", "counters/talks/add", {"by": 1})
    assert answer.json()["value"] == 9_007_199_254_740_991


def test_only_hr_and_administrators_have_counters(
    as_person: AsPerson, talks: Counter, bob: Person
) -> None:
    client = as_person(bob)
    for method, path, body in (
        ("GET", "counters", None),
        ("GET", "counters/talks", None),
        ("PUT", "counters/talks", {"value": 5_000}),
        ("PATCH", "counters/talks", {"value": 5_000}),
        ("POST", "counters/talks/add", {"by": 1}),
        ("GET", "counters/none", None),
    ):
        is_problem(client.call(method, path, body), 403)
    assert Counter.objects.get().value == 4_990


def test_token_needs_the_scope(as_person: AsPerson, talks: Counter, alice: Person) -> None:
    give_role(alice, "hr")
    reader = as_person(alice, "counters:read")
    assert reader.call("GET", "counters/talks").status_code == 200
    is_problem(reader.call("POST", "counters/talks/add", {"by": 1}), 403)
    is_problem(as_person(alice, "kudos:read").call("GET", "counters"), 403)


def test_unknown_counter_is_404(hr: ApiClient, talks: Counter) -> None:
    is_problem(hr.call("GET", "counters/none"), 404)
    is_problem(hr.call("PUT", "counters/none", {"value": 1}), 404)
    is_problem(hr.call("POST", "counters/none/add", {"by": 1}), 404)


@pytest.mark.django_db(transaction=True)
def test_calls_at_once_are_all_counted(hr: ApiClient, talks: Counter) -> None:
    barrier = threading.Barrier(4)

    def call() -> None:
        barrier.wait()
        client = ApiClient(hr.secret)
        for _ in range(5):
            assert client.call("POST", "counters/talks/add", {"by": 1}).status_code == 200
        connection.close()

    threads = [threading.Thread(target=call) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (Counter.objects.get().value, Celebration.objects.count()) == (5_010, 1)
