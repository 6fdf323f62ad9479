"""The demo's open survey: one at a time, with peace between them, and the personas' own to answer."""

import datetime as dt

import psycopg
import pytest
from django.conf import settings

from engagement import times
from engagement.demo.personas import PERSONAS
from engagement.demo.surveys import keys, present
from surveys.actions import clock
from surveys.models import RollEntry, Survey
from surveys.queries.mine import survey_to_answer
from tests.demo.conftest import A_MOMENT, found, set_clock
from tests.surveys.witness.browser import Box

pytestmark = pytest.mark.django_db


def ballot_count(box: Box, survey: Survey) -> int:
    with psycopg.connect(box.database) as db:
        row = db.execute("SELECT count(*) FROM ballot WHERE survey = %s", [survey.key]).fetchone()
        return row[0] if row else 0


def test_open_survey_has_ballots_and_leaves_personas_theirs(
    fjordtel: dt.datetime, in_box: Box
) -> None:
    survey = present.keep_one_open(at=fjordtel)
    assert survey
    set_clock(fjordtel)
    present.let_vote(at=fjordtel)
    survey.refresh_from_db()
    assert survey.is_open(fjordtel)
    assert survey.level == "witnessed"
    assert keys.find_key(survey.key)
    collected = RollEntry.objects.filter(survey=survey, is_collected=True)
    assert 0 < collected.count() == ballot_count(in_box, survey) < survey.roll.count()
    numbers = [persona.number for persona in PERSONAS]
    assert not collected.filter(person__employee_number__in=numbers).exists()
    for slug in ("10001", "10002", "10003"):
        entry = RollEntry.objects.get(survey=survey, person__employee_number=slug)
        assert survey_to_answer(entry.person, at=fjordtel) == entry
    # A second start does the same and adds nothing.
    again = present.keep_one_open(at=fjordtel)
    present.let_vote(at=fjordtel)
    assert again == survey == Survey.objects.get()
    assert collected.count() == ballot_count(in_box, survey)


def test_start_that_was_cut_off_goes_on(
    fjordtel: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(**_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(present.preparing, "prepare_survey", killed)
        with pytest.raises(KeyboardInterrupt):
            present.keep_one_open(at=fjordtel)
    launched = Survey.objects.get()
    assert launched.prepared_at is None
    assert present.keep_one_open(at=fjordtel) == launched
    launched.refresh_from_db()
    assert launched.is_open(fjordtel)


@pytest.mark.django_db
def test_next_one_opens_when_people_have_had_their_peace(in_box: Box) -> None:
    now = times.now() - A_MOMENT
    founded = now - dt.timedelta(days=75)
    found(at=founded)
    first = present.keep_one_open(at=founded)
    assert first
    assert first.closes_at
    closed = first.closes_at + dt.timedelta(hours=1)
    assert clock.close_surveys(at=closed) == 1
    assert present.keep_one_open(at=closed) is None
    assert keys.surveys_with_key() == [first.key]
    second = present.keep_one_open(at=now)
    assert second
    assert second != first
    assert Survey.objects.open(now).get() == second


def test_key_files_are_for_their_owner_only(fjordtel: dt.datetime) -> None:
    present.keep_one_open(at=fjordtel)
    folder = settings.DATA_DIR / "demo-keys"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
