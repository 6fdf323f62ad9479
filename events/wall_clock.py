"""Times of a sitting in words, by the wall clock of its site."""

import datetime as dt
from zoneinfo import ZoneInfo

from django.utils import timezone

from engagement.http.templatetags import vaffel
from events.models import Sitting


def clock_at(when: dt.datetime, sitting: Sitting) -> str:
    """ "11:30", where ``sitting`` is held."""
    with timezone.override(_zone(sitting)):
        return vaffel.clock(when)


def moment_at(when: dt.datetime, sitting: Sitting) -> str:
    """Date and time, where ``sitting`` is held."""
    with timezone.override(_zone(sitting)):
        return vaffel.moment(when)


def _zone(sitting: Sitting) -> ZoneInfo | None:
    return ZoneInfo(sitting.zone) if sitting.zone else None
