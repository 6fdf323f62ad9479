"""Keeps children running: started in order, restarted with back-off, stopped within 15 seconds."""

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from engagement.supervisor.folder import NEEDED_MEGABYTES, free_megabytes
from engagement.supervisor.logfiles import last_line, open_log, rotate
from engagement.supervisor.problems import CannotStart
from engagement.supervisor.processes import dies_with_parent

FIRST_BACK_OFF = 1.0
LONGEST_BACK_OFF = 30.0
HEALTHY_AFTER = 60.0
READY_SECONDS = 120.0
# A child that keeps dying before it ever answered will not answer the next time either.
DEATHS_BEFORE_GIVING_UP = 3
# What a tier is given to stop before it is killed: the platform first, then what it stands on.
STOP_SECONDS = {1: 8.0, 0: 5.0}
HOUSEKEEPING_SECONDS = 60.0


@dataclass(frozen=True, eq=False)
class Child:
    """One process to keep running.

    ``command`` and ``before`` are called at each start, ``is_ready`` in a thread until it says
    True. Tier 0 is what others stand on; tier 1 stops first. A child that is not ``kept`` runs to
    its end once (and is started again only when it fails).
    """

    name: str
    command: Callable[[], Sequence[str]]
    environment: Mapping[str, str] = field(default_factory=dict)
    # What this child has no business to know of the common environment.
    withheld: Sequence[str] = ()
    before: Callable[[], None] | None = None
    is_ready: Callable[[], bool] | None = None
    tier: int = 1
    stop_signal: int = signal.SIGTERM
    descriptors: Sequence[int] = ()
    is_kept: bool = True
    nice: int = 0
    hear: Callable[[str], None] | None = None


def next_back_off(last: float, *, lived: float) -> float:
    """Seconds to wait before the next start: 1, 2, 4 … 30, and 1 again after a healthy minute."""
    if last == 0 or lived >= HEALTHY_AFTER:
        return FIRST_BACK_OFF
    return min(last * 2, LONGEST_BACK_OFF)


class Supervisor:
    """Children of one data folder. Use inside ``asyncio.run`` on the main thread."""

    def __init__(
        self,
        data_dir: Path,
        *,
        environment: Mapping[str, str],
        descriptors: Sequence[int],
        say: Callable[[str], None],
    ) -> None:
        self._logs = data_dir / "log"
        self._data_dir = data_dir
        self._environment = environment
        self._descriptors = descriptors
        self._say = say
        self._keepers: dict[Child, asyncio.Task[None]] = {}
        self._running: dict[str, asyncio.subprocess.Process] = {}
        self._deaths: dict[str, int] = {}
        self._is_stopping = False

    def _environment_of(self, child: Child) -> dict[str, str]:
        known = {
            name: value for name, value in self._environment.items() if name not in child.withheld
        }
        return {**known, "VAFFEL_PROCESS": child.name, **child.environment}

    def pids(self) -> dict[str, int]:
        return {name: process.pid for name, process in self._running.items()}

    async def start(self, *children: Child) -> None:
        """Starts them side by side and returns when each is ready.

        :raises CannotStart: when one is not ready in two minutes or keeps dying.
        """
        for child in children:
            self._keepers[child] = asyncio.create_task(self._keep(child), name=child.name)
        await asyncio.gather(*(self._until_ready(child) for child in children))

    async def run(
        self,
        name: str,
        words: Sequence[str],
        *,
        hear: Callable[[str], None] | None = None,
        nice: int = 0,
    ) -> None:
        """One step in the foreground; each line it prints goes to ``hear`` (else the terminal).

        :raises CannotStart: with its last words when it fails.
        """
        step = Child(name=name, command=lambda: words, hear=hear or self._say, nice=nice)
        process = await self._spawn(step)
        try:
            code = await self._listen(process, hear or self._say)
        finally:
            await self._end(process, signal.SIGTERM, time.monotonic() + 5)
        if code:
            reason = last_line(self._logs, name) or f"exit code {code}"
            raise CannotStart(f"{reason} (while: {name}; the whole log: {self._log_of(name)})")

    async def watch(self) -> None:
        """Housekeeping until cancelled: logs are cut, a filling disk is told."""
        was_low = False
        while True:
            await asyncio.sleep(HOUSEKEEPING_SECONDS)
            with contextlib.suppress(OSError):
                rotate(self._logs)
                is_low = free_megabytes(self._data_dir) < NEEDED_MEGABYTES
                if is_low and not was_low:
                    self._say(
                        f"The disk of {self._data_dir} has less than {NEEDED_MEGABYTES} MB free: "
                        "free some space before the database stops."
                    )
                was_low = is_low

    async def stop(self) -> None:
        """Ends every child, the upper tier first; what does not stop in time is killed."""
        self._is_stopping = True
        for keeper in self._keepers.values():
            keeper.cancel()
        await asyncio.gather(*self._keepers.values(), return_exceptions=True)
        for tier in sorted(STOP_SECONDS, reverse=True):
            deadline = time.monotonic() + STOP_SECONDS[tier]
            stopping = [
                self._end(self._running.pop(child.name), child.stop_signal, deadline)
                for child in self._keepers
                if child.tier == tier and child.name in self._running
            ]
            await asyncio.gather(*stopping)

    async def _keep(self, child: Child) -> None:
        back_off = 0.0
        while True:
            started = time.monotonic()
            code: int | str
            try:
                if child.before is not None:
                    await asyncio.to_thread(child.before)
                process = await self._spawn(child)
                self._running[child.name] = process
                code = await self._listen(process, child.hear)
            except (OSError, CannotStart) as error:
                code = str(error)
            self._running.pop(child.name, None)
            if not child.is_kept and code == 0:
                return
            self._deaths[child.name] = self._deaths.get(child.name, 0) + 1
            back_off = next_back_off(back_off, lived=time.monotonic() - started)
            self._say(
                f"{child.name} stopped ({_words_for(code)}); it starts again in {back_off:.0f} s. "
                f"Log: {self._log_of(child.name)}"
            )
            await asyncio.sleep(back_off)

    async def _until_ready(self, child: Child) -> None:
        if child.is_ready is None:
            return
        deadline = time.monotonic() + READY_SECONDS
        while not (child.name in self._running and await asyncio.to_thread(child.is_ready)):
            has_died = self._deaths.get(child.name, 0) >= DEATHS_BEFORE_GIVING_UP
            if has_died or time.monotonic() > deadline:
                reason = last_line(self._logs, child.name) or "it said nothing"
                raise CannotStart(
                    f"{child.name} does not get going: {reason} (log: {self._log_of(child.name)})"
                )
            await asyncio.sleep(0.05)

    async def _spawn(self, child: Child) -> asyncio.subprocess.Process:
        log = open_log(self._logs, child.name)
        try:
            return await asyncio.create_subprocess_exec(
                *(["nice", "-n", str(child.nice)] if child.nice else []),
                *child.command(),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log if child.hear is None else asyncio.subprocess.PIPE,
                stderr=log,
                env=self._environment_of(child),
                # Ctrl-C in the terminal reaches us alone; we stop them in order.
                process_group=0,
                pass_fds=[*self._descriptors, *child.descriptors],
                preexec_fn=dies_with_parent(child.stop_signal),
            )
        finally:
            os.close(log)

    async def _listen(
        self, process: asyncio.subprocess.Process, hear: Callable[[str], None] | None
    ) -> int:
        if process.stdout is not None and hear is not None:
            async for line in process.stdout:
                hear(line.decode(errors="replace").rstrip())
        code = await process.wait()
        _kill_group(process.pid)  # what it left behind, such as the hands of a killed worker
        return code

    async def _end(
        self, process: asyncio.subprocess.Process, stop_signal: int, deadline: float
    ) -> None:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(stop_signal)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), max(0.1, deadline - time.monotonic()))
        _kill_group(process.pid)
        await process.wait()

    def _log_of(self, name: str) -> Path:
        return self._logs / f"{name}.log"


def _kill_group(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _words_for(code: int | str) -> str:
    if isinstance(code, str):
        return code
    if code < 0:
        return f"signal {signal.Signals(-code).name}"
    return f"exit code {code}"


async def until_stopped(work: Awaitable[None]) -> None:
    """Runs ``work`` until it ends or SIGINT, SIGTERM or SIGHUP comes; then cancels it, once."""
    task = asyncio.ensure_future(work)
    was_asked = False

    def ask() -> None:
        nonlocal was_asked
        if not was_asked:  # a second Ctrl-C must not interrupt the stopping
            was_asked = True
            task.cancel()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, ask)
    with contextlib.suppress(asyncio.CancelledError):
        await task
