"""The clock of events."""

from celery import shared_task

from engagement import times
from events import actions
from events.actions import rosters


@shared_task
def purge_shifts() -> None:
    rosters.purge_shifts(at=times.now())


@shared_task
def send_reminders() -> None:
    actions.send_reminders(at=times.now())


@shared_task
def purge_calendars() -> None:
    actions.purge_calendars(at=times.now())


@shared_task
def extend_series() -> None:
    actions.extend_series(at=times.now())


@shared_task
def show_events() -> None:
    actions.show_events(at=times.now())
