"""The data folder: everything the embedded services write, owned by one supervisor at a time."""

import contextlib
import errno
import fcntl
import hashlib
import os
import re
import secrets
import shutil
import signal
import stat
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from engagement.supervisor.problems import CannotStart

# Raised when an older Vaffel could no longer read the folder.
DATA_VERSION = 1
NEEDED_MEGABYTES = 300
# sun_path holds 108 bytes with its closing zero.
LONGEST_SOCKET_PATH = 107
LONGEST_SOCKET_NAME = len("/.s.PGSQL.5432")
_PLAIN_PATH = re.compile(r"[A-Za-z0-9_./-]+")
# After a kill -9 the children end by themselves; what is still there then is killed.
_PATIENCE_SECONDS = 10.0
_LEFTOVERS_SECONDS = 20.0


def prepare_folder(data_dir: Path) -> None:
    """Makes the folder or says in one sentence why it cannot be used."""
    try:
        # Others may pass through (PostgreSQL runs as another user under root), not look around.
        data_dir.mkdir(mode=0o711, parents=True, exist_ok=True)
        for name in ("log", "mail", "media"):
            (data_dir / name).mkdir(mode=0o700, exist_ok=True)
        (data_dir / "run").mkdir(mode=0o711, exist_ok=True)
        probe = data_dir / f".probe-{os.getpid()}"
        probe.write_text("x")
        probe.unlink()
    except OSError as error:
        raise _unusable(data_dir, error) from error
    check_disk(data_dir)
    _check_version(data_dir)


def _unusable(data_dir: Path, error: OSError) -> CannotStart:
    if error.errno == errno.ENOSPC:
        return _disk_full(data_dir)
    if error.errno in (errno.EEXIST, errno.ENOTDIR):
        return CannotStart(
            f"DATA_DIR is {data_dir}, which is a file or lies below one: set DATA_DIR to a folder."
        )
    return CannotStart(
        f"Vaffel cannot write to its data folder {data_dir} ({error.strerror}): give user "
        f"{os.geteuid()} the right to, or set DATA_DIR to a folder it may write."
    )


def free_megabytes(data_dir: Path) -> int:
    return shutil.disk_usage(data_dir).free // 1_000_000


def check_disk(data_dir: Path) -> None:
    """Refuses a disk so full that the database would stop soon."""
    if free_megabytes(data_dir) < NEEDED_MEGABYTES:
        raise _disk_full(data_dir)


def _disk_full(data_dir: Path) -> CannotStart:
    return CannotStart(
        f"The disk of {data_dir} has {free_megabytes(data_dir)} MB free and Vaffel needs "
        f"{NEEDED_MEGABYTES}: free some space, or set DATA_DIR to another disk."
    )


def _check_version(data_dir: Path) -> None:
    stamp = data_dir / "version"
    try:
        found = int(stamp.read_text().strip() or DATA_VERSION)
    except FileNotFoundError:
        stamp.write_text(f"{DATA_VERSION}\n")
        return
    except (ValueError, OSError) as error:
        raise CannotStart(
            f"{stamp} cannot be read as a version number: if {data_dir} really is a data folder "
            "of Vaffel restore that file from a backup, else set DATA_DIR to another folder."
        ) from error
    if found > DATA_VERSION:
        raise CannotStart(
            f"The data folder {data_dir} was written by a newer Vaffel (folder version {found}, "
            f"this one knows {DATA_VERSION}): start the newer Vaffel, or set DATA_DIR to another "
            "folder and restore a backup into it."
        )


def secret_key(data_dir: Path) -> str:
    """The key of this installation, made on the first start and readable by its owner only."""
    return _kept_secret(data_dir / "secret-key")


def ballot_secret(data_dir: Path, name: str) -> str:
    """A secret of the ballot box, in a folder that only we may enter and no backup holds."""
    folder = data_dir / "ballot-secrets"
    make_private_folder(folder)
    return _kept_secret(folder / name)


def _kept_secret(path: Path) -> str:
    if not path.exists():
        fresh = path.with_name(f".{path.name}-{os.getpid()}")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(48))
            file.flush()
            os.fsync(file.fileno())
        fresh.rename(path)
    return path.read_text().strip()


def socket_folder(data_dir: Path, name: str, *, owner: int | None = None) -> Path:
    """Where the socket of ``name`` lies; makes nothing.

    ``DATA_DIR/run/<name>``; below a deep or oddly named DATA_DIR a folder in /run or /tmp whose
    name is derived from DATA_DIR and its owner.
    """
    inside = data_dir / "run" / name
    fits = len(os.fsencode(inside)) + LONGEST_SOCKET_NAME <= LONGEST_SOCKET_PATH
    if fits and _PLAIN_PATH.fullmatch(str(inside)):
        return inside
    owner = os.geteuid() if owner is None else owner
    digest = hashlib.sha256(os.fsencode(data_dir.resolve())).hexdigest()[:16]
    base = Path("/run") if os.access("/run", os.W_OK) else Path("/tmp")  # noqa: S108 (owner checked)
    return base / f"vaffel-{owner}-{digest}-{name}"


def make_private_folder(path: Path, *, user: tuple[int, int] | None = None) -> None:
    """A folder only ``user`` (or we) may enter; refuses one that somebody else put there."""
    owner = os.geteuid() if user is None else user[0]
    try:
        path.mkdir(mode=0o700)
        if user is not None:
            os.chown(path, *user)
    except FileExistsError:
        pass
    except OSError as error:
        raise CannotStart(
            f"Vaffel cannot make the folder {path} for its sockets ({error.strerror}): give user "
            f"{os.geteuid()} the right to write there, or use a shorter DATA_DIR."
        ) from error
    found = path.lstat()
    is_ours = stat.S_ISDIR(found.st_mode) and found.st_uid == owner
    if not is_ours or found.st_mode & 0o077:
        raise CannotStart(
            f"{path} should be a folder that belongs to user {owner} and is closed to others, and "
            "it is not: somebody else made it, so remove it and start again."
        )


class FolderLock:
    """Holds the data folder for one supervisor; children keep a second lock while they live.

    ``lock`` belongs to the supervisor alone. ``run/children.lock`` is inherited by every child,
    so after a ``kill -9`` the next start waits until the last of them is gone.
    """

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._own: int | None = None
        self._children: int | None = None

    @property
    def for_children(self) -> int:
        """The descriptor to hand to every child."""
        assert self._children is not None
        return self._children

    def __enter__(self) -> Self:
        try:
            self._take_own()
            self._wait_for_leftovers()
        except BaseException:
            self._close()
            raise
        return self

    def _take_own(self) -> None:
        path = self._data_dir / "lock"
        self._own = _open_lock(path)
        if not _take(self._own):
            pid = path.read_text().strip() or "unknown"
            raise CannotStart(
                f"Vaffel is already running on {self._data_dir} (process {pid}): stop that one "
                "first, or set DATA_DIR and PORT to run another beside it."
            )
        os.ftruncate(self._own, 0)
        os.write(self._own, f"{os.getpid()}\n".encode())

    def _wait_for_leftovers(self) -> None:
        path = self._data_dir / "run" / "children.lock"
        self._children = _open_lock(path)
        began = time.monotonic()
        while not _take(self._children):
            if time.monotonic() > began + _PATIENCE_SECONDS:
                _kill_holders(path)
            if time.monotonic() > began + _LEFTOVERS_SECONDS:
                raise CannotStart(
                    f"Processes of an earlier run still use {self._data_dir} after "
                    f"{_LEFTOVERS_SECONDS:.0f} s: end them (`fuser -v "
                    f"{self._data_dir}/run/children.lock` lists them) and start again."
                )
            time.sleep(0.1)

    def _close(self) -> None:
        for descriptor in (self._children, self._own):
            if descriptor is not None:
                os.close(descriptor)
        self._children = self._own = None

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._close()


def _open_lock(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise CannotStart(
            f"Vaffel cannot write {path} ({error.strerror}): it was started as another user "
            f"before; start it as that user again, or give the folder to user {os.geteuid()}."
        ) from error


def _kill_holders(lock: Path) -> None:
    """Kills whatever inherited ``lock`` from a supervisor that is gone (Linux)."""
    wanted = lock.resolve()
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        with contextlib.suppress(OSError):
            pid = int(link.parts[2])
            if pid != os.getpid() and link.readlink() == wanted:
                os.kill(pid, signal.SIGKILL)


def _take(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
