"""Where an import stands, derived from its times."""

import datetime as dt
from enum import StrEnum

from engagement.people.models import RosterImport

# After this the web process looks whether a worker is there at all, and helps out.
WORKER_LATE_AFTER = dt.timedelta(seconds=15)


class Stage(StrEnum):
    WAITING = "waiting"
    READING = "reading"
    COMPARING = "comparing"
    ERRORS = "errors"
    NOTHING = "nothing"
    PREVIEW = "preview"
    APPLYING = "applying"
    DONE = "done"
    FAILED = "failed"
    ABANDONED = "abandoned"


MOVING = {Stage.WAITING, Stage.READING, Stage.COMPARING, Stage.APPLYING}


def stage_of(roster: RosterImport, at: dt.datetime) -> Stage:
    """The stage of ``roster`` at ``at``."""
    if roster.applied_at is not None:
        return Stage.DONE
    if roster.failure:
        return Stage.FAILED
    if roster.abandoned_at is not None:
        return Stage.ABANDONED
    if roster.compared_at is not None:
        return _compared(roster)
    if roster.lease_until is None or roster.lease_until <= at:
        return Stage.WAITING
    if roster.row_count is not None and roster.rows_read >= roster.row_count:
        return Stage.COMPARING
    return Stage.READING


def _compared(roster: RosterImport) -> Stage:
    if roster.error_count:
        return Stage.ERRORS
    if roster.confirmed_at is not None:
        return Stage.APPLYING
    if not does_something(roster.summary):
        return Stage.NOTHING
    return Stage.PREVIEW


def does_something(summary: dict[str, int]) -> bool:
    """Whether the counts name anything to do."""
    return any(count for name, count in summary.items() if name not in {"rows", "unchanged"})


def has_no_worker(roster: RosterImport, at: dt.datetime) -> bool:
    """Whether it has waited so long that nobody seems to be at work."""
    if roster.lease_until is not None and roster.lease_until > at:
        return False
    since = roster.confirmed_at or roster.uploaded_at
    return at - since > WORKER_LATE_AFTER
