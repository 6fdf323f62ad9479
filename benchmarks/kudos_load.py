"""Giving under load: 30 thank-yous a second for a minute, then 100 a second for ten, over HTTP, while
50 wall screens are attached.

One web process on one core; clients, screens, Valkey and PostgreSQL on the other. Nothing may be lost:
every thank-you answered with 201 is in the database and was on every screen. Before it, what one POST
costs the server, measured in Django on one thread. ``VAFFEL_BENCH_KUDOS`` thank-yous are there before.
"""

import asyncio
import os
import statistics
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks import machine, thanks
from benchmarks.herd import MARK, STAMP, raise_file_limit
from benchmarks.machine import HERD_CORE, SERVER_CORE, HerdProcess
from benchmarks.report import Bound, table

KUDOS = int(os.environ.get("VAFFEL_BENCH_KUDOS", "100000"))
SCREENS = 50
GIVERS = 300
SERIAL = 200
MOST_MS = 60.0
# Thank-yous a second, and for how many seconds.
LOADS = ((30, 60), (100, 10))
ASKING_AT_ONCE = 400


@dataclass
class Round:
    """One load: what was answered, and how long each took from when it was due."""

    wanted: int
    keys: list[str] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)
    milliseconds: list[float] = field(default_factory=list)
    seconds: float = 0.0


def main() -> list[Bound]:
    """The bounds, after printing the table."""
    raise_file_limit()
    if not machine.is_inside_services():
        code = machine.inside_services("kudos_load")
        return [Bound("giving: run in a database of its own (exit code)", code, most=0)]
    os.environ["VAFFEL_TESTING"] = "1"
    # A giver here stands for many: the limit for each is not what is measured.
    os.environ["API_KUDOS_PER_MINUTE"] = os.environ["API_REQUESTS_PER_MINUTE"] = "0"
    machine.set_up_django()
    thanks.fill(kudos=KUDOS)
    givers, cookies = _prepare()
    machine.pin(HERD_CORE)
    print(f"load of the machine before: {os.getloadavg()[0]:.1f}", flush=True)
    serial = _serial(givers)
    rounds = _under_load(givers, cookies)
    return _report(serial, rounds)


def _prepare() -> tuple[list[tuple[str, str]], list[str]]:
    """For each giver a token's secret and the key of whom they thank; the screens' cookies."""
    from engagement import times
    from engagement.api.actions import create_token
    from engagement.api.tokens import new_secret
    from engagement.people.models import Person
    from engagement.wallboards.access import digest
    from engagement.wallboards.models import Board, Screen

    at = times.now()
    # Each receiver's card goes to every wall, by first name.
    Person.objects.update(wall_choice="any", is_thanked_by_partners=True)
    people = list(Person.objects.filter(left_on=None).order_by("pk")[: 2 * GIVERS])
    givers = []
    for giver, receiver in zip(people[:GIVERS], people[GIVERS:], strict=True):
        secret = new_secret()
        create_token(
            by=None, person=giver, name="load", scopes=["kudos:read", "kudos:write"],
            secret=secret, at=at,
        )  # fmt: skip
        givers.append((secret, receiver.key))
    board = Board.objects.create(name="Load")
    secrets = [f"load-{number:04d}-{os.urandom(16).hex()}" for number in range(SCREENS)]
    Screen.objects.bulk_create(
        Screen(
            name=f"Load {number}", board=board, key_hash=digest(secret), paired_at=at,
            paired_by=people[0], last_seen_at=at,
        )
        for number, secret in enumerate(secrets)
    )  # fmt: skip
    return givers, [f"vaffel_screen={secret}" for secret in secrets]


def _body(receiver: str) -> dict[str, Any]:
    stamp = MARK.decode() + f"{time.monotonic_ns():0{STAMP}d}"
    return {"to": [receiver], "message": f"Takk {stamp}", "audience": "company", "wall": True}


def _serial(givers: list[tuple[str, str]]) -> list[float]:
    """Milliseconds of one POST in Django, from the request's arrival to its answer."""
    from django.test import Client

    client, took = Client(headers={"host": "127.0.0.1"}), []
    for number in range(SERIAL):
        secret, receiver = givers[number % GIVERS]
        began = time.perf_counter()
        answer = client.post(
            "/api/v1/kudos", _body(receiver), content_type="application/json",
            headers={"authorization": f"Bearer {secret}"},
        )  # fmt: skip
        took.append((time.perf_counter() - began) * 1000)
        assert answer.status_code == 201, answer.content
    return took


def _under_load(
    givers: list[tuple[str, str]], cookies: list[str]
) -> list[tuple[int, Round, dict[str, Any]]]:
    port = machine.free_port()
    command, env = machine.web_process(port)
    done = []
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "web.log"
        with machine.running(command, core=SERVER_CORE, env=env, log=log) as process:
            machine.wait_for_port(process, port, log)
            plan = {"dialect": "ours", "path": "/ws/screen/", "cookies": cookies, "port": port}
            herd = HerdProcess(plan, Path(folder))
            try:
                herd.connect(SCREENS)
                asyncio.run(_give(Round(30), givers, port, rate=10))  # warm
                time.sleep(2)
                for rate, seconds in LOADS:
                    herd.reset(timing=True)
                    one = Round(rate * seconds)
                    asyncio.run(_give(one, givers, port, rate=rate))
                    _wait(herd, len(one.keys) * SCREENS)
                    done.append((rate, one, herd.report()))
            finally:
                herd.end()
    return done


async def _give(one: Round, givers: list[tuple[str, str]], port: int, *, rate: int) -> None:
    import httpx

    limits = httpx.Limits(max_connections=ASKING_AT_ONCE, max_keepalive_connections=100)
    address = f"http://127.0.0.1:{port}"
    async with httpx.AsyncClient(base_url=address, limits=limits, timeout=60) as client:

        async def post(number: int, due: float) -> None:
            secret, receiver = givers[number % len(givers)]
            answer = await client.post(
                "/api/v1/kudos", json=_body(receiver), headers={"Authorization": f"Bearer {secret}"}
            )
            # From when it was due: a queue before the server counts as its slowness.
            one.milliseconds.append((time.perf_counter() - due) * 1000)
            if answer.status_code == 201:
                one.keys.append(answer.json()["id"])
            else:
                one.refused.append(answer.status_code)

        began = time.perf_counter()
        asking = []
        for number in range(one.wanted):
            due = began + number / rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            asking.append(asyncio.create_task(post(number, due)))
        await asyncio.gather(*asking)
        one.seconds = time.perf_counter() - began


def _wait(herd: HerdProcess, cards: int) -> None:
    deadline = time.monotonic() + 30
    while herd.count < cards and time.monotonic() < deadline:
        time.sleep(0.05)


def _report(serial: list[float], rounds: list[tuple[int, Round, dict[str, Any]]]) -> list[Bound]:
    from kudos.models import Kudos

    median, p95 = _middle(serial)
    bounds = [Bound("POST /kudos: median server time", median, most=MOST_MS, unit=" ms")]
    rows = [("alone, in Django", f"{SERIAL}", "", f"{median:.1f}", f"{p95:.1f}", "", "", "")]
    for rate, one, seen in rounds:
        median, p95 = _middle(one.milliseconds)
        stored = Kudos.objects.filter(key__in=one.keys).count()
        lost = len(one.keys) - stored
        missing = len(one.keys) * SCREENS - seen["count"]
        rows.append(
            (
                f"{rate} a second", f"{len(one.keys)}", f"{len(one.keys) / one.seconds:.1f}",
                f"{median:.1f}", f"{p95:.1f}", f"{seen.get('p50', 0):.0f}", f"{lost}", f"{missing}",
            )
        )  # fmt: skip
        bounds += [
            Bound(f"{rate}/s: not answered with 201", one.wanted - len(one.keys), most=0),
            Bound(f"{rate}/s: answered and not stored", lost, most=0),
            Bound(f"{rate}/s: cards that a screen missed, or got twice", abs(missing), most=0),
        ]
        if one.refused:
            print(f"{rate} a second, answered otherwise: {dict(Counter(one.refused))}")
        if rate == LOADS[0][0]:
            bounds.append(
                Bound(f"{rate}/s: given, of those asked for", len(one.keys) / one.seconds / rate,
                      least=0.95, unit="×")
            )  # fmt: skip
    print(f"{KUDOS} kudos before, {SCREENS} screens, one web process")
    head = ("load", "201", "per s", "median ms", "p95 ms", "to walls ms", "lost", "missed")
    print(table(head, rows), flush=True)
    print(f"load of the machine after: {os.getloadavg()[0]:.1f}", flush=True)
    return bounds


def _middle(took: list[float]) -> tuple[float, float]:
    ordered = sorted(took)
    return statistics.median(ordered), ordered[int(len(ordered) * 0.95)]
