"""Who stands where: arithmetic alone, the same at every moment and when it is frozen.

Per head: each round's sum divided by the heads counted when that round began, and those added up.
Rounded to two decimals, half to even; what is shown is what is compared, so that two groups with the
same number stand alike. Order of entries, of groups and of rounds plays no part.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction

from events.lots import lot_of

# Fewer heads, or fewer who entered something, and a number would tell of single people.
FEWEST = 5
CENT = Decimal("0.01")

COUNTED, TOO_FEW, WAITING = "counted", "too_few", "waiting"
SHARED, FIRST, JUDGE, LOT = "shared", "first", "judge", "lot"


@dataclass(frozen=True)
class Part:
    """One round of one group."""

    total: Decimal
    heads: int


@dataclass(frozen=True)
class Count:
    """One group: its rounds that have begun, and the last moment at which its sum changed.

    ``has_told`` is false while nothing of it may be told yet: too few have entered something.
    """

    key: str
    parts: Sequence[Part]
    has_told: bool = True
    reached_at: dt.datetime | None = None


@dataclass(frozen=True)
class Line:
    """Where a group stands. Only one that is ``counted`` has numbers and a place."""

    key: str
    state: str
    total: Decimal = Decimal(0)
    per_head: Decimal | None = None
    place: int | None = None


def standing(
    counts: Iterable[Count], *, tie: str = SHARED, seed: str = "", winner: str = ""
) -> list[Line]:
    """The groups, best first, those without a number last.

    ``tie`` decides between equals: "first" by ``reached_at``, "lot" by ``seed``, "judge" by the key
    ``winner`` among those who share the first place; where that is empty they share it.
    """
    rows = list(counts)
    lines = [_line(one) for one in rows]
    numbered = [line for line in lines if line.state == COUNTED]
    rank = {one.key: _rank(one, tie=tie, seed=seed) for one in rows}
    order = {line.key: (-(line.per_head or Decimal(0)), *rank[line.key]) for line in numbered}
    best = min(order.values(), default=None)
    if tie == JUDGE and winner in order and order[winner] == best:
        order = {key: (*value, key != winner) for key, value in order.items()}
    placed = [
        replace(line, place=1 + sum(other < order[line.key] for other in order.values()))
        for line in numbered
    ]
    placed.sort(key=lambda line: (line.place or 0, line.key))
    rest = sorted((one for one in lines if one.state != COUNTED), key=lambda line: line.key)
    return placed + rest


def _line(count: Count) -> Line:
    if not count.parts:
        return Line(count.key, WAITING)
    if any(part.heads < FEWEST for part in count.parts):
        return Line(count.key, TOO_FEW)
    if not count.has_told:
        return Line(count.key, WAITING)
    total = sum((part.total for part in count.parts), Decimal(0))
    return Line(count.key, COUNTED, total, per_head(count.parts))


def per_head(parts: Iterable[Part]) -> Decimal:
    """Exact until the last step, then two decimals."""
    exact = sum((Fraction(part.total) / part.heads for part in parts), Fraction(0))
    # A fraction is rounded by itself: dividing as Decimal would have rounded once before.
    cents = round(exact * 100)
    return (Decimal(cents) / 100).quantize(CENT, ROUND_HALF_EVEN)


def _rank(count: Count, *, tie: str, seed: str) -> tuple[object, ...]:
    if tie == FIRST:
        latest = dt.datetime.max.replace(tzinfo=dt.UTC)
        return (count.reached_at or latest,)
    if tie == LOT and seed:
        return (lot_of(seed, count.key),)
    return ()


def shares_first(lines: Iterable[Line]) -> list[str]:
    """The keys of those who share the first place; empty when one alone has it."""
    first = [line.key for line in lines if line.place == 1]
    return first if len(first) > 1 else []
