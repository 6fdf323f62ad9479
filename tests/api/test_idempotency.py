"""A POST sent twice is done once."""

import datetime as dt
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction

from engagement.api import idempotency
from engagement.api.actions import purge_api_leftovers
from engagement.api.models import ApiToken, IdempotentAnswer
from engagement.people.models import Person
from engagement.times import now
from kudos.models import Kudos, Value
from tests.api.conftest import ApiClient, give_role
from tests.api.test_problems import is_problem


def body_for(*people: Person, message: str = "Takk for hjelpen") -> dict[str, Any]:
    return {"to": [person.key for person in people], "message": message, "audience": "team"}


def test_same_request_is_answered_the_same_and_done_once(api: ApiClient, bob: Person) -> None:
    first = api.call("POST", "kudos", body_for(bob), Idempotency_Key="k1")
    again = api.call("POST", "kudos", body_for(bob), Idempotency_Key="k1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert first.headers["Location"] == again.headers["Location"]
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert Kudos.objects.count() == 1


def test_order_and_spacing_of_members_do_not_matter(api: ApiClient, bob: Person) -> None:
    api.call("POST", "kudos", body_for(bob), Idempotency_Key="k1")
    turned = dict(reversed(body_for(bob).items()))
    assert api.call("POST", "kudos/", turned, Idempotency_Key="k1").status_code == 201
    assert Kudos.objects.count() == 1


def test_same_key_with_another_body_is_422(api: ApiClient, bob: Person) -> None:
    api.call("POST", "kudos", body_for(bob), Idempotency_Key="k1")
    other = api.call("POST", "kudos", body_for(bob, message="Noe annet"), Idempotency_Key="k1")
    assert str(is_problem(other, 422)["type"]).endswith("idempotency-key-reused")
    assert Kudos.objects.count() == 1


def test_refused_request_keeps_nothing(api: ApiClient, bob: Person) -> None:
    is_problem(api.call("POST", "kudos", body_for(bob, message=" "), Idempotency_Key="k1"), 400)
    assert not IdempotentAnswer.objects.exists()
    assert api.call("POST", "kudos", body_for(bob), Idempotency_Key="k1").status_code == 201


@pytest.mark.parametrize("key", ["", "a" * 256, "æ", "a\tb"])
def test_key_out_of_shape_is_400(api: ApiClient, bob: Person, key: str) -> None:
    body = is_problem(api.call("POST", "kudos", body_for(bob), Idempotency_Key=key), 400)
    assert body["errors"][0]["header"] == "Idempotency-Key"  # type: ignore[index]
    assert not Kudos.objects.exists()


def test_longest_key_is_taken(api: ApiClient, bob: Person) -> None:
    sent = api.call("POST", "kudos", body_for(bob), Idempotency_Key="a" * 255)
    assert sent.status_code == 201


def test_keys_of_others_do_not_meet(
    as_person: Callable[..., ApiClient], alice: Person, bob: Person, charlie: Person
) -> None:
    for person in (alice, bob):
        sent = as_person(person).call("POST", "kudos", body_for(charlie), Idempotency_Key="k1")
        assert sent.status_code == 201
        assert "Idempotency-Replayed" not in sent.headers
    assert Kudos.objects.count() == 2


def test_crash_loses_claim_and_act_together(
    api: ApiClient, bob: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_args: object) -> None:
        raise RuntimeError("power cut")

    monkeypatch.setattr(idempotency, "_keep", crash)
    api.raise_request_exception = False
    assert api.call("POST", "kudos", body_for(bob), Idempotency_Key="k1").status_code == 500
    assert not Kudos.objects.exists()
    assert not IdempotentAnswer.objects.exists()
    monkeypatch.undo()
    assert api.call("POST", "kudos", body_for(bob), Idempotency_Key="k1").status_code == 201


def test_answers_are_forgotten_after_a_day(api: ApiClient, bob: Person) -> None:
    api.call("POST", "kudos", body_for(bob), Idempotency_Key="old")
    IdempotentAnswer.objects.update(created_at=now() - dt.timedelta(hours=25))
    api.call("POST", "kudos", body_for(bob), Idempotency_Key="new")
    purge_api_leftovers(at=now())
    assert [row.key for row in IdempotentAnswer.objects.all()] == ["new"]


def in_threads(work: Callable[[], Any], count: int) -> list[Any]:
    """What ``count`` threads at once got from ``work``."""
    gate = threading.Barrier(count)
    results: list[Any] = []

    def run() -> None:
        try:
            gate.wait(10)
            results.append(work())
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


@pytest.mark.django_db(transaction=True)
def test_same_key_at_once_is_done_once(
    as_person: Callable[..., ApiClient], alice: Person, bob: Person
) -> None:
    secret = as_person(alice).secret
    sent = body_for(bob)
    answers = in_threads(
        lambda: ApiClient(secret).call("POST", "kudos", sent, Idempotency_Key="k1"), 6
    )
    assert [answer.status_code for answer in answers] == [201] * 6
    assert len({answer.content for answer in answers}) == 1
    assert sum("Idempotency-Replayed" in answer.headers for answer in answers) == 5
    assert Kudos.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_key_held_too_long_is_409(
    as_person: Callable[..., ApiClient],
    alice: Person,
    bob: Person,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(idempotency, "PATIENCE", "300ms")
    client = as_person(alice)
    token = ApiToken.objects.get()
    with transaction.atomic():
        IdempotentAnswer.objects.create(
            person=alice,
            token=token,
            method="POST",
            path="/api/v1/kudos",
            key="k1",
            body_hash="x",
            created_at=now(),
        )
        [answer] = in_threads(
            lambda: client.call("POST", "kudos", body_for(bob), Idempotency_Key="k1"), 1
        )
        transaction.set_rollback(True)
    is_problem(answer, 409)
    assert answer.headers["Retry-After"] == "1"
    assert not Kudos.objects.exists()


def test_value_post_is_idempotent_too(as_person: Callable[..., ApiClient], alice: Person) -> None:
    give_role(alice, "hr")
    client = as_person(alice)
    sent = {"name_nb": "Modig", "name_en": "Brave"}
    for _ in range(2):
        assert client.call("POST", "values", sent, Idempotency_Key="v").status_code == 201
    assert Value.objects.count() == 1
    assert client.call("POST", "values", sent).status_code == 400
