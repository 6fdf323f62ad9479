"""What is wrong here, and how to mend it."""

import os
import platform
import smtplib
import socket
import sys
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import django
import redis
from django.conf import settings
from django.core.checks import WARNING, run_checks
from django.core.management.base import BaseCommand
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from engagement import health, times
from engagement.checks import is_loopback
from engagement.clock.models import Sweep
from engagement.supervisor import postgres, valkey
from engagement.supervisor.folder import NEEDED_MEGABYTES, free_megabytes
from engagement.supervisor.listening import answers
from engagement.supervisor.problems import CannotStart

OLDEST_POSTGRES = 140000


class Finding(NamedTuple):
    """``remedy`` is empty when all is well; ``is_grave`` makes the exit code 1."""

    what: str
    remedy: str = ""
    is_grave: bool = True


class Command(BaseCommand):
    help = "Says what is wrong and how to mend it; exit code 1 when something grave is."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        findings = [finding for look in LOOKS for finding in look()]
        for what, remedy, is_grave in findings:
            mark = "ok   " if not remedy else "WRONG" if is_grave else "note "
            self.stdout.write(f"{mark}  {what}{f': {remedy}' if remedy else ''}")
        grave = sum(1 for finding in findings if finding.remedy and finding.is_grave)
        if grave:
            self.stdout.write(f"{grave} to mend.")
            sys.exit(1)
        self.stdout.write("Nothing is wrong.")


def _programs() -> Iterator[Finding]:
    yield Finding(f"Python {platform.python_version()}, Django {django.__version__}")
    if os.environ.get("VAFFEL_EMBEDDED_DATABASE"):
        try:
            yield Finding(f"Embedded PostgreSQL {postgres.MAJOR} in {postgres.programs()}")
            found = valkey.program()
            version = ".".join(map(str, valkey.version(found)))
            yield Finding(f"Embedded Valkey {version} in {found}")
        except CannotStart as problem:
            yield Finding("Embedded services", str(problem))


def _folder() -> Iterator[Finding]:
    folder = settings.DATA_DIR
    if not folder.exists():
        yield Finding(f"Data folder {folder} does not exist", "start Vaffel, or set DATA_DIR")
        return
    if not os.access(folder, os.W_OK):
        yield Finding(
            f"Data folder {folder} cannot be written by user {os.geteuid()}",
            "use the user that starts Vaffel, or give it the folder",
        )
    free = free_megabytes(folder)
    too_little = "" if free >= NEEDED_MEGABYTES else "free some space or move DATA_DIR"
    yield Finding(f"Data folder {folder}, {free} MB free", too_little)
    key = folder / "secret-key"
    if key.exists() and key.stat().st_mode & 0o077:
        yield Finding("The secret key can be read by others", f"chmod 600 {key}")


def _database() -> Iterator[Finding]:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SHOW server_version_num")
            number = int(cursor.fetchone()[0])
        executor = MigrationExecutor(connection)
        pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as error:
        reason = str(error).splitlines()[0]
        yield Finding(
            f"The database does not answer ({reason})", "start Vaffel or check DATABASE_URL"
        )
        return
    is_old = number < OLDEST_POSTGRES
    yield Finding(
        f"PostgreSQL {number // 10000}.{number % 10000} answers",
        "use PostgreSQL 14 or newer" if is_old else "",
    )
    if pending:
        yield Finding(f"{len(pending)} migrations are waiting", "restart Vaffel: it applies them")


def _valkey() -> Iterator[Finding]:
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2) as client:
            info: dict[str, Any] = client.info()
    except redis.RedisError as error:
        yield Finding(f"Valkey does not answer ({error})", "start Vaffel or check REDIS_URL")
        return
    version = str(info.get("valkey_version") or info.get("redis_version"))
    numbers = tuple(int(part) for part in version.split(".") if part.isdecimal())
    is_old = numbers < valkey.OLDEST
    yield Finding(f"Valkey {version} answers", "use 6.2.20 or newer" if is_old else "")
    policy = info.get("maxmemory_policy", "noeviction")
    if policy != "noeviction":
        yield Finding(
            f"Valkey throws messages away when it is full ({policy})",
            "set maxmemory-policy noeviction",
        )


def _worker() -> Iterator[Finding]:
    try:
        last = Sweep.objects.order_by("-last_ran_at").values_list("last_ran_at", flat=True).first()
    except DatabaseError:
        return
    if last is None:
        yield Finding("The worker has never run", "start Vaffel (`run worker` and `run beat`)")
        return
    seconds = (times.now() - last).total_seconds()
    is_silent = seconds > health.WORKER_SILENT_AFTER.total_seconds()
    remedy = f"see {settings.DATA_DIR}/log/worker.log and beat.log" if is_silent else ""
    yield Finding(f"The worker ran {seconds:.0f} seconds ago", remedy)


def _web() -> Iterator[Finding]:
    host = os.environ.get("HOST") or "127.0.0.1"
    if answers(host=host, port=settings.PORT, base_url=settings.BASE_URL):
        yield Finding(f"Pages answer on port {settings.PORT}")
        return
    with socket.socket() as probe:
        probe.settimeout(2)
        is_taken = probe.connect_ex(("127.0.0.1", settings.PORT)) == 0
    yield Finding(
        f"Pages do not answer on port {settings.PORT}",
        "another program listens there or Vaffel is unwell: choose another PORT, see log/web.log"
        if is_taken
        else "start Vaffel",
    )


def _mail() -> Iterator[Finding]:
    if not settings.EMAIL_BACKEND.endswith("smtp.EmailBackend"):
        remedy = (
            ""
            if is_loopback(settings.BASE_URL)
            else "set EMAIL_URL=smtp://user:password@host:587?tls=1"
        )
        yield Finding("Mail is written to files and reaches nobody", remedy)
        return
    where = f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"
    kind = smtplib.SMTP_SSL if settings.EMAIL_USE_SSL else smtplib.SMTP
    try:
        with kind(settings.EMAIL_HOST, settings.EMAIL_PORT, timeout=5) as server:
            server.noop()
    except (OSError, smtplib.SMTPException) as error:
        yield Finding(f"The mail server {where} does not answer ({error})", "check EMAIL_URL")
        return
    yield Finding(f"The mail server {where} answers")


def _settings() -> Iterator[Finding]:
    for message in run_checks(include_deployment_checks=not is_loopback(settings.BASE_URL)):
        if message.level >= WARNING and not message.is_silenced():
            yield Finding(message.msg, message.hint or str(message.id), message.is_serious())
    if not is_loopback(settings.BASE_URL) and not settings.TRUSTED_PROXIES:
        yield Finding(
            "No proxy is trusted, so everybody seems to come from the proxy's address",
            "set TRUSTED_PROXIES to the address of your proxy",
            is_grave=False,
        )


LOOKS: list[Callable[[], Iterator[Finding]]] = [
    _programs, _folder, _settings, _database, _valkey, _worker, _web, _mail,
]  # fmt: skip
