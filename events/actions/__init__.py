"""Every write of events."""

from events.actions.calendar_links import (
    choose_alarm,
    count_wrong_secret,
    make_calendar_link,
    note_reading,
    revoke_calendar_link,
)
from events.actions.cancelling import cancel_event, cancel_following, restore_event
from events.actions.changing import (
    change_all,
    change_day,
    change_following,
    change_sittings,
    move_event,
)
from events.actions.checking_in import check_in
from events.actions.drawing import begin_due_lots, begin_lots, draw_lots
from events.actions.forgetting_calendars import purge_calendars
from events.actions.making import extend_series
from events.actions.offering import (
    accept_offer,
    decline_offer,
    lapse_offers,
    offer_after_commit,
    offer_free_places,
    offer_places,
)
from events.actions.planning import create_series
from events.actions.reminding import send_reminders
from events.actions.signing import (
    ElsewhereAlready,
    NotInvited,
    leave_sitting,
    move_signup,
    set_wishes,
    sign_up,
)
from events.actions.upkeep import erase_wishes, leave_for_leavers, purge_signups, put_missed_first
from events.actions.walls import show_events

__all__ = [
    "ElsewhereAlready",
    "NotInvited",
    "accept_offer",
    "begin_due_lots",
    "begin_lots",
    "cancel_event",
    "cancel_following",
    "change_all",
    "change_day",
    "change_following",
    "change_sittings",
    "check_in",
    "choose_alarm",
    "count_wrong_secret",
    "create_series",
    "decline_offer",
    "draw_lots",
    "erase_wishes",
    "extend_series",
    "lapse_offers",
    "leave_for_leavers",
    "leave_sitting",
    "make_calendar_link",
    "move_event",
    "move_signup",
    "note_reading",
    "offer_after_commit",
    "offer_free_places",
    "offer_places",
    "purge_calendars",
    "purge_signups",
    "put_missed_first",
    "restore_event",
    "revoke_calendar_link",
    "send_reminders",
    "set_wishes",
    "show_events",
    "sign_up",
]
