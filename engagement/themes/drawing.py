"""The year as a drawing: a line for each month, with the days of the plan on it.

Only places, in units of a tenth of a day's width; ``themes/year.html`` draws. Whole numbers, because
an SVG does not read the decimal comma.
"""

import calendar
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from engagement.themes.queries import Planned

WIDTH, LEFT, DAY = 344, 32, 10
EMBLEM_WIDTH, EMBLEM_HEIGHT, GAP = 32, 24, 3
# More emblems above one another than this are told as a number: the list has them all.
MOST_LANES = 3
LETTER = 7


@dataclass(frozen=True)
class Tick:
    x: int
    is_sunday: bool


@dataclass(frozen=True)
class Mark:
    """One theme day's part of a month. ``emblem_y`` is None where no emblem stands: on what goes on
    from the month before, and where there is no room."""

    planned: Planned
    x: int
    width: int
    label: str
    emblem_x: int
    emblem_y: int | None = None

    @property
    def label_x(self) -> int:
        """The middle of its number: below the day that it names where others belong to another
        month."""
        if self.label.startswith("–"):
            return self.x + self.width - DAY // 2
        if self.label.endswith("–"):
            return self.stem_x
        return self.x + self.width // 2

    @property
    def stem_x(self) -> int:
        """Where the emblem stands on the line: at its one day, or at the first of several."""
        return self.x + min(self.width, DAY) // 2


@dataclass
class Line:
    """One month. ``y`` is the line's; ``today_x`` is None in all other months; ``left_off_count`` is
    how many emblems had no room."""

    first: dt.date
    ticks: list[Tick]
    y: int
    height: int
    marks: list[Mark] = field(default_factory=list)
    today_x: int | None = None
    left_off_count: int = 0

    @property
    def end_x(self) -> int:
        return self.ticks[-1].x + DAY // 2


def drawn_year(year: int, planned: Sequence[Planned], *, today: dt.date) -> list[Line]:
    """The twelve lines of ``year``. ``planned`` may hold days that began the year before."""
    return [_line(dt.date(year, month, 1), planned, today=today) for month in range(1, 13)]


def _line(first: dt.date, planned: Sequence[Planned], *, today: dt.date) -> Line:
    days_count = calendar.monthrange(first.year, first.month)[1]
    last = first.replace(day=days_count)
    here = [one for one in planned if one.span.first <= last and one.span.last >= first]
    # From the left; of those that begin together the one that is seen stands nearest to the line.
    here.sort(key=lambda one: (max(one.span.first, first), not one.day.is_on, one.span.days_count))
    placed, lanes_count, left_off_count = _lanes(here, first, last)
    y = 12 + lanes_count * (EMBLEM_HEIGHT + GAP)
    marks = _labelled(
        [
            Mark(
                one, x, width, _label(one, first, last), emblem_x,
                None if lane is None else y - 10 - (lane + 1) * EMBLEM_HEIGHT - lane * GAP,
            )
            for one, x, width, emblem_x, lane in placed
        ]
    )  # fmt: skip
    return Line(
        first=first,
        ticks=[
            Tick(LEFT + number * DAY + DAY // 2, (first.weekday() + number) % 7 == 6)
            for number in range(days_count)
        ],
        y=y,
        height=y + (25 if marks else 11),
        # What is longer lies below, so that Lucia stands on Advent's line.
        marks=sorted(marks, key=lambda mark: (mark.planned.day.is_on, -mark.width)),
        today_x=LEFT + (today.day - 1) * DAY + DAY // 2 if first <= today <= last else None,
        left_off_count=left_off_count,
    )


_Placed = tuple[Planned, int, int, int, int | None]


def _lanes(
    here: Sequence[Planned], first: dt.date, last: dt.date
) -> tuple[list[_Placed], int, int]:
    """Each with its bar and its emblem, in the lowest lane that is free; how many lanes, and how many
    emblems found none."""
    ends: list[int] = []
    placed: list[_Placed] = []
    left_off_count = 0
    for one in here:
        begin, end = max(one.span.first, first), min(one.span.last, last)
        x = LEFT + (begin.day - 1) * DAY
        width = ((end - begin).days + 1) * DAY
        emblem_x = x + DAY // 2 - EMBLEM_WIDTH // 2 if width == DAY else x
        emblem_x = min(max(emblem_x, LEFT - DAY), WIDTH - EMBLEM_WIDTH)
        lane: int | None = None
        if one.span.first >= first or first.month == 1:
            lane = next((n for n, taken in enumerate(ends) if taken + GAP <= emblem_x), len(ends))
            if lane >= MOST_LANES:
                lane, left_off_count = None, left_off_count + 1
            else:
                ends[lane : lane + 1] = [emblem_x + EMBLEM_WIDTH]
        placed.append((one, x, width, emblem_x, lane))
    return placed, len(ends), left_off_count


def _label(one: Planned, first: dt.date, last: dt.date) -> str:
    """The days as numbers, open where they go on in another month."""
    begins = one.span.first.day if one.span.first >= first else ""
    ends = one.span.last.day if one.span.last <= last else ""
    return str(begins) if one.is_one_day else f"{begins}–{ends}".strip()


def _labelled(marks: list[Mark]) -> list[Mark]:
    """Without the numbers that would stand on others: of two the one of fewer days stays, and of what
    is on before what is off."""
    taken: list[tuple[int, int]] = []
    kept: list[Mark] = []
    for mark in sorted(marks, key=lambda mark: (not mark.planned.day.is_on, mark.width, mark.x)):
        half = len(mark.label) * LETTER // 2
        begins, ends = mark.label_x - half, mark.label_x + half
        is_free = all(a - GAP >= ends or begins >= b + GAP for a, b in taken)
        if is_free and mark.label != "–":
            taken.append((begins, ends))
            kept.append(mark)
        else:
            kept.append(replace(mark, label=""))
    return kept
