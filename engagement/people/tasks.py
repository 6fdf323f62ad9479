"""The clock of the people room."""

from celery import shared_task

from engagement import times
from engagement.people import actions
from engagement.people.actions import roster


@shared_task
def work_on_rosters() -> None:
    roster.work_on_rosters()


@shared_task
def purge_rosters() -> None:
    roster.purge_rosters(at=times.now())


@shared_task
def forget_leavers() -> None:
    actions.forget_leavers(at=times.now())


@shared_task
def purge_activation_codes() -> None:
    actions.purge_activation_codes(at=times.now())


@shared_task
def purge_audit() -> None:
    actions.purge_audit(at=times.now())


@shared_task
def purge_sessions() -> None:
    actions.purge_sessions(at=times.now())


@shared_task
def purge_sign_in_limits() -> None:
    actions.purge_sign_in_limits(at=times.now())
