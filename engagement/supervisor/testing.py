"""PostgreSQL, Valkey and the ballots' cluster for tests and checks: started once, without fsync,
gone afterwards.

``python -m engagement.supervisor.testing -- COMMAND…`` runs a command with ``DATABASE_URL``,
``REDIS_URL`` and ``BALLOT_DATABASE_URL`` of such a set, and ends with the command's exit code.
"""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from engagement.supervisor.folder import FolderLock, prepare_folder
from engagement.supervisor.postgres import THROWAWAY, BallotPostgres, Postgres
from engagement.supervisor.problems import CannotStart
from engagement.supervisor.services import running, wait_until_ready
from engagement.supervisor.valkey import Valkey

_SETS_SIDE_BY_SIDE = 9


class Services(NamedTuple):
    database_url: str
    redis_url: str
    ballot_database_url: str


def default_folder() -> Path:
    """``DATA_DIR/test``, kept between runs."""
    checkout = Path(__file__).resolve().parents[2]
    return Path(os.environ.get("DATA_DIR", checkout / "var")).resolve() / "test"


@contextlib.contextmanager
def embedded_services(data_dir: Path | None = None) -> Iterator[Services]:
    """The services below ``data_dir``; a second run at the same time gets a folder beside it.

    Under pytest-xdist call it in the controller only and hand the addresses to the workers
    through the environment.
    """
    with contextlib.ExitStack() as stack:
        folder, lock = _free_folder(data_dir or default_folder(), stack)
        postgres = Postgres(folder, settings=THROWAWAY)
        valkey = Valkey(folder, is_throwaway=True)
        ballots = BallotPostgres(folder, settings=THROWAWAY)
        servers: dict[str, Postgres | Valkey] = {
            "postgres": postgres,
            "valkey": valkey,
            "ballot-postgres": ballots,
        }
        for name, service in servers.items():
            service.initialise()
            stack.enter_context(running(name, service, folder, lock))
        for name, service in servers.items():
            wait_until_ready(name, service, folder)
        yield Services(postgres.url, valkey.url, ballots.url)


def _free_folder(wanted: Path, stack: contextlib.ExitStack) -> tuple[Path, FolderLock]:
    for number in range(1, _SETS_SIDE_BY_SIDE + 1):
        folder = wanted if number == 1 else wanted.with_name(f"{wanted.name}-{number}")
        prepare_folder(folder)
        with contextlib.suppress(CannotStart):
            return folder, stack.enter_context(FolderLock(folder))
    raise CannotStart(f"{_SETS_SIDE_BY_SIDE} test runs already use {wanted}: wait for one to end.")


def main(words: list[str]) -> int:
    command = words[1:] if words[:1] == ["--"] else words
    if not command:
        sys.stderr.write("usage: python -m engagement.supervisor.testing -- COMMAND…\n")
        return 2
    try:
        with embedded_services() as services:
            added = {
                "DATABASE_URL": services.database_url,
                "REDIS_URL": services.redis_url,
                "BALLOT_DATABASE_URL": services.ballot_database_url,
            }
            with contextlib.suppress(KeyboardInterrupt):
                return subprocess.run(command, env={**os.environ, **added}, check=False).returncode
            return 130
    except CannotStart as problem:
        sys.stderr.write(f"{problem}\n")
        return 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
