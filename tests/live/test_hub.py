"""The hub with a real Valkey and made-up screens."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from typing import Any

import pytest
import redis
from django.conf import settings

from engagement.live import hub as hub_module
from engagement.live import ring
from engagement.live.hub import Gathering, Hub, HubFull, NoStanding, Standing, text_frame
from engagement.live.listener import client_name

NOWHERE = "redis://127.0.0.1:1/0"


class House:
    """The database as the hub sees it, and a screen's end of its sockets."""

    def __init__(self) -> None:
        self.standings: dict[str, Standing] = {}
        self.seqs: dict[int, int] = {}
        self.is_down = False
        self.checks: list[set[str]] = []

    def screen(
        self, key: str, *streams: int, language: str = "nb", board: str = "b1", version: int = 1
    ) -> str:
        self.standings[key] = Standing(board, version, language, streams)
        for stream in streams:
            self.seqs.setdefault(stream, 0)
        return key

    async def check(self, keys: Collection[str]) -> Mapping[str, Standing]:
        self.checks.append(set(keys))
        if self.is_down:
            raise ConnectionError("no database")
        return {key: self.standings[key] for key in keys if key in self.standings}

    async def latest(self, streams: Collection[int]) -> Mapping[int, int]:
        if self.is_down:
            raise ConnectionError("no database")
        return {stream: self.seqs[stream] for stream in streams if stream in self.seqs}

    def hub(self, *, url: str | None = None, limit: int = 100) -> Hub:
        return Hub(url=url or settings.REDIS_URL, check=self.check, latest=self.latest, limit=limit)


class Wall:
    """What one socket received."""

    def __init__(self) -> None:
        self.frames: list[dict[str, Any]] = []
        self.code: int | None = None

    async def send(self, text: str) -> None:
        self.frames.append(json.loads(text))

    async def close(self, code: int) -> None:
        self.code = code

    async def attach(self, hub: Hub, key: str) -> "Wall":
        self.seat = await hub.attach(key, line=None, send=self.send, close=self.close)
        await until(lambda: bool(self.frames))
        return self

    def texts(self) -> list[str]:
        return [frame["text"] for frame in self.frames if frame["t"] == "card"]

    def beats(self) -> list[dict[str, Any]]:
        return [frame for frame in self.frames if frame["t"] == "beat"]


def card(text: str) -> dict[str, bytes]:
    return {
        language: json.dumps({"t": "card", "text": f"{text} {language}"}).encode()
        for language in ("nb", "en")
    }


async def until(condition: Callable[[], bool], seconds: float = 5) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        await asyncio.sleep(0.01)


def run(test: Callable[[House], Awaitable[None]]) -> None:
    hubs: list[Hub] = []

    class Tidy(House):
        def hub(self, **options: Any) -> Hub:
            hubs.append(super().hub(**options))
            return hubs[-1]

    async def whole() -> None:
        try:
            await test(Tidy())
        finally:
            for hub in hubs:
                await hub.stop()

    asyncio.run(whole())


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_module, "WATCH_EVERY_S", 0.05)
    monkeypatch.setattr(hub_module, "GRACE_S", 0.0)
    monkeypatch.setattr(ring._Breaker, "closed_until", 0.0)


async def connected(hub: Hub) -> None:
    hub.start()
    await until(lambda: hub.is_connected)


@pytest.mark.parametrize("size", [0, 125, 126, 65535, 65536])
def test_frame_is_what_websockets_reads(size: int) -> None:
    from websockets.frames import Frame, Opcode

    frame = text_frame(b"x" * size)
    assert frame == Frame(Opcode.TEXT, b"x" * size).serialize(mask=False)
    assert list(hub_module._texts(frame * 2)) == ["x" * size] * 2


def test_ring_packs_all_languages() -> None:
    texts = {"nb": "Bjørn: takk\n".encode(), "en": b"", "x": b"1=2 3"}
    assert ring.unpack(ring.pack(texts)) == texts


@pytest.mark.parametrize("message", [b"", b"nb=3\nab", b"nb=x\nabc", b"\xff=1\na", b"nb\nabc"])
def test_ring_refuses_what_it_did_not_pack(message: bytes) -> None:
    with pytest.raises(ValueError):
        ring.unpack(message)


def test_ring_without_valkey_costs_next_to_nothing(
    settings: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    settings.REDIS_URL = NOWHERE
    ring._client.cache_clear()
    try:
        started = time.monotonic()
        for _ in range(100):
            ring.publish([(1, card("Takk"))])
        assert time.monotonic() - started < 1
        assert len(caplog.records) == 1
    finally:
        ring._client.cache_clear()


def test_card_reaches_every_socket_of_its_stream_in_its_language() -> None:
    async def test(house: House) -> None:
        hub = house.hub()
        await connected(hub)
        nb = await Wall().attach(hub, house.screen("s1", 1, 2))
        en = await Wall().attach(hub, house.screen("s2", 1, language="en"))
        other = await Wall().attach(hub, house.screen("s3", 3))
        for number in range(20):
            ring.publish([(1, card(f"Takk {number}"))])
        ring.publish([(2, card("Hei"))])
        await until(lambda: len(nb.texts()) == 21 and len(en.texts()) == 20)
        assert [t for t in nb.texts() if "Takk" in t] == [f"Takk {n} nb" for n in range(20)]
        assert en.texts() == [f"Takk {n} en" for n in range(20)]
        assert other.texts() == []

    run(test)


def test_first_beat_tells_board_and_seqs() -> None:
    async def test(house: House) -> None:
        hub = house.hub()
        house.seqs[1] = 41
        wall = await Wall().attach(hub, house.screen("s1", 1, 2, version=7))
        beat = wall.frames[0]
        assert beat.pop("as_of") <= beat["now"]
        assert abs(beat.pop("now") / 1000 - time.time()) < 5
        assert beat == {"t": "beat", "build": "", "board": 7, "plan": "", "seqs": {"1": 41, "2": 0}}

    run(test)


def test_unknown_screen_is_not_let_in() -> None:
    async def test(house: House) -> None:
        hub = house.hub()
        with pytest.raises(NoStanding):
            await Wall().attach(hub, "s1")
        assert hub.count == 0

    run(test)


def test_full_hub_refuses_newcomers_and_lets_screens_come_back() -> None:
    async def test(house: House) -> None:
        hub = house.hub(limit=1)
        await Wall().attach(hub, house.screen("s1", 1))
        with pytest.raises(HubFull):
            await Wall().attach(hub, house.screen("s2", 1))
        await Wall().attach(hub, "s1")
        assert hub.count == 1

    run(test)


def test_newer_socket_of_a_screen_replaces_the_older() -> None:
    async def test(house: House) -> None:
        here, there = house.hub(), house.hub()
        await connected(here)
        await connected(there)
        first = await Wall().attach(here, house.screen("s1", 1))
        second = await Wall().attach(here, "s1")
        await until(lambda: first.code == 4409)
        third = await Wall().attach(there, "s1")
        await until(lambda: second.code == 4409)
        assert (here.count, there.count, third.code) == (0, 1, None)

    run(test)


def test_revoked_screen_is_closed_at_once() -> None:
    async def test(house: House) -> None:
        hub = house.hub()
        await connected(hub)
        revoked = await Wall().attach(hub, house.screen("s1", 1))
        other = await Wall().attach(hub, house.screen("s2", 1))
        ring.command(what="revoked", screens=["s1"])
        await until(lambda: revoked.code == 4401, 2)
        ring.publish([(1, card("Takk"))])
        await until(lambda: other.texts() == ["Takk nb"])
        assert revoked.texts() == []
        assert other.code is None

    run(test)


def test_revocation_without_a_ring_counts_at_the_next_beat() -> None:
    async def test(house: House) -> None:
        hub = house.hub()
        await connected(hub)
        wall = await Wall().attach(hub, house.screen("s1", 1))
        del house.standings["s1"]
        hub._hurry.set()
        await until(lambda: wall.code == 4401)
        assert hub.count == 0

    run(test)


def test_changed_board_moves_its_screens_to_other_streams() -> None:
    async def test(house: House) -> None:
        hub = house.hub()
        await connected(hub)
        wall = await Wall().attach(hub, house.screen("s1", 1, board="b9"))
        house.screen("s1", 2, board="b9", version=2, language="en")
        ring.command(what="changed", boards=["b9"])
        await until(lambda: wall.beats()[-1]["board"] == 2)
        ring.publish([(1, card("old")), (2, card("new"))])
        await until(lambda: wall.texts() == ["new en"])

    run(test)


def test_new_stream_is_heard_without_waiting_for_the_next_beat() -> None:
    async def test(house: House) -> None:
        hub = house.hub()
        await connected(hub)
        wall = await Wall().attach(hub, house.screen("s1", 1))
        house.screen("s1", 1, 5)
        house.seqs[5] = 1
        ring.command(what="streams")
        await until(lambda: wall.beats()[-1]["seqs"] == {"1": 0, "5": 1})
        ring.publish([(5, card("Takk"))])
        await until(lambda: wall.texts() == ["Takk nb"])

    run(test)


def test_words_for_a_screen_are_passed_on() -> None:
    async def test(house: House) -> None:
        hub = house.hub()
        await connected(hub)
        wall = await Wall().attach(hub, house.screen("s1", 1))
        other = await Wall().attach(hub, house.screen("s2", 1))
        ring.command(what="identify", screens=["s1"])
        await until(lambda: {"t": "do", "what": "identify"} in wall.frames)
        assert len(other.frames) == 1

    run(test)


def test_rubbish_on_the_channels_is_dropped(caplog: pytest.LogCaptureFixture) -> None:
    async def test(house: House) -> None:
        hub = house.hub()
        await connected(hub)
        wall = await Wall().attach(hub, house.screen("s1", 1))
        with redis.Redis.from_url(settings.REDIS_URL) as client:
            for rubbish in (
                b"",
                b"nb=9999\nx",
                b"[]",
                b"{}",
                b'{"what":1,"screens":3,"boards":[]}',
            ):
                client.publish(ring.stream_channel(1), rubbish)
                client.publish(ring.commands_channel(), rubbish)
        ring.publish([(1, card("Takk"))])
        await until(lambda: wall.texts() == ["Takk nb"])

    run(test)


def test_socket_that_does_not_read_is_cut_and_delays_nobody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def test(house: House) -> None:
        hub = house.hub()
        await connected(hub)
        reading = await Wall().attach(hub, house.screen("s1", 1))
        stuck = await Wall().attach(hub, house.screen("s2", 1))
        stuck.seat.backlog = lambda: hub_module.BACKLOG_BYTES + 1
        broken = await Wall().attach(hub, house.screen("s3", 1))

        def break_off(_: bytes) -> None:
            raise RuntimeError("the handler is closed")

        broken.seat.write = break_off
        ring.publish([(1, card("Takk"))])
        await until(lambda: reading.texts() == ["Takk nb"])
        await until(lambda: (stuck.code, broken.code) == (1013, 1013))
        assert (hub.count, hub.cut_count) == (1, 2)

    run(test)


def test_hub_comes_back_after_valkey_and_tells_what_was_missed() -> None:
    async def test(house: House) -> None:
        hub = house.hub()
        await connected(hub)
        wall = await Wall().attach(hub, house.screen("s1", 1))
        with redis.Redis.from_url(settings.REDIS_URL) as client:
            # Ours alone: other tests listen to the same Valkey.
            for one in client.client_list(_type="pubsub"):
                if one["name"] == client_name():
                    client.client_kill_filter(_id=one["id"])
        await until(lambda: not hub.is_connected)
        house.seqs[1] = 1  # committed while nobody listened
        await until(lambda: wall.beats()[-1]["seqs"] == {"1": 1})
        await until(lambda: hub.is_connected)
        ring.publish([(1, card("Takk"))])
        await until(lambda: wall.texts() == ["Takk nb"])

    run(test)


def test_walls_follow_the_database_while_valkey_is_away() -> None:
    async def test(house: House) -> None:
        hub = house.hub(url=NOWHERE)
        wall = await Wall().attach(hub, house.screen("s1", 1))
        for seq in (1, 2):
            house.seqs[1] = seq
            await until(lambda seq=seq: wall.beats()[-1]["seqs"] == {"1": seq}, 2)

    run(test)


def test_beats_go_on_without_the_database(caplog: pytest.LogCaptureFixture) -> None:
    async def test(house: House) -> None:
        hub = house.hub()
        await connected(hub)
        wall = await Wall().attach(hub, house.screen("s1", 1))
        house.is_down = True
        hub._hurry.set()
        await until(lambda: wall.beats()[-1]["seqs"] == {})
        with pytest.raises(ConnectionError):
            await Wall().attach(hub, house.screen("s2", 1))
        assert (hub.count, wall.code) == (1, None)
        house.is_down = False
        house.seqs[1] = 3
        hub._hurry.set()
        await until(lambda: wall.beats()[-1]["seqs"] == {"1": 3})
        assert "The database does not answer" in caplog.text

    run(test)


def test_beats_go_on_while_the_database_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    async def test(house: House) -> None:
        hub = house.hub()
        await connected(hub)
        wall = await Wall().attach(hub, house.screen("s1", 1))
        monkeypatch.setattr(hub_module, "READ_WAIT_S", 0.1)
        hub._check._read = hub._latest._read = lambda keys: asyncio.sleep(60)
        hub._hurry.set()
        await until(lambda: wall.beats()[-1]["seqs"] == {})
        assert wall.code is None

    run(test)


def test_one_beat_asks_once_for_all_screens() -> None:
    async def test(house: House) -> None:
        hub = house.hub()
        await connected(hub)
        keys = [house.screen(f"s{number}", 1) for number in range(50)]
        walls = await asyncio.gather(*(Wall().attach(hub, key) for key in keys))
        assert sum(map(len, house.checks)) == 50
        assert len(house.checks) <= 3
        house.checks.clear()
        hub._hurry.set()
        await until(lambda: all(len(wall.beats()) >= 2 for wall in walls))
        assert house.checks == [set(keys)]

    run(test)


def test_beat_says_nothing_of_a_stream_that_moved_since_it_was_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def test(house: House) -> None:
        hub = house.hub()
        await connected(hub)
        wall = await Wall().attach(hub, house.screen("s1", 1, 2))
        await until(lambda: len(wall.beats()) > 1, 10)
        monkeypatch.setattr(hub_module, "GRACE_S", 0.3)
        count = len(wall.beats())
        hub._hurry.set()
        await asyncio.sleep(0.15)
        ring.publish([(1, card("Takk"))])
        await until(lambda: len(wall.beats()) > count)
        assert wall.texts() == ["Takk nb"]
        assert wall.beats()[-1]["seqs"] == {"2": 0}

    run(test)


def test_left_streams_are_forgotten() -> None:
    async def test(house: House) -> None:
        hub = house.hub()
        await connected(hub)
        wall = await Wall().attach(hub, house.screen("s1", 987654))
        channel = ring.stream_channel(987654)
        with redis.Redis.from_url(settings.REDIS_URL) as client:
            assert client.pubsub_numsub(channel)[0][1] == 1
            hub.detach(wall.seat)
            hub._hurry.set()
            await until(lambda: client.pubsub_numsub(channel)[0][1] == 0)

    run(test)


def test_gathering_answers_from_a_read_that_started_after_the_question() -> None:
    async def test() -> None:
        reads: list[set[int]] = []
        gate = asyncio.Event()

        async def read(keys: Iterable[int]) -> Mapping[int, int]:
            reads.append(set(keys))
            number = len(reads)
            await gate.wait()
            return dict.fromkeys(keys, number)

        gathering: Gathering[int, int] = Gathering(read)
        first = asyncio.create_task(gathering.ask([1]))
        await asyncio.sleep(0.01)
        later = [asyncio.create_task(gathering.ask([key])) for key in (1, 2, 3)]
        await asyncio.sleep(0.01)
        gate.set()
        assert (await first)[1] == 1
        assert [(await task)[key] for key, task in zip((1, 2, 3), later, strict=True)] == [2, 2, 2]
        assert reads == [{1}, {1, 2, 3}]

    asyncio.run(test())
