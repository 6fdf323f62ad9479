"""The hub: hands a card to every socket of this web process, as the same bytes.

One hub for each event loop. It hears each stream in use once (``listener``), builds the WebSocket
frame of a card once for each language and writes it to the transport of every socket (``server``).
Every twenty seconds it asks the database, for all its sockets together, who may still listen and
how far each stream has come, and tells the screens: whatever was lost on the way shows there.

It knows screens only as keys: what a key may hear is answered by the ``check`` it is given.
"""

import asyncio
import datetime as dt
import json
import logging
import random
import secrets
from collections.abc import (
    Awaitable,
    Callable,
    Collection,
    Coroutine,
    Iterable,
    Mapping,
)
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar

from engagement.live import ring
from engagement.live.listener import Listener
from engagement.live.server import Line
from engagement.times import milliseconds, now

logger = logging.getLogger(__name__)

BEAT_EVERY_S = 20.0
# Without Valkey the hub looks at the database this often, and tells screens what changed.
WATCH_EVERY_S = 2.0
# How long after a reconnect it goes on watching: publishers leave a dead Valkey alone for
# ring.BREAK_S and may have skipped rings.
WATCH_AFTER_S = ring.BREAK_S + 2.0
# Between reading how far the streams are and saying so: a card on its way arrives first, and the
# screens do not ask for what they are about to get.
GRACE_S = 0.3
SUBSCRIBE_WAIT_S = 1.0
# A socket with more than this unsent is not reading. It is cut; it comes back and catches up.
BACKLOG_BYTES = 256 * 1024
# Cards waiting for the same sockets go out in one write of at most this size.
BATCH_BYTES = 32 * 1024
# Sockets written to between two looks at the event loop.
CHUNK = 250
PENDING_CARDS = 1000
CLOSE_WAIT_S = 2.0
# A database that hangs is a database that is away.
READ_WAIT_S = 8.0

REVOKED, REPLACED = 4401, 4409

Key = TypeVar("Key")
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Standing:
    """What a screen may hear now."""

    board: str
    version: int
    language: str
    streams: tuple[int, ...]
    # Which plan of theme days it goes by. Screens compare it, and nothing here reads it.
    plan: str = ""


Check = Callable[[Collection[str]], Awaitable[Mapping[str, Standing]]]
Latest = Callable[[Collection[int]], Awaitable[Mapping[int, int]]]


class HubFull(Exception):
    """This process has as many sockets as it takes."""


class NoStanding(Exception):
    """The screen is revoked or unknown."""


class Seat:
    """One attached socket."""

    __slots__ = ("_close", "backlog", "key", "line", "since", "standing", "task", "write")

    def __init__(
        self,
        key: str,
        *,
        line: Line | None,
        close: Callable[[int], Awaitable[None]],
        since: int,
    ) -> None:
        self.key = key
        self.since = since  # milliseconds; which of two sockets of a screen is the newer
        self.line = line
        self.standing: Standing | None = None
        self.task: asyncio.Task[None] | None = None
        self._close = close
        # Bound once: the loop over all seats looks up nothing else.
        self.write: Callable[[bytes], None] = _nowhere
        self.backlog: Callable[[], int] = _nothing

    @property
    def is_open(self) -> bool:
        return self.write is not _nowhere

    def shut(self) -> None:
        """From here on writes go nowhere, even by a loop that still holds this seat."""
        self.write = _nowhere
        self.backlog = _nothing
        if self.task is not None:
            self.task.cancel()
            self.task = None

    async def close(self, code: int) -> None:
        """Close the socket, and cut it when it does not take the close frame in time."""
        try:
            async with asyncio.timeout(CLOSE_WAIT_S):
                await self._close(code)
        except Exception as error:
            logger.debug("A socket did not close: %r", error)
            self.cut()

    def cut(self) -> None:
        if self.line is not None:
            self.line.transport.abort()


class Gathering(Generic[Key, Value]):
    """Joins questions asked at about the same time into one.

    The answer always comes from a read that started after the question, and at most one read
    runs at a time: two thousand screens that come back together cost a handful of queries.
    Raises TimeoutError after READ_WAIT_S.
    """

    def __init__(self, read: Callable[[Collection[Key]], Awaitable[Mapping[Key, Value]]]) -> None:
        self._read = read
        self._turn = asyncio.Lock()
        self._wanted: set[Key] = set()
        self._next: asyncio.Task[Mapping[Key, Value]] | None = None

    async def ask(self, keys: Iterable[Key]) -> Mapping[Key, Value]:
        self._wanted.update(keys)
        if self._next is None:
            self._next = asyncio.create_task(self._read_next())
            # Whoever waited may have given up; then nobody else looks at the error.
            self._next.add_done_callback(lambda task: task.cancelled() or task.exception())
        async with asyncio.timeout(READ_WAIT_S):
            return await asyncio.shield(self._next)

    async def _read_next(self) -> Mapping[Key, Value]:
        async with self._turn:
            wanted, self._wanted, self._next = self._wanted, set(), None
            return await self._read(wanted)


class _Before(NamedTuple):
    """When numbers began to be read, and how many cards of each stream had been heard by then."""

    at_ms: int
    moves: Mapping[int, int]


class Hub:
    """All sockets of one process. Used from the thread of its event loop only."""

    def __init__(
        self,
        *,
        url: str,
        check: Check,
        latest: Latest,
        build: str = "",
        limit: int = 5000,
        clock: Callable[[], dt.datetime] = now,
        forget_plan: Callable[[], None] = lambda: None,
    ) -> None:
        self.build = build
        self._forget_plan = forget_plan
        self.limit = limit
        self.cut_count = 0
        self._id = secrets.token_hex(8)
        self._clock = clock
        self._check = Gathering(check)
        self._latest = Gathering(latest)
        self._seats: dict[str, Seat] = {}
        # stream -> language -> seats, in the order they came.
        self._rows: dict[int, dict[str, dict[Seat, None]]] = {}
        self._pending: dict[int, list[bytes]] = {}
        # How many cards of each stream were heard. A beat says nothing of a stream that moved since
        # its number was read: the screen would believe that the server went back in time.
        self._moves: dict[int, int] = {}
        # One frame after the other, so that a beat never ends up behind a card that is newer.
        self._writing = asyncio.Lock()
        self._work = asyncio.Event()
        self._hurry = asyncio.Event()
        self._watch_until = 0.0
        self._last_seqs: Mapping[int, int] = {}
        self._has_warned = False
        self._streams_by_channel: dict[str, int] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._listener = Listener(url, on_message=self._hear, on_change=self._connection_changed)
        self._is_running = False

    @property
    def count(self) -> int:
        """Sockets attached."""
        return len(self._seats)

    @property
    def is_connected(self) -> bool:
        """Whether Valkey is there."""
        return self._listener.is_connected

    # --- Sockets come and go --------------------------------------------------------------------

    async def attach(
        self,
        key: str,
        *,
        line: Line | None,
        send: Callable[[str], Awaitable[None]],
        close: Callable[[int], Awaitable[None]],
    ) -> Seat:
        """Take in an accepted socket of the screen ``key``; its first beat is sent on return.

        An older socket of the same screen is closed with 4409. Raises HubFull, NoStanding, or
        whatever the database raises; then the socket is not attached.
        """
        self.start()
        if len(self._seats) >= self.limit and key not in self._seats:
            raise HubFull
        seat = Seat(key, line=line, close=close, since=milliseconds(self._clock()))
        older = self._seats.pop(key, None)
        if older is not None:
            self._dismiss(older, REPLACED)
        self._seats[key] = seat
        try:
            await self._seat(seat, send)
        except BaseException:
            self.detach(seat)
            raise
        self._spawn(self._tell_others(seat))
        return seat

    def detach(self, seat: Seat) -> None:
        """The socket is gone or going; again and again is fine."""
        seat.shut()
        self._leave_rows(seat)
        if self._seats.get(seat.key) is seat:
            del self._seats[seat.key]

    async def _seat(self, seat: Seat, send: Callable[[str], Awaitable[None]]) -> None:
        standing = (await self._check.ask([seat.key])).get(seat.key)
        if standing is None:
            raise NoStanding
        if self._seats.get(seat.key) is not seat:
            return  # replaced or gone while we asked
        self._open(seat, send)
        await self._place(seat, standing)
        # Read after the subscription stands: whatever is not in these numbers will be rung.
        before = self._before_reading()
        seqs = await self._latest.ask(standing.streams)
        seat.write(text_frame(self._beat_text(standing, seqs, before)))

    def _open(self, seat: Seat, send: Callable[[str], Awaitable[None]]) -> None:
        if seat.line is not None:
            if not seat.line.is_open:
                raise ConnectionError("the socket closed while it was let in")
            seat.line.on_shut = lambda: self.detach(seat)
            seat.write = seat.line.transport.write
            seat.backlog = seat.line.transport.get_write_buffer_size
            return
        outbox: asyncio.Queue[bytes] = asyncio.Queue()
        seat.write = outbox.put_nowait
        seat.backlog = lambda: outbox.qsize() * 1024
        seat.task = self._spawn(_send_through_asgi(outbox, send))

    async def _place(self, seat: Seat, standing: Standing) -> None:
        """Put the seat in the rows of its streams, and see to it that these are heard."""
        self._leave_rows(seat)
        seat.standing = standing
        for stream in standing.streams:
            self._rows.setdefault(stream, {}).setdefault(standing.language, {})[seat] = None
        channels = {ring.stream_channel(stream): stream for stream in standing.streams}
        self._streams_by_channel.update(channels)
        await self._listener.hear(channels, wait_s=SUBSCRIBE_WAIT_S)

    def _leave_rows(self, seat: Seat) -> None:
        if seat.standing is None:
            return
        for stream in seat.standing.streams:
            rows = self._rows.get(stream)
            row = rows.get(seat.standing.language) if rows is not None else None
            if rows is None or row is None:
                continue
            row.pop(seat, None)
            if not row:
                del rows[seat.standing.language]
            if not rows:
                # The channel is left at the next beat: most who leave come straight back.
                del self._rows[stream]
        seat.standing = None

    def _dismiss(self, seat: Seat, code: int) -> None:
        self.detach(seat)
        self._spawn(seat.close(code))

    async def _tell_others(self, seat: Seat) -> None:
        """Other web processes let go of an older socket of this screen."""
        order = ring.pack_command(what="here", screens=[seat.key], hub=self._id, since=seat.since)
        await self._listener.publish(ring.commands_channel(), order)

    # --- Cards ----------------------------------------------------------------------------------

    def _hear(self, channel: str, data: bytes) -> None:
        if channel == ring.commands_channel():
            self._obey(data)
            return
        stream = self._streams_by_channel.get(channel)
        if stream is None or stream not in self._rows:
            return
        self._moves[stream] = self._moves.get(stream, 0) + 1
        pending = self._pending.setdefault(stream, [])
        if len(pending) >= PENDING_CARDS:
            # Nobody reads that fast. The screens find the gap in the beat.
            pending.clear()
            self._hurry.set()
        pending.append(data)
        self._work.set()

    async def _pass_on(self) -> None:
        while True:
            await self._work.wait()
            self._work.clear()
            # What arrives while these go out waits, and goes out together.
            pending, self._pending = self._pending, {}
            for stream, messages in pending.items():
                try:
                    await self._fan_out(stream, messages)
                except Exception:
                    logger.exception("A card was not passed on; its screens find the gap")
                    self._hurry.set()

    async def _fan_out(self, stream: int, messages: list[bytes]) -> None:
        for language, wires in _wires(messages, self._rows.get(stream, ())).items():
            seats = list(self._rows.get(stream, {}).get(language, ()))
            async with self._writing:
                for wire in wires:
                    await self._write_all(seats, wire)

    async def _write_all(self, seats: list[Seat], wire: bytes) -> None:
        for start in range(0, len(seats), CHUNK):
            if start:
                await asyncio.sleep(0)
            for seat in seats[start : start + CHUNK]:
                if seat.backlog() > BACKLOG_BYTES:
                    self._cut(seat)
                    continue
                try:
                    seat.write(wire)
                except Exception as error:
                    # One broken transport never stops the others.
                    logger.debug("A socket broke: %r", error)
                    self._cut(seat)

    def _cut(self, seat: Seat) -> None:
        self.cut_count += 1
        self.detach(seat)
        if seat.line is not None:
            seat.cut()
        else:
            self._spawn(seat.close(1013))

    # --- Commands -------------------------------------------------------------------------------

    def _obey(self, data: bytes) -> None:
        try:
            order = json.loads(data)
            what = str(order["what"])
            screens, boards = set(order["screens"]), set(order["boards"])
            since = int(order.get("since", 0))
        except (ValueError, KeyError, TypeError):
            logger.warning("A command that is none was dropped")
            return
        meant = [
            seat
            for seat in self._seats.values()
            if seat.key in screens or (seat.standing and seat.standing.board in boards)
        ]
        if what == "here":
            if order.get("hub") != self._id:
                for seat in meant:
                    if seat.since < since:
                        self._dismiss(seat, REPLACED)
        elif what == "revoked":
            for seat in meant:
                self._dismiss(seat, REVOKED)
        elif what == "changed":
            if meant:
                self._spawn(self._look_again(meant))
        elif what == "streams":
            # There is a new stream: who hears it is for the database to say.
            self._hurry.set()
        elif what == "plan":
            # Forgotten here and now; the beats that follow go by the new one.
            self._forget_plan()
            self._hurry.set()
        else:
            frame = text_frame(
                json.dumps({"t": "do", "what": what}, separators=(",", ":")).encode()
            )
            self._spawn(self._write_all(meant, frame))

    async def _look_again(self, seats: list[Seat]) -> None:
        """Ask the database about these now, and tell them what it says."""
        try:
            await self._apply_standings(seats)
            streams = {
                stream for seat in seats if seat.standing for stream in seat.standing.streams
            }
            before = self._before_reading()
            await self._send_beats(seats, await self._latest.ask(streams), before)
        except Exception as error:
            self._warn(error)
            self._hurry.set()

    # --- Heartbeats -----------------------------------------------------------------------------

    async def _beat_forever(self) -> None:
        loop = asyncio.get_running_loop()
        # Processes started together do not beat together.
        due = loop.time() + random.uniform(0.25, 1) * BEAT_EVERY_S  # noqa: S311
        while True:
            is_watching = not self.is_connected or loop.time() < self._watch_until
            wait_s = min(due - loop.time(), WATCH_EVERY_S if is_watching else BEAT_EVERY_S)
            try:
                async with asyncio.timeout(max(wait_s, 0)):
                    await self._hurry.wait()
            except TimeoutError:
                pass
            is_full = self._hurry.is_set() or loop.time() >= due
            self._hurry.clear()
            if is_full:
                due = loop.time() + BEAT_EVERY_S
            try:
                await (self._beat() if is_full else self._watch())
            except Exception:
                logger.exception("A heartbeat failed; the next one tries again")
            if is_full:
                await asyncio.sleep(0.5)  # however often hurried

    async def _beat(self) -> None:
        seats = list(self._seats.values())
        if not seats:
            await self._leave_channels()
            return
        try:
            await self._apply_standings(seats)
        except Exception as error:
            self._warn(error)
        before = self._before_reading()
        seqs = await self._read_seqs()
        if self.is_connected:
            await asyncio.sleep(GRACE_S)
        await self._send_beats(list(self._seats.values()), seqs or {}, before)
        await self._leave_channels()

    async def _watch(self) -> None:
        """Valkey is away: read how far the streams are, and beat if one has moved."""
        last, before = self._last_seqs, self._before_reading()
        if not self._seats:
            return
        seqs = await self._read_seqs()
        if seqs is None:
            return
        moved = {stream for stream, seq in seqs.items() if last.get(stream) != seq}
        if moved:
            seats = [
                seat
                for seat in self._seats.values()
                if seat.standing and not moved.isdisjoint(seat.standing.streams)
            ]
            await self._send_beats(seats, seqs, before)

    async def _apply_standings(self, seats: Iterable[Seat]) -> None:
        """Close the revoked, move those whose board changed. One query for all."""
        seats = [seat for seat in seats if seat.standing is not None]
        standings = await self._check.ask([seat.key for seat in seats])
        for seat in seats:
            if not seat.is_open:
                continue
            standing = standings.get(seat.key)
            if standing is None:
                self._dismiss(seat, REVOKED)
            elif standing != seat.standing:
                await self._place(seat, standing)

    async def _read_seqs(self) -> Mapping[int, int] | None:
        """How far each stream in use is; None when the database does not say."""
        try:
            seqs = await self._latest.ask(list(self._rows))
        except Exception as error:
            self._warn(error)
            return None
        if self._has_warned:
            logger.info("The database is back")
            self._has_warned = False
        self._last_seqs = seqs
        return seqs

    async def _send_beats(
        self, seats: Iterable[Seat], seqs: Mapping[int, int], before: _Before
    ) -> None:
        by_standing: dict[Standing, list[Seat]] = {}
        for seat in seats:
            if seat.standing is not None and seat.is_open:
                by_standing.setdefault(seat.standing, []).append(seat)
        for standing, group in by_standing.items():
            async with self._writing:
                await self._write_all(group, text_frame(self._beat_text(standing, seqs, before)))
            await asyncio.sleep(0)

    def _before_reading(self) -> _Before:
        return _Before(milliseconds(self._clock()), dict(self._moves))

    def _beat_text(self, standing: Standing, seqs: Mapping[int, int], before: _Before) -> bytes:
        return json.dumps(
            {
                "t": "beat",
                "now": milliseconds(self._clock()),
                "as_of": before.at_ms,
                "build": self.build,
                "board": standing.version,
                "plan": standing.plan,
                "seqs": {
                    str(stream): seqs[stream]
                    for stream in standing.streams
                    if stream in seqs and self._moves.get(stream) == before.moves.get(stream)
                },
            },
            separators=(",", ":"),
        ).encode()

    async def _leave_channels(self) -> None:
        unused = {c: s for c, s in self._streams_by_channel.items() if s not in self._rows}
        for channel, stream in unused.items():
            del self._streams_by_channel[channel]
            self._moves.pop(stream, None)
        await self._listener.forget(unused)

    # --- Life -----------------------------------------------------------------------------------

    def start(self) -> None:
        """Hear rings from now on, with or without sockets; again and again is fine."""
        if self._is_running:
            return
        self._is_running = True
        self._spawn(self._open_ears())
        self._spawn(self._pass_on())
        self._spawn(self._beat_forever())

    async def _open_ears(self) -> None:
        await self._listener.hear([ring.commands_channel()], wait_s=0)
        await self._listener.run()

    async def stop(self) -> None:
        """End the hub's own tasks. Sockets are closed by the server."""
        tasks = [*self._tasks]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._is_running = False

    def _connection_changed(self, is_connected: bool) -> None:
        if is_connected:
            self._watch_until = asyncio.get_running_loop().time() + WATCH_AFTER_S
            # Whoever planned meanwhile was not heard.
            self._forget_plan()
        # Back: screens find what was missed. Away: the watch begins now, not in twenty seconds.
        self._hurry.set()

    def _spawn(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _warn(self, error: Exception) -> None:
        if not self._has_warned:
            self._has_warned = True
            logger.warning(
                "The database does not answer the hub; beats go on without it: %s",
                error,
            )


def text_frame(payload: bytes) -> bytes:
    """An unmasked, unfragmented, uncompressed WebSocket text frame (RFC 6455, 5.2)."""
    size = len(payload)
    if size < 126:
        return bytes((0x81, size)) + payload
    if size < 1 << 16:
        return b"\x81\x7e" + size.to_bytes(2, "big") + payload
    return b"\x81\x7f" + size.to_bytes(8, "big") + payload


def _wires(messages: list[bytes], languages: Iterable[str]) -> dict[str, list[bytes]]:
    """The frames of these messages for each language, joined into writes of bounded size."""
    wires: dict[str, list[bytes]] = {language: [] for language in languages}
    batches: dict[str, list[bytes]] = {language: [] for language in wires}
    sizes = dict.fromkeys(wires, 0)
    for message in messages:
        try:
            texts = ring.unpack(message)
        except ValueError:
            logger.warning("A ring that is none was dropped")
            continue
        for language in wires:
            # A card without this language is better in another one than not at all.
            frame = text_frame(texts.get(language) or next(iter(texts.values())))
            if batches[language] and sizes[language] + len(frame) > BATCH_BYTES:
                wires[language].append(b"".join(batches[language]))
                batches[language], sizes[language] = [], 0
            batches[language].append(frame)
            sizes[language] += len(frame)
    for language, batch in batches.items():
        if batch:
            wires[language].append(b"".join(batch))
    return wires


async def _send_through_asgi(
    outbox: asyncio.Queue[bytes], send: Callable[[str], Awaitable[None]]
) -> None:
    """For servers without a Line: take the frames apart again and send them one by one."""
    while True:
        for text in _texts(await outbox.get()):
            await send(text)


def _texts(wire: bytes) -> Iterable[str]:
    at = 0
    while at < len(wire):
        size, at = wire[at + 1], at + 2
        if size >= 126:
            width = 2 if size == 126 else 8
            size, at = int.from_bytes(wire[at : at + width], "big"), at + width
        yield wire[at : at + size].decode()
        at += size


def _nowhere(_: bytes) -> None:
    return None


def _nothing() -> int:
    return 0
