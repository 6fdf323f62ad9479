"""Reads of kudos that join, aggregate or page."""

from kudos.queries.choosing import find_receiver, kind_of, receiver_options, recent_receivers
from kudos.queries.feed import (
    PAGE_LENGTH,
    FeedPage,
    feed_page,
    read_cursor,
    thanks_to_person,
    thanks_to_unit,
    write_cursor,
)
from kudos.queries.mine import is_asked_for_wall_choice, is_on_walls, own_data, planned_by
from kudos.queries.moderation import (
    Case,
    decided,
    leavers_policy,
    waiting_cases,
    waiting_report_count,
    warned_words,
)
from kudos.queries.talk import comments_on, people_who_reacted, with_talk

__all__ = [
    "PAGE_LENGTH",
    "Case",
    "FeedPage",
    "comments_on",
    "decided",
    "feed_page",
    "find_receiver",
    "is_asked_for_wall_choice",
    "is_on_walls",
    "kind_of",
    "leavers_policy",
    "own_data",
    "people_who_reacted",
    "planned_by",
    "read_cursor",
    "receiver_options",
    "recent_receivers",
    "thanks_to_person",
    "thanks_to_unit",
    "waiting_cases",
    "waiting_report_count",
    "warned_words",
    "with_talk",
    "write_cursor",
]
