"""How much people are asked: minutes in a quarter, and weeks of peace between two surveys."""

import datetime as dt
from collections.abc import Iterable
from typing import NamedTuple

from django.db.models import Q

from engagement import times
from engagement.people.models import AuditEntry, Membership
from surveys.models import BurdenLimit, Cell, RollEntry, Survey
from surveys.models.plans import FEWEST_WEEKS_BETWEEN

PEACE = dt.timedelta(weeks=FEWEST_WEEKS_BETWEEN)


def burden_limit() -> int:
    """Minutes of answering that a person may be asked for in a quarter."""
    row = BurdenLimit.objects.first()
    return row.minutes if row else BurdenLimit.DEFAULT_MINUTES


class Change(NamedTuple):
    """Somebody set the limit."""

    at: dt.datetime
    by: str
    minutes: int


def burden_changes() -> list[Change]:
    """The latest first, at most twenty, from the audit log. One query."""
    entries = AuditEntry.objects.filter(verb="burden-limit-set").select_related("actor")
    return [
        Change(one.at, one.actor.name if one.actor else "", one.detail["minutes"])
        for one in entries.order_by("-pk")[:20]
    ]


def quarter_of(day: dt.date) -> tuple[dt.date, dt.date]:
    """The first day of the quarter, and of the next."""
    month = (day.month - 1) // 3 * 3 + 1
    year, next_month = (day.year, month + 3) if month < 10 else (day.year + 1, 1)
    return dt.date(day.year, month, 1), dt.date(year, next_month, 1)


class UnitBurden(NamedTuple):
    """What a unit's people are asked for in the quarter, in minutes a person."""

    key: str
    name: str
    before: float
    now: float
    limit: int

    @property
    def total(self) -> float:
        return self.before + self.now

    @property
    def is_over(self) -> bool:
        return self.total > self.limit


def burden_of(
    units: Iterable[tuple[str, str]], *, opens_on: dt.date, minutes: float, besides: Survey | None
) -> list[UnitBurden]:
    """For units (key, name): minutes launched in the quarter of ``opens_on``, and ``minutes`` more.

    Surveys count in the quarter they open in; cancelled ones do not. Two queries.
    """
    before: dict[str, float] = {}
    for cells in _cells_opening(*quarter_of(opens_on), besides=besides).values():
        by_unit: dict[str, float] = {}
        for cell in cells:
            for unit in cell.units:
                by_unit[unit["key"]] = max(by_unit.get(unit["key"], 0), cell.minutes)
        for key, spent in by_unit.items():
            before[key] = before.get(key, 0) + spent
    limit = burden_limit()
    return [UnitBurden(key, name, before.get(key, 0), minutes, limit) for key, name in units]


def _cells_opening(
    from_on: dt.date,
    to_on: dt.date,
    *,
    besides: Survey | None,
    planned_at: dt.datetime | None = None,
) -> dict[Survey, list[Cell]]:
    """The cells of the launched surveys that open on a day of the period, by survey.

    With ``planned_at`` also of those that are frozen and could still open after it.
    """
    counted = Q(survey__launched_at__isnull=False)
    if planned_at is not None:
        counted |= Q(survey__opens_at__gt=planned_at)
    cells = (
        Cell.objects.filter(
            counted,
            survey__cancelled_at__isnull=True,
            survey__opens_at__gte=times_of(from_on),
            survey__opens_at__lt=times_of(to_on),
        )
        .exclude(survey=besides.pk if besides else None)
        .select_related("survey")
        .defer("signing_key", "modulus", "survey__manifest")
    )
    found: dict[Survey, list[Cell]] = {}
    for cell in cells:
        found.setdefault(cell.survey, []).append(cell)
    return found


def times_of(day: dt.date) -> dt.datetime:
    """The first moment of ``day`` on the organisation's wall clock."""
    return dt.datetime.combine(day, dt.time.min, times.local_zone())


class Clash(NamedTuple):
    """A unit that another survey asks within eight weeks of the day."""

    key: str
    name: str
    survey: Survey
    # The first day from which eight weeks are between the two.
    free_on: dt.date


def clashes(
    units: Iterable[tuple[str, str]], *, opens_on: dt.date, besides: Survey | None
) -> list[Clash]:
    """The units (key, name) that had or will have a launched survey within eight weeks. One query."""
    names = dict(units)
    # Both ends: eight weeks to the day are enough.
    from_on, to_on = opens_on - PEACE + dt.timedelta(days=1), opens_on + PEACE
    found: dict[str, Clash] = {}
    for survey, cells in _cells_opening(from_on, to_on, besides=besides).items():
        if survey.opens_at is None:
            continue
        free_on = times.local_date(survey.opens_at) + PEACE
        for key in {unit["key"] for cell in cells for unit in cell.units} & names.keys():
            if key not in found or found[key].free_on < free_on:
                found[key] = Clash(key, names[key], survey, free_on)
    return sorted(found.values(), key=lambda clash: (clash.name, clash.key))


def asked_recently(
    person_ids: Iterable[int],
    *,
    opens_on: dt.date,
    besides: Survey | None,
    planned_at: dt.datetime | None = None,
) -> set[int]:
    """Those of ``person_ids`` whom a survey asks that opens within eight weeks of ``opens_on``.

    Launched ones count, and with ``planned_at`` also those frozen to open after it. While the roll stands it answers; afterwards where people were on that survey's opening day.
    """
    wanted = set(person_ids)
    from_on, to_on = opens_on - PEACE + dt.timedelta(days=1), opens_on + PEACE
    found: set[int] = set()
    asked = _cells_opening(from_on, to_on, besides=besides, planned_at=planned_at)
    for survey, cells in asked.items():
        if survey.opens_at is None:
            continue
        if survey.closed_at is None:
            roll = RollEntry.objects.filter(survey=survey)
            found.update(roll.values_list("person_id", flat=True))
            continue
        keys = {unit["key"] for cell in cells for unit in cell.units}
        there = Membership.objects.on(times.local_date(survey.opens_at))
        found.update(there.filter(unit__key__in=keys).values_list("person_id", flat=True))
    return found & wanted
