"""Every write about kudos."""

from kudos.actions.counters import (
    add_to_counter,
    create_counter,
    remove_goal,
    set_counter,
    set_goal,
)
from kudos.actions.giving import MOST_MENTIONS, MOST_RECEIVERS, give_kudos, release_planned_kudos
from kudos.actions.history import PastKudos, record_past_kudos
from kudos.actions.milestones import (
    answer_first_day,
    celebrate_milestones,
    choose_thanks,
    withdraw_wrong_milestones,
)
from kudos.actions.receiving import (
    choose_wall,
    keep_private,
    take_off_walls,
    withdraw_kudos,
    withdraw_leavers_cards,
)
from kudos.actions.talking import comment_on_kudos, react_to_kudos, withdraw_comment
from kudos.actions.telling_leads import tell_leads
from kudos.actions.upkeep import purge_kudos
from kudos.actions.values import retire_value, save_value

__all__ = [
    "MOST_MENTIONS",
    "MOST_RECEIVERS",
    "PastKudos",
    "add_to_counter",
    "answer_first_day",
    "celebrate_milestones",
    "choose_thanks",
    "choose_wall",
    "comment_on_kudos",
    "create_counter",
    "give_kudos",
    "keep_private",
    "purge_kudos",
    "react_to_kudos",
    "record_past_kudos",
    "release_planned_kudos",
    "remove_goal",
    "retire_value",
    "save_value",
    "set_counter",
    "set_goal",
    "take_off_walls",
    "tell_leads",
    "withdraw_comment",
    "withdraw_kudos",
    "withdraw_leavers_cards",
    "withdraw_wrong_milestones",
]
