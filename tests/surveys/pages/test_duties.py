"""What waits for a representative stands on Today and in the room of surveys."""

import pytest
from django.test import Client
from django.urls import reverse

from engagement import times
from surveys.models import Survey
from tests.conftest import sign_in
from tests.surveys.conftest import Asked
from tests.surveys.factories import make_review, make_survey

State = Survey.State
PAGES = ("today", "surveys:index")


def is_told(asked: Asked, what: str) -> set[bool]:
    page = sign_in(Client(), asked.delegate)
    return {f'data-testid="{what}"' in page.get(reverse(name)).content.decode() for name in PAGES}


def test_a_plan_to_read_waits_until_it_is_confirmed(asked: Asked) -> None:
    survey = make_survey(State.FROZEN, teams=[asked.nordlys], by=asked.hr)
    assert is_told(asked, "waiting-review") == {True}
    make_review(survey, asked.delegate, confirmed_at=times.now())
    assert is_told(asked, "waiting-review") == {False}


@pytest.mark.parametrize(
    ("state", "level", "is_witness", "is_waiting"),
    [
        (State.CLOSED, "witnessed", True, True),
        (State.CLOSED, "witnessed", False, False),
        (State.CLOSED, "sealed", True, False),
        (State.OPEN, "witnessed", True, False),
        (State.COUNTED, "witnessed", True, False),
        (State.CANCELLED, "witnessed", True, False),
    ],
)
def test_ballots_to_count_wait_for_who_holds_the_key(
    asked: Asked, state: State, level: str, is_witness: bool, is_waiting: bool
) -> None:
    survey = make_survey(state, teams=[asked.nordlys], by=asked.hr, level=level)
    now = times.now()
    make_review(
        survey, asked.delegate, confirmed_at=now, is_witness=is_witness,
        key_checked_at=now if is_witness else None,
    )  # fmt: skip
    assert is_told(asked, "waiting-count") == {is_waiting}
