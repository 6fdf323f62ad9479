"""Reads for the bell, the list of notices and the page on deliveries."""

import datetime as dt

from engagement import times
from engagement.notices.models import Notice
from engagement.people.models import Person

# The bell shows "9+" long before this; counting stops here.
UNREAD_MOST = 100


def unread_count(person: Person, *, at: dt.datetime | None = None) -> int:
    """How many notices ``person`` has not read, at most 100. One query, answered by an index."""
    unread = Notice.objects.shown(at or times.now()).unread().filter(person=person)
    return unread[:UNREAD_MOST].count()
