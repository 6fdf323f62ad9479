"""`manage.py start` and `manage.py demo`: from an empty folder to a page that answers."""

import asyncio
import contextlib
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from socket import socket
from typing import NamedTuple
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from engagement.environment import flag, whole_number
from engagement.supervisor.folder import (
    FolderLock,
    ballot_secret,
    prepare_folder,
    secret_key,
)
from engagement.supervisor.listening import LISTEN_FD, answers, listen
from engagement.supervisor.postgres import BallotPostgres, Postgres
from engagement.supervisor.problems import CannotStart
from engagement.supervisor.supervisor import Child, Supervisor, until_stopped
from engagement.supervisor.terminal import say
from engagement.supervisor.valkey import Valkey

CHECKOUT = Path(__file__).resolve().parents[2]
MANAGE = [sys.executable, str(CHECKOUT / "manage.py")]
BALLOT_DATABASE = "BALLOT_DATABASE_URL"
WITHHELD_FROM_BALLOTS = [
    *("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "EMAIL_URL", "DJANGO_SETTINGS_MODULE")
]
LOOPBACK = {"127.0.0.1", "localhost", "::1"}

# A step's line that begins so is told after "Ready" instead of at once (links, sign-ins).
AFTER_READY = "after-ready: "
PREPARE = ("prepare", ["prepare"])
# The demo's own steps, in order: what must be there before Ready, and what follows behind.
DEMO_BEFORE_READY = [("seed", ["seed_demo", "--recent"])]
DEMO_BEHIND = ("history", ["seed_demo", "--history"])
PROGRESS_EVERY_SECONDS = 15.0
# How a line begins that is shown however soon it comes after another.
FINISHED = "finished: "


@dataclass(frozen=True)
class Plan:
    """What the environment asks for."""

    is_demo: bool
    data_dir: Path
    host: str
    port: int
    base_url: str
    ballot_url: str
    web_processes: int
    has_demo_surveys: bool = False

    @classmethod
    def from_environment(cls, *, is_demo: bool) -> "Plan":
        """:raises CannotStart: on a value that cannot be meant."""
        port = _number("PORT", 8000)
        base_url = os.environ.get("BASE_URL") or f"http://127.0.0.1:{port}"
        plan = cls(
            is_demo=is_demo,
            data_dir=Path(os.environ.get("DATA_DIR") or CHECKOUT / "var").resolve(),
            host=os.environ.get("HOST") or "127.0.0.1",
            port=port,
            base_url=base_url.rstrip("/"),
            # Another port is no other cookie jar: another host name is.
            ballot_url=(os.environ.get("BALLOT_URL") or f"http://localhost:{port + 1}").rstrip("/"),
            web_processes=max(1, _number("WEB_WORKERS", 1)),
            has_demo_surveys=is_demo and _flag("DEMO_SURVEYS", default=True),
        )
        plan.refuse_unsafe()
        return plan

    def refuse_unsafe(self) -> None:
        parts = urlsplit(self.base_url)
        is_loopback = parts.hostname in LOOPBACK
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise CannotStart(
                f"BASE_URL is {self.base_url!r}, which is no address: set it to what people type, "
                "such as https://vaffel.example.org."
            )
        if self.is_demo and not (is_loopback and self.host in LOOPBACK):
            raise CannotStart(
                "The demo signs anybody in with one click and therefore runs on this machine only: "
                "leave BASE_URL and HOST unset, or use `make start`."
            )
        if not is_loopback and parts.scheme != "https":
            raise CannotStart(
                f"BASE_URL is {self.base_url}, which is not HTTPS, and browsers give screens and "
                "surveys what they need on HTTPS only: put a proxy with a certificate in front "
                "and set BASE_URL=https://…"
            )
        self._refuse_unsafe_ballot_box(parts.hostname)

    def _refuse_unsafe_ballot_box(self, own_host: str) -> None:
        parts = urlsplit(self.ballot_url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise CannotStart(
                f"BALLOT_URL is {self.ballot_url!r}, which is no address: set it to a host name of "
                "its own, such as https://ballots.example.org."
            )
        is_loopback = parts.hostname in LOOPBACK
        if is_loopback != (own_host in LOOPBACK):
            raise CannotStart(
                f"BASE_URL is {self.base_url} and BALLOT_URL is {self.ballot_url}: people on other "
                "machines could not reach both. Give both a host name of their own."
            )
        if not is_loopback and parts.scheme != "https":
            raise CannotStart(
                f"BALLOT_URL is {self.ballot_url}, which is not HTTPS, and browsers seal ballots "
                "on HTTPS only: put a proxy with a certificate in front and set BALLOT_URL=https://…"
            )
        if parts.hostname == own_host:
            raise CannotStart(
                f"BALLOT_URL and BASE_URL are both on {own_host}, and one host has one cookie jar: "
                "give the ballot box a host name of its own."
            )


def _number(name: str, default: int) -> int:
    try:
        return whole_number(name, default=default)
    except ImproperlyConfigured as error:
        raise CannotStart(str(error)) from error


def _flag(name: str, *, default: bool) -> bool:
    try:
        return flag(name, default=default)
    except ImproperlyConfigured as error:
        raise CannotStart(str(error)) from error


def main(*, is_demo: bool) -> int:
    """The exit code. Says in one sentence why it cannot start."""
    began = time.monotonic()
    try:
        plan = Plan.from_environment(is_demo=is_demo)
        prepare_folder(plan.data_dir)
        with (
            # First the lock: it waits for children of a killed start, who still hold the port.
            FolderLock(plan.data_dir) as lock,
            contextlib.closing(listen(plan.host, plan.port)) as bound,
            contextlib.closing(listen(plan.host, plan.port + 1)) as ballots_bound,
        ):
            sockets = Sockets(bound, ballots_bound)
            asyncio.run(until_stopped(_run(plan, sockets, lock.for_children, began)))
    except CannotStart as problem:
        sys.stderr.write(f"Vaffel cannot start: {problem}\n")
        return 1
    return 0


class Sockets(NamedTuple):
    """What we listen on: bound once, so that a child that restarts loses nobody."""

    web: socket
    ballots: socket


async def _run(plan: Plan, bound: Sockets, lock: int, began: float) -> None:
    services, addresses = await asyncio.to_thread(embedded, plan.data_dir)
    ballot_database = addresses.pop(BALLOT_DATABASE, "") or os.environ[BALLOT_DATABASE]
    supervisor = Supervisor(
        plan.data_dir,
        environment=environment_for(plan, addresses),
        descriptors=[lock],
        say=say,
    )
    past_sockets = contextlib.ExitStack()
    try:
        ballots = ballots_child(plan, bound.ballots, ballot_database)
        await _until_ready(
            plan, supervisor, services, [*web_children(plan, bound.web), ballots], began
        )
        if plan.is_demo:
            past = past_sockets.enter_context(contextlib.closing(listen("127.0.0.1", 0)))
            await supervisor.start(*behind_children(plan, past, ballot_database))
        await supervisor.watch()
    finally:
        say("Stopping …")
        await supervisor.stop()
        past_sockets.close()
        say("Stopped. The data is kept.")


async def _until_ready(
    plan: Plan,
    supervisor: Supervisor,
    services: Sequence[Child],
    doors: Sequence[Child],
    began: float,
) -> None:
    later: list[str] = []

    def hear(line: str) -> None:
        if line.startswith(AFTER_READY):
            later.append(line.removeprefix(AFTER_READY))
        else:
            say(line)

    say(f"Starting Vaffel in {plan.data_dir} …")
    await supervisor.start(*services)
    name, words = PREPARE
    await supervisor.run(name, [*MANAGE, *words], hear=hear)
    await asyncio.gather(supervisor.start(*doors), _seed(plan, supervisor, hear))
    await supervisor.start(*background_children())
    say(f"Ready: http://127.0.0.1:{plan.port}/")
    for line in later:
        say(line)
    say(f"Started in {time.monotonic() - began:.0f} s. Ctrl-C stops everything and keeps the data.")


async def _seed(plan: Plan, supervisor: Supervisor, hear: Callable[[str], None]) -> None:
    # People wait at the doors when it starts again: those come first.
    for name, words in DEMO_BEFORE_READY if plan.is_demo else []:
        await supervisor.run(name, [*MANAGE, *words], hear=hear, nice=5)


def embedded(data_dir: Path) -> tuple[list[Child], dict[str, str]]:
    """The services we run ourselves, and the addresses the platform finds them at."""
    children: list[Child] = []
    addresses: dict[str, str] = {}
    for name, variable, service in (
        ("postgres", "DATABASE_URL", Postgres),
        ("valkey", "REDIS_URL", Valkey),
        ("ballot-postgres", BALLOT_DATABASE, BallotPostgres),
    ):
        if os.environ.get(variable):
            continue
        server = service(data_dir)
        server.initialise()
        addresses[variable] = server.url
        children.append(
            Child(
                name=name,
                command=server.command,
                before=server.initialise,
                is_ready=server.is_ready,
                tier=0,
                stop_signal=server.stop_signal,
            )
        )
    return children, addresses


def environment_for(plan: Plan, addresses: dict[str, str]) -> dict[str, str]:
    """What every child gets: ours, the addresses, and the one secret of this installation."""
    # Only the ballot box reaches the ballots.
    known = {name: value for name, value in os.environ.items() if name != BALLOT_DATABASE}
    return {
        **known,
        **addresses,
        "DATA_DIR": str(plan.data_dir),
        "HOST": plan.host,
        "PORT": str(plan.port),
        "BASE_URL": plan.base_url,
        "BALLOT_URL": plan.ballot_url,
        "BALLOT_CONTROL_URL": os.environ.get("BALLOT_CONTROL_URL")
        or f"http://{_reachable(plan.host)}:{plan.port + 1}",
        "BALLOT_CONTROL_TOKEN": os.environ.get("BALLOT_CONTROL_TOKEN")
        or ballot_secret(plan.data_dir, "control-token"),
        "DEMO": "1" if plan.is_demo else "0",
        "SECRET_KEY": os.environ.get("SECRET_KEY") or secret_key(plan.data_dir),
        "DJANGO_SETTINGS_MODULE": "engagement.settings",
        "PYTHONUNBUFFERED": "1",
    }


def web_children(plan: Plan, bound: socket) -> list[Child]:
    """``web``, ``web-2`` … on one socket; each restarts by itself."""

    def is_ready() -> bool:
        return answers(host=plan.host, port=plan.port, base_url=plan.base_url)

    return [
        Child(
            name="web" if number == 1 else f"web-{number}",
            command=lambda: [*MANAGE, "run", "web"],
            environment={LISTEN_FD: str(bound.fileno()), "WEB_WORKERS": "1", "DATABASE_POOL": "1"},
            is_ready=is_ready,
            descriptors=[bound.fileno()],
        )
        for number in range(1, plan.web_processes + 1)
    ]


def ballots_child(plan: Plan, bound: socket, database_url: str) -> Child:
    """The ballot box: no Django, and none of the secrets of the rest."""

    def is_ready() -> bool:
        return answers(
            host=plan.host, port=plan.port + 1, base_url=plan.ballot_url, path="/healthz"
        )

    return Child(
        name="ballots",
        command=lambda: [sys.executable, "-m", "surveys.ballots"],
        environment=_box_environment(bound, database_url),
        withheld=WITHHELD_FROM_BALLOTS,
        is_ready=is_ready,
        descriptors=[bound.fileno()],
    )


def _box_environment(bound: socket, database_url: str) -> dict[str, str]:
    return {
        LISTEN_FD: str(bound.fileno()),
        BALLOT_DATABASE: database_url,
        "PYTHONPATH": str(CHECKOUT),
    }


def _reachable(host: str) -> str:
    found = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    return f"[{found}]" if ":" in found else found


def background_children() -> list[Child]:
    return [
        Child(
            name="worker",
            command=lambda: [*MANAGE, "run", "worker"],
            environment={"REMAP_SIGTERM": "SIGQUIT"},
        ),
        Child(name="beat", command=lambda: [*MANAGE, "run", "beat"]),
        Child(name="counter", command=lambda: [*MANAGE, "run", "counter"]),
    ]


def behind_children(plan: Plan, past: socket, ballot_database: str) -> list[Child]:
    """What fills the demo's history, and for its surveys a ballot box with a clock of the past."""
    name, words = DEMO_BEHIND
    if not plan.has_demo_surveys:
        return [_behind(name, words, {})]
    port = past.getsockname()[1]
    return [
        Child(
            name="past-ballots",
            command=lambda: [sys.executable, "-m", "surveys.ballots.past"],
            environment=_box_environment(past, ballot_database),
            withheld=WITHHELD_FROM_BALLOTS,
            descriptors=[past.fileno()],
            is_kept=False,
            nice=10,
        ),
        _behind(name, words, {"BALLOT_CONTROL_URL": f"http://127.0.0.1:{port}"}),
    ]


def _behind(name: str, words: Sequence[str], environment: dict[str, str]) -> Child:
    told = time.monotonic()

    def hear(line: str) -> None:
        nonlocal told
        if line.startswith(FINISHED) or time.monotonic() - told >= PROGRESS_EVERY_SECONDS:
            told = time.monotonic()
            say(line.removeprefix(FINISHED))

    return Child(
        name=name,
        command=lambda: [*MANAGE, *words],
        environment=environment,
        is_kept=False,
        nice=10,
        hear=hear,
    )
