"""Reads of kudos that join, aggregate or page."""

from kudos.queries.choosing import find_receiver, kind_of, receiver_options, recent_receivers
from kudos.queries.counters import counters_with_goals
from kudos.queries.coverage import coverage_of
from kudos.queries.feed import (
    PAGE_LENGTH,
    FeedPage,
    feed_page,
    read_cursor,
    thanks_to_person,
    thanks_to_unit,
    write_cursor,
)
from kudos.queries.keeping import (
    is_asked_about_first_day,
    look_of,
    thanks_of_year,
    with_talk_by_month,
    years_thanked,
)
from kudos.queries.mine import is_asked_for_wall_choice, is_on_walls, own_data, planned_by
from kudos.queries.moderation import (
    Case,
    ModerationPage,
    decided,
    leavers_policy,
    waiting_cases,
    waiting_report_count,
    warned_words,
)
from kudos.queries.nudges import draw_nudge, nudge_for, week_of
from kudos.queries.praise import (
    COUNT_MOST,
    PRAISE_PAGE,
    TRAYS,
    TRIED_MOST,
    AtHand,
    PraisePage,
    Tray,
    colleagues_of,
    leads_with_waiting_praise,
    praise_page,
    praise_rules,
    try_praise_rules,
    waiting_praise_count,
)
from kudos.queries.search import people_found, search_page
from kudos.queries.talk import comments_on, people_who_reacted, with_talk, without_talk

__all__ = [
    "COUNT_MOST",
    "PAGE_LENGTH",
    "PRAISE_PAGE",
    "TRAYS",
    "TRIED_MOST",
    "AtHand",
    "Case",
    "FeedPage",
    "ModerationPage",
    "PraisePage",
    "Tray",
    "colleagues_of",
    "comments_on",
    "counters_with_goals",
    "coverage_of",
    "decided",
    "draw_nudge",
    "feed_page",
    "find_receiver",
    "is_asked_about_first_day",
    "is_asked_for_wall_choice",
    "is_on_walls",
    "kind_of",
    "leads_with_waiting_praise",
    "leavers_policy",
    "look_of",
    "nudge_for",
    "own_data",
    "people_found",
    "people_who_reacted",
    "planned_by",
    "praise_page",
    "praise_rules",
    "read_cursor",
    "receiver_options",
    "recent_receivers",
    "search_page",
    "thanks_of_year",
    "thanks_to_person",
    "thanks_to_unit",
    "try_praise_rules",
    "waiting_cases",
    "waiting_praise_count",
    "waiting_report_count",
    "warned_words",
    "week_of",
    "with_talk",
    "with_talk_by_month",
    "without_talk",
    "write_cursor",
    "years_thanked",
]
