"""Reminding those who have not collected a ballot, at the times announced at launch.

By the clock only: nobody chooses a time, a person or a group, and nobody sees who was reminded. A
notice stands as long as its reader is asked and has not collected, its mail until it has left; then
they are deleted. How many were reminded stays, see `Reminder`.
"""

import datetime as dt

from django.db.models import QuerySet
from django.urls import reverse

from engagement.clock.actions import sweep
from engagement.notices import actions as notices
from engagement.people.models import Person
from surveys.models import Reminder, Survey
from surveys.notices import SURVEY_REMINDER


def send_reminders(*, at: dt.datetime) -> int:
    """Sends what is due and returns how many reminders were dealt with.

    A reminder whose time passed while nothing ran is sent late, and to nobody when the survey is
    not open any more, opened after it, or the next reminder is due as well.
    """

    def send(reminder: Reminder) -> None:
        # Closing and cancelling wait for us, or we see what they have done.
        survey = Survey.objects.select_for_update().get(pk=reminder.survey_id)
        reminder.sent_at = at
        reminder.sent_count = _remind(survey, at=at) if _is_wanted(reminder, survey, at) else 0
        reminder.save(update_fields=["sent_at", "sent_count"])

    return sweep(Reminder.objects.filter(sent_at__isnull=True, send_at__lte=at), send)


def _is_wanted(reminder: Reminder, survey: Survey, at: dt.datetime) -> bool:
    if not survey.is_open(at) or survey.opened_at is None or survey.opened_at > reminder.send_at:
        return False
    later = survey.reminders.filter(send_at__gt=reminder.send_at, send_at__lte=at)
    return not later.exists()


def _remind(survey: Survey, *, at: dt.datetime) -> int:
    # The reminder before makes room: one at a time stands in a person's list.
    notices.forget_notices(kind=SURVEY_REMINDER, source=survey.key)
    return notices.notify(
        people=_missing(survey),
        kind=SURVEY_REMINDER,
        source=survey.key,
        context={"survey": survey.key},
        link=reverse("surveys:detail", args=[survey.key]),
        at=at,
    )


def forget_reminders(*, at: dt.datetime) -> int:
    """Deletes the reminders of those who have collected since, or are not asked any more.

    Closing and cancelling delete the rest. Returns how many notices went.
    """
    return sum(
        notices.forget_notices(kind=SURVEY_REMINDER, source=survey.key, keep=_missing(survey))
        for survey in Survey.objects.open(at).filter(reminders__sent_count__gt=0).distinct()
    )


def _missing(survey: Survey) -> QuerySet[Person]:
    """Those on the roll without a ballot. For reminding only; never to be shown."""
    return Person.objects.filter(roll_entries__survey=survey, roll_entries__is_collected=False)


__all__ = ["forget_reminders", "send_reminders"]
