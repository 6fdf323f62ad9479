"""The box as a process of its own, on a cluster of its own, while things are taken away."""

import asyncio
import contextlib
import datetime as dt
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest

from engagement.supervisor.folder import FolderLock, prepare_folder
from engagement.supervisor.postgres import THROWAWAY, BallotPostgres
from engagement.supervisor.services import running, wait_until_ready
from surveys.ballots import store
from surveys.protocol import client as voter
from surveys.protocol import manifest
from surveys.protocol.sheet import Sheet
from tests.supervisor.ordinary import CHECKOUT
from tests.surveys.ballots.conftest import BASE_URL, TOKEN
from tests.surveys.manifests import SIGNERS, manifest_bytes

MANIFEST = manifest.parse(manifest_bytes())
CAST = f"/surveys/{MANIFEST.survey}/cast"
# A killed server keeps what was committed as long as the machine runs.
KILLABLE = {**THROWAWAY, "synchronous_commit": "on"}


class Place:
    """A data folder with the ballots' cluster in it."""

    def __init__(self, folder: Path, lock: FolderLock) -> None:
        self.folder, self._lock = folder, lock
        self.postgres = BallotPostgres(folder, settings=KILLABLE)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])

    @contextlib.contextmanager
    def database(self) -> Iterator[None]:
        self.postgres.initialise()
        with running("ballots", self.postgres, self.folder, self._lock):
            wait_until_ready("ballots", self.postgres, self.folder)
            yield

    def kill_database(self) -> None:
        pid = int((self.postgres.folder / "postmaster.pid").read_text().split()[0])
        os.kill(pid, signal.SIGKILL)
        while self.postgres.has_processes():
            time.sleep(0.02)

    @contextlib.contextmanager
    def box(self) -> Iterator["subprocess.Popen[bytes]"]:
        with (self.folder / "box.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "surveys.ballots"],
                env={
                    "PATH": os.environ["PATH"],
                    "PYTHONPATH": str(CHECKOUT),
                    "BALLOT_DATABASE_URL": self.postgres.url,
                    "BALLOT_CONTROL_TOKEN": TOKEN,
                    "BASE_URL": BASE_URL,
                    "PORT": str(self.port - 1),
                },
                cwd="/",
                stdout=log,
                stderr=log,
            )
        try:
            while self.status("/healthz") != 200:
                assert process.poll() is None, (self.folder / "box.log").read_text()
                time.sleep(0.05)
            yield process
        finally:
            process.kill()
            process.wait()

    def status(self, path: str) -> int:
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}{path}", timeout=10).status_code
        except httpx.TransportError:
            return 0

    def client(self) -> httpx.Client:
        return httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=20)

    def launch(self) -> None:
        async def put() -> None:
            async with store.open_pool(self.postgres.url) as pool:
                await store.set_up(pool)
                now = dt.datetime.now(dt.UTC)
                day = dt.timedelta(days=1)
                await store.add_survey(
                    pool,
                    key=MANIFEST.survey,
                    manifest=MANIFEST.data,
                    page=b"-",
                    opens=now - day,
                    closes=now + day,
                )

        asyncio.run(put())

    def receipts(self) -> list[str]:
        with psycopg.connect(self.postgres.url) as db:
            return [row[0] for row in db.execute("SELECT receipt FROM ballot ORDER BY receipt")]


@pytest.fixture
def place() -> Iterator[Place]:
    with tempfile.TemporaryDirectory(prefix="vaffel-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        prepare_folder(folder)
        with FolderLock(folder) as lock:
            yield Place(folder, lock)


def _ballots(count: int) -> dict[str, dict[str, str]]:
    """By receipt."""
    made = [voter.prepare_ballot(MANIFEST, "c001", Sheet({}, {})) for _ in range(count)]
    return {one.receipt: voter.finish(one, SIGNERS["c001"].sign(one.blinded)) for one in made}


def test_killed_box_has_every_ballot_it_took(place: Place) -> None:
    ballots = _ballots(12)
    taken = []
    with place.database():
        place.launch()
        with place.box() as process, place.client() as client:
            for number, (receipt, body) in enumerate(ballots.items()):
                if number == 6:
                    process.kill()
                try:
                    assert client.post(CAST, json=body).status_code == 204
                    taken.append(receipt)
                except httpx.TransportError:
                    assert number >= 6
        with place.box(), place.client() as client:
            assert set(taken) <= set(place.receipts())
            for body in ballots.values():
                assert client.post(CAST, json=body).status_code == 204
        assert place.receipts() == sorted(ballots)


def test_killed_database_is_said_and_loses_no_ballot(place: Place) -> None:
    ballots = _ballots(120)
    taken: list[str] = []
    refused: list[tuple[int, str]] = []

    with contextlib.ExitStack() as later:
        with place.database():
            place.launch()
            later.enter_context(place.box())

            def hand_in(receipts: list[str]) -> None:
                with place.client() as client:
                    for receipt in receipts:
                        answer = client.post(CAST, json=ballots[receipt])
                        if answer.status_code == 204:
                            taken.append(receipt)
                        else:
                            said = answer.headers.get("retry-after", "")
                            refused.append((answer.status_code, said))
                            return

            names = list(ballots)
            hands = [
                threading.Thread(target=hand_in, args=[names[number::4]]) for number in range(4)
            ]
            for hand in hands:
                hand.start()
            while len(taken) < 20:
                time.sleep(0.005)
            place.kill_database()
            for hand in hands:
                hand.join()
            assert refused == [(503, "2")] * 4
            assert place.status("/healthz") == 503
        with place.database():
            deadline = time.monotonic() + 15
            while place.status("/healthz") != 200:
                assert time.monotonic() < deadline, "the box comes back by itself"
                time.sleep(0.1)
            assert set(taken) <= set(place.receipts())
            with place.client() as client:
                for body in ballots.values():
                    assert client.post(CAST, json=body).status_code == 204
            assert place.receipts() == sorted(ballots)
    _is_silent(place, ballots)


def _is_silent(place: Place, ballots: dict[str, dict[str, str]]) -> None:
    told = (place.folder / "box.log").read_text() + (place.folder / "log/ballots.log").read_text()
    assert "database_away" in told, "what is looked through is what was written"
    body = next(iter(ballots.values()))
    for word in ("127.0.0.1", MANIFEST.survey, "c001", body["sig"][:20], TOKEN, "INSERT", "/cast"):
        assert word not in told
    assert not any(receipt in told for receipt in ballots)


def test_body_without_end_is_refused_while_it_comes(place: Place) -> None:
    with place.database():
        place.launch()
        with place.box(), socket.create_connection(("127.0.0.1", place.port), timeout=10) as line:
            line.sendall(
                f"POST {CAST} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                "Transfer-Encoding: chunked\r\n\r\n".encode()
            )
            chunk = b"1000\r\n" + b"a" * 0x1000 + b"\r\n"
            for _ in range(9):
                line.sendall(chunk)
            assert line.recv(64).startswith(b"HTTP/1.1 413")


def test_end_is_quick_though_somebody_sends_slowly(place: Place) -> None:
    with (
        place.database(),
        place.box() as process,
        socket.create_connection(("127.0.0.1", place.port), timeout=10) as line,
    ):
        line.sendall(
            f"POST {CAST} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            "Content-Length: 900\r\n\r\n{".encode()
        )
        time.sleep(0.3)
        process.terminate()
        process.wait(10)
