""" "Got it": what a reader says of what was sent to them."""

import datetime as dt

from django.db import transaction

from engagement.notices.actions import read_told
from engagement.people.models import Person
from events.models import Announcement, Reading


@transaction.atomic
def read_announcement(
    *, announcement: Announcement, revision: int, by: Person, at: dt.datetime
) -> None:
    """Notes that ``by`` has read ``revision``, the one that the page showed: what was corrected
    meanwhile stays new. Saying it again changes nothing. What was told of it counts as read too."""
    seen = min(max(revision, 1), announcement.revision)
    reading = Reading(announcement=announcement, person=by, read_at=at, revision=seen)
    Reading.objects.bulk_create([reading], ignore_conflicts=True)
    earlier = Reading.objects.filter(announcement=announcement, person=by, revision__lt=seen)
    earlier.update(revision=seen)
    read_told(by=by, sources=announcement.sources_to(seen), at=at)
