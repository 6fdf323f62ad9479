"""All that a start needs from Django, in one process: checks, tables, static files, texts."""

import hashlib
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from engagement import times
from engagement.people import actions as people_actions
from engagement.supervisor.launch import AFTER_READY
from engagement.supervisor.translations import LOCALE, compile_stale
from engagement.themes import actions as theme_actions
from surveys import actions as survey_actions

# Parts of packages that none of our pages asks for.
UNUSED_STATIC = ["rest_framework", "redoc"]

# Two starts on one database take turns.
_MIGRATION_LOCK = 7_254_331


class Command(BaseCommand):
    help = "Makes database, static files and translations ready; safe to run again and again."

    def handle(self, *args: Any, **options: Any) -> None:
        self._migrate()
        survey_actions.load_shipped_instruments(at=times.now())
        theme_actions.make_default_plan(at=times.now())
        self._collect_static()
        compile_stale(LOCALE, fallback=settings.DATA_DIR / "locale")
        if not settings.DEMO:
            self._tell_first_administrator()

    def _migrate(self) -> None:
        began = time.monotonic()
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [_MIGRATION_LOCK])
        try:
            executor = MigrationExecutor(connection)
            _refuse_newer(executor)
            if executor.migration_plan(executor.loader.graph.leaf_nodes()):
                self.stdout.write("Setting up the database …")
                call_command("migrate", interactive=False, verbosity=0)
                took = time.monotonic() - began
                self.stdout.write(f"The database is set up ({took:.0f} s).")
            call_command("createcachetable", verbosity=0)
        finally:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_MIGRATION_LOCK])

    def _collect_static(self) -> None:
        stamp = settings.DATA_DIR / "static.stamp"
        fingerprint = _static_fingerprint()
        is_same = stamp.exists() and stamp.read_text() == fingerprint
        if is_same and settings.STATIC_ROOT.exists():
            return
        stamp.unlink(missing_ok=True)
        self.stdout.write("Collecting static files …")
        call_command("collectstatic", interactive=False, verbosity=0, ignore_patterns=UNUSED_STATIC)
        stamp.write_text(fingerprint)

    def _tell_first_administrator(self) -> None:
        link = people_actions.issue_first_administrator_link(at=times.now())
        if link is not None:
            address = link if link.startswith("http") else f"{settings.BASE_URL}{link}"
            self.stdout.write(f"{AFTER_READY}First administrator, works once: {address}")


def _refuse_newer(executor: MigrationExecutor) -> None:
    known = executor.loader.disk_migrations
    ours = {app for app, _ in known}
    unknown = [
        f"{app}.{name}"
        for app, name in executor.loader.applied_migrations
        if app in ours and (app, name) not in known and not _was_squashed(executor, app, name)
    ]
    if unknown:
        raise CommandError(
            f"The database was used by a newer Vaffel (it holds {unknown[0]}, unknown here): start "
            "the newer version, or restore a backup made with this one."
        )


def _was_squashed(executor: MigrationExecutor, app: str, name: str) -> bool:
    return any((app, name) in one.replaces for one in executor.loader.disk_migrations.values())


def _static_fingerprint() -> str:
    """Changes whenever a static file comes, goes or changes."""
    digest = hashlib.sha256(settings.STORAGES["staticfiles"]["BACKEND"].encode())
    for finder in finders.get_finders():
        for path, storage in finder.list([]):
            found = Path(storage.path(path)).stat()
            digest.update(f"{path}|{found.st_size}|{found.st_mtime_ns}\n".encode())
    return digest.hexdigest()
