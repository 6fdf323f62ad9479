"""``python -m benchmarks [name …]``: runs them, prints tables, ends with 1 when a bound fails.

Without a name all run but the long ones (``survey_day``).
"""

import importlib
import pkgutil
import subprocess
import sys

import benchmarks
from benchmarks.machine import is_inside_services

HELPERS = {
    "__main__", "browser", "electorate", "herd", "machine", "peers", "report", "thanks", "voters"
}  # fmt: skip
# A quarter of an hour each: run when they are named, not with all others.
LONG = {"survey_day"}


def names() -> list[str]:
    """All benchmarks there are: the modules here that are no helpers."""
    found = {module.name for module in pkgutil.iter_modules(benchmarks.__path__)}
    return sorted(found - HELPERS)


def main(wanted: list[str]) -> int:
    unknown = [name for name in wanted if name not in names()]
    if unknown:
        sys.stderr.write(f"There is no benchmark {unknown[0]}: choose from {', '.join(names())}.\n")
        return 2
    if len(wanted) == 1:
        if not is_inside_services():
            print(f"== {wanted[0]}", flush=True)
        bounds = importlib.import_module(f"benchmarks.{wanted[0]}").main()
        print(*bounds, sep="\n", flush=True)
        return 0 if all(bound.holds for bound in bounds) else 1
    # Each in a process of its own: settings, pinning and memory of one never reach the next.
    codes = [
        subprocess.run([sys.executable, "-m", "benchmarks", name], check=False).returncode
        for name in wanted or sorted(set(names()) - LONG)
    ]
    return max(codes)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
