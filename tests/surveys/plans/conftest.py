"""A pulse plan for the asked organisation and six more teams of seven, all of it in one time zone."""

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.utils.translation import override

from engagement.people.models import Unit
from surveys import actions
from surveys.models import Instrument, PulsePlan, Survey
from surveys.protocol import sealing
from tests.surveys.conftest import Asked
from tests.surveys.drafts.test_drafts import AT
from tests.surveys.factories import make_team

# A Monday four weeks after AT.
STARTS = dt.date(2027, 3, 1)
TEXTS = {
    "purpose_nb": "Vi vil vite hvordan det går.",
    "purpose_en": "We want to know how it goes.",
    "who_sees_nb": "Grupper på fem.",
    "who_sees_en": "Groups of five.",
}
PUBLIC = sealing.new_counting_key()[1]


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with override("en"):
        yield


@pytest.fixture
def teams(asked: Asked) -> list[Unit]:
    """Six more of seven: 66 people in nine teams and a department."""
    return [make_team(f"Lag {n}", people=7, parent=asked.department) for n in range(1, 7)]


Planner = Callable[..., PulsePlan]


@pytest.fixture
def planner(asked: Asked, teams: list[Unit]) -> Planner:
    """``planner(...)`` makes a sealed plan of four panels for everybody; say what the test is about."""

    def make(**facts: Any) -> PulsePlan:
        values: dict[str, Any] = {
            "by": asked.hr,
            "at": AT,
            "name_nb": "Puls",
            "name_en": "Pulse",
            "instruments": [Instrument.objects.get(key="pulse")],
            "places": [asked.employer, asked.partner],
            "level": Survey.Level.SEALED,
            "starts_on": STARTS,
            "texts": TEXTS,
            "discussed_on": AT.date(),
            "feedback_owner": asked.hr,
            "items_a_round": 5,
        }
        return actions.create_plan(**values | facts)

    return make


@pytest.fixture
def confirmed(asked: Asked, planner: Planner) -> PulsePlan:
    """A sealed plan that a representative has read."""
    return actions.confirm_plan(plan=planner(), by=asked.delegate, at=AT)


def morning(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(7), AT.tzinfo)


def run(at: dt.datetime) -> int:
    """The clock at ``at``, with the counting process having made its keys in between."""
    made = actions.make_due_rounds(at=at)
    for survey in Survey.objects.filter(level="sealed", counting_key=None, launched_at=None):
        actions.set_counting_key_sealed(survey=survey, public=PUBLIC, at=at)
    actions.launch_due_rounds(at=at)
    return made
