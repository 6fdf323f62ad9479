"""Reminding people of what they signed up for: once, never of what is called off.

A guest hears an hour before: they only have to leave their desk. Whoever helps hears at two in the
afternoon of the day before, when there is time to find an apron; who took the job later, an hour
before as everybody else (docs/decisions/0089).
"""

import datetime as dt
from functools import partial, reduce
from operator import or_

from django.conf import settings
from django.db.models import F, Q

from engagement import times
from engagement.clock.actions import stamp, sweep
from engagement.notices.actions import notify, withdraw_notices
from engagement.people.models import Site
from events.calendar_notices import SITTING_REMINDER
from events.models import Reminder, SignUp
from events.queries.feed import event_path

BEFORE = dt.timedelta(hours=1)
HELPERS_AT = dt.time(14)
DAY = dt.timedelta(days=1)


def send_reminders(*, at: dt.datetime) -> int:
    """Tells all whose time has come and takes back what no longer holds; returns how many were told.

    Two at once are harmless: a sign-up has one reminder, and a notice tells once.
    """
    take_back_reminders(at=at)
    due = SignUp.objects.filter(_is_due(at)).order_by("pk")
    told = sweep(due, partial(_remind, at=at))
    stamp("send_sitting_reminders", at=at)
    return told


def take_back_reminders(*, at: dt.datetime) -> int:
    """Takes back what people were reminded of and what no longer holds; returns how many."""
    moot = Reminder.objects.filter(_is_moot(at)).order_by("pk")
    return sweep(moot, partial(_take_back, at=at))


def _remind(signup: SignUp, *, at: dt.datetime) -> None:
    sitting = signup.sitting
    reminder, is_new = Reminder.objects.get_or_create(
        signup=signup, defaults={"starts_at": sitting.starts_at}
    )
    if not is_new:
        # Somebody was here between our look and our lock.
        return
    notify(
        people=[signup.person],
        kind=SITTING_REMINDER,
        source=reminder.source,
        link=event_path(sitting.event.key),
        context={"signup": signup.key},
        at=at,
    )


def _take_back(reminder: Reminder, *, at: dt.datetime) -> None:
    withdraw_notices(source=reminder.source, at=at)
    reminder.delete()


def _is_moot(at: dt.datetime) -> Q:
    """Reminders of places that were given up, and of sittings that are over, called off or moved."""
    return (
        ~Q(signup__state=SignUp.State.PLACED)
        | Q(signup__sitting__cancelled_at__isnull=False)
        | Q(signup__sitting__event__cancelled_at__isnull=False)
        | Q(signup__sitting__ends_at__lte=at)
        | ~Q(starts_at=F("signup__sitting__starts_at"))
    )


def _is_due(at: dt.datetime) -> Q:
    """Places whose time to be reminded has come by ``at``. One query, when it is made."""
    to_come = Q(
        state=SignUp.State.PLACED,
        sitting__cancelled_at__isnull=True,
        sitting__event__cancelled_at__isnull=True,
        sitting__starts_at__gt=at,
        reminder__isnull=True,
    )
    # Who took a place within the hour knows of it.
    soon = Q(
        sitting__starts_at__lte=at + BEFORE,
        placed_at__lte=F("sitting__starts_at") - BEFORE,
    )
    clocks = Site.objects.order_by("timezone").values_list("timezone", flat=True).distinct()
    helping = (_helpers_due(at, zone) for zone in {settings.TIME_ZONE, *clocks})
    return to_come & reduce(or_, helping, soon)


def _helpers_due(at: dt.datetime, zone: str) -> Q:
    """Jobs by the wall clock of ``zone`` whose afternoon before has come: today's and tomorrow's."""
    here = Q(sitting__site__timezone=zone)
    if zone == settings.TIME_ZONE:
        here |= Q(sitting__site__isnull=True)
    today = times.local_date(at, zone)
    due = Q(pk__in=[])
    for day in (today, today + DAY):
        told_at = times.moment_of(day - DAY, HELPERS_AT, zone)
        if told_at <= at:
            due |= Q(
                sitting__starts_at__gte=times.moment_of(day, dt.time(0), zone),
                sitting__starts_at__lt=times.moment_of(day + DAY, dt.time(0), zone),
                placed_at__lte=told_at,
            )
    return Q(job__isnull=False) & here & due
