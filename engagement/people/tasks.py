"""The clock of the people room."""

from celery import shared_task

from engagement import times
from engagement.people.actions import roster


@shared_task
def work_on_rosters() -> None:
    roster.work_on_rosters()


@shared_task
def purge_rosters() -> None:
    roster.purge_rosters(at=times.now())
