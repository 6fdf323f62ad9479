"""People and programs who use the platform, and what they are answered."""

import asyncio
import json
import random
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.chaos.stage import Stage

# A page that takes longer than this to answer, whatever is broken, falls short.
PATIENCE_S = 20.0
TRY_FOR_S = 90.0


@dataclass
class Answers:
    """Everything clients were answered since `begin`; one for each fault."""

    name: str
    started: float = field(default_factory=time.monotonic)
    given: int = 0
    retried: int = 0
    breaks: int = 0  # connections refused or cut
    designed: int = 0  # 503, made for the purpose
    wrong: list[str] = field(default_factory=list)
    slowest_s: float = 0.0
    slowest: str = ""


class Desk:
    """Sends requests and keeps the book of their answers."""

    def __init__(self) -> None:
        self.book = [Answers("start")]

    @property
    def page(self) -> Answers:
        return self.book[-1]

    def begin(self, name: str) -> Answers:
        self.book.append(Answers(name))
        return self.page

    async def ask(
        self, client: httpx.AsyncClient, method: str, url: str, **more: Any
    ) -> httpx.Response | None:
        """The answer, or None when the connection broke. Both are in the book."""
        started = time.monotonic()
        answer = None
        try:
            answer = await client.request(method, url, **more)
        except httpx.TimeoutException:
            self.page.wrong.append(f"no answer in {PATIENCE_S:.0f} s: {method} {url}")
        except httpx.TransportError:
            self.page.breaks += 1
        took = time.monotonic() - started
        if took > self.page.slowest_s:
            code = answer.status_code if answer is not None else "cut"
            self.page.slowest_s, self.page.slowest = took, f"{method} {url} → {code}"
        if answer is not None:
            self._judge(answer, method, url)
        return answer

    def _judge(self, answer: httpx.Response, method: str, url: str) -> None:
        if answer.status_code >= 400 and "Traceback (most recent" in answer.text:
            self.page.wrong.append(f"a stack trace: {method} {url}")
        if answer.status_code < 500 or url.startswith("/readyz"):
            return
        kind = answer.headers.get("Content-Type", "")
        is_page = kind.startswith("text/html") and 'data-testid="error-page"' in answer.text
        is_made_for_it = is_page or kind == "application/problem+json"
        if answer.status_code == 503 and "Retry-After" in answer.headers and is_made_for_it:
            self.page.designed += 1
        else:
            self.page.wrong.append(f"{answer.status_code} {kind}: {method} {url}")


def client(stage: Stage, headers: Mapping[str, str] | None = None) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        base_url=stage.url, timeout=PATIENCE_S, headers={"Accept": "text/html", **(headers or {})}
    )


async def signed_in(stage: Stage, desk: Desk, persona: str) -> httpx.AsyncClient:
    """A browser of the demo's ``persona``."""
    browser = client(stage)
    await desk.ask(browser, "GET", "/accounts/login/")
    answer = await desk.ask(browser, "POST", f"/demo/sign-in/{persona}/", data=form(browser))
    expect(answer, 302)
    return browser


def expect(answer: httpx.Response | None, status: int) -> httpx.Response:
    """The answer, which has this status; only while nothing is broken yet."""
    assert answer is not None, "no answer"
    assert answer.status_code == status, f"{answer.status_code}: {answer.text[:500]}"
    return answer


def form(browser: httpx.AsyncClient, **fields: str) -> dict[str, str]:
    """``fields`` with the token against forged forms."""
    token = next(value for name, value in browser.cookies.items() if "csrf" in name)
    return {"csrfmiddlewaretoken": token, **fields}


@dataclass
class Thanks:
    """One thank-you of a writer."""

    message: str
    once: str
    to: str
    audience: str
    wall: bool
    key: str = ""
    is_answered: bool = False
    is_withdrawn: bool = False


class Writers:
    """Give thanks at a steady rate, by form and by API in turns, until told to stop."""

    def __init__(self, stage: Stage, desk: Desk, *, per_second: float) -> None:
        self.stage = stage
        self.desk = desk
        self.every_s = 1 / per_second
        self.given: list[Thanks] = []
        self.refused: list[str] = []
        self._dice = random.Random(20261123)
        self._open: set[asyncio.Task[None]] = set()
        self._mark = secrets.token_hex(3)

    async def sign_in(self) -> None:
        """Two people with browsers and one program; receivers who agreed to walls and have mail."""
        self.browsers = [await signed_in(self.stage, self.desk, p) for p in ("agent", "manager")]
        # One more who only reads, so that there are pages to look at.
        [(email,)] = self.stage.rows(
            "SELECT email FROM people_person WHERE employee_number = '10005'"
        )
        token = await asyncio.to_thread(
            self.stage.api_token, email, ["kudos:read", "kudos:write", "people:read"]
        )
        self.program = client(
            self.stage, {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        )
        # Also at night each mail leaves at once.
        self.stage.rows(
            "INSERT INTO notices_noticehours (person_id, is_quiet, quiet_from, quiet_to)"
            " SELECT id, false, '21:00', '07:00' FROM people_person"
            " ON CONFLICT DO NOTHING RETURNING person_id"
        )
        # A mail each second, so that the worker has time for all else too.
        self.receivers = [*self._agreed("<>", 2), *self._agreed("=", 8)]
        assert len(self.receivers) == 10, "the demo has too few people who agreed to walls"

    def _agreed(self, has_mail: str, count: int) -> list[str]:
        found = self.stage.rows(
            f"SELECT key FROM people_person WHERE email {has_mail} '' AND left_on IS NULL"
            " AND wall_choice = 'any' AND employee_number NOT IN ('10001', '10004', '10005')"
            " ORDER BY employee_number LIMIT %s",
            [count],
        )
        return [key for (key,) in found]

    async def run(self) -> None:
        """Until cancelled. Late answers never hold up the next thanks."""
        due = time.monotonic()
        while True:
            due += self.every_s
            await asyncio.sleep(max(0, due - time.monotonic()))
            task = asyncio.create_task(self._one(len(self.given)))
            self._open.add(task)
            task.add_done_callback(self._open.discard)

    async def settle(self) -> None:
        """What is on its way comes to its end."""
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _one(self, number: int) -> None:
        thanks = Thanks(
            message=f"Kaos {self._mark} {number:05d}",
            once=secrets.token_urlsafe(16),
            to=self.receivers[number % len(self.receivers)],
            audience=self._dice.choice(["company", "company", "site", "team"]),
            wall=number % 5 < 2,
        )
        self.given.append(thanks)
        by_form = number % 2 == 0
        deadline = time.monotonic() + TRY_FOR_S
        tries = 0
        while not thanks.is_answered and time.monotonic() < deadline:
            if tries:
                self.desk.page.retried += 1
                await asyncio.sleep(self._dice.uniform(0.3, 1.0))
            tries += 1
            answer = await (self._by_form(thanks, number) if by_form else self._by_api(thanks))
            if answer is None or answer.status_code >= 500 or answer.status_code in (409, 429):
                continue
            if answer.status_code not in (201, 302) or "login" in answer.headers.get(
                "Location", ""
            ):
                self.refused.append(f"{answer.status_code}: {answer.text[:200]}")
                return
            thanks.is_answered = True
            self.desk.page.given += 1
            thanks.key = "" if by_form else str(json.loads(answer.text)["id"])
        if thanks.key and number % 8 == 1:
            await self._withdraw(thanks, deadline)

    async def _by_form(self, thanks: Thanks, number: int) -> httpx.Response | None:
        browser = self.browsers[number // 2 % len(self.browsers)]
        fields = form(
            browser,
            to=thanks.to,
            message=thanks.message,
            audience=thanks.audience,
            once=thanks.once,
            **({"wall": "on"} if thanks.wall else {}),
        )
        return await self.desk.ask(browser, "POST", "/kudos/give/", data=fields)

    async def _by_api(self, thanks: Thanks) -> httpx.Response | None:
        return await self.desk.ask(
            self.program,
            "POST",
            "/api/v1/kudos",
            headers={"Idempotency-Key": thanks.once},
            json={
                "to": [thanks.to],
                "message": thanks.message,
                "audience": thanks.audience,
                "wall": thanks.wall,
            },
        )

    async def _withdraw(self, thanks: Thanks, deadline: float) -> None:
        await asyncio.sleep(self._dice.uniform(0.1, 4))
        while time.monotonic() < deadline:
            answer = await self.desk.ask(self.program, "DELETE", f"/api/v1/kudos/{thanks.key}")
            if answer is not None and answer.status_code in (204, 404):
                thanks.is_withdrawn = True
                return
            await asyncio.sleep(self._dice.uniform(0.3, 1.0))
