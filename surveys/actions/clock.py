"""What happens to surveys by the clock: opening, closing, destruction."""

import datetime as dt

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from engagement import times
from engagement.clock.actions import ring
from engagement.notices import actions as notices
from engagement.people.actions import audit
from engagement.people.models import Person
from surveys import box
from surveys.actions.common import locked_survey
from surveys.actions.panels import count_as_not_asked
from surveys.actions.preparing import note_problem
from surveys.actions.walls import show_on_walls, take_off_walls
from surveys.models import Cell, Survey
from surveys.models.surveys import DAYS_TO_DESTRUCTION, LONGEST_DAYS_OPEN
from surveys.notices import SURVEY_OPENED, SURVEY_REMINDER

PREPARE = "surveys.tasks.prepare_surveys"


def open_surveys(*, at: dt.datetime) -> int:
    """Opens what is due, invites everybody on the roll and hangs a card on their walls."""
    due = list(Survey.objects.due_to_open(at).values_list("pk", flat=True))
    return sum(open_survey(pk, at=at) for pk in due)


@transaction.atomic
def open_survey(pk: int, *, at: dt.datetime, by_mail: bool = True) -> bool:
    """Whether it was still due. ``by_mail=False`` is for history that is filled in afterwards."""
    survey = (
        Survey.objects.due_to_open(at).select_for_update(skip_locked=True).filter(pk=pk).first()
    )
    if survey is None:
        return False
    survey.opened_at = at
    survey.save(update_fields=["opened_at"])
    notices.notify(
        people=Person.objects.filter(roll_entries__survey=survey),
        kind=SURVEY_OPENED,
        source=survey.key,
        context={"survey": survey.key},
        link=reverse("surveys:detail", args=[survey.key]),
        by_mail=by_mail,
        at=at,
    )
    show_on_walls(survey)
    return True


def close_surveys(*, at: dt.datetime) -> int:
    """Closes what is due. Keeps how many collected in each cell, deletes roll and signing keys."""
    done = 0
    for pk in list(Survey.objects.due_to_close(at).values_list("pk", flat=True)):
        with transaction.atomic():
            survey = (
                Survey.objects.due_to_close(at).select_for_update(skip_locked=True).filter(pk=pk)
            ).first()
            if survey is None:
                continue
            survey.closed_at = at
            survey.save(update_fields=["closed_at"])
            _keep_counts_and_forget_roll(survey)
            done += 1
    return done


# One statement: a ballot that is being given out at this moment is either counted here, or refused.
# Counting first and deleting then would miss it, and the cell would have a ballot too many.
_EMPTY_ROLL = """
WITH gone AS (DELETE FROM surveys_rollentry WHERE survey_id = %s RETURNING cell_id, is_collected)
SELECT cell_id, count(*) FILTER (WHERE is_collected) FROM gone GROUP BY cell_id
"""


def _keep_counts_and_forget_roll(survey: Survey) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_EMPTY_ROLL, [survey.pk])
        counts = dict(cursor.fetchall())
    for pk in survey.cells.values_list("pk", flat=True):
        Cell.objects.filter(pk=pk).update(collected_count=counts.get(pk, 0), signing_key=None)
    notices.forget_notices(kind=SURVEY_REMINDER, source=survey.key)


def extend_survey(*, survey: Survey, closes_at: dt.datetime, by: Person, at: dt.datetime) -> None:
    """Gives everybody more time. The ballot box first: it must not close before we do.

    :raises ValidationError: when the survey is not open, or the time is not later.
    :raises box.BoxProblem: when the ballot box is away.
    """
    if not survey.is_open(at) or survey.closes_at is None or survey.opens_at is None:
        raise ValidationError(_("Only an open survey can be extended."))
    if closes_at <= survey.closes_at:
        raise ValidationError({"closes_at": _("Choose a later time than now planned.")})
    if closes_at > survey.opens_at + dt.timedelta(days=LONGEST_DAYS_OPEN):
        raise ValidationError(
            {"closes_at": _("A survey is open for at most %(days)d days.")
             % {"days": LONGEST_DAYS_OPEN}}
        )  # fmt: skip
    box.extend_survey(survey.key, closes_at)
    with transaction.atomic():
        locked = locked_survey(survey)
        if locked.closes_at is None or locked.closes_at >= closes_at:
            return
        locked.closes_at = closes_at
        locked.save(update_fields=["closes_at"])
        audit.record(
            verb="survey_extended", by=by, at=at, subject=locked, closes_at=closes_at.isoformat()
        )
        take_off_walls(locked, at=at)
        show_on_walls(locked)


def cancel_survey(*, survey: Survey, reason: str, by: Person, at: dt.datetime) -> None:
    """Ends a launched survey without a count. Ballots are destroyed unread; the reason is public.

    :raises ValidationError: without a reason, or once it is counted.
    """
    with transaction.atomic():
        locked = Survey.objects.select_for_update().get(pk=survey.pk)
        if locked.counted_at is not None:
            raise ValidationError(_("This survey is counted and can no longer be cancelled."))
        if locked.cancelled_at is not None:
            return
        locked.cancelled_at, locked.cancelled_by, locked.cancel_reason = at, by, reason.strip()
        locked.full_clean(exclude=["manifest", "counting_key"])
        locked.save()
        _keep_counts_and_forget_roll(locked)
        count_as_not_asked(locked)
        notices.withdraw_notices(source=locked.key, at=at)
        take_off_walls(locked, at=at)
        audit.record(verb="survey_cancelled", by=by, at=at, subject=locked, reason=reason)
        ring("surveys.tasks.destroy_ballots")


def destroy_ballots(*, at: dt.datetime) -> int:
    """Destroys the ballots of cancelled surveys at once, of counted ones when their time is up.

    The audit log keeps how many there were and the root of the published receipts.
    """
    waiting = at - dt.timedelta(days=DAYS_TO_DESTRUCTION)
    due = Survey.objects.filter(destroyed_at__isnull=True, prepared_at__isnull=False).filter(
        Q(cancelled_at__isnull=False) | Q(counted_at__lte=waiting)
    )
    done = 0
    for survey in due.order_by("pk"):
        try:
            done += destroy_ballots_of(survey, at=at)
        except box.BoxProblem as problem:
            note_problem(survey, problem)
    return done


def destroy_ballots_of(survey: Survey, *, at: dt.datetime) -> bool:
    """Whether they were still there.

    :raises box.BoxProblem: when the ballot box is away or refuses.
    """
    if survey.cancelled_at is not None:
        count = box.cancel_survey(survey.key)
    else:
        count = box.destroy_ballots(survey.key)
    with transaction.atomic():
        if not Survey.objects.filter(pk=survey.pk, destroyed_at=None).update(destroyed_at=at):
            return False
        root = getattr(getattr(survey, "count", None), "root", "")
        audit.record(
            verb="ballots_destroyed", by=None, at=at, subject=survey, ballots=count, root=root
        )
    return True


def purge_surveys(*, at: dt.datetime) -> int:
    """Deletes published numbers when the months promised at launch are over, and old drafts."""
    done = 0
    for survey in Survey.objects.filter(counted_at__isnull=False, destroyed_at__isnull=False):
        assert survey.retention_months is not None
        if survey.counted_at and survey.counted_at <= times.months_before(
            at, survey.retention_months
        ):
            survey.delete()
            done += 1
    idle = at - dt.timedelta(days=365)
    gone, _kinds = Survey.objects.filter(
        Q(launched_at__isnull=True, created_at__lte=idle)
        | Q(cancelled_at__lte=idle, destroyed_at__isnull=False)
        | Q(cancelled_at__lte=idle, prepared_at__isnull=True)
    ).delete()
    return done + gone


__all__ = [
    "PREPARE",
    "cancel_survey",
    "close_surveys",
    "destroy_ballots",
    "extend_survey",
    "open_surveys",
    "purge_surveys",
]
