"""The running competition that Today shows: from memory, but for what is the reader's own."""

import datetime as dt
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db.models import Exists, OuterRef, Subquery

from engagement import times
from engagement.people.lines import Line, line_of
from engagement.people.models import Person
from events.models import Competition, GroupKind, GroupMember, OptOut
from events.queries.competing import Row, rows_of, with_standing

# How long a process goes by what it has read. A number moves at most once a minute.
KEPT_S = 60


@dataclass(frozen=True)
class Running:
    """A competition as it stands; rows by the row number of their group, groups by their place."""

    competition: Competition
    rows: dict[int, Row]
    units: dict[int, int] = field(default_factory=dict)
    sites: dict[int, int] = field(default_factory=dict)

    def group_at(self, line: Line) -> int | None:
        """The group of somebody who stands in ``line``; None also for mixed groups."""
        if self.competition.kind == GroupKind.SITES:
            return self.sites.get(line.site) if line.site else None
        return next((self.units[unit] for unit in line.units if unit in self.units), None)


@dataclass(frozen=True)
class Mine:
    """A running competition and where one's own group stands in it."""

    competition: Competition
    row: Row
    group_count: int


class _Kept:
    running: Sequence[Running] | None = None
    read_at = 0.0  # monotonic seconds


def forget_running() -> None:
    """Makes this process read what runs again."""
    _Kept.running = None


def keep_running(running: Iterable[Running]) -> None:
    """Goes by ``running`` for the next `KEPT_S` seconds."""
    _Kept.running, _Kept.read_at = list(running), time.monotonic()


def running_for(person: Person, *, at: dt.datetime) -> Mine | None:
    """The one that ends first of those that run and in which ``person`` takes part. One query, and none
    while nothing runs that may be theirs; once in `KEPT_S` seconds four more. The line of ``person``
    is read where the page has not."""
    running = _running(at)
    if not running:
        return None
    line = line_of(person, day=times.local_date(at))
    groups = {
        one.competition.pk: group
        for one in running
        if (group := one.group_at(line)) or one.competition.kind == GroupKind.MIXED
    }
    for pk, joined in _taking_part(person, list(groups), at=at) if groups else ():
        one = next(one for one in running if one.competition.pk == pk)
        row = one.rows.get(joined or groups[pk] or 0)
        if row is not None:
            return Mine(one.competition, row, len(one.rows))
    return None


def _taking_part(
    person: Person, competitions: list[int], *, at: dt.datetime
) -> list[tuple[int, int | None]]:
    """Which of ``competitions`` run and ``person`` has not stepped out of, the first to end first;
    each with the mixed group they are in."""
    of_this = {"competition": OuterRef("pk"), "person": person}
    rows = Competition.objects.running(at).filter(
        ~Exists(OptOut.objects.filter(back_at=None, **of_this)),
        pk__in=competitions,
        ends_at__gt=at,
    )
    joined = Subquery(GroupMember.objects.filter(**of_this).values("group")[:1])
    return list(rows.order_by("ends_at", "pk").values_list("pk", joined))


def _running(at: dt.datetime) -> Sequence[Running]:
    if _Kept.running is None or time.monotonic() - _Kept.read_at > KEPT_S:
        keep_running(_read(at))
    assert _Kept.running is not None
    return _Kept.running


def _read(at: dt.datetime) -> list[Running]:
    found = with_standing(Competition.objects.running(at).filter(ends_at__gt=at))
    return [
        Running(
            one,
            {row.group.pk: row for row in rows_of(one)},
            {group.unit_id: group.pk for group in one.groups.all() if group.unit_id},
            {group.site_id: group.pk for group in one.groups.all() if group.site_id},
        )
        for one in found
    ]
