"""The clock of the API."""

from celery import shared_task

from engagement import times
from engagement.api import actions


@shared_task
def purge_api_leftovers() -> None:
    actions.purge_api_leftovers(at=times.now())


@shared_task
def purge_tokens() -> None:
    actions.purge_tokens(at=times.now())
