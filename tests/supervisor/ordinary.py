"""Running something as an ordinary user when the tests run as root."""

import os
import pwd
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
only_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
# An interpreter that starts others of its kind and finds the packages.
_PROBE = "import subprocess, sys, psycopg; subprocess.run([sys.executable, '-c', ''], check=True)"


def nobody() -> tuple[list[str], dict[str, str]]:
    """Command and environment of a Python that runs as nobody; skips when none can."""
    entry = pwd.getpwnam("nobody")
    user = ["--reuid", str(entry.pw_uid), "--regid", str(entry.pw_gid), "--clear-groups"]
    packages = sysconfig.get_path("purelib")
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": f"{CHECKOUT}:{packages}"}
    for python in (sys.executable, "/usr/bin/python3"):
        words = ["setpriv", *user, python]
        probe = subprocess.run(
            [*words, "-c", _PROBE], env=environment, capture_output=True, check=False, cwd="/"
        )
        if probe.returncode == 0:
            return words, environment
    pytest.skip("Python or the checkout lies in a folder that is closed to others")
