"""What it costs to announce something to everybody: 3 400 people, each with an e-mail address.

Time is the processor's, of the one thread that answers the request, from its arrival in Django to its
answer, middleware included: how busy the machine is does not count. What the database does beside it
is in the time on the clock, which is printed and bounds nothing.
"""

import os
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from benchmarks import machine
from benchmarks.report import Bound, table

PEOPLE = 3_400
ROUNDS = 3
MOST_S = 2.0
HOST = {"host": "127.0.0.1"}


def main() -> list[Bound]:
    """The bounds, after printing the table."""
    if not machine.is_inside_services():
        code = machine.inside_services("announcing")
        return [Bound("announcing: run in a database of its own (exit code)", code, most=0)]
    os.environ["VAFFEL_TESTING"] = "1"  # static files as they lie there
    machine.set_up_django()
    return _measure()


class Meter:
    """How long each act took: processor and clock, the quickest of its rounds, and statements."""

    def __init__(self) -> None:
        self.taken: dict[str, list[tuple[float, float, int]]] = {}

    @contextmanager
    def of(self, act: str) -> Iterator[None]:
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(connection) as statements:
            processor, clock = time.thread_time(), time.perf_counter()
            yield
            taken = time.thread_time() - processor, time.perf_counter() - clock, len(statements)
        self.taken.setdefault(act, []).append(taken)

    def best(self, act: str) -> tuple[float, float, int]:
        return min(self.taken[act])


def _measure() -> list[Bound]:
    from django.conf import settings
    from django.test import Client
    from django.urls import reverse

    author = _fill()
    client = Client(headers=HOST)
    client.force_login(author, backend=settings.AUTHENTICATION_BACKENDS[0])
    meter = Meter()
    for _round in range(ROUNDS):
        announcement = _draft(author)

        def url(name: str, key: str = announcement.key) -> str:
            return reverse(f"events:announcement{name}", kwargs={"key": key})

        with meter.of("open the form"):
            assert client.get(url("-edit")).status_code == 200
        with meter.of("look at the draft"):
            assert client.get(url("")).status_code == 200
        with meter.of("send it"):
            assert client.post(url("-publish"), {"now": "1"}).status_code == 302
        announcement.refresh_from_db()
        assert announcement.recipient_count >= PEOPLE, announcement.recipient_count
        given = {"title": "En annen tittel", "note": "Feil tittel."}
        words = {name: getattr(announcement, name) for name in ("decided", "why", "affects")}
        with meter.of("correct it"):
            assert client.post(url("-correct"), given | words).status_code == 302
        with meter.of("withdraw it"):
            assert client.post(url("-withdraw"), {"reason": "Nei."}).status_code == 302
    return _report(meter)


def _fill() -> Any:
    """The organisation; returns who announces."""
    from django.db.models import CharField, F, Value
    from django.db.models.functions import Concat

    from engagement import times
    from engagement.demo import organisation
    from engagement.people.models import Person, RoleAssignment

    at = times.now()
    organisation.found(scale=PEOPLE, at=at, dice=random.Random(PEOPLE))
    employed = Person.objects.employed_on(times.today())
    address = Concat(Value("n"), F("employee_number"), Value("@e"), F("employer_id"),
                     Value(".example"), output_field=CharField())  # fmt: skip
    employed.filter(email="").update(email=address)
    author = employed.filter(employer__is_partner=False).order_by("pk")[0]
    RoleAssignment.objects.filter(person=author).delete()
    RoleAssignment.objects.create(person=author, role=RoleAssignment.Role.HR, from_at=at)
    return author


def _draft(author: Any) -> Any:
    from engagement import times
    from engagement.people.models import Employer
    from events.actions import announcing
    from events.announcement_facts import AnnouncementFacts

    facts = AnnouncementFacts(
        title="Kantina åpner klokka sju",
        decided="Kantina åpner klokka sju i stedet for åtte.",
        why="Mange kommer rett fra bussen.",
        affects="Du som begynner tidlig.",
        audiences=list(Employer.objects.order_by("name")),
    )
    return announcing.create_announcement(facts=facts, by=author, at=times.now())


def _report(meter: Meter) -> list[Bound]:
    rows = []
    for act in meter.taken:
        processor, clock, statements = meter.best(act)
        rows.append([act, f"{processor:.2f} s", f"{clock:.2f} s", str(statements)])
    print(table([f"{PEOPLE} people", "processor", "on the clock", "statements"], rows))
    return [
        Bound(f"announcing: {act}, processor", meter.best(act)[0], most=MOST_S, unit=" s")
        for act in ("send it", "correct it", "withdraw it")
    ]


if __name__ == "__main__":
    raise SystemExit(0 if all(bound.holds for bound in main()) else 1)
