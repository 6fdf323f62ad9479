"""A small server that speaks the wall's protocol, so that the page can be tested by itself.

Standard library only, but for the page itself, which is the real template. Runs in a thread of its
own; every public method may be called from the test. Nothing here is used outside the tests.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import json
import mimetypes
import struct
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import segno
from django.conf import settings
from django.template import Context, Engine, Library

from engagement.wallboards.texts import WALL_TEXTS
from kudos.looks import DRAWN

ROOT = Path(__file__).resolve().parents[2]
STATIC_ROOTS = (ROOT / "engagement/wallboards/static", ROOT / "engagement/static")
WEBSOCKET_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'"
)
STREAM = "12"

register = Library()


@register.simple_tag
def static(path: str) -> str:
    """Plain addresses: the fake has no manifest."""
    return f"/static/{path}"


def render_page(*, build: str, language: str, kudos_qr: str = "") -> str:
    """The real template with a stand-in for the static files' storage."""
    if not settings.configured:
        settings.configure()
    engine = Engine(dirs=[str(ROOT / "templates")], libraries={"static": __name__})
    context = {"build": build, "language": language, "texts": WALL_TEXTS, "kudos_qr": kudos_qr,
               "looks": DRAWN}  # fmt: skip
    return engine.get_template("wallboards/screen.html").render(Context(context))


def now_ms() -> int:
    """The server's time in milliseconds since 1970."""
    return int(time.time() * 1000)


def make_card(key: str, text: str = "Takk for hjelpen.", **changes: Any) -> dict[str, Any]:
    """A shout-out that has been up for a second and stays for a day."""
    now = now_ms()
    card = {
        "id": key,
        "kind": "shoutout",
        "show_from": now - 1000,
        "show_until": now + 86_400_000,
        "at": now - 1000,
        "to": [{"name": "Amina", "initials": "AH", "hue": 0}],
        "to_label": "Amina",
        "from": {"name": "Ingrid", "initials": "IN", "hue": 1},
        "from_label": "fra Ingrid, Team Nordlys",
        "text": text,
        "value": {"name": "Vi løfter hverandre", "hue": 0, "emblem": "waffle"},
    }
    return card | changes


def make_poster(key: str, **changes: Any) -> dict[str, Any]:
    """A survey that opened an hour ago and stays for a week."""
    at = now_ms() - 3_600_000
    card = {
        "id": key,
        "kind": "survey",
        "show_from": at,
        "show_until": at + 7 * 86_400_000,
        "at": at,
        "thread": key,
        "label": "Undersøkelse for Fjordtel",
        "title": "Hvordan har vi det?",
        "facts": "Omtrent 5 min. Åpen til fredag 4. desember kl. 20.00.",
        "scan": "Skann og svar",
        "qr": segno.make("https://fjordtel.example/surveys/s1/").svg_inline(
            border=0, omitsize=True
        ),
        "sign_label": "De samme tolv ordene står på telefonen din",
        "sign": [
            "abandon",
            "ability",
            "able",
            "about",
            "above",
            "absent",
            "absorb",
            "abstract",
            "absurd",
            "abuse",
            "access",
            "acid",
        ],
    }
    return card | changes


def make_jubilee(key: str, **changes: Any) -> dict[str, Any]:
    """Somebody's five years, celebrated since an hour."""
    at = now_ms() - 3_600_000
    card = {
        "id": key,
        "kind": "milestone",
        "show_from": at,
        "show_until": at + 86_400_000,
        "at": at,
        "thread": key,
        "label": "Verdt en vaffel",
        "number": "5",
        "unit": "år",
        "title": "Amina har vært her i 5 år",
        "facts": "Team Nordlys",
        "face": None,
    }
    return card | changes


class FakeWallServer:
    """One paired (or unpaired) screen's server on 127.0.0.1."""

    def __init__(self, port: int, *, build: str = "b1", paired: bool = True) -> None:
        self.port = port
        self.build = build
        self.paired = paired
        self.seq = 0
        self.events: list[dict[str, Any]] = []
        self.cards: dict[str, dict[str, Any]] = {}
        self.board: dict[str, Any] = {
            "key": "b1",
            "name": "Kundeservice Trondheim",
            "organisation": "Fjordtel",
            "language": "nb",
            "preset": "normal",
            "timezone": "Europe/Oslo",
            "night": None,
            "quiet": False,
            "blank": False,
            "version": 1,
        }
        self.time_shift = 0
        self.feed_status = 200
        self.socket_open = True
        self.beats = True
        self.code_lives = 600
        self.codes = 0
        self.confirmed = False
        self.with_qr = True
        self.calls: list[str] = []
        # What each card of a photo shows, as PNG.
        self.pictures: dict[str, bytes] = {}
        self.reports: list[dict[str, Any]] = []
        self._writers: set[asyncio.StreamWriter] = set()
        self._sockets: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    # --- For the test -------------------------------------------------------------------------

    @property
    def url(self) -> str:
        """Where the page is."""
        return f"http://127.0.0.1:{self.port}/screen/"

    def start(self) -> FakeWallServer:
        """Starts listening."""
        self._thread.start()
        self.up()
        return self

    def stop(self) -> None:
        """Ends the thread and closes everything."""
        self.down()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    def up(self) -> None:
        """The network is there."""
        self._run(self._listen())

    def down(self) -> None:
        """The network is gone: nothing listens, and what was open is cut."""
        self._run(self._cut())

    def show(self, card: dict[str, Any], *, push: bool = True) -> int:
        """A new card in the stream; `push=False` loses the message. Answers its seq."""
        self.cards[card["id"]] = card
        return self._event({"op": "show", "card": card}, push)

    def withdraw(self, key: str, *, push: bool = True) -> int:
        """Takes a card back."""
        self.cards.pop(key, None)
        return self._event({"op": "withdraw", "id": key}, push)

    def push(self, frame: dict[str, Any]) -> None:
        """Sends any frame to every open socket."""
        self._run(self._push(frame))

    def beat(self) -> None:
        """A heartbeat, now."""
        self.push(self._beat())

    def close_sockets(self, code: int) -> None:
        """Closes every socket with a code."""
        self._run(self._close(code))

    @property
    def sockets(self) -> int:
        """How many are open."""
        return len(self._sockets)

    def asked(self, part: str) -> int:
        """How many requests held `part` in their path."""
        return sum(part in call for call in self.calls)

    # --- Inside -------------------------------------------------------------------------------

    def _run(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    def _now(self) -> int:
        return now_ms() + self.time_shift

    def _event(self, event: dict[str, Any], push: bool) -> int:
        self.seq += 1
        event = {"stream": int(STREAM), "seq": self.seq} | event
        self.events.append(event)
        if push:
            self.push({"t": "card"} | event)
        return self.seq

    def _beat(self) -> dict[str, Any]:
        return {
            "t": "beat",
            "now": self._now(),
            "as_of": self._now(),
            "build": self.build,
            "board": self.board["version"],
            "plan": self.board.get("plan"),
            "seqs": {STREAM: self.seq},
        }

    def _feed(self, after: str) -> dict[str, Any]:
        known = after.startswith("c") and after[1:].isdigit()
        if known:
            events = [event for event in self.events if event["seq"] > int(after[1:])]
        else:
            events = [
                {"stream": int(STREAM), "seq": self.seq, "op": "show", "card": card}
                for card in self.cards.values()
            ]
        return {
            "now": self._now(),
            "build": self.build,
            "cursor": f"c{self.seq}",
            "seqs": {STREAM: self.seq},
            "whole": not known,
            "more": False,
            "events": events,
            "board": self.board,
        }

    async def _listen(self) -> None:
        if self._server is None:
            self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)

    async def _cut(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        # Again for those that were being let in meanwhile; five seconds at most.
        for _round in range(25):
            connections = asyncio.all_tasks() - {asyncio.current_task()}
            if not connections:
                break
            for writer in list(self._writers):
                writer.transport.abort()
            await asyncio.wait(connections, timeout=0.2)
        self._writers.clear()
        self._sockets.clear()
        await asyncio.sleep(0)  # what was cut is closed in the loop's next round

    async def _push(self, frame: dict[str, Any]) -> None:
        data = _text_frame(json.dumps(frame))
        for writer in list(self._sockets):
            writer.write(data)

    async def _close(self, code: int) -> None:
        for writer in list(self._sockets):
            writer.write(_frame(0x8, struct.pack("!H", code)))
            with contextlib.suppress(ConnectionError):
                await writer.drain()
            writer.close()
        self._sockets.clear()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            while await self._serve_one(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        finally:
            self._writers.discard(writer)
            self._sockets.discard(writer)
            writer.close()

    async def _serve_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, target, _ = head[0].split(" ", 2)
        headers = {
            name.lower(): value.strip()
            for name, _, value in (line.partition(":") for line in head[1:] if line)
        }
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        address = urlsplit(target)
        self.calls.append(f"{method} {target}")
        if headers.get("upgrade", "").lower() == "websocket":
            await self._socket(reader, writer, headers)
            return False
        status, kind, content, extra = self._answer(method, address.path, address.query, body)
        lines = [
            f"HTTP/1.1 {status} X",
            f"Content-Type: {kind}",
            f"Content-Length: {len(content)}",
            *([] if "Cache-Control: no-store" in extra else ["Cache-Control: no-cache"]),
            *extra,
        ]
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + content)
        await writer.drain()
        return True

    def _answer(
        self, method: str, path: str, query: str, body: bytes
    ) -> tuple[int, str, bytes, list[str]]:
        routes: dict[str, Callable[[str, bytes], Any]] = {
            "GET /screen/feed": lambda query, body: self._answer_feed(query),
            "POST /screen/pairing/": lambda query, body: self._answer_pairing(),
            "POST /screen/pairing/poll/": lambda query, body: self._answer_poll(),
            "POST /screen/report/": lambda query, body: self._answer_report(body),
        }
        route = routes.get(f"{method} {path}")
        if route:
            status, content = route(query, body)
            return status, "application/json", json.dumps(content).encode(), []
        if path == "/screen/":
            language = parse_qs(query).get("lang", ["nb"])[0]
            page = render_page(build=self.build, language=language, kudos_qr=self._kudos_qr())
            security = [
                f"Content-Security-Policy: {CSP}",
                "Cross-Origin-Opener-Policy: same-origin",
            ]
            return 200, "text/html; charset=utf-8", page.encode(), security
        if path == "/screen/sw.js":
            return self._file("wallboards/sw.js")
        if path.startswith("/screen/photos/"):
            picture = self.pictures.get(path.split("/")[3])
            if picture is None or not self.paired:
                return 404, "text/plain", b"not here", []
            return 200, "image/png", picture, ["Cache-Control: no-store"]
        if path.startswith("/static/"):
            return self._file(path.removeprefix("/static/"))
        return 404, "text/plain", b"not here", []

    def _kudos_qr(self) -> str:
        if not self.with_qr:
            return ""
        return segno.make(f"http://127.0.0.1:{self.port}/kudos/").svg_data_uri(border=0)

    def _file(self, name: str) -> tuple[int, str, bytes, list[str]]:
        for root in STATIC_ROOTS:
            file = root / name
            if ".." not in name and file.is_file():
                kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
                kind = "text/javascript" if name.endswith(".js") else kind
                kind = "font/woff2" if name.endswith(".woff2") else kind
                return 200, kind, file.read_bytes(), []
        return 404, "text/plain", b"not here", []

    def _answer_feed(self, query: str) -> tuple[int, Any]:
        if not self.paired:
            return 401, {"status": 401, "title": "Not paired"}
        if self.feed_status != 200:
            return self.feed_status, {"status": self.feed_status}
        return 200, self._feed(parse_qs(query).get("after", [""])[0])

    def _answer_pairing(self) -> tuple[int, Any]:
        letters = "BCDFGHJKLMNPQRSTVWXZ"
        code = "".join(letters[(self.codes * 7 + at * 3 + 1) % 20] for at in range(8))
        self.codes += 1
        address = f"http://127.0.0.1:{self.port}/pair/?code={code}"
        answer = {
            "code": code,
            "symbol": "🦊",
            "symbol_name": "rev",
            "url": address,
            "qr": segno.make(address).svg_inline(border=0),
            "expires_in": self.code_lives,
            "poll_every": 1,
        }
        return 200, answer

    def _answer_poll(self) -> tuple[int, Any]:
        if self.confirmed:
            self.paired = True
        return 200, {"state": "paired" if self.confirmed else "waiting"}

    def _answer_report(self, body: bytes) -> tuple[int, Any]:
        self.reports.append(json.loads(body))
        return 200, {}

    async def _socket(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, headers: dict[str, str]
    ) -> None:
        key = headers["sec-websocket-key"] + WEBSOCKET_GUID
        accept = base64.b64encode(hashlib.sha1(key.encode()).digest()).decode()
        if not self.socket_open:
            writer.write(b"HTTP/1.1 503 X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            await writer.drain()
            return
        head = (
            "HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Accept: {accept}\r\n\r\n"
        )
        writer.write(head.encode())
        if not self.paired:
            writer.write(_frame(0x8, struct.pack("!H", 4401)))
            await writer.drain()
            return
        if self.beats:
            writer.write(_text_frame(json.dumps(self._beat())))
        self._sockets.add(writer)
        while True:
            first, second = await reader.readexactly(2)
            size = second & 0x7F
            if size == 126:
                (size,) = struct.unpack("!H", await reader.readexactly(2))
            await reader.readexactly(4 + size)
            if first & 0x0F == 0x8:
                writer.write(_frame(0x8, b""))
                return


def _frame(kind: int, data: bytes) -> bytes:
    if len(data) < 126:
        return bytes([0x80 | kind, len(data)]) + data
    return bytes([0x80 | kind, 126]) + struct.pack("!H", len(data)) + data


def _text_frame(text: str) -> bytes:
    return _frame(0x1, text.encode())
