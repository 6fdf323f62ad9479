"""A ballot box on a database of its own, spoken to over ASGI."""

import asyncio
import os
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from typing import Any

import httpx
import psycopg
import pytest
from psycopg import sql

from surveys.ballots import page
from surveys.ballots.app import BallotBox

BASE_URL = "http://127.0.0.1:8000"
TOKEN = "a control token for tests"


@pytest.fixture(scope="session")
def ballot_database() -> Iterator[str]:
    """The address of an empty database; gone afterwards."""
    server = os.environ["DATABASE_URL"]
    name = f"ballots_{os.getpid()}"
    with psycopg.connect(server, autocommit=True) as db:
        db.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    yield psycopg.conninfo.make_conninfo(server, dbname=name)
    with psycopg.connect(server, autocommit=True) as db:
        db.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(autouse=True)
def ballot_page(tmp_path_factory: pytest.TempPathFactory, monkeypatch: Any) -> Iterator[str]:
    """A page of three lines; its SHA-256."""
    folder = tmp_path_factory.mktemp("page")
    (folder / "page.html").write_text("<!doctype html><!-- style --><main></main><!-- script -->")
    (folder / "page.css").write_text("/*font*/ main { color: navy }")
    (folder / "one.js").write_text("export const one = 1;\n")
    (folder / "two.js").write_text("import { one } from './one.js';\nconsole.log(one);\n")
    (folder / "order.txt").write_text("one.js\ntwo.js\n")
    monkeypatch.setattr(page, "FOLDER", folder)
    page.build_page.cache_clear()
    yield page.build_page().sha256
    page.build_page.cache_clear()


Run = Callable[[Callable[[httpx.AsyncClient], Any]], Any]


@pytest.fixture
def in_box(ballot_database: str) -> Run:
    """``in_box(talk)`` opens a box, lets ``talk(client)`` talk with it, and empties it."""

    async def run(talk: Callable[[httpx.AsyncClient], Any]) -> Any:
        box = BallotBox(database_url=ballot_database, base_url=BASE_URL, token=TOKEN)
        async with AsyncExitStack() as stack:
            await box.pool.open()
            stack.push_async_callback(box.pool.close)
            transport = httpx.ASGITransport(app=box)
            client = await stack.enter_async_context(
                httpx.AsyncClient(transport=transport, base_url="http://localhost:8001")
            )
            client.box = box  # type: ignore[attr-defined]
            try:
                return await talk(client)
            finally:
                async with box.pool.connection() as db:
                    await db.execute("TRUNCATE survey CASCADE")

    return lambda talk: asyncio.run(run(talk))
