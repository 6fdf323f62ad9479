"""Reporting what should not stand."""

import datetime as dt

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from engagement import times
from engagement.live import actions as live
from engagement.notices import actions as notices
from engagement.people.models import Person
from engagement.text import clean_line
from kudos.actions.reach import lock_kudos
from kudos.models import NOTE_LENGTH, Comment, Decision, Kudos, Reason, Report
from kudos.moderators import Thing, author_id_of, kudos_of, moderators_of
from kudos.notices import REPORT_DECIDED, REPORTS_WAITING

REPORTS_AN_HOUR = 10


@transaction.atomic
def report_thing(
    *, thing: Thing, by: Person, reason: str, note: str = "", at: dt.datetime
) -> Report:
    """Reports a kudos or a comment to those who decide. Once a person and thing; again is the same.

    A reported kudos leaves every wall until somebody has decided, and stays in feeds. Raises
    ValidationError that names the field and what to do.
    """
    if author_id_of(thing) == by.pk:
        raise PermissionDenied
    # Counted under a lock, so that many at once do not pass the limit together.
    Person.objects.select_for_update(no_key=True).get(pk=by.pk)
    kudos = lock_kudos(kudos_of(thing))
    if earlier := Report.objects.about(thing).filter(reporter=by).first():
        return earlier
    report = Report(
        kudos=kudos,
        comment=thing if isinstance(thing, Comment) else None,
        reporter=by,
        reason=reason,
        note=clean_line(note),
        created_at=at,
    )
    _check(report, at=at)
    report.save()
    notices.notify(
        people=moderators_of(thing, at=at),
        kind=REPORTS_WAITING,
        # One a day and reader, however much is reported.
        source=f"reports:{times.local_date(at).isoformat()}",
        link=reverse("kudos:reports"),
        at=at,
    )
    if isinstance(thing, Kudos):
        live.withdraw_celebrations(sources=[kudos.key], at=at)
    return report


def _check(report: Report, *, at: dt.datetime) -> None:
    comment = Comment.objects.get(pk=report.comment_id) if report.comment_id else None
    gone = [one for one in (report.kudos, comment) if one and (one.withdrawn_at or one.hidden_at)]
    mine = Report.objects.filter(reporter=report.reporter)
    if gone:
        raise ValidationError(_("It is gone already. Nobody reads it any more."))
    if report.reason not in Reason.values:
        raise ValidationError({"reason": _("Choose what is wrong.")})
    if len(report.note) > NOTE_LENGTH:
        problem = _(
            "The note has %(length)d characters; at most %(limit)d fit. Shorten it a little."
        )
        raise ValidationError(
            {"note": problem % {"length": len(report.note), "limit": NOTE_LENGTH}}
        )
    if mine.since(at - dt.timedelta(hours=1)).count() >= REPORTS_AN_HOUR:
        raise ValidationError(
            _(
                "You have reported %(count)d things within an hour. What you reported is being"
                " looked at. Wait an hour, or talk to HR if it is urgent."
            )
            % {"count": REPORTS_AN_HOUR}
        )


def settle_reports(*, thing: Thing, at: dt.datetime) -> None:
    """Its author took ``thing`` back: nothing is left to decide, and the reporters are told.

    With a kudos go the reports about what was said to it. Call it with the kudos held.
    """
    kudos = kudos_of(thing)
    waiting = Report.objects.filter(kudos=kudos, decision__isnull=True)
    if isinstance(thing, Comment):
        waiting = waiting.filter(comment=thing)
    reports = list(waiting.select_related("reporter"))
    if not reports:
        return
    decision = Decision.objects.create(
        kudos=kudos,
        comment=thing if isinstance(thing, Comment) else None,
        outcome=Decision.Outcome.TAKEN_BACK,
        at=at,
    )
    close_reports(reports, decision, show_from=at, at=at)


def close_reports(
    reports: list[Report], decision: Decision, *, show_from: dt.datetime, at: dt.datetime
) -> None:
    """Ties ``reports`` to what came of them and tells those who made them."""
    Report.objects.filter(pk__in=[report.pk for report in reports]).update(decision=decision)
    notices.notify(
        people=[report.reporter for report in reports],
        kind=REPORT_DECIDED,
        source=decision.key,
        context={"decision": decision.key},
        link=reverse("kudos:feed"),
        show_from=show_from,
        at=at,
    )
