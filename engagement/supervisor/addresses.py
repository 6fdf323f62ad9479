"""Where the embedded services of a data folder answer, for commands run beside them."""

import contextlib
from collections.abc import Iterator, MutableMapping
from pathlib import Path

from engagement.supervisor.folder import FolderLock, prepare_folder
from engagement.supervisor.postgres import Postgres
from engagement.supervisor.problems import CannotStart
from engagement.supervisor.services import running, wait_until_ready
from engagement.supervisor.valkey import Valkey

CHECKOUT = Path(__file__).resolve().parents[2]
# Set when DATABASE_URL is ours and not the administrator's.
EMBEDDED = "VAFFEL_EMBEDDED_DATABASE"


def data_folder(environment: MutableMapping[str, str]) -> Path:
    return Path(environment.get("DATA_DIR") or CHECKOUT / "var").resolve()


def adopt_embedded(environment: MutableMapping[str, str]) -> None:
    """Fills in ``DATABASE_URL`` and ``REDIS_URL`` where they are not set."""
    data_dir = data_folder(environment)
    with contextlib.suppress(CannotStart):
        if not environment.get("DATABASE_URL"):
            environment["DATABASE_URL"] = Postgres(data_dir).url
            environment[EMBEDDED] = "1"
        if not environment.get("REDIS_URL"):
            environment["REDIS_URL"] = Valkey(data_dir).url


@contextlib.contextmanager
def database_at_hand(
    environment: MutableMapping[str, str], *, is_exclusive: bool
) -> Iterator[None]:
    """The database answers inside: the running one, else the embedded one is started for it.

    :raises CannotStart: when ``is_exclusive`` and the platform runs on the embedded database.
    """
    if not environment.get(EMBEDDED):
        yield
        return
    data_dir = data_folder(environment)
    prepare_folder(data_dir)
    with contextlib.ExitStack() as stack:
        try:
            lock = stack.enter_context(FolderLock(data_dir))
        except CannotStart:
            if is_exclusive:
                raise
        else:
            postgres = Postgres(data_dir)
            postgres.initialise()
            stack.enter_context(running("postgres", postgres, data_dir, lock))
            wait_until_ready("postgres", postgres, data_dir)
        yield
