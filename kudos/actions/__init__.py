"""Every write about kudos."""

from kudos.actions.counters import (
    add_to_counter,
    create_counter,
    remove_goal,
    set_counter,
    set_goal,
)
from kudos.actions.giving import MOST_MENTIONS, MOST_RECEIVERS, give_kudos, release_planned_kudos
from kudos.actions.history import PastKudos, record_past_kudos, record_past_talk
from kudos.actions.leavers import apply_leavers_policy, save_policy, withdraw_leavers_cards
from kudos.actions.milestones import (
    answer_first_day,
    celebrate_milestones,
    choose_thanks,
    withdraw_wrong_milestones,
)
from kudos.actions.moderating import (
    UNDO_LASTS,
    decide_reports,
    hide_thing,
    restore_thing,
    undo_decision,
)
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
from kudos.actions.receiving import choose_wall, keep_private, take_off_walls, withdraw_kudos
from kudos.actions.reporting import REPORTS_AN_HOUR, report_thing
from kudos.actions.talking import comment_on_kudos, react_to_kudos, withdraw_comment
from kudos.actions.telling_leads import tell_leads
from kudos.actions.upkeep import purge_kudos, purge_reports
from kudos.actions.values import retire_value, save_value
from kudos.actions.words import add_warned_word, remove_warned_word

__all__ = [
    "MOST_MENTIONS",
    "MOST_RECEIVERS",
    "REPORTS_AN_HOUR",
    "UNDO_LASTS",
    "Arrival",
    "OtherText",
    "PastKudos",
    "PraiseFacts",
    "add_to_counter",
    "add_warned_word",
    "answer_first_day",
    "apply_leavers_policy",
    "approve_praise",
    "celebrate_milestones",
    "choose_thanks",
    "choose_wall",
    "comment_on_kudos",
    "create_counter",
    "decide_reports",
    "delete_praise_rule",
    "dismiss_praise",
    "give_kudos",
    "hide_thing",
    "keep_private",
    "move_praise_rule",
    "purge_kudos",
    "purge_praise",
    "purge_reports",
    "react_to_kudos",
    "receive_praise",
    "record_past_kudos",
    "record_past_talk",
    "release_planned_kudos",
    "remove_goal",
    "remove_warned_word",
    "reopen_praise",
    "report_thing",
    "restore_thing",
    "retire_value",
    "save_policy",
    "save_praise_rule",
    "save_value",
    "set_counter",
    "set_goal",
    "take_off_walls",
    "tell_leads",
    "tell_of_waiting_praise",
    "undo_decision",
    "withdraw_comment",
    "withdraw_kudos",
    "withdraw_leavers_cards",
    "withdraw_wrong_milestones",
]
