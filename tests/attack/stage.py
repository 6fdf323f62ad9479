"""The product under attack: two PostgreSQL clusters that keep their WAL, and all its processes."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import psycopg

from engagement.supervisor.folder import FolderLock, ballot_secret, prepare_folder, secret_key
from engagement.supervisor.postgres import BallotPostgres, Postgres, programs
from engagement.supervisor.services import running, wait_until_ready
from engagement.supervisor.valkey import Valkey
from tests.chaos.stage import NOT_INHERITED, ROOT

ARCHIVE = "archived"
# As an operator with point-in-time recovery would have it; nothing else differs from the product.
ARCHIVING = {
    "wal_level": "replica",
    "archive_mode": "on",
    "archive_command": f"mkdir -p {ARCHIVE} && cp %p {ARCHIVE}/%f",
}
WEB_PROCESSES = 2
START_SECONDS = 300


class Stage:
    """``manage.py start`` in a folder of its own, on clusters that archive."""

    def __init__(self, folder: Path, *, port: int) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.ballot_url = f"http://localhost:{port + 1}"
        # The servers are ours, the rest is the product's: each folder has one keeper.
        self.servers = folder / "servers"
        prepare_folder(self.data)
        prepare_folder(self.servers)
        self.identity = Postgres(self.servers, settings=ARCHIVING)
        self.ballots = BallotPostgres(self.servers, settings=ARCHIVING)
        self.valkey = Valkey(self.servers)
        self.terminal = folder / "terminal.log"

    @property
    def environment(self) -> dict[str, str]:
        """That of the product's own processes."""
        inherited = {name: value for name, value in os.environ.items() if name not in NOT_INHERITED}
        return inherited | {
            "DATA_DIR": str(self.data),
            "PORT": str(self.port),
            "BASE_URL": self.url,
            "BALLOT_URL": self.ballot_url,
            "BALLOT_CONTROL_URL": f"http://127.0.0.1:{self.port + 1}",
            "BALLOT_CONTROL_TOKEN": ballot_secret(self.data, "control-token"),
            "SECRET_KEY": secret_key(self.data),
            "DATABASE_URL": self.identity.url,
            "REDIS_URL": self.valkey.url,
            "WEB_WORKERS": str(WEB_PROCESSES),
            "DJANGO_SETTINGS_MODULE": "engagement.settings",
        }

    @contextlib.contextmanager
    def open(self) -> Iterator[None]:
        """Everything runs inside, and is ended afterwards."""
        with contextlib.ExitStack() as stack:
            lock = stack.enter_context(FolderLock(self.servers))
            services = {
                "postgres": self.identity,
                "ballot-postgres": self.ballots,
                "valkey": self.valkey,
            }
            for name, service in services.items():
                service.initialise()
                stack.enter_context(running(name, service, self.servers, lock))
            for name, service in services.items():
                wait_until_ready(name, service, self.servers)
            stack.enter_context(self._product())
            yield

    @contextlib.contextmanager
    def _product(self) -> Iterator[None]:
        environment = {**self.environment, "BALLOT_DATABASE_URL": self.ballots.url}
        with self.terminal.open("wb") as terminal:
            process = subprocess.Popen(
                [sys.executable, "manage.py", "start"],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=terminal,
                stderr=subprocess.STDOUT,
                process_group=0,
            )
        try:
            deadline = time.monotonic() + START_SECONDS
            while "Ready:" not in self.said():
                if process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"the platform did not start:\n{self.said()[-2000:]}")
                time.sleep(0.1)
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def said(self) -> str:
        return self.terminal.read_text(errors="replace") if self.terminal.exists() else ""

    # --- What somebody with everything on the server has ----------------------------------------

    def ask_identity(self, words: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        return _rows(self.identity.url, words, values)

    def ask_ballots(self, words: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        return _rows(self.ballots.url, words, values)

    def dump(self, cluster: Postgres, target: Path) -> Path:
        """``pg_dump`` of the cluster's database, as text."""
        done = subprocess.run(
            [str(programs() / "pg_dump"), f"--dbname={cluster.url}", f"--file={target}"],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(done.stderr)
        return target

    def backup(self, target: Path) -> Path:
        """``manage.py backup``, unpacked: the folder with all that is in it, dumps as text."""
        file = target / "backup.vaffel"
        target.mkdir()
        words = [sys.executable, "manage.py", "backup", str(file)]
        subprocess.run(words, cwd=ROOT, env=self.environment, check=True, capture_output=True)
        subprocess.run(["tar", "xf", str(file), "-C", str(target)], check=True)
        for dump in target.rglob("*.dump"):
            words = [str(programs() / "pg_restore"), f"--file={dump}.sql", str(dump)]
            subprocess.run(words, check=True, capture_output=True)
        return target

    def logs(self) -> list[Path]:
        """All that any process of the run has said."""
        folders = (self.data / "log", self.servers / "log")
        return [self.terminal, *sorted(one for folder in folders for one in folder.iterdir())]


def _rows(url: str, words: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    with psycopg.connect(url, autocommit=True) as db:
        found = db.execute(words.encode(), values)
        return found.fetchall() if found.description else []
