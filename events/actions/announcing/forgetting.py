"""What is forgotten in time: who has read what, and old announcements."""

import datetime as dt

from django.db.models import Q

from engagement import times
from engagement.notices.actions import forget_who_read
from events.models import NEW_FOR, Announcement, Reading

KEPT_MONTHS = 24
DRAFTS_KEPT = dt.timedelta(days=365)
# By then it has been counted for the last time.
READ_KEPT_AFTER_END = dt.timedelta(days=7)
BATCH = 1000


def purge_readings(*, at: dt.datetime) -> int:
    """Deletes who has read what was sent or corrected 90 days ago, or was over or withdrawn a week
    ago; returns how many rows. What was told of it stays in the lists of notices, as read by all."""
    gone = Q(told_at__lte=at - NEW_FOR)
    gone |= Q(ended_at__lte=at - READ_KEPT_AFTER_END)
    gone |= Q(withdrawn_at__lte=at - READ_KEPT_AFTER_END)
    forgotten = Announcement.objects.filter(gone)
    old = Reading.objects.filter(announcement__in=forgotten).order_by("pk")
    purged = 0
    while batch := list(old.values_list("pk", flat=True)[:BATCH]):
        Reading.objects.filter(pk__in=batch).delete()
        purged += len(batch)
    for one in forgotten.only("key", "revision").order_by("pk").iterator():
        # As it was when it was looked at: a correction made this moment stays new.
        forget_who_read(sources=one.sources_to(one.revision), at=at)
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
