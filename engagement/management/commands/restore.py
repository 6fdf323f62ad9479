import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from engagement import times
from engagement.supervisor import archive
from engagement.supervisor.addresses import database_at_hand
from engagement.supervisor.folder import prepare_folder
from engagement.supervisor.problems import CannotStart


class Command(BaseCommand):
    help = "Puts a backup back: database, media and key. The platform must be stopped."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--replace", action="store_true", help="throw away what the database holds now"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            prepare_folder(settings.DATA_DIR)
            with archive.unpacked(options["file"], near=settings.DATA_DIR) as (manifest, folder):
                _refuse_newer(manifest)
                with database_at_hand(os.environ, is_exclusive=True):
                    _refuse_used(is_replacing=options["replace"])
                    connection.close()
                    archive.load_database(folder / archive.DUMP, database_url=settings.DATABASE_URL)
                archive.put_files(folder, settings.DATA_DIR, at=times.now())
        except CannotStart as problem:
            raise CommandError(str(problem)) from problem
        self.stdout.write(f"Restored the backup of {manifest.created_at}. Start Vaffel now.")


def _refuse_newer(manifest: archive.Manifest) -> None:
    loader = MigrationLoader(None, ignore_no_migrations=True)
    known = {f"{app}.{name}" for app, name in loader.disk_migrations}
    known |= {f"{a}.{n}" for one in loader.disk_migrations.values() for a, n in one.replaces}
    if unknown := [name for name in manifest.migrations if name not in known]:
        raise CannotStart(
            f"The backup is of a newer Vaffel (it holds {unknown[0]}, unknown here): restore it "
            "with that version."
        )


def _refuse_used(*, is_replacing: bool) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND backend_type = 'client backend'"
        )
        if cursor.fetchone()[0]:
            raise CannotStart(
                "Other programs are connected to the database: stop Vaffel everywhere first."
            )
        if connection.introspection.table_names(cursor) and not is_replacing:
            raise CannotStart(
                "The database is not empty: add --replace to throw away what it holds now."
            )
