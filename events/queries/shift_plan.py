"""What a roster file would do: whose it is, what it changes, what is wrong with it."""

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from engagement import times
from engagement.people.models import Person, PersonQuerySet, Unit, folded
from engagement.people.queries import unit_id_of
from engagement.people.roster.reasons import Problem
from engagement.people.tree import Tree
from events import slots
from events.access.guarding import people_to_plan, planned_unit_ids
from events.models import HeadCount
from events.queries.coverage import DAY
from events.queries.rosters import MOST_DAYS, Difference, PersonRoster, compare
from events.shift_files import Row, Sheet, read_sheet

LONGEST_SLOT = dt.timedelta(hours=24)


class UnitCounts(NamedTuple):
    """All head counts of one team in the file's days: (from, to, how many)."""

    unit: Unit
    zone: str | None
    counts: list[tuple[dt.datetime, dt.datetime, int]]
    # How many of them are new or differ.
    change_count: int


class PersonChange(NamedTuple):
    """One person's line in a preview: how many days become known, and how many others change."""

    person: Person
    new_count: int
    changed_count: int


@dataclass(slots=True)
class ShiftPlan:
    """A file, compared with what is known. With ``problems`` nothing of it is carried out."""

    is_counts: bool = False
    problems: list[Problem] = field(default_factory=list)
    # Rows that are left out because nobody the sender plans for has this number, or no such team.
    unknown: list[tuple[int, str]] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    first: dt.date | None = None
    last: dt.date | None = None
    rosters: list[PersonRoster] = field(default_factory=list)
    difference: Difference = field(default_factory=Difference)
    unit_counts: list[UnitCounts] = field(default_factory=list)
    # People of the teams in the file whom the file does not name: their usual shifts count.
    missing_count: int = 0

    @property
    def change_count(self) -> int:
        return len(self.difference.changes) + sum(one.change_count for one in self.unit_counts)

    @property
    def people(self) -> list[PersonChange]:
        """Those whose days change, in the order of the file."""
        new = Counter(one.person.pk for one in self.difference.changes if one.before is None)
        whole = Counter(one.person.pk for one in self.difference.changes)
        return [
            PersonChange(one.person, new[one.person.pk], whole[one.person.pk] - new[one.person.pk])
            for one in self.rosters
            if one.person.pk in whole
        ]

    def fingerprint(self) -> str:
        """The same for what would do the same."""
        said = repr(
            [
                [
                    (one.person.pk, one.day, one.before, one.after)
                    for one in self.difference.changes
                ],
                [(one.unit.pk, one.counts, one.change_count) for one in self.unit_counts],
            ]
        )
        return hashlib.sha256(said.encode()).hexdigest()


def plan_file(content: bytes, *, by: Person, at: dt.datetime) -> ShiftPlan:
    """Reads a file and compares it with what is known. A fixed number of queries."""
    sheet = read_sheet(content)
    plan = ShiftPlan(sheet.is_counts, problems=list(sheet.problems), ignored=sheet.ignored)
    if not sheet.rows:
        return plan
    tree = Tree.on(times.local_date(at))
    if sheet.is_counts:
        _plan_counts(plan, sheet, tree, planned_unit_ids(by, tree), at)
    else:
        _plan_people(plan, sheet, tree, people_to_plan(by, tree), at)
    plan.unknown.sort()
    plan.problems.sort(key=lambda one: one.row or 0)
    return plan


# --- People ---------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Named:
    """One person of the file with all their rows."""

    person: Person
    zone: str | None
    shifts: list[slots.Span] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    off: dict[dt.date, int] = field(default_factory=dict)


def _plan_people(
    plan: ShiftPlan, sheet: Sheet, tree: Tree, placed: PersonQuerySet, at: dt.datetime
) -> None:
    numbers = {row.number for row in sheet.sound_rows}
    found: dict[str, list[Person]] = {}
    for person in placed.filter(employee_number__in=numbers).select_related("employer"):
        found.setdefault(person.employee_number, []).append(person)
    named: dict[int, _Named] = {}
    for row in sheet.sound_rows:
        fitting = [
            one
            for one in found.get(row.number, [])
            if not row.employer or folded(one.employer.name) == folded(row.employer)
        ]
        if not fitting:
            plan.unknown.append((row.row, row.number))
        elif len(fitting) > 1:
            plan.problems.append(Problem(row.row, "number", row.number, "number_of_several"))
        else:
            _add_row(named, fitting[0], row, tree)
    if not named:
        return
    _compare_people(plan, list(named.values()), at)
    teams = {unit_id_of(one.person) for one in named.values()}
    plan.missing_count = placed.filter(unit_id__in=teams).count() - len(named)  # type: ignore[misc]


def _add_row(named: dict[int, _Named], person: Person, row: Row, tree: Tree) -> None:
    site = tree.site_of(unit_id_of(person))
    one = named.setdefault(person.pk, _Named(person, site.timezone if site else None))
    if row.starts is None:
        assert row.day
        one.off[row.day] = row.row
    else:
        one.shifts.append(span_of_row(row, one.zone))
        one.rows.append(row.row)


def span_of_row(row: Row, zone: str | None) -> slots.Span:
    """From when to when, in UTC. An end without a day is the first such time after the start."""
    starts, ends = row.starts, row.ends
    if isinstance(starts, dt.datetime):
        day, begins = starts.date(), _in_zone(starts, zone)
    else:
        assert starts is not None
        assert row.day
        day, begins = row.day, times.moment_of(row.day, starts, zone).astimezone(dt.UTC)
    if isinstance(ends, dt.datetime):
        return begins, _in_zone(ends, zone)
    assert ends is not None
    wall = starts.time() if isinstance(starts, dt.datetime) else starts
    return begins, slots.span_of(day, wall, ends, zone)[1]


def _in_zone(moment: dt.datetime, zone: str | None) -> dt.datetime:
    if moment.tzinfo is None:
        return times.moment_of(moment.date(), moment.time(), zone).astimezone(dt.UTC)
    return moment.astimezone(dt.UTC)


def _compare_people(plan: ShiftPlan, named: list[_Named], at: dt.datetime) -> None:
    rosters = [PersonRoster(one.person, one.shifts, one.zone) for one in named]
    by_day = [roster.by_day() for roster in rosters]
    days = {day for one in by_day for day in one} | {day for one in named for day in one.off}
    is_endless = _set_period(plan, days)
    for one, known in zip(named, by_day, strict=True):
        for day, row in one.off.items():
            if day in known:
                other = one.rows[one.shifts.index(known[day][0])]
                plan.problems.append(
                    Problem(row, "day", day.isoformat(), "off_and_on", {"other": other})
                )
    if is_endless:
        return
    assert plan.first
    assert plan.last
    difference = compare(rosters, first=plan.first, last=plan.last, at=at)
    for trouble in difference.troubles:
        rows = named[trouble.roster].rows
        facts = {
            name: rows[fact] if name == "other" else fact for name, fact in trouble.facts.items()
        }
        plan.problems.append(Problem(rows[trouble.shift], "ends", "", trouble.reason, facts))
    plan.rosters, plan.difference = rosters, difference


def _set_period(plan: ShiftPlan, days: Iterable[dt.date]) -> bool:
    """Whether the days are too far apart to be looked at one by one."""
    plan.first, plan.last = min(days), max(days)
    if (plan.last - plan.first).days >= MOST_DAYS:
        facts = {"most": MOST_DAYS, "first": f"{plan.first}", "last": f"{plan.last}"}
        plan.problems.append(Problem(None, "", "", "too_many_days", facts))
        return True
    return False


# --- Head counts ----------------------------------------------------------------------------------


def _plan_counts(
    plan: ShiftPlan, sheet: Sheet, tree: Tree, planned: set[int], at: dt.datetime
) -> None:
    paths = {pk: [folded(unit.name) for unit in tree.path(pk)] for pk in planned}
    told: dict[int, list[tuple[dt.datetime, dt.datetime, int, int]]] = {}
    for row in sheet.sound_rows:
        wanted = [folded(name) for name in row.unit]
        fitting = [pk for pk, path in paths.items() if path[-len(wanted) :] == wanted]
        name = " > ".join(row.unit)
        if not fitting:
            plan.unknown.append((row.row, name))
        elif len(fitting) > 1:
            plan.problems.append(Problem(row.row, "unit", name, "unit_of_several"))
        elif not tree.is_leaf(fitting[0]):
            plan.problems.append(Problem(row.row, "unit", name, "not_a_team"))
        else:
            zone = _zone(tree, fitting[0])
            starts_at, ends_at = span_of_row(row, zone)
            if times.local_date(starts_at, zone) < times.local_date(at, zone):
                plan.difference.passed_count += 1
                continue
            told.setdefault(fitting[0], []).append((starts_at, ends_at, row.heads or 0, row.row))
    for rows in told.values():
        plan.problems += _slot_problems(sorted(rows))
    if told and not plan.problems:
        _compare_counts(plan, told, tree)


def _zone(tree: Tree, unit_id: int) -> str | None:
    site = tree.site_of(unit_id)
    return site.timezone if site else None


def _slot_problems(
    rows: list[tuple[dt.datetime, dt.datetime, int, int]],
) -> Iterable[Problem]:
    for starts_at, ends_at, _heads, row in rows:
        if ends_at <= starts_at:
            yield Problem(row, "ends", "", "shift_ends_first")
        elif ends_at - starts_at > LONGEST_SLOT:
            yield Problem(row, "ends", "", "slot_too_long")
        elif slots.touched(starts_at, ends_at) != slots.filled(starts_at, ends_at):
            yield Problem(row, "starts", "", "slot_uneven")
    for before, after in pairwise(rows):
        if before[1] > after[0]:
            yield Problem(after[3], "starts", "", "slots_overlap", {"other": before[3]})


def _compare_counts(
    plan: ShiftPlan,
    told: dict[int, list[tuple[dt.datetime, dt.datetime, int, int]]],
    tree: Tree,
) -> None:
    days = {
        times.local_date(one[0], _zone(tree, unit_id))
        for unit_id, ones in told.items()
        for one in ones
    }
    if _set_period(plan, days):
        return
    assert plan.first
    assert plan.last
    known: dict[int, set[tuple[dt.datetime, dt.datetime, int]]] = {}
    # A day wider than the period on the organisation's clock, whatever the teams' own clocks say.
    standing = HeadCount.objects.filter(
        unit__in=told,
        starts_at__gte=slots.day_span(plan.first - DAY, None)[0],
        starts_at__lt=slots.day_span(plan.last + DAY, None)[1],
    )
    for one in standing:
        if plan.first <= times.local_date(one.starts_at, _zone(tree, one.unit_id)) <= plan.last:
            known.setdefault(one.unit_id, set()).add((one.starts_at, one.ends_at, one.count))
    for unit_id, ones in told.items():
        counts = sorted((starts_at, ends_at, heads) for starts_at, ends_at, heads, _row in ones)
        unit = tree.unit(unit_id)
        assert unit
        changed = len(set(counts) ^ known.get(unit_id, set()))
        plan.unit_counts.append(UnitCounts(unit, _zone(tree, unit_id), counts, changed))
