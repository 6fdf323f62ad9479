"""Counting readers: three times, for groups of five or more, blurred before anything is stored."""

import datetime as dt
from functools import partial

from django.db.models import Exists, OuterRef

from engagement.clock.actions import sweep
from events.models import Announcement, ReadCount, Reading
from events.read_counts import DAYS, FEWEST, step_of

# Later the readers may be forgotten, and a count would be of nobody.
LATEST = dt.timedelta(days=30)


def count_readers(*, at: dt.datetime) -> int:
    """Counts who had read each announcement 1, 3 and 7 days after it was published, as it was then;
    returns how many counts were made."""
    made = 0
    for days in DAYS:
        counted = ReadCount.objects.filter(announcement=OuterRef("pk"), days=days)
        due = Announcement.objects.published().filter(
            ~Exists(counted),
            published_at__lte=at - dt.timedelta(days=days),
            published_at__gt=at - LATEST,
            recipient_count__gte=FEWEST,
        )
        made += sweep(due.order_by("pk"), partial(_count, days=days))
    return made


def _count(announcement: Announcement, *, days: int) -> None:
    assert announcement.published_at is not None
    until = announcement.published_at + dt.timedelta(days=days)
    people = set(announcement.recipients.values_list("person", flat=True))
    read = Reading.objects.filter(announcement=announcement, read_at__lte=until)
    readers = set(read.values_list("person", flat=True)) & people
    step = step_of(readers, people, of=f"{announcement.key}:{days}")
    ReadCount.objects.create(announcement=announcement, days=days, step=step)
