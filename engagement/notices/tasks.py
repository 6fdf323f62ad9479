"""The clock of the notices."""

from celery import shared_task

from engagement import times
from engagement.notices import actions


@shared_task
def deliver_mail() -> None:
    actions.deliver_mail()


@shared_task
def purge_notices() -> None:
    actions.purge_notices(at=times.now())
