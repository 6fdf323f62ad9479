"""The clock of surveys."""

from celery import shared_task

from engagement import times
from surveys.actions import clock, counts, preparing, reminding, rounds


@shared_task
def prepare_surveys() -> None:
    preparing.prepare_surveys(at=times.now())


@shared_task
def make_rounds() -> None:
    rounds.make_due_rounds(at=times.now())


@shared_task
def open_surveys() -> None:
    clock.open_surveys(at=times.now())


@shared_task
def send_reminders() -> None:
    reminding.send_reminders(at=times.now())


@shared_task
def forget_reminders() -> None:
    reminding.forget_reminders(at=times.now())


@shared_task
def close_surveys() -> None:
    clock.close_surveys(at=times.now())


@shared_task
def publish_receipts() -> None:
    counts.publish_receipts(at=times.now())


@shared_task
def destroy_ballots() -> None:
    clock.destroy_ballots(at=times.now())


@shared_task
def purge_surveys() -> None:
    clock.purge_surveys(at=times.now())
