"""What the ballot box keeps. Every function is one transaction."""

import contextlib
import datetime as dt
from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool

SCHEMA = (Path(__file__).parent / "schema.sql").read_text()
# Two boxes that start at once set up one after the other.
_SETUP_LOCK = 7_254_332
# A ballot whose signature was collected in the last moment may still be on its way.
CAST_GRACE = dt.timedelta(seconds=30)
# Casting ends by itself long before the bundle may be read.
STATEMENT_SECONDS = 10
BUNDLE_AFTER = CAST_GRACE + dt.timedelta(seconds=STATEMENT_SECONDS)

Pool = AsyncConnectionPool[AsyncConnection[TupleRow]]


class Cast(Enum):
    """What became of a ballot that was handed in."""

    TAKEN = "taken"
    UNKNOWN_SURVEY = "unknown"
    NOT_OPEN = "not open"
    OTHER_BALLOT = "other"


@dataclass(frozen=True)
class Ballot:
    cell: str
    prefix: bytes
    sig: bytes
    sealed: bytes
    receipt: str


@dataclass(frozen=True)
class Survey:
    """One survey as the box has it."""

    manifest: bytes
    page: bytes
    opens_at: dt.datetime
    closes_at: dt.datetime
    is_cancelled: bool
    is_destroyed: bool
    receipts: list[str] | None
    root: str | None

    def is_over(self, at: dt.datetime) -> bool:
        """Whether no ballot can come any more."""
        return at >= self.closes_at + BUNDLE_AFTER


def open_pool(url: str) -> Pool:
    """A pool that is not open yet. It gives up on a connection after a few seconds."""
    return AsyncConnectionPool(
        url,
        min_size=1,
        max_size=8,
        timeout=4,
        reconnect_timeout=2,
        open=False,
        kwargs={
            "autocommit": False,
            "options": f"-c statement_timeout={STATEMENT_SECONDS}s",
            "application_name": "ballots",
        },
        check=AsyncConnectionPool.check_connection,
    )


async def set_up(pool: Pool) -> None:
    """Makes the tables; safe to run again and at once."""
    async with pool.connection() as db:
        await db.execute("SELECT pg_advisory_xact_lock(%s)", [_SETUP_LOCK])
        await db.execute(SCHEMA)


async def is_well(pool: Pool) -> None:
    async with pool.connection() as db:
        await db.execute("SELECT 1")


async def find(pool: Pool, key: str) -> Survey | None:
    async with pool.connection() as db:
        row = await _one(
            db,
            "SELECT manifest, page, opens_at, closes_at, is_cancelled, is_destroyed, receipts, root"
            " FROM survey WHERE key = %s",
            key,
        )
    return Survey(bytes(row[0]), bytes(row[1]), *row[2:]) if row else None


async def _one(db: AsyncConnection[TupleRow], words: str, *values: Any) -> TupleRow | None:
    return await (await db.execute(words.encode(), values)).fetchone()


async def add_survey(
    pool: Pool, *, key: str, manifest: bytes, page: bytes, opens: dt.datetime, closes: dt.datetime
) -> bytes:
    """Keeps the manifest, unless there is one. Returns the one that is kept."""
    async with pool.connection() as db:
        await db.execute(
            "INSERT INTO survey (key, manifest, page, opens_at, closes_at)"
            " VALUES (%s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
            [key, manifest, page, opens, closes],
        )
        row = await _one(db, "SELECT manifest FROM survey WHERE key = %s", key)
    assert row is not None
    return bytes(row[0])


async def cast(pool: Pool, survey: str, ballot: Ballot, *, at: dt.datetime) -> Cast:
    """Puts a checked ballot in. The same bytes twice are the same ballot."""
    async with pool.connection() as db:
        # Any number cast at once; cancelling, extending and counting wait for them, and they for it.
        row = await _one(
            db,
            "SELECT opens_at, closes_at, is_cancelled FROM survey WHERE key = %s FOR SHARE",
            survey,
        )
        if row is None:
            return Cast.UNKNOWN_SURVEY
        opens_at, closes_at, is_cancelled = row
        if is_cancelled or not opens_at <= at < closes_at + CAST_GRACE:
            return Cast.NOT_OPEN
        added = await db.execute(
            "INSERT INTO ballot (survey, receipt, cell, prefix, sig, sealed)"
            " VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
            [survey, ballot.receipt, ballot.cell, ballot.prefix, ballot.sig, ballot.sealed],
        )
        if added.rowcount:
            return Cast.TAKEN
        there = await _one(
            db,
            "SELECT sealed = %s FROM ballot WHERE survey = %s AND receipt = %s",
            ballot.sealed,
            survey,
            ballot.receipt,
        )
    return Cast.TAKEN if there and there[0] else Cast.OTHER_BALLOT


async def extend(pool: Pool, key: str, closes_at: dt.datetime, *, at: dt.datetime) -> bool:
    """Later only, and only while it is open. False when it was not possible."""
    async with pool.connection() as db:
        done = await db.execute(
            "UPDATE survey SET closes_at = %s WHERE key = %s AND closes_at <= %s"
            " AND closes_at > %s AND NOT is_cancelled",
            [closes_at, key, closes_at, at],
        )
    return done.rowcount == 1


async def cancel(pool: Pool, key: str) -> int | None:
    """Destroys the ballots unread and takes no more. How many there were; None when unknown."""
    async with pool.connection() as db:
        done = await db.execute(
            "UPDATE survey SET is_cancelled = true, is_destroyed = true"
            " WHERE key = %s AND receipts IS NULL",
            [key],
        )
        if not done.rowcount:
            return None
        return await _destroyed(db, key)


async def destroy(pool: Pool, key: str) -> int | None:
    """Deletes the ballots of a counted survey. How many; None when it is not counted."""
    async with pool.connection() as db:
        done = await db.execute(
            "UPDATE survey SET is_destroyed = true WHERE key = %s AND receipts IS NOT NULL", [key]
        )
        if not done.rowcount:
            return None
        return await _destroyed(db, key)


async def _destroyed(db: AsyncConnection[TupleRow], key: str) -> int:
    """How many ballots are gone: the same number to whoever was cut off and asks again."""
    gone = await db.execute("DELETE FROM ballot WHERE survey = %s", [key])
    row = await _one(
        db,
        "UPDATE survey SET destroyed_count = destroyed_count + %s WHERE key = %s"
        " RETURNING destroyed_count",
        gone.rowcount,
        key,
    )
    return int(row[0]) if row else 0


async def set_counted(pool: Pool, key: str, receipts: list[str], root: str) -> bool:
    """Keeps the list of receipts, once. False when another is kept already."""
    async with pool.connection() as db:
        await db.execute(
            "UPDATE survey SET receipts = %s, root = %s"
            " WHERE key = %s AND receipts IS NULL AND NOT is_cancelled",
            [receipts, root, key],
        )
        row = await _one(db, "SELECT receipts, root FROM survey WHERE key = %s", key)
    return row is not None and row[0] == receipts and row[1] == root


async def count_ballots(pool: Pool, key: str) -> int:
    async with pool.connection() as db:
        row = await _one(db, "SELECT count(*) FROM ballot WHERE survey = %s", key)
    return int(row[0]) if row else 0


@contextlib.asynccontextmanager
async def ballots(pool: Pool, key: str) -> AsyncIterator[AsyncIterator[Ballot]]:
    """All ballots by receipt, a few at a time, from one snapshot."""
    async with pool.connection() as db, db.cursor(name="bundle") as cursor:
        await db.execute("SET LOCAL statement_timeout = '300s'")
        cursor.itersize = 200
        await cursor.execute(
            "SELECT cell, prefix, sig, sealed, receipt FROM ballot WHERE survey = %s"
            " ORDER BY receipt",
            [key],
        )
        yield (
            Ballot(row[0], bytes(row[1]), bytes(row[2]), bytes(row[3]), row[4])
            async for row in cursor
        )
