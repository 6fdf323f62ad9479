"""Every write of events."""

from events.actions.amending import amend_entry
from events.actions.calendar_links import (
    choose_alarm,
    count_wrong_secret,
    make_calendar_link,
    note_reading,
    revoke_calendar_link,
)
from events.actions.calling_off import cancel_competition
from events.actions.cancelling import cancel_event, cancel_following, restore_event
from events.actions.changing import (
    change_all,
    change_day,
    change_following,
    change_sittings,
    move_event,
)
from events.actions.checking_in import check_in
from events.actions.competing import change_competition, create_competition
from events.actions.drawing import begin_due_lots, begin_lots, draw_lots
from events.actions.entering import (
    NotConcerned,
    add_entry,
    add_judged_entries,
    add_sent_entry,
    correct_entry,
    restore_entry,
    withdraw_entry,
)
from events.actions.forgetting_calendars import purge_calendars
from events.actions.hiding_ideas import hide_idea, show_idea_again
from events.actions.ideas import (
    decline_idea,
    lapse_ideas,
    pick_idea,
    plan_idea,
    propose_idea,
    purge_ideas,
    take_back_vote,
    vote_for_idea,
    withdraw_idea,
)
from events.actions.making import extend_series
from events.actions.offering import (
    accept_offer,
    decline_offer,
    lapse_offers,
    offer_after_commit,
    offer_free_places,
    offer_places,
)
from events.actions.photo_walls import (
    agree_to_wall,
    hang_photo,
    refuse_wall,
    take_photo_off_walls,
)
from events.actions.photos import (
    add_photo,
    agree_to_photo,
    purge_photos,
    take_down_leavers_photos,
    take_down_photo,
)
from events.actions.planning import create_series
from events.actions.reminding import send_reminders
from events.actions.reporting_ideas import keep_idea, purge_idea_reports, report_idea
from events.actions.signing import (
    ElsewhereAlready,
    NotInvited,
    leave_sitting,
    move_signup,
    set_wishes,
    sign_up,
)
from events.actions.standing import (
    close_competitions,
    count_rounds,
    decide_tie,
    erase_entries,
    purge_groups,
    refresh_standings,
)
from events.actions.taking_part import (
    join_group,
    opt_in,
    opt_out,
)
from events.actions.tallying import answer_was_it_good, ask_how_it_was, close_tallies
from events.actions.upkeep import erase_wishes, leave_for_leavers, purge_signups, put_missed_first
from events.actions.walls import show_events

__all__ = [
    "ElsewhereAlready",
    "NotConcerned",
    "NotInvited",
    "accept_offer",
    "add_entry",
    "add_judged_entries",
    "add_photo",
    "add_sent_entry",
    "agree_to_photo",
    "agree_to_wall",
    "amend_entry",
    "answer_was_it_good",
    "ask_how_it_was",
    "begin_due_lots",
    "begin_lots",
    "cancel_competition",
    "cancel_event",
    "cancel_following",
    "change_all",
    "change_competition",
    "change_day",
    "change_following",
    "change_sittings",
    "check_in",
    "choose_alarm",
    "close_competitions",
    "close_tallies",
    "correct_entry",
    "count_rounds",
    "count_wrong_secret",
    "create_competition",
    "create_series",
    "decide_tie",
    "decline_idea",
    "decline_offer",
    "draw_lots",
    "erase_entries",
    "erase_wishes",
    "extend_series",
    "hang_photo",
    "hide_idea",
    "join_group",
    "keep_idea",
    "lapse_ideas",
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
    "opt_in",
    "opt_out",
    "pick_idea",
    "plan_idea",
    "propose_idea",
    "purge_calendars",
    "purge_groups",
    "purge_idea_reports",
    "purge_ideas",
    "purge_photos",
    "purge_signups",
    "put_missed_first",
    "refresh_standings",
    "refuse_wall",
    "report_idea",
    "restore_entry",
    "restore_event",
    "revoke_calendar_link",
    "send_reminders",
    "set_wishes",
    "show_events",
    "show_idea_again",
    "sign_up",
    "take_back_vote",
    "take_down_leavers_photos",
    "take_down_photo",
    "take_photo_off_walls",
    "vote_for_idea",
    "withdraw_entry",
    "withdraw_idea",
]
