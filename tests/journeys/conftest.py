"""Journeys run against the real processes, started as a newcomer starts them, with a small demo."""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from benchmarks.machine import free_port
from tests.wallboards.fake_wall_server import FakeWallServer

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 180
HOLD_SECONDS = 3
NOT_INHERITED = {
    *("DATABASE_URL", "REDIS_URL", "BALLOT_DATABASE_URL", "SECRET_KEY"),
    *("BASE_URL", "VAFFEL_TESTING"),
}
FLAGS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-gpu",
    "--disable-quic",
]
PHONE = {"width": 360, "height": 740}
TELEVISION = {"width": 1920, "height": 1080}


def pytest_sessionstart(session: pytest.Session) -> None:
    """Once, before any of those who run journeys side by side: a fresh clone has no compiled
    translations, and the start must make them."""
    if not hasattr(session.config, "workerinput"):
        for compiled in (ROOT / "engagement" / "locale").glob("*/LC_MESSAGES/*.mo"):
            compiled.unlink()


@dataclass
class Platform:
    """The running product."""

    url: str
    folder: Path
    process: subprocess.Popen[str]
    log: Path

    def process_id(self, name: str) -> int:
        """The id of the child called ``name``, as its command line shows it."""
        words = {
            "valkey": "valkey-server", "postgres": "bin/postgres", "web": "run web",
            "worker": "run worker", "ballots": "surveys.ballots",
        }[name]  # fmt: skip
        found = subprocess.run(
            ["pgrep", "-f", words], capture_output=True, text=True, check=False
        ).stdout.split()
        for pid in map(int, found):
            with contextlib.suppress(OSError):
                environment = Path(f"/proc/{pid}/environ").read_bytes()
                command = Path(f"/proc/{pid}/cmdline").read_bytes()
                if str(self.folder).encode() in environment + command:
                    return pid
        raise LookupError(name)

    def errors_after(self, offset: int) -> list[str]:
        """What the web process has logged as errors since its log was ``offset`` bytes long."""
        with self.web_log.open("rb") as log:
            log.seek(offset)
            lines = log.read().decode(errors="replace").splitlines()
        return [line for line in lines if '"level": "error"' in line]

    @property
    def web_log(self) -> Path:
        return next(iter(sorted((self.folder / "log").glob("web*.log"))))


@contextlib.contextmanager
def started(folder: Path, **settings: str) -> Iterator[Platform]:
    """The demo as a newcomer starts it, but with a short hold and nobody who thanks by themselves.

    Other users of the machine must be able to pass ``folder``; it is deleted in the end.
    """
    port = free_port()
    log = folder / "terminal.log"
    environment = {
        **{name: value for name, value in os.environ.items() if name not in NOT_INHERITED},
        "DATA_DIR": str(folder / "data"),
        "PORT": str(port),
        "DEMO_SCALE": "60",
        "DEMO_AUTOPLAY": "0",
        "DEMO_SURVEYS": "0",
        "SHOUTOUT_HOLD_SECONDS": str(HOLD_SECONDS),
        **settings,
    }
    with log.open("w") as terminal:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "demo"],
            cwd=ROOT,
            env=environment,
            stdout=terminal,
            stderr=subprocess.STDOUT,
            text=True,
        )
    try:
        ready = f"Ready: http://127.0.0.1:{port}/"
        deadline = time.monotonic() + START_SECONDS
        while ready not in log.read_text():
            if process.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"the platform did not start:\n{log.read_text()}")
            time.sleep(0.2)
        yield Platform(f"http://127.0.0.1:{port}", folder / "data", process, log)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
        shutil.rmtree(folder, ignore_errors=True)


def new_folder() -> Path:
    """A folder for a platform, which the databases' own user can pass."""
    folder = Path(tempfile.mkdtemp(prefix="vaffel-journeys-"))
    folder.chmod(0o755)
    return folder


@pytest.fixture(scope="session")
def platform() -> Iterator[Platform]:
    """The demo with 60 people, without surveys of its own: journeys make theirs."""
    with started(new_folder()) as platform:
        yield platform


@pytest.fixture(scope="session")
def launch() -> Iterator[Callable[..., Browser]]:
    """Starts a Chromium; one driver serves the whole run, since there can only be one."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as playwright:
        yield lambda *more, **options: playwright.chromium.launch(
            executable_path=path, args=[*FLAGS, *more], **options
        )


@pytest.fixture(scope="session")
def chromium(launch: Callable[..., Browser]) -> Iterator[Browser]:
    browser = launch()
    yield browser
    browser.close()


@pytest.fixture
def server() -> Iterator[FakeWallServer]:
    """What a wall's page talks to, at an address that no other journey has."""
    server = FakeWallServer(free_port()).start()
    yield server
    server.stop()


Visitor = Callable[..., Page]


class Visits:
    """``visits("agent")``: a fresh browser, signed in as that persona, on Today."""

    def __init__(self, platform: Platform, chromium: Browser) -> None:
        self.platform, self.chromium = platform, chromium
        self.contexts: list[BrowserContext] = []
        self.problems: list[str] = []
        self.log_length = platform.web_log.stat().st_size

    def __call__(
        self,
        persona: str | None = None,
        *,
        size: dict[str, int] | None = None,
        touch: bool = False,
    ) -> Page:
        context = self.chromium.new_context(
            viewport=size or PHONE,
            has_touch=touch,
            locale="nb-NO",
            base_url=self.platform.url,
            color_scheme="light",
        )
        context.set_default_timeout(15_000)
        self.contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("console", self._hear)
        if persona:
            sign_in(page, persona)
        return page

    def _hear(self, said: ConsoleMessage) -> None:
        if "Content Security Policy" in said.text or "Refused to" in said.text:
            self.problems.append(said.text)

    def close(self) -> None:
        for context in self.contexts:
            context.close()

    def logged_errors(self) -> list[str]:
        return self.platform.errors_after(self.log_length)


def sign_in(page: Page, persona: str) -> None:
    """By the demo's own button; ends on Today."""
    page.goto("/accounts/login/")
    page.get_by_test_id(f"demo-{persona}").click()
    page.wait_for_url(re.compile(r"^http://127[^/]*/$"))


@pytest.fixture
def visit(
    platform: Platform, chromium: Browser, request: pytest.FixtureRequest
) -> Iterator[Visits]:
    """`Visits` to the platform that all journeys share.

    The test fails when a page had a script error, or the server wrote an error into its log.
    """
    visits = Visits(platform, chromium)
    yield visits
    visits.close()
    if "outage" not in request.keywords:
        visits.problems += visits.logged_errors()
    assert visits.problems == []
