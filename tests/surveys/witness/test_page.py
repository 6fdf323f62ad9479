"""The witness page from the server's side: who may, what is handed out, what is taken."""

import json
from typing import Any

import pytest
from django.test import Client

from engagement import times
from engagement.people.models import Person
from surveys.models import Count, Review, Survey
from surveys.protocol.capability import check_capability
from surveys.protocol.encoding import b64
from surveys.protocol.sealing import new_counting_key
from tests.conftest import sign_in
from tests.surveys.conftest import Asked
from tests.surveys.factories import COUNTING_KEYS, make_review, make_survey
from tests.surveys.test_counts import closed_survey

pytestmark = pytest.mark.django_db
PUBLIC = new_counting_key()[1]


def url(survey: Survey) -> str:
    return f"/surveys/{survey.key}/count/"


def post(person: Person, survey: Survey, document: Any) -> tuple[int, dict[str, Any]]:
    data = document if isinstance(document, bytes) else json.dumps(document)
    client = sign_in(Client(), person)
    answer = client.post(url(survey), data, content_type="application/json")
    return answer.status_code, json.loads(answer.content)


def frozen(asked: Asked, **facts: Any) -> Survey:
    return make_survey("frozen", teams=[asked.nordlys], **facts)


def closed(asked: Asked) -> tuple[Survey, dict[str, Any]]:
    """A closed survey whose key the delegate holds, and its true result."""
    survey, result = closed_survey()
    make_review(survey, asked.delegate, is_witness=True)
    return survey, result


def page_data(content: bytes) -> dict[str, Any]:
    start = content.index(b'id="page-data"')
    raw = content[content.index(b">", start) + 1 : content.index(b"</script>", start)]
    found: dict[str, Any] = json.loads(raw)
    return found


@pytest.mark.parametrize("state", ["frozen", "closed", "counted"])
def test_only_witnesses_enter(asked: Asked, state: str) -> None:
    survey = make_survey(state, teams=[asked.nordlys])
    member = asked.nordlys.memberships.first()
    assert member
    for person, status in ((asked.hr, 403), (asked.delegate, 200), (asked.union, 200)):
        assert sign_in(Client(), person).get(url(survey)).status_code == status
    assert sign_in(Client(), member.person).get(url(survey)).status_code in {403, 404}
    assert Client().get(url(survey)).status_code == 302


def test_sealed_survey_has_no_witness_page(asked: Asked) -> None:
    survey = frozen(asked, level="sealed")
    assert sign_in(Client(), asked.delegate).get(url(survey)).status_code == 403
    status, _ = post_refused(asked.delegate, survey)
    assert status == 403


def post_refused(person: Person, survey: Survey) -> tuple[int, bytes]:
    said = json.dumps({"public": b64(PUBLIC), "instead_of": ""})
    answer = sign_in(Client(), person).post(url(survey), said, content_type="application/json")
    return answer.status_code, answer.content


def test_first_key_is_kept_and_its_maker_holds_it(asked: Asked) -> None:
    survey = frozen(asked)
    said = {"public": b64(PUBLIC), "instead_of": ""}
    assert post(asked.delegate, survey, said) == (200, {"public": b64(PUBLIC)})
    assert post(asked.delegate, survey, said)[0] == 200
    survey.refresh_from_db()
    assert bytes(survey.counting_key or b"") == PUBLIC
    assert Review.objects.get(survey=survey).is_witness


def test_second_witness_shows_the_same_key(asked: Asked) -> None:
    survey = frozen(asked)
    post(asked.delegate, survey, {"public": b64(PUBLIC), "instead_of": ""})
    assert post(asked.union, survey, {"public": b64(PUBLIC), "instead_of": b64(PUBLIC)})[0] == 200
    checked = Review.objects.filter(survey=survey, key_checked_at__isnull=False)
    assert checked.filter(is_witness=True).count() == 2


def test_two_keys_at_once_do_not_undo_each_other(asked: Asked) -> None:
    survey = frozen(asked)
    other = new_counting_key()[1]
    post(asked.delegate, survey, {"public": b64(PUBLIC), "instead_of": ""})
    status, problem = post(asked.union, survey, {"public": b64(other), "instead_of": ""})
    assert (status, "i mellomtiden" in problem["detail"]) == (409, True)
    assert post(asked.union, survey, {"public": b64(other), "instead_of": b64(PUBLIC)})[0] == 200
    survey.refresh_from_db()
    assert bytes(survey.counting_key or b"") == other


@pytest.mark.parametrize(
    ("said", "status"),
    [
        (b"{", 400),
        (b"[]", 400),
        ({}, 400),
        ({"public": "*", "instead_of": ""}, 400),
        ({"public": 5, "instead_of": ""}, 400),
        ({"public": b64(bytes(32)), "instead_of": ""}, 422),
        ({"public": b64(bytes(31)), "instead_of": ""}, 422),
    ],
)
def test_what_is_no_key_is_refused(asked: Asked, said: Any, status: int) -> None:
    survey = frozen(asked)
    assert post(asked.delegate, survey, said)[0] == status
    survey.refresh_from_db()
    assert survey.counting_key is None


def test_key_waits_for_the_groups(asked: Asked) -> None:
    survey = make_survey("draft", teams=[asked.nordlys])
    said = {"public": b64(PUBLIC), "instead_of": ""}
    assert post(asked.delegate, survey, said)[0] == 409
    page = sign_in(Client(), asked.delegate).get(url(survey))
    assert b"data-witness-key" not in page.content


def test_launched_survey_takes_no_key(asked: Asked) -> None:
    survey = make_survey("open", teams=[asked.nordlys])
    make_review(survey, asked.delegate, is_witness=True)
    said = {"public": b64(PUBLIC), "instead_of": b64(COUNTING_KEYS[1])}
    assert post(asked.delegate, survey, said)[0] == 422
    survey.refresh_from_db()
    assert bytes(survey.counting_key or b"") == COUNTING_KEYS[1]


def test_count_page_opens_the_way_to_the_ballots(asked: Asked, settings: Any) -> None:
    settings.BALLOT_URL = "https://ballots.example"
    settings.BALLOT_CONTROL_TOKEN = "t" * 40
    survey, _ = closed(asked)
    page = sign_in(Client(), asked.delegate).get(url(survey))
    said = page_data(page.content)
    assert said["bundle"] == f"https://ballots.example/surveys/{survey.key}/bundle"
    assert said["collected"] == {"c001": 12}
    assert check_capability(
        "t" * 40, said["capability"], survey=survey.key, purpose="bundle",
        now=times.now().timestamp(),
    )  # fmt: skip
    assert "connect-src 'self' https://ballots.example;" in page["Content-Security-Policy"]
    assert "no-store" in page["Cache-Control"]


def test_nothing_can_be_pressed_before_the_script_listens(asked: Asked) -> None:
    """A form that the browser sends by itself would lose what was typed."""
    before, after = frozen(asked), closed(asked)[0]
    for survey, host in ((before, b"data-witness-key"), (after, b"data-witness-count")):
        page = sign_in(Client(), asked.delegate).get(url(survey)).content
        [opening] = [tag for tag in page.split(b"<div ")[1:] if tag.startswith(host)]
        assert opening.partition(b">")[0].endswith(b" inert")


@pytest.mark.parametrize("state", ["launched", "open", "counted", "cancelled"])
def test_nothing_is_handed_out_but_between_closing_and_count(asked: Asked, state: str) -> None:
    survey = make_survey(state, teams=[asked.nordlys])
    make_review(survey, asked.delegate, is_witness=True)
    page = sign_in(Client(), asked.delegate).get(url(survey))
    assert page.status_code == 200
    assert b"capability" not in page.content
    assert "ballots" not in page["Content-Security-Policy"]


def test_representative_without_the_key_is_handed_nothing(asked: Asked) -> None:
    survey = make_survey("closed", teams=[asked.nordlys])
    page = sign_in(Client(), asked.union).get(url(survey))
    assert page.status_code == 200
    assert b"capability" not in page.content
    assert post_refused(asked.union, survey)[0] == 403


def test_result_is_kept_once_and_shown(asked: Asked) -> None:
    survey, result = closed(asked)
    assert post(asked.delegate, survey, result) == (200, {"root": result["root"]})
    assert post(asked.delegate, survey, result) == (200, {"root": result["root"]})
    kept = Count.objects.get(survey=survey)
    assert kept.by == asked.delegate
    page = sign_in(Client(), asked.delegate).get(url(survey))
    assert result["root"].encode() in page.content


def test_result_that_does_not_fit_is_refused_in_words(asked: Asked) -> None:
    survey, result = closed(asked)
    status, problem = post(asked.delegate, survey, {**result, "root": "00"})
    assert status == 422
    assert problem["detail"]
    assert not Count.objects.exists()


def test_result_may_be_larger_than_a_form(asked: Asked, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    survey, result = closed(asked)
    assert post(asked.delegate, survey, result)[0] == 200


def test_result_larger_than_all_sheets_is_cut_off(asked: Asked) -> None:
    survey, result = closed(asked)
    data = json.dumps(result).encode() + b" " * 5_000_000
    assert post(asked.delegate, survey, data)[0] == 400


def test_post_needs_the_proof_of_the_page(asked: Asked) -> None:
    survey, result = closed(asked)
    client = Client(enforce_csrf_checks=True)
    sign_in(client, asked.delegate)
    answer = client.post(url(survey), json.dumps(result), content_type="application/json")
    assert answer.status_code == 403
    assert not Count.objects.exists()
