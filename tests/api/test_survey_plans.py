"""Planning surveys and writing instruments as a program: the same actions, the same refusals."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from engagement import times
from engagement.people.models import Person, Unit
from surveys import box
from surveys.actions import load_shipped_instruments
from surveys.models import Instrument, Survey
from tests.api.conftest import ApiClient, give_role, hire
from tests.api.test_problems import is_problem
from tests.surveys.factories import content, make_survey, make_version

Maker = Callable[..., ApiClient]
pytestmark = pytest.mark.django_db


@pytest.fixture
def hr(as_person: Maker, alice: Person, bob: Person, nordlys: Unit) -> ApiClient:
    """Bob is HR and plans; six more work in his team."""
    give_role(bob, "hr")
    for number in range(6):
        hire(f"N{number}", "Nord", alice.employer, nordlys)
    load_shipped_instruments(at=times.now())
    return as_person(bob)


def created(client: ApiClient, **facts: Any) -> dict[str, Any]:
    answer = client.call("POST", "surveys", {"template": "empty", **facts})
    assert answer.status_code == 201, answer.content
    found: dict[str, Any] = answer.json()
    return found


def pointers(answer: Any) -> list[str]:
    assert answer.status_code == 400, answer.content
    return [one["pointer"] for one in answer.json()["errors"]]


def test_draft_is_made_changed_and_deleted(hr: ApiClient, bob: Person, nordlys: Unit) -> None:
    make_version(content("ours"))
    sections = [{"instrument": "ours"}]
    survey = created(hr, title_en="How is it?", audience=[nordlys.key], sections=sections)
    assert (survey["title_en"], survey["state"]) == ("How is it?", "draft")
    assert survey["audience"] == [{"id": nordlys.key, "name": nordlys.name, "kind": "unit"}]
    assert survey["sections"] == [{"instrument": "ours", "version": 1, "items": []}]
    opens_at = (times.now() + dt.timedelta(days=20)).replace(microsecond=0)
    changed = hr.call(
        "PATCH",
        f"surveys/{survey['id']}",
        {
            "opens_at": opens_at.isoformat(),
            "closes_at": (opens_at + dt.timedelta(days=10)).isoformat(),
            "feedback_on": (opens_at + dt.timedelta(days=30)).date().isoformat(),
            "feedback_owner": bob.key,
            "level": "sealed",
        },
    )
    assert changed.status_code == 200, changed.content
    assert dt.datetime.fromisoformat(changed.json()["opens_at"]) == opens_at
    assert changed.json()["feedback_owner"] == {"id": bob.key, "name": bob.name}
    assert hr.call("DELETE", f"surveys/{survey['id']}").status_code == 204
    is_problem(hr.call("GET", f"surveys/{survey['id']}"), 404)


def test_a_mistake_anywhere_makes_nothing(hr: ApiClient, nordlys: Unit) -> None:
    facts = {"template": "empty", "title_en": "How is it?"}
    for wrong, pointer in (
        ({"audience": [nordlys.key, "u-nowhere"]}, "#/audience/1"),
        ({"sections": [{"instrument": "nothing"}]}, "#/sections/0"),
        ({"feedback_owner": "p-nobody"}, "#/feedback_owner"),
        ({"opens_at": "2031-01-10T08:00:00"}, "#/opens_at"),
        ({"opens_at": "2020-01-10T08:00:00Z"}, "#/opens_at"),
        ({"retention_months": 1000}, "#/retention_months"),
        ({"template": "nothing"}, "#/template"),
        ({"attributed": True}, "#/attributed"),
    ):
        assert pointers(hr.call("POST", "surveys", facts | wrong)) == [pointer]
    assert not Survey.objects.exists()


def test_same_idempotency_key_makes_one_draft(hr: ApiClient) -> None:
    first, second = (
        hr.call("POST", "surveys", {"template": "empty"}, Idempotency_Key="once") for _ in range(2)
    )
    assert first.json()["id"] == second.json()["id"]
    assert Survey.objects.count() == 1


def test_groups_are_fixed_opened_again_and_a_launch_says_what_is_missing(
    hr: ApiClient, nordlys: Unit
) -> None:
    make_version(content("ours"))
    survey = created(hr, audience=[nordlys.key], sections=[{"instrument": "ours"}])
    path = f"surveys/{survey['id']}"
    assert hr.call("POST", f"{path}/freeze").json()["state"] == "frozen"
    assert pointers(hr.call("PATCH", path, {"title_en": "Late"})) == ["#"]
    missing = hr.call("POST", f"{path}/launch")
    assert len(pointers(missing)) >= 3
    assert hr.call("POST", f"{path}/unfreeze").json()["state"] == "draft"


def test_open_survey_gets_more_time_or_ends(
    hr: ApiClient, bob: Person, nordlys: Unit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("surveys.actions.clock.ring", lambda task: None)
    survey = make_survey("open", teams=[nordlys], by=bob)
    path = f"surveys/{survey.key}"
    later = {"closes_at": (survey.closes_at + dt.timedelta(days=2)).isoformat()}

    def away(*facts: Any) -> None:
        raise box.BoxProblem("The ballot box does not answer.")

    monkeypatch.setattr(box, "extend_survey", away)
    answer = hr.call("POST", f"{path}/extend", later)
    is_problem(answer, 503)
    assert answer.headers["Retry-After"] == "5"
    monkeypatch.setattr(box, "extend_survey", lambda *facts: None)
    answer = hr.call("POST", f"{path}/extend", later)
    assert answer.status_code == 200
    survey.refresh_from_db()
    assert survey.closes_at == dt.datetime.fromisoformat(later["closes_at"])
    assert pointers(hr.call("POST", f"{path}/cancel", {})) == ["#/reason"]
    ended = hr.call("POST", f"{path}/cancel", {"reason": "Wrong questions."})
    assert (ended.json()["state"], ended.json()["cancel_reason"]) == (
        "cancelled",
        "Wrong questions.",
    )


def test_only_hr_plans_and_only_in_its_scope(
    as_person: Maker, hr: ApiClient, alice: Person, charlie: Person, nordlys: Unit
) -> None:
    survey = make_survey("open", teams=[nordlys])
    is_problem(as_person(alice).call("POST", "surveys", {"template": "empty"}), 403)
    asked = as_person(alice)
    for verb in ("freeze", "unfreeze", "launch", "extend", "cancel"):
        is_problem(asked.call("POST", f"surveys/{survey.key}/{verb}", {}), 403)
        is_problem(as_person(charlie).call("POST", f"surveys/{survey.key}/{verb}", {}), 404)
    is_problem(asked.call("DELETE", f"surveys/{survey.key}"), 403)
    give_role(charlie, "hr", unit=nordlys)
    elsewhere = created(as_person(charlie))
    answer = as_person(charlie).call(
        "PATCH", f"surveys/{elsewhere['id']}", {"audience": [alice.employer.key]}
    )
    assert pointers(answer) == ["#/audience"]


def test_writing_needs_its_scope(as_person: Maker, bob: Person) -> None:
    give_role(bob, "hr")
    reader = as_person(bob, "surveys:read", "instruments:read")
    is_problem(reader.call("POST", "surveys", {"template": "empty"}), 403)
    is_problem(reader.call("POST", "instruments", {"document": {}}), 403)


def test_instrument_is_written_versioned_and_retired(hr: ApiClient) -> None:
    document = {name: value for name, value in content("ours").items() if name != "version"}
    made = hr.call("POST", "instruments", {"document": document})
    assert made.status_code == 201, made.content
    assert (made.json()["id"], made.json()["version"]) == ("ours", 1)
    assert made.headers["Location"].endswith("/instruments/ours")
    assert hr.call("POST", "instruments", {"document": document}).status_code == 400
    later = document | {"source": "Other words."}
    second = hr.call("POST", "instruments/ours/versions", {"document": later})
    assert (second.status_code, second.json()["version"]) == (201, 2)
    assert hr.call("DELETE", "instruments/ours").status_code == 204
    assert Instrument.objects.get(key="ours").retired_at is not None


def test_bad_document_is_told_of(hr: ApiClient) -> None:
    for document in ({}, {"key": "x"}, content("ours") | {"items": []}, content("ours", title=7)):
        answer = hr.call("POST", "instruments", {"document": document})
        assert set(pointers(answer)) == {"#"}
    assert pointers(hr.call("POST", "instruments", {"document": []})) == ["#/document"]
    shipped = Instrument.objects.filter(is_shipped=True).first()
    assert shipped
    path = f"instruments/{shipped.key}/versions"
    assert pointers(hr.call("POST", path, {"document": content("ours")})) == ["#"]
