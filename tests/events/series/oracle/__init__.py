"""Days and moments of rules beside other people's programs: rrule and ical.js, in Node.js."""

import json
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent


def ask(cases: Sequence[dict[str, Any]]) -> list[tuple[list[int], list[int]]]:
    """What they answer to each case: days as yyyymmdd, and their moments in seconds since 1970.

    :raises RuntimeError: without Node.js and npm.
    """
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        raise RuntimeError("The comparison needs Node.js and npm on the PATH.")
    if not (FOLDER / "node_modules" / "ical.js").exists():
        words = [npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
        subprocess.run(words, cwd=FOLDER, check=True, capture_output=True)
    answer = subprocess.run(
        [node, "oracle.mjs"],
        cwd=FOLDER,
        input=json.dumps(cases),
        text=True,
        capture_output=True,
        check=True,
        timeout=120,
    )
    return [(days, moments) for days, moments in json.loads(answer.stdout)]
