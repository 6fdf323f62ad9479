"""One process in the foreground, for those who bring their own process manager."""

import asyncio
import os
import signal
import socket
import sys
import threading
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError, close_old_connections

from engagement import times
from engagement.celery import app
from engagement.supervisor import launch, web
from engagement.supervisor.folder import prepare_folder
from engagement.supervisor.listening import listen
from engagement.supervisor.problems import CannotStart
from engagement.supervisor.supervisor import Supervisor, until_stopped
from engagement.supervisor.terminal import say
from surveys import counter

COUNTER_SECONDS = 5.0


class Command(BaseCommand):
    help = (
        "Runs one part in the foreground: web, ballots, worker, beat or counter (for production)."
    )
    # Under the supervisor `prepare` has checked.
    requires_system_checks = () if os.environ.get("VAFFEL_PROCESS") else "__all__"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("part", choices=["web", "ballots", "worker", "beat", "counter"])

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            parts = {
                "web": _web,
                "ballots": _ballots,
                "worker": _worker,
                "beat": _beat,
                "counter": _counter,
            }
            parts[options["part"]]()
        except CannotStart as problem:
            raise CommandError(str(problem)) from problem


def _web() -> None:
    plan = launch.Plan.from_environment(is_demo=settings.DEMO)
    if plan.web_processes > 1:
        prepare_folder(plan.data_dir)
        with listen(plan.host, plan.port) as bound:
            asyncio.run(until_stopped(_several(plan, bound)))
        return
    web.serve(host=plan.host, port=plan.port, trusted_proxies=settings.TRUSTED_PROXIES)


async def _several(plan: launch.Plan, bound: socket.socket) -> None:
    supervisor = Supervisor(
        plan.data_dir, environment=launch.environment_for(plan, {}), descriptors=[], say=say
    )
    try:
        await supervisor.start(*launch.web_children(plan, bound))
        await supervisor.watch()
    finally:
        await supervisor.stop()


def _ballots() -> None:
    # The ballot box shares nothing with the rest, not even a process that has loaded it.
    os.execv(sys.executable, [sys.executable, "-m", "surveys.ballots"])  # noqa: S606


def _worker() -> None:
    if os.environ.get("REMAP_SIGTERM") != "SIGQUIT":
        # SIGTERM shall give running tasks five seconds and hand the rest back to the queue.
        # Celery reads this while it is imported, which it is by now: begin again.
        os.environ["REMAP_SIGTERM"] = "SIGQUIT"
        os.execv(sys.executable, [sys.executable, *sys.argv])  # noqa: S606
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    hands = ["--concurrency", os.environ.get("WORKER_PROCESSES") or "2"]
    app.worker_main(["worker", "--loglevel", "WARNING", "--pool", "prefork", *hands, *quiet])


def _beat() -> None:
    schedule = ["--schedule", str(settings.DATA_DIR / "beat-schedule"), "--pidfile", ""]
    app.start(["beat", "--loglevel", "WARNING", *schedule])


def _counter() -> None:
    """Counts *Sealed* surveys, round after round, until SIGTERM."""
    is_over = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: is_over.set())
    signal.signal(signal.SIGINT, lambda *_: is_over.set())
    while not is_over.is_set():
        try:
            counter.work(at=times.now())
        except OperationalError as error:
            say(f"The counter waits for the database ({error}).")
        close_old_connections()
        is_over.wait(COUNTER_SECONDS)
