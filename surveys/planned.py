"""What a draft would become: whom it asks, in which groups, at what cost. Nothing is written."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError

from engagement.people.models import Person
from engagement.people.tree import Tree
from surveys import rotation
from surveys.access import Place
from surveys.actions.freezing import asked_people, places_in
from surveys.actions.panels import deal_panels
from surveys.cells import LEADERS, MERGED, TooFew, make_cells
from surveys.models.plans import FEWEST_WEEKS_BETWEEN
from surveys.queries.audience import people_in, place_ids
from surveys.queries.burden import Clash, UnitBurden, burden_limit, burden_of, clashes
from surveys.queries.plans import Load, load_of


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
    # Units that another survey asks within eight weeks.
    close: list[Clash] = field(default_factory=list)

    @property
    def free_on(self) -> dt.date | None:
        """The first day on which everybody has had eight weeks of peace; None where it is so now."""
        return max((one.free_on for one in self.close), default=None)

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
    """The groups that ``places`` would make on ``day``, and which units would be asked too much or
    too soon.
    """
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
    units = _units(people, tree)
    burdens = burden_of(units, opens_on=day, minutes=minutes, besides=None)
    return Plan(
        len(people),
        cells,
        [one for one in burdens if one.is_over],
        clashes(units, opens_on=day, besides=None),
    )


def _units(people: Sequence[Person], tree: Tree) -> list[tuple[str, str]]:
    units = {tree.unit(place_ids(one)[0]) for one in people} - {None}
    return sorted((unit.key, unit.name) for unit in units if unit)


@dataclass
class PlannedPulse:
    """What a rhythm would mean for people: how often, how long, in panels of which sizes."""

    load: Load
    limit: int
    # Longer than three minutes a round.
    is_too_long: bool
    # Not every theme would be asked each quarter.
    leaves_out: bool
    panels: list[int] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)

    @property
    def people(self) -> int:
        return sum(self.panels)

    @property
    def sizes(self) -> str:
        """The smallest and the largest panel."""
        low, high = min(self.panels, default=0), max(self.panels, default=0)
        return str(low) if low == high else f"{low}–{high}"

    @property
    def has_peace(self) -> bool:
        return self.load.weeks >= FEWEST_WEEKS_BETWEEN

    @property
    def is_over(self) -> bool:
        return self.load.minutes_a_quarter > self.limit


def pulse_of(
    places: Sequence[Place],
    pool: Sequence[dict[str, Any]],
    *,
    day: dt.date,
    panel_count: int,
    weeks_between: int,
    items_a_round: int,
    at: dt.datetime,
) -> PlannedPulse:
    """The panels that ``places`` would make on ``day``, and what each person would be asked."""
    load = load_of(
        pool, panel_count=panel_count, weeks_between=weeks_between, items_a_round=items_a_round
    )
    planned = PlannedPulse(
        load,
        burden_limit(),
        is_too_long=rotation.most_seconds(pool, items_a_round) > rotation.LONGEST_SECONDS,
        leaves_out=rotation.themes_left_out(pool, items_a_round, weeks_between),
    )
    if places:
        try:
            dealt = deal_panels(places, day=day, panel_count=panel_count, at=at)
            planned.panels = [sum(atom.people for atom in atoms) for atoms in dealt]
        except ValidationError as error:
            planned.refusals = error.messages
    return planned
