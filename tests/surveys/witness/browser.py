"""A witness with a real browser, and the ballot box that it fetches from."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import httpx
import psycopg
from playwright.sync_api import Browser, Page, sync_playwright

from surveys.protocol.encoding import unb64

ROOT = Path(__file__).resolve().parents[3]
TOKEN = "a control token for tests"
FLAGS = ["--no-sandbox", "--disable-background-networking", "--disable-gpu", "--no-first-run"]
Found = TypeVar("Found")


def chromium() -> str | None:
    """The path of a Chromium, or None."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


class Seat:
    """A browser in a thread of its own: Django refuses its database where a driver's loop runs."""

    def __init__(self, origin: str, downloads: Path) -> None:
        self.origin, self.downloads = origin, downloads
        self.problems: list[str] = []
        self._thread = ThreadPoolExecutor(1)
        self._browser: Browser | None = None

    @contextlib.contextmanager
    def open(self) -> Iterator[None]:
        self._thread.submit(self._start).result()
        try:
            yield
        finally:
            self._thread.submit(self._stop).result()
            self._thread.shutdown()

    def _start(self) -> None:
        self._driver = sync_playwright().start()
        self._browser = self._driver.chromium.launch(executable_path=chromium(), args=FLAGS)

    def _stop(self) -> None:
        if self._browser:
            self._browser.close()
        self._driver.stop()

    def does(
        self, act: Callable[[Page], Found], cookie: dict[str, str], *, width: int = 360
    ) -> Found:
        """What ``act`` finds on a fresh page of somebody signed in by ``cookie``."""
        return self._thread.submit(self._do, act, cookie, width).result()

    def _do(self, act: Callable[[Page], Found], cookie: dict[str, str], width: int) -> Found:
        assert self._browser
        context = self._browser.new_context(
            viewport={"width": width, "height": 740}, locale="nb-NO", base_url=self.origin
        )
        context.set_default_timeout(20_000)
        context.add_cookies([{**cookie, "url": self.origin}])  # type: ignore[typeddict-item]
        page = context.new_page()
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("console", self._hear)
        page.on("dialog", lambda dialog: dialog.accept())
        try:
            return act(page)
        finally:
            context.close()

    def _hear(self, said: Any) -> None:
        if "Content Security Policy" in said.text or "Refused to" in said.text:
            self.problems.append(said.text)


class Box:
    """A ballot box of its own process, on a database of its own."""

    def __init__(self, origin: str, *, module: str = "surveys.ballots") -> None:
        """``module`` is the program: `surveys.ballots.past` is the demo's."""
        self.module = module
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.origin, self.url = origin, f"http://localhost:{self.port}"
        self._server = os.environ["DATABASE_URL"]
        self._name = f"{module.replace('.', '_')}_{os.getpid()}"
        self.database = psycopg.conninfo.make_conninfo(self._server, dbname=self._name)

    @contextlib.contextmanager
    def open(self, log: Path) -> Iterator[None]:
        with psycopg.connect(self._server, autocommit=True) as db:
            db.execute(f"CREATE DATABASE {self._name}".encode())
        try:
            with self._running(log):
                yield
        finally:
            with psycopg.connect(self._server, autocommit=True) as db:
                db.execute(f"DROP DATABASE {self._name} WITH (FORCE)".encode())

    @contextlib.contextmanager
    def _running(self, log: Path) -> Iterator[None]:
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "BALLOT_DATABASE_URL": self.database,
            "BALLOT_CONTROL_TOKEN": TOKEN,
            "BASE_URL": self.origin,
            "PORT": str(self.port - 1),
            "DEMO": "1",
        }
        command = [sys.executable, "-m", self.module]
        with log.open("wb") as out, subprocess.Popen(command, env=environment, stderr=out) as box:
            try:
                self._wait(box, log)
                yield
            finally:
                box.terminate()
                box.wait(20)

    def _wait(self, box: "subprocess.Popen[bytes]", log: Path) -> None:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and box.poll() is None:
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(f"{self.url}/healthz", trust_env=False).status_code == 200:
                    return
            time.sleep(0.1)
        raise RuntimeError(f"the ballot box did not start:\n{log.read_text()}")

    def fill(
        self, survey: str, manifest: bytes, ballots: Sequence[tuple[str, dict[str, str]]]
    ) -> None:
        """Makes it hold a survey that is over, with ``ballots`` (receipt and ballot)."""
        with psycopg.connect(self.database, autocommit=True) as db:
            db.execute("DELETE FROM survey WHERE key = %s", [survey])
            db.execute(
                "INSERT INTO survey (key, manifest, page, opens_at, closes_at) VALUES "
                "(%s, %s, '-', now() - interval '9 days', now() - interval '1 day')",
                [survey, manifest],
            )
            for receipt, one in ballots:
                parts = (unb64(one[name]) for name in ("prefix", "sig", "sealed"))
                db.execute(
                    "INSERT INTO ballot (survey, receipt, cell, prefix, sig, sealed) "
                    "VALUES (%s, %s, %s, %s, %s, %s)",
                    [survey, receipt, one["cell"], *parts],
                )
