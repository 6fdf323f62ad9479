"""The platform under test: its processes, its database, its mail server."""

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psycopg

from engagement.supervisor.postgres import Postgres
from engagement.supervisor.valkey import Valkey

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 120
NOT_INHERITED = {
    *("DATABASE_URL", "REDIS_URL", "BALLOT_DATABASE_URL", "SECRET_KEY"),
    *("BASE_URL", "VAFFEL_TESTING", "HOST"),
}


class Stage:
    """``manage.py demo`` in a folder of its own."""

    def __init__(self, folder: Path, *, port: int, smtp_port: int) -> None:
        self.data = folder / "data"
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self._terminal = folder / "terminal.log"
        self._environment = {
            name: value for name, value in os.environ.items() if name not in NOT_INHERITED
        } | {
            "DATA_DIR": str(self.data),
            "PORT": str(port),
            "WEB_WORKERS": "2",
            "DEMO_SCALE": "60",
            "DEMO_AUTOPLAY": "0",
            "DEMO_SURVEYS": "0",
            "SHOUTOUT_HOLD_SECONDS": "0",
            "EMAIL_URL": f"smtp://127.0.0.1:{smtp_port}",
            # One program writes for many here.
            "API_KUDOS_PER_MINUTE": "6000",
            "API_REQUESTS_PER_MINUTE": "60000",
            "API_BURST": "1000",
        }
        self._process: subprocess.Popen[bytes] | None = None

    async def start(self) -> None:
        """Returns when it says that it is ready."""
        said_before = self._said().count("Ready:")
        with self._terminal.open("ab") as terminal:
            self._process = subprocess.Popen(
                [sys.executable, "manage.py", "demo"],
                cwd=ROOT,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=terminal,
                stderr=subprocess.STDOUT,
                process_group=0,
            )
        deadline = time.monotonic() + START_SECONDS
        while self._said().count("Ready:") == said_before:
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the platform did not start:\n{self._said()[-2000:]}")
            await asyncio.sleep(0.1)

    def stop(self) -> None:
        """Ends it and waits."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            for name in self.children():
                self.kill(name)
            self._process.kill()
            self._process.wait()

    def kill_supervisor(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def children(self) -> dict[str, int]:
        """Process ids by the names the supervisor gave: web, web-2, worker, postgres …"""
        assert self._process is not None
        found = {}
        for listed in Path(f"/proc/{self._process.pid}/task").glob("*/children"):
            with contextlib.suppress(OSError):
                for pid in map(int, listed.read_text().split()):
                    if name := _name_of(pid):
                        found[name] = pid
        return found

    def kill(self, name: str, number: int = signal.SIGKILL) -> bool:
        """Whether there was such a child to signal."""
        pid = self.children().get(name)
        if pid is None:
            return False
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
            return True
        return False

    def api_token(self, email: str, scopes: Sequence[str]) -> str:
        words = ["create_api_token", "--email", email, "--scope", *scopes]
        done = subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env=self._environment,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.split()[-1]

    # --- The truth, past all of our own code -----------------------------------------------------

    def rows(self, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Asks the database directly. Raises psycopg.OperationalError when it is away."""
        with psycopg.connect(Postgres(self.data).url, connect_timeout=3, autocommit=True) as db:
            return db.execute(query, values).fetchall()

    def has_database(self) -> bool:
        try:
            return self.rows("SELECT 1") == [(1,)]
        except psycopg.OperationalError:
            return False

    def has_valkey(self) -> bool:
        try:
            with socket.socket(socket.AF_UNIX) as client:
                client.settimeout(1)
                client.connect(str(Valkey(self.data).socket_path))
                client.sendall(b"PING\r\n")
                return client.recv(16).startswith(b"+PONG")
        except OSError:
            return False

    def _said(self) -> str:
        return self._terminal.read_text(errors="replace") if self._terminal.exists() else ""


def _name_of(pid: int) -> str:
    with contextlib.suppress(OSError):
        for entry in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0"):
            if entry.startswith(b"VAFFEL_PROCESS="):
                return entry.partition(b"=")[2].decode()
    return ""
