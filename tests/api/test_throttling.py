"""Token buckets: exact, also when many reach in at once."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from engagement.api.actions import purge_api_leftovers
from engagement.api.models import RateBucket
from engagement.api.throttling import Rate, take
from engagement.people.models import Person
from engagement.times import now
from tests.api.conftest import ApiClient
from tests.api.test_idempotency import body_for, in_threads
from tests.api.test_problems import is_problem

RATE = Rate(per_minute=60, burst=3)


@pytest.mark.django_db
def test_bucket_allows_burst_then_rate() -> None:
    at = now()
    takings = [take(name="x", rate=RATE, at=at) for _ in range(5)]
    assert [taking.is_allowed for taking in takings] == [True, True, True, False, False]
    assert [taking.left for taking in takings] == [2, 1, 0, 0, 0]
    assert takings[4].wait == pytest.approx(1.0)
    later = at + dt.timedelta(seconds=1)
    assert take(name="x", rate=RATE, at=later).is_allowed
    assert not take(name="x", rate=RATE, at=later).is_allowed
    much_later = at + dt.timedelta(hours=1)
    assert [take(name="x", rate=RATE, at=much_later).is_allowed for _ in range(4)] == [
        True, True, True, False,
    ]  # fmt: skip


@pytest.mark.django_db
def test_buckets_are_apart_and_full_ones_are_purged() -> None:
    at = now()
    for name in ("a", "b"):
        assert take(name=name, rate=RATE, at=at).left == 2
    assert purge_api_leftovers(at=at) == 0
    assert purge_api_leftovers(at=at + dt.timedelta(seconds=2)) == 2
    assert not RateBucket.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_nothing_is_spent_twice_by_threads() -> None:
    at = now()
    rate = Rate(per_minute=60, burst=20)
    results = in_threads(
        lambda: [take(name="x", rate=rate, at=at).is_allowed for _ in range(10)], 6
    )
    assert sum(sum(result) for result in results) == 20


def test_too_many_calls_are_429(
    as_person: Callable[..., ApiClient], alice: Person, bob: Person, settings: Any
) -> None:
    settings.API_REQUESTS_PER_MINUTE, settings.API_BURST = 1, 2
    client = as_person(alice)
    first = client.call("GET", "sites")
    assert first.headers["RateLimit"] == '"calls";r=1;t=60'
    assert first.headers["RateLimit-Policy"] == '"calls";q=2;w=120'
    client.call("GET", "sites")
    refused = client.call("GET", "sites")
    assert str(is_problem(refused, 429)["type"]).endswith("too-fast")
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert refused.headers["RateLimit"].startswith('"calls";r=0;')
    assert as_person(bob).call("GET", "sites").status_code == 200


def test_rate_of_zero_is_no_limit(
    as_person: Callable[..., ApiClient], alice: Person, settings: Any
) -> None:
    settings.API_REQUESTS_PER_MINUTE = 0
    response = as_person(alice).call("GET", "sites")
    assert response.status_code == 200
    assert "RateLimit" not in response.headers


def test_giving_is_limited_per_person_not_per_token(
    as_person: Callable[..., ApiClient], alice: Person, bob: Person, settings: Any
) -> None:
    settings.API_KUDOS_PER_MINUTE = 2
    codes = [as_person(alice).call("POST", "kudos", body_for(bob)).status_code for _ in range(3)]
    assert codes == [201, 201, 429]
    assert as_person(alice).call("GET", "kudos").status_code == 200
