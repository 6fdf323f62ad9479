"""Child processes of a benchmark: pinned, waited for, and always ended."""

import contextlib
import json
import mmap
import os
import secrets
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).resolve().parent.parent
INSIDE = "VAFFEL_BENCHMARK"
SERVER_CORE, HERD_CORE = 0, 1


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1


def pin(core: int) -> None:
    """Bind this process to one core, where there are two and the system can."""
    if cores() > 1:
        os.sched_setaffinity(0, {core})


def _pinner(core: int | None) -> Callable[[], None] | None:
    if core is None or cores() < 2:
        return None
    return lambda: os.sched_setaffinity(0, {core})


def web_process(port: int) -> tuple[list[str], dict[str, str]]:
    """The product's web process as its supervisor starts it: command and environment.

    Static files are served as they lie there, so that nothing has to be collected first.
    """
    env = {
        "PORT": str(port),
        "BASE_URL": f"http://127.0.0.1:{port}",
        "DATABASE_POOL": "1",
        "VAFFEL_PROCESS": "web",
        "VAFFEL_TESTING": "1",
    }
    return [sys.executable, "manage.py", "run", "web"], env


def is_inside_services() -> bool:
    """Whether this process was started by :func:`inside_services`."""
    return INSIDE in os.environ


def inside_services(name: str) -> int:
    """Run the benchmark ``name`` once more, with a PostgreSQL and a Valkey of its own.

    Always its own: a benchmark fills the database, and DATABASE_URL may name one that matters.
    Django needs the addresses before it is set up, hence another process.
    """
    command = [sys.executable, "-m", "engagement.supervisor.testing", "--"]
    command += [sys.executable, "-m", "benchmarks", name]
    with tempfile.TemporaryDirectory(prefix="vaffel-bench-") as folder:
        Path(folder).chmod(0o755)  # PostgreSQL may have to run as somebody else
        env = {**os.environ, "DATA_DIR": folder, INSIDE: "1"}
        return subprocess.run(command, env=env, check=False).returncode


def set_up_django() -> None:
    """Our settings, an up-to-date database, and the secret that names this instance's rings."""
    import django
    from django.core.management import call_command

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "engagement.settings")
    os.environ.setdefault("SECRET_KEY", secrets.token_urlsafe(48))
    django.setup()
    call_command("migrate", verbosity=0)


def free_port() -> int:
    """A port nobody listens on, nor on the next, which the ballot box takes.

    Below those that outgoing connections are given: these come and go between our look and the start.
    """
    while True:
        port = secrets.choice(range(20_000, 32_000, 2))
        if _is_free(port) and _is_free(port + 1):
            return port


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


@contextlib.contextmanager
def running(
    command: Sequence[str],
    *,
    core: int | None,
    env: Mapping[str, str] | None = None,
    log: Path,
) -> Iterator[subprocess.Popen[bytes]]:
    """A server process for as long as the block lasts."""
    with log.open("wb") as file:
        process = subprocess.Popen(
            command,
            cwd=CHECKOUT,
            env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            preexec_fn=_pinner(core),  # noqa: PLW1509
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_for_port(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    """Until the server listens. Raises with its log when it ends instead."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError(f"no server on port {port}:\n{log.read_text()[-3000:]}")


def wait_until_loaded(process: subprocess.Popen[bytes]) -> None:
    """Until ``process`` and its children have nothing more to do for a second: importing a product is
    seconds of work, on a busy machine many, and a port that listens says nothing of it."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        before = _worked(process.pid)
        time.sleep(1)
        if 0 < before >= _worked(process.pid) - 0.05:
            return
    raise RuntimeError("A process was still loading after two minutes.")


def _worked(pid: int) -> float:
    """Seconds of processor time of a process and all below it."""
    import psutil

    total = 0.0
    with contextlib.suppress(psutil.NoSuchProcess):
        top = psutil.Process(pid)
        for one in [top, *top.children(recursive=True)]:
            with contextlib.suppress(psutil.NoSuchProcess):
                spent = one.cpu_times()
                total += spent.user + spent.system
    return total


class HerdProcess:
    """The other end of ``benchmarks.herd``."""

    def __init__(self, plan: Mapping[str, Any], folder: Path) -> None:
        progress = folder / f"progress-{plan['port']}"
        progress.write_bytes(bytes(16))
        with progress.open("r+b") as file:
            self._progress = mmap.mmap(file.fileno(), 16)
        self.sockets = 0
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.herd"],
            cwd=CHECKOUT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            preexec_fn=_pinner(HERD_CORE),  # noqa: PLW1509
        )
        self._write({**plan, "progress": str(progress)})

    def connect(self, count: int, *, stuck: bool = False) -> None:
        """Open more sockets and wait until all are let in."""
        self._ask({"do": "connect", "first": self.sockets, "count": count, "stuck": stuck})
        self.sockets += count

    def reset(self, *, timing: bool) -> None:
        self._ask({"do": "reset", "timing": timing})

    def report(self) -> dict[str, Any]:
        return self._ask({"do": "report"})

    @property
    def count(self) -> int:
        """Cards delivered since the last reset, over all sockets."""
        return struct.unpack_from("qq", self._progress)[0]

    def end(self) -> None:
        self._process.kill()
        self._process.wait()

    def _ask(self, order: Mapping[str, Any]) -> dict[str, Any]:
        self._write(order)
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the herd ended")
        return json.loads(line)

    def _write(self, order: Mapping[str, Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order).encode() + b"\n")
        self._process.stdin.flush()
