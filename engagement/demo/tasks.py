"""The clock of the demo."""

import random

from celery import shared_task

from engagement import times
from engagement.demo import history, milestones


@shared_task
def live_a_little() -> None:
    history.live_a_little(at=times.now(), dice=random.SystemRandom())


@shared_task
def count_a_little() -> None:
    milestones.count_a_little(at=times.now(), dice=random.SystemRandom())
