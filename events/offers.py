"""How long a place is offered (docs/decisions/0083)."""

import datetime as dt
from zoneinfo import ZoneInfo

from engagement import times
from events.models import Sitting

# Hours of the day in which somebody can be expected to answer; outside them the clock stands.
WAKES, RESTS = dt.time(7), dt.time(22)
LASTS = dt.timedelta(hours=2)
# An unanswered offer must leave the next in line a chance: it ends so long before closing.
ENDS_BEFORE_CLOSING = dt.timedelta(hours=1)
# What would last shorter is no offer. The place goes straight to whoever is first in line.
SHORTEST = dt.timedelta(minutes=30)


def offer_until(sitting: Sitting, at: dt.datetime) -> dt.datetime | None:
    """When a place offered at ``at`` must be answered; None when it is to be given at once.

    Two hours, of which none is at night on the wall clock of the sitting, and an hour before
    sign-up closes at the latest.
    """
    zone = sitting.zone
    starts_at = _awake(at, zone)
    last = sitting.closes_at - ENDS_BEFORE_CLOSING
    if starts_at + SHORTEST > last:
        return None
    return min(_after(starts_at, LASTS, zone), last)


def _awake(at: dt.datetime, zone: str | None) -> dt.datetime:
    """``at``, or the next morning when it is night."""
    clock = at.astimezone(ZoneInfo(zone) if zone else times.local_zone()).time()
    day = times.local_date(at, zone)
    if clock < WAKES:
        return times.moment_of(day, WAKES, zone).astimezone(dt.UTC)
    if clock >= RESTS:
        return times.moment_of(day + dt.timedelta(days=1), WAKES, zone).astimezone(dt.UTC)
    return at


def _after(starts_at: dt.datetime, lasts: dt.timedelta, zone: str | None) -> dt.datetime:
    """``lasts`` of waking time later. ``starts_at`` is in waking time."""
    day = times.local_date(starts_at, zone)
    night = times.moment_of(day, RESTS, zone).astimezone(dt.UTC)
    if starts_at + lasts <= night:
        return starts_at + lasts
    morning = times.moment_of(day + dt.timedelta(days=1), WAKES, zone).astimezone(dt.UTC)
    return morning + (lasts - (night - starts_at))
