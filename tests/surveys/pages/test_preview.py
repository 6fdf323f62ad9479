"""The preview shows what will stand on the ballot page."""

from django.test import Client
from django.urls import reverse

from engagement import times
from surveys import actions
from tests.conftest import sign_in
from tests.surveys.conftest import Asked


def test_scales_stand_as_on_the_ballot_page(asked: Asked) -> None:
    """A short scale with words for each point is a list; from 0 to 10 is a row."""
    survey = actions.create_survey(by=asked.hr, template="annual", at=times.now())
    client = sign_in(Client(), asked.hr)
    page = client.get(reverse("surveys:preview", args=[survey.key])).content.decode()
    assert page.count('class="scale-list"') == 40
    assert page.count("Verken eller") == 40
    assert page.count('class="scale is-11"') == 1
