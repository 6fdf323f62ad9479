"""Reporting an idea, and what those who reported are told.

Who reported is told to nobody; of when only the day and the next full hour are kept
(docs/decisions/0104).
"""

import datetime as dt

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from engagement import times
from engagement.notices.actions import notify, withdraw_notices
from engagement.people.actions.audit import record
from engagement.people.models import Person
from engagement.text import clean_line
from events.actions.planning import too_long
from events.idea_judges import judges_of
from events.idea_notices import IDEA_REPORT_DECIDED, IDEA_REPORTS_WAITING
from events.models import NOTE_LENGTH, Idea, IdeaReport, IdeaReportQuerySet

MOST_A_DAY = 5
KEPT = dt.timedelta(days=90)
UNTOLD = (Idea.State.HIDDEN, Idea.State.WITHDRAWN)
Outcome = IdeaReport.Outcome


@transaction.atomic
def report_idea(
    *, idea: Idea, reason: str, note: str = "", by: Person, at: dt.datetime
) -> IdeaReport:
    """Tells those who decide that ``idea`` should not stand. Nothing else changes until they have.

    Once a person and idea; again is the same, unless it was hidden and is shown again. The caller has
    seen that ``by`` may read it. Raises ValidationError by field (``reason``, ``note``), after five
    within a day, and when it is gone.
    """
    # Counted under a lock, so that many at once do not pass the limit together.
    Person.objects.select_for_update(no_key=True).get(pk=by.pk)
    idea = Idea.objects.select_for_update(no_key=True).get(pk=idea.pk)
    if idea.proposer_id == by.pk:
        raise PermissionDenied
    report = IdeaReport.objects.filter(idea=idea, reporter=by).first()
    if report is not None and report.outcome != Outcome.SHOWN_AGAIN:
        return report
    day = times.local_date(at)
    report = report or IdeaReport(idea=idea, reporter=by)
    report.reason, report.note, report.reported_on = reason, clean_line(note), day
    # Not at the minute, which would tell who stood at the screen; nor is that written down.
    report.shown_from = _next_hour(at)
    report.outcome, report.settled_at = Outcome.WAITING, None
    _check(report, idea)
    report.save()
    notify(
        people=judges_of(idea, at=at),
        kind=IDEA_REPORTS_WAITING,
        # One a day and reader, however much is reported.
        source=f"idea-reports:{day.isoformat()}",
        link=reverse("events:idea-reports"),
        at=report.shown_from,
    )
    return report


def _check(report: IdeaReport, idea: Idea) -> None:
    if idea.state in UNTOLD:
        raise ValidationError(_("It is gone already. Nobody reads it any more."))
    problems = dict(too_long("note", report.note, NOTE_LENGTH))
    if report.reason not in IdeaReport.Reason.values:
        problems["reason"] = _("Choose what is wrong.")
    if problems:
        raise ValidationError(problems)
    today = IdeaReport.objects.filter(reporter=report.reporter, reported_on=report.reported_on)
    if today.exclude(pk=report.pk).count() >= MOST_A_DAY:
        raise ValidationError(
            _(
                "You have reported five ideas today. They are being looked at. Come back tomorrow, or "
                "talk to HR if it is urgent."
            )
        )


def _next_hour(at: dt.datetime) -> dt.datetime:
    return at.replace(minute=0, second=0, microsecond=0) + dt.timedelta(hours=1)


@transaction.atomic
def keep_idea(*, idea: Idea, by: Person, at: dt.datetime) -> bool:
    """It stays. Those who reported it are told, nobody else is. Logged. What is not shown yet waits on:
    nobody has read it.

    False when no report that is shown waits any more, or it is gone.
    """
    idea = Idea.objects.select_for_update(no_key=True).get(pk=idea.pk)
    if idea.proposer_id == by.pk:
        raise PermissionDenied
    seen = IdeaReport.objects.shown(at).filter(idea=idea)
    if idea.state in UNTOLD or not _close(seen, idea, outcome=Outcome.KEPT, at=at):
        return False
    record(verb="idea-report-kept", by=by, at=at, subject=idea)
    return True


def close_reports(idea: Idea, *, outcome: str, at: dt.datetime) -> int:
    """Settles the reports that wait about ``idea``, which is held, and tells those who made them.

    Returns how many.
    """
    return _close(IdeaReport.objects.waiting().filter(idea=idea), idea, outcome=outcome, at=at)


def _close(reports: IdeaReportQuerySet, idea: Idea, *, outcome: str, at: dt.datetime) -> int:
    reporters = [one.reporter for one in reports.select_related("reporter").order_by("reporter")]
    if not reporters:
        return 0
    reports.update(outcome=outcome, settled_at=at)
    notify(
        people=reporters,
        kind=IDEA_REPORT_DECIDED,
        source=_source(idea.key, at),
        link=reverse("events:ideas"),
        context={"idea": idea.key},
        at=at,
    )
    return len(reporters)


def reopen_reports(idea: Idea) -> None:
    """``idea``, which is held, is shown again: whoever reported it may do so once more."""
    hidden = IdeaReport.objects.filter(idea=idea, outcome=Outcome.HIDDEN)
    hidden.update(outcome=Outcome.SHOWN_AGAIN)


@transaction.atomic
def purge_idea_reports(*, at: dt.datetime) -> int:
    """Deletes reports 90 days after they were decided, and what was told of them; returns how many."""
    old = IdeaReport.objects.decided_by(at - KEPT)
    told = old.values_list("idea__key", "settled_at").distinct()
    withdraw_notices(source=[_source(key, when) for key, when in told if when], at=at)
    return old.delete()[0]


def _source(key: str, when: dt.datetime) -> str:
    """What notices of one decision are known by."""
    return f"idea-report:{key}:{when.timestamp():.6f}"
