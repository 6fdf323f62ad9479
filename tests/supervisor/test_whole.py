"""`manage.py start` from an empty folder, as people run it."""

import contextlib
import http.client
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.machine import free_port
from tests.supervisor.ordinary import CHECKOUT

OURS = (
    *("DATABASE_URL", "REDIS_URL", "BALLOT_DATABASE_URL", "VAFFEL_TESTING"),
    *("DATA_DIR", "SECRET_KEY", "VAFFEL_PROCESS"),
)


@pytest.fixture
def place() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="vaffel-") as folder:
        Path(folder).chmod(0o711)
        yield Path(folder)


@contextlib.contextmanager
def _started(place: Path, port: int) -> Iterator[subprocess.Popen[str]]:
    environment = {name: value for name, value in os.environ.items() if name not in OURS}
    process = subprocess.Popen(
        [sys.executable, "manage.py", "start"],
        cwd=CHECKOUT,
        env={**environment, "DATA_DIR": str(place), "PORT": str(port)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def _status(port: int, path: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    finally:
        connection.close()


def _children(pid: int) -> dict[str, int]:
    found = {}
    for line in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        for entry in Path(f"/proc/{line}/environ").read_text().split("\0"):
            if entry.startswith("VAFFEL_PROCESS="):
                found[entry.removeprefix("VAFFEL_PROCESS=")] = int(line)
    return found


def test_platform_starts_outlives_its_children_and_stops(place: Path) -> None:
    port = free_port()
    with _started(place, port) as process:
        assert process.stdout is not None
        said = []
        for line in process.stdout:
            said.append(line)
            if line.startswith("Started in"):
                break
        assert f"Ready: http://127.0.0.1:{port}/\n" in said, "".join(said)
        assert [line for line in said if line.startswith("First administrator, works once: ")]
        assert _status(port, "/readyz") == 200
        children = _children(process.pid)
        assert {"web", "ballots", "worker", "beat", "postgres", "ballot-postgres"} <= set(children)
        for name in ("web", "ballots", "postgres", "ballot-postgres"):
            os.kill(children[name], signal.SIGKILL)
        # Whoever asks meanwhile waits at the socket instead of being refused.
        deadline = time.monotonic() + 60
        while True:
            with contextlib.suppress(OSError):
                if _status(port, "/readyz") == _status(port + 1, "/healthz") == 200:
                    break
            assert time.monotonic() < deadline
            time.sleep(0.2)
        children = _children(process.pid)
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        rest = process.stdout.read()
        assert (process.wait(), rest.splitlines()[-1]) == (0, "Stopped. The data is kept.")
        assert time.monotonic() - began < 15
        assert not any(Path(f"/proc/{pid}").exists() for pid in children.values())
