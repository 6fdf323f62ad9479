"""Series made by the actions, for tests of this part."""

import datetime as dt
from dataclasses import replace
from typing import Any

from engagement import times
from engagement.people.models import Person, Site
from events import actions
from events.actions.changing import facts_of_day
from events.facts import DayFacts, JobFacts, SeriesFacts, SittingFacts
from events.models import Event, Series
from tests.events.factories import FRIDAY, NOON

# A Monday morning, so that the Friday of the factories is to come.
MONDAY = times.moment_of(dt.date(2026, 11, 23), dt.time(8))
LATE = dt.time(12, 30)


def sitting(site: Site | None, starts: dt.time = NOON, **facts: Any) -> SittingFacts:
    ends = dt.time(starts.hour, 30) if starts.minute < 30 else dt.time(starts.hour + 1)
    return SittingFacts(
        **{"site": site, "starts_at": starts, "ends_at": ends, "place": "Kantina", "capacity": 10}
        | facts
    )


def waffle_facts(site: Site, **facts: Any) -> SeriesFacts:
    known = {
        "title": "Vaffelfredag",
        "starts_on": FRIDAY,
        "rule": "FREQ=WEEKLY;BYDAY=FR",
        "sittings": [sitting(site), sitting(site, dt.time(18), capacity=4)],
        "jobs": [JobFacts("Steking", 2)],
        "invited": [site],
    }
    return SeriesFacts(**known | facts)


def make_waffles(by: Person, site: Site, *, at: dt.datetime = MONDAY, **facts: Any) -> Series:
    return actions.create_series(facts=waffle_facts(site, **facts), by=by, at=at)


def facts_now(series: Series, **changed: Any) -> SeriesFacts:
    """The series as it stands, each sitting known, with what is ``changed``."""
    plans = series.plans.select_related("site", "shift_pattern").order_by("starts_at")
    facts = SeriesFacts(
        title=series.title, description=series.description, emblem=series.emblem,
        rule=series.rule, starts_on=series.starts_on, skips_holidays=series.skips_holidays,
        opens_days=series.opens_days, closes_minutes=series.closes_minutes,
        sittings=[
            SittingFacts(
                site=plan.site, starts_at=plan.starts_at, ends_at=plan.ends_at,
                place=plan.place, capacity=plan.capacity, known=plan.pk,
            )
            for plan in plans
        ],
        jobs=[JobFacts(job.name, job.capacity) for job in series.jobs.order_by("pk")],
        invited=[one.site for one in series.invitations.select_related("site") if one.site],
    )  # fmt: skip
    return replace(facts, **changed)


def day_now(event: Event, **changed: Any) -> DayFacts:
    facts = DayFacts(day=event.day, sittings=facts_of_day(event), title=event.title)
    return replace(facts, **changed)


def days(series: Series) -> list[str]:
    return [f"{event.day:%m-%d}" for event in series.events.order_by("day", "pk")]
