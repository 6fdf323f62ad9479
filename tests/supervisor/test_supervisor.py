"""The supervisor with small children of its own, on real processes and real signals."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from engagement.supervisor import supervisor as module
from engagement.supervisor.folder import prepare_folder
from engagement.supervisor.problems import CannotStart
from engagement.supervisor.supervisor import Child, Supervisor, next_back_off

CHECKOUT = Path(__file__).resolve().parents[2]
Work = Callable[[Supervisor, list[str]], Coroutine[Any, Any, None]]


def _supervise(tmp_path: Path, work: Work) -> list[str]:
    """Runs ``work`` with a supervisor and stops it; what it said on the terminal."""
    prepare_folder(tmp_path)
    said: list[str] = []

    async def main() -> None:
        supervisor = Supervisor(
            tmp_path, environment=dict(os.environ), descriptors=[], say=said.append
        )
        try:
            await work(supervisor, said)
        finally:
            await supervisor.stop()

    asyncio.run(main())
    return said


def _shell(name: str, script: str, **more: Any) -> Child:
    return Child(name=name, command=lambda: ["sh", "-c", script], **more)


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.02)


def _is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state != "Z"


def test_back_off_doubles_to_thirty_seconds_and_starts_again_after_a_healthy_minute() -> None:
    waits = [0.0]
    for _ in range(7):
        waits.append(next_back_off(waits[-1], lived=1))
    assert waits == [0, 1, 2, 4, 8, 16, 30, 30]
    assert next_back_off(30, lived=61) == 1


def test_child_that_is_killed_is_started_again(tmp_path: Path) -> None:
    async def work(supervisor: Supervisor, said: list[str]) -> None:
        await supervisor.start(_shell("web", "exec sleep 60"))
        await _until(lambda: "web" in supervisor.pids())
        first = supervisor.pids()["web"]
        os.kill(first, signal.SIGKILL)
        await _until(lambda: supervisor.pids().get("web", first) != first)

    assert _supervise(tmp_path, work) == [
        f"web stopped (signal SIGKILL); it starts again in 1 s. Log: {tmp_path}/log/web.log"
    ]


def test_what_a_killed_child_leaves_behind_is_ended_too(tmp_path: Path) -> None:
    async def work(supervisor: Supervisor, said: list[str]) -> None:
        marker = tmp_path / "pid"
        await supervisor.start(_shell("worker", f"sleep 60 & echo $! > {marker}; wait"))
        await _until(lambda: marker.exists() and marker.read_text().strip() != "")
        hand = int(marker.read_text())
        os.kill(supervisor.pids()["worker"], signal.SIGKILL)
        await _until(lambda: not _is_alive(hand))

    _supervise(tmp_path, work)


def test_child_that_keeps_dying_before_it_answers_stops_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FIRST_BACK_OFF", 0.01)

    async def work(supervisor: Supervisor, said: list[str]) -> None:
        await supervisor.start(
            _shell("web", "echo no such setting >&2; exit 3", is_ready=lambda: False)
        )

    with pytest.raises(CannotStart) as refusal:
        _supervise(tmp_path, work)
    assert str(refusal.value) == (
        f"web does not get going: no such setting (log: {tmp_path}/log/web.log)"
    )


def test_stopping_ends_the_upper_tier_first_and_kills_what_does_not_listen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "STOP_SECONDS", {1: 0.5, 0: 0.5})
    log = tmp_path / "order"
    note = "trap 'echo %s >> {log}; exit 0' TERM; echo %s >> {log}; while :; do sleep 0.05; done"

    def noting(name: str, tier: int) -> Child:
        return _shell(name, note.format(log=log) % (f"{name}-", f"{name}+"), tier=tier)

    async def work(supervisor: Supervisor, said: list[str]) -> None:
        stubborn = _shell("stubborn", "trap '' TERM; while :; do sleep 0.05; done")
        await supervisor.start(noting("postgres", 0))
        await _until(log.exists)
        await supervisor.start(noting("web", 1), stubborn)
        await _until(lambda: "web+" in log.read_text() and "stubborn" in supervisor.pids())
        work.pids = list(supervisor.pids().values())  # type: ignore[attr-defined]

    began = time.monotonic()
    _supervise(tmp_path, work)
    assert log.read_text().split() == ["postgres+", "web+", "web-", "postgres-"]
    assert not any(_is_alive(pid) for pid in work.pids)  # type: ignore[attr-defined]
    assert time.monotonic() - began < 5


def test_stopping_takes_less_than_fifteen_seconds_at_worst() -> None:
    assert sum(module.STOP_SECONDS.values()) < 14


def test_step_that_fails_tells_its_last_words(tmp_path: Path) -> None:
    async def work(supervisor: Supervisor, said: list[str]) -> None:
        await supervisor.run("prepare", ["sh", "-c", "echo halfway; echo no table >&2; exit 1"])

    with pytest.raises(CannotStart) as refusal:
        _supervise(tmp_path, work)
    assert str(refusal.value) == (
        f"no table (while: prepare; the whole log: {tmp_path}/log/prepare.log)"
    )


def test_step_that_ends_well_is_not_started_again(tmp_path: Path) -> None:
    heard: list[str] = []

    async def work(supervisor: Supervisor, said: list[str]) -> None:
        child = _shell("history", "echo 40 %; echo 100 %", is_kept=False, hear=heard.append)
        await supervisor.start(child)
        await _until(lambda: len(heard) == 2 and not supervisor.pids())

    assert _supervise(tmp_path, work) == []
    assert heard == ["40 %", "100 %"]


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel binds children on Linux only")
def test_children_die_with_a_killed_supervisor(tmp_path: Path) -> None:
    prepare_folder(tmp_path)
    script = """
import asyncio, os, sys
from pathlib import Path
from engagement.supervisor.supervisor import Child, Supervisor
async def main():
    supervisor = Supervisor(Path(sys.argv[1]), environment=dict(os.environ), descriptors=[], say=print)
    await supervisor.start(Child(name="web", command=lambda: ["sleep", "60"]))
    while "web" not in supervisor.pids():
        await asyncio.sleep(0.01)
    print(supervisor.pids()["web"], flush=True)
    await asyncio.sleep(60)
asyncio.run(main())
"""
    parent = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=CHECKOUT,
    )
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    assert _is_alive(child)
    parent.kill()
    parent.communicate()
    deadline = time.monotonic() + 5
    while _is_alive(child) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not _is_alive(child)
