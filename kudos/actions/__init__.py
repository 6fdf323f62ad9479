"""Every write about kudos."""

from kudos.actions.giving import MOST_MENTIONS, MOST_RECEIVERS, give_kudos, release_planned_kudos
from kudos.actions.history import PastKudos, record_past_kudos
from kudos.actions.praise import (
    Arrival,
    OtherText,
    PraiseFacts,
    approve_praise,
    dismiss_praise,
    purge_praise,
    receive_praise,
    reopen_praise,
)
from kudos.actions.praise_rules import delete_praise_rule, move_praise_rule, save_praise_rule
from kudos.actions.praise_telling import tell_of_waiting_praise
from kudos.actions.receiving import (
    choose_wall,
    keep_private,
    take_off_walls,
    withdraw_kudos,
    withdraw_leavers_cards,
)
from kudos.actions.talking import comment_on_kudos, react_to_kudos, withdraw_comment
from kudos.actions.upkeep import purge_kudos
from kudos.actions.values import retire_value, save_value

__all__ = [
    "MOST_MENTIONS",
    "MOST_RECEIVERS",
    "Arrival",
    "OtherText",
    "PastKudos",
    "PraiseFacts",
    "approve_praise",
    "choose_wall",
    "comment_on_kudos",
    "delete_praise_rule",
    "dismiss_praise",
    "give_kudos",
    "keep_private",
    "move_praise_rule",
    "purge_kudos",
    "purge_praise",
    "react_to_kudos",
    "receive_praise",
    "record_past_kudos",
    "release_planned_kudos",
    "reopen_praise",
    "retire_value",
    "save_praise_rule",
    "save_value",
    "take_off_walls",
    "tell_of_waiting_praise",
    "withdraw_comment",
    "withdraw_kudos",
    "withdraw_leavers_cards",
]
