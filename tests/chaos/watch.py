"""What is true, what the platform says of itself, and whether all is well."""

import asyncio
import contextlib
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import httpx
import psycopg

from tests.chaos.clients import Desk, client
from tests.chaos.screens import RealWall, Screen
from tests.chaos.stage import Stage

LOOK_EVERY_S = 0.5
# A card this old must be on every screen: two seconds of watching the database while Valkey is away,
# two of spreading, and a second and a half until the real wall has written down what it shows.
CARD_AGE_S = 6
# The whole state of a screen; what is older was seen and may or may not still be there.
STATE_CARDS = 60
SAVED_CARDS = 40
# How long after a service is back or gone /readyz may still say otherwise.
READY_LAG_S = 5.0


@dataclass(frozen=True)
class Sample:
    began: float
    ended: float
    database: bool
    valkey: bool


@dataclass(frozen=True)
class Said:
    began: float
    ended: float
    status: int
    state: dict[str, Any]


class Watch:
    """Looks at pages, ``/readyz`` and the services themselves, twice a second."""

    def __init__(self, stage: Stage, desk: Desk, reader: httpx.AsyncClient) -> None:
        self.stage = stage
        self.desk = desk
        self.reader = reader
        self.samples: list[Sample] = []
        self.said: list[Said] = []
        self.pages_ok_since = 0.0
        self._number = 0

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._sample())
            group.create_task(self._ask_readyz())
            group.create_task(self._open_pages())
            group.create_task(self._open_unbreakable())

    async def _sample(self) -> None:
        while True:
            began = time.monotonic()
            database = await asyncio.to_thread(self.stage.has_database)
            valkey = await asyncio.to_thread(self.stage.has_valkey)
            self.samples.append(Sample(began, time.monotonic(), database, valkey))
            await asyncio.sleep(LOOK_EVERY_S)

    async def _ask_readyz(self) -> None:
        while True:
            began = time.monotonic()
            async with client(self.stage) as machine:
                answer = await self.desk.ask(machine, "GET", "/readyz")
            if answer is not None:
                with contextlib.suppress(ValueError):
                    said = Said(began, time.monotonic(), answer.status_code, answer.json())
                    self.said.append(said)
            await asyncio.sleep(LOOK_EVERY_S)

    async def _open_pages(self) -> None:
        pages = ("/", "/kudos/", "/people/", "/accounts/login/")
        while True:
            self._number += 1
            page = pages[self._number % len(pages)]
            answer = await self.desk.ask(self.reader, "GET", page)
            if answer is None or answer.status_code >= 400:
                self.pages_ok_since = 0.0
            elif not self.pages_ok_since:
                self.pages_ok_since = time.monotonic()
            await asyncio.sleep(LOOK_EVERY_S)

    async def _open_unbreakable(self) -> None:
        """What needs nothing but a web process: the page of a screen, and the sign of life."""
        async with client(self.stage) as stranger:
            while True:
                for page in ("/screen/", "/healthz", "/offline/"):
                    answer = await self.desk.ask(stranger, "GET", page)
                    if answer is not None and answer.status_code != 200:
                        self.desk.page.wrong.append(f"{answer.status_code}: GET {page}")
                    await asyncio.sleep(LOOK_EVERY_S)

    def unlike_truth(self) -> tuple[int, list[str]]:
        """How many answers of ``/readyz`` could be judged, and those that were wrong."""
        judged, wrong = 0, []
        for said in self.said:
            around = [
                sample
                for sample in self.samples
                if sample.ended > said.began - READY_LAG_S and sample.began < said.ended + 1
            ]
            for name, column in (("database", "database"), ("valkey", "valkey")):
                truths = {getattr(sample, column) for sample in around}
                if len(truths) != 1 or not around:
                    continue  # it changed at about that time
                judged += 1
                is_up = truths == {True}
                says_up = said.state.get(name) == "ok"
                if is_up != says_up:
                    wrong.append(f"/readyz says {name} {said.state.get(name)}, up: {is_up}")
                if name == "database" and (said.status == 200) != is_up:
                    wrong.append(f"/readyz answered {said.status}, database up: {is_up}")
        return judged, wrong


def cards_in_database(stage: Stage, streams: Iterable[int], *, older_than_s: float) -> list[str]:
    """The cards that a wall with these streams may show now, the newest first."""
    return [
        key
        for (key,) in stage.rows(
            "SELECT c.key FROM live_celebration c WHERE c.withdrawn_at IS NULL"
            " AND c.show_until > now() AND c.show_from < now() - make_interval(secs => %s)"
            " AND EXISTS (SELECT 1 FROM live_streamevent e WHERE e.celebration_id = c.id"
            "   AND e.op = 'show' AND e.stream_id = ANY(%s))"
            " ORDER BY c.show_from DESC, c.id DESC",
            [older_than_s, list(streams)],
        )
    ]


def withdrawn(stage: Stage, *, before_s: float) -> set[str]:
    """Cards taken back at least so long ago."""
    rows = stage.rows(
        "SELECT key FROM live_celebration WHERE withdrawn_at < now() - make_interval(secs => %s)",
        [before_s],
    )
    return {key for (key,) in rows}


class Walls:
    """Compares every wall with the database."""

    def __init__(self, stage: Stage, screens: list[Screen], real: RealWall | None) -> None:
        self.stage = stage
        self.screens = screens
        self.real = real

    async def wrong(self, *, age_s: float = CARD_AGE_S) -> list[str]:
        """What is missing, or there and should not be."""
        found = []
        try:
            gone = await asyncio.to_thread(withdrawn, self.stage, before_s=age_s)
            expected = await asyncio.to_thread(self._expected, age_s)
        except psycopg.OperationalError:
            return ["the database is away"]
        if self.real is not None:
            await self.real.look()
        for wall in [*self.screens, *([self.real] if self.real else [])]:
            most = STATE_CARDS if isinstance(wall, Screen) else SAVED_CARDS
            missing = set(expected[wall.board][: most - 15]) - set(wall.cards)
            stale = set(wall.cards) & gone
            if isinstance(wall, Screen) and not wall.is_connected:
                found.append(f"{wall.name} has no socket")
            if missing:
                found.append(f"{wall.name} lacks {len(missing)}")
            if stale:
                found.append(f"{wall.name} shows {len(stale)} withdrawn")
        return found

    async def exactly_wrong(self) -> list[str]:
        """The same when nobody writes any more: each wall against the whole truth."""
        found = await self.wrong(age_s=0)
        for screen in self.screens:
            known = self._known(screen)
            if extra := set(screen.cards) - known:
                found.append(f"{screen.name} shows {len(extra)} that are not in the database")
            newest = self._expected(0)[screen.board][:STATE_CARDS]
            if missing := set(newest) - set(screen.cards):
                found.append(f"{screen.name} lacks {len(missing)} of the newest {STATE_CARDS}")
        return found

    def _expected(self, age_s: float) -> dict[str, list[str]]:
        boards = {screen.board: screen for screen in self.screens}
        return {
            board: cards_in_database(self.stage, map(int, screen.seqs), older_than_s=age_s)
            for board, screen in boards.items()
        }

    def _known(self, screen: Screen) -> set[str]:
        return set(cards_in_database(self.stage, map(int, screen.seqs), older_than_s=0))
