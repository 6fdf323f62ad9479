"""Every write of events."""

from events.actions.calendar_links import (
    choose_alarm,
    count_wrong_secret,
    make_calendar_link,
    note_reading,
    revoke_calendar_link,
)
from events.actions.cancelling import cancel_event, cancel_following
from events.actions.changing import change_all, change_day, change_following, move_event
from events.actions.checking_in import check_in
from events.actions.forgetting_calendars import purge_calendars
from events.actions.making import extend_series
from events.actions.planning import create_series
from events.actions.reminding import send_reminders
from events.actions.walls import show_events

__all__ = [
    "cancel_event",
    "cancel_following",
    "change_all",
    "change_day",
    "change_following",
    "check_in",
    "choose_alarm",
    "count_wrong_secret",
    "create_series",
    "extend_series",
    "make_calendar_link",
    "move_event",
    "note_reading",
    "purge_calendars",
    "revoke_calendar_link",
    "send_reminders",
    "show_events",
]
