"""Every write about kudos."""

from kudos.actions.giving import MOST_MENTIONS, MOST_RECEIVERS, give_kudos, release_planned_kudos
from kudos.actions.history import PastKudos, record_past_kudos, record_past_talk
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
    "PastKudos",
    "choose_wall",
    "comment_on_kudos",
    "give_kudos",
    "keep_private",
    "purge_kudos",
    "react_to_kudos",
    "record_past_kudos",
    "record_past_talk",
    "release_planned_kudos",
    "retire_value",
    "save_value",
    "take_off_walls",
    "withdraw_comment",
    "withdraw_kudos",
    "withdraw_leavers_cards",
]
