"""What the attacker measured, line by line."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum


class Kind(Enum):
    """What a line of the table is."""

    ATTACK = "attack"
    # The same measuring code on something that leaks: it must be caught.
    CONTROL = "control"
    # What the design assumes and says: measured, and no verdict.
    ASSUMED = "assumed"


@dataclass(frozen=True)
class Finding:
    """One line. ``holds`` is whether it is as it must be; for an assumption it is always so."""

    attack: str
    tried: str
    measured: str
    limit: str
    holds: bool
    kind: Kind = Kind.ATTACK

    @property
    def verdict(self) -> str:
        if self.kind is Kind.ASSUMED:
            return "assumed, and said"
        if self.kind is Kind.CONTROL:
            return "caught" if self.holds else "NOT CAUGHT"
        return "holds" if self.holds else "FALLS SHORT"


@dataclass
class Report:
    """The lines of a run. Each family of attacks writes its own."""

    attack: str
    findings: list[Finding] = field(default_factory=list)

    def holds(self, tried: str, measured: object, limit: str, holds: bool) -> None:
        """An attack that must fail."""
        self._add(tried, measured, limit, holds, Kind.ATTACK)

    def caught(self, tried: str, measured: object, limit: str, holds: bool) -> None:
        """A positive control: the attack must succeed on it."""
        self._add(f"control: {tried}", measured, limit, holds, Kind.CONTROL)

    def assumed(self, tried: str, measured: object) -> None:
        """What the design gives away knowingly."""
        self._add(tried, measured, "none", True, Kind.ASSUMED)

    def _add(self, tried: str, measured: object, limit: str, holds: bool, kind: Kind) -> None:
        finding = Finding(self.attack, tried, str(measured), limit, bool(holds), kind)
        self.findings.append(finding)
        print(f"  {' · '.join(_cells(finding))}", flush=True)


def _cells(one: Finding) -> list[str]:
    return [one.attack, one.tried, one.measured, one.limit, one.verdict]


HEAD = ("attack", "what was tried", "measured", "limit", "verdict")


LONGEST = 96


def table(findings: list[Finding]) -> str:
    """All lines in columns, each column to the left: most of it is words. Long ones are cut; they were
    told whole when they were found."""
    rows = [list(HEAD), *([_cut(cell) for cell in _cells(one)] for one in findings)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def _cut(cell: str) -> str:
    return cell if len(cell) <= LONGEST else f"{cell[: LONGEST - 1]}…"


def problems(findings: list[Finding]) -> Iterator[str]:
    """What fell short, in words."""
    for one in findings:
        if not one.holds:
            yield f"{one.attack} {one.tried}: {one.measured} (limit: {one.limit}) {one.verdict}"
