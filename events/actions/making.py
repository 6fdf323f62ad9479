"""Making the events of a series: by hand when it is new, by the clock as time goes."""

import datetime as dt
from collections.abc import Iterable
from functools import partial

from django.db.models import Q

from engagement import times
from engagement.clock.actions import sweep
from events import recurrence
from events.holidays import is_holiday
from events.models import Event, Job, JobPlan, Series, Sitting, SittingPlan

AHEAD = dt.timedelta(weeks=26)
# The clock's own limit: a year of days for each of a hundred rules is more than it should make at once.
MOST_AT_ONCE = 400


def days_of(series: Series, first: dt.date, last: dt.date) -> list[dt.date]:
    """The days on which ``series`` is held by its rule, from ``first`` to ``last``, without public
    holidays when it skips them. A single day is held whatever day it is."""
    if not series.rule:
        return [series.starts_on] if first <= series.starts_on <= last else []
    rule = recurrence.parse(series.rule)
    found = recurrence.days(rule, series.starts_on, first, last)
    return [day for day in found if not (series.skips_holidays and is_holiday(day))]


def extend_series(*, at: dt.datetime) -> int:
    """Makes the events of every series 26 weeks ahead; returns how many series went on.

    A series that others hold waits for the next sweep; what is there already is left as it is.
    """
    until = times.local_date(at) + AHEAD
    due = Series.objects.filter(
        ~Q(rule=""), Q(made_until__isnull=True) | Q(made_until__lt=until), cancelled_at=None
    ).order_by("pk")
    return sweep(due, partial(_extend, until=until, at=at))


def _extend(series: Series, *, until: dt.date, at: dt.datetime) -> None:
    make_events(series, until=until, at=at)


def make_events(series: Series, *, until: dt.date, at: dt.datetime) -> list[Event]:
    """Makes what is missing up to ``until`` and returns it. Call it with ``series`` locked."""
    first = series.starts_on
    if series.made_until is not None:
        first = max(first, series.made_until + dt.timedelta(days=1))
    there = set(series.events.filter(rule_day__gte=first).values_list("rule_day", flat=True))
    days = [day for day in days_of(series, first, until) if day not in there]
    made = Event.objects.bulk_create(
        Event(series=series, rule_day=day, day=day) for day in days[:MOST_AT_ONCE]
    )
    add_sittings(made, series.plans.select_related("site").order_by("pk"), at=at)
    reached = days[MOST_AT_ONCE - 1] if len(days) > MOST_AT_ONCE else until
    if series.made_until is None or series.made_until < reached:
        series.made_until = reached
        series.save(update_fields=["made_until"])
    return made


def add_sittings(
    events: Iterable[Event], plans: Iterable[SittingPlan], *, at: dt.datetime
) -> list[Sitting]:
    """The sittings of ``plans`` on the days of ``events``, with the jobs of their series."""
    plans = list(plans)
    made = Sitting.objects.bulk_create(
        sitting_of(event, plan, at=at)
        for event in events
        for plan in plans
        if _is_open(plan, event.day)
    )
    jobs: dict[int, list[JobPlan]] = {}
    for sitting in made:
        series = sitting.event.series
        if series.pk not in jobs:
            jobs[series.pk] = list(series.jobs.order_by("pk"))
    Job.objects.bulk_create(
        Job(sitting=sitting, name=job.name, capacity=job.capacity)
        for sitting in made
        for job in jobs[sitting.event.series_id]
    )
    return made


def _is_open(plan: SittingPlan, day: dt.date) -> bool:
    """Whether its site is still there on ``day``."""
    return plan.site is None or plan.site.closed_on is None or day < plan.site.closed_on


def sitting_of(event: Event, plan: SittingPlan, *, at: dt.datetime) -> Sitting:
    """``plan`` on the day of ``event``, not saved."""
    sitting = Sitting(
        event=event,
        plan=plan,
        site=plan.site,
        shift_pattern_id=plan.shift_pattern_id,
        place=plan.place,
        capacity=plan.capacity,
        changed_at=at,
    )
    set_times(sitting, event, plan.starts_at, plan.ends_at)
    return sitting


def set_times(sitting: Sitting, event: Event, starts_at: dt.time, ends_at: dt.time) -> None:
    """Puts ``sitting`` on the day of ``event``: never on another than it, at most into its night."""
    sitting.starts_at, sitting.ends_at = recurrence.moments(
        event.day, starts_at, ends_at, sitting.zone
    )
    series = event.series
    sitting.opens_at = sitting.starts_at - dt.timedelta(days=series.opens_days)
    sitting.closes_at = sitting.starts_at - dt.timedelta(minutes=series.closes_minutes)
