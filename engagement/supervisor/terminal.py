"""Short lines for people; everything else goes to the logs in the data folder."""

import sys


def say(line: str) -> None:
    """One line on the terminal. A closed terminal never stops the platform."""
    try:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
    except OSError:
        pass
