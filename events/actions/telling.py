"""Telling those signed up what has become of their sitting."""

import datetime as dt
from collections.abc import Iterable

from django.urls import reverse

from engagement.notices.actions import notify
from engagement.notices.kinds import Kind
from engagement.people.models import Person
from events.models import Sitting
from events.notices import EVENT_CANCELLED, EVENT_CHANGED


def tell_changed(sittings: Iterable[Sitting], *, at: dt.datetime) -> int:
    """Tells everybody who has, is offered or waits for a place that time or place is another now.
    Returns how many were told."""
    return _tell(sittings, EVENT_CHANGED, at=at)


def tell_cancelled(sittings: Iterable[Sitting], *, at: dt.datetime) -> int:
    """Tells them that it is not held; why stands on the event."""
    return _tell(sittings, EVENT_CANCELLED, at=at)


def _tell(sittings: Iterable[Sitting], kind: Kind, *, at: dt.datetime) -> int:
    told = 0
    for sitting in sittings:
        # Whoever has a job at it as well is told once.
        people = Person.objects.filter(pk__in=sitting.signups.live().values("person"))
        told += notify(
            people=people,
            kind=kind,
            # The same change again is the same notice; the next change is another.
            source=f"{kind.key}:{sitting.key}:{sitting.sequence}",
            link=reverse("events:detail", args=[sitting.event.key]),
            context={"sitting": sitting.key},
            at=at,
        )
    return told
