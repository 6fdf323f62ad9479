"""Reads of this room: whom a survey asks, what it asks, what it costs, what is missing to launch."""

from surveys.instruments.minutes import minutes_of_items
from surveys.queries.asking import (
    Section,
    item_count,
    minutes_of,
    sections_of,
)
from surveys.queries.audience import (
    Shortage,
    invited_people,
    is_too_small,
    opening_day,
    people_in,
    short_shifts,
)
from surveys.queries.burden import (
    Clash,
    UnitBurden,
    asked_recently,
    burden_limit,
    burden_of,
    clashes,
)
from surveys.queries.launching import Check, launch_checklist, planned_reminders

__all__ = [
    "Check",
    "Clash",
    "Section",
    "Shortage",
    "UnitBurden",
    "asked_recently",
    "burden_limit",
    "burden_of",
    "clashes",
    "invited_people",
    "is_too_small",
    "item_count",
    "launch_checklist",
    "minutes_of",
    "minutes_of_items",
    "opening_day",
    "people_in",
    "planned_reminders",
    "sections_of",
    "short_shifts",
]
