"""The clock of events."""

from celery import shared_task

from engagement import times
from events import actions


@shared_task
def extend_series() -> None:
    actions.extend_series(at=times.now())


@shared_task
def show_events() -> None:
    actions.show_events(at=times.now())
