"""``python -m tests.chaos mail``: every mail leaves, and none twice but for one window.

It starts `manage.py demo` with a folder of its own, a second worker and a second beat, and a mail
server that does as it is told. All live by a clock that we move: an hour without a mail server is an
hour to the product. Connections are refused for twenty minutes, then taken and left hanging, then
each mail is answered 451; then the server is well. Then who sends a mail is killed over it, at four
moments: one process, or the whole worker. Days go by, digests leave at the start of each shift, and a
survey reminds those who have not answered.

It proves, and ends with 1 where one of these does not hold:

* each notice is told in exactly one mail, alone or in the digest of the reader's next shift, as each
  has chosen; nobody has two digests for a shift, and each tells of all that it stands for;
* none arrives twice but those whose sender was killed when the server had the mail, at most once
  each, with the same Message-ID and the same content (decision 0031);
* while the server is away no mail loses an attempt; while it says 451 they are tried 4 to 9 times in
  twenty minutes; the page on deliveries says how many wait and fail, and *Try all again* sends them;
* of a survey's reminders nothing is left in the database or the logs that says who got one.

Before, its own account is given faults that it must find.
"""

import asyncio
import datetime as dt
import os
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import httpx
import psycopg

from benchmarks.machine import free_port
from benchmarks.report import table
from tests.chaos import mailbook
from tests.chaos.clients import expect, form
from tests.chaos.mailtown import Town
from tests.chaos.senders import TOLD, UNTOLD, WAYS, Executioner, Killing, Senders
from tests.chaos.stage import Stage
from tests.journeys.moved_clock import MovedClock
from tests.notices.smtp_server import OK, SmtpServer

ENVIRONMENT = {
    "WEB_WORKERS": "1",
    "DEMO_SCALE": "60",
    "DEMO_AUTOPLAY": "0",
    "DEMO_SURVEYS": "0",
    "SHOUTOUT_HOLD_SECONDS": "0",
    "API_KUDOS_PER_MINUTE": "6000",
    "API_REQUESTS_PER_MINUTE": "60000",
}
WHOLE_RUN_S = 900.0  # on two idle cores it takes about a fifth of that
A_THIRD = dt.timedelta(minutes=20)
# The server is asked once a minute, and a mail that was killed waits two for its lease.
A_MINUTE, A_LEASE = dt.timedelta(seconds=61), dt.timedelta(seconds=125)
LATER = "451 4.3.2 Come back later"
FEWEST_TRIES, MOST_TRIES = 4, 9
BACKLOG_MOST_S = 30.0
HEAD = ["phase", "time passed", "told", "waiting", "page: due", "page: failing", "gone after", "twice"]  # fmt: skip


@dataclass
class Phase:
    """One line of the table."""

    name: str
    began: dt.datetime
    told: int
    passed: dt.timedelta = dt.timedelta()
    waiting: int = 0
    page_due: str = "–"
    page_failing: str = "–"
    gone_after_s: float | None = None
    twice: int = 0

    def cells(self) -> list[str]:
        gone = "–" if self.gone_after_s is None else f"{self.gone_after_s:.1f} s"
        passed = f"{self.passed.total_seconds() / 60:.0f} min"
        numbers = (self.told, self.waiting, self.page_due, self.page_failing)
        return [self.name, passed, *map(str, numbers), gone, str(self.twice)]


class MailChaos:
    """The run."""

    def __init__(self, town: Town, server: SmtpServer, senders: Senders) -> None:
        self.town, self.server, self.senders = town, server, senders
        self.executioner = Executioner(town.stage, senders, server)
        self.phases: list[Phase] = []
        self.problems: list[str] = []

    async def run(self) -> None:
        await self._phase("all is well", self._calm)
        await self._phase("connections refused", self._refused)
        await self._phase("connections hang", self._hanging)
        await self._phase("each mail answered 451", self._busy)
        await self._phase("well, all tried again", self._well)
        for number, how in enumerate(WAYS * 2):
            await self._kill_over_one(how, is_whole=number < len(WAYS))
        await self._phase("shifts begin, a reminder", self._days)

    async def _phase(self, name: str, act: Callable[[Phase], Awaitable[None]]) -> None:
        told, twice = self.town.told, self._twice()
        phase = Phase(name, self.town.clock.now, told)
        await act(phase)
        phase.told = self.town.told - told
        phase.passed = self.town.clock.now - phase.began
        phase.twice = self._twice() - twice
        self.phases.append(phase)
        print(f"  {' · '.join(phase.cells())}", flush=True)

    def _twice(self) -> int:
        return len(mailbook.Book([], mailbook.arrived(self.server.mails)).twice)

    def _must(self, is_so: bool, otherwise: str) -> None:
        if not is_so:
            self.problems.append(otherwise)

    # --- The hour --------------------------------------------------------------------------------

    async def _calm(self, phase: Phase) -> None:
        await self.town.thank()
        await self._until_gone(phase)

    async def _refused(self, phase: Phase) -> None:
        self.server.stop()
        while self.town.clock.now - phase.began < A_THIRD:
            await self.town.thank()
            for _ in range(7):
                await self.town.pass_time(A_MINUTE)
                await self.town.until(self._was_asked, "the mail server was not asked in a minute")
        page = await self._look(phase)
        self._must('data-testid="mail-outage"' in page, "the page does not tell of the outage")
        self._must(phase.page_due == str(phase.waiting), f"{phase.waiting} wait, the page says {phase.page_due}")  # fmt: skip
        tried = self.town.number(f"{WAITING} AND attempt_count > 0 AND due_at <= %s")
        self._must(tried == 0, f"{tried} mails lost an attempt while connections were refused")

    def _was_asked(self) -> bool:
        [(asked_at,)] = self.town.stage.rows("SELECT max(last_tried_at) FROM notices_outage")
        return asked_at is not None and self.town.clock.now - asked_at < dt.timedelta(seconds=30)

    def _has_no_outage(self) -> bool:
        return self.town.number("SELECT count(*) FROM notices_outage") == 0

    async def _hanging(self, phase: Phase) -> None:
        self.server.hangs_for_s = 60.0
        self.server.hangs_at = "connect"
        self.server.start()
        for hangs_at in ("connect", "MAIL"):
            self.server.hangs_at = hangs_at
            await self.town.thank()
            await self.town.pass_time(A_THIRD / 2)
            await self.town.until(self._was_asked, "the mail server was not asked", longest_s=60)
        self.server.hangs_at = ""
        await self._look(phase)
        told = int(phase.page_due) + int(phase.page_failing)
        self._must(told == phase.waiting, f"{phase.waiting} wait, the page says {told}")

    async def _busy(self, phase: Phase) -> None:
        self.server.on_data = lambda to: LATER
        await self.town.thank()
        await self.town.pass_time(A_MINUTE)
        await self.town.until(self._has_no_outage, "an answer does not end the outage")
        while self.town.clock.now - phase.began < A_THIRD:
            await self.town.pass_time(A_MINUTE / 2)
            await self.town.until(self._nothing_to_try, "due mails were not tried")
        page = await self._look(phase)
        self._must("mail-outage" not in page, "the page tells of an outage, mails were answered")
        failing = self.town.number(f"{WAITING} AND reason <> '' AND due_at <= %s")
        self._must(phase.page_failing == str(failing), f"{failing} fail, the page says {phase.page_failing}")  # fmt: skip
        [(least, most)] = self.town.stage.rows(
            "SELECT min(attempt_count), max(attempt_count) FROM notices_delivery"
            " WHERE reason = 'busy' AND sent_at IS NULL AND created_at < %s",
            [phase.began],
        )
        print(f"    tried {least} to {most} times in twenty minutes", flush=True)
        self._must(least >= FEWEST_TRIES and most <= MOST_TRIES, f"tried {least} to {most} times in 20 minutes")  # fmt: skip
        await self._retry_one(page)

    async def _retry_one(self, page: str) -> None:
        found = re.search(r'action="(/notices/status/(m\w+)/retry/)"', page)
        assert found, "the page offers no retry"
        await self._press(found[1])

        def tried() -> bool:
            query = "SELECT attempt_count, last_error FROM notices_delivery WHERE key = %s"
            return self.town.stage.rows(query, [found[2]]) == [(1, LATER)]

        await self.town.until(tried, "a retry by hand was not tried")

    async def _well(self, phase: Phase) -> None:
        phase.waiting = self.town.waiting()
        self.server.on_data = lambda to: OK
        await self._press("/notices/status/retry/")
        await self._until_gone(phase)
        self._must((phase.gone_after_s or 0) < BACKLOG_MOST_S, f"the backlog took {phase.gone_after_s} s")  # fmt: skip

    def _nothing_to_try(self) -> bool:
        return self.town.number(f"{WAITING} AND next_attempt_at <= %s") == 0

    # --- Killed while sending --------------------------------------------------------------------

    async def _kill_over_one(self, how: str, *, is_whole: bool) -> None:
        async def act(phase: Phase) -> None:
            killing = Killing(how, is_whole)
            self.executioner.order(killing)
            await self.town.thank()
            await self._see_killed(killing, phase)

        await self._phase(f"sender killed, {len(self.executioner.done) + 1}", act)

    async def _see_killed(self, killing: Killing, phase: Phase) -> None:
        await asyncio.to_thread(self.executioner.wait, 60.0)
        self.senders.start()
        await self.town.until(self._is_complete, "there were not two workers and two beats again")
        # All that nobody holds; the mail of the dead waits for its lease.
        await self.town.until(self._nothing_to_try_unheld, "due mails were not sent")
        phase.waiting = self.town.waiting()
        if killing.is_whole:
            held = self.town.held() - {killing.message_id}
            killing.beside = held & {mailbook.message_id_of(one) for one in self.server.mails}
            self._must(len(held) <= 1, f"{len(held) + 1} mails were held by one worker")
        await self.town.pass_time(A_LEASE, is_held=True)
        await self._until_gone(phase)

    def _is_complete(self) -> bool:
        return len(self.senders.workers()) == self.senders.beats() == 2

    def _nothing_to_try_unheld(self) -> bool:
        return self.town.number(f"{WAITING} AND next_attempt_at <= %s AND lease_until IS NULL") == 0

    # --- Days ------------------------------------------------------------------------------------

    async def _days(self, phase: Phase) -> None:
        """Until no digest waits and the first reminder has left; the second may come before that."""
        hows = {"digest": [UNTOLD, TOLD], "reminder": [TOLD]}
        while (coming := self.town.next_moment()) is not None:
            kind, moment = coming
            killing = None
            if hows.get(kind):
                killing = Killing(hows[kind].pop(), is_whole=True, wants=self.town.is_a(kind))
                self.executioner.order(killing)
            if kind == "reminder":
                self._refuse_one_reminder()
            await self.town.move_to(moment + dt.timedelta(seconds=5))
            if killing is not None:
                await self._see_killed(killing, phase)
            if kind == "reminder":
                await self.town.until(self.town.is_reminded, "the reminder did not leave")
            if hows["digest"] and kind == "digest":
                await self.town.thank()
            await self._until_gone(phase)
        await self.town.close_survey()
        await self._until_gone(phase)

    def _refuse_one_reminder(self) -> None:
        """One is answered 451 at first: failing, too, is written down somewhere."""
        refused: list[str] = []

        def answer(to: tuple[str, ...]) -> str:
            if not refused and self.town.reminder_waits():
                refused.extend(to)
                return LATER
            return OK

        self.server.on_data = answer

    # --- Looking ---------------------------------------------------------------------------------

    async def _until_gone(self, phase: Phase) -> None:
        began = time.monotonic()
        while self.town.waiting() and time.monotonic() - began < 60:
            await asyncio.sleep(0.1)
            failing = self.town.number(f"{WAITING} AND next_attempt_at > %s AND reason <> ''")
            if failing and self._nothing_to_try():
                await self.town.pass_time(A_MINUTE)
        phase.gone_after_s = time.monotonic() - began
        self._must(not self.town.waiting(), f"{phase.name}: {self.town.waiting()} mails did not leave")  # fmt: skip

    async def _look(self, phase: Phase) -> str:
        phase.waiting = self.town.waiting()
        answer = expect(await self.town.desk.ask(self.town.hr, "GET", "/notices/status/"), 200)
        found = dict(re.findall(r'data-testid="(\w+)-count">(\d+)<', answer.text))
        phase.page_due, phase.page_failing = found["due"], found["failing"]
        return answer.text

    async def _press(self, address: str) -> None:
        hr = self.town.hr
        expect(await self.town.desk.ask(hr, "POST", address, data=form(hr)), 302)

    # --- The account -----------------------------------------------------------------------------

    def account(self) -> list[str]:
        """Prints it, and returns what fell short."""
        book = self.town.book(self.server, windows=self.executioner.windows())
        copies = book.copies
        print("\n" + table(HEAD, [phase.cells() for phase in self.phases]))
        killed = [
            [str(number), one.how, f"{one.worker}{'' if one.is_whole else ', one process'}",
             str(copies[one.message_id]) if one.message_id else "–"]
            for number, one in enumerate(self.executioner.done, 1)
        ]  # fmt: skip
        print("\n" + table(["", "killed when", "who", "the mail arrived"], killed))
        digests = sum(one.is_digest and one.state == "sent" for one in book.due)
        print(
            f"\nmails: {len(copies)} arrived, {digests} of them digests and {len(book.forgotten)}"
            f" reminders, {len(book.twice)} twice (window: {len(book.windows)});"
            f" notices: {len(book.wanted)} had to be told",
            flush=True,
        )
        left = self.town.left_of_reminders(self.server, self.senders.logs)
        problems = [*self.problems, *self.executioner.problems, *self.town.untold()]
        return [*problems, *book.problems(), *left]


WAITING = (
    "SELECT count(*) FROM notices_delivery WHERE sent_at IS NULL AND gave_up_at IS NULL"
    " AND cancelled_at IS NULL AND digest_id IS NULL"
)


async def perform(folder: Path) -> list[str]:
    """What fell short."""
    if unseen := mailbook.blind_spots():
        return [f"the account cannot be relied on: {', '.join(unseen)}"]
    clock = MovedClock(folder)
    clock.move_to(_a_monday(clock.now))
    with SmtpServer() as server:
        port = int(os.environ.get("PORT") or free_port())
        mails = {"EMAIL_URL": f"smtp://127.0.0.1:{server.port}"}
        stage = Stage(folder, port=port, environment=ENVIRONMENT | mails | clock.environment)
        senders = Senders(stage, folder)
        town = Town(stage, clock)
        chaos = MailChaos(town, server, senders)
        try:
            await stage.start()
            senders.start()
            return [*await _ended_early(chaos), *chaos.account()]
        finally:
            senders.stop()
            stage.stop()


async def _ended_early(chaos: MailChaos) -> list[str]:
    try:
        async with asyncio.timeout(WHOLE_RUN_S):
            await chaos.town.settle_in()
            await chaos.run()
    except (TimeoutError, psycopg.Error, AssertionError, httpx.HTTPError) as error:
        return [f"the run itself ended early: {error!r}"]
    return []


def _a_monday(now: dt.datetime) -> dt.datetime:
    """The next one at 8 UTC: the same on each day it is run."""
    days = 7 - now.weekday()
    return (now + dt.timedelta(days=days)).replace(hour=8, minute=0, second=0, microsecond=0)
