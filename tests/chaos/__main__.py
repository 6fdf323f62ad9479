"""``python -m tests.chaos [people] [surveys] [mail]``: see the package's docstring."""

import asyncio
import contextlib
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import psycopg
from playwright.async_api import Error as PageError
from playwright.async_api import async_playwright

from benchmarks.machine import free_port
from benchmarks.report import table
from tests.chaos import ledger, mailing, surveys
from tests.chaos.clients import Answers, Desk, Writers, signed_in
from tests.chaos.screens import RealWall, Screen
from tests.chaos.stage import Stage
from tests.chaos.watch import Walls, Watch
from tests.journeys.conftest import FLAGS
from tests.notices.smtp_server import SmtpServer

ENVIRONMENT = {
    "WEB_WORKERS": "2",
    "DEMO_SCALE": "60",
    "DEMO_AUTOPLAY": "0",
    "DEMO_SURVEYS": "0",
    "SHOUTOUT_HOLD_SECONDS": "0",
    # One program writes for many here.
    "API_KUDOS_PER_MINUTE": "6000",
    "API_REQUESTS_PER_MINUTE": "60000",
    "API_BURST": "1000",
}
PER_SECOND = 5.0
BOARDS = ("Team Nordlys", "Hele kundeservice")
SCREENS = 12
CALM_S = 3.0  # well for so long is recovered
LONGEST_S = 60.0
WHOLE_RUN_S = 600.0  # on two idle cores it takes about half of that
# The slowest page while the database is away: the pool's patience and a busy machine.
SLOWEST_S = 8.0
MAIL_AWAY_S = 12.0
SCREEN_AWAY_S = 45.0
# One mail in flight for each process of the worker, each time one of those is killed or loses its
# database: two processes, five times.
WINDOW = 10


@dataclass
class Result:
    """One line of the table."""

    answers: Answers
    recovered_s: float
    last_seen: str
    is_whole: bool
    most_s: float
    slowest_s: float

    @property
    def problems(self) -> list[str]:
        found = [f"{self.answers.name}: {one}" for one in self.answers.wrong]
        if not self.is_whole:
            found.append(f"{self.answers.name}: not well after {LONGEST_S:.0f} s: {self.last_seen}")
        elif self.recovered_s > self.most_s:
            found.append(
                f"{self.answers.name}: well after {self.recovered_s:.1f} s, not {self.most_s:.0f}"
            )
        if self.answers.slowest_s > self.slowest_s:
            found.append(
                f"{self.answers.name}: {self.answers.slowest} took {self.answers.slowest_s:.1f} s"
            )
        return found

    def cells(self) -> list[str]:
        told = self.answers
        return [
            told.name,
            f"{self.recovered_s:.1f} s" if self.is_whole else "never",
            str(told.given),
            str(told.retried),
            str(told.breaks),
            str(told.designed),
            str(len(told.wrong)),
            f"{told.slowest_s:.1f} s",
            self.last_seen,
        ]


class Chaos:
    """The run."""

    def __init__(self, stage: Stage, mail: SmtpServer) -> None:
        self.stage = stage
        self.mail = mail
        self.desk = Desk()
        self.writers = Writers(stage, self.desk, per_second=PER_SECOND)
        self.screens = [
            Screen(stage, self.desk, name=f"Screen {n}", board=BOARDS[n % len(BOARDS)])
            for n in range(1, SCREENS + 1)
        ]
        self.results: list[Result] = []
        self.mail_back_at = 0.0
        self.mail_recovered_s: float | None = None
        self.ends_at = time.monotonic() + WHOLE_RUN_S - 20

    async def run(self) -> list[str]:
        """What fell short."""
        await self.stage.start()
        await self._invite()
        async with self._wall() as real, self._at_work():
            self.real = real
            self.walls = Walls(self.stage, self.screens, real)
            await self._faults()
            return await self._account()

    async def _invite(self) -> None:
        # A wall at night is black, and there would be nothing to look at.
        self.stage.rows(
            "UPDATE wallboards_board SET night_from = NULL, night_to = NULL RETURNING key"
        )
        await self.writers.sign_in()
        self.keeper = await signed_in(self.stage, self.desk, "keeper")
        for screen in self.screens:
            await screen.pair(self.keeper)
        self.watch = Watch(self.stage, self.desk, await signed_in(self.stage, self.desk, "hr"))

    @contextlib.asynccontextmanager
    async def _wall(self) -> AsyncIterator[RealWall]:
        path = shutil.which("chromium") or shutil.which("chromium-browser")
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=path, args=FLAGS)
            page = await browser.new_page(viewport={"width": 1280, "height": 720})
            real = RealWall(page, board=BOARDS[0])
            await real.pair(self.stage, self.desk, self.keeper)
            try:
                yield real
            finally:
                await browser.close()

    @contextlib.asynccontextmanager
    async def _at_work(self) -> AsyncIterator[None]:
        running = [asyncio.create_task(screen.run()) for screen in self.screens]
        running.append(asyncio.create_task(self.watch.run()))
        self.writing = asyncio.create_task(self.writers.run())
        try:
            yield
        finally:
            for task in [*running, self.writing]:
                task.cancel()
            await asyncio.gather(*running, self.writing, return_exceptions=True)

    # --- Faults ----------------------------------------------------------------------------------

    async def _faults(self) -> None:
        # Whatever may interrupt a mail comes first: such a mail waits two minutes for its lease.
        await self._fault("nothing", self._nothing, most_s=10)
        await self._fault("PostgreSQL kill -9, 3 times", self._kill_database, most_s=30)
        await self._fault("PostgreSQL restarted", self._restart_database, most_s=30)
        await self._fault("worker and beat kill -9", self._kill_worker, most_s=30)
        # While it starts, its address is open already and visitors wait for the first page.
        await self._fault(
            "supervisor kill -9, started", self._kill_supervisor, most_s=60, slowest_s=40
        )
        await self._fault("Valkey kill -9", self._kill_valkey, most_s=20)
        await self._fault("one web process kill -9", self._kill_web, most_s=20)
        await self._fault("mail server away", self._mail_away, most_s=10)
        await self._fault("a screen without network", self._screen_away, most_s=40)

    async def _fault(
        self,
        name: str,
        act: Callable[[], Awaitable[None]],
        *,
        most_s: float,
        slowest_s: float = SLOWEST_S,
    ) -> None:
        answers = self.desk.begin(name)
        started = time.monotonic()
        await act()
        done = time.monotonic()
        last_seen, last_bad, is_whole = "", done, False
        while not is_whole and time.monotonic() < done + LONGEST_S:
            await asyncio.sleep(0.25)
            if wrong := await self._wrong(since=started):
                last_seen, last_bad = wrong, time.monotonic()
            is_whole = time.monotonic() - last_bad > CALM_S
        result = Result(answers, last_bad - done, last_seen, is_whole, most_s, slowest_s)
        self.results.append(result)
        print(f"  {' · '.join(result.cells())}", flush=True)

    async def _wrong(self, *, since: float) -> str:
        """The first thing that is not well; nothing when all is."""
        if not self.watch.pages_ok_since:
            return "pages"
        state = self.watch.said[-1].state if self.watch.said else {}
        age = state.get("worker_age_seconds")
        # The age is in whole seconds.
        signed_at = self.watch.said[-1].began - age if age is not None else 0.0
        if state.get("status") != "ok":
            return f"/readyz: {state.get('status')}"
        if signed_at < since + 1:
            return "worker"
        wrong = await self.walls.wrong()
        return wrong[0] + (f" and {len(wrong) - 1} more" if wrong[1:] else "") if wrong else ""

    async def _nothing(self) -> None:
        await asyncio.sleep(1)

    async def _kill_database(self) -> None:
        for _ in range(3):
            while not self.stage.has_database():
                await asyncio.sleep(0.1)
            self.stage.kill("postgres")
            await asyncio.sleep(0.3)
        while not self.stage.has_database():
            await asyncio.sleep(0.1)

    async def _restart_database(self) -> None:
        self.stage.kill("postgres", signal.SIGINT)
        await asyncio.sleep(0.5)
        while not self.stage.has_database():
            await asyncio.sleep(0.1)

    async def _kill_worker(self) -> None:
        self.stage.kill("worker")
        self.stage.kill("beat")

    async def _kill_supervisor(self) -> None:
        self.stage.kill_supervisor()
        await self.stage.start()

    async def _kill_valkey(self) -> None:
        self.stage.kill("valkey")

    async def _kill_web(self) -> None:
        self.stage.kill("web-2")

    async def _mail_away(self) -> None:
        self.mail.stop()
        await asyncio.sleep(MAIL_AWAY_S)
        self.mail.start()
        self.mail_back_at = time.monotonic()
        self.mail_watch = asyncio.create_task(self._see_mail_back())

    async def _see_mail_back(self) -> None:
        took = len(self.mail.mails)
        while len(self.mail.mails) == took:
            await asyncio.sleep(0.2)
        self.mail_recovered_s = time.monotonic() - self.mail_back_at

    async def _screen_away(self) -> None:
        away = self.screens[0]
        await away.cut()
        await asyncio.sleep(SCREEN_AWAY_S)
        away.mend()

    # --- The account -----------------------------------------------------------------------------

    async def _account(self) -> list[str]:
        self.desk.begin("end")
        self.writing.cancel()
        await self.writers.settle()
        wrong = await self._until_whole()
        problems, lines = [*wrong], []
        found, line = ledger.kudos_problems(self.stage, self.writers.given)
        problems += found + self.writers.refused[:5]
        lines.append(line)
        while ledger.mails_waiting(self.stage) and time.monotonic() < self.ends_at:
            await asyncio.sleep(1)
        self.mail_watch.cancel()
        found, line = ledger.mail_problems(self.stage, self.mail, window=WINDOW)
        problems += found
        back = f"{self.mail_recovered_s:.0f} s" if self.mail_recovered_s is not None else "never"
        lines.append(f"{line}; sent again {back} after the mail server was back")
        twice = sum(count > 1 for screen in self.screens for count in screen.shown.values())
        twice += len(await self.real.doubles())
        if twice:
            problems.append(f"{twice} cards were shown twice")
        lines.append(
            f"walls: {len(self.screens)} screens and Chromium, "
            f"{sum(len(screen.shown) for screen in self.screens)} cards shown, {twice} twice, "
            f"{len(wrong)} differences from the database"
        )
        judged, untrue = self.watch.unlike_truth()
        problems += untrue[:5]
        lines.append(f"/readyz: {judged} statements judged, {len(untrue)} untrue")
        for result in self.results:
            problems += result.problems
        for screen in [*self.screens, self.real]:
            problems += [f"{screen.name}: {one}" for one in screen.problems]
        self.report(lines)
        return problems

    def report(self, lines: list[str]) -> None:
        head = ["fault", "well after", "thanked", "sent again", "cut", "503", "other 5xx", "slowest", "last to come back"]  # fmt: skip
        print("\n" + table(head, [result.cells() for result in self.results]) + "\n")
        print(*lines, sep="\n", flush=True)

    async def _until_whole(self) -> list[str]:
        deadline = time.monotonic() + 30
        while (wrong := await self.walls.exactly_wrong()) and time.monotonic() < deadline:
            await asyncio.sleep(0.5)
        return wrong


async def perform(folder: Path) -> list[str]:
    with SmtpServer() as mail:
        port = int(os.environ.get("PORT") or free_port())
        mails = {"EMAIL_URL": f"smtp://127.0.0.1:{mail.port}"}
        stage = Stage(folder, port=port, environment=ENVIRONMENT | mails)
        chaos = Chaos(stage, mail)
        try:
            async with asyncio.timeout(WHOLE_RUN_S):
                return await chaos.run()
        except (TimeoutError, psycopg.Error, PageError, AssertionError) as error:
            chaos.report([])
            return [f"the run itself ended early: {error!r}"]
        finally:
            stage.stop()


PARTS = {"people": perform, "surveys": surveys.perform, "mail": mailing.perform}


def main(wanted: list[str]) -> int:
    if not Path("/proc/self").exists():
        sys.stderr.write("`make chaos` finds processes in /proc and needs Linux.\n")
        return 2
    if unknown := set(wanted) - set(PARTS):
        sys.stderr.write(f"There is no part {min(unknown)}: choose from {', '.join(PARTS)}.\n")
        return 2
    return max([_run(name) for name in wanted or PARTS])


def _run(part: str) -> int:
    """One part in a folder of its own, which is kept when something fell short."""
    above = os.environ.get("DATA_DIR")
    if above:
        Path(above).mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="vaffel-chaos-", dir=above))
    folder.chmod(0o755)  # PostgreSQL may have to run as somebody else
    print(f"== {part}", flush=True)
    started = time.monotonic()
    problems = asyncio.run(PARTS[part](folder))
    print(f"{time.monotonic() - started:.0f} s", flush=True)
    if problems:
        print(*(f"FALLS SHORT {one}" for one in problems), sep="\n")
        print(f"Logs: {folder}")
        return 1
    shutil.rmtree(folder, ignore_errors=True)
    print("Nothing fell short.")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
