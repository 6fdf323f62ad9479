"""One embedded service for the length of a ``with``: tests, backup, restore."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from engagement.supervisor.folder import FolderLock
from engagement.supervisor.postgres import Postgres
from engagement.supervisor.problems import CannotStart
from engagement.supervisor.processes import dies_with_parent
from engagement.supervisor.valkey import Valkey

_READY_SECONDS = 60.0
_STOP_SECONDS = 10.0


@contextlib.contextmanager
def running(
    name: str, service: Postgres | Valkey, folder: Path, lock: FolderLock
) -> Iterator[None]:
    """The service runs inside and stops cleanly afterwards; it dies when we die."""
    with (folder / "log" / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(
            service.command(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            process_group=0,
            pass_fds=[lock.for_children],
            # Only sets two flags of the kernel, so it is safe beside threads.
            preexec_fn=dies_with_parent(service.stop_signal),  # noqa: PLW1509
        )
    try:
        yield
    finally:
        process.send_signal(service.stop_signal)
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def wait_until_ready(name: str, service: Postgres | Valkey, folder: Path) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while not service.is_ready():
        if time.monotonic() > deadline:
            raise CannotStart(
                f"{name} did not answer within {_READY_SECONDS:.0f} s: see "
                f"{folder / 'log' / name}.log"
            )
        time.sleep(0.05)
