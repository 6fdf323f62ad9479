"""What a visitor of the demo gets to play the witness, and nobody anywhere else."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.test import Client, RequestFactory
from django.urls import NoReverseMatch, reverse

from engagement.demo import views
from engagement.demo.surveys import keys
from engagement.people.models import Person
from surveys.models import Survey
from tests.conftest import sign_in
from tests.surveys.conftest import Asked
from tests.surveys.factories import make_review, make_survey

pytestmark = pytest.mark.django_db


@pytest.fixture
def closed(asked: Asked, settings: Any, tmp_path: Path) -> Survey:
    """Waits for the delegate, who holds its key; the demo made the file."""
    settings.DATA_DIR = tmp_path
    survey = make_survey("closed", teams=[asked.nordlys], by=asked.hr)
    make_review(survey, asked.delegate, is_witness=True)
    keys.make_key(survey)
    return survey


def fetch(person: Person, survey: Survey) -> bytes:
    request = RequestFactory().get("/")
    request.user = person
    answer = views.key_file(request, survey.key)  # type: ignore[arg-type]
    assert answer["Content-Disposition"] == f'attachment; filename="{survey.key}-key.json"'
    return answer.content


def test_witness_downloads_the_key_file(closed: Survey, asked: Asked, settings: Any) -> None:
    settings.DEMO = True
    assert json.loads(fetch(asked.delegate, closed))["survey"] == closed.key
    with pytest.raises(PermissionDenied):
        fetch(asked.hr, closed)
    with pytest.raises(Http404):
        fetch(Person.objects.filter(memberships__unit=asked.mjosa)[0], closed)


@pytest.mark.parametrize("key", ["", "../secret-key", "passphrase.txt", "s0bcdfghjkmnpqr"])
def test_no_other_file_is_given_out(closed: Survey, asked: Asked, settings: Any, key: str) -> None:
    settings.DEMO = True
    with pytest.raises(Http404):
        fetch(asked.delegate, Survey(key=key))


def test_nothing_of_it_is_there_outside_the_demo(
    closed: Survey,
    asked: Asked,
    client: Client,
) -> None:
    with pytest.raises(NoReverseMatch):
        reverse("demo:key-file", args=[closed.key])
    sign_in(client, asked.delegate)
    assert client.get(f"/demo/keys/{closed.key}/").status_code == 404
    with pytest.raises(Http404):
        fetch(asked.delegate, closed)
    page = client.get(reverse("surveys:count", args=[closed.key])).content.decode()
    assert 'data-testid="count-start"' in page
    assert 'data-testid="demo-key' not in page
    assert keys.passphrase() not in page
