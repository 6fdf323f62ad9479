"""Surveys and instruments as programs see them: facts, never answers, never who has answered."""

from collections.abc import Callable

import pytest
from pytest_django import DjangoAssertNumQueries

from engagement.people.models import Person, Unit
from surveys.models import InstrumentVersion
from tests.api.conftest import ApiClient, give_role, hire
from tests.api.test_problems import is_problem
from tests.surveys.factories import content, make_survey, make_version

FACTS = {
    "id", "kind", "level", "state", "title_nb", "title_en", "purpose_nb", "purpose_en",
    "discussed_on", "feedback_on", "opens_at", "closes_at", "counted_at", "cancelled_at",
    "cancel_reason", "who_sees_nb", "who_sees_en", "feedback_owner", "retention_months",
    "audience", "sections",
}  # fmt: skip
Maker = Callable[..., ApiClient]


def listed(client: ApiClient, resource: str) -> list[str]:
    answer = client.call("GET", resource)
    assert answer.status_code == 200, answer.content
    return [row["id"] for row in answer.json()["results"]]


def test_survey_is_told_to_whom_it_asks_and_to_those_who_plan(
    as_person: Maker,
    alice: Person,
    bob: Person,
    charlie: Person,
    nordlys: Unit,
) -> None:
    for number in range(4):
        hire(f"N{number}", "Nord", alice.employer, nordlys)
    survey = make_survey("open", teams=[nordlys], by=bob)
    draft = make_survey("draft", teams=[nordlys], by=bob)
    give_role(bob, "hr")
    asked, stranger, hr = as_person(alice), as_person(charlie), as_person(bob)
    assert listed(asked, "surveys") == [survey.key]
    assert listed(stranger, "surveys") == []
    assert listed(hr, "surveys") == [draft.key, survey.key]
    found = asked.call("GET", f"surveys/{survey.key}").json()
    assert set(found) == FACTS
    assert (found["state"], found["level"]) == ("open", "witnessed")
    is_problem(stranger.call("GET", f"surveys/{survey.key}"), 404)
    is_problem(asked.call("GET", f"surveys/{draft.key}"), 404)


def test_surveys_go_on_from_page_to_page(as_person: Maker, bob: Person, nordlys: Unit) -> None:
    give_role(bob, "hr")
    made = [make_survey("draft", teams=[nordlys], by=bob).key for _ in range(3)]
    hr, query, seen = as_person(bob), "?page_size=1", []
    while query:
        answer = hr.call("GET", f"surveys{query}")
        assert answer.status_code == 200, answer.content
        seen += [row["id"] for row in answer.json()["results"]]
        _address, _mark, rest = (answer.json()["next"] or "").partition("?")
        query = f"?{rest}" if rest else ""
    assert seen == made[::-1]


def test_survey_needs_its_scope(as_person: Maker, alice: Person) -> None:
    is_problem(as_person(alice, "kudos:read").call("GET", "surveys"), 403)
    is_problem(as_person(alice, "surveys:read").call("GET", "instruments"), 403)


def test_instruments_are_told_with_their_newest_version(
    as_person: Maker,
    alice: Person,
    bob: Person,
) -> None:
    give_role(bob, "safety_delegate")
    make_version(content("ours"))
    make_version(content("ours", version=2, source="Other words."))
    make_version(content("another"))
    reader = as_person(bob)
    assert listed(reader, "instruments") == ["another", "ours"]
    found = reader.call("GET", "instruments/ours").json()
    assert (found["version"], found["document"]["source"]) == (2, "Other words.")
    assert (found["first_asked_at"], found["retired_at"], found["is_shipped"]) == (
        None,
        None,
        False,
    )
    is_problem(reader.call("GET", "instruments/nothing"), 404)
    is_problem(as_person(alice).call("GET", "instruments/ours"), 403)
    is_problem(as_person(alice).call("GET", "instruments/nothing"), 403)


@pytest.mark.parametrize("resource", ["surveys", "instruments"])
def test_list_asks_the_same_number_of_questions_however_long(
    as_person: Maker,
    bob: Person,
    nordlys: Unit,
    resource: str,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    give_role(bob, "hr")
    client = as_person(bob)
    counts = []
    for wanted in (1, 3):
        while InstrumentVersion.objects.count() < wanted:
            make_survey("draft", teams=[nordlys], by=bob)
        client.call("GET", resource)
        with django_assert_num_queries(QUERIES[resource]):
            counts.append(len(listed(client, resource)))
    assert counts == [1, 3]


# Of surveys: whom and what they ask, five for all of them.
QUERIES = {"surveys": 9, "instruments": 5}
