"""The clock, not the brain: the database is the queue, these helpers walk it."""

import datetime as dt
from collections.abc import Callable
from typing import Any, TypeVar

import structlog
from celery import Task, current_app
from django.db import models, transaction

from engagement.clock.models import Sweep

log = structlog.get_logger(__name__)


# A ring nobody heard for so long is of no use: the sweep has been there. Without an end, the rings
# of an hour without a worker would stand in line before everything else.
RING_LASTS_S = 60

Row = TypeVar("Row", bound=models.Model)


def sweep(due: models.QuerySet[Row], act: Callable[[Row], None], *, limit: int = 500) -> int:
    """Calls ``act`` on each row of ``due``, one transaction a row, and returns how many it did.

    Rows that somebody else holds are skipped; a row that is no longer due when its turn comes is
    left alone; a row that fails is logged and never stops the rest. Two sweeps at once are harmless.
    """
    done = 0
    for pk in list(due.values_list("pk", flat=True)[:limit]):
        try:
            with transaction.atomic():
                row = due.select_for_update(skip_locked=True, of=("self",)).filter(pk=pk).first()
                if row is None:
                    continue
                act(row)
            done += 1
        except Exception:
            log.exception("sweep_row_failed", model=due.model._meta.label, pk=pk)
    return done


def stamp(name: str, *, at: dt.datetime) -> None:
    """Notes that the job ``name`` has run."""
    Sweep.objects.update_or_create(name=name, defaults={"last_ran_at": at})


def ring(task: "Task[Any, Any] | str", *, after: dt.timedelta = dt.timedelta()) -> None:
    """Wakes a worker for ``task`` after commit, or so much later than that. A dead broker costs
    seconds: the sweep has it.

    Actions stand below tasks and give the task's full name.
    """
    name = task if isinstance(task, str) else task.name
    wait = after.total_seconds()

    def call() -> None:
        try:
            current_app.send_task(name, countdown=wait or None, expires=RING_LASTS_S + wait)
        except Exception as error:  # kombu raises whatever its transport raises
            log.warning("ring_failed", task=name, reason=str(error))

    transaction.on_commit(call)
