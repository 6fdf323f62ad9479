"""Our calendar files as another library reads them: ical.js, which Thunderbird is built on."""

import contextlib
import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

FOLDER = Path(__file__).parent


class Oracle:
    """One process, asked one file at a time."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    @classmethod
    @contextlib.contextmanager
    def open(cls) -> Iterator[Self]:
        """:raises RuntimeError: without Node.js and npm."""
        node, npm = shutil.which("node"), shutil.which("npm")
        if node is None or npm is None:
            raise RuntimeError("The comparison needs Node.js and npm on the PATH.")
        if not (FOLDER / "node_modules" / "ical.js").exists():
            words = [npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
            subprocess.run(words, cwd=FOLDER, check=True, capture_output=True)
        with subprocess.Popen(
            [node, "oracle.mjs"],
            cwd=FOLDER,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            try:
                yield cls(process)
            finally:
                process.kill()

    def read(self, file: bytes) -> dict[str, Any]:
        """:raises ValueError: when they cannot read it."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(file.decode()) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        if "error" in answer:
            raise ValueError(answer["error"])
        return answer
