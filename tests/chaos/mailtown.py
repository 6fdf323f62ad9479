"""Who is told what by mail in ``python -m tests.chaos mail``, and what time it is there."""

import asyncio
import datetime as dt
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.chaos import mailbook
from tests.chaos.clients import Desk, client, expect, signed_in
from tests.chaos.stage import ROOT, Stage
from tests.journeys.moved_clock import MovedClock
from tests.journeys.survey_now import environment_of
from tests.notices.smtp_server import SmtpServer

ALONE, COLLECTED = 6, 6
REMINDER = "survey_reminder"
KINDS = "SELECT d.reader_id IS NOT NULL, n.kind FROM notices_delivery d LEFT JOIN notices_notice n ON n.id = d.notice_id WHERE d.message_id = %s"  # fmt: skip
# What our thanks and our survey had to tell, to whom, and whether its reader wants it collected.
WANTED = """
SELECT n.key, p.email, coalesce(c.way, '') = 'digest'
FROM notices_notice n JOIN people_person p ON p.id = n.person_id
LEFT JOIN notices_noticechoice c ON c.person_id = p.id AND c.kind = n.kind
WHERE (n.kind = 'kudos_received' AND n.source IN (SELECT key FROM kudos_kudos WHERE message LIKE 'Kaos %%')
  OR n.kind = 'survey_opened') AND p.email <> ''
"""


class Town:
    """A few people who get a mail at once, a few who get it collected, and a survey for everybody."""

    def __init__(self, stage: Stage, clock: MovedClock) -> None:
        self.stage, self.clock = stage, clock
        self.desk = Desk()
        # How many notices our thanks had to make.
        self.told = 0
        self.survey = ""
        self._asked: list[str] = []

    async def settle_in(self) -> None:
        self.hr = await signed_in(self.stage, self.desk, "hr")
        [(email,)] = self.stage.rows(
            "SELECT email FROM people_person WHERE employee_number = '10005'"
        )
        token = await asyncio.to_thread(
            self.stage.api_token, email, ["kudos:read", "kudos:write", "people:read"]
        )
        self.program = client(
            self.stage, {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        )
        self.stage.rows(
            "INSERT INTO notices_noticehours (person_id, is_quiet, quiet_from, quiet_to)"
            " SELECT id, false, '21:00', '07:00' FROM people_person"
            " ON CONFLICT DO NOTHING RETURNING person_id"
        )
        found = self.stage.rows(
            "SELECT key FROM people_person WHERE email <> '' AND left_on IS NULL"
            " AND employee_number NOT IN ('10001', '10004', '10005')"
            " ORDER BY employee_number LIMIT %s",
            [ALONE + COLLECTED],
        )
        people = [key for (key,) in found]
        assert len(people) == ALONE + COLLECTED, "the demo has too few people with mail"
        self.alone, self.collected = people[:ALONE], people[ALONE:]
        self.stage.rows(
            "INSERT INTO notices_noticechoice (person_id, kind, way)"
            " SELECT id, 'kudos_received', 'digest' FROM people_person WHERE key = ANY(%s)"
            " ON CONFLICT (person_id, kind) DO UPDATE SET way = 'digest' RETURNING id",
            [self.collected],
        )
        await asyncio.to_thread(self._open_survey)

    def _open_survey(self) -> None:
        done = subprocess.run(
            [sys.executable, "-m", "tests.journeys.survey_now", "psychological_safety", "sealed"],
            cwd=ROOT,
            env=environment_of(self.stage.children()["web"]),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        self.survey = done.stdout.split()[-1]
        self._asked = sorted(
            email
            for (email,) in self.stage.rows(
                "SELECT p.email FROM surveys_rollentry e JOIN people_person p ON p.id = e.person_id"
                " JOIN surveys_survey s ON s.id = e.survey_id WHERE s.key = %s AND p.email <> ''",
                [self.survey],
            )
        )

    async def thank(self) -> None:
        """One thank-you to those with a mail at once, one to those with collected mails."""
        for people in (self.alone, self.collected):
            answer = await self.desk.ask(
                self.program,
                "POST",
                "/api/v1/kudos",
                headers={"Idempotency-Key": f"kaos-{self.told}"},
                json={"to": people, "message": f"Kaos {self.told:04d}", "audience": "company"},
            )
            expect(answer, 201)
            self.told += len(people)

    # --- Time ------------------------------------------------------------------------------------

    async def pass_time(self, by: dt.timedelta, *, is_held: bool = False) -> None:
        """Moves the clock; not while somebody sends a mail, unless ``is_held`` by the dead."""
        if not is_held:
            await self.until(self._is_nothing_held, "a mail is being sent for ever")
        self.clock.move_to(self.clock.now + by)

    async def move_to(self, moment: dt.datetime) -> None:
        await self.pass_time(max(moment - self.clock.now, dt.timedelta()))

    def held(self) -> set[str]:
        """The Message-IDs of what somebody sends, or died over."""
        rows = self.stage.rows(
            "SELECT message_id FROM notices_delivery WHERE lease_until > %s AND sent_at IS NULL",
            [self.clock.now],
        )
        return {message_id for (message_id,) in rows}

    def _is_nothing_held(self) -> bool:
        return not self.held()

    async def until(
        self, is_so: Callable[[], bool], otherwise: str, *, longest_s: float = 30.0
    ) -> None:
        """:raises AssertionError: with ``otherwise`` when it does not come true."""
        deadline = time.monotonic() + longest_s
        while not await asyncio.to_thread(is_so):
            assert time.monotonic() < deadline, otherwise
            await asyncio.sleep(0.1)

    def next_moment(self) -> tuple[str, dt.datetime] | None:
        """When the next digest with thanks of ours leaves or the first reminder is due; None when both are done."""
        [(digest,)] = self.stage.rows(
            "SELECT min(d.due_at) FROM notices_delivery d"
            " JOIN notices_delivery r ON r.digest_id = d.id"
            " JOIN notices_notice n ON n.id = r.notice_id AND n.kind = 'kudos_received'"
            " WHERE d.sent_at IS NULL AND d.gave_up_at IS NULL AND d.cancelled_at IS NULL"
        )
        [(reminder,)] = self.stage.rows(
            "SELECT min(r.send_at) FROM surveys_reminder r JOIN surveys_survey s ON s.id = r.survey_id"
            " WHERE s.key = %s AND NOT EXISTS (SELECT FROM surveys_reminder o WHERE o.sent_at IS NOT NULL)",
            [self.survey],
        )
        moments = {"digest": digest, "reminder": reminder}
        return min(
            ((kind, at) for kind, at in moments.items() if at is not None),
            key=lambda one: one[1],
            default=None,
        )

    # --- Mails -----------------------------------------------------------------------------------

    def number(self, query: str) -> int:
        """A count; what stands for a value in ``query`` is the time there."""
        values = [self.clock.now] if "%s" in query else []
        [(found,)] = self.stage.rows(query, values)
        return int(found)

    def waiting(self) -> int:
        """Mails whose time has come and that have not come to an end."""
        return self.number(
            "SELECT count(*) FROM notices_delivery WHERE digest_id IS NULL AND sent_at IS NULL"
            " AND gave_up_at IS NULL AND cancelled_at IS NULL AND due_at <= %s"
        )

    def is_a(self, kind: str) -> Callable[[str], bool]:
        """Whether a mail is a ``digest`` or a ``reminder``."""

        def is_it(message_id: str) -> bool:
            found = self.stage.rows(KINDS, [message_id])
            wanted = (True, None) if kind == "digest" else (False, REMINDER)
            return found == [wanted]

        return is_it

    def book(self, server: SmtpServer, *, windows: set[str]) -> mailbook.Book:
        wanted = {key: (email, way) for key, email, way in self.stage.rows(WANTED)}
        return mailbook.Book(
            mailbook.due(self.stage, at=self.clock.now),
            mailbook.arrived(server.mails),
            wanted,
            windows,
            self.reminded(),
        )

    def untold(self) -> list[str]:
        """Notices that were not made, of our thanks and of the survey."""
        thanks = "n.kind = 'kudos_received' AND n.source IN (SELECT key FROM kudos_kudos WHERE message LIKE 'Kaos %%')"
        [(made,)] = self.stage.rows(f"SELECT count(*) FROM notices_notice n WHERE {thanks}")
        opened = self.stage.rows(
            "SELECT p.email FROM notices_notice n JOIN people_person p ON p.id = n.person_id"
            " WHERE n.kind = 'survey_opened' AND p.email <> ''"
        )
        found = []
        if made != self.told:
            found.append(f"{self.told} people were thanked, {made} were told")
        if sorted(email for (email,) in opened) != self._asked:
            found.append(f"{len(self._asked)} people were asked, {len(opened)} were told")
        return found

    # --- Reminders -------------------------------------------------------------------------------

    def reminded(self) -> list[str]:
        """Whom the reminders so far had to reach. Nobody answers: each time everybody asked."""
        sent = self.number("SELECT count(*) FROM surveys_reminder WHERE sent_count > 0")
        return self._asked * sent

    def reminder_waits(self) -> bool:
        return self._reminder_rows() > 0

    def _reminder_rows(self) -> int:
        return self.number(
            "SELECT count(*) FROM notices_delivery d JOIN notices_notice n ON n.id = d.notice_id"
            f" WHERE n.kind = '{REMINDER}'"
        )

    def is_reminded(self) -> bool:
        return self.number("SELECT count(*) FROM surveys_reminder WHERE sent_at IS NOT NULL") > 0

    async def close_survey(self) -> None:
        """Its time is up; who was reminded is forgotten."""
        [(closes_at,)] = self.stage.rows(
            "SELECT closes_at FROM surveys_survey WHERE key = %s", [self.survey]
        )
        await self.move_to(closes_at + dt.timedelta(minutes=1))
        await self.until(self._is_closed, "the survey did not close", longest_s=60)

    def _is_closed(self) -> bool:
        [(closed_at,)] = self.stage.rows(
            "SELECT closed_at FROM surveys_survey WHERE key = %s", [self.survey]
        )
        return closed_at is not None

    def left_of_reminders(self, server: SmtpServer, *folders: Path) -> list[str]:
        """Where it can still be seen who was reminded."""
        found = []
        if self._reminder_rows():
            found.append("mails of reminders are still in the database")
        if notices := self.number(f"SELECT count(*) FROM notices_notice WHERE kind = '{REMINDER}'"):
            found.append(f"{notices} reminders are in the database after closing")
        known = {one.message_id for one in mailbook.due(self.stage, at=self.clock.now)}
        marks = set(self._asked if self.reminded() else ())
        for one in mailbook.arrived(server.mails):
            if one.message_id not in known:
                marks |= {one.message_id.partition("@")[0], *one.notices}
        for log in self._logs(*folders):
            text = log.read_text(errors="replace")
            if named := sum(mark in text for mark in marks):
                found.append(f"{log.name} names {named} addresses or mails of reminders")
        return found

    def _logs(self, *folders: Path) -> list[Path]:
        return [
            path for folder in (self.stage.data / "log", *folders) for path in folder.rglob("*.log")
        ]
