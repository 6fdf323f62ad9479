"""What a leader will see of a group, with invented numbers and the rules of publication in force.

Pure. No distribution below twenty answers, means in tenths that never reach the ends of the scale,
one number hidden. The same for the same group, and nothing in it comes from an answer.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

FEWEST = 5
SHARES_FROM = 20
# Half of a 95 % interval at the lower edge of each size band, for a spread of 0.95 on five points.
HALF_WIDTHS = ((20, 0.44), (12, 0.60), (8, 0.79), (5, 1.18))
# Where on its scale an invented mean lies, of 1; the hidden one is None.
INVENTED = (0.78, 0.62, 0.55, None, 0.70, 0.47, 0.66, 0.58)
MOST_ROWS = 6


@dataclass(frozen=True)
class Theme:
    """A driver with the ends of the scale it is asked on."""

    name: str
    low: int
    high: int


@dataclass(frozen=True)
class Row:
    """One theme's number; ``mean`` None is a hidden one."""

    name: str
    low: int
    high: int
    mean: float | None = None
    lower: float = 0
    upper: float = 0
    site: float = 0
    favourable: int | None = None

    def _at(self, value: float) -> float:
        """Where ``value`` is drawn, of 200."""
        return round(200 * (value - self.low) / (self.high - self.low), 1)

    @property
    def dot(self) -> str:
        return str(self._at(self.mean or self.low))

    @property
    def line(self) -> tuple[str, str]:
        return str(self._at(self.lower)), str(self._at(self.upper))

    @property
    def tick(self) -> str:
        return str(self._at(self.site))


def answered_of(invited: int) -> int:
    """How many of a group the sample makes answer: three of four, and never too few to show."""
    return max(FEWEST, round(0.75 * invited))


def sample_rows(themes: Iterable[Theme], *, invited: int) -> list[Row]:
    """A row for each theme, as a group of ``invited`` would see them."""
    return list(_rows(list(themes)[:MOST_ROWS], answered_of(invited)))


def _rows(themes: list[Theme], n: int) -> Iterator[Row]:
    for theme, place in zip(themes, INVENTED, strict=False):
        if place is None:
            yield Row(theme.name, theme.low, theme.high)
            continue
        width = theme.high - theme.low
        mean = _capped(theme.low + place * width, theme, n)
        half = next(half for edge, half in HALF_WIDTHS if n >= edge) * width / 4
        yield Row(
            theme.name,
            theme.low,
            theme.high,
            mean=mean,
            lower=max(theme.low, round(mean - half, 1)),
            upper=min(theme.high, round(mean + half, 1)),
            site=round(theme.low + 0.61 * width, 1),
            favourable=5 * round(100 * place / 5) if n >= SHARES_FROM else None,
        )


def _capped(mean: float, theme: Theme, n: int) -> float:
    """Never outside [low + 4/n, high - 4/n], rounded inwards: a mean at the end names every answer."""
    lowest = math.ceil(10 * (theme.low + 4 / n)) / 10
    highest = math.floor(10 * (theme.high - 4 / n)) / 10
    return min(max(round(mean, 1), lowest), highest)
