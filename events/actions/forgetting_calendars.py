"""What is forgotten of calendars in the night."""

import datetime as dt

from engagement import times
from events.actions.reminding import take_back_reminders
from events.models import CalendarLink


def purge_calendars(*, at: dt.datetime) -> int:
    """Deletes leavers' calendar addresses (they stopped to work with the last day) and the stamps
    of reminders of sittings that are over; returns how many rows went."""
    links = CalendarLink.objects.dead(times.local_date(at)).delete()[0]
    return links + take_back_reminders(at=at)
