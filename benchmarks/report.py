"""Tables, and the bounds that make a run fail."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Bound:
    """One promise: ``value`` is at least ``least``, or at most ``most``."""

    name: str
    value: float
    least: float | None = None
    most: float | None = None
    unit: str = ""

    @property
    def holds(self) -> bool:
        return (self.least is None or self.value >= self.least) and (
            self.most is None or self.value <= self.most
        )

    def __str__(self) -> str:
        wanted = f"≥ {self.least:g}" if self.least is not None else f"≤ {self.most:g}"
        verdict = "holds" if self.holds else "FALLS SHORT"
        return f"{self.name}: {self.value:.2f}{self.unit} ({wanted}{self.unit}) {verdict}"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Plain columns, the first one to the left, the others to the right."""
    lines = [list(head), *map(list, rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in lines
    )
