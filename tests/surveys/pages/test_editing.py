"""The draft on one page shows what is chosen."""

import json

from django.test import Client
from django.urls import reverse

from tests.conftest import sign_in
from tests.surveys.conftest import Asked
from tests.surveys.factories import make_survey


def test_draft_names_who_tells_the_results_and_opens_the_list_of_chosen_units(asked: Asked) -> None:
    survey = make_survey("draft", teams=[asked.nordlys], by=asked.hr)
    page = sign_in(Client(), asked.hr).get(reverse("surveys:edit", args=[survey.key]))
    form = page.context["form"]
    assert [one["id"] for one in json.loads(form.owner_json)] == [asked.hr.key]
    text = page.content.decode()
    assert f"&quot;{asked.hr.key}&quot;" in text
    assert '<details class="unit-picker" open>' in text
