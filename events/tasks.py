"""The clock of events."""

from celery import shared_task

from engagement import times
from events.actions import rosters


@shared_task
def purge_shifts() -> None:
    rosters.purge_shifts(at=times.now())
