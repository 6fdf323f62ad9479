"""The clock's own tick."""

from celery import shared_task

from engagement import times
from engagement.clock import actions


@shared_task
def stamp_worker() -> None:
    actions.stamp("worker", at=times.now())
