"""Events for tests, written straight into the database; the actions that make them have tests of
their own."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from engagement import times
from engagement.people.models import Person, Site, Unit
from events.models import Competition, Entry, Event, Group, Job, Round, Series, SignUp, Sitting

# A Friday in term time, well after the clocks went back.
FRIDAY = dt.date(2026, 11, 27)
NOON = dt.time(12)


def make_series(organiser: Person, title: str = "Vaffelfredag", **facts: Any) -> Series:
    facts = {
        "rule": "FREQ=WEEKLY;BYDAY=FR",
        "starts_on": FRIDAY,
        "created_at": times.moment_of(FRIDAY - dt.timedelta(days=20), NOON),
    } | facts
    return Series.objects.create(title=title, organiser=organiser, **facts)


def make_event(series: Series, day: dt.date = FRIDAY, **facts: Any) -> Event:
    return Event.objects.create(series=series, rule_day=day, day=day, **facts)


def make_sitting(
    event: Event,
    *,
    site: Site | None = None,
    starts: dt.time = NOON,
    minutes: int = 30,
    capacity: int | None = 10,
    **facts: Any,
) -> Sitting:
    starts_at = times.moment_of(event.day, starts, site.timezone if site else None)
    facts = {
        "opens_at": starts_at - dt.timedelta(days=event.series.opens_days),
        "closes_at": starts_at - dt.timedelta(minutes=event.series.closes_minutes),
        "changed_at": event.series.created_at,
    } | facts
    return Sitting.objects.create(
        event=event,
        site=site,
        starts_at=starts_at,
        ends_at=starts_at + dt.timedelta(minutes=minutes),
        capacity=capacity,
        **facts,
    )


def make_job(sitting: Sitting, name: str = "Steking", capacity: int = 2) -> Job:
    return Job.objects.create(sitting=sitting, name=name, capacity=capacity)


def make_signup(
    sitting: Sitting, person: Person, *, state: str = SignUp.State.PLACED, **facts: Any
) -> SignUp:
    """A sign-up in ``state``, counted where it holds a place."""
    at = facts.pop("asked_at", sitting.opens_at)
    if state == SignUp.State.PLACED:
        facts.setdefault("placed_at", at)
    signup = SignUp.objects.create(
        event=sitting.event, sitting=sitting, person=person, state=state, asked_at=at, **facts
    )
    if state in SignUp.HOLDING:
        holder: Sitting | Job = signup.job or sitting
        holder.taken_count += 1
        holder.save(update_fields=["taken_count"])
    return signup


def make_competition(
    organiser: Person,
    units: Sequence[Unit],
    *,
    entered_by: Person,
    at: dt.datetime | None = None,
    **facts: Any,
) -> Entry:
    """A competition between ``units`` that has run for a day, with one entry, for the first of them."""
    at = at or times.now()
    starts_at, ends_at = at - dt.timedelta(days=1), at + dt.timedelta(days=10)
    facts = {"ends_at": ends_at, "most_per_entry": 100, "most_per_day": 200} | facts
    competition = Competition.objects.create(
        title="Til Nordkapp", unit_word="km", kind="units", organiser=organiser, created_at=starts_at,
        starts_at=starts_at, **facts,
    )  # fmt: skip
    round_ = Round.objects.create(
        competition=competition, number=1, starts_at=starts_at, ends_at=competition.ends_at
    )
    groups = [
        Group.objects.create(competition=competition, number=number, name=unit.name, unit=unit)
        for number, unit in enumerate(units)
    ]
    return Entry.objects.create(
        competition=competition, round=round_, group=groups[0], way="people", by=entered_by,
        value=5, entered_at=at, changed_at=at,
    )  # fmt: skip
