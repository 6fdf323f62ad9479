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
    except ImportError:
        sys.exit(
            "Vaffel's packages are not installed for this Python: run `make start` or `make demo`, "
            "or use .venv/bin/python."
        )
    try:
        _ = settings.BASE_DIR  # reads them, and with them the environment
    except ImproperlyConfigured as problem:
        sys.exit(f"Vaffel cannot start: {problem}")
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
