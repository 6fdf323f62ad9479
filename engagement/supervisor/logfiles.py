"""The children's logs: files they append to themselves, cut by us when they grow."""

import os
import shutil
from pathlib import Path

MOST_BYTES = 10_000_000
KEPT = 3


def open_log(folder: Path, name: str) -> int:
    """A descriptor that appends to ``<name>.log``; the caller closes it."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
    return os.open(folder / f"{name}.log", flags, 0o600)


def last_line(folder: Path, name: str) -> str:
    """The last thing a child said, at most 300 characters; empty when it said nothing."""
    try:
        with (folder / f"{name}.log").open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - 4096))
            lines = file.read().decode(errors="replace").strip().splitlines()
    except OSError:
        return ""
    return lines[-1][:300] if lines else ""


def rotate(folder: Path, *, most_bytes: int = MOST_BYTES) -> None:
    """Copies and empties each log above ``most_bytes``; keeps three old ones of each.

    The children hold the file open and append, so they go on at its new end.
    """
    for path in folder.glob("*.log"):
        if path.stat().st_size <= most_bytes:
            continue
        for number in range(KEPT - 1, 0, -1):
            older = path.with_name(f"{path.name}.{number}")
            if older.exists():
                older.replace(path.with_name(f"{path.name}.{number + 1}"))
        shutil.copyfile(path, path.with_name(f"{path.name}.1"))
        os.truncate(path, 0)
