"""Screens without a screen: they follow the protocol the way ``link.js`` does, with its patience."""

import asyncio
import json
import random
import re
import time
from collections import Counter
from typing import Any

import httpx
from playwright.async_api import Error as PageError
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidHandshake, WebSocketException

from tests.chaos.clients import Desk, client, expect, form
from tests.chaos.stage import Stage

REMEMBERED = (
    "() => ['state', 'error'].map((key) => JSON.parse(localStorage.getItem('vaffel.' + key)))"
)
DEAD_AFTER_S = 50.0
POLL_AFTER_S = (40.0, 52.0)
SPREAD_OVER_S = 2.0


async def confirm(stage: Stage, desk: Desk, keeper: httpx.AsyncClient, code: str, name: str, board: str) -> None:  # fmt: skip
    """What the keeper does at ``/pair/``."""
    [(key,)] = stage.rows("SELECT key FROM wallboards_board WHERE name = %s", [board])
    fields = form(keeper, code=code, name=name, board=key)
    answer = await desk.ask(keeper, "POST", "/pair/", data=fields)
    expect(answer, 302)


class Screen:
    """One paired screen: what it shows, and how often each card came up."""

    def __init__(self, stage: Stage, desk: Desk, *, name: str, board: str) -> None:
        self.stage = stage
        self.desk = desk
        self.name = name
        self.board = board
        self.cards: dict[str, dict[str, Any]] = {}
        self.gone: set[str] = set()
        self.seqs: dict[str, int] = {}
        self.cursor = ""
        # When the feed's last answer was written, in milliseconds.
        self.answered_at = 0
        self.version: int | None = None
        self.shown: Counter[str] = Counter()
        self.closes: Counter[int] = Counter()
        self.problems: list[str] = []
        self.is_connected = False
        self.has_network = True
        self._dice = random.Random(name)
        self._is_pulling = False
        self._again: bool | None = None
        self._waiting: list[dict[str, Any]] = []
        self._failures = 0
        self._tries = 0
        self._beat_at = self._heard_at = time.monotonic()
        self._poll_at = 0.0
        self._patience = 0.0
        self._socket: ClientConnection | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def pair(self, keeper: httpx.AsyncClient) -> None:
        self.http = client(self.stage, {"Accept": "application/json"})
        answer = expect(await self.desk.ask(self.http, "POST", "/screen/pairing/"), 200)
        await confirm(self.stage, self.desk, keeper, answer.json()["code"], self.name, self.board)
        answer = expect(await self.desk.ask(self.http, "POST", "/screen/pairing/poll/"), 200)
        assert answer.json() == {"state": "paired"}

    async def run(self) -> None:
        """Until cancelled."""
        self._beaten()
        self._pull_soon(whole=True)
        self._spawn(self._poll_forever())
        try:
            while True:
                await self._listen()
                self.is_connected = False
                most = min(30.0, 4.0 * 2 ** min(self._tries, 6))
                self._tries += 1
                wait = self._dice.uniform(1.0, most)
                if self.closes_with == 1013:
                    wait = max(wait, self._dice.uniform(4.0, 12.0))
                await asyncio.sleep(wait)
        finally:
            for task in self._tasks:
                task.cancel()
            await self.http.aclose()

    async def cut(self) -> None:
        """The network is gone: the socket does not even close."""
        self.has_network = False
        if self._socket is not None:
            self._socket.transport.abort()

    def mend(self) -> None:
        self.has_network = True

    # --- The socket ------------------------------------------------------------------------------

    async def _listen(self) -> None:
        self.closes_with = 0
        if not self.has_network:
            return
        cookie = f"vaffel_screen={self.http.cookies['vaffel_screen']}"
        try:
            async with connect(
                self.stage.url.replace("http", "ws", 1) + "/ws/screen/",
                origin=self.stage.url,
                additional_headers={"Cookie": cookie},
                compression=None,
                ping_interval=None,
                open_timeout=20,
                close_timeout=1,
            ) as self._socket:
                while True:
                    async with asyncio.timeout(DEAD_AFTER_S):
                        self._frame(json.loads(await self._socket.recv()))
        except (WebSocketException, InvalidHandshake, OSError, TimeoutError) as error:
            self.closes_with = getattr(getattr(error, "rcvd", None), "code", 1006)
            self.closes[self.closes_with] += 1
            if self.closes_with in (4401, 4403, 4409, 4410, 4429):
                self.problems.append(f"socket closed with {self.closes_with}")
        finally:
            self._socket = None

    def _frame(self, frame: dict[str, Any]) -> None:
        self._tries = 0
        self.is_connected = True
        if frame["t"] == "beat":
            self._beaten()
            self._compare(frame)
        elif frame["t"] == "card":
            self._event(frame)

    def _beaten(self) -> None:
        self._beat_at = time.monotonic()
        self._patience = self._dice.uniform(*POLL_AFTER_S)

    def _compare(self, beat: dict[str, Any]) -> None:
        if self._is_pulling:
            return
        seqs = beat["seqs"]
        is_ahead = any(self.seqs.get(stream, 0) > seq for stream, seq in seqs.items())
        if not self.cursor or beat["board"] != self.version:
            self._pull_soon(whole=True)
        elif is_ahead and beat["as_of"] > self.answered_at:
            self.problems.append(f"the server went back in time: {self.seqs} → {seqs}")
            self._pull_soon(whole=True)
        elif not is_ahead and self._lacks(seqs):
            self._spawn(self._fill_gap(seqs))

    def _lacks(self, seqs: dict[str, int]) -> bool:
        return any(self.seqs.get(stream, -1) < seq for stream, seq in seqs.items())

    async def _fill_gap(self, seqs: dict[str, int]) -> None:
        await asyncio.sleep(self._dice.uniform(0, SPREAD_OVER_S))
        if not self._is_pulling and self._lacks(seqs):
            self._pull_soon(whole=False)

    def _event(self, event: dict[str, Any]) -> None:
        if event["op"] == "withdraw":
            self._withdraw(event["id"])
        if self._is_pulling:
            self._waiting.append(event)
            return
        stream = str(event["stream"])
        last = self.seqs.get(stream)
        if last is None or event["seq"] > last + 1:
            self._pull_soon(whole=False)
        elif event["seq"] == last + 1:
            self._perform(event)
            self.seqs[stream] = event["seq"]

    # --- The feed --------------------------------------------------------------------------------

    def _pull_soon(self, *, whole: bool) -> None:
        if self._is_pulling:
            self._again = whole or bool(self._again)
            return
        self._is_pulling = True
        self._spawn(self._pull(whole))

    async def _pull(self, whole: bool) -> None:
        try:
            if self.has_network and await self._pages(whole):
                self._failures = 0
            else:
                self._failures += 1
                most = min(120.0, 5.0 * 2 ** min(self._failures, 6))
                self._poll_at = time.monotonic() + self._dice.uniform(2.0, most)
                if not self.cursor:
                    self._patience = 0.0
                self._again = None
        finally:
            self._is_pulling = False
        waiting, self._waiting = self._waiting, []
        for event in waiting:
            self._event(event)
        if self._again is not None and not self._is_pulling:
            again, self._again = self._again, None
            self._pull_soon(whole=again)

    async def _pages(self, whole: bool) -> bool:
        after = "" if whole else self.cursor
        while True:
            params = {"after": after} if after else {}
            answer = await self.desk.ask(self.http, "GET", "/screen/feed", params=params)
            if answer is None:
                return False
            if answer.status_code != 200:
                if answer.status_code < 500:
                    self.problems.append(f"feed: {answer.status_code}")
                return False
            self._apply(answer.json())
            if not answer.json()["more"]:
                return True
            after = self.cursor

    def _apply(self, feed: dict[str, Any]) -> None:
        if feed["whole"]:
            kept = {event["card"]["id"] for event in feed["events"]}
            self.cards = {key: card for key, card in self.cards.items() if key in kept}
        for event in feed["events"]:
            self._perform(event)
        self.seqs = {str(stream): seq for stream, seq in feed["seqs"].items()}
        self.cursor = feed["cursor"]
        self.answered_at = feed["now"]
        self.version = feed["board"]["version"]

    async def _poll_forever(self) -> None:
        while True:
            await asyncio.sleep(1)
            now = time.monotonic()
            if now - self._beat_at > self._patience and now >= self._poll_at:
                self._poll_at = now + self._dice.uniform(20, 35)
                self._pull_soon(whole=False)

    # --- The cards -------------------------------------------------------------------------------

    def _perform(self, event: dict[str, Any]) -> None:
        if event["op"] == "withdraw":
            self._withdraw(event["id"])
            return
        card = event["card"]
        if card["id"] in self.gone or card["id"] in self.cards:
            return
        self.cards[card["id"]] = card
        self.shown[card["id"]] += 1

    def _withdraw(self, key: str) -> None:
        self.gone.add(key)
        self.cards.pop(key, None)

    def _spawn(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


class RealWall:
    """A wall in a real Chromium, told through its own page."""

    def __init__(self, page: Any, *, board: str) -> None:
        self.page = page
        self.name = "Chromium"
        self.board = board
        self.problems: list[str] = []
        self.cards: set[str] = set()
        page.on("pageerror", lambda error: self.problems.append(f"page error: {error}"))

    async def pair(self, stage: Stage, desk: Desk, keeper: httpx.AsyncClient) -> None:
        await self.page.goto(f"{stage.url}/screen/")
        code = self.page.get_by_test_id("pair-code")
        for _ in range(100):
            letters = re.sub(r"\s", "", await code.inner_text())
            if re.fullmatch(r"[B-Z]{8}", letters):
                break
            await asyncio.sleep(0.1)
        await confirm(stage, desk, keeper, letters, self.name, self.board)
        await code.wait_for(state="hidden", timeout=15_000)

    async def look(self) -> None:
        """Reads what it remembers; it writes that down a second and a half after a change."""
        try:
            saved, error = await self.page.evaluate(REMEMBERED)
        except PageError:  # it loads itself anew, after a new build for example
            self.cards = set()
            return
        self.cards = {card["id"] for card in saved["cards"]} if saved else set()
        if error and f"wall: {error}" not in self.problems:
            self.problems.append(f"wall: {error}")

    async def doubles(self) -> list[str]:
        """Texts that stand on the stage twice."""
        cards = self.page.get_by_test_id("wall-card").filter(visible=True)
        texts = [
            found.group()
            for text in await cards.all_inner_texts()
            if (found := re.search(r"Kaos \w+ \d+", text))
        ]
        return [text for text, count in Counter(texts).items() if count > 1]
