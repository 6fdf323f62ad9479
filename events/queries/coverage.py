"""Who of a team is on shift and who is away, slot by slot, and which rule holds for it."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from django.db import connection
from django.db.models import Q

from engagement import times
from engagement.people.models import Membership
from engagement.people.tree import Tree
from events import slots
from events.models import CoverageLift, CoverageRule, HeadCount, RosterDay, SignUp

DAY = dt.timedelta(days=1)
# Colleagues share their usual shifts: each day's is reckoned once.
usual_span = lru_cache(maxsize=4096)(slots.span_of)

# For each person and day: from their unit upwards, with the site each stands at and the rule it has
# of its own. One round trip.
LINES = """
WITH RECURSIVE line (person_id, day, unit_id, parent_id, site_id, height) AS (
    SELECT member.person_id, days.day, place.unit_id, place.parent_id, place.site_id, 0
    FROM unnest(%(days)s::date[]) AS days (day)
    JOIN people_membership AS member ON member.person_id = ANY (%(people)s)
      AND member.from_on <= days.day AND (member.to_on IS NULL OR member.to_on > days.day)
    JOIN people_unitplacement AS place ON place.unit_id = member.unit_id
      AND place.from_on <= days.day AND (place.to_on IS NULL OR place.to_on > days.day)
  UNION ALL
    SELECT line.person_id, line.day, above.unit_id, above.parent_id, above.site_id, line.height + 1
    FROM line JOIN people_unitplacement AS above ON above.unit_id = line.parent_id
      AND above.from_on <= line.day AND (above.to_on IS NULL OR above.to_on > line.day)
    WHERE line.height < 100
)
SELECT line.person_id, line.day, line.unit_id, line.site_id, site.timezone, NOT EXISTS (
    SELECT FROM people_unitplacement AS below WHERE below.parent_id = line.unit_id
      AND below.from_on <= line.day AND (below.to_on IS NULL OR below.to_on > line.day)
), rule.id, rule.most_away_percent, rule.least_on_phones
FROM line LEFT JOIN people_site AS site ON site.id = line.site_id
LEFT JOIN events_coveragerule AS rule ON rule.unit_id = line.unit_id
ORDER BY line.height
"""


@dataclass(slots=True)
class Stand:
    """Where somebody stands on a day. Row numbers; ``units`` is their own first, then upwards."""

    units: list[int] = field(default_factory=list)
    site_id: int | None = None
    zone: str | None = None
    # Nothing stands below their own unit: leaders of several teams answer no phone.
    is_in_team: bool = True
    # The nearest rule on the way up; it holds for teams (`is_in_team`).
    rule: CoverageRule | None = None

    @property
    def team_id(self) -> int:
        return self.units[0]


Stands = dict[tuple[int, dt.date], Stand]


def stands_of(people: Iterable[int], days: Iterable[dt.date]) -> Stands:
    """Where each of ``people`` (row numbers) stands on each of ``days``; without a unit on a day
    they are left out. One query."""
    found: Stands = {}
    with connection.cursor() as cursor:
        cursor.execute(LINES, {"people": list(people), "days": sorted(days)})
        for person_id, day, unit_id, site_id, zone, is_team, *rule in cursor.fetchall():
            stand = found.setdefault((person_id, day), Stand(is_in_team=is_team))
            stand.units.append(unit_id)
            if stand.rule is None and rule[0] is not None:
                stand.rule = CoverageRule(rule[0], unit_id, *rule[1:])
            if stand.site_id is None and site_id is not None:
                stand.site_id, stand.zone = site_id, zone
    return found


def rules_of(unit_ids: Iterable[int]) -> dict[int, CoverageRule]:
    """The units' own rules. One query."""
    return {rule.unit_id: rule for rule in CoverageRule.objects.filter(unit__in=set(unit_ids))}


def nearest(rules: Mapping[int, CoverageRule], line: Iterable[int]) -> CoverageRule | None:
    """The rule that holds at the beginning of ``line`` (a unit, then those above it)."""
    return next((rules[unit_id] for unit_id in line if unit_id in rules), None)


class SlotLoad(NamedTuple):
    """A team in one slot: counts, nobody's name. ``allowed`` is None without a rule."""

    slot: int
    rostered: int
    away: int
    allowed: int | None

    @property
    def starts_at(self) -> dt.datetime:
        return slots.start_of(self.slot)

    @property
    def on_phones(self) -> int:
        return max(0, self.rostered - self.away)

    @property
    def is_over(self) -> bool:
        """More are away than the rule allows: the roster or the rule changed after they signed up."""
        return self.allowed is not None and self.away > self.allowed

    @property
    def is_full(self) -> bool:
        """As many are away as may be, and not more."""
        return self.allowed is not None and self.away == self.allowed and self.rostered > 0


class Ledger:
    """Who is where in which slots. Kept in pages of a day, so that asking for a slot reads few rows."""

    PAGE = 96

    def __init__(self) -> None:
        self.pages: dict[int, list[tuple[int, range]]] = {}

    def add(self, person_id: int, taken: range) -> None:
        if taken:
            for page in range(taken.start // self.PAGE, (taken.stop - 1) // self.PAGE + 1):
                self.pages.setdefault(page, []).append((person_id, taken))

    def at(self, slot: int) -> set[int]:
        rows = self.pages.get(slot // self.PAGE, ())
        return {person_id for person_id, taken in rows if slot in taken}

    def slots(self) -> set[int]:
        """Those in which there is anybody."""
        return {slot for rows in self.pages.values() for _person, taken in rows for slot in taken}


class TeamLoad:
    """One team in a window of time: who is on shift, who is away, how many may be."""

    def __init__(self, unit_id: int, rule: CoverageRule | None, zone: str | None) -> None:
        self.unit_id, self.rule, self.zone = unit_id, rule, zone
        self.members: set[int] = set()
        # Those nothing is known about: no roster and no usual shift.
        self.unknown: set[tuple[int, dt.date]] = set()
        self.shifts = Ledger()
        self.rostered_days: set[dt.date] = set()
        # How many, and in which slots.
        self.counted: list[tuple[int, range]] = []
        self.places = Ledger()

    def _count_in(self, slot: int) -> int | None:
        """The head count that holds in ``slot``: where no person of the team has a roster."""
        count = next((count for count, taken in self.counted if slot in taken), None)
        if count is None:
            return None
        day = times.local_date(slots.start_of(slot), self.zone)
        return None if day in self.rostered_days else count

    def on_shift(self, slot: int) -> set[int]:
        """Who of the team is on shift in the whole of ``slot``. Where the team is only counted, also
        those of whom nothing else is known."""
        there = self.shifts.at(slot)
        if self._count_in(slot) is not None:
            day = times.local_date(slots.start_of(slot), self.zone)
            there |= {person for person, unknown in self.unknown if unknown == day}
        return there

    def at(self, slot: int) -> SlotLoad:
        """The counts of ``slot``."""
        there = self.on_shift(slot)
        away = len(self.places.at(slot) & there)
        counted = self._count_in(slot)
        rostered = len(there) if counted is None else counted
        allowed = self.rule.allowed_away(rostered) if self.rule else None
        return SlotLoad(slot, rostered, away, allowed)

    def take(self, person_id: int, taken: range) -> None:
        """Reckons from now on with ``person_id`` being away in ``taken``."""
        self.places.add(person_id, taken)

    def slots_with_away(self) -> set[int]:
        """The slots in which somebody has a place at something."""
        return self.places.slots()

    def too_many_with(self, person_id: int, taken: range) -> list[SlotLoad]:
        """The slots of ``taken`` in which ``person_id`` cannot be away as well: they are on shift,
        not away already, and the rule allows no more."""
        found = []
        for slot in taken:
            if person_id not in self.on_shift(slot) or person_id in self.places.at(slot):
                continue
            load = self.at(slot)
            if load.allowed is not None and load.away >= load.allowed:
                found.append(load)
        return found


class TeamToLoad(NamedTuple):
    unit_id: int
    rule: CoverageRule | None
    zone: str | None


def load_teams(
    teams: Iterable[TeamToLoad], *, starts_at: dt.datetime, ends_at: dt.datetime
) -> dict[int, TeamLoad]:
    """Each team by the row number of its unit, from ``starts_at`` to ``ends_at``. Four queries.

    A team is those whose membership of that very unit holds on the day a shift starts.
    """
    loads = {team.unit_id: TeamLoad(*team) for team in teams}
    if not loads:
        return {}
    # Night shifts of the day before reach into the window.
    first = starts_at.astimezone(times.local_zone()).date() - DAY
    last = ends_at.astimezone(times.local_zone()).date() + DAY
    members = _members(loads, first, last)
    people = {member.person_id for member in members}
    rostered = rostered_days(people, first, last)
    for member in members:
        load = loads[member.unit_id]
        load.members.add(member.person_id)
        _place_member(load, member, rostered.get(member.person_id, {}), first, last)
    counts = HeadCount.objects.filter(
        unit__in=loads, starts_at__lt=ends_at, ends_at__gt=starts_at
    ).values_list("unit_id", "count", "starts_at", "ends_at")
    for unit_id, count, *time in counts:
        loads[unit_id].counted.append((count, slots.filled(*time)))
    _add_places(loads, people, starts_at, ends_at)
    return loads


class Member(NamedTuple):
    """A membership with what says when its person usually works."""

    person_id: int
    unit_id: int
    from_on: dt.date
    to_on: dt.date | None
    started_on: dt.date
    left_on: dt.date | None
    # None: no usual shift.
    weekdays: list[int] | None
    shift_starts: dt.time
    shift_ends: dt.time

    def days(self, first: dt.date, last: dt.date) -> Iterable[dt.date]:
        """The days from ``first`` to ``last`` on which it holds and its person is employed."""
        day = max(first, self.from_on, self.started_on)
        ends = min(end for end in (last + DAY, self.to_on, self.left_on) if end is not None)
        while day < ends:
            yield day
            day += DAY


def _members(unit_ids: Collection[int], first: dt.date, last: dt.date) -> list[Member]:
    rows = Membership.objects.filter(
        Q(to_on__isnull=True) | Q(to_on__gt=first), unit__in=unit_ids, from_on__lte=last
    ).values_list(
        "person_id", "unit_id", "from_on", "to_on", "person__started_on", "person__left_on",
        "person__shift_pattern__weekdays", "person__shift_pattern__starts_at",
        "person__shift_pattern__ends_at",
    )  # fmt: skip
    return [Member(*row) for row in rows]


Rostered = dict[int, dict[dt.date, list[slots.Span]]]


def rostered_days(people: Collection[int], first: dt.date, last: dt.date) -> Rostered:
    """What the roster says of each person and day; an empty list is a day off. One query."""
    rows = (
        RosterDay.objects.filter(person__in=people, day__range=(first, last))
        .order_by("shifts__starts_at")
        .values_list("person_id", "day", "shifts__starts_at", "shifts__ends_at")
    )
    found: Rostered = {}
    for person_id, day, starts_at, ends_at in rows:
        spans = found.setdefault(person_id, {}).setdefault(day, [])
        if starts_at is not None:
            spans.append((starts_at, ends_at))
    return found


def _place_member(
    load: TeamLoad,
    member: Member,
    rostered: Mapping[dt.date, list[slots.Span]],
    first: dt.date,
    last: dt.date,
) -> None:
    """Adds the shifts of one membership: the roster's where it speaks, else the usual ones."""
    for day in member.days(first, last):
        spans: list[slots.Span] = []
        if day in rostered:
            load.rostered_days.add(day)
            spans = rostered[day]
        elif member.weekdays is None:
            load.unknown.add((member.person_id, day))
        elif day.isoweekday() in member.weekdays:
            spans = [usual_span(day, member.shift_starts, member.shift_ends, load.zone)]
        for span in spans:
            load.shifts.add(member.person_id, slots.filled(*span))


def _add_places(
    loads: Mapping[int, TeamLoad],
    people: Collection[int],
    starts_at: dt.datetime,
    ends_at: dt.datetime,
) -> None:
    """Adds the sittings and jobs at which members have, or are offered, a place."""
    holding = SignUp.objects.holding().filter(
        person__in=people, sitting__starts_at__lt=ends_at, sitting__ends_at__gt=starts_at,
        sitting__cancelled_at=None, event__cancelled_at=None,
    )  # fmt: skip
    taken: dict[int, list[range]] = {}
    for person_id, *time in holding.values_list(
        "person_id", "sitting__starts_at", "sitting__ends_at"
    ):
        taken.setdefault(person_id, []).append(slots.touched(*time))
    for load in loads.values():
        for person_id in load.members & taken.keys():
            for gone in taken[person_id]:
                load.places.add(person_id, gone)


def lifted(sittings: Collection[int], unit_ids: Collection[int]) -> dict[int, set[int]]:
    """For each of ``sittings`` the units whose rule is lifted for it. Row numbers; one query."""
    found: dict[int, set[int]] = {}
    for sitting_id, unit_id in CoverageLift.objects.filter(
        sitting__in=sittings, unit__in=unit_ids
    ).values_list("sitting_id", "unit_id"):
        found.setdefault(sitting_id, set()).add(unit_id)
    return found


def teams_below(unit_ids: Collection[int], tree: Tree) -> list[TeamToLoad]:
    """The teams among ``unit_ids`` with the rule that holds for each. One query."""
    rules = rules_of(tree.nodes)
    teams = []
    for unit_id in unit_ids:
        site = tree.site_of(unit_id)
        rule = nearest(rules, tree.ancestor_ids(unit_id))
        teams.append(TeamToLoad(unit_id, rule, site.timezone if site else None))
    return teams
