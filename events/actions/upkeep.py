"""What the clock keeps right about sign-ups, and what is forgotten in time."""

import datetime as dt

import structlog
from django.db.models import F, Q

from engagement.clock.actions import sweep
from events.actions.signing import leave_sitting
from events.models import SignUp
from events.queries.fairness import to_put_first

log = structlog.get_logger(__name__)

KEPT = dt.timedelta(days=90)
PURGE_BATCH = 1000


def put_missed_first(*, at: dt.datetime) -> int:
    """Puts those who waited in vain at an event that has just closed before the others at the next.

    Returns how many.
    """

    def put(signup: SignUp) -> None:
        signup.missed_last = True
        signup.save(update_fields=["missed_last"])

    return sweep(SignUp.objects.filter(pk__in=to_put_first(at).values("pk")), put)


def leave_for_leavers(*, at: dt.datetime) -> int:
    """Frees the places of those whose last day at work is before them. Returns how many."""
    gone = (
        SignUp.objects.live()
        .filter(sitting__ends_at__gt=at, person__left_on__lte=F("event__day"))
        .order_by("pk")
    )
    left = 0
    for signup in list(gone):
        try:
            leave_sitting(signup=signup, at=at)
            left += 1
        except Exception:
            log.exception("leaving_failed", signup=signup.key)
    return left


def erase_wishes(*, at: dt.datetime) -> int:
    """Erases the wishes of sittings that are over. Returns how many people's."""
    return (
        SignUp.objects.exclude(wishes=[])
        .filter(Q(sitting__ends_at__lte=at) | ~Q(state__in=SignUp.LIVE))
        .update(wishes=[])
    )


def purge_signups(*, at: dt.datetime) -> int:
    """Deletes sign-ups 90 days after their sitting; returns how many.

    In batches, each of which lasts: a run that is stopped has not been for nothing.
    """
    old = SignUp.objects.filter(sitting__ends_at__lte=at - KEPT)
    purged = 0
    while batch := list(old.order_by("pk").values_list("pk", flat=True)[:PURGE_BATCH]):
        SignUp.objects.filter(pk__in=batch).delete()
        purged += len(batch)
    return purged
