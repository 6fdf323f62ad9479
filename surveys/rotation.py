"""Whose turn it is in a pulse plan, and what they are asked. Pure, without dice.

Panels are sets of whole groups, of about the same head count, with every site in each panel where a
site has groups enough. Questions come round so that every driver is asked each quarter, and no panel
gets the same again before it has had the others.
"""

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from surveys.instruments.minutes import SECONDS_A_TEXT_ITEM, seconds_of

LONGEST_SECONDS = 180
SHORTEST_QUARTER_DAYS = 90


@dataclass(frozen=True)
class Atom:
    """Units that are asked together because they are counted together."""

    units: tuple[str, ...]
    people: int
    sites: frozenset[str]


def deal(atoms: Iterable[Atom], panels: int) -> list[list[Atom]]:
    """``atoms`` in so many panels. The largest first, to where its site is missing, then to where
    the fewest people are.
    """
    dealt: list[list[Atom]] = [[] for _ in range(panels)]
    waiting = sorted(atoms, key=lambda atom: (-atom.people, atom.units))

    def place(atom: Atom, among: Sequence[int]) -> None:
        smallest = min(among, key=lambda number: (_people(dealt[number]), number))
        dealt[smallest].append(atom)

    rest: list[Atom] = []
    for atom in waiting:
        lacking = [
            number
            for number in range(panels)
            if atom.sites - {site for other in dealt[number] for site in other.sites}
        ]
        if lacking:
            place(atom, lacking)
        else:
            rest.append(atom)
    for atom in rest:
        place(atom, range(panels))
    return dealt


def _people(atoms: Iterable[Atom]) -> int:
    return sum(atom.people for atom in atoms)


def choose_items(
    pool: Sequence[dict[str, Any]],
    *,
    count: int,
    panel_asked: Sequence[str],
    plan_asked: Sequence[str],
    this_quarter: Collection[str],
) -> list[str]:
    """Keys of up to ``count`` items of ``pool``, within three minutes, in the order of ``pool``.

    Drivers that nobody was asked about this quarter come first, then those the panel has not had
    for longest (``panel_asked``, oldest first), then the plan (``plan_asked``). At most one open
    question.
    """
    in_panel = {key: place for place, key in enumerate(panel_asked)}
    in_plan = {key: place for place, key in enumerate(plan_asked)}
    by_driver: dict[str, list[dict[str, Any]]] = {}
    for item in pool:
        by_driver.setdefault(driver_of(item), []).append(item)
    for items in by_driver.values():
        items.sort(key=lambda one: (in_panel.get(one["key"], -1), in_plan.get(one["key"], -1)))

    def wait(driver: str) -> tuple[bool, int, int]:
        keys = [one["key"] for one in by_driver[driver]]
        return (
            driver in this_quarter,
            max(in_panel.get(key, -1) for key in keys),
            max(in_plan.get(key, -1) for key in keys),
        )

    chosen: list[dict[str, Any]] = []
    queue = sorted(by_driver, key=wait)
    while queue and len(chosen) < count:
        driver = queue.pop(0)
        item = by_driver[driver].pop(0)
        if seconds_of([*chosen, item]) <= LONGEST_SECONDS:
            chosen.append(item)
        if by_driver[driver] and item["kind"] != "text":
            queue.append(driver)
    keys = {item["key"] for item in chosen}
    return [item["key"] for item in pool if item["key"] in keys]


def driver_of(item: dict[str, Any]) -> str:
    """The theme that has to come round; open questions are one of their own."""
    return "text" if item["kind"] == "text" else str(item["driver"] or item["key"])


def most_seconds(pool: Sequence[dict[str, Any]], count: int) -> int:
    """The longest a round of ``count`` items may take: at most one of them is open."""
    has_text = any(item["kind"] == "text" for item in pool)
    scale = [item for item in pool if item["kind"] != "text"][: count - has_text]
    return seconds_of(scale) + (SECONDS_A_TEXT_ITEM if has_text else 0)


def rounds_a_quarter(weeks_between: int) -> int:
    """How many rounds open in every quarter, at the least."""
    return SHORTEST_QUARTER_DAYS // (7 * weeks_between)


def themes_left_out(pool: Sequence[dict[str, Any]], count: int, weeks_between: int) -> bool:
    """Whether ``count`` items a round are too few for every driver to be asked each quarter."""
    return rounds_a_quarter(weeks_between) * count < len({driver_of(item) for item in pool})


def round_day(starts_on: dt.date, weeks_between: int, number: int) -> dt.date:
    """The day on which round ``number`` (from 1) opens."""
    return starts_on + dt.timedelta(weeks=weeks_between * (number - 1))


def panel_number(number: int, panels: int) -> int:
    """Which panel (from 1) has round ``number`` (from 1)."""
    return (number - 1) % panels + 1
