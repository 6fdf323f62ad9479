"""The demo's ballot box with a clock of its own: in the past, and in the demo, only."""

import asyncio
import datetime as dt
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from surveys.ballots.past import PastBox
from tests.surveys.ballots.conftest import BASE_URL, TOKEN
from tests.surveys.ballots.test_box import CAST, CONTROL, KEY, ballot, bundle_headers, put
from tests.surveys.manifests import manifest_bytes

DAY = dt.timedelta(days=1)
NOW = dt.datetime.now(dt.UTC).replace(microsecond=0)


def written(at: dt.datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


@pytest.fixture
def in_past(ballot_database: str) -> Callable[[Callable[[httpx.AsyncClient], Any]], Any]:
    async def run(talk: Callable[[httpx.AsyncClient], Any]) -> Any:
        box = PastBox(database_url=ballot_database, base_url=BASE_URL, token=TOKEN)
        await box.pool.open()
        transport = httpx.ASGITransport(app=box)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost:1") as client:
            client.box = box  # type: ignore[attr-defined]
            try:
                return await talk(client)
            finally:
                async with box.pool.connection() as db:
                    await db.execute("TRUNCATE survey CASCADE")
                await box.pool.close()

    return lambda talk: asyncio.run(run(talk))


async def set_clock(client: httpx.AsyncClient, at: dt.datetime, **headers: str) -> int:
    answer = await client.put(
        "/control/clock", json={"at": at.isoformat()}, headers=headers or CONTROL
    )
    return answer.status_code


def test_ballots_are_taken_and_given_out_at_the_time_the_clock_shows(
    in_past: Any, ballot_page: str
) -> None:
    opens, closes = NOW - 40 * DAY, NOW - 30 * DAY
    data = manifest_bytes(
        page_sha256=ballot_page, opens_at=written(opens), closes_at=written(closes)
    )

    async def talk(client: httpx.AsyncClient) -> None:
        assert (await put(client, data)).status_code == 201
        one = ballot(data)

        async def cast() -> int:
            return (await client.post(CAST, json=one)).status_code

        async def fetch() -> int:
            answer = await client.get(f"/surveys/{KEY}/bundle", headers=bundle_headers())
            return answer.status_code

        assert await cast() == 409, "its clock is not set"
        assert await set_clock(client, opens - DAY) == 204
        assert await cast() == 410
        assert await set_clock(client, opens + DAY) == 204
        assert (await cast(), await fetch()) == (204, 409)
        assert await set_clock(client, closes + DAY) == 204
        assert (await cast(), await fetch()) == (410, 200)

    in_past(talk)


def test_clock_never_stands_in_the_future_and_is_not_for_everybody(in_past: Any) -> None:
    async def talk(client: httpx.AsyncClient) -> None:
        assert await set_clock(client, NOW + DAY) == 422
        assert await set_clock(client, NOW.replace(tzinfo=None)) == 422
        assert await set_clock(client, NOW - DAY, authorization="Bearer guess") == 401
        assert (await client.post("/control/end")).status_code == 401
        box: Any = client.box  # type: ignore[attr-defined]
        ended: list[bool] = []
        box.end_process = lambda: ended.append(True)
        assert (await client.post("/control/end", headers=CONTROL)).status_code == 204
        assert ended == [True]

    in_past(talk)


def test_ordinary_box_has_no_clock_to_set(in_box: Any) -> None:
    async def talk(client: httpx.AsyncClient) -> None:
        assert await set_clock(client, NOW - DAY) == 404
        assert (await client.post("/control/end", headers=CONTROL)).status_code == 404

    in_box(talk)


@pytest.mark.parametrize(
    ("demo", "base_url"),
    [("0", "http://127.0.0.1:8000"), ("", ""), ("1", "https://vaffel.example.org")],
)
def test_it_does_not_run_outside_the_demo(demo: str, base_url: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "surveys.ballots.past"],
        env={
            "DEMO": demo,
            "BASE_URL": base_url,
            "BALLOT_DATABASE_URL": "postgresql:///nowhere",
            "BALLOT_CONTROL_TOKEN": TOKEN,
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1
    assert done.stderr == "A ballot box with a clock of its own runs in the demo only.\n"
