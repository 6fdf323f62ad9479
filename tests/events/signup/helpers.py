"""Short words for tests of sign-ups."""

import datetime as dt
import threading
from collections.abc import Callable, Sequence
from typing import Any

from django.db import connection

from engagement.people.models import Person, Unit
from events.models import Job, SignUp, Sitting
from tests import factories as people
from tests.events import factories

HOUR = dt.timedelta(hours=1)
MINUTE = dt.timedelta(minutes=1)


def crowd(unit: Unit, count: int) -> list[Person]:
    return [people.make_person("Gjest", f"{number:03d}", unit=unit) for number in range(count)]


def states(sitting: Sitting, job: Job | None = None) -> dict[str, int]:
    """How many sign-ups are in each state."""
    found: dict[str, int] = {}
    for state in SignUp.objects.filter(sitting=sitting, job=job).values_list("state", flat=True):
        found[state] = found.get(state, 0) + 1
    return found


def line(sitting: Sitting) -> list[Person]:
    waiting = SignUp.objects.filter(sitting=sitting, job=None).in_line()
    return [one.person for one in waiting.select_related("person")]


def assert_counts_hold(*sittings: Sitting) -> None:
    """What is counted is what is held, and nobody is one too many or in two places."""
    for sitting in Sitting.objects.filter(pk__in=[one.pk for one in sittings]):
        held = SignUp.objects.filter(sitting=sitting).holding()
        assert sitting.taken_count == held.filter(job=None).count()
        assert sitting.capacity is None or sitting.taken_count <= sitting.capacity
        for job in sitting.jobs.all():
            assert job.taken_count == held.filter(job=job).count() <= job.capacity
    guests = SignUp.objects.live().filter(job=None).values_list("event_id", "person_id")
    assert len(set(guests)) == len(guests)


def at_once(calls: Sequence[Callable[[], Any]]) -> list[Any]:
    """Calls all of ``calls`` in threads that start together; what each returned or raised."""
    barrier = threading.Barrier(len(calls))
    results: list[Any] = [None] * len(calls)

    def run(number: int) -> None:
        barrier.wait()
        try:
            results[number] = calls[number]()
        except Exception as error:
            results[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


__all__ = [
    "HOUR",
    "MINUTE",
    "assert_counts_hold",
    "at_once",
    "crowd",
    "factories",
    "line",
    "states",
]
