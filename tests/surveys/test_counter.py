"""The counting process: a key on disk before it is used, gone after the count, whatever is cut off."""

import stat
from pathlib import Path
from typing import Any

import pytest

from engagement import times
from engagement.people.models import AuditEntry
from surveys import box, counter
from surveys.models import Count, Survey
from surveys.protocol import blind, client, manifest
from surveys.protocol.encoding import canonical
from surveys.protocol.sealing import public_half
from surveys.protocol.sheet import Sheet
from tests.surveys.factories import COUNTING_KEYS, make_survey, make_team, signing_key

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def data_dir(settings: Any, tmp_path: Path) -> Path:
    settings.DATA_DIR = tmp_path
    return tmp_path


def closed_sealed() -> tuple[Survey, bytes]:
    survey = make_survey("closed", level="sealed", teams=[make_team(people=6)])
    survey.cells.update(collected_count=6)
    (counter.folder() / f"{survey.key}.key").write_bytes(COUNTING_KEYS[0])
    rules = manifest.parse(bytes(survey.manifest or b""))
    signer = blind.Signer(signing_key(1))
    ballots = []
    for _ in range(6):
        prepared = client.prepare_ballot(rules, "c001", Sheet({}, {}))
        ballots.append(client.finish(prepared, signer.sign(prepared.blinded)))
    return survey, canonical(
        {"survey": survey.key, "manifest_sha256": rules.hash.hex(), "ballots": ballots}
    )


def test_key_is_made_for_a_frozen_sealed_survey_and_for_no_other(data_dir: Path) -> None:
    sealed = make_survey("frozen", level="sealed")
    witnessed = make_survey("frozen", teams=[make_team("Team Annet")])
    draft = make_survey("draft", level="sealed", teams=[make_team("Team Tredje")])
    assert counter.work(at=times.now()) == 1
    assert counter.work(at=times.now()) == 0
    for survey in (sealed, witnessed, draft):
        survey.refresh_from_db()
    path = data_dir / "counting-keys" / f"{sealed.key}.key"
    assert bytes(sealed.counting_key or b"") == public_half(path.read_bytes())
    assert witnessed.counting_key is draft.counting_key is None
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [one.name for one in path.parent.iterdir()] == [path.name]


def test_cut_off_between_file_and_database_goes_on_with_the_same_key() -> None:
    survey = make_survey("frozen", level="sealed")
    counter.make_key(survey, at=times.now())
    survey.refresh_from_db()
    first = bytes(survey.counting_key or b"")
    Survey.objects.update(counting_key=None)
    counter.make_key(survey, at=times.now())
    survey.refresh_from_db()
    assert bytes(survey.counting_key or b"") == first


def test_closed_survey_is_counted_and_the_key_destroyed(
    monkeypatch: pytest.MonkeyPatch, data_dir: Path
) -> None:
    survey, bundle = closed_sealed()
    monkeypatch.setattr(box, "fetch_bundle", lambda key: bundle)
    assert counter.work(at=times.now()) == 2
    assert Count.objects.get(survey=survey).ballot_count == 6
    assert list((data_dir / "counting-keys").iterdir()) == []
    assert AuditEntry.objects.filter(verb="counting_key_destroyed", subject=survey.key).exists()
    assert counter.work(at=times.now()) == 0


def test_bundle_that_must_not_be_counted_keeps_the_key_and_says_why(
    monkeypatch: pytest.MonkeyPatch, data_dir: Path
) -> None:
    survey, bundle = closed_sealed()
    survey.cells.update(collected_count=5)
    monkeypatch.setattr(box, "fetch_bundle", lambda key: bundle)
    assert counter.work(at=times.now()) == 0
    survey.refresh_from_db()
    assert survey.last_problem == "c001 has 6 ballots, and only 5 were given out."
    assert (data_dir / "counting-keys" / f"{survey.key}.key").exists()


def test_box_away_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    survey, bundle = closed_sealed()

    def away(key: str) -> bytes:
        raise box.BoxProblem("The ballot box does not answer.")

    monkeypatch.setattr(box, "fetch_bundle", away)
    assert counter.work(at=times.now()) == 0
    monkeypatch.setattr(box, "fetch_bundle", lambda key: bundle)
    assert counter.work(at=times.now()) == 2
    survey.refresh_from_db()
    assert survey.counted_at is not None
