"""Between *closed* and *destroyed*: everything that takes part dies where it does most harm."""

import asyncio
import contextlib
import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg

from benchmarks.browser import Answer, Connection
from engagement.supervisor.postgres import BallotPostgres, Postgres
from surveys.counting.count import count
from surveys.protocol.encoding import canonical
from surveys.protocol.manifest import parse
from tests.chaos.fieldwork import Fieldwork, is_well
from tests.chaos.held import Lock, held, until
from tests.chaos.stage import ROOT, Stage
from tests.journeys.survey_now import environment_of

FETCHING = "LOCK TABLE ballot IN ACCESS EXCLUSIVE MODE"
KEEPING = "LOCK TABLE surveys_count IN SHARE MODE"
KEPT_BY_HALF = "LOCK TABLE surveys_publishedreceipt IN SHARE MODE"
THE_BOX = "SELECT key FROM survey FOR UPDATE"
# What is left of the fieldwork and the clock's round; the box's patience and the counter's round.
TO_CLOSE_S, TO_COUNT_S, TO_PUBLISH_S = 300.0, 180.0, 150.0
PAGE_DATA = re.compile(rb'<script id="page-data" type="application/json">(.*?)</script>', re.S)
# What the clock does in a month.
DESTROY = """
import datetime as dt, os, django
os.environ["DJANGO_SETTINGS_MODULE"] = "engagement.settings"
django.setup()
from engagement import times
from surveys.actions import clock
clock.destroy_ballots(at=times.now() + dt.timedelta(days=31))
"""


@dataclass
class Counting:
    """The rest of the surveys' lives. ``witnesses`` are the sessions of those who hold the key."""

    stage: Stage
    fieldwork: Fieldwork
    sealed: Sequence[str]
    witnessed: str
    private: bytes
    problems: list[str] = field(default_factory=list)
    points: list[tuple[str, str, str]] = field(default_factory=list)

    async def run(self) -> None:
        await self._until_kept()
        await self._witnesses()
        await self._destruction()

    # --- The points --------------------------------------------------------------------------------

    async def _closing(self) -> None:
        await until(lambda: self._many("closed_at") > 0, "no survey closed", longest_s=TO_CLOSE_S)
        self._kill("closed", "worker", "beat", "counter")
        await until(self._all("closed_at"), "not all closed", longest_s=TO_CLOSE_S)

    async def _until_kept(self) -> None:
        # Each lock is taken before the one in front of it is let go: nothing slips through.
        async with held(self._main(KEEPING)) as keeping:
            async with held(self._box(FETCHING)) as fetching:
                await self._closing()
                await fetching.until_run_into()
                self._kill("ballots are fetched", "ballots", "ballot-postgres", "counter")
            await keeping.until_run_into()
            self._kill("counted, not kept", "counter")
            half = self._main(KEPT_BY_HALF)
            await asyncio.to_thread(half.take)
        async with contextlib.AsyncExitStack() as stack:
            stack.callback(half.let_go)
            await half.until_run_into()
            publishing = await stack.enter_async_context(held(self._box(THE_BOX)))
            self._kill("kept by half", "counter", "postgres")
            await until(lambda: self._many("counted_at") > 0, "none counted", longest_s=TO_COUNT_S)
            self._kill("kept, its key still there", "counter")
            await publishing.until_run_into()
            self._kill("receipts on their way", "worker", "ballots")
        await until(self._all("counted_at", self.sealed), "not counted", longest_s=TO_COUNT_S)
        await until(lambda: not list(self._keys()), "keys are left", longest_s=TO_COUNT_S)

    async def _witnesses(self) -> None:
        await until_well(self.stage)
        both = [_Witness(self.stage, self.fieldwork, self.witnessed, role) for role in _HOLDERS]
        result = await both[0].count(self.private)
        other = await both[1].count(self.private)
        await both[0].send_half(result)
        if self._many("counted_at", [self.witnessed]):
            self.problems.append("half a count was taken")
        async with held(self._main(KEEPING)) as keeping:
            sending = [
                asyncio.create_task(one.send(body))
                for one, body in zip(both, (result, other), strict=True)
            ]
            await keeping.until_run_into()
            self._kill("two witnesses hand in", "web", "web-2")
        await asyncio.gather(*sending)
        await both[1].send(other)
        await until(self._is_told, "receipts were not published", longest_s=TO_PUBLISH_S)

    async def _destruction(self) -> None:
        await until_well(self.stage)
        async with held(self._box(THE_BOX)) as lock:
            month = self._in_a_month()
            await lock.until_run_into()
            month.kill()
            month.wait()
            self.points.append(("ballots are destroyed", "whoever asked for it", "—"))
        month = self._in_a_month()
        if await asyncio.to_thread(month.wait):
            self.problems.append("the ballots could not be destroyed")

    def _in_a_month(self) -> subprocess.Popen[bytes]:
        environment = environment_of(self.stage.children()["worker"])
        return subprocess.Popen([sys.executable, "-c", DESTROY], cwd=ROOT, env=environment)

    def _kill(self, point: str, *names: str) -> None:
        """Each dies at this point, the key of what is not counted still there."""
        for name in names:
            self.stage.kill(name, signal.SIGKILL)
        state = self._keys_problem()
        self.points.append((point, ", ".join(names), state or "there"))
        print(f"  {' · '.join(self.points[-1])}", flush=True)
        if state:
            self.problems.append(f"{point}: {state}")

    # --- What is so --------------------------------------------------------------------------------

    def _main(self, statement: str) -> Lock:
        return Lock(Postgres(self.stage.data).url, statement)

    def _box(self, statement: str) -> Lock:
        return Lock(BallotPostgres(self.stage.data).url, statement)

    def _times(self, column: str) -> dict[str, Any]:
        return dict(self.stage.rows(f"SELECT key, {column} FROM surveys_survey"))

    def _many(self, column: str, surveys: Sequence[str] = ()) -> int:
        found = self._times(column)
        return sum(found[key] is not None for key in surveys or found)

    def _all(self, column: str, surveys: Sequence[str] = ()) -> Callable[[], bool]:
        wanted = surveys or [*self.sealed, self.witnessed]
        return lambda: self._many(column, wanted) == len(wanted)

    def _is_told(self) -> bool:
        found = self.stage.rows("SELECT is_told FROM surveys_count")
        return len(found) == len(self.sealed) + 1 and all(told for (told,) in found)

    def _keys(self) -> set[str]:
        return {path.stem for path in (self.stage.data / "counting-keys").glob("*.key")}

    def _keys_problem(self) -> str:
        """Looked at in this order, nothing that happens meanwhile can be mistaken for a loss."""
        keys = self._keys()
        try:
            counted = self._times("counted_at")
        except psycopg.OperationalError:
            return ""  # just killed: nobody can destroy anything either
        lost = [key for key in self.sealed if counted[key] is None and key not in keys]
        return f"{len(lost)} keys went before the result was kept" if lost else ""


async def until_well(stage: Stage) -> None:
    deadline = time.monotonic() + 60
    while not await is_well(stage) and time.monotonic() < deadline:
        await asyncio.sleep(0.2)


_HOLDERS = ("safety_delegate", "union_representative")


class _Witness:
    """One of two who hold the key: their browser counts and hands in, and tries again when cut off."""

    def __init__(self, stage: Stage, fieldwork: Fieldwork, survey: str, role: str) -> None:
        self.survey, self.manifest = survey, fieldwork.manifests[survey]
        self.port = stage.port
        asked = fieldwork.electorate
        [(person,)] = stage.rows(
            "SELECT p.key FROM people_person p JOIN people_roleassignment r ON r.person_id = p.id"
            " WHERE r.role = %s ORDER BY r.id LIMIT 1",
            [role],
        )
        self.cookie = f"{asked.session_cookie}={asked.sessions[person]}"
        self.csrf_cookie = asked.csrf_cookie
        self.token = ""

    async def count(self, private: bytes) -> bytes:
        """The result as it is handed in."""
        page = await self._insist("GET")
        self.token = page.cookies[self.csrf_cookie]
        found = PAGE_DATA.search(page.body)
        assert found, page.body[-2000:]
        data = json.loads(found[1])
        permission = {"Authorization": f"Bearer {data['capability']}"}
        box = Connection("localhost", self.port + 1)
        bundle = await box.ask("GET", f"/surveys/{self.survey}/bundle", permission)
        box.close()
        result = count(parse(self.manifest), bundle.body, private, collected=data["collected"])
        return canonical(result)

    async def send(self, body: bytes) -> None:
        """Until it is taken."""
        await self._insist("POST", body)

    async def _insist(self, method: str, body: bytes = b"") -> Answer:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError, EOFError):
                answer = await self._ask(method, body)
                if answer.status == 200:
                    return answer
                assert answer.status == 503, f"{answer.status}: {answer.body[:300]!r}"
            await asyncio.sleep(0.5)
        raise AssertionError("the witness's page did not answer in a minute")

    async def send_half(self, body: bytes) -> None:
        """The connection breaks in the middle."""
        _reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        lines = [f"POST {self._path} HTTP/1.1", f"Host: 127.0.0.1:{self.port}"]
        lines += [f"{name}: {value}" for name, value in self._headers.items()]
        lines += [f"Content-Length: {len(body)}", "", ""]
        writer.write("\r\n".join(lines).encode() + body[: len(body) // 2])
        await writer.drain()
        await asyncio.sleep(1)
        writer.close()
        await asyncio.sleep(1)

    @property
    def _path(self) -> str:
        return f"/surveys/{self.survey}/count/"

    @property
    def _headers(self) -> dict[str, str]:
        return {
            "Cookie": f"{self.cookie}; {self.csrf_cookie}={self.token}",
            "X-CSRFToken": self.token,
            "Content-Type": "application/json",
            "Origin": f"http://127.0.0.1:{self.port}",
        }

    async def _ask(self, method: str, body: bytes = b"") -> Answer:
        connection = Connection("127.0.0.1", self.port)
        headers = self._headers if self.token else {"Cookie": self.cookie}
        try:
            return await connection.ask(method, self._path, headers, body)
        finally:
            connection.close()
