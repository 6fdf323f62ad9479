"""What is forgotten in time: who has read what, and old announcements."""

import datetime as dt

from django.db.models import Q

from engagement import times
from events.models import NEW_FOR, Announcement, Reading

KEPT_MONTHS = 24
DRAFTS_KEPT = dt.timedelta(days=365)
# By then it has been counted for the last time.
READ_KEPT_AFTER_END = dt.timedelta(days=7)
BATCH = 1000


def purge_readings(*, at: dt.datetime) -> int:
    """Deletes who has read what was sent or corrected 90 days ago, or was over or withdrawn a week
    ago; returns how many rows."""
    gone = Q(announcement__told_at__lte=at - NEW_FOR)
    gone |= Q(announcement__ended_at__lte=at - READ_KEPT_AFTER_END)
    gone |= Q(announcement__withdrawn_at__lte=at - READ_KEPT_AFTER_END)
    old = Reading.objects.filter(gone).order_by("pk").values_list("pk", flat=True)
    purged = 0
    while batch := list(old[:BATCH]):
        Reading.objects.filter(pk__in=batch).delete()
        purged += len(batch)
    return purged


def purge_announcements(*, at: dt.datetime) -> int:
    """Deletes announcements 24 months after they were sent, and drafts that nobody has touched for a
    year, with whom they were for; returns how many."""
    sent = Q(published_at__lte=times.months_before(at, KEPT_MONTHS))
    drafts = Q(published_at=None, publish_at=None, changed_at__lte=at - DRAFTS_KEPT)
    old = list(Announcement.objects.filter(sent | drafts).values_list("pk", flat=True))
    for pk in old:
        Announcement.objects.filter(pk=pk).delete()
    return len(old)
