"""The clock of the walls."""

from celery import shared_task

from engagement import times
from engagement.wallboards import actions


@shared_task
def tell_of_silent_screens() -> None:
    actions.tell_of_silent_screens(at=times.now())


@shared_task
def purge_pairings() -> None:
    actions.purge_pairings(at=times.now())


@shared_task
def purge_screens() -> None:
    actions.purge_screens(at=times.now())
