"""About how many of a group are thanked at all: for those who answer for it. Never who.

See docs/kudos.md for what is counted, and docs/decisions/0076 for what is shown of it.
"""

import datetime as dt
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db import connection
from django.utils.translation import gettext as _

from engagement import times
from engagement.blurring import blurred, share_told, step_of, steps_of
from engagement.people.models import Employer, ShiftPattern, Site, Unit, sortable
from engagement.people.tree import Tree
from kudos.trend import trend_told

PERIOD = dt.timedelta(days=60)
# Of fewer people a number says too much about each of them.
FEWEST = 5

# One look into the index of receivers for each person and period.
COUNT = """
SELECT place.unit_id, person.employer_id, person.shift_pattern_id, array_agg(person.id),
       array_agg(person.id) FILTER (WHERE {thanked_since_since}),
       array_agg(person.id) FILTER (WHERE {thanked_before})
FROM people_membership AS place JOIN people_person AS person ON person.id = place.person_id
WHERE place.from_on <= %(day)s AND (place.to_on IS NULL OR place.to_on > %(day)s)
  AND person.started_on <= %(day)s AND (person.left_on IS NULL OR person.left_on > %(day)s)
  AND place.unit_id = ANY (%(units)s)
  AND (%(employer)s::bigint IS NULL OR person.employer_id = %(employer)s)
GROUP BY 1, 2, 3
"""
# As it was then: what is taken back or hidden later in the week counts until the next one.
STANDING = """kudos.released_at <= %(at)s
      AND (kudos.withdrawn_at IS NULL OR kudos.withdrawn_at > %(at)s)
      AND (kudos.hidden_at IS NULL OR kudos.hidden_at > %(at)s)"""
THANKED = """EXISTS (
    SELECT FROM kudos_kudosreceiver AS thanked
    JOIN kudos_kudos AS kudos ON kudos.id = thanked.kudos_id
    WHERE thanked.person_id = person.id
      AND thanked.show_from > {after} AND thanked.show_from <= {until}
      AND {standing})""".replace("{standing}", STANDING)
COUNT = COUNT.replace(
    "{thanked_since_since}", THANKED.format(after="%(since)s", until="%(at)s")
).replace("{thanked_before}", THANKED.format(after="%(before)s", until="%(since)s"))

AS_ONE = """
SELECT thanked.unit_id, count(*)
FROM kudos_kudosreceiver AS thanked JOIN kudos_kudos AS kudos ON kudos.id = thanked.kudos_id
WHERE thanked.unit_id = ANY (%(units)s)
  AND thanked.show_from > %(since)s AND thanked.show_from <= %(at)s
  AND {standing}
GROUP BY 1
""".replace("{standing}", STANDING)

Scope = Unit | Site | Employer | None


class Cell(NamedTuple):
    """The people of one unit, employer and shift: the smallest that is counted, and never shown."""

    unit_id: int
    employer_id: int
    shift_id: int | None


@dataclass(frozen=True)
class Counted:
    """Who is in a group and who of them was thanked; never leaves this file."""

    people: frozenset[int]
    thanked: frozenset[int]
    thanked_before: frozenset[int]


@dataclass(frozen=True)
class Group:
    """One line of the page: a name and about how many of its people were thanked, or why not."""

    name: str
    people: int
    # The step that the share is in, counted from 0, of how many.
    step: int = 0
    steps: int = 0
    share: str = ""
    # Empty for small groups.
    trend: str = ""
    # Thanks to the unit as a whole, which are thanks to nobody by name.
    as_one: int = 0
    # The unit, site or employer that the line leads on to.
    key: str = ""
    why_hidden: str = ""

    @property
    def bar(self) -> tuple[int, int]:
        """The middle of the step, and how long the whole bar is: never empty and never full."""
        return 2 * self.step + 1, 2 * self.steps


@dataclass(frozen=True)
class Part:
    """The same people once more, divided in one way."""

    kind: str
    title: str
    groups: list[Group]


@dataclass(frozen=True)
class Coverage:
    scope: Scope
    # The Monday on which it was counted.
    counted_on: dt.date
    whole: Group
    parts: list[Part]


def coverage_of(scope: Scope, *, at: dt.datetime) -> Coverage:
    """About how many in ``scope`` (None: everybody) had been thanked in 60 days when the week of
    ``at`` began: as a whole, by unit, site, employer and shift, each by name. Five queries.

    Thanked is who was thanked by name, alone or with others, however private. People, units and
    thanks count as they were on that Monday at midnight, so that nothing changes within a week.
    Groups of fewer than five, and those that would give one away, have `why_hidden` instead of a
    share.
    """
    day = times.local_date(at)
    tree = Tree.on(day - dt.timedelta(days=day.weekday()))
    began = times.moment_of(tree.day, dt.time())
    units = _units_of(scope, tree)
    cells = _count(units, scope.pk if isinstance(scope, Employer) else None, at=began, day=tree.day)
    employers = {one.pk: one for one in Employer.objects.all()}
    shifts = {one.pk: one for one in ShiftPattern.objects.all()}
    as_one = _thanks_to_units(units, at=began)
    ways = _ways(scope, tree, units)
    shown = shown_groups(
        {cell: len(counted.people) for cell, counted in cells.items()}, list(ways.values())
    )

    def group(one: Any, inside: Iterable[Cell], why: str) -> Group:
        key = getattr(one, "key", "") if isinstance(one, Unit | Site | Employer) else ""
        if why:
            return Group(_name(one), 0, key=key, why_hidden=why)
        thanks = as_one.get(one.pk, 0) if isinstance(one, Unit) else 0
        return _told(_name(one), _sum(cells[cell] for cell in inside), key=key, as_one=thanks)

    names: dict[str, tuple[str, Callable[[Any], Any]]] = {
        "unit": (_("By unit"), tree.unit),
        "site": (_("By site"), tree.sites.get),
        "employer": (_("By employer"), employers.get),
        "shift": (_("By shift"), shifts.get),
    }
    parts = []
    for (kind, way), why in zip(ways.items(), shown.parts, strict=True):
        title, find = names[kind]
        inside = _divided(cells, way)
        groups = [
            (find(one) if one else None, group(find(one) if one else None, inside[one], why[one]))
            for one in inside
        ]
        if len(groups) > 1:
            parts.append(Part(kind, title, [told for _one, told in sorted(groups, key=_order)]))
    whole = group(scope, cells, shown.whole)
    return Coverage(scope, tree.day, whole, parts)


def _name(one: Any) -> str:
    if one is None:
        return _("The rest")
    return str(one) if isinstance(one, ShiftPattern) else one.name


def _order(line: tuple[Any, Group]) -> tuple[bool, Any, str]:
    """By name, shifts by when they start; those that belong nowhere last. Never by a number."""
    one, group = line
    starts = str(one.starts_at) if isinstance(one, ShiftPattern) else ""
    return (one is None, starts, sortable(group.name))


def _told(name: str, counts: Counted, *, key: str, as_one: int) -> Group:
    """The only way from who was thanked to what is told of it."""
    people = len(counts.people)
    now = blurred(counts.thanked, counts.people, of="now")
    before = blurred(counts.thanked_before, counts.people, of="before")
    step = step_of(now, people)
    return Group(
        name,
        people,
        step=step,
        steps=steps_of(people),
        share=share_told(step, people),
        trend=trend_told(now, before, people),
        as_one=as_one,
        key=key,
    )


def _sum(counted: Iterable[Counted]) -> Counted:
    rows = list(counted)
    return Counted(
        frozenset().union(*(row.people for row in rows)),
        frozenset().union(*(row.thanked for row in rows)),
        frozenset().union(*(row.thanked_before for row in rows)),
    )


def _units_of(scope: Scope, tree: Tree) -> list[int]:
    if isinstance(scope, Unit):
        return sorted(tree.descendant_ids(scope.pk))
    if isinstance(scope, Site):
        return sorted(tree.unit_ids_at(scope.pk))
    return sorted(tree.nodes)


def _count(
    units: Sequence[int], employer: int | None, *, at: dt.datetime, day: dt.date
) -> dict[Cell, Counted]:
    facts = {
        "units": list(units),
        "employer": employer,
        "day": day,
        "at": at,
        "since": at - PERIOD,
        "before": at - 2 * PERIOD,
    }
    with connection.cursor() as cursor:
        cursor.execute(COUNT, facts)
        return {
            Cell(*row[:3]): Counted(*(frozenset(ones or ()) for ones in row[3:]))
            for row in cursor.fetchall()
        }


def _thanks_to_units(units: Sequence[int], *, at: dt.datetime) -> dict[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(AS_ONE, {"units": list(units), "since": at - PERIOD, "at": at})
        return dict(cursor.fetchall())


Way = Callable[[Cell], Hashable]


def _ways(scope: Scope, tree: Tree, units: Sequence[int]) -> dict[str, Way]:
    """How the people of ``scope`` are divided: each cell's unit (the one right below ``scope``),
    site, employer and shift. None for whoever has none."""
    below: dict[int, int | None] = {}
    inside = set(units)
    for unit_id in units:
        line = [one for one in tree.ancestor_ids(unit_id) if one in inside]
        if isinstance(scope, Unit):
            line = line[:-1] if line and line[-1] == scope.pk else line
        below[unit_id] = line[-1] if line else None
    sites = {unit_id: tree.site_of(unit_id) for unit_id in units}

    def site(cell: Cell) -> int | None:
        place = sites[cell.unit_id]
        return place.pk if place else None

    return {
        "unit": lambda cell: below[cell.unit_id],
        "site": site,
        "employer": lambda cell: cell.employer_id,
        "shift": lambda cell: cell.shift_id,
    }


def _divided(cells: Iterable[Cell], way: Way) -> dict[Any, list[Cell]]:
    groups: dict[Any, list[Cell]] = {}
    for cell in cells:
        groups.setdefault(way(cell), []).append(cell)
    return groups


# --- What may be shown ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Shown:
    """Why the whole, and each group of each way of dividing it, is hidden; "" for the others."""

    whole: str
    parts: list[dict[Any, str]]


def shown_groups(people: dict[Cell, int], ways: Sequence[Way]) -> Shown:
    """Which groups of ``people`` may be shown, so that no number is about fewer than five.

    Hidden are groups of fewer than five. Then, as long as what is shown tells about fewer than five
    when one number is taken from another (the whole, the groups, and what the shown groups of one
    way leave over), a group that helps to tell it is hidden too.
    """
    whole = frozenset(people)

    def size(cells: Iterable[Cell]) -> int:
        return sum(people[cell] for cell in cells)

    small, rest = _("Fewer than five people"), _("Else fewer than five others could be worked out")
    parts = [
        {one: frozenset(cells) for one, cells in _divided(people, way).items()} for way in ways
    ]
    if size(whole) < FEWEST:
        return Shown(small, [dict.fromkeys(part, small) for part in parts])
    why = [{one: small if size(cells) < FEWEST else "" for one, cells in p.items()} for p in parts]

    while (giving := _gives_away(whole, parts, why, size)) is not None:
        place, one = giving
        why[place][one] = rest
    return Shown("", why)


def _gives_away(
    whole: frozenset[Cell],
    parts: Sequence[dict[Any, frozenset[Cell]]],
    why: Sequence[dict[Any, str]],
    size: Callable[[Iterable[Cell]], int],
) -> tuple[int, Any] | None:
    """A shown group to hide, because it and what else is known leave fewer than five.

    Rather a shift, an employer or a site than a unit, and then the smaller one.
    """
    shown = [(p, one) for p, part in enumerate(why) for one in part if not part[one]]
    known: dict[frozenset[Cell], list[tuple[int, Any]]] = {whole: []}
    telling: list[tuple[int, Any]] = []
    for place, part in enumerate(parts):
        mine = [at for at in shown if at[0] == place]
        left = whole.difference(*(part[one] for _place, one in mine))
        # What is left over changes with any of its part that is hidden.
        known.setdefault(left, []).extend(mine)
        telling += mine if 0 < size(left) < FEWEST else []
        for at in mine:
            known.setdefault(part[at[1]], []).append(at)
    sizes = sorted(((size(group), group) for group in known), key=lambda one: one[0])
    for place, (number, group) in enumerate(sizes):
        # Only those a little larger can hold it and fewer than five others.
        for more, other in sizes[place + 1 :]:
            if more >= number + FEWEST:
                break
            if group < other:
                telling += [*known[group], *known[other]]
    return max(telling, key=lambda at: (at[0], -size(parts[at[0]][at[1]])), default=None)
