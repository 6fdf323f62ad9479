"""Reads for the bell, the lists, the choices and the page on deliveries."""

from engagement.notices.queries.choices import (
    Offer,
    Reader,
    chosen_ways,
    coming_digest,
    hours_of,
    offers_for,
    own_hours,
    readers_of,
)
from engagement.notices.queries.deliveries import delivery_status, masked
from engagement.notices.queries.reading import PAGE_SIZE, notice_page, own_data, unread_count

__all__ = [
    "PAGE_SIZE",
    "Offer",
    "Reader",
    "chosen_ways",
    "coming_digest",
    "delivery_status",
    "hours_of",
    "masked",
    "notice_page",
    "offers_for",
    "own_data",
    "own_hours",
    "readers_of",
    "unread_count",
]
