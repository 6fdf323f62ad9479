"""A closed survey waits, where its witness cannot overlook it, until it is counted."""

import pytest
from django.test import Client

from engagement import times
from engagement.people.models import Person
from tests.conftest import sign_in
from tests.surveys.conftest import Asked
from tests.surveys.factories import make_review, make_survey

pytestmark = pytest.mark.django_db


def told(person: Person) -> list[bool]:
    """Whether Today and the page of surveys say so."""
    client = sign_in(Client(), person)
    return [
        b'data-testid="waiting-count"' in client.get(path).content for path in ("/", "/surveys/")
    ]


def test_its_witness_is_told_and_nobody_else(asked: Asked) -> None:
    survey = make_survey("closed", teams=[asked.nordlys])
    make_review(survey, asked.delegate, is_witness=True)
    make_review(survey, asked.union, role="union_representative")
    assert told(asked.delegate) == [True, True]
    assert told(asked.union) == told(asked.hr) == [False, False]
    survey.counted_at = times.now()
    survey.save()
    assert told(asked.delegate) == [False, False]


@pytest.mark.parametrize("facts", [{"level": "sealed"}, {"closed_at": None}])
def test_only_what_a_person_counts_and_is_over(asked: Asked, facts: dict[str, object]) -> None:
    survey = make_survey("closed", teams=[asked.nordlys], **facts)
    make_review(survey, asked.delegate, is_witness=True)
    assert told(asked.delegate) == [False, False]
