"""The surveys that other tests start from are such as the database and the protocol accept."""

import pytest

from engagement import times
from surveys.models import Survey
from surveys.protocol import manifest
from tests.surveys.factories import make_survey


@pytest.mark.parametrize("state", Survey.State.values)
def test_survey_is_in_the_state_asked_for(db: None, state: str) -> None:
    survey = make_survey(state)
    assert survey.state == state
    assert Survey.objects.open(times.now()).exists() == (state == "open")


def test_manifest_is_valid(db: None) -> None:
    survey = make_survey("open")
    assert survey.manifest is not None
    assert manifest.parse(bytes(survey.manifest)).survey == survey.key
