"""A roster file from upload to its end: read and compared by a worker, looked at, carried out.

The database is the queue. A worker claims an import for a minute at a time; one that is killed
leaves nothing half done, its claim runs out and the next worker begins again.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import structlog
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from engagement import times
from engagement.clock.actions import ring
from engagement.files import MOST_BYTES, FileRefused, read_table
from engagement.people import access
from engagement.people.actions.audit import record
from engagement.people.actions.common import day_of, lock_organisation, plain
from engagement.people.actions.roster_apply import apply_plan
from engagement.people.models import Person, RosterImport
from engagement.people.roster.comparing import compare
from engagement.people.roster.plan import Plan
from engagement.people.roster.reasons import Problem, sentence
from engagement.people.roster.rows import Roster, read_rows
from engagement.people.roster.world import Importer, World

log = structlog.get_logger(__name__)

WORK = "engagement.people.tasks.work_on_rosters"
LEASE = dt.timedelta(seconds=60)
BACK_OFF = dt.timedelta(seconds=5)
MOST_ATTEMPTS = 3
# Every error is counted; more than these are not listed: nobody corrects them one by one.
MOST_ERRORS = 500
# A preview and what it shows is personal data: nobody needs it for longer.
KEPT_FOR = dt.timedelta(days=7)

Clock = Callable[[], dt.datetime]


class RosterRefused(ValidationError):
    """The import is not in a state for this; the page shows its sentence."""


def upload_roster(*, filename: str, content: bytes, by: Person, at: dt.datetime) -> RosterImport:
    """Keeps the file for a worker to read. Only its size is looked at here."""
    if len(content) > MOST_BYTES:
        raise RosterRefused(sentence("file_too_large", {"most": MOST_BYTES // (1024 * 1024)}))
    if not content:
        raise RosterRefused(sentence("file_empty"))
    with transaction.atomic():
        ring(WORK)
        return RosterImport.objects.create(
            filename=plain(filename)[-200:] or "roster",
            content=content,
            uploaded_by=by,
            uploaded_at=at,
        )


def work_on_rosters(*, clock: Clock = times.now) -> int:
    """Reads or carries out every import that waits for it; returns how many it took on."""
    done = 0
    while (roster := _claim(clock())) is not None:
        _work(roster, clock)
        done += 1
    return done


def _claim(at: dt.datetime) -> RosterImport | None:
    """The import that has waited longest, held for `LEASE`; of two workers only one gets it."""
    waiting = RosterImport.objects.filter(
        Q(compared_at__isnull=True) | Q(confirmed_at__isnull=False),
        Q(lease_until__isnull=True) | Q(lease_until__lte=at),
        content__isnull=False,
        applied_at__isnull=True,
        abandoned_at__isnull=True,
        failure="",
    )
    with transaction.atomic():
        roster = waiting.order_by("uploaded_at").select_for_update(skip_locked=True).first()
        if roster is None:
            return None
        roster.lease_until = at + LEASE
        roster.attempt_count += 1
        roster.save(update_fields=["lease_until", "attempt_count"])
    return roster


def _work(roster: RosterImport, clock: Clock) -> None:
    try:
        if roster.attempt_count > MOST_ATTEMPTS:
            _give_up(roster)
        elif roster.uploaded_by is None or not access.can_import_roster(roster.uploaded_by):
            # Without a person there would be no employer boundary.
            _fail(roster, "uploader_gone")
        elif roster.confirmed_at is not None:
            _carry_out(roster, clock)
        else:
            _read_and_compare(roster, clock)
    except Exception:
        # One bad file never stops the others; it is tried again and then given up.
        log.exception("roster_failed", roster=roster.key, attempt=roster.attempt_count)
        if roster.attempt_count >= MOST_ATTEMPTS:
            _give_up(roster)
        else:
            _held(roster).update(lease_until=clock() + BACK_OFF)


def _held(roster: RosterImport) -> Any:
    """The row as long as our claim on it holds."""
    return RosterImport.objects.filter(
        pk=roster.pk, lease_until=roster.lease_until, abandoned_at__isnull=True
    )


def _give_up(roster: RosterImport) -> None:
    _fail(roster, "applying_failed" if roster.confirmed_at else "reading_failed")


def _fail(roster: RosterImport, reason: str) -> None:
    _held(roster).update(failure=reason, content=None, lease_until=None)


def _importer(roster: RosterImport) -> Importer:
    return Importer.of(roster.uploaded_by)


def _read_and_compare(roster: RosterImport, clock: Clock) -> None:
    read = _read(roster, clock)
    at = clock()
    plan = _compared(read, _importer(roster), at)
    _held(roster).update(
        **_preview(plan), compared_at=at, lease_until=None, attempt_count=0,
        rows_read=plan.row_count, row_count=plan.row_count,
    )  # fmt: skip


def _read(roster: RosterImport, clock: Clock) -> Roster | Problem:
    """The rows of the file, telling now and then how far it is; or why it cannot be read at all."""

    def progress(rows: int) -> None:
        lease_until = clock() + LEASE
        if _held(roster).update(rows_read=rows, lease_until=lease_until):
            roster.lease_until = lease_until

    assert roster.content is not None
    try:
        table = read_table(bytes(roster.content))
    except FileRefused as refused:
        return _as_problem(refused)
    _held(roster).update(row_count=len(table.rows))
    return read_rows(table, progress=progress)


def _as_problem(refused: FileRefused) -> Problem:
    return Problem(refused.row, "", "", refused.reason, dict(refused.facts))


def _compared(read: Roster | Problem, importer: Importer, at: dt.datetime) -> Plan:
    today = day_of(at)
    if isinstance(read, Problem):
        return Plan(today, problems=[read])
    return compare(read, World.load(importer=importer, at=at, today=today))


def _preview(plan: Plan) -> dict[str, Any]:
    """The columns of an import that hold what its page shows.

    A file with errors, and one that changes nothing, is not needed any more and not kept.
    """
    shown: dict[str, Any] = {
        "errors": [problem.as_json() for problem in plan.problems[:MOST_ERRORS]],
        "error_count": len(plan.problems),
        "differences": {} if plan.problems else plan.differences(),
        "summary": {} if plan.problems else plan.summary(),
        "compared_with": "" if plan.problems else plan.fingerprint(),
    }
    if plan.problems or plan.is_empty:
        shown["content"] = None
    return shown


def _carry_out(roster: RosterImport, clock: Clock) -> None:
    """Applies the plan if it is still the one that was looked at; else shows the new one."""
    read = _read(roster, clock)
    with transaction.atomic():
        lock_organisation()
        current = _held(roster).select_for_update().filter(confirmed_at__isnull=False).first()
        if current is None:
            return
        at = clock()
        plan = _compared(read, _importer(roster), at)
        is_overtaken = plan.problems or plan.fingerprint() != current.compared_with
        if is_overtaken or (plan.mass_leavings and not current.confirmed_mass_leave):
            _held(roster).update(
                **_preview(plan), compared_at=at, overtaken_at=at, confirmed_at=None,
                confirmed_mass_leave=False, lease_until=None, attempt_count=0,
            )  # fmt: skip
            return
        summary = plan.summary()
        apply_plan(plan=plan, by=roster.uploaded_by, at=at)
        _held(roster).update(applied_at=at, content=None, lease_until=None, overtaken_at=None)
        _record_import(current, summary, by=roster.uploaded_by, at=at)


def _record_import(
    roster: RosterImport, summary: dict[str, int], *, by: Person | None, at: dt.datetime
) -> None:
    record(
        verb="roster-imported", by=by, at=at, subject=roster, filename=roster.filename,
        **{name: count for name, count in summary.items() if count},
    )  # fmt: skip


@transaction.atomic
def confirm_roster(
    *, roster: RosterImport, seen: str, accepts_leaving: bool, by: Person, at: dt.datetime
) -> bool:
    """Says that the preview with the fingerprint ``seen`` is to be carried out.

    Returns whether that is new: the same confirmation twice is one. Refused when the preview has
    changed since, and when more than a tenth would leave and ``accepts_leaving`` is not given.
    """
    current = RosterImport.objects.select_for_update().get(pk=roster.pk)
    if current.applied_at is not None or current.confirmed_at is not None:
        return False
    if current.abandoned_at is not None or current.failure or current.content is None:
        raise RosterRefused(_("This import is over. Send the file again."))
    if current.compared_at is None or current.compared_with != seen:
        raise RosterRefused(_("The preview has changed. Look at it again before you import."))
    if current.differences.get("mass_leaving") and not accepts_leaving:
        raise RosterRefused(
            _("More than a tenth would leave. Tick the box that says how many, or stop here.")
        )
    current.confirmed_at = at
    current.confirmed_mass_leave = accepts_leaving
    current.overtaken_at = None
    current.attempt_count = 0
    current.lease_until = None
    current.save(
        update_fields=[
            "confirmed_at", "confirmed_mass_leave", "overtaken_at", "attempt_count", "lease_until",
        ]
    )  # fmt: skip
    ring(WORK)
    return True


@transaction.atomic
def abandon_roster(*, roster: RosterImport, by: Person, at: dt.datetime) -> bool:
    """Ends the import and forgets the file and all it showed. Nothing when it is over already."""
    current = RosterImport.objects.select_for_update().get(pk=roster.pk)
    if current.applied_at is not None or current.abandoned_at is not None:
        return False
    if current.confirmed_at is not None:
        raise RosterRefused(_("It is being carried out already."))
    _forget(RosterImport.objects.filter(pk=current.pk), at, abandoned_at=at)
    return True


def purge_rosters(*, at: dt.datetime, keep: dt.timedelta = KEPT_FOR) -> int:
    """Forgets the files, errors and differences of imports older than ``keep``. Counts stay."""
    old = RosterImport.objects.filter(uploaded_at__lt=at - keep, purged_at__isnull=True)
    _forget(old.filter(applied_at__isnull=True, abandoned_at__isnull=True), at, abandoned_at=at)
    return _forget(old, at)


def _forget(rosters: Any, at: dt.datetime, **more: Any) -> int:
    purged: int = rosters.update(
        content=None, errors=[], differences={}, compared_with="", purged_at=at, lease_until=None,
        **more,
    )  # fmt: skip
    return purged


# --- From the command line -----------------------------------------------------------------------


@dataclass(slots=True)
class Outcome:
    """What an import from the command line found and did."""

    plan: Plan
    is_stopped: bool = False
    is_applied: bool = False


@transaction.atomic
def import_roster(
    *, filename: str, content: bytes, is_dry_run: bool, accepts_leaving: bool, at: dt.datetime
) -> Outcome:
    """Reads, compares and carries out in one go, for those who run the machine.

    Nothing is written on errors, on a dry run, and when more than a tenth would leave without
    ``accepts_leaving``.
    """
    try:
        read: Roster | Problem = read_rows(read_table(content))
    except FileRefused as refused:
        read = _as_problem(refused)
    lock_organisation()
    plan = _compared(read, Importer.of(None), at)
    if plan.problems or is_dry_run or plan.is_empty:
        stopped = not plan.problems and bool(plan.mass_leavings) and not accepts_leaving
        return Outcome(plan, is_stopped=stopped)
    if plan.mass_leavings and not accepts_leaving:
        return Outcome(plan, is_stopped=True)
    summary = plan.summary()
    apply_plan(plan=plan, by=None, at=at)
    roster = RosterImport.objects.create(
        filename=plain(filename)[-200:], is_from_terminal=True, uploaded_at=at, compared_at=at,
        confirmed_at=at, confirmed_mass_leave=accepts_leaving, applied_at=at, purged_at=at,
        summary=summary, rows_read=plan.row_count, row_count=plan.row_count,
    )  # fmt: skip
    _record_import(roster, summary, by=None, at=at)
    return Outcome(plan, is_applied=True)
