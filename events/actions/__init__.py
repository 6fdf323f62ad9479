"""Every write of events."""

from events.actions.cancelling import cancel_event, cancel_following
from events.actions.changing import change_all, change_day, change_following, move_event
from events.actions.making import extend_series
from events.actions.planning import create_series
from events.actions.walls import show_events

__all__ = [
    "cancel_event",
    "cancel_following",
    "change_all",
    "change_day",
    "change_following",
    "create_series",
    "extend_series",
    "move_event",
    "show_events",
]
