"""Whatever is cut off between closing and destruction: one count, every receipt, no ballot lost."""

import datetime as dt
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError

from engagement import times
from engagement.people.actions import audit
from engagement.people.models import AuditEntry
from surveys import box, counter
from surveys.actions import clock, counts
from surveys.models import (
    Comment,
    Count,
    GroupStatistic,
    ItemStatistic,
    PublishedReceipt,
    RollEntry,
    Survey,
)
from surveys.protocol import blind, client, manifest
from surveys.protocol.encoding import canonical
from surveys.protocol.sheet import Remark, Sheet
from tests.surveys.factories import COUNTING_KEYS, make_survey, make_team, signing_key

# Each step commits for itself, as in the counting process.
pytestmark = pytest.mark.django_db(transaction=True)
PEOPLE = 12


class Killed(BaseException):
    """As kill -9: nobody who expects exceptions catches it."""


class KeptBox:
    """The ballot box as the control channel sees it."""

    def __init__(self, bundle: bytes) -> None:
        self.bundle = bundle
        self.published: list[tuple[list[str], str]] = []
        self.ballots = PEOPLE

    def fetch(self, key: str) -> bytes:
        return self.bundle

    def publish(self, key: str, *, receipts: list[str], root: str) -> None:
        self.published.append((receipts, root))

    def destroy(self, key: str) -> int:
        self.ballots = 0
        return PEOPLE


@pytest.fixture(autouse=True)
def data_dir(settings: Any, tmp_path: Path) -> Path:
    settings.DATA_DIR = tmp_path
    return tmp_path


@pytest.fixture
def survey() -> Survey:
    survey = make_survey("closed", level="sealed", teams=[make_team(people=PEOPLE)])
    survey.cells.update(collected_count=PEOPLE)
    (counter.folder() / f"{survey.key}.key").write_bytes(COUNTING_KEYS[0])
    return survey


@pytest.fixture
def kept_box(survey: Survey, monkeypatch: pytest.MonkeyPatch) -> KeptBox:
    rules = manifest.parse(bytes(survey.manifest or b""))
    first, _second, text = rules.items
    signer = blind.Signer(signing_key(1))
    ballots = []
    for number in range(PEOPLE):
        sheet = Sheet({first: 1 + number % 5}, {text: Remark(f"Nummer {number}", "team")})
        prepared = client.prepare_ballot(rules, "c001", sheet)
        ballots.append(client.finish(prepared, signer.sign(prepared.blinded)))
    document = {"survey": survey.key, "manifest_sha256": rules.hash.hex(), "ballots": ballots}
    kept = KeptBox(canonical(document))
    monkeypatch.setattr(box, "fetch_bundle", kept.fetch)
    monkeypatch.setattr(box, "publish_receipts", kept.publish)
    monkeypatch.setattr(box, "destroy_ballots", kept.destroy)
    return kept


def everything(at: dt.datetime) -> None:
    """What the counting process and the worker do, round after round."""
    counter.work(at=at)
    counts.publish_receipts(at=at)
    clock.destroy_ballots(at=at + dt.timedelta(days=31))


def killed_at(owner: Any, name: str, *, after: bool) -> Callable[..., Any]:
    """``owner.name`` that dies the first time it is called, before or after it has done its work."""
    real = getattr(owner, name)
    calls = []

    def act(*words: Any, **named: Any) -> Any:
        if calls:
            return real(*words, **named)
        calls.append(name)
        if after:
            real(*words, **named)
        raise Killed

    return act


STEPS = [
    (box, "fetch_bundle"),
    (counter, "count"),
    (counter, "record_count"),
    (Count.objects, "create"),
    (GroupStatistic.objects, "bulk_create"),
    (ItemStatistic.objects, "bulk_create"),
    (Comment.objects, "bulk_create"),
    (PublishedReceipt.objects, "bulk_create"),
    (counts, "ring"),
    (os, "urandom"),
    (Path, "unlink"),
    (box, "publish_receipts"),
    (box, "destroy_ballots"),
    (audit, "record"),
]


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(("owner", "name"), STEPS, ids=[name for _, name in STEPS])
def test_killed_at_a_step_goes_on_to_the_same_end(
    survey: Survey,
    kept_box: KeptBox,
    data_dir: Path,
    monkeypatch: pytest.MonkeyPatch,
    owner: Any,
    name: str,
    after: bool,
) -> None:
    at = times.now()
    key = data_dir / "counting-keys" / f"{survey.key}.key"
    monkeypatch.setattr(owner, name, killed_at(owner, name, after=after))
    with pytest.raises(Killed):
        everything(at)
    survey.refresh_from_db()
    if survey.counted_at is None:
        assert key.read_bytes() == COUNTING_KEYS[0], "the key goes after the result is kept"
    for _ in range(2):
        everything(at)
    count = Count.objects.get(survey=survey)
    receipts = list(count.receipts.values_list("receipt", flat=True))
    assert (count.ballot_count, len(receipts), len(set(receipts))) == (PEOPLE, PEOPLE, PEOPLE)
    whole = GroupStatistic.objects.get(count=count, kind="whole")
    assert whole.answered == PEOPLE
    assert ItemStatistic.objects.get(group=whole).counts == [3, 3, 2, 2, 2]
    assert Comment.objects.filter(count=count).count() == PEOPLE
    assert set(map(repr, kept_box.published)) == {repr((receipts, count.root))}
    assert not key.exists()
    assert kept_box.ballots == 0
    for verb in ("survey_counted", "counting_key_destroyed", "ballots_destroyed"):
        assert AuditEntry.objects.filter(verb=verb).count() == 1, verb
    assert AuditEntry.objects.get(verb="ballots_destroyed").detail["ballots"] == PEOPLE


def test_database_away_after_the_key_was_overwritten_is_told_the_next_time(
    survey: Survey, kept_box: KeptBox, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = times.now()
    Survey.objects.update(counted_at=at)
    with monkeypatch.context() as patched:
        patched.setattr(audit, "record", _away)
        with pytest.raises(OperationalError):
            counter.work(at=at)
    assert not AuditEntry.objects.filter(verb="counting_key_destroyed").exists()
    assert (data_dir / "counting-keys" / f"{survey.key}.key").read_bytes() != COUNTING_KEYS[0]
    assert counter.work(at=at) == 1
    assert AuditEntry.objects.filter(verb="counting_key_destroyed").count() == 1


def _away(**_named: Any) -> None:
    raise OperationalError("the database is away")


def test_ballots_stay_until_their_day(survey: Survey, kept_box: KeptBox) -> None:
    at = times.now()
    counter.work(at=at)
    assert clock.destroy_ballots(at=at + dt.timedelta(days=30, seconds=-1)) == 0
    assert kept_box.ballots == PEOPLE
    assert clock.destroy_ballots(at=at + dt.timedelta(days=30)) == 1
    assert clock.destroy_ballots(at=at + dt.timedelta(days=31)) == 0


def test_count_that_is_refused_for_weeks_does_not_stop_the_others(
    survey: Survey, kept_box: KeptBox
) -> None:
    survey.cells.update(collected_count=PEOPLE - 1)
    Survey.objects.update(attempt_count=32_767)
    for _ in range(2):
        assert counter.work(at=times.now()) == 0
    assert not Count.objects.exists()
    survey.refresh_from_db()
    assert "only 11 were given out" in survey.last_problem


def test_roll_is_empty_and_counted_when_closed() -> None:
    survey = make_survey("open", teams=[make_team(people=6), make_team("Team Annet", people=6)])
    first = survey.roll.filter(cell__key="c001").order_by("pk")[:4]
    RollEntry.objects.filter(pk__in=first).update(is_collected=True, blinded_digest=b"x" * 32)
    Survey.objects.update(closes_at=times.now())
    assert clock.close_surveys(at=times.now()) == 1
    assert dict(survey.cells.values_list("key", "collected_count")) == {"c001": 4, "c002": 0}
    assert not survey.cells.filter(signing_key__isnull=False).exists()
    assert not RollEntry.objects.exists()
