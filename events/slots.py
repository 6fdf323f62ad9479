"""Slots of a quarter of an hour, counted from 1970, as coverage reckons with them."""

import datetime as dt

from engagement import times

LENGTH = dt.timedelta(minutes=15)

Span = tuple[dt.datetime, dt.datetime]


def touched(starts_at: dt.datetime, ends_at: dt.datetime) -> range:
    """The slots that have a moment in common with the time given."""
    return range((starts_at - times.EPOCH) // LENGTH, -((times.EPOCH - ends_at) // LENGTH))


def filled(starts_at: dt.datetime, ends_at: dt.datetime) -> range:
    """The slots that the time given fills whole."""
    return range(-((times.EPOCH - starts_at) // LENGTH), (ends_at - times.EPOCH) // LENGTH)


def start_of(slot: int) -> dt.datetime:
    return times.EPOCH + slot * LENGTH


def span_of(day: dt.date, starts: dt.time, ends: dt.time, zone: str | None) -> Span:
    """The time from ``starts`` on ``day`` to ``ends`` by the wall clock of ``zone``, in UTC. What
    does not end later than it starts ends on the next day."""
    last = day + dt.timedelta(days=1) if ends <= starts else day
    return (
        times.moment_of(day, starts, zone).astimezone(dt.UTC),
        times.moment_of(last, ends, zone).astimezone(dt.UTC),
    )


def day_span(day: dt.date, zone: str | None) -> Span:
    """The whole of ``day`` by the wall clock of ``zone``: 23, 24 or 25 hours."""
    return span_of(day, dt.time.min, dt.time.min, zone)
