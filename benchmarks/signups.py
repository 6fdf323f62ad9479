"""Waffle Friday opens: 650 people sign up for 60 places within ten seconds, over HTTP, with two web
processes. By programs (the API), by phones (the page's own button, answered with the sittings as they
are), and by phones while the worker and Valkey are killed.

Exactly 60 have a place and 590 stand in one line; every answer says what the database says. Times are
from when each tap was due, so that a line before the server counts as its slowness. Before it, how
many statements one sign-up takes.
"""

import asyncio
import contextlib
import datetime as dt
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks import machine
from benchmarks.report import Bound, table

PEOPLE, PLACES, SECONDS = 650, 60, 10
MOST_P95_MS = 500.0
MOST_STATEMENTS = 12
KILLED_AFTER = 3.0


@dataclass(frozen=True)
class Guest:
    """Somebody with a token for the API and a session for the page."""

    pk: int
    secret: str
    cookies: str
    csrf: str


@dataclass
class Round:
    name: str
    sitting: Any
    is_page: bool
    kills: bool = False
    milliseconds: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    states: Counter[str] = field(default_factory=Counter)
    killed: int = 0


def main() -> list[Bound]:
    """The bounds, after printing the table."""
    if not machine.is_inside_services():
        code = machine.inside_services("signups")
        return [Bound("signing up: run in a database of its own (exit code)", code, most=0)]
    os.environ["VAFFEL_TESTING"] = "1"
    os.environ["API_REQUESTS_PER_MINUTE"] = "0"
    port = machine.free_port()
    # The names of the cookies say it.
    os.environ["PORT"] = str(port)
    machine.set_up_django()
    guests = _prepare()
    statements = _statements(guests[0])
    rounds = [
        Round("programs", _sitting(1), is_page=False),
        Round("phones", _sitting(2), is_page=True),
        Round("phones, worker and Valkey killed", _sitting(3), is_page=True, kills=True),
    ]
    print(f"load of the machine before: {os.getloadavg()[0]:.1f}", flush=True)
    with tempfile.TemporaryDirectory() as folder, _served(Path(folder), port):
        for one in rounds:
            random.Random(one.name).shuffle(guests)
            with _worker(Path(folder)) as worker:
                asyncio.run(_sign_up(one, guests, port, worker))
    return _report(statements, rounds)


def _prepare() -> list[Guest]:
    from django.conf import settings
    from django.test import Client

    from engagement import times
    from engagement.api.actions import create_token
    from engagement.api.tokens import new_secret
    from engagement.demo import organisation
    from engagement.people.models import Person

    at = times.now()
    organisation.found(scale=PEOPLE, at=at, dice=random.Random(PEOPLE))
    people = list(Person.objects.employed_on(times.today()).order_by("pk")[:PEOPLE])
    guests = []
    for person in people:
        secret, csrf = new_secret(), os.urandom(16).hex()
        create_token(
            by=None, person=person, name="load", scopes=["signups:read", "signups:write"],
            secret=secret, at=at,
        )  # fmt: skip
        client = Client()
        client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        cookies = f"{settings.SESSION_COOKIE_NAME}={session}; {settings.CSRF_COOKIE_NAME}={csrf}"
        guests.append(Guest(person.pk, secret, cookies, csrf))
    assert len(guests) == PEOPLE, len(guests)
    return guests


def _sitting(number: int) -> Any:
    """An event of its own with one sitting, open now."""
    from engagement import times
    from engagement.people.models import Person
    from events.models import Event, Series, Sitting

    at = times.now()
    day = times.today() + dt.timedelta(days=number)
    organiser = Person.objects.order_by("pk")[0]
    series = Series.objects.create(
        title="Vaffelfredag", organiser=organiser, starts_on=day, created_at=at
    )
    event = Event.objects.create(series=series, rule_day=day, day=day)
    starts_at = times.moment_of(day, dt.time(12))
    return Sitting.objects.create(
        event=event, starts_at=starts_at, ends_at=starts_at + dt.timedelta(minutes=30),
        capacity=PLACES, opens_at=at - dt.timedelta(days=1), closes_at=starts_at, changed_at=at,
    )  # fmt: skip


def _statements(guest: Guest) -> int:
    """How many statements the API's sign-up takes, the token's own one among them."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client, counts = Client(headers={"host": "127.0.0.1"}), []
    for number in (20, 21):
        sitting = _sitting(number)
        with CaptureQueriesContext(connection) as captured:
            answer = client.post(
                "/api/v1/signups", {"sitting": sitting.key}, content_type="application/json",
                headers={"authorization": f"Bearer {guest.secret}"},
            )  # fmt: skip
        assert answer.status_code == 201, answer.content
        counts.append(len(captured))
    # The first call of the day notes that the token is used.
    return counts[-1]


@contextlib.contextmanager
def _served(folder: Path, port: int) -> Iterator[None]:
    command, env = machine.web_process(port)
    log = folder / "web.log"
    workers = {"WEB_WORKERS": "2", "DATA_DIR": str(folder / "data")}
    with machine.running(command, core=None, env=env | workers, log=log) as process:
        machine.wait_for_port(process, port, log)
        machine.wait_until_loaded(process)
        yield


@contextlib.contextmanager
def _worker(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "manage.py", "run", "worker"]
    env = {"VAFFEL_PROCESS": "worker"}
    with machine.running(command, core=None, env=env, log=folder / "worker.log") as process:
        machine.wait_until_loaded(process)
        yield process


async def _sign_up(
    one: Round, guests: list[Guest], port: int, worker: subprocess.Popen[bytes]
) -> None:
    import httpx

    # Each phone opens a connection of its own.
    limits = httpx.Limits(max_connections=PEOPLE, max_keepalive_connections=0)
    address = f"http://127.0.0.1:{port}"
    async with httpx.AsyncClient(base_url=address, limits=limits, timeout=60) as client:

        async def tap(guest: Guest, due: float) -> None:
            answer = await client.request("POST", **_request(one, guest))
            one.milliseconds.append((time.perf_counter() - due) * 1000)
            one.statuses[answer.status_code] += 1
            if not one.is_page and answer.status_code == 201:
                one.states[answer.json()["state"]] += 1

        began = time.perf_counter()
        tapping = []
        for number, guest in enumerate(guests):
            due = began + number * SECONDS / PEOPLE
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            if one.kills and not one.killed and due > began + KILLED_AFTER:
                one.killed = _kill(worker)
            tapping.append(asyncio.create_task(tap(guest, due)))
        await asyncio.gather(*tapping)


def _request(one: Round, guest: Guest) -> dict[str, Any]:
    if one.is_page:
        headers = {"Cookie": guest.cookies, "X-CSRFToken": guest.csrf, "HX-Request": "true"}
        return {"url": f"/events/sittings/{one.sitting.key}/sign-up/", "headers": headers}
    return {
        "url": "/api/v1/signups",
        "json": {"sitting": one.sitting.key},
        "headers": {"Authorization": f"Bearer {guest.secret}"},
    }


def _kill(worker: subprocess.Popen[bytes]) -> int:
    """Kills this benchmark's own worker and its own Valkey; returns how many."""
    import redis

    valkey = redis.Redis.from_url(os.environ["REDIS_URL"]).info("server")["process_id"]
    worker.kill()
    os.kill(int(valkey), signal.SIGKILL)
    return 2


def _report(statements: int, rounds: list[Round]) -> list[Bound]:
    from events.models import SignUp, Sitting

    bounds = [Bound("statements of one sign-up by the API", statements, most=MOST_STATEMENTS)]
    rows = []
    for one in rounds:
        signups = SignUp.objects.filter(sitting=one.sitting)
        placed = signups.filter(state=SignUp.State.PLACED).count()
        line = list(signups.in_line().values_list("person_id", "asked_at"))
        asked = [when for _person, when in line]
        counted = Sitting.objects.get(pk=one.sitting.pk).taken_count
        wrong = abs(placed - PLACES) + abs(counted - PLACES)
        wrong += abs(len({person for person, _when in line}) - (PEOPLE - PLACES))
        wrong += asked != sorted(asked)
        if not one.is_page:
            wrong += abs(one.states["placed"] - PLACES)
        lost = PEOPLE - one.statuses[200] - one.statuses[201]
        ordered = sorted(one.milliseconds)
        median, p95 = ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.95)]
        rows.append(
            (one.name, f"{placed}", f"{len(line)}", f"{lost}", f"{median:.0f}", f"{p95:.0f}",
             f"{ordered[-1]:.0f}")
        )  # fmt: skip
        bounds += [
            Bound(f"{one.name}: places and queue that are not as they should be", wrong, most=0),
            Bound(f"{one.name}: taps that were not answered", lost, most=0),
            Bound(f"{one.name}: 95 of 100 answered within", p95, most=MOST_P95_MS, unit=" ms"),
        ]
        if one.kills:
            bounds.append(Bound(f"{one.name}: processes killed", one.killed, least=2))
    print(f"{PEOPLE} people within {SECONDS} s for {PLACES} places, two web processes")
    head = ("by", "placed", "in line", "lost", "median ms", "p95 ms", "most ms")
    print(table(head, rows), flush=True)
    print(f"load of the machine after: {os.getloadavg()[0]:.1f}", flush=True)
    return bounds
