"""What is known of who works when, and what a new roster would change about it."""

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.db.models import Count, Max, Min, Prefetch

from engagement import times
from engagement.people.models import Membership, Person
from events import slots
from events.models import LONGEST_SHIFT, HeadCount, RosterDay, RosterShift, ShiftFile
from events.queries.coverage import DAY, rostered_days

MOST_DAYS = 62
Span = slots.Span


@dataclass(frozen=True)
class PersonRoster:
    """All the shifts of one person in a period. ``zone`` is the wall clock of their site."""

    person: Person
    shifts: Sequence[Span]
    zone: str | None = None

    def by_day(self) -> dict[dt.date, list[Span]]:
        """The shifts under the day on which each starts."""
        found: dict[dt.date, list[Span]] = {}
        for span in sorted(self.shifts):
            found.setdefault(times.local_date(span[0], self.zone), []).append(span)
        return found


class Trouble(NamedTuple):
    """What is wrong with one shift (its place among those of one roster): a key of a reason."""

    roster: int
    shift: int
    reason: str
    facts: dict[str, Any]


class DayChange(NamedTuple):
    """What becomes of one person's day. ``before`` is None where nothing was known."""

    person: Person
    zone: str | None
    day: dt.date
    before: list[Span] | None
    after: list[Span]


@dataclass(slots=True)
class Difference:
    """What rosters would change. Days that have passed are counted and left alone."""

    changes: list[DayChange] = field(default_factory=list)
    unchanged_count: int = 0
    passed_count: int = 0
    troubles: list[Trouble] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.changes)


def days_between(first: dt.date, last: dt.date) -> Iterator[dt.date]:
    """From ``first`` to ``last``, both among them."""
    return (first + n * DAY for n in range((last - first).days + 1))


def compare(
    rosters: Sequence[PersonRoster], *, first: dt.date, last: dt.date, at: dt.datetime
) -> Difference:
    """What it would change if ``rosters`` were all that these people work from ``first`` to
    ``last``. One query."""
    known = rostered_days({one.person.pk for one in rosters}, first - DAY, last + DAY)
    found = Difference()
    for place, roster in enumerate(rosters):
        standing = known.get(roster.person.pk, {})
        today = times.local_date(at, roster.zone)
        new = roster.by_day()
        # What stays as it is must leave room for what comes.
        kept = [
            span
            for day, spans in standing.items()
            if day < max(first, today) or day > last
            for span in spans
        ]
        found.troubles += _troubles(place, roster, kept, first, last, today)
        for day in days_between(first, last):
            if day < today:
                found.passed_count += bool(new.get(day))
            elif (after := new.get(day, [])) == standing.get(day):
                found.unchanged_count += 1
            else:
                found.changes.append(
                    DayChange(roster.person, roster.zone, day, standing.get(day), after)
                )
    return found


def _troubles(
    place: int,
    roster: PersonRoster,
    kept: Sequence[Span],
    first: dt.date,
    last: dt.date,
    today: dt.date,
) -> Iterable[Trouble]:
    before: tuple[Span, int] | None = None
    for span, number in sorted(zip(roster.shifts, range(len(roster.shifts)), strict=True)):
        day = times.local_date(span[0], roster.zone)
        if not first <= day <= last:
            yield Trouble(place, number, "outside_period", {})
        elif span[1] <= span[0]:
            yield Trouble(place, number, "shift_ends_first", {})
        elif span[1] - span[0] > LONGEST_SHIFT:
            yield Trouble(place, number, "shift_too_long", {"hours": _hours(span)})
        elif before and before[0][1] > span[0]:
            yield Trouble(place, number, "shifts_overlap", {"other": before[1]})
        elif day >= today and any(one[0] < span[1] and one[1] > span[0] for one in kept):
            yield Trouble(place, number, "shift_overlaps_known", {})
        before = (
            max(before, (span, number), key=lambda one: one[0][1]) if before else (span, number)
        )


def _hours(span: Span) -> int:
    return round((span[1] - span[0]) / dt.timedelta(hours=1))


# --- What is known --------------------------------------------------------------------------------


class Known(NamedTuple):
    """Of how many people the roster is known, and for which days."""

    people_count: int
    first: dt.date | None
    last: dt.date | None
    head_count_units: int


def known_of(unit_ids: Collection[int], *, today: dt.date) -> Known:
    """What there is from ``today`` on of those who are in ``unit_ids`` now. Two queries."""
    row = RosterDay.objects.filter(day__gte=today, person__in=_members(unit_ids, today)).aggregate(
        people=Count("person", distinct=True), first=Min("day"), last=Max("day")
    )
    counted = HeadCount.objects.filter(
        unit__in=unit_ids, ends_at__gt=slots.day_span(today, None)[0]
    ).aggregate(units=Count("unit", distinct=True))
    return Known(row["people"], row["first"], row["last"], counted["units"])


def _members(unit_ids: Collection[int], day: dt.date) -> Any:
    return Person.objects.filter(
        memberships__in=Membership.objects.on(day).filter(unit__in=unit_ids)
    )


def days_of(person: Person, *, first: dt.date) -> list[RosterDay]:
    """The days of one person's roster from ``first`` on, with their shifts. Two queries."""
    days = RosterDay.objects.filter(person=person, day__gte=first).order_by("day")
    shifts = Prefetch("shifts", RosterShift.objects.order_by("starts_at"))
    return list(days.prefetch_related(shifts))


def own_data(person: Person) -> dict[str, object]:
    """What is kept about when ``person`` works, and the files they have under preview. As JSON."""
    shifts = RosterShift.objects.filter(person=person).order_by("starts_at")
    return {
        "roster_days": [
            one.isoformat()
            for one in RosterDay.objects.filter(person=person)
            .order_by("day")
            .values_list("day", flat=True)
        ],
        "shifts": [
            {"starts_at": one.starts_at.isoformat(), "ends_at": one.ends_at.isoformat()}
            for one in shifts
        ],
        "shift_files": [
            {"filename": name, "uploaded_at": at.isoformat()}
            for name, at in ShiftFile.objects.filter(uploaded_by=person)
            .order_by("pk")
            .values_list("filename", "uploaded_at")
        ],
    }
