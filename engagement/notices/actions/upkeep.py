"""Trying again by hand, and forgetting in time."""

import datetime as dt

from django.db import transaction
from django.db.models import Q

from engagement import times
from engagement.clock.actions import ring, stamp
from engagement.notices.actions.telling import DELIVER_MAIL
from engagement.notices.models import (
    Delivery,
    DeliveryQuerySet,
    Notice,
    NoticeChoice,
    NoticeHours,
)

KEEP_READ = dt.timedelta(days=90)
KEEP_UNREAD = dt.timedelta(days=365)
KEEP_WITHDRAWN = dt.timedelta(days=30)
KEEP_ENDED = dt.timedelta(days=30)
# After the last day of work.
KEEP_CHOICES = dt.timedelta(days=30)


@transaction.atomic
def retry_delivery(*, delivery: Delivery, at: dt.datetime) -> bool:
    """Sends at once what is failing or was given up; False when there is nothing to send again."""
    return _retry(Delivery.objects.filter(pk=delivery.pk), at) > 0


@transaction.atomic
def retry_deliveries(*, at: dt.datetime) -> int:
    """The same for all that is failing or was given up; returns how many."""
    return _retry(Delivery.objects.all(), at)


def _retry(deliveries: DeliveryQuerySet, at: dt.datetime) -> int:
    # Three days of trying begin anew; what somebody is sending right now is left alone.
    count = deliveries.retriable(at).update(
        gave_up_at=None,
        due_at=at,
        next_attempt_at=at,
        lease_until=None,
        attempt_count=0,
        reason="",
        last_error="",
    )
    if count:
        ring(DELIVER_MAIL)
    return count


def purge_notices(*, at: dt.datetime) -> int:
    """Forgets what has served its time, and returns how many rows went.

    Read notices after 90 days, unread ones after a year, withdrawn ones and deliveries that came to
    their end after 30 days, and what leavers had chosen 30 days after their last day.
    """
    left = Q(person__left_on__lte=times.local_date(at - KEEP_CHOICES))
    choices = NoticeChoice.objects.filter(left).delete()[0]
    hours = NoticeHours.objects.filter(left).delete()[0]
    ended = Delivery.objects.ended(before=at - KEEP_ENDED).delete()[0]
    withdrawn = Notice.objects.filter(withdrawn_at__lte=at - KEEP_WITHDRAWN).delete()[0]
    read = Notice.objects.filter(read_at__lte=at - KEEP_READ).delete()[0]
    unread = Notice.objects.unread().filter(show_from__lte=at - KEEP_UNREAD).delete()[0]
    stamp("purge_notices", at=at)
    return ended + withdrawn + read + unread + choices + hours
