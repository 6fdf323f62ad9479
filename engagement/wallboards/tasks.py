"""The clock of the walls."""

from celery import shared_task

from engagement import times
from engagement.wallboards import actions


@shared_task
def tell_of_silent_screens() -> None:
    actions.tell_of_silent_screens(at=times.now())
