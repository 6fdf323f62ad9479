"""Rosters for tests, written straight into the database."""

import datetime as dt

from engagement.people.models import Person, ShiftPattern
from events import slots
from events.models import CoverageRule, RosterDay, RosterShift
from tests import factories as people
from tests.conftest import Cast
from tests.events.factories import FRIDAY

ZONE = "Europe/Oslo"
MORNING = (dt.time(8), dt.time(16))


def add_shift(
    person: Person, *, day: dt.date = FRIDAY, clock: tuple[dt.time, dt.time] | None = MORNING
) -> None:
    """A shift on ``day`` by the clock in Oslo; without ``clock`` a day off."""
    spoken, _new = RosterDay.objects.get_or_create(person=person, day=day)
    if clock:
        starts_at, ends_at = slots.span_of(day, *clock, ZONE)
        RosterShift.objects.create(
            roster_day=spoken, person=person, starts_at=starts_at, ends_at=ends_at
        )


def fill_team(cast: Cast, count: int) -> list[Person]:
    """Alice, Bob and others, ``count`` in all, each on the morning shift on Friday."""
    everybody = [cast.alice, cast.bob]
    everybody += [
        people.make_person(f"Nr{n}", "Nilsen", unit=cast.team) for n in range(3, count + 1)
    ]
    for person in everybody:
        add_shift(person)
    return everybody


def make_rule(unit: object, percent: int = 20, least: int = 0) -> CoverageRule:
    return CoverageRule.objects.create(unit=unit, most_away_percent=percent, least_on_phones=least)


def make_pattern(key: str = "day", *, days: tuple[int, ...] = (1, 2, 3, 4, 5)) -> ShiftPattern:
    return ShiftPattern.objects.create(
        key=key, name_nb=key, name_en=key, weekdays=list(days), starts_at=MORNING[0],
        ends_at=MORNING[1],
    )  # fmt: skip
