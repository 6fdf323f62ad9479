"""Kill points that do not depend on luck: a lock holds a process where it shall die.

Whoever wants the locked rows waits for us in the middle of its work; then it is killed there, and the
lock is let go.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable

import psycopg

LONGEST_S = 120.0


class NobodyCame(AssertionError):
    """Nobody ran into the lock: the point was never reached."""


class Lock:
    """Rows or tables locked in one of the two clusters, until let go or the cluster is killed."""

    def __init__(self, url: str, statement: str) -> None:
        self.url, self.statement = url, statement
        self._db: psycopg.Connection | None = None

    def take(self) -> None:
        """Retries while the cluster is away."""
        deadline = time.monotonic() + LONGEST_S
        while True:
            try:
                self._db = psycopg.connect(self.url, connect_timeout=3)
                self._db.execute(self.statement.encode())
            except psycopg.OperationalError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
            else:
                return

    def is_run_into(self) -> bool:
        """Whether anybody waits behind us."""
        assert self._db is not None
        with psycopg.connect(self.url, connect_timeout=3, autocommit=True) as watcher:
            row = watcher.execute(
                "SELECT count(*) FROM pg_locks WHERE NOT granted AND pid <> ALL(%s)"
                " AND %s = ANY(pg_blocking_pids(pid))",
                [[watcher.info.backend_pid], self._db.info.backend_pid],
            ).fetchone()
        return bool(row and row[0])

    async def until_run_into(self) -> None:
        """:raises NobodyCame: when two minutes pass."""
        await until(self.is_run_into, f"nobody ran into {self.statement}")

    def let_go(self) -> None:
        if self._db is not None:
            with contextlib.suppress(psycopg.Error):
                self._db.close()
        self._db = None


@contextlib.asynccontextmanager
async def held(lock: Lock) -> AsyncIterator[Lock]:
    await asyncio.to_thread(lock.take)
    try:
        yield lock
    finally:
        lock.let_go()


async def until(is_so: Callable[[], bool], otherwise: str, *, longest_s: float = LONGEST_S) -> None:
    """Looks every few milliseconds; a database that is away says no."""
    deadline = time.monotonic() + longest_s
    while True:
        with contextlib.suppress(psycopg.OperationalError):
            if await asyncio.to_thread(is_so):
                return
        if time.monotonic() > deadline:
            raise NobodyCame(otherwise)
        await asyncio.sleep(0.02)
