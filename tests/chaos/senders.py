"""Two workers and two beats, and killing exactly who sends a mail, exactly then."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from engagement.supervisor.postgres import Postgres
from tests.chaos.held import Lock
from tests.chaos.mailbook import message_id_of
from tests.chaos.stage import ROOT, Stage
from tests.journeys.survey_now import environment_of
from tests.notices.smtp_server import SmtpServer, Taken

ESTABLISHED = "01"
SOCKET = re.compile(r"socket:\[(\d+)\]")


class Senders:
    """The platform's own worker and beat, and one more of each, as on a second machine."""

    def __init__(self, stage: Stage, folder: Path) -> None:
        self.stage = stage
        self.logs = folder / "second-machine"
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self) -> None:
        """What of the second machine does not run."""
        self.logs.mkdir(exist_ok=True)
        for part in ("worker", "beat"):
            name = f"{part}-2"
            running = self._running.get(name)
            if running is not None and running.poll() is None:
                continue
            environment = {**self._environment, "VAFFEL_PROCESS": name}
            if part == "beat":
                environment["DATA_DIR"] = str(self.logs)
            with (self.logs / f"{name}.log").open("ab") as log:
                self._running[name] = subprocess.Popen(
                    [sys.executable, "manage.py", "run", part],
                    cwd=ROOT,
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                )

    def stop(self) -> None:
        for one in self._running.values():
            one.terminate()
        for one in self._running.values():
            try:
                one.wait(20)
            except subprocess.TimeoutExpired:
                for pid in _tree(one.pid):
                    _signal(pid, signal.SIGKILL)
                one.wait()

    def workers(self) -> dict[str, int]:
        """Process ids of the workers that run, by name."""
        found = {name: pid for name, pid in self.stage.children().items() if name == "worker"}
        second = self._running.get("worker-2")
        return found | ({"worker-2": second.pid} if second and second.poll() is None else {})

    def beats(self) -> int:
        second = self._running.get("beat-2")
        return ("beat" in self.stage.children()) + bool(second and second.poll() is None)

    def sender(self, port: int) -> tuple[str, int]:
        """Which worker talks to the mail server from ``port``, and which of its processes does."""
        inode = _inode(port)
        for name, main in self.workers().items():
            for pid in _tree(main):
                if inode in _sockets(pid):
                    return name, pid
        raise LookupError(f"nobody holds port {port}")

    def kill(self, name: str, sender: int, *, is_whole: bool) -> None:
        """The process that sends, or the whole worker with it."""
        main = self.workers()[name]
        for pid in _tree(main) if is_whole else [sender]:
            _signal(pid, signal.SIGKILL)

    @cached_property
    def _environment(self) -> dict[str, str]:
        return environment_of(self.stage.children()["worker"])


@dataclass
class Killing:
    """One sender dies over one mail. ``how`` is one of `WAYS`."""

    how: str
    is_whole: bool
    wants: Callable[[str], bool] = lambda message_id: True
    message_id: str = ""
    worker: str = ""
    # Of a whole worker: what its other process had handed over just then.
    beside: set[str] = field(default_factory=set)


BEFORE = "asked for a mail, before it is handed over"
UNTOLD = "the server has the mail and has not said so"
TOLD = "the server has said yes, nothing is written down"
# The statement is with the database, which finishes it without its sender.
STAMPING = "the database is writing it down"
WAYS = (BEFORE, UNTOLD, TOLD, STAMPING)
# What may leave a mail sent and not noted.
IN_THE_WINDOW = (UNTOLD, TOLD)


class Executioner:
    """Waits at the mail server for the moment that was ordered. One killing at a time."""

    def __init__(self, stage: Stage, senders: Senders, server: SmtpServer) -> None:
        self.stage, self.senders = stage, senders
        self.done: list[Killing] = []
        self.problems: list[str] = []
        self._ordered: Killing | None = None
        self._turn = threading.Lock()
        self._is_over = threading.Event()
        server.on_word = self._hear
        server.on_taken = self._take

    def order(self, killing: Killing) -> None:
        self._is_over.clear()
        self._ordered = killing

    def wait(self, seconds: float) -> None:
        """:raises AssertionError: when the moment does not come."""
        assert self._is_over.wait(seconds), f"nobody came to die: {self._ordered}"

    def windows(self) -> set[str]:
        own = {one.message_id for one in self.done if one.how in IN_THE_WINDOW}
        return own.union(*(one.beside for one in self.done))

    def _claim(self, message_id: str, *hows: str) -> Killing | None:
        with self._turn:
            ordered = self._ordered
            if ordered is None or ordered.how not in hows:
                return None
            if message_id and not ordered.wants(message_id):
                return None
            self._ordered = None
            return ordered

    def _hear(self, word: str, port: int) -> None:
        if word == "MAIL" and (killing := self._claim("", BEFORE)) is not None:
            self._perform(killing, port, self._kill)

    def _take(self, taken: Taken, port: int) -> None:
        message_id = message_id_of(taken)
        killing = self._claim(message_id, UNTOLD, TOLD, STAMPING)
        if killing is None:
            return
        killing.message_id = message_id
        ways = {UNTOLD: self._kill, TOLD: self._kill_told, STAMPING: self._kill_stamping}
        self._perform(killing, port, ways[killing.how])

    def _perform(self, killing: Killing, port: int, act: Callable[[Killing, int], None]) -> None:
        try:
            killing.worker, sender = self.senders.sender(port)
            act(killing, sender)
        except Exception as error:  # its thread would swallow it
            self.problems.append(f"nobody was killed while {killing.how}: {error!r}")
            self._finish(killing)

    def _kill(self, killing: Killing, sender: int) -> None:
        self.senders.kill(killing.worker, sender, is_whole=killing.is_whole)
        self._finish(killing)

    def _kill_told(self, killing: Killing, sender: int) -> None:
        # It stands still while the yes reaches its machine, and never wakes.
        _signal(sender, signal.SIGSTOP)

        def soon() -> None:
            time.sleep(0.3)
            self._kill(killing, sender)

        threading.Thread(target=soon, daemon=True).start()

    def _kill_stamping(self, killing: Killing, sender: int) -> None:
        where = f"message_id = '{killing.message_id}'"
        lock = Lock(
            Postgres(self.stage.data).url,
            f"SELECT id FROM notices_delivery WHERE {where} FOR UPDATE",
        )
        lock.take()

        def soon() -> None:
            deadline = time.monotonic() + 20
            while not lock.is_run_into() and time.monotonic() < deadline:
                time.sleep(0.02)
            self._kill(killing, sender)
            lock.let_go()

        threading.Thread(target=soon, daemon=True).start()

    def _finish(self, killing: Killing) -> None:
        self.done.append(killing)
        self._is_over.set()


def _signal(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def _tree(pid: int) -> list[int]:
    """``pid`` and all below it."""
    found = [pid]
    for listed in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            for child in map(int, listed.read_text().split()):
                found += _tree(child)
    return found


def _inode(port: int) -> str:
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        cells = line.split()
        if int(cells[1].partition(":")[2], 16) == port and cells[3] == ESTABLISHED:
            return cells[9]
    raise LookupError(f"port {port} is closed")


def _sockets(pid: int) -> set[str]:
    found = set()
    for one in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(OSError):
            if match := SOCKET.match(str(one.readlink())):
                found.add(match[1])
    return found
