"""The counting process of *Sealed* surveys: makes keys, counts when a survey is closed, destroys.

The private key lies in a file that only this process reads, outside databases and backups, and is
gone when the count is kept. Every step may be cut off: the file is on disk before the public half
is stored, and destroyed only after the result is.
"""

import datetime as dt
import os
import time
from collections.abc import Callable
from pathlib import Path

import structlog
from django.conf import settings
from django.db import transaction

from engagement.people.actions import audit
from engagement.people.models import AuditEntry
from surveys import box
from surveys.actions.counts import record_count
from surveys.actions.preparing import note_problem
from surveys.counting.bundle import BadBundle
from surveys.counting.count import count
from surveys.models import Survey
from surveys.protocol.manifest import parse
from surveys.protocol.sealing import new_counting_key, public_half

log = structlog.get_logger(__name__)
KEY_BYTES = 32
KEY_DESTROYED = "counting_key_destroyed"


def folder() -> Path:
    """Where the keys lie; only we may enter."""
    path = settings.DATA_DIR / "counting-keys"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return Path(path)


def work(*, at: dt.datetime) -> int:
    """One round: keys for what is frozen, counts of what is closed. How much was done."""
    done = 0
    sealed = Survey.objects.standing().filter(level=Survey.Level.SEALED)
    for survey in sealed.filter(
        frozen_at__isnull=False, launched_at__isnull=True, counting_key__isnull=True
    ):
        done += _safely(survey, make_key, at)
    for survey in sealed.filter(closed_at__isnull=False, counted_at__isnull=True):
        done += _safely(survey, count_sealed, at)
    for path in folder().glob("*.key"):
        done += destroy_key_if_over(path, at)
    return done


def _safely(survey: Survey, act: Callable[..., None], at: dt.datetime) -> int:
    try:
        act(survey, at=at)
    except (box.BoxProblem, BadBundle) as problem:
        note_problem(survey, box.BoxProblem(str(problem)))
        return 0
    except Exception as error:
        note_problem(survey, error)
        return 0
    return 1


def make_key(survey: Survey, *, at: dt.datetime) -> None:
    """A key pair: the private half on disk first, then the public half with the survey."""
    path = folder() / f"{survey.key}.key"
    if path.exists():
        public = public_half(path.read_bytes())
    else:
        private, public = new_counting_key()
        _write(path, private)
    with transaction.atomic():
        changed = Survey.objects.filter(
            pk=survey.pk, counting_key=None, launched_at=None, level=Survey.Level.SEALED
        ).update(counting_key=public)
        if changed:
            audit.record(verb="counting_key_made", by=None, at=at, subject=survey)


def _write(path: Path, private: bytes) -> None:
    fresh = path.with_name(f".{path.name}-{os.getpid()}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(private)
        file.flush()
        os.fsync(file.fileno())
    # Two processes at once: the first key stays.
    try:
        os.link(fresh, path)
    finally:
        fresh.unlink()
    _sync_folder(path.parent)


def _sync_folder(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def count_sealed(survey: Survey, *, at: dt.datetime) -> None:
    """Fetches the ballots, counts, keeps the result. The key goes in a later step.

    :raises box.BoxProblem: while ballots can still come, or the box is away.
    :raises BadBundle: when the bundle must not be counted.
    """
    manifest = parse(bytes(survey.manifest or b""))
    private = (folder() / f"{survey.key}.key").read_bytes()
    collected = {
        key: found or 0 for key, found in survey.cells.values_list("key", "collected_count")
    }
    bundle = box.fetch_bundle(survey.key)
    began = time.perf_counter()
    result = count(manifest, bundle, private, collected=collected)
    seconds = round(time.perf_counter() - began, 2)
    record_count(survey=survey, result=result, by=None, at=at)
    log.info("survey_counted", survey=survey.key, ballots=result["ballots"], seconds=seconds)


def destroy_key_if_over(path: Path, at: dt.datetime) -> int:
    """Destroys a key whose survey is counted, cancelled or gone."""
    survey = Survey.objects.filter(key=path.stem).first()
    if survey is not None and survey.counted_at is None and survey.cancelled_at is None:
        return 0
    with path.open("r+b") as file:
        file.write(os.urandom(KEY_BYTES))
        file.flush()
        os.fsync(file.fileno())
    # Said once the key is of no use any more, and before its file goes: cut off in between, the file
    # is found again.
    with transaction.atomic():
        if not AuditEntry.objects.filter(verb=KEY_DESTROYED, subject=path.stem).exists():
            audit.record(verb=KEY_DESTROYED, by=None, at=at, subject=path.stem)
    path.unlink()
    _sync_folder(path.parent)
    return 1
