"""How much better than chance an attacker is, told as an exact or a normal probability.

All tests use one level: `ALPHA`. A run measures some hundred of them, so that chance alone makes one
run in ten thousand fall short; what really leaks is further out by orders of magnitude.
"""

import math
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

ALPHA = 1e-6
# Probabilities below this are not told apart.
LEAST = 1e-15
# More right links than this in one group of strangers do not happen (1/40! of the time).
MOST_HITS = 40


@dataclass(frozen=True)
class Line:
    """One group, in which things are to be linked to candidates.

    ``things`` names the true candidate of each thing, in the order in which the attacker sees the
    things; ``candidates`` are all that come into question, in the order of another trace.
    """

    things: Sequence[Hashable]
    candidates: Sequence[Hashable]


@dataclass(frozen=True)
class Links:
    """``right`` of ``of`` links are true, where chance makes ``expected`` true."""

    right: int
    of: int
    expected: float
    p: float
    # Rank correlation of the two orders, in standard deviations of chance; None without an order.
    z: float

    @property
    def share(self) -> float:
        return self.right / self.of if self.of else 0.0

    @property
    def least(self) -> float:
        """The smaller probability of the two."""
        return min(self.p, p_of_z(self.z))

    @property
    def is_chance(self) -> bool:
        return self.least > ALPHA

    def __str__(self) -> str:
        return (
            f"{self.right} of {self.of} right ({100 * self.share:.1f} %), chance {self.expected:.1f}, "
            f"p={told(self.p)}, z={self.z:+.1f}"
        )


def told(p: float) -> str:
    return f"<{LEAST:g}" if p < LEAST else f"{p:.2g}"


def links_by_order(lines: Iterable[Line]) -> Links:
    """The attacker's best with two orders: the first thing is the first candidate's, and so on.

    With fewer things than candidates, those at the same share of the way are linked. ``p`` is the
    exact probability of so many right links or more when the things of each group are strewn at
    random over its candidates.
    """
    right = of = 0
    expected = 0.0
    sizes: list[tuple[int, int]] = []
    correlation = variance = 0.0
    for line in lines:
        m, n = len(line.things), len(line.candidates)
        if not m:
            continue
        sizes.append((m, n))
        of += m
        expected += m / n
        for position, true in enumerate(line.things):
            right += line.candidates[(2 * position + 1) * n // (2 * m)] == true
        places = {one: place for place, one in enumerate(line.candidates)}
        product, spread = _covariance([places[true] for true in line.things])
        correlation += product
        variance += spread
    z = correlation / math.sqrt(variance) if variance else 0.0
    return Links(right, of, expected, _tail(sizes, right), z)


def _covariance(ranks: Sequence[float]) -> tuple[float, float]:
    """Σ (i − mean)(rank − mean), and its variance when the ranks are in random order."""
    m = len(ranks)
    if m < 2:
        return 0.0, 0.0
    middle, mean = (m - 1) / 2, sum(ranks) / m
    product = sum((i - middle) * (rank - mean) for i, rank in enumerate(ranks))
    spread = sum((i - middle) ** 2 for i in range(m)) * sum((rank - mean) ** 2 for rank in ranks)
    return product, spread / (m - 1)


def order_against_value(groups: Iterable[Sequence[float]]) -> float:
    """Whether an order goes with a value (a score, say): in standard deviations of chance."""
    product = variance = 0.0
    for values in groups:
        one, spread = _covariance(values)
        product += one
        variance += spread
    return product / math.sqrt(variance) if variance else 0.0


def nearness(groups: Iterable[Sequence[Hashable]]) -> tuple[float, int]:
    """Whether what belongs together stands together: in standard deviations of chance, below 0 is
    nearer; and of how many pairs. A group is the owners of things in the order seen; pairs are two
    things of one owner.
    """
    distance = variance = 0.0
    count = 0
    for owners in groups:
        n = len(owners)
        places: dict[Hashable, int] = {}
        for place, owner in enumerate(owners):
            if owner in places:
                distance += place - places.pop(owner) - (n + 1) / 3
                variance += (n + 1) * (n - 2) / 18
                count += 1
            else:
                places[owner] = place
    return (distance / math.sqrt(variance) if variance else 0.0), count


def chi_square(counts: Sequence[int]) -> float:
    """The probability that equally likely values fall as unevenly or more (Wilson-Hilferty)."""
    freedom, expected = len(counts) - 1, sum(counts) / len(counts)
    if not expected:
        raise ValueError("nothing was counted")
    found = sum((one - expected) ** 2 for one in counts) / expected
    spread = 2 / (9 * freedom)
    z = ((found / freedom) ** (1 / 3) - (1 - spread)) / math.sqrt(spread)
    return math.erfc(z / math.sqrt(2)) / 2


def p_of_z(z: float) -> float:
    """Two-sided."""
    return math.erfc(abs(z) / math.sqrt(2))


@lru_cache(maxsize=4096)
def hits(m: int, n: int) -> tuple[float, ...]:
    """The probabilities of 0, 1, 2 … right links when ``m`` things are strewn over ``n`` places."""
    moments = [1.0]
    for r in range(1, min(m, MOST_HITS) + 1):
        moments.append(moments[-1] * (m - r + 1) / (r * (n - r + 1)))
    found = [
        max(
            0.0, sum((-1) ** (r - k) * math.comb(r, k) * moments[r] for r in range(k, len(moments)))
        )
        for k in range(min(len(moments), 20))
    ]
    while len(found) > 1 and found[-1] < 1e-18:
        found.pop()
    return tuple(found)


def _tail(sizes: Sequence[tuple[int, int]], right: int) -> float:
    """The probability of ``right`` links or more over all groups: their distributions, convolved."""
    whole = [1.0]
    for size in sizes:
        one = hits(*size)
        found = [0.0] * (len(whole) + len(one) - 1)
        for i, left in enumerate(whole):
            if left > 1e-20:
                for j, more in enumerate(one):
                    found[i + j] += left * more
        while len(found) > 1 and found[-1] < 1e-20:
            found.pop()
        whole = found
    return min(1.0, math.fsum(whole[right:]))
