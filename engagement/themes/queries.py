"""The plan of a year, for people to read."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from engagement.themes.models import ThemeDay
from engagement.themes.rules import Span

# The calendar that pages and programs may ask for.
FIRST_YEAR, LAST_YEAR = 2020, 2100


@dataclass(frozen=True)
class Planned:
    """A theme day with its days in one year. ``shadowed_by`` wins on at least one of them."""

    day: ThemeDay
    span: Span
    is_past: bool
    is_now: bool
    shadowed_by: tuple[ThemeDay, ...] = ()

    @property
    def is_one_day(self) -> bool:
        return self.span.first == self.span.last

    @property
    def is_closed(self) -> bool:
        """Whether every site that it is for has closed."""
        sites = list(self.day.sites.all())
        return bool(sites) and all(site.closed_on for site in sites)


@dataclass(frozen=True)
class Month:
    first: dt.date
    planned: list[Planned]


def year_plan(year: int, *, today: dt.date) -> list[Month]:
    """The twelve months of ``year`` with what begins in each, in January also what goes on from the
    year before; two queries."""
    found = _planned_in(ThemeDay.objects.with_sites().order_by("position", "pk"), year, today=today)
    begun = [one for one in found if one.span.first.year < year]
    months = [
        Month(first, [one for one in found if one.span.first.replace(day=1) == first])
        for first in (dt.date(year, number, 1) for number in range(1, 13))
    ]
    months[0].planned[:0] = begun
    return months


def _planned_in(days: Iterable[ThemeDay], year: int, *, today: dt.date) -> list[Planned]:
    """Each of ``days`` in ``year``, in the order of the calendar; twice where it goes on over New Year."""
    spans = [
        (day, span)
        for day in days
        for span in (day.when.in_year(year - 1), day.when.in_year(year))
        if span and span.last.year >= year
    ]
    spans.sort(key=lambda one: (one[1].first, one[1].last, one[0].position, one[0].pk))
    return [
        Planned(
            day=day,
            span=span,
            is_past=span.last < today,
            is_now=span.covers(today) and day.is_on,
            shadowed_by=tuple(
                other
                for other, its in spans
                if other.is_on
                and day.is_on
                and other.pk != day.pk
                and its.first <= span.last
                and its.last >= span.first
                and precedence(other, its) < precedence(day, span)
            ),
        )
        for day, span in spans
    ]


def precedence(day: ThemeDay, span: Span) -> tuple[int, bool, int, int]:
    """What is smaller wins where two meet: the shorter, one for chosen sites, the order, the older."""
    return (span.days_count, not day.sites.all(), day.position, day.pk)


def next_span(day: ThemeDay, *, today: dt.date) -> Span | None:
    """Its days now or the next time; None for chosen days that are over."""
    for year in (today.year - 1, today.year, today.year + 1):
        span = day.when.in_year(year)
        if span and span.last >= today:
            return span
    chosen = day.starts_on
    return day.when.in_year(chosen.year) if chosen and chosen > today else None
