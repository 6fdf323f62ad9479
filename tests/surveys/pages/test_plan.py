"""HR's page of a draft, as a browser shows it and sends it back."""

import datetime as dt
import html
import json
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from engagement import times
from engagement.people.models import Person
from surveys import actions
from surveys.forms import SurveyForm
from surveys.models import Survey
from tests.conftest import sign_in
from tests.surveys.conftest import Asked
from tests.surveys.factories import make_survey


@pytest.fixture
def survey(asked: Asked) -> Survey:
    survey = actions.create_survey(by=asked.hr, template="annual", at=times.now())
    return actions.set_audience(
        survey=survey, places=[asked.department], by=asked.hr, at=times.now()
    )


def page_of(survey: Survey, viewer: Person) -> str:
    url = reverse("surveys:edit", args=[survey.key])
    return sign_in(Client(), viewer).get(url).content.decode()


def as_sent(survey: Survey, viewer: Person) -> dict[str, Any]:
    """The page as it is, nothing changed; without who tells the results."""
    form = SurveyForm(survey=survey, viewer=viewer)
    facts = {name: form[name] for name in form.FACTS}
    return {
        **{
            name: field.field.widget.format_value(field.value()) or ""
            for name, field in facts.items()
            if name != "level"
        },
        "level": survey.level,
        "section": [str(one.version.pk) for one in form.picked],
        "item": [item["key"] for one in form.picked for item in one.items],
        "place": list(form.chosen),
    }


def chosen_on(page: str) -> list[dict[str, Any]]:
    [shown] = re.findall(r'data-chosen="([^"]*)"', page)
    found: list[dict[str, Any]] = json.loads(html.unescape(shown))
    return found


@pytest.mark.parametrize("has_script", [True, False])
def test_who_tells_the_results_is_kept_when_the_page_is_saved(
    asked: Asked, survey: Survey, has_script: bool
) -> None:
    page = page_of(survey, asked.hr)
    [chosen] = chosen_on(page)
    assert (chosen["id"], chosen["name"]) == (asked.hr.key, asked.hr.name)
    assert f'name="feedback_owner_text" value="{asked.hr.name}"' in page
    owner = (
        {"feedback_owner": chosen["id"]} if has_script else {"feedback_owner_text": asked.hr.name}
    )
    sent = as_sent(survey, asked.hr) | owner | {"title_nb": "Ny"}
    answer = sign_in(Client(), asked.hr).post(reverse("surveys:edit", args=[survey.key]), sent)
    assert answer.status_code == 302
    survey.refresh_from_db()
    assert (survey.title_nb, survey.feedback_owner) == ("Ny", asked.hr)


def test_what_the_launch_needs_is_not_called_optional(asked: Asked, survey: Survey) -> None:
    page = page_of(survey, asked.hr)
    optional = re.findall(r'<label for="id_(\w+)">[^<]*<span class="optional">', page)
    assert optional == ["over_limit_reason"]


@pytest.mark.parametrize(
    ("opens", "told"),
    [
        ("2027-02-01T08:00", ["Asked too recently: 1 unit", "Open this one on March 24, 2027"]),
        ("2027-03-24T08:00", []),
    ],
)
def test_the_page_tells_at_once_when_people_were_asked_too_recently(
    asked: Asked, survey: Survey, opens: str, told: list[str]
) -> None:
    counted_at = dt.datetime(2027, 2, 16, 8, tzinfo=times.local_zone())
    before = make_survey("published", teams=[asked.nordlys], at=counted_at, by=asked.hr)
    assert times.local_date(before.opens_at) == dt.date(2027, 1, 27)
    asked.hr.language = "en"
    asked.hr.save()
    sent = as_sent(survey, asked.hr) | {"opens_at": opens}
    answer = sign_in(Client(), asked.hr).post(reverse("surveys:groups", args=[survey.key]), sent)
    page = answer.content.decode()
    all_words = ["Asked too recently: 1 unit", "Open this one on March 24, 2027"]
    assert [words for words in all_words if words in page] == told
