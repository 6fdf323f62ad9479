"""People answer several surveys at once while every process of the platform is killed in turn."""

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import httpx

from benchmarks.electorate import Electorate
from benchmarks.voters import House, prepare_all
from tests.chaos.stage import Stage
from tests.chaos.voters import Crowd, StubbornVoter, Tally

CALM_S = 3.0
BREATH_S = 4.0  # how long voters work on after each recovery, before the next fault
ROULETTE = ("web", "web-2", "ballots", "postgres", "ballot-postgres")


@dataclass
class Fault:
    """One line of the table."""

    name: str
    recovered_s: float
    most_s: float
    tally: Tally

    @property
    def problems(self) -> list[str]:
        if self.recovered_s <= self.most_s:
            return []
        return [f"{self.name}: well after {self.recovered_s:.1f} s, not {self.most_s:.0f}"]

    def cells(self) -> list[str]:
        told = self.tally
        numbers = (told.cast, told.again, told.cut, told.away)
        return [
            self.name,
            f"{self.recovered_s:.1f} s",
            *map(str, numbers),
            f"{told.slowest_s:.1f} s",
        ]


HEAD = ["fault while people answer", "well after", "cast", "asked again", "cut", "503", "slowest"]


@dataclass
class Fieldwork:
    """The voters of all surveys, and what is done to the platform meanwhile."""

    stage: Stage
    electorate: Electorate
    lasts_s: float
    crowd: Crowd = field(default_factory=Crowd)
    voters: list[StubbornVoter] = field(default_factory=list)
    manifests: dict[str, bytes] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    async def run(self) -> None:
        await self._call()
        answering = asyncio.gather(
            *(v.answer(arrives_in=self.crowd.dice.uniform(0, self.lasts_s)) for v in self.voters)
        )
        try:
            await self._break_things()
            await answering
        finally:
            answering.cancel()

    def of(self, survey: str) -> list[StubbornVoter]:
        return [voter for voter in self.voters if voter.house.survey == survey]

    async def _call(self) -> None:
        asked = self.electorate
        async with httpx.AsyncClient(base_url=self.stage.url, trust_env=False) as reader:
            for survey, cells in asked.cells.items():
                manifest = (await reader.get(f"/surveys/{survey}/manifest.json")).content
                self.manifests[survey] = manifest
                house = House(survey, self.stage.port, asked.session_cookie, asked.csrf_cookie)
                mine, others = [
                    await asyncio.to_thread(prepare_all, manifest, list(cells.values()))
                    for _ in range(2)
                ]
                for person, ballot, (other, _) in zip(cells, mine, others, strict=True):
                    session = asked.sessions[person]
                    self.voters.append(
                        StubbornVoter(house, session, ballot, other, manifest, self.crowd)
                    )

    async def _break_things(self) -> None:
        await self._fault("nothing", self._nothing, most_s=5)
        await self._fault("both web processes kill -9", self._killer("web", "web-2"), most_s=30)
        await self._fault("ballot box kill -9", self._killer("ballots"), most_s=20)
        await self._fault("PostgreSQL kill -9", self._killer("postgres"), most_s=30)
        await self._fault(
            "the box's PostgreSQL kill -9", self._killer("ballot-postgres"), most_s=30
        )
        await self._fault("Valkey kill -9", self._killer("valkey"), most_s=20)
        others = self._killer("worker", "beat", "counter")
        await self._fault("worker, beat, counter kill -9", others, most_s=20)
        await self._fault("anything, for 15 seconds", self._roulette, most_s=40)
        await self._fault("supervisor kill -9, started", self._restart, most_s=60)

    async def _fault(self, name: str, act: Callable[[], Awaitable[None]], *, most_s: float) -> None:
        self.crowd.tally = Tally()
        await act()
        done = time.monotonic()
        recovered = await self._recovered()
        fault = Fault(name, recovered - done, most_s, self.crowd.tally)
        await asyncio.sleep(BREATH_S)
        self.faults.append(fault)
        print(f"  {' · '.join(fault.cells())}", flush=True)

    async def _recovered(self) -> float:
        """When everything had answered well for a while."""
        last_bad = time.monotonic()
        while time.monotonic() - last_bad < CALM_S:
            if not await is_well(self.stage):
                last_bad = time.monotonic()
            await asyncio.sleep(0.2)
        return last_bad

    async def _nothing(self) -> None:
        await asyncio.sleep(1)

    def _killer(self, *names: str) -> Callable[[], Awaitable[None]]:
        async def kill() -> None:
            for name in names:
                self.stage.kill(name)

        return kill

    async def _roulette(self) -> None:
        ends_at = time.monotonic() + 15
        while time.monotonic() < ends_at:
            self.stage.kill(secrets.choice(ROULETTE))
            await asyncio.sleep(self.crowd.dice.uniform(0.5, 3))

    async def _restart(self) -> None:
        self.stage.kill_supervisor()
        await self.stage.start()


async def is_well(stage: Stage) -> bool:
    """Whether both origins and what stands behind them answer now."""
    async with httpx.AsyncClient(timeout=5, trust_env=False) as client:
        for url in (f"{stage.url}/readyz", f"http://127.0.0.1:{stage.port + 1}/healthz"):
            try:
                answer = await client.get(url, headers={"Host": "localhost"})
            except httpx.TransportError:
                return False
            if answer.status_code != 200 or answer.json()["status"] != "ok":
                return False
    return True
