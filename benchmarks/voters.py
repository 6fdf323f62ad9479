"""Scripted people who answer a survey over HTTP, request for request as their browsers would."""

import asyncio
import random
import re
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from benchmarks.browser import Answer, Connection
from surveys.protocol.blind import Refused
from surveys.protocol.client import Prepared, finish, prepare_ballot
from surveys.protocol.encoding import b64, canonical, strict_json, unb64
from surveys.protocol.manifest import Manifest, parse
from surveys.protocol.sheet import Remark, Sheet

STATIC = re.compile(rb'(?:<link[^>]*?href|<script[^>]*?src)="(/static/[^"]+)"')
TOKEN = re.compile(rb'name="csrfmiddlewaretoken" value="([^"]+)"')
JSON = {"Content-Type": "application/json"}
# What somebody reads of the page that invites before they begin, and of the questions; in seconds.
READING, ANSWERING = (0.5, 8.0), (2.0, 25.0)
LONGEST_STAY_S = 40.0


class WentWrong(Exception):
    """An answer that nobody should have got."""


@dataclass(frozen=True)
class House:
    """Where both origins are, and what their cookies are called."""

    survey: str
    port: int
    session_cookie: str
    csrf_cookie: str

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@dataclass
class Book:
    """What all voters met: milliseconds by step, errors, receipts of ballots that were taken."""

    took: dict[str, list[float]] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    receipts: list[str] = field(default_factory=list)


@dataclass
class Voter:
    """One person with a browser of their own. ``prepared``: their ballot, sealed and blinded."""

    house: House
    session: str
    prepared: Prepared
    manifest: bytes
    book: Book

    def __post_init__(self) -> None:
        # Requests with and without cookies never share a connection.
        self._pages = Connection("127.0.0.1", self.house.port)
        self._fetches = Connection("127.0.0.1", self.house.port)
        self._box = Connection("localhost", self.house.port + 1)

    async def vote(self, *, arrives_in: float, pace: random.Random, hurry: float = 1.0) -> None:
        """Comes, reads, answers, hands in. What goes wrong is in the book."""
        await asyncio.sleep(arrives_in)
        try:
            await self._read_invitation()
            await asyncio.sleep(pace.uniform(*READING) * hurry)
            ticket = await self._start()
            await self._open_ballot_page()
            await asyncio.sleep(pace.uniform(*ANSWERING) * hurry)
            await self.cast(await self.have_signed(ticket))
            self.book.receipts.append(self.prepared.receipt)
        except (WentWrong, Refused, OSError, EOFError, ValueError, KeyError) as error:
            self.book.errors.append(f"{type(error).__name__}: {error}")
        finally:
            self._leave()

    async def fetch_ticket(self) -> str:
        """The ticket alone: from the survey's page and its button."""
        await self._read_invitation()
        ticket = await self._start()
        self._leave()
        return ticket

    def _leave(self) -> None:
        for connection in (self._pages, self._fetches, self._box):
            connection.close()

    @property
    def _path(self) -> str:
        return f"/surveys/{self.house.survey}/"

    async def _step(
        self,
        name: str,
        expected: int,
        connection: Connection,
        method: str,
        path: str,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
    ) -> Answer:
        began = time.perf_counter()
        answer = await connection.ask(method, path, headers, body)
        self.book.took.setdefault(name, []).append(1000 * (time.perf_counter() - began))
        if answer.status != expected:
            raise WentWrong(f"{name}: {answer.status} {answer.body[:200]!r}")
        return answer

    async def _read_invitation(self) -> None:
        cookie = {"Cookie": f"{self.house.session_cookie}={self.session}"}
        page = await self._step("survey's page", 200, self._pages, "GET", self._path, cookie)
        csrf = page.cookies[self.house.csrf_cookie]
        self._cookies = {"Cookie": f"{cookie['Cookie']}; {self.house.csrf_cookie}={csrf}"}
        self._token = TOKEN.findall(page.body)[-1]
        for path in dict.fromkeys(STATIC.findall(page.body)):
            await self._step("a style or script", 200, self._pages, "GET", path.decode())

    async def _start(self) -> str:
        """The ticket."""
        headers = {
            **self._cookies,
            "Content-Type": "application/x-www-form-urlencoded",
            "Origin": self.house.url,
        }
        body = b"csrfmiddlewaretoken=" + self._token
        answer = await self._step(
            "start: the ticket", 302, self._pages, "POST", f"{self._path}start", headers, body
        )
        said = parse_qs(urlsplit(answer.headers["location"]).fragment)
        if "t" not in said or said["c"] != [self.prepared.cell]:
            raise WentWrong(f"no ticket for {self.prepared.cell}: {answer.headers['location']}")
        return said["t"][0]

    async def _open_ballot_page(self) -> None:
        await self._step("ballot page", 200, self._box, "GET", self._path)
        path = f"{self._path}manifest.json"
        manifests = await asyncio.gather(
            self._step("manifest, from us", 200, self._fetches, "GET", path, self._from_the_box),
            self._step("manifest, from the box", 200, self._box, "GET", path),
        )
        if {one.body for one in manifests} != {self.manifest}:
            raise WentWrong("the manifests differ")

    @property
    def _from_the_box(self) -> dict[str, str]:
        return {"Origin": f"http://localhost:{self.house.port + 1}"}

    async def have_signed(self, ticket: str) -> dict[str, str]:
        """The ballot as it is cast."""
        path = f"{self._path}issue"
        asked = {**self._from_the_box, "Access-Control-Request-Method": "POST"}
        await self._step("issue: the preflight", 204, self._fetches, "OPTIONS", path, asked)
        answer = await self.ask_to_sign(ticket, self.prepared)
        return finish(self.prepared, unb64(strict_json(answer.body)["signature"]))

    async def ask_to_sign(self, ticket: str, prepared: Prepared, *, expected: int = 200) -> Answer:
        body = canonical({"ticket": ticket, "blinded": b64(prepared.blinded)})
        headers = {**self._from_the_box, **JSON}
        return await self._step(
            "issue: the signature",
            expected,
            self._fetches,
            "POST",
            f"{self._path}issue",
            headers,
            body,
        )

    async def cast(self, ballot: dict[str, str]) -> None:
        await self._step(
            "cast", 204, self._box, "POST", f"{self._path}cast", JSON, canonical(ballot)
        )


# --- What people know before they come ----------------------------------------------------------


def sheet_of(manifest: Manifest, dice: random.Random) -> Sheet:
    """Answers to nearly everything, and now and then a remark."""
    answers, comments = {}, {}
    for item in manifest.items.values():
        if item.kind == "scale" and dice.random() < 0.97:
            answers[item.key] = dice.choice(item.points)
        elif item.kind == "text" and dice.random() < 0.3:
            comments[item.key] = Remark("Mer tid til kundene. " * 5, "team")
    return Sheet(answers, comments)


def _prepare(data: bytes, cells: Sequence[str], seed: int) -> list[tuple[Prepared, Sheet]]:
    manifest, dice = parse(data), random.Random(seed)
    made = []
    for cell in cells:
        sheet = sheet_of(manifest, dice)
        made.append((prepare_ballot(manifest, cell, sheet), sheet))
    return made


def prepare_all(manifest: bytes, cells: Sequence[str]) -> list[tuple[Prepared, Sheet]]:
    """Sealed and blinded ballots, one for each of ``cells``, made on all cores before anybody comes.

    In life that is the work of 3 400 computers, not of the one that serves them.
    """
    parts = [cells[start : start + 100] for start in range(0, len(cells), 100)]
    with ProcessPoolExecutor() as pool:
        made = pool.map(_prepare, [manifest] * len(parts), parts, range(len(parts)))
        return [one for part in made for one in part]


def wrong_numbers(
    manifest: Manifest, sheets: Sequence[Sheet], told: Mapping[str, Sequence[int]]
) -> list[str]:
    """Where the numbers of the whole, by item, are not those of ``sheets``.

    Up to k - 1 answers are missing rightly: those in cells where fewer than k answered the item.
    """
    wrong = []
    for item in manifest.items.values():
        counts = [
            sum(one.answers.get(item.key) == point for one in sheets) for point in item.points
        ]
        gaps = [mine - kept for mine, kept in zip(counts, told.get(item.key, []), strict=False)]
        if counts and (min(gaps, default=-1) < 0 or sum(gaps) >= manifest.k):
            wrong.append(f"{item.key}: {counts} answered, {told.get(item.key)} told")
    return wrong
