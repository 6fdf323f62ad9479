"""``python -m tests.attack``: see the package's docstring."""

import argparse
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

import django

from benchmarks.machine import free_port
from tests.attack.report import Finding, problems, table
from tests.attack.stage import Stage

PEOPLE = 650
ROUNDS = 8


def arguments() -> argparse.Namespace:
    words = argparse.ArgumentParser(prog="python -m tests.attack")
    words.add_argument(
        "--people", type=int, default=PEOPLE, help="how many work there (60 to 10000)"
    )
    words.add_argument("--rounds", type=int, default=ROUNDS, help="how many surveys they answer")
    words.add_argument("--seed", type=int, default=time.time_ns() % 1_000_000)
    words.add_argument("--keep", action="store_true", help="keep the data folder")
    return words.parse_args()


def perform(folder: Path, asked: argparse.Namespace) -> list[Finding]:
    """Starts the product and attacks it. In this process, the product's own code works on the same
    databases: what it imports must know the addresses first."""
    stage = Stage(folder, port=int(os.environ.get("PORT") or free_port()))
    with stage.open():
        os.environ.update(stage.environment)
        django.setup()
        from tests.attack.run import run

        return run(stage, people=asked.people, rounds=asked.rounds, seed=asked.seed)


def main() -> int:
    if not Path("/proc/self").exists():
        sys.stderr.write("`make attack` takes its voters from 127.0.0.77 and needs Linux.\n")
        return 2
    asked = arguments()
    above = os.environ.get("DATA_DIR")
    if above:
        Path(above).mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="vaffel-attack-", dir=above))
    folder.chmod(0o755)  # PostgreSQL may have to run as somebody else
    started = time.monotonic()
    print(f"{asked.people} people, seed {asked.seed}", flush=True)
    findings = perform(folder, asked)
    print(f"\n{table(findings)}\n{time.monotonic() - started:.0f} s", flush=True)
    wrong = list(problems(findings))
    if not wrong and not asked.keep:
        shutil.rmtree(folder, ignore_errors=True)
    else:
        print(f"Data: {folder}")
    print(*(wrong or ["Nothing fell short, and every control was caught."]), sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
