"""Launching: the launch list must be met, then everything is fixed for good."""

import datetime as dt

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from engagement.clock.actions import ring
from engagement.people.actions import record
from engagement.people.models import Person
from surveys.access import can_edit_survey
from surveys.actions.common import locked_frozen
from surveys.models import BurdenLimit, InstrumentVersion, Reminder, Survey
from surveys.queries import launch_checklist, planned_reminders

# A name, because tasks stand above actions. Makes keys and manifest and tells the ballot box.
PREPARE = "surveys.tasks.prepare_surveys"


@transaction.atomic
def launch_survey(*, survey: Survey, by: Person | None, at: dt.datetime) -> Survey:
    """Fixes everything; the clock opens and closes it. ``by`` is None for the round of a plan.

    Raises ValidationError with every check that is not met, each with how to mend it.
    """
    current = locked_frozen(survey)
    if by is None and current.plan_id is None:
        raise ValidationError(_("Somebody must launch this survey."))
    if by is not None and not can_edit_survey(by, current):
        raise ValidationError(_("Only HR for everybody asked can launch this survey."))
    unmet = [one for one in launch_checklist(current, at=at) if one.is_blocking and not one.is_ok]
    if unmet:
        raise ValidationError([one.mend for one in unmet])
    versions = [row.version_id for row in current.sections.all()]
    for version in (
        InstrumentVersion.objects.filter(pk__in=versions, first_asked_at=None)
        .order_by("pk")
        .select_for_update()
    ):
        # Made by a clock that was ahead: asked at the same moment at the earliest.
        version.first_asked_at = max(at, version.created_at)
        version.save(update_fields=["first_asked_at"])
    Reminder.objects.bulk_create(
        [Reminder(survey=current, send_at=moment) for moment in planned_reminders(current)],
        ignore_conflicts=True,
    )
    current.launched_at, current.launched_by = at, by
    current.save(update_fields=["launched_at", "launched_by"])
    record(
        verb="survey-launched", by=by, at=at, subject=current, name=current.title_nb,
        people_count=current.roll.count(), reason=current.over_limit_reason,
    )  # fmt: skip
    ring(PREPARE)
    return current


@transaction.atomic
def set_burden_limit(*, minutes: int, by: Person, at: dt.datetime) -> BurdenLimit:
    """How many minutes of answering a person may be asked for in a quarter."""
    limit = BurdenLimit(pk=1, minutes=minutes, changed_at=at, changed_by=by)
    if not 1 <= minutes <= 120:
        raise ValidationError({"minutes": _("Choose 1 to 120 minutes.")})
    limit.save()
    record(verb="burden-limit-set", by=by, at=at, subject="burden-limit", minutes=minutes)
    return limit
