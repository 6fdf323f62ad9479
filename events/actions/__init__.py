"""Every write of events."""

from events.actions.drawing import begin_due_lots, begin_lots, draw_lots
from events.actions.offering import (
    accept_offer,
    decline_offer,
    lapse_offers,
    offer_after_commit,
    offer_free_places,
    offer_places,
)
from events.actions.signing import (
    ElsewhereAlready,
    NotInvited,
    leave_sitting,
    move_signup,
    set_wishes,
    sign_up,
)
from events.actions.upkeep import erase_wishes, leave_for_leavers, purge_signups, put_missed_first

__all__ = [
    "ElsewhereAlready",
    "NotInvited",
    "accept_offer",
    "begin_due_lots",
    "begin_lots",
    "decline_offer",
    "draw_lots",
    "erase_wishes",
    "lapse_offers",
    "leave_for_leavers",
    "leave_sitting",
    "move_signup",
    "offer_after_commit",
    "offer_free_places",
    "offer_places",
    "purge_signups",
    "put_missed_first",
    "set_wishes",
    "sign_up",
]
