"""Forgetting in time."""

import datetime as dt

from django.db import transaction
from django.db.models import Q

from engagement import times
from engagement.notices import actions as notices
from kudos.models import Comment, Decision, DecisionQuerySet, Kudos, Milestone, Report

KEPT_MONTHS = 24
WITHDRAWN_KEPT = dt.timedelta(days=30)
REPORTS_KEPT = dt.timedelta(days=90)
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
        _take_back_notices(Decision.objects.filter(kudos__in=batch), at=at)
        Kudos.objects.filter(pk__in=batch).delete()
        purged += len(batch)
    said = Comment.objects.filter(
        Q(withdrawn_at__lte=at - WITHDRAWN_KEPT) | Q(hidden_at__lte=at - WITHDRAWN_KEPT)
    )
    _take_back_notices(Decision.objects.filter(comment__in=said), at=at)
    purged += said.delete()[1].get(Comment._meta.label, 0)
    passed = Milestone.objects.filter(
        on__lte=times.months_before(times.local_date(at), KEPT_MONTHS)
    )
    return purged + passed.delete()[0]


@transaction.atomic
def purge_reports(*, at: dt.datetime) -> int:
    """Deletes reports 90 days after they were decided, and what was decided; returns how many.

    What nobody has decided goes with the thank-you it is about.
    """
    old = Decision.objects.filter(at__lte=at - REPORTS_KEPT)
    _take_back_notices(old, at=at)
    # The reports first: without a decision they would wait again.
    reports, _by_model = Report.objects.filter(decision__in=old).delete()
    decisions, _by_model = old.delete()
    return reports + decisions


def _take_back_notices(decisions: DecisionQuerySet, *, at: dt.datetime) -> None:
    """What was told of decisions that go has no words any more: the bell must not count it."""
    keys = list(decisions.values_list("key", flat=True))
    if keys:
        notices.withdraw_notices(source=keys, at=at)
