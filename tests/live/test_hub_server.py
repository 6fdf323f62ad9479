"""The hub behind the real server, with real screens, a real database and real sockets."""

import asyncio
import contextlib
import json
import secrets
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import uvicorn
from channels.routing import ProtocolTypeRouter, URLRouter
from django.conf import settings
from django.utils import timezone
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode

from engagement.live import ring
from engagement.live.actions import ensure_streams
from engagement.live.hub import text_frame
from engagement.live.server import EXTENSION, Line
from engagement.wallboards import consumers
from engagement.wallboards.access import digest
from engagement.wallboards.models import Board, Screen
from engagement.wallboards.urls import socket_urlpatterns
from tests import factories

App = Callable[[dict[str, Any], Any, Any], Awaitable[None]]
screens_app = ProtocolTypeRouter({"websocket": URLRouter(socket_urlpatterns)})


class Server(uvicorn.Server):
    """Leaves the signals to pytest."""

    @contextlib.contextmanager
    def capture_signals(self) -> Any:
        yield


@contextlib.asynccontextmanager
async def serving(app: App) -> AsyncIterator[tuple[Server, int]]:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        config = uvicorn.Config(
            app,
            ws="engagement.live.server:WallProtocol",
            ws_per_message_deflate=False,
            ws_max_size=4096,
            lifespan="off",
            log_config=None,
            timeout_graceful_shutdown=5,
        )
        server = Server(config)
        task = asyncio.create_task(server.serve(sockets=[bound]))
        while not server.started:
            await asyncio.sleep(0.01)
        try:
            yield server, bound.getsockname()[1]
        finally:
            server.should_exit = True
            await task


# --- The protocol ---------------------------------------------------------------------------------


def test_line_interleaves_whole_frames_with_those_sent_through_asgi() -> None:
    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        await receive()
        line: Line = scope["extensions"][EXTENSION]
        assert not line.is_open
        await send({"type": "websocket.accept"})
        assert line.is_open
        for number in range(100):
            line.transport.write(text_frame(b"direct %d" % number))
            await send({"type": "websocket.send", "text": f"asgi {number}"})
        shut: list[bool] = []
        line.on_shut = lambda: shut.append(line.is_open)
        await send({"type": "websocket.close", "code": 4401})
        # Told once, while the close frame was still to come.
        assert (shut, line.is_open) == ([True], False)

    async def test() -> None:
        async with (
            serving(app) as (_, port),
            connect(f"ws://127.0.0.1:{port}/", compression=None) as client,
        ):
            heard = [await client.recv() for _ in range(200)]
            with pytest.raises(ConnectionClosed):
                await client.recv()
            assert heard[:4] == ["direct 0", "asgi 0", "direct 1", "asgi 1"]
            assert client.close_code == 4401

    asyncio.run(test())


@pytest.mark.parametrize("how", ["close", "reset", "rubbish"])
def test_line_is_shut_when_the_client_goes(how: str) -> None:
    async def test() -> None:
        shut = asyncio.Event()

        async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
            await receive()
            await send({"type": "websocket.accept"})
            scope["extensions"][EXTENSION].on_shut = shut.set
            while (await receive())["type"] != "websocket.disconnect":
                pass

        async with serving(app) as (_, port):
            client = await connect(f"ws://127.0.0.1:{port}/")
            await asyncio.sleep(0.05)
            assert not shut.is_set()
            if how == "close":
                await client.close()
            elif how == "reset":
                client.transport.abort()
            else:
                client.transport.write(b"\xff\xff\xff\xff")
            await asyncio.wait_for(shut.wait(), 5)
            await client.close()

    asyncio.run(test())


def test_line_is_shut_with_1012_when_the_server_stops() -> None:
    async def test() -> None:
        shut = asyncio.Event()

        async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
            await receive()
            await send({"type": "websocket.accept"})
            scope["extensions"][EXTENSION].on_shut = shut.set
            await receive()

        async with (
            serving(app) as (server, port),
            connect(f"ws://127.0.0.1:{port}/") as client,
        ):
            await asyncio.sleep(0.05)
            server.should_exit = True
            with pytest.raises(ConnectionClosed):
                await client.recv()
            assert (client.close_code, shut.is_set()) == (1012, True)

    asyncio.run(test())


# --- Screens --------------------------------------------------------------------------------------


@pytest.fixture
def wall(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """One screen on a board for everybody."""
    keeper = factories.make_person("Kari", "Keeper")
    (everybody,) = ensure_streams(everybody=True)
    board = Board.objects.create(name="Kantina")
    secret = secrets.token_urlsafe(32)
    screen = Screen.objects.create(
        name="TV",
        board=board,
        key_hash=digest(secret),
        paired_at=timezone.now(),
        paired_by=keeper,
        last_seen_at=timezone.now(),
    )
    return {"secret": secret, "screen": screen, "stream": everybody.pk, "board": board}


def screen_socket(port: int, secret: str, origin: str | None = None, **options: Any) -> connect:
    headers = {"Cookie": f"a=b; vaffel_screen={secret}"} if secret else {}
    return connect(
        f"ws://127.0.0.1:{port}/ws/screen/",
        origin=origin or f"http://127.0.0.1:{port}",  # type: ignore[arg-type]
        additional_headers=headers,
        **options,
    )


async def code_of(client: ClientConnection) -> int | None:
    with contextlib.suppress(ConnectionClosed):
        async with asyncio.timeout(10):
            while True:
                await client.recv()
    return client.close_code


async def next_of(client: ClientConnection, kind: str) -> dict[str, Any]:
    async with asyncio.timeout(10):
        while True:
            frame = json.loads(await client.recv())
            if frame["t"] == kind:
                return frame


def drive(test: Callable[[int], Awaitable[None]]) -> None:
    async def whole() -> None:
        async with serving(screens_app) as (_, port):
            try:
                await test(port)
            finally:
                await consumers.hub().stop()

    asyncio.run(whole())


def test_paired_screen_hears_beats_and_cards(wall: dict[str, Any]) -> None:
    async def test(port: int) -> None:
        async with screen_socket(port, wall["secret"]) as client:
            beat = await next_of(client, "beat")
            assert beat["seqs"] == {str(wall["stream"]): 0}
            assert beat["board"] == wall["board"].version
            while not consumers.hub().is_connected:
                await asyncio.sleep(0.01)
            for number in range(50):
                ring.publish([(wall["stream"], {"nb": b'{"t":"card","n":%d}' % number})])
            assert [(await next_of(client, "card"))["n"] for _ in range(50)] == list(range(50))

    drive(test)


@pytest.mark.parametrize(
    ("secret", "origin", "code"),
    [
        ("", None, 4401),
        ("wrong", None, 4401),
        ("x" * 3000, None, 4401),
        (None, "https://evil.example", 4403),
        (None, "null", 4403),
        (None, "http://127.0.0.1:1", 4403),
    ],
)
def test_stranger_is_accepted_and_closed_with_the_reason(
    wall: dict[str, Any], secret: str | None, origin: str | None, code: int
) -> None:
    async def test(port: int) -> None:
        known = wall["secret"] if secret is None else secret
        async with screen_socket(port, known, origin) as client:
            assert await code_of(client) == code

    drive(test)


def test_base_url_is_an_origin_behind_a_proxy(wall: dict[str, Any]) -> None:
    async def test(port: int) -> None:
        async with screen_socket(port, wall["secret"], settings.BASE_URL) as client:
            await next_of(client, "beat")

    drive(test)


def test_second_socket_of_a_screen_replaces_the_first(wall: dict[str, Any]) -> None:
    async def test(port: int) -> None:
        async with screen_socket(port, wall["secret"]) as first:
            await next_of(first, "beat")
            async with screen_socket(port, wall["secret"]) as second:
                await next_of(second, "beat")
                assert await code_of(first) == 4409

    drive(test)


def test_revoked_screen_is_closed_within_two_seconds(wall: dict[str, Any]) -> None:
    async def test(port: int) -> None:
        async with screen_socket(port, wall["secret"]) as client:
            await next_of(client, "beat")
            while not consumers.hub().is_connected:
                await asyncio.sleep(0.01)
            ring.command(what="revoked", screens=[wall["screen"].key])
            async with asyncio.timeout(2):
                assert await code_of(client) == 4401

    drive(test)


def test_talkative_screen_is_closed(wall: dict[str, Any]) -> None:
    async def test(port: int) -> None:
        async with screen_socket(port, wall["secret"]) as client:
            await next_of(client, "beat")
            for message in [b"\x00\xff", "{", "x" * 4000] * 6 + ["", b""]:
                await client.send(message)
            await client.ping()
            assert consumers.hub().count == 1
            await client.send("one too many")
            assert await code_of(client) == 4429

    drive(test)


def test_huge_or_broken_frames_end_only_their_own_socket(wall: dict[str, Any]) -> None:
    async def test(port: int) -> None:
        rubbish = [
            Frame(Opcode.TEXT, b"x" * 5000).serialize(mask=True),
            Frame(Opcode.TEXT, b"\xff\xfe").serialize(mask=True),
            Frame(Opcode.TEXT, b"not masked").serialize(mask=False),
            b"\x81\xff" + struct.pack("!Q", 2**62),
            b"\xf7\x80\x00\x00\x00\x00",
        ]
        for frame in rubbish:
            async with screen_socket(port, wall["secret"]) as client:
                await next_of(client, "beat")
                client.transport.write(frame)
                assert await code_of(client) in (1002, 1006, 1007, 1009)
        async with screen_socket(port, wall["secret"]) as client:
            await next_of(client, "beat")
            assert consumers.hub().count == 1

    drive(test)


def test_screen_that_stops_reading_is_cut_while_others_go_on(wall: dict[str, Any]) -> None:
    screen: Screen = wall["screen"]
    secret = secrets.token_urlsafe(32)
    other = Screen.objects.get(pk=screen.pk)
    other.pk, other.key, other.key_hash = None, "s-stuck", digest(secret)
    other.save()

    async def test(port: int) -> None:
        with socket.socket() as raw:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            raw.connect(("127.0.0.1", port))
            raw.setblocking(False)
            async with (
                screen_socket(port, secret, sock=raw, max_queue=1, close_timeout=0.1),
                screen_socket(port, wall["secret"]) as reading,
            ):
                await next_of(reading, "beat")
                while not consumers.hub().is_connected:
                    await asyncio.sleep(0.01)
                hub = consumers.hub()
                for number in range(200):
                    text = json.dumps({"t": "card", "n": number, "x": "x" * 8000}).encode()
                    ring.publish([(wall["stream"], {"nb": text})])
                    assert (await next_of(reading, "card"))["n"] == number
                assert (hub.cut_count, hub.count) == (1, 1)

    drive(test)


def test_full_house_says_so(wall: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    async def test(port: int) -> None:
        monkeypatch.setattr(consumers.hub(), "limit", 0)
        async with screen_socket(port, wall["secret"]) as client:
            assert await code_of(client) == 4429

    drive(test)
