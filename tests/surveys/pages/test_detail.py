"""What the page of an open survey tells of how many have taken part, and to whom."""

import pytest
from django.test import Client
from django.urls import reverse

from engagement.people.models import Person
from surveys.models import Survey
from tests.conftest import sign_in
from tests.surveys.conftest import Asked
from tests.surveys.factories import make_survey, make_team

pytestmark = pytest.mark.django_db
TITLE, BAND, WHY = "Taking part", "0–49 %", "Fewer than twenty were asked."


def page(survey: Survey, reader: Person) -> str:
    reader.language = "en"
    reader.save()
    answer = sign_in(Client(), reader).get(reverse("surveys:detail", args=[survey.key]))
    return answer.content.decode()


def test_hr_sees_a_band_of_twenty_and_whoever_is_asked_sees_none(asked: Asked) -> None:
    team = make_team("Team Stor", people=20, parent=asked.department)
    survey = make_survey("open", teams=[team])
    shown = page(survey, asked.hr)
    assert TITLE in shown
    assert BAND in shown
    assert WHY not in shown
    person = survey.roll.select_related("person").first().person
    assert TITLE not in page(survey, person)


def test_of_few_no_band_is_told_and_the_page_says_why(asked: Asked) -> None:
    survey = make_survey("open", teams=[asked.nordlys])
    shown = page(survey, asked.hr)
    assert WHY in shown
    assert "–49 %" not in shown


def test_nothing_is_said_before_it_opens(asked: Asked) -> None:
    survey = make_survey("launched", teams=[asked.nordlys])
    assert TITLE not in page(survey, asked.hr)


@pytest.mark.parametrize(
    ("state", "facts", "is_told"),
    [
        ("launched", {"last_problem": "The ballot box does not answer."}, True),
        ("launched", {}, False),
        ("open", {"last_problem": "The ballot box does not answer."}, False),
        ("closed", {"last_problem": "bundle: too many", "level": "sealed"}, True),
        ("closed", {"last_problem": "bundle: too many", "level": "witnessed"}, False),
        ("counted", {"last_problem": "bundle: too many", "level": "sealed"}, False),
        ("cancelled", {"last_problem": "bundle: too many", "level": "sealed"}, False),
    ],
)
def test_a_step_that_is_refused_again_and_again_is_told_to_hr(
    asked: Asked, state: str, facts: dict[str, str], is_told: bool
) -> None:
    survey = make_survey(state, teams=[asked.nordlys], by=asked.hr, **facts)
    assert ('data-testid="survey-stuck"' in page(survey, asked.hr)) is is_told
    assert 'data-testid="survey-stuck"' not in page(survey, asked.delegate)
