"""A wall clock that a journey moves while the whole product runs under it, unchanged.

Days pass in a moment: `moved_clock.c` is loaded into every process (``LD_PRELOAD``) and adds what
stands in one shared file to the time of day. Needs a C compiler.
"""

import datetime as dt
import mmap
import struct
import subprocess
from pathlib import Path

SOURCE = Path(__file__).with_name("moved_clock.c")
OPTIONS = ["-std=c11", "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC"]


class MovedClock:
    """A clock of its own, kept in ``folder``, which every user of the machine can read."""

    def __init__(self, folder: Path) -> None:
        self._library = folder / "moved_clock.so"
        words = ["cc", *OPTIONS, "-o", str(self._library), str(SOURCE), "-ldl"]
        subprocess.run(words, check=True)
        self._file = folder / "moved_clock"
        self._file.write_bytes(bytes(8))
        with self._file.open("r+b") as opened:
            self._shared = mmap.mmap(opened.fileno(), 8)

    @property
    def environment(self) -> dict[str, str]:
        """What a process must be started with to live by this clock."""
        return {"LD_PRELOAD": str(self._library), "MOVED_CLOCK": str(self._file)}

    @property
    def now(self) -> dt.datetime:
        moved: int = struct.unpack("=q", self._shared[:])[0]
        return dt.datetime.now(dt.UTC) + dt.timedelta(seconds=moved)

    def move_to(self, moment: dt.datetime) -> None:
        """From here on it is ``moment``, for everybody at once."""
        moved = moment - dt.datetime.now(dt.UTC)
        self._shared[:] = struct.pack("=q", round(moved.total_seconds()))
