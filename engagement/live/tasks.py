"""The clock of the streams."""

from celery import shared_task

from engagement import times
from engagement.live import actions


@shared_task
def purge_celebrations() -> None:
    actions.purge_celebrations(at=times.now())
