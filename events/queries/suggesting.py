"""Sittings that fit the shifts of a site."""

import datetime as dt
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, cast

from django.db.models import Count

from engagement.people.models import ShiftPattern, Site
from engagement.people.queries import placed_people
from engagement.people.tree import Tree
from events.blueprints import Blueprint

QUARTER = 15
DAY = 24 * 60


@dataclass(frozen=True)
class Suggestion:
    """A sitting at ``site``; ``pattern`` is the shift it lies in, ``people`` how many work it there."""

    site: Site
    starts_at: dt.time
    ends_at: dt.time
    pattern: ShiftPattern | None = None
    people: int = 0


def suggest_sittings(
    sites: Collection[Site], blueprint: Blueprint, *, day: dt.date, tree: Tree
) -> list[Suggestion]:
    """By site, in the order given: a sitting in the middle third of each shift that somebody works
    there on the tree's day; or one at the blueprint's own time. The middle of a night lies on the day after its
    evening. Two queries."""
    if blueprint.clock is not None:
        return [_at(site, blueprint.clock, blueprint.minutes) for site in sites]
    worked = _worked_at(sites, tree=tree)
    patterns = [
        pattern
        for pattern in ShiftPattern.objects.order_by("starts_at", "pk")
        if _evening_of(pattern, day, blueprint.minutes).isoweekday() in pattern.weekdays
    ]
    return [one for site in sites for one in _in_shifts(site, patterns, worked, blueprint.minutes)]


def _at(site: Site, clock: dt.time, minutes: int) -> Suggestion:
    begins = _minutes(clock)
    return Suggestion(site, clock, _clock(begins + minutes))


def _in_shifts(
    site: Site, patterns: Collection[ShiftPattern], worked: dict[tuple[int, int], int], minutes: int
) -> Iterator[Suggestion]:
    for pattern in patterns:
        people = worked.get((site.pk, pattern.pk), 0)
        if people:
            begins = middle_third(pattern.starts_at, pattern.ends_at, minutes)
            yield Suggestion(site, _clock(begins), _clock(begins + minutes), pattern, people)


def middle_third(starts_at: dt.time, ends_at: dt.time, minutes: int) -> int:
    """When something of ``minutes`` begins that lies around the middle of a shift, in minutes after
    midnight, on a quarter of an hour."""
    begins, ends = _minutes(starts_at), _minutes(ends_at)
    length = (ends - begins) % DAY or DAY
    middle = begins + (length - minutes) / 2
    return round(middle / QUARTER) * QUARTER % DAY


def _evening_of(pattern: ShiftPattern, day: dt.date, minutes: int) -> dt.date:
    """The day on which the shift begins whose middle lies on ``day``."""
    middle = middle_third(pattern.starts_at, pattern.ends_at, minutes)
    is_before = middle < _minutes(pattern.starts_at)
    return day - dt.timedelta(days=1) if is_before else day


def _minutes(clock: dt.time) -> int:
    return clock.hour * 60 + clock.minute


def _clock(minutes: int) -> dt.time:
    return dt.time(*divmod(minutes % DAY, 60))


def _worked_at(sites: Collection[Site], *, tree: Tree) -> dict[tuple[int, int], int]:
    """How many people work a pattern at a site, by their row numbers."""
    site_of = {unit: site.pk for site in sites for unit in tree.unit_ids_at(site.pk)}
    rows = cast(Any, placed_people(tree.day)).filter(
        unit_id__in=list(site_of), shift_pattern__isnull=False
    )
    counted = rows.values_list("unit_id", "shift_pattern_id").annotate(count=Count("pk")).order_by()
    found: dict[tuple[int, int], int] = {}
    for unit, pattern, count in counted:
        place = (site_of[unit], pattern)
        found[place] = found.get(place, 0) + count
    return found
