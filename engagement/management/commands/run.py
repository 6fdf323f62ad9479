"""One process in the foreground, for those who bring their own process manager."""

import asyncio
import os
import socket
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from engagement.supervisor import launch, web
from engagement.supervisor.folder import prepare_folder
from engagement.supervisor.listening import listen
from engagement.supervisor.problems import CannotStart
from engagement.supervisor.supervisor import Supervisor, until_stopped
from engagement.supervisor.terminal import say

CELERY = [sys.executable, "-m", "celery", "-A", "engagement.celery:app"]


class Command(BaseCommand):
    help = "Runs one part in the foreground: web, worker or beat (for production)."
    # Under the supervisor `prepare` has checked.
    requires_system_checks = () if os.environ.get("VAFFEL_PROCESS") else "__all__"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("part", choices=["web", "worker", "beat"])

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            {"web": _web, "worker": _worker, "beat": _beat}[options["part"]]()
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


def _worker() -> None:
    # SIGTERM gives running tasks five seconds and hands the rest back to the queue.
    os.environ["REMAP_SIGTERM"] = "SIGQUIT"
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    pool = ["--pool", "prefork", "--concurrency", os.environ.get("WORKER_PROCESSES") or "2"]
    _become([*CELERY, "worker", "--loglevel", "WARNING", *pool, *quiet])


def _beat() -> None:
    schedule = ["--schedule", str(settings.DATA_DIR / "beat-schedule"), "--pidfile", ""]
    _become([*CELERY, "beat", "--loglevel", "WARNING", *schedule])


def _become(words: list[str]) -> None:
    """The command replaces this process, so that signals reach it directly."""
    os.chdir(settings.BASE_DIR)
    sys.stdout.flush()
    os.execv(words[0], words)  # noqa: S606
