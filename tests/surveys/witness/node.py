"""The scripts of the witness page in Node.js: one process, asked one thing at a time."""

import base64
import contextlib
import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

ROOT = Path(__file__).resolve().parents[3]
# Where they stand on disk, and under which folder they are served.
SCRIPTS = {
    "surveys": ROOT / "surveys" / "static" / "surveys",
    "ballot": ROOT / "surveys" / "ballots" / "page",
}


def is_possible() -> bool:
    return shutil.which("node") is not None


def lay_out(folder: Path) -> None:
    """Puts the scripts under ``folder`` as the static files are served."""
    for name, source in SCRIPTS.items():
        (folder / name).mkdir()
        for script in source.glob("*.js"):
            shutil.copy(script, folder / name)


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


class Witness:
    """Their side of a comparison."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    @classmethod
    @contextlib.contextmanager
    def open(cls, folder: Path) -> Iterator[Self]:
        lay_out(folder)
        (folder / "package.json").write_text('{"type": "module"}')
        shutil.copy(Path(__file__).with_name("ask.mjs"), folder)
        with subprocess.Popen(
            [str(shutil.which("node")), "ask.mjs"],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        ) as process:
            try:
                yield cls(process)
            finally:
                process.kill()

    def ask(self, order: str, **values: Any) -> dict[str, Any]:
        """Bytes are told in base 64; ``bad`` in the answer is a refusal."""
        assert self._process.stdin
        assert self._process.stdout
        told = {
            name: encoded(value) if isinstance(value, bytes) else value
            for name, value in values.items()
        }
        self._process.stdin.write(json.dumps({"order": order, **told}) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        assert "error" not in answer, answer["error"]
        return answer
