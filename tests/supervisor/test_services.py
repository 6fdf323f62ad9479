"""The embedded services for real, in folders of every unpleasant kind."""

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from engagement.supervisor import valkey
from engagement.supervisor.folder import FolderLock, prepare_folder
from engagement.supervisor.postgres import THROWAWAY, Postgres
from engagement.supervisor.problems import CannotStart
from engagement.supervisor.services import running, wait_until_ready
from engagement.supervisor.valkey import Valkey
from tests.supervisor.ordinary import CHECKOUT, nobody, only_root


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that PostgreSQL's own user can reach, as DATA_DIR must be."""
    with tempfile.TemporaryDirectory(prefix="vaffel-") as folder:
        Path(folder).chmod(0o711)
        yield Path(folder)


@contextlib.contextmanager
def _postgres(data_dir: Path) -> Iterator[Postgres]:
    prepare_folder(data_dir)
    server = Postgres(data_dir, settings=THROWAWAY)
    with FolderLock(data_dir) as lock:
        server.initialise()
        with running("postgres", server, data_dir, lock):
            wait_until_ready("postgres", server, data_dir)
            yield server


def _ask(server: Postgres, question: str) -> object:
    with psycopg.connect(server.url, autocommit=True) as connection:
        cursor = connection.execute(question)
        row = cursor.fetchone() if cursor.description else None
    return row and row[0]


def test_postgres_works_below_a_deep_and_oddly_named_folder_closed_to_others(place: Path) -> None:
    closed = place / "closed"
    closed.mkdir(mode=0o700)
    deep = closed / "Åse's data folder" / ("deep" * 30)
    with _postgres(deep) as server:
        assert _ask(server, "SELECT lower('ÆØÅ') || current_setting('data_checksums')") == "æøåon"
        assert _ask(server, "SELECT current_setting('listen_addresses')") == ""
        shutil.rmtree(server.sockets, ignore_errors=True)
    assert closed.stat().st_mode & 0o777 == 0o700  # nothing was opened up


def test_postgres_keeps_what_was_committed_before_a_kill(place: Path) -> None:
    prepare_folder(place)
    server = Postgres(place, settings={**THROWAWAY, "synchronous_commit": "on"})
    with FolderLock(place) as lock:
        server.initialise()
        with running("postgres", server, place, lock):
            wait_until_ready("postgres", server, place)
            _ask(server, "CREATE TABLE kept AS SELECT 42 AS number")
            os.kill(int((server.folder / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
            time.sleep(0.3)
    with _postgres(place) as server:
        assert _ask(server, "SELECT number FROM kept") == 42


def test_postgres_starts_though_its_old_pid_was_given_to_somebody_else(place: Path) -> None:
    with _postgres(place) as server:
        mark = (server.folder / "postmaster.pid").read_text().split("\n")
    # Of the same user, so that PostgreSQL may signal it and takes it for its own.
    owner = server.folder.stat().st_uid if os.geteuid() == 0 else None
    stranger = subprocess.Popen(["sleep", "60"], user=owner)
    try:
        mark[0] = str(stranger.pid)
        (server.folder / "postmaster.pid").write_text("\n".join(mark))
        with _postgres(place) as server:
            assert _ask(server, "SELECT 1") == 1
    finally:
        stranger.kill()
        stranger.wait()


def test_postgres_refuses_the_data_of_a_newer_one(place: Path) -> None:
    (place / "postgres").mkdir()
    (place / "postgres" / "PG_VERSION").write_text("21\n")
    (place / "run").mkdir()
    with pytest.raises(CannotStart) as refusal:
        Postgres(place).initialise()
    assert str(refusal.value) == (
        f"The data in {place}/postgres is of PostgreSQL 21 and this Vaffel brings PostgreSQL 18: "
        "start the newer Vaffel that wrote it, or move the folder away and restore a backup."
    )


def test_valkey_listens_on_its_socket_alone_and_never_throws_away(place: Path) -> None:
    prepare_folder(place)
    server = Valkey(place)
    server.initialise()
    with FolderLock(place) as lock, running("valkey", server, place, lock):
        wait_until_ready("valkey", server, place)
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(server.socket_path))
            client.sendall(b"CONFIG GET maxmemory-policy\r\nCONFIG GET port\r\n")
            time.sleep(0.1)
            answer = client.recv(4096).decode().split()
        assert [answer[4], answer[9]] == ["noeviction", "0"]
        assert server.socket_path.stat().st_mode & 0o777 == 0o700


def test_valkey_that_is_too_old_is_not_taken(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:

    old = place / "redis-server"
    old.write_text("#!/bin/sh\necho 'Redis server v=6.0.16 sha=00000000:0'\n")
    old.chmod(0o755)
    monkeypatch.setenv("PATH", str(place))
    monkeypatch.setattr(valkey, "_bundled", lambda: None)
    with pytest.raises(CannotStart, match=r"install valkey-server or redis-server 6\.2\.20"):
        valkey.program()


@only_root
def test_services_run_as_an_ordinary_user(place: Path) -> None:
    python, environment = nobody()
    user = pwd.getpwnam("nobody")
    data = place / "data"
    data.mkdir()
    os.chown(data, user.pw_uid, user.pw_gid)
    check = "import os, psycopg; print(psycopg.connect(os.environ['DATABASE_URL']).info.dbname)"
    done = subprocess.run(
        [*python, "-m", "engagement.supervisor.testing", "--", *python[-1:], "-c", check],
        env={**environment, "DATA_DIR": str(data)},
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (0, "vaffel\n"), done.stderr
    assert (data / "test" / "postgres").stat().st_uid == user.pw_uid
