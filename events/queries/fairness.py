"""Who missed a series last time: they stand before everybody else in the next queue."""

import datetime as dt
from typing import Any

from django.db.models import F, OuterRef, Q, QuerySet, Subquery

from engagement.people.models import Person
from events.models import Event, Job, SignUp
from events.offers import LASTS


def _previous(series: Any, continues: Any, day: Any) -> QuerySet[Event]:
    """The events held before, the latest first, also of the series that this one continues."""
    return (
        Event.objects.standing()
        .filter(Q(series=series) | Q(series=continues), day__lt=day)
        .order_by("-day", "-pk")
    )


def who_missed(at: dt.datetime) -> QuerySet[SignUp]:
    """Sign-ups that waited in vain until sign-up closed, by ``at``.

    A place that one had, or was offered for the whole time an offer lasts, was not missed.
    """
    cut_short = Q(state=SignUp.State.LAPSED, offer_until__lt=F("offered_at") + LASTS)
    return SignUp.objects.filter(
        Q(state=SignUp.State.WAITING) | cut_short,
        job__isnull=True,
        placed_at__isnull=True,
        sitting__cancelled_at__isnull=True,
        sitting__closes_at__lte=at,
    )


def own_and_earlier(person: Person, event: Event, job: Job | None) -> tuple[SignUp | None, bool]:
    """What ``person`` asked for last at ``event``, as a guest or for ``job``; and whether `missed_last`
    is worth asking: whether they waited on another day of the series and got no place. One query."""
    series = [event.series_id, event.series.continues_id]
    kept = list(SignUp.objects.filter(person=person, event__series__in=series))
    mine = [
        one for one in kept if (one.event_id, one.job_id) == (event.pk, job.pk if job else None)
    ]
    waited = any(
        one.event_id != event.pk
        and one.placed_at is None
        and one.state in (SignUp.State.WAITING, SignUp.State.LAPSED)
        for one in kept
    )
    return max(mine, key=lambda one: (one.asked_at, one.pk), default=None), waited


def missed_last(person: Person, event: Event, *, at: dt.datetime) -> bool:
    """Whether ``person`` waited in vain at the event before ``event``. One query.

    False while that one is still open: `to_put_first` finds it out when it has closed.
    """
    before = _previous(event.series_id, event.series.continues_id, event.day)
    return who_missed(at).filter(event=Subquery(before.values("pk")[:1]), person=person).exists()


def to_put_first(at: dt.datetime) -> QuerySet[SignUp]:
    """Those that wait for an event, do not stand before the others yet, and missed the one before,
    which has closed since they asked."""
    before = _previous(
        OuterRef("event__series"), OuterRef("event__series__continues"),
        OuterRef("event__day"),
    )  # fmt: skip
    waiting = SignUp.objects.filter(
        state=SignUp.State.WAITING,
        job__isnull=True,
        missed_last=False,
        sitting__closes_at__gt=at,
    ).annotate(event_before=Subquery(before.values("pk")[:1]))
    return waiting.filter(
        person__in=who_missed(at)
        .filter(event=OuterRef("event_before"), person=OuterRef("person"))
        .values("person")
    )
