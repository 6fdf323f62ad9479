"""The load of teams on a day, for those who plan: counts a slot, nobody's name."""

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.utils import timezone

from engagement.people.models import Unit, sortable
from engagement.people.tree import Tree
from events import slots
from events.models import CoverageLift, CoverageRule, Sitting
from events.queries.coverage import (
    SlotLoad,
    TeamLoad,
    TeamToLoad,
    load_teams,
    nearest,
    rules_of,
)


class Run(NamedTuple):
    """Slots in a row with the same counts."""

    starts_at: dt.datetime
    ends_at: dt.datetime
    load: SlotLoad


@dataclass(frozen=True)
class HeldRule:
    """The rule that holds for a unit and the unit that has it: itself, or one above."""

    rule: CoverageRule
    unit: Unit
    is_own: bool


@dataclass(frozen=True)
class TeamDay:
    """A team on one day."""

    unit: Unit
    held: HeldRule | None
    zone: str | None
    runs: list[Run]

    @property
    def busiest(self) -> Run | None:
        """The run with most away; None when nobody is away."""
        return max(
            (run for run in self.runs if run.load.away), key=lambda run: run.load.away, default=None
        )

    @property
    def over(self) -> list[Run]:
        """The runs in which more are away than the rule allows."""
        return [run for run in self.runs if run.load.is_over]

    @property
    def most(self) -> int:
        """The most on shift at once."""
        return max((run.load.rostered for run in self.runs), default=0)


def teams_of(unit_ids: Iterable[int], tree: Tree) -> list[Unit]:
    """The teams among ``unit_ids``, by name: units with people in which nothing stands below."""
    found = [
        tree.nodes[pk].unit
        for pk in unit_ids
        if tree.is_leaf(pk) and tree.nodes[pk].unit.stated_headcount is None
    ]
    return sorted(found, key=lambda unit: sortable(unit.name))


def larger_units_of(unit_ids: Iterable[int], tree: Tree) -> list[Unit]:
    """The units among ``unit_ids`` that have others below them, from the top down."""
    wanted = set(unit_ids)
    return [unit for _depth, unit in tree.walk() if unit.pk in wanted and not tree.is_leaf(unit.pk)]


def held_rules(tree: Tree, units: Iterable[Unit]) -> dict[int, HeldRule]:
    """The rule that holds for each of ``units``; those without one are left out. One query."""
    rules = rules_of(tree.nodes)
    found = {}
    for unit in units:
        if rule := nearest(rules, tree.ancestor_ids(unit.pk)):
            above = tree.unit(rule.unit_id)
            assert above
            found[unit.pk] = HeldRule(rule, above, rule.unit_id == unit.pk)
    return found


def team_days(units: Collection[Unit], tree: Tree, day: dt.date) -> list[TeamDay]:
    """Each team on ``day`` by the wall clock of its site. Five queries."""
    held, zones = held_rules(tree, units), zones_of(units, tree)
    spans = {pk: slots.day_span(day, zone) for pk, zone in zones.items()}
    if not units:
        return []
    loads = load_teams(
        teams_to_load(units, held, zones),
        starts_at=min(span[0] for span in spans.values()),
        ends_at=max(span[1] for span in spans.values()),
    )
    return [
        TeamDay(
            unit, held.get(unit.pk), zones[unit.pk],
            runs_of(loads[unit.pk], slots.touched(*spans[unit.pk])),
        )
        for unit in units
    ]  # fmt: skip


def zones_of(units: Iterable[Unit], tree: Tree) -> dict[int, str | None]:
    """The wall clock of each unit (row number), that of its site."""
    sites = {unit.pk: tree.site_of(unit.pk) for unit in units}
    return {pk: site.timezone if site else None for pk, site in sites.items()}


def teams_to_load(
    units: Iterable[Unit], held: dict[int, HeldRule], zones: dict[int, str | None]
) -> list[TeamToLoad]:
    """``units`` as `load_teams` takes them."""
    return [
        TeamToLoad(unit.pk, held[unit.pk].rule if unit.pk in held else None, zones[unit.pk])
        for unit in units
    ]


def runs_of(load: TeamLoad, window: Iterable[int]) -> list[Run]:
    """The slots in which somebody is on shift, those that are alike and in a row as one."""
    counted = [one for one in map(load.at, window) if one.rostered or one.away]
    runs = []
    for _key, group in groupby(
        enumerate(counted), key=lambda one: (one[1].slot - one[0], *one[1][1:])
    ):
        alike = [one for _place, one in group]
        runs.append(Run(alike[0].starts_at, alike[-1].starts_at + slots.LENGTH, alike[0]))
    return runs


@dataclass(frozen=True)
class SittingToLift:
    """A sitting of the day and whether the rule is lifted for it, here or by a unit above."""

    sitting: Sitting
    lift: CoverageLift | None
    is_own: bool


def sittings_to_lift(
    unit: Unit, tree: Tree, *, day: dt.date, at: dt.datetime
) -> list[SittingToLift]:
    """The sittings on ``day`` that are not over, at the unit's site or for everybody. Two queries."""
    site = tree.site_of(unit.pk)
    starts_at, ends_at = slots.day_span(day, site.timezone if site else None)
    here = Sitting.objects.standing().overlapping(max(starts_at, at), ends_at)
    sittings = [
        one
        for one in here.filter(event__cancelled_at=None)
        .select_related("event__series", "site")
        .order_by("starts_at", "pk")
        if one.site_id is None or (site and one.site_id == site.pk)
    ]
    line = tree.ancestor_ids(unit.pk)
    lifts: dict[int, CoverageLift] = {}
    for lift in CoverageLift.objects.filter(sitting__in=sittings, unit__in=line):
        if lift.sitting_id not in lifts or lift.unit_id == unit.pk:
            lifts[lift.sitting_id] = lift
    return [
        SittingToLift(one, lifts.get(one.pk), _is_of(lifts.get(one.pk), unit)) for one in sittings
    ]


def _is_of(lift: CoverageLift | None, unit: Unit) -> bool:
    return lift is not None and lift.unit_id == unit.pk


class Bar(NamedTuple):
    """A run drawn: those on the phones below, those away on top. ``x`` and ``width`` in slots."""

    x: int
    width: int
    phones: int
    away: int
    least: int | None
    height: int

    @property
    def top_of_phones(self) -> int:
        return self.height - self.phones

    @property
    def top_of_away(self) -> int:
        return self.height - self.phones - self.away


class Chart(NamedTuple):
    """A team's day as bars. ``width`` in slots, ``height`` in people, ``hours`` under it."""

    width: int
    height: int
    bars: list[Bar]
    line: str
    hours: list[str]


def chart_of(team: TeamDay) -> Chart | None:
    """The drawing of ``team``'s day, whole hours wide; None when nobody is on shift."""
    if not team.runs:
        return None
    per_hour = dt.timedelta(hours=1) // slots.LENGTH
    first = slots.touched(team.runs[0].starts_at, team.runs[0].ends_at).start
    last = slots.touched(team.runs[-1].starts_at, team.runs[-1].ends_at).stop
    first, last = first - first % per_hour, last + -last % per_hour
    height = max(max(run.load.rostered, run.load.away) for run in team.runs) + 1
    bars = []
    for run in team.runs:
        taken = slots.touched(run.starts_at, run.ends_at)
        facts = (run.load.on_phones, run.load.away, _least(run.load), height)
        bars.append(Bar(taken.start - first, len(taken), *facts))
    hours = [
        f"{_local(slots.start_of(slot), team.zone):%H}" for slot in range(first, last, per_hour)
    ]
    return Chart(last - first, height, bars, _line(bars, height), hours)


def _local(at: dt.datetime, zone: str | None) -> dt.datetime:
    return timezone.localtime(at, ZoneInfo(zone) if zone else None)


def _least(load: SlotLoad) -> int | None:
    return None if load.allowed is None else load.rostered - load.allowed


def _line(bars: list[Bar], height: int) -> str:
    """The path of the fewest that must stay on the phones, step by step; empty without a rule."""
    steps, before = [], -1
    for bar in bars:
        if bar.least is None:
            continue
        y = height - bar.least
        ends = bar.x + bar.width
        steps.append(f"{'L' if bar.x == before else 'M'}{bar.x} {y}L{ends} {y}")
        before = ends
    return "".join(steps)
