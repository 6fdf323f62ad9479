"""Forgetting in time."""

import datetime as dt

from django.db.models import Q

from engagement import times
from kudos.models import Comment, Kudos, Milestone

KEPT_MONTHS = 24
WITHDRAWN_KEPT = dt.timedelta(days=30)
PURGE_BATCH = 1000


def purge_kudos(*, at: dt.datetime) -> int:
    """Deletes kudos given 24 months ago or earlier, and those withdrawn or hidden 30 days ago or
    earlier; of comments likewise; and milestones of 24 months ago or earlier.

    Returns how many. In batches, each of which lasts: a run that is stopped has not been for nothing.
    """
    old = Kudos.objects.filter(
        Q(created_at__lte=times.months_before(at, KEPT_MONTHS))
        | Q(withdrawn_at__lte=at - WITHDRAWN_KEPT)
        | Q(hidden_at__lte=at - WITHDRAWN_KEPT)
    )
    purged = 0
    while batch := list(old.order_by("pk").values_list("pk", flat=True)[:PURGE_BATCH]):
        Kudos.objects.filter(pk__in=batch).delete()
        purged += len(batch)
    said = Comment.objects.filter(
        Q(withdrawn_at__lte=at - WITHDRAWN_KEPT) | Q(hidden_at__lte=at - WITHDRAWN_KEPT)
    )
    purged += said.delete()[1].get(Comment._meta.label, 0)
    passed = Milestone.objects.filter(
        on__lte=times.months_before(times.local_date(at), KEPT_MONTHS)
    )
    return purged + passed.delete()[0]
