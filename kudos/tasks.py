"""The clock of kudos."""

from celery import shared_task

from engagement import times
from kudos import actions


@shared_task
def withdraw_leavers_cards() -> None:
    actions.withdraw_leavers_cards(at=times.now())


@shared_task
def apply_leavers_policy() -> None:
    actions.apply_leavers_policy(at=times.now())


@shared_task
def release_planned_kudos() -> None:
    actions.release_planned_kudos(at=times.now())


@shared_task
def celebrate_milestones() -> None:
    actions.celebrate_milestones(at=times.now())


@shared_task
def withdraw_wrong_milestones() -> None:
    actions.withdraw_wrong_milestones(at=times.now())


@shared_task
def tell_leads() -> None:
    actions.tell_leads(at=times.now())


@shared_task
def purge_kudos() -> None:
    actions.purge_kudos(at=times.now())


@shared_task
def purge_reports() -> None:
    actions.purge_reports(at=times.now())


@shared_task
def tell_of_waiting_praise() -> None:
    actions.tell_of_waiting_praise(at=times.now())


@shared_task
def purge_praise() -> None:
    actions.purge_praise(at=times.now())
