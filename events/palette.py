"""Colours, patterns and letters of competing groups.

A group is told by three signs and its name: a colour, a pattern and a letter. The colours stand in
`events-competitions.css` (light and dark) and `wall.css`; ``tests/look/test_team_colours.py`` proves
their contrast on all three.
"""

import string
from dataclasses import dataclass

COLOURS = 8
PATTERNS = ("plain", "stripes", "dots")
MOST_GROUPS = COLOURS * len(PATTERNS)


@dataclass(frozen=True)
class Sign:
    """How group ``number`` (from 0) is drawn."""

    colour: int
    pattern: str
    letter: str


def sign_of(number: int) -> Sign:
    """Neighbours differ in colour; the pattern changes when the colours come round again."""
    return Sign(
        number % COLOURS,
        PATTERNS[number // COLOURS % len(PATTERNS)],
        string.ascii_uppercase[number % 26],
    )
