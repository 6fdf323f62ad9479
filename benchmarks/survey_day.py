"""The day of the annual survey: 3 400 people answer over HTTP in ten minutes, then all is counted.

The whole product as `make start` runs it (one web process, embedded databases that write to disk),
a *Sealed* survey of everybody, and a scripted browser for each person: the page that invites with
its styles and scripts, the ticket, the ballot page, both manifests, the blind signature with the
preflight that browsers send, the ballot. People come at random moments. Any error ends in a
failure, as does a ballot that is lost, double or unknown. Then the clock closes the survey and the
counting process counts; receipts and numbers are compared with what the voters know.

Two things a browser would do are done before: people are signed in (see `benchmarks.electorate`),
and answers are sealed and blinded (`benchmarks.voters.prepare_all`).

Takes ten minutes and what the keys, the closing and the count need: run it by name.
``SURVEY_DAY_SECONDS`` (600), ``SURVEY_DAY_PEOPLE`` (3400) and ``WEB_WORKERS`` (1) make other days.
"""

import asyncio
import json
import os
import random
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import psycopg
import uvloop

from benchmarks import machine
from benchmarks.browser import Connection
from benchmarks.electorate import Electorate, Plan, call_up
from benchmarks.herd import raise_file_limit
from benchmarks.report import Bound, table
from benchmarks.voters import LONGEST_STAY_S, Book, House, Voter, prepare_all, wrong_numbers
from surveys.protocol import merkle
from surveys.protocol.manifest import Manifest, parse
from surveys.protocol.sheet import Sheet
from tests.chaos.stage import Stage
from tests.journeys.survey_now import environment_of

SECONDS = float(os.environ.get("SURVEY_DAY_SECONDS") or 600)
PEOPLE = int(os.environ.get("SURVEY_DAY_PEOPLE") or 3_400)
# Somebody who comes in the last minute has to be through before it closes.
MARGIN_S = 45.0
# The clock's round, the box's patience with the last ballots, the counter's round, and room.
COUNT_WITHIN_S = 20 + 40 + 5 + 120
MOST_MS = 500.0
MOST_COUNT_SECONDS = 10.0


def main() -> list[Bound]:
    """The bounds, after printing the tables."""
    raise_file_limit()
    with tempfile.TemporaryDirectory(prefix="vaffel-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # PostgreSQL may have to run as somebody else
        workers = os.environ.get("WEB_WORKERS") or "1"
        stage = Stage(
            folder, port=machine.free_port(), command="start", environment={"WEB_WORKERS": workers}
        )
        try:
            asyncio.run(stage.start())
            return _Day(stage).run()
        finally:
            stage.stop()


@dataclass(frozen=True)
class _Found:
    """What the product says after the fieldwork."""

    receipts: list[str]
    collected: int


class _Day:
    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        environment = environment_of(stage.children()["web"])
        box = environment_of(stage.children()["ballots"])
        self.ballot_database = box["BALLOT_DATABASE_URL"]
        print(f"Hiring, asking and signing in {PEOPLE} people …", flush=True)
        plan = Plan(
            people=PEOPLE,
            seconds_open=SECONDS + MARGIN_S,
            surveys=[("sealed", None)],
            template="annual",
        )
        self.electorate: Electorate = call_up(plan, environment)
        ((self.survey, cells),) = self.electorate.cells.items()
        self.cells = dict(sorted(cells.items())[:PEOPLE])
        self.house = House(
            self.survey, stage.port, self.electorate.session_cookie, self.electorate.csrf_cookie
        )
        self.book = Book()

    def run(self) -> list[Bound]:
        manifest = asyncio.run(self._fetch("manifest.json", at_the_box=False))
        began = time.perf_counter()
        made = prepare_all(manifest, list(self.cells.values()))
        print(
            f"{len(self.cells)} of {len(self.electorate.sessions)} people asked will answer, in "
            f"{len(set(self.cells.values()))} cells; sealing and blinding for them took "
            f"{time.perf_counter() - began:.0f} s.",
            flush=True,
        )
        voters = [
            Voter(self.house, self.electorate.sessions[person], prepared, manifest, self.book)
            for person, (prepared, _) in zip(self.cells, made, strict=True)
        ]
        spent = _Spent(self.stage)
        began = time.perf_counter()
        uvloop.run(_all_vote(voters))
        took = time.perf_counter() - began
        found = self._found()
        print(f"\nFieldwork of {took:.0f} s\n{self._steps()}\n\n{spent.table(took)}\n", flush=True)
        for error, count in Counter(self.book.errors).most_common(5):
            print(f"{count} × {error}")
        counted, seconds = self._counted()
        sheets = [sheet for prepared, sheet in made if prepared.receipt in set(self.book.receipts)]
        differences = self._differences(found, counted, parse(manifest), sheets)
        print(*differences, sep="\n")
        return self._bounds(took, found, seconds, len(differences))

    async def _fetch(self, name: str, *, at_the_box: bool) -> bytes:
        host, port = ("localhost", 1) if at_the_box else ("127.0.0.1", 0)
        connection = Connection(host, self.stage.port + port)
        answer = await connection.ask("GET", f"/surveys/{self.survey}/{name}")
        connection.close()
        return answer.body if answer.status == 200 else b""

    def _found(self) -> _Found:
        with psycopg.connect(self.ballot_database) as box:
            rows = box.execute("SELECT receipt FROM ballot WHERE survey = %s", [self.survey])
            receipts = [row[0] for row in rows]
        [(collected,)] = self.stage.rows(
            "SELECT count(*) FROM surveys_rollentry r JOIN surveys_survey s ON s.id = r.survey_id"
            " WHERE s.key = %s AND r.is_collected",
            [self.survey],
        )
        return _Found(receipts, collected)

    def _steps(self) -> str:
        rows = []
        for name, took in self.book.took.items():
            cuts = statistics.quantiles(took, n=100)
            numbers = (statistics.median(took), cuts[94], cuts[98], max(took))
            rows.append((name, str(len(took)), *(f"{one:.1f}" for one in numbers)))
        return table(("step", "times", "median ms", "p95", "p99", "slowest"), rows)

    def _counted(self) -> tuple[dict[str, Any], float]:
        """What the box publishes after the count, and how long the counting process counted."""
        [(left,)] = self.stage.rows(
            "SELECT extract(epoch FROM closes_at - now()) FROM surveys_survey WHERE key = %s",
            [self.survey],
        )
        print(f"It closes in {max(0.0, float(left)):.0f} s and is counted then …", flush=True)
        deadline = time.monotonic() + max(0.0, float(left)) + COUNT_WITHIN_S
        published = b""
        while not published and time.monotonic() < deadline:
            time.sleep(1)
            published = asyncio.run(self._fetch("receipts.json", at_the_box=True))
        if not published:
            raise RuntimeError("the survey was not counted in time")
        log = (self.stage.data / "log" / "counter.log").read_text().splitlines()
        said = [json.loads(line) for line in log if '"survey_counted"' in line]
        return json.loads(published), float(said[-1]["seconds"])

    def _differences(
        self, found: _Found, counted: Mapping[str, Any], manifest: Manifest, sheets: Sequence[Sheet]
    ) -> list[str]:
        """Everything in which voters, roll, box and count do not agree."""
        mine, wrong = sorted(self.book.receipts), []
        if sorted(found.receipts) != mine:
            lost = len(set(mine) - set(found.receipts))
            wrong.append(f"{lost} ballots lost, {len(found.receipts)} in the box, {len(mine)} cast")
        if found.collected != len(mine):
            wrong.append(f"{found.collected} collected a ballot, {len(mine)} cast one")
        if counted["receipts"] != mine or counted["root"] != merkle.root(mine):
            wrong.append("the published receipts are not those of the voters")
        rows = self.stage.rows(
            "SELECT i.item_key, i.counts FROM surveys_itemstatistic i"
            " JOIN surveys_groupstatistic g ON g.id = i.group_id WHERE g.kind = 'whole'"
        )
        return [*wrong, *wrong_numbers(manifest, sheets, dict(rows))]

    def _bounds(self, took: float, found: _Found, seconds: float, differing: int) -> list[Bound]:
        slowest = max(statistics.quantiles(one, n=100)[94] for one in self.book.took.values())
        is_rush = SECONDS < 600
        return [
            Bound("voters who were refused or cut off", len(self.book.errors), most=0),
            Bound("ballots taken", len(set(found.receipts)), least=len(self.cells)),
            Bound("voters, roll, box and count: differences", differing, most=0),
            Bound("everybody is through", took, most=SECONDS, unit=" s"),
            *([] if is_rush else [Bound("slowest step, 95 of 100", slowest, most=MOST_MS, unit=" ms")]),
            Bound(f"counting {len(found.receipts)} ballots in the counting process", seconds,
                  most=MOST_COUNT_SECONDS, unit=" s"),
        ]  # fmt: skip


async def _all_vote(voters: Sequence[Voter]) -> None:
    """In less than ten minutes people come as densely, and read faster."""
    dice = random.Random(20261125)
    hurry = min(1.0, SECONDS / 300)
    last = SECONDS - LONGEST_STAY_S * hurry
    await asyncio.gather(
        *(voter.vote(arrives_in=dice.uniform(0, last), pace=dice, hurry=hurry) for voter in voters)
    )


class _Spent:
    """Seconds of processor time, by process of the product, since this was made."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._before = self._now()
        psutil.cpu_percent(interval=None)  # counts from here

    def _now(self) -> dict[str, float]:
        pids = {**self._stage.children(), "supervisor": self._stage.supervisor}
        found = {name: _seconds(pid, deep=name != "supervisor") for name, pid in pids.items()}
        return {**found, "the voters themselves": _seconds(os.getpid(), deep=False)}

    def table(self, took: float) -> str:
        after = self._now()
        spent = {name: after[name] - self._before.get(name, 0.0) for name in after}
        whole = psutil.cpu_percent(interval=None)
        rows = [
            (name, f"{seconds:.1f}", f"{100 * seconds / took:.1f} %")
            for name, seconds in sorted(spent.items(), key=lambda one: -one[1])
            if seconds >= 0.05
        ]
        rows.append(
            ("everything on this machine", "", f"{whole * (psutil.cpu_count() or 1):.0f} %")
        )
        return table(("who", "CPU s", "of one core"), rows)


def _seconds(pid: int, *, deep: bool) -> float:
    """Processor time of a process, of its children and of children that have ended."""
    spent = 0.0
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        for one in [process, *(process.children(recursive=True) if deep else [])]:
            with suppress(psutil.NoSuchProcess):
                times = one.cpu_times()
                spent += times.user + times.system
                spent += times.children_user + times.children_system if deep else 0.0
    return spent
