import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from engagement import times
from engagement.supervisor import archive
from engagement.supervisor.addresses import database_at_hand
from engagement.supervisor.problems import CannotStart


class Command(BaseCommand):
    help = "Writes database, media and key into one file. Works while the platform runs."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        target = Path(options["file"]).resolve()
        try:
            with database_at_hand(os.environ, is_exclusive=False):
                applied = MigrationRecorder(connection).applied_migrations()
                if not applied:
                    raise CannotStart("The database is empty: there is nothing to back up.")
                size = archive.write(
                    target,
                    database_url=settings.DATABASE_URL,
                    data_dir=settings.DATA_DIR,
                    migrations=[f"{app}.{name}" for app, name in applied],
                    at=times.now(),
                )
                connection.close()
        except CannotStart as problem:
            raise CommandError(str(problem)) from problem
        self.stdout.write(f"Backup written: {target} ({size / 1_000_000:.1f} MB).")
        self.stdout.write("It holds personal data and the secret key: keep it locked away.")
