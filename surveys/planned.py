"""What a draft would become: whom it asks, in which groups, at what cost. Nothing is written."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from engagement.people.models import Person
from engagement.people.tree import Tree
from surveys.access import Place
from surveys.actions.freezing import asked_people, places_in
from surveys.cells import LEADERS, MERGED, TooFew, make_cells
from surveys.queries.audience import people_in, place_ids
from surveys.queries.burden import UnitBurden, burden_of


@dataclass(frozen=True)
class PlannedCell:
    """A group as it would be counted. ``units`` are whose people are in it."""

    kind: str
    units: tuple[str, ...]
    people: int

    @property
    def is_merged(self) -> bool:
        return self.kind == MERGED

    @property
    def is_leaders(self) -> bool:
        return self.kind == LEADERS


@dataclass
class Plan:
    """Head counts and groups of an audience."""

    people: int = 0
    cells: list[PlannedCell] = field(default_factory=list)
    over: list[UnitBurden] = field(default_factory=list)

    @property
    def merged(self) -> list[PlannedCell]:
        return [cell for cell in self.cells if cell.is_merged]

    @property
    def leaders(self) -> int:
        return sum(cell.people for cell in self.cells if cell.is_leaders)

    @property
    def smallest(self) -> int:
        return min((cell.people for cell in self.cells), default=0)


def plan_of(places: Sequence[Place], *, day: dt.date, minutes: int, at: dt.datetime) -> Plan:
    """The groups that ``places`` would make on ``day``, and which units would be asked too much."""
    tree = Tree.on(day)
    people = people_in(places, day=day, tree=tree)
    try:
        made = make_cells(places_in(tree), asked_people(people, tree, at=at))
    except TooFew:
        return Plan(len(people))
    names = {node.unit.key: node.unit.name for node in tree.nodes.values()}
    cells = [
        PlannedCell(cell.kind, tuple(names[key] for key in cell.units), len(cell.people))
        for cell in made
    ]
    burdens = burden_of(_units(people, tree), opens_on=day, minutes=minutes, besides=None)
    return Plan(len(people), cells, [one for one in burdens if one.is_over])


def _units(people: Sequence[Person], tree: Tree) -> list[tuple[str, str]]:
    units = {tree.unit(place_ids(one)[0]) for one in people} - {None}
    return sorted((unit.key, unit.name) for unit in units if unit)
