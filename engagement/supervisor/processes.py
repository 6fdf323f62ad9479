"""One child process: how it is bound to us, and whom it runs as."""

import ctypes
import os
import pwd
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from engagement.supervisor.problems import CannotStart

PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
# PostgreSQL asks access(2) whether it may run itself, and access(2) forgets capabilities of
# anybody but root unless this bit is set.
_KEEP_CAPABILITIES = ("--securebits", "+no_setuid_fixup")
_READ_PAST_FOLDERS = "-all,+dac_override,+dac_read_search"


def dies_with_parent(stop_signal: int = signal.SIGTERM) -> Callable[[], None]:
    """A ``preexec_fn``: the kernel sends ``stop_signal`` to the child when we are gone (Linux)."""
    parent = os.getpid()

    def bind() -> None:
        if _LIBC is None:
            return
        _LIBC.prctl(PR_SET_PDEATHSIG, int(stop_signal), 0, 0, 0)
        if os.getppid() != parent:  # gone before we were bound
            os._exit(1)

    return bind


def is_root() -> bool:
    return os.geteuid() == 0


def unprivileged_user(data: Path) -> tuple[int, int] | None:
    """Whom a server that refuses root runs as: ``(uid, gid)``; None when we are not root.

    The owner of ``data`` when it exists, so that a folder keeps its owner for life; else the
    user ``postgres``, else ``nobody``.
    """
    if not is_root():
        return None
    if data.exists() and (owner := data.stat()).st_uid != 0:
        return owner.st_uid, owner.st_gid
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return entry.pw_uid, entry.pw_gid
    raise CannotStart(
        "PostgreSQL refuses to run as root and there is no user 'postgres' or 'nobody' here: "
        "start Vaffel as an ordinary user, or set DATABASE_URL."
    )


def as_user(user: tuple[int, int] | None, needs: Sequence[Path], stop_signal: str) -> list[str]:
    """The words to put before a command so that it runs as ``user``.

    Folders above ours may be closed to that user (a checkout below /root). Nothing is opened up
    for that: only then the process is given the right to pass closed folders, and nothing else.
    ``needs`` are the paths it must reach. The binding of `dies_with_parent` is lost when the user
    changes, so it is made again with ``stop_signal``.
    """
    if user is None:
        return []
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise CannotStart(
            "PostgreSQL refuses to run as root and 'setpriv' is missing: install util-linux, "
            "start Vaffel as an ordinary user, or set DATABASE_URL."
        )
    plain = [
        setpriv,
        "--reuid",
        str(user[0]),
        "--regid",
        str(user[1]),
        "--clear-groups",
    ]
    plain += ["--pdeathsig", stop_signal]
    with_rights = [*plain, *_KEEP_CAPABILITIES, "--inh-caps", _READ_PAST_FOLDERS]
    with_rights += ["--ambient-caps", _READ_PAST_FOLDERS]
    for prefix in (plain, with_rights):
        if _reaches(prefix, needs):
            return prefix
    raise CannotStart(
        f"The user with id {user[0]} that PostgreSQL must run as cannot reach {needs[0]}: "
        "start Vaffel as an ordinary user, move the checkout and DATA_DIR out of closed folders, "
        "or set DATABASE_URL."
    )


def _reaches(prefix: Sequence[str], needs: Sequence[Path]) -> bool:
    # cat and ls do what they say; test(1) would ask access(2), see above.
    script = 'for path in "$@"; do ls -d "$path" >/dev/null 2>&1 || exit 1; done'
    words = [*prefix, "/bin/sh", "-c", script, "sh", *map(str, needs)]
    return subprocess.run(words, capture_output=True, check=False).returncode == 0
