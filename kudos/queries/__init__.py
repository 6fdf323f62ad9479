"""Reads of kudos that join, aggregate or page."""

from kudos.queries.choosing import find_receiver, kind_of, receiver_options, recent_receivers
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
from kudos.queries.mine import is_asked_for_wall_choice, is_on_walls, own_data, planned_by
from kudos.queries.nudges import nudge_for, week_of
from kudos.queries.search import people_found, search_page
from kudos.queries.talk import comments_on, people_who_reacted, with_talk

__all__ = [
    "PAGE_LENGTH",
    "FeedPage",
    "comments_on",
    "coverage_of",
    "feed_page",
    "find_receiver",
    "is_asked_for_wall_choice",
    "is_on_walls",
    "kind_of",
    "nudge_for",
    "own_data",
    "people_found",
    "people_who_reacted",
    "planned_by",
    "read_cursor",
    "receiver_options",
    "recent_receivers",
    "search_page",
    "thanks_to_person",
    "thanks_to_unit",
    "week_of",
    "with_talk",
    "write_cursor",
]
