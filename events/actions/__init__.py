"""Every write of the room."""

from events.actions.calendar_links import (
    choose_alarm,
    count_wrong_secret,
    make_calendar_link,
    note_reading,
    revoke_calendar_link,
)
from events.actions.checking_in import check_in
from events.actions.forgetting_calendars import purge_calendars
from events.actions.reminding import send_reminders

__all__ = [
    "check_in",
    "choose_alarm",
    "count_wrong_secret",
    "make_calendar_link",
    "note_reading",
    "purge_calendars",
    "revoke_calendar_link",
    "send_reminders",
]
