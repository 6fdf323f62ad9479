#!/usr/bin/env python3
"""Django's commands, and ours: demo, start, run, doctor, backup, restore, import_roster …"""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "engagement.settings")
    try:
        from django.conf import settings
        from django.core.exceptions import ImproperlyConfigured
        from django.core.management import execute_from_command_line
        from django.db import OperationalError

        from engagement.supervisor.addresses import adopt_embedded
    except ImportError:
        sys.exit(
            "Vaffel's packages are not installed for this Python: run `make start` or `make demo`, "
            "or use .venv/bin/python."
        )
    # A command typed beside the running platform finds its database without being told.
    if sys.argv[1:2] not in (["start"], ["demo"]):
        adopt_embedded(os.environ)
    try:
        _ = settings.BASE_DIR  # reads them, and with them the environment
    except ImproperlyConfigured as problem:
        sys.exit(f"Vaffel cannot start: {problem}")
    try:
        execute_from_command_line(sys.argv)
    except OperationalError as problem:
        if "connection" not in str(problem):
            raise
        sys.exit(
            f"The database does not answer ({str(problem).splitlines()[0]}): start Vaffel first, "
            "or check DATABASE_URL."
        )


if __name__ == "__main__":
    main()
