"""Praise as a system that hears customers sends it: once, whole, and told nothing about people."""

import datetime as dt
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from engagement.people.models import Employer, Person, Unit
from engagement.times import now
from kudos.models import Praise
from tests.api.conftest import ApiClient, give_role, hire
from tests.api.test_problems import is_problem

SAID = Path(__file__).parent.parent / "kudos" / "praise" / "sentences.txt"
Make = Callable[..., ApiClient]


@pytest.fixture
def sender(as_person: Make, alice: Person) -> ApiClient:
    give_role(alice, "hr")
    return as_person(alice, "praise:write")


def said(agent: Person | str | None = None, **facts: Any) -> dict[str, Any]:
    body = {"source": "stemmen", "external_id": "1", "text": "Takk, ring 912 34 567", **facts}
    return (
        {**body, "agent": agent.key}
        if isinstance(agent, Person)
        else body | ({"agent": agent} if agent else {})
    )


def test_praise_is_stored_and_receipted_without_its_words(sender: ApiClient, bob: Person) -> None:
    happened = (now() - dt.timedelta(hours=2)).isoformat()
    body = said(bob, language="nb", topic="Faktura", score=0.9, happened_at=happened)
    answer = sender.call("POST", "praise", body)
    praise = Praise.objects.get()
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"http://testserver/api/v1/praise/{praise.key}"
    told = answer.json()
    assert told.pop("received_at")
    assert told == {
        "id": praise.key, "source": "stemmen", "external_id": "1", "agent": bob.key,
        "state": "waiting",
    }  # fmt: skip
    assert (praise.agent, praise.score, praise.topic) == (bob, 0.9, "Faktura")
    assert b"Bob" not in answer.content


def test_same_again_is_answered_with_the_stored_one(sender: ApiClient, bob: Person) -> None:
    first = sender.call("POST", "praise", said(bob))
    again = sender.call("POST", "praise", said(bob, topic="Noe annet"))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert Praise.objects.count() == 1


def test_idempotency_key_repeats_the_first_answer(sender: ApiClient, bob: Person) -> None:
    calls = [sender.call("POST", "praise", said(bob), Idempotency_Key="x") for _ in range(2)]
    assert [call.status_code for call in calls] == [201, 201]
    assert calls[1].headers["Idempotency-Replayed"] == "true"


def test_other_text_under_the_same_id_is_a_conflict(sender: ApiClient, bob: Person) -> None:
    sender.call("POST", "praise", said(bob))
    problem = sender.call("POST", "praise", said(bob, text="Noe annet"))
    assert is_problem(problem, 409)
    assert problem.json()["type"] == "/api/docs/#problem-praise-differs"


def test_agent_is_found_by_employee_number(
    sender: ApiClient, bob: Person, charlie: Person, partner: Employer, fjordtel: Employer
) -> None:
    Person.objects.filter(pk__in=[bob.pk, charlie.pk]).update(employee_number="4711")
    several = sender.call("POST", "praise", said(employee_number="4711"))
    assert is_problem(several, 422)
    body = said(employee_number="4711", employer=partner.key)
    assert sender.call("POST", "praise", body).json()["agent"] == charlie.key
    body = said(employee_number="4711", employer=fjordtel.key, external_id="2")
    assert sender.call("POST", "praise", body).json()["agent"] == bob.key


@pytest.mark.parametrize(
    ("facts", "pointer"),
    [
        ({"agent": "p" + "0" * 14}, "#/agent"),
        ({"agent": "; DROP"}, "#/agent"),
        ({"employee_number": "nobody"}, "#/employee_number"),
        ({"employee_number": "1002", "employer": "nobody"}, "#/employee_number"),
    ],
)
def test_unknown_agent_is_told_with_the_member(
    sender: ApiClient, bob: Person, facts: dict[str, str], pointer: str
) -> None:
    problem = sender.call("POST", "praise", said(**facts))
    assert is_problem(problem, 422)
    assert problem.json()["type"] == "/api/docs/#problem-unknown-agent"
    assert [error["pointer"] for error in problem.json()["errors"]] == [pointer]
    assert Praise.objects.count() == 0


def test_leaver_is_nobody(sender: ApiClient, bob: Person) -> None:
    Person.objects.filter(pk=bob.pk).update(left_on=now().date())
    assert is_problem(sender.call("POST", "praise", said(bob)), 422)


def test_sender_of_one_employer_sends_for_its_people(
    as_person: Make, alice: Person, bob: Person, charlie: Person, fjordtel: Employer
) -> None:
    give_role(alice, "hr", employer=fjordtel)
    client = as_person(alice, "praise:write")
    assert client.call("POST", "praise", said(bob)).status_code == 201
    assert is_problem(client.call("POST", "praise", said(charlie, external_id="2")), 422)


@pytest.mark.parametrize(
    "facts",
    [
        {"text": ""},
        {"text": "\u200b"},
        {"text": "a" * 4001},
        {"text": 5},
        {"source": "Not A Slug"},
        {"external_id": ""},
        {"score": 1.01},
        {"score": "0.5"},
        {"score": True},
        {"language": "norsk"},
        {"happened_at": "2020-01-01T00:00:00Z"},
        {"happened_at": "i går"},
        {"customer": "Kari"},
    ],
)
def test_wrong_shape_is_refused(sender: ApiClient, bob: Person, facts: dict[str, Any]) -> None:
    assert is_problem(sender.call("POST", "praise", said(bob, **facts)), 400)
    assert Praise.objects.count() == 0


def test_only_hr_and_administrators_send(as_person: Make, alice: Person, nordlys: Unit) -> None:
    for role, scope in (("lead", {"unit": nordlys}), ("screen_keeper", {})):
        give_role(alice, role, **scope)
    assert is_problem(as_person(alice).call("POST", "praise", said()), 403)
    give_role(alice, "administrator")
    reader = as_person(alice, "praise:read", "kudos:write")
    assert is_problem(reader.call("POST", "praise", said()), 403)
    assert (
        as_person(Person.objects.get(pk=alice.pk)).call("POST", "praise", said()).status_code == 201
    )


def test_batch_stores_or_refuses_each_item(sender: ApiClient, bob: Person) -> None:
    sender.call("POST", "praise", said(bob))
    items = [
        said(bob, external_id="2"),
        said(bob),
        said(bob, text="Noe annet"),
        said(agent=None, employee_number="nobody", external_id="3"),
        said(bob, external_id="4", score=7),
        "no object",
        said(bob, external_id="5", text="\u200b"),
        said(bob, external_id="6"),
        said(bob, external_id="6"),
    ]
    answer = sender.call("POST", "praise/batch", {"items": items})
    assert answer.status_code == 207
    results = answer.json()["results"]
    assert [one["status"] for one in results] == [201, 200, 409, 422, 400, 400, 400, 201, 200]
    assert [one["problem"] is None for one in results] == [
        one["praise"] is not None for one in results
    ]
    assert results[4]["problem"]["errors"][0]["pointer"] == "#/score"
    assert sorted(Praise.objects.values_list("external_id", flat=True)) == ["1", "2", "6"]


@pytest.mark.parametrize("items", [[], [{}] * 101, "x", None])
def test_batch_of_a_wrong_size_is_refused(sender: ApiClient, items: Any) -> None:
    assert is_problem(sender.call("POST", "praise/batch", {"items": items}), 400)


def test_batch_is_repeated_with_its_key(sender: ApiClient, bob: Person) -> None:
    body = {"items": [said(bob)]}
    calls = [sender.call("POST", "praise/batch", body, Idempotency_Key="b") for _ in range(2)]
    assert [call.json()["results"][0]["status"] for call in calls] == [201, 201]


def test_those_who_check_read_it(
    sender: ApiClient, as_person: Make, alice: Person, bob: Person, charlie: Person, nordlys: Unit
) -> None:
    sender.call("POST", "praise", said(bob))
    lead = hire("Lena", "Lund", bob.employer, nordlys)
    give_role(lead, "lead", unit=nordlys)
    [listed] = as_person(lead, "praise:read").call("GET", "praise").json()["results"]
    assert (listed["text"], listed["agent"]["name"]) == ("Takk, ring 912 34 567", "Bob Berg")
    assert listed["flags"] == [{"start": 11, "end": 21, "kind": "phone"}]
    one = as_person(lead).call("GET", f"praise/{listed['id']}")
    assert one.json() == listed
    assert is_problem(sender.call("GET", f"praise/{listed['id']}"), 403)  # no scope
    for stranger in (bob, charlie):
        assert is_problem(as_person(stranger).call("GET", "praise"), 403)
        assert is_problem(as_person(stranger).call("GET", f"praise/{listed['id']}"), 403)
    other = hire("Odd", "Olsen", charlie.employer, None)
    give_role(other, "hr", employer=charlie.employer)
    assert as_person(other).call("GET", "praise").json()["results"] == []
    assert is_problem(as_person(other).call("GET", f"praise/{listed['id']}"), 404)


def test_list_goes_by_state_and_cursor(as_person: Make, alice: Person, bob: Person) -> None:
    give_role(alice, "hr")
    client = as_person(alice)
    for n in range(5):
        client.call("POST", "praise", said(bob, external_id=str(n)))
    Praise.objects.filter(external_id="4").update(set_aside_at=now())
    Praise.objects.filter(external_id="3").update(dismissed_at=now(), dismissed_by=alice)
    ids: list[str] = []
    address: str | None = "praise?page_size=2"
    while address:
        page = client.call("GET", address).json()
        ids += [one["external_id"] for one in page["results"]]
        address = page["next"]
    assert ids == ["2", "1", "0"]
    states = {
        state: [
            one["state"] for one in client.call("GET", f"praise?state={state}").json()["results"]
        ]
        for state in ("set_aside", "handled")
    }
    assert states == {"set_aside": ["set_aside"], "handled": ["dismissed"]}
    for wrong in ("state=all", "cursor=x", "page_size=0"):
        assert is_problem(client.call("GET", f"praise?{wrong}"), 400)


def test_arrival_asks_the_database_a_few_times(
    sender: ApiClient, bob: Person, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    sender.call("POST", "praise", said(bob))
    with django_assert_num_queries(14):
        assert sender.call("POST", "praise", said(bob, external_id="2")).status_code == 201


def test_limit_of_a_token_lets_thousands_a_day_in(settings: Any) -> None:
    assert settings.API_REQUESTS_PER_MINUTE >= 600


def test_batch_looks_agents_and_colleagues_up_once(
    sender: ApiClient, bob: Person, nordlys: Unit, fjordtel: Employer
) -> None:
    agents = [bob, *(hire(f"Agent{n}", "Dal", fjordtel, nordlys) for n in range(9))]

    def asked(number: int) -> int:
        items = [said(one, external_id=f"{number}-{one.key}") for one in agents[:number]]
        with CaptureQueriesContext(connection) as caught:
            answer = sender.call("POST", "praise/batch", {"items": items})
        assert {one["status"] for one in answer.json()["results"]} == {201}
        return len(caught)

    asked(1)
    # Each item: is it there already, and storing it, in two savepoints.
    each = 6
    assert [asked(3) - asked(2), asked(10) - asked(4)] == [each, 6 * each]


def test_batch_finds_colleagues_of_each_agents_own_site(
    sender: ApiClient, bob: Person, charlie: Person
) -> None:
    text = "Takk til Bob og Charlie"
    items = [said(bob, text=text), said(charlie, text=text, external_id="2")]
    sender.call("POST", "praise/batch", {"items": items})
    kinds = {
        praise.agent: [flag["kind"] for flag in praise.flags] for praise in Praise.objects.all()
    }
    assert kinds == {bob: ["colleague", "name"], charlie: ["name", "colleague"]}


def test_a_hundred_at_once_cost_less_than_a_second(sender: ApiClient, bob: Person) -> None:
    texts = SAID.read_text(encoding="utf-8").splitlines()
    took = []
    for turn in range(3):
        items = [
            said(bob, external_id=f"{turn}-{n}", text=texts[n % len(texts)][:900] or "Takk")
            for n in range(100)
        ]
        began = time.thread_time()
        answer = sender.call("POST", "praise/batch", {"items": items})
        took.append(time.thread_time() - began)
        assert [one["status"] for one in answer.json()["results"]] == [201] * 100
    assert min(took) < 1
