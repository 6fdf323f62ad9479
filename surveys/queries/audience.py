"""Whom a survey asks, and whether their shifts leave them time for it."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from django.utils.translation import gettext as _

from engagement import times
from engagement.people.models import Employer, Person, ShiftPattern, Site, Unit
from engagement.people.queries import members_on
from engagement.people.tree import Tree
from surveys.access import Place, places_of
from surveys.cells import FEWEST
from surveys.models import Survey
from surveys.queries.burden import asked_recently
from surveys.workdays import Shift, days_worked


def opening_day(survey: Survey, *, at: dt.datetime) -> dt.date:
    """The day whose organisation counts: that of the opening, or of ``at`` while there is none."""
    return times.local_date(survey.opens_at or at)


def people_in(
    places: Iterable[Place], *, day: dt.date, with_below: bool = True, tree: Tree | None = None
) -> list[Person]:
    """Everybody in one of ``places`` on ``day``, each once, by name. Two queries.

    Each carries ``unit_id`` and ``site_id`` of that day. ``with_below=False`` takes units without
    the units below them.
    """
    tree = tree or Tree.on(day)
    units: set[int] = set()
    sites: set[int] = set()
    employers: set[int] = set()
    for place in places:
        if isinstance(place, Unit):
            units |= tree.descendant_ids(place.pk) if with_below else {place.pk}
        elif isinstance(place, Site):
            sites.add(place.pk)
        elif isinstance(place, Employer):
            employers.add(place.pk)
    return [
        person
        for person in members_on(day)
        if place_ids(person)[0] in units
        or place_ids(person)[1] in sites
        or person.employer_id in employers
    ]


def place_ids(person: Person) -> tuple[int | None, int | None]:
    """Unit and site of somebody whom `members_on` found."""
    return getattr(person, "unit_id", None), getattr(person, "site_id", None)


def invited_people(survey: Survey, *, at: dt.datetime, tree: Tree | None = None) -> list[Person]:
    """Whom ``survey`` asks, as the organisation will stand on its opening day.

    A round of a pulse plan asks the people of its units without those below, and passes over who
    was asked within eight weeks.
    """
    day = opening_day(survey, at=at)
    is_round = survey.plan_id is not None
    found = people_in(places_of(survey), day=day, with_below=not is_round, tree=tree)
    if is_round:
        resting = asked_recently(
            (one.pk for one in found), opens_on=day, besides=survey, planned_at=at
        )
        found = [one for one in found if one.pk not in resting]
    return found


def is_too_small(people: Sequence[Person]) -> bool:
    """Whether not even one group can be counted."""
    return len(people) < FEWEST


class Shortage(NamedTuple):
    """A shift that has fewer than two working days while the survey is open."""

    name: str
    people: int
    days: int


def short_shifts(
    people: Iterable[Person], *, opens_at: dt.datetime, closes_at: dt.datetime
) -> list[Shortage]:
    """The shifts of ``people`` that do not get two of their own working days. Two queries."""
    patterns = ShiftPattern.objects.in_bulk()
    zones = dict(Site.objects.values_list("pk", "timezone"))
    default_zone = str(times.local_zone())
    kinds = Counter(
        (person.shift_pattern_id, zones.get(place_ids(person)[1] or 0, default_zone))
        for person in people
    )
    short: dict[str, Shortage] = {}
    for (pattern_id, zone), count in kinds.items():
        pattern = patterns.get(pattern_id) if pattern_id else None
        shift = (
            Shift(tuple(pattern.weekdays), pattern.starts_at, pattern.ends_at, zone)
            if pattern
            else Shift(zone=zone)
        )
        days = days_worked(shift, opens_at, closes_at)
        if days < 2:
            name = str(pattern) if pattern else _("People without a shift (Monday to Friday)")
            before = short.get(name)
            short[name] = Shortage(
                name,
                count + (before.people if before else 0),
                min(days, before.days) if before else days,
            )
    return sorted(short.values())
