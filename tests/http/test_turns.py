import asyncio
from collections.abc import Awaitable, Callable
from http import HTTPStatus

import pytest
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.test import RequestFactory

from engagement.http import turns
from engagement.http.turns import AT_ONCE, TurnsMiddleware

Pages = Callable[[HttpRequest], Awaitable[HttpResponseBase]]


class Desk:
    """Pages that are ready when the test says so."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.most = self.now = 0
        self.status = 200
        self.go_on = asyncio.Event()

    async def __call__(self, request: HttpRequest) -> HttpResponse:
        self.begun.append(request.path)
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            await self.go_on.wait()
        finally:
            self.now -= 1
        return HttpResponse(status=self.status)


def ask(line: TurnsMiddleware, path: str, **headers: str) -> asyncio.Task[HttpResponseBase]:
    return asyncio.ensure_future(line(RequestFactory().get(path, headers=headers)))


async def moments(number: int = 5) -> None:
    for _ in range(number):
        await asyncio.sleep(0)


def test_requests_are_worked_on_a_few_at_once_in_the_order_they_came() -> None:
    async def scene() -> None:
        desk = Desk()
        line = TurnsMiddleware(desk)
        asked = [ask(line, f"/{number}") for number in range(3 * AT_ONCE)]
        await moments()
        assert desk.begun == [f"/{number}" for number in range(AT_ONCE)]
        desk.go_on.set()
        answers = await asyncio.gather(*asked)
        assert [answer.status_code for answer in answers] == [200] * 3 * AT_ONCE
        assert (desk.begun, desk.most) == ([f"/{n}" for n in range(3 * AT_ONCE)], AT_ONCE)

    asyncio.run(scene())


@pytest.mark.parametrize("path", ["/healthz", "/offline/", "/screen/"])
def test_what_needs_no_database_is_out_of_turn(path: str) -> None:
    async def scene() -> None:
        desk = Desk()
        line = TurnsMiddleware(desk)
        asked = [ask(line, "/") for _ in range(AT_ONCE)]
        await moments()
        asked.append(ask(line, path))
        await moments()
        assert desk.begun[-1] == path
        desk.go_on.set()
        await asyncio.gather(*asked)

    asyncio.run(scene())


def test_who_waits_too_long_is_told_in_their_language(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "PATIENCE", 0.02)

    async def scene() -> None:
        desk = Desk()
        line = TurnsMiddleware(desk)
        asked = [ask(line, "/") for _ in range(AT_ONCE)]
        await moments()
        answers = {
            language: await ask(line, "/late", **{"accept-language": language})
            for language in ("nb", "en")
        }
        assert {one.status_code for one in answers.values()} == {HTTPStatus.SERVICE_UNAVAILABLE}
        for language, answer in answers.items():
            assert (answer["Content-Language"], answer["Retry-After"]) == (language, "5")
            assert answer["Content-Security-Policy"].startswith("default-src 'none'")
        assert "/late" not in desk.begun
        desk.go_on.set()
        await asyncio.gather(*asked)
        # Nobody keeps a place they gave up waiting for.
        assert [(await ask(line, "/")).status_code for _ in range(2 * AT_ONCE)] == [
            200
        ] * 2 * AT_ONCE

    asyncio.run(scene())


def test_a_line_for_a_database_that_is_away_is_sent_home_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(turns, "HOPEFUL", 0.02)

    async def scene() -> None:
        desk = Desk()
        desk.status = 503
        line = TurnsMiddleware(desk)
        asked = [ask(line, "/") for _ in range(10 * AT_ONCE)]
        await asyncio.sleep(0.05)
        desk.go_on.set()
        answers = await asyncio.gather(*asked)
        assert [answer.status_code for answer in answers] == [503] * 10 * AT_ONCE
        assert len(desk.begun) == AT_ONCE
        # Whoever comes now asks the database again, and its answer opens the line to all.
        desk.status = 200
        assert (await ask(line, "/")).status_code == 200
        assert line.is_away is False

    asyncio.run(scene())


def test_a_place_is_free_when_its_client_has_gone() -> None:
    async def scene() -> None:
        desk = Desk()
        line = TurnsMiddleware(desk)
        asked = [ask(line, "/gone") for _ in range(AT_ONCE + 1)]
        await moments()
        for one in asked:
            one.cancel()
        await asyncio.gather(*asked, return_exceptions=True)
        desk.go_on.set()
        assert (await ask(line, "/")).status_code == 200

    asyncio.run(scene())


def test_the_line_is_behind_static_files_and_before_all_else() -> None:
    assert settings.MIDDLEWARE.index("engagement.http.turns.TurnsMiddleware") == 1
