"""How alike two titles are, by the letters they share three by three."""

from engagement.people.models import folded

ALIKE = 0.4


def trigrams(text: str) -> frozenset[str]:
    """Three letters at a time of each word, with its ends: "quiz" gives "  q", " qu", "qui" …"""
    found: set[str] = set()
    for word in folded(text).split():
        padded = f"  {word} "
        found.update(padded[place : place + 3] for place in range(len(padded) - 2))
    return frozenset(found)


def likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """From 0 (nothing) to 1 (the same): how much of the shorter title the other has, and the longer
    one a little as well."""
    if not one or not other:
        return 0.0
    shared = len(one & other)
    return 0.75 * shared / min(len(one), len(other)) + 0.25 * shared / max(len(one), len(other))
