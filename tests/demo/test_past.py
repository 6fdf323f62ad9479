"""The demo's counted history: real ballots, counted once, destroyed when their time was up."""

import datetime as dt
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import httpx
import psycopg
import pytest

from engagement import times
from engagement.demo.surveys import keys, past, planned, present
from engagement.notices.models import Delivery, Notice
from engagement.people.actions import end_role
from engagement.people.models import AuditEntry, Person, RoleAssignment, Unit
from surveys import box, counter
from surveys.actions import clock
from surveys.actions.counts import record_count
from surveys.counting.count import count
from surveys.models import Comment, Count, RollEntry, Survey
from surveys.protocol import manifest, merkle
from surveys.protocol.encoding import strict_json
from tests.demo.conftest import set_clock
from tests.surveys.witness.browser import Box

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.django_db


def fill(at: dt.datetime) -> list[str]:
    told: list[str] = []
    past.fill(planned.past_surveys(times.local_date(at)), tell=told.append)
    return told


def ballots_in(box: Box, survey: Survey) -> int:
    with psycopg.connect(box.database) as db:
        row = db.execute("SELECT count(*) FROM ballot WHERE survey = %s", [survey.key]).fetchone()
        return row[0] if row else 0


def told_of(verb: str) -> dict[str, dt.datetime]:
    return dict(AuditEntry.objects.filter(verb=verb).values_list("subject", "at"))


def test_history_is_lived_through_once(fjordtel: dt.datetime, in_box: Box) -> None:
    assert fill(fjordtel)[-1] == "Surveys of the past: 5 of 5"
    counted = list(Survey.objects.filter(level="sealed").order_by("opens_at"))
    assert [one.state for one in counted] == ["counted"] * 4
    assert [one.kind for one in counted] == ["annual", "pulse", "pulse", "pulse"]
    for earlier, later in pairwise(counted):
        assert later.opens_at - earlier.opens_at >= dt.timedelta(weeks=8)
    key_gone, ballots_gone = told_of("counting_key_destroyed"), told_of("ballots_destroyed")
    for survey in counted:
        result = Count.objects.get(survey=survey)
        invited = sum(survey.cells.values_list("invited_count", flat=True))
        assert 0.5 < result.ballot_count / invited < 0.95
        assert result.ballot_count == sum(survey.cells.values_list("collected_count", flat=True))
        assert result.spoilt_count == sum(result.refused.values()) == 0
        assert result.groups.get(kind="whole").answered == result.ballot_count
        public = httpx.get(
            f"{in_box.url}/surveys/{survey.key}/receipts.json", trust_env=False
        ).json()
        receipts = list(result.receipts.values_list("receipt", flat=True))
        assert public["receipts"] == receipts
        assert public["root"] == result.root == merkle.root(receipts)
        # By the clock, not today.
        assert survey.opened_at == survey.opens_at
        assert survey.closed_at == survey.closes_at
        assert survey.counted_at == key_gone[survey.key] == survey.closes_at + past.COUNTED_AFTER
        assert survey.destroyed_at == survey.counted_at + dt.timedelta(days=30)
        assert ballots_gone[survey.key] == survey.destroyed_at
        assert ballots_in(in_box, survey) == 0
        assert not survey.cells.filter(signing_key__isnull=False).exists()
        assert all(one.sent_at == one.send_at for one in survey.reminders.all())
    assert list(counter.folder().iterdir()) == []
    assert not RollEntry.objects.exists()
    assert not Notice.objects.filter(kind__startswith="survey").exists()
    assert not Delivery.objects.exists()
    assert clock.close_surveys(at=times.now()) == clock.destroy_ballots(at=times.now()) == 0
    assert_organisation_is_as_it_was(*counted)
    assert_story_is_told(counted)
    before = AuditEntry.objects.count()
    assert fill(fjordtel) == []
    assert Survey.objects.count() == 5
    assert AuditEntry.objects.count() == before


def assert_organisation_is_as_it_was(
    annual: Survey, after_merger: Survey, after_hamar: Survey, _last: Survey
) -> None:
    torden, skibladner = (
        Unit.objects.get(name=name) for name in ("Team Torden", "Team Skibladner")
    )

    def asks(survey: Survey, unit: Unit) -> bool:
        units = survey.cells.values_list("units", flat=True)
        return any(one["key"] == unit.key for row in units for one in row)

    assert asks(annual, torden)
    assert not asks(after_merger, torden)
    assert asks(after_merger, skibladner)
    assert not asks(after_hamar, skibladner)


def assert_story_is_told(surveys: list[Survey]) -> None:
    """It becomes safer to speak up; no comment is there twice, and none has a name in it."""

    def mean(survey: Survey) -> float:
        item = survey.count.groups.get(kind="whole").items.get(item_key="pulse.speaking_up.1")
        return sum(n * point for point, n in enumerate(item.counts, start=1)) / item.n

    assert mean(surveys[-1]) > mean(surveys[1])
    texts = list(Comment.objects.values_list("text", flat=True))
    assert 0 < len(texts) == len(set(texts))
    names = set(Person.objects.values_list("given_name", flat=True))
    assert not {word for text in texts for word in re.findall(r"\w+", text)} & names


def test_killed_run_leaves_nothing_and_is_done_again(
    fjordtel: dt.datetime, in_box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_survey: Survey, at: dt.datetime) -> None:
        raise KeyboardInterrupt

    real = counter.count_sealed
    monkeypatch.setattr(counter, "count_sealed", killed)
    [_waiting, annual, *_pulses] = planned.past_surveys(times.local_date(fjordtel))
    with pytest.raises(KeyboardInterrupt):
        past.fill([annual], tell=lambda line: None)
    leftover = Survey.objects.get()
    assert leftover.launched_at is None, "the worker must not see it halfway"
    assert ballots_in(in_box, leftover) > 0
    monkeypatch.setattr(counter, "count_sealed", real)
    past.fill([annual], tell=lambda line: None)
    assert Survey.objects.get().state == "counted"
    assert not Survey.objects.filter(key=leftover.key).exists()
    assert ballots_in(in_box, leftover) == 0


def test_who_was_asked_meanwhile_is_left_in_peace(fjordtel: dt.datetime) -> None:
    [waiting, *_others] = planned.past_surveys(times.local_date(fjordtel))
    past.fill([waiting], tell=lambda line: None)
    Survey.objects.update(created_at=fjordtel - dt.timedelta(days=90))
    told: list[str] = []
    past.fill([waiting], tell=told.append)
    assert told[0].startswith("Puls i Bergen: ")
    assert Survey.objects.count() == 1


def test_without_representatives_there_are_no_surveys_and_the_demo_goes_on(
    fjordtel: dt.datetime,
) -> None:
    for one in RoleAssignment.objects.filter(role="safety_delegate"):
        end_role(assignment=one, by=None, at=fjordtel)
    told = fill(fjordtel)
    assert len(told) == 5
    assert told[0].startswith("Puls i Bergen: ")
    assert present.keep_one_open(at=fjordtel) is None
    assert not Survey.objects.exists()


def test_waiting_survey_is_counted_with_the_key_file(fjordtel: dt.datetime, tmp_path: Path) -> None:
    [waiting, *_others] = planned.past_surveys(times.local_date(fjordtel))
    past.fill([waiting], tell=lambda line: None)
    survey = Survey.objects.get()
    assert survey.state == "closed"
    assert times.local_date(survey.closes_at) == times.local_date(fjordtel) - dt.timedelta(days=1)
    witnesses = survey.reviews.filter(is_witness=True, confirmed_at__isnull=False)
    assert set(witnesses.values_list("role", flat=True)) == {
        "safety_delegate",
        "union_representative",
    }
    found = keys.find_key(survey.key)
    assert found
    private = opened_as_documented(found.path, found.passphrase, tmp_path)
    rules = manifest.parse(bytes(survey.manifest or b""))
    collected = dict(survey.cells.values_list("key", "collected_count"))
    set_clock(fjordtel)
    bundle = box.fetch_bundle(survey.key)
    result = count(rules, bundle, private, collected=collected)
    assert result["ballots"] == len(strict_json(bundle)["ballots"]) == sum(collected.values()) > 0
    assert result["spoilt"] == sum(result["refused"].values()) == 0
    [delegate] = [one.person for one in witnesses if one.role == "safety_delegate"]
    record_count(survey=survey, result=result, by=delegate, at=times.now())
    survey.refresh_from_db()
    assert survey.state == "counted"


def opened_as_documented(file: Path, passphrase: str, folder: Path) -> bytes:
    """By the program in docs/key-file.md, word for word."""
    text = (ROOT / "docs" / "key-file.md").read_text()
    program = folder / "open.py"
    program.write_text(text.partition("```python\n")[2].partition("```")[0])
    done = subprocess.run(
        [sys.executable, program, file],
        input=passphrase, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return bytes.fromhex(done.stdout.removeprefix("Passphrase: ").strip())
