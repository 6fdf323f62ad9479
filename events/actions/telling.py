"""Telling those signed up what has become of their sitting."""

import datetime as dt
from collections.abc import Iterable, Sequence

from django.urls import reverse

from engagement.notices.actions import notify, withdraw_notices
from engagement.notices.kinds import Kind
from engagement.people.models import Person, RoleAssignment
from events.models import Sitting
from events.notices import EVENT_CANCELLED, EVENT_CHANGED, OWN_SITTINGS_REPLACED
from events.queries.own_days import OwnDay


def tell_changed(sittings: Iterable[Sitting], *, at: dt.datetime) -> int:
    """Tells everybody who has, is offered or waits for a place that time or place is another now.
    Returns how many were told."""
    return _tell(sittings, EVENT_CHANGED, at=at)


def tell_cancelled(
    sittings: Iterable[Sitting], *, at: dt.datetime, show_from: dt.datetime | None = None
) -> int:
    """Tells them that it is not held, at ``show_from`` at the earliest; why stands on the event."""
    return _tell(sittings, EVENT_CANCELLED, at=at, show_from=show_from)


def take_back_cancelled(sittings: Iterable[Sitting], *, at: dt.datetime) -> int:
    """Takes back what `tell_cancelled` told of ``sittings`` as they are now. Returns how many."""
    return withdraw_notices(source=[_source(EVENT_CANCELLED, one) for one in sittings], at=at)


def tell_replaced(days: Sequence[OwnDay], *, by: Person, at: dt.datetime) -> int:
    """Tells the managers of the sites whose own sittings on ``days`` do as the series again, but not
    ``by`` who did it. One notice each. Returns how many were told."""
    sites = {site for one in days for site in one.sites}
    roles = RoleAssignment.objects.held(at).filter(
        role=RoleAssignment.Role.SITE_MANAGER, site__in=[site for site in sites if site]
    )
    theirs: dict[Person, set[int]] = {}
    for role in roles.exclude(person=by).select_related("person"):
        if role.site_id:
            theirs.setdefault(role.person, set()).add(role.site_id)
    told = 0
    for person, managed in theirs.items():
        events = [one.event for one in days if managed & one.sites.keys()]
        told += notify(
            people=[person],
            kind=OWN_SITTINGS_REPLACED,
            source=f"{OWN_SITTINGS_REPLACED.key}:{events[0].key}:{at.timestamp():.0f}",
            link=reverse("events:detail", args=[events[0].key]),
            context={"events": [event.key for event in events]},
            at=at,
        )
    return told


def _source(kind: Kind, sitting: Sitting) -> str:
    """The same change again is the same notice; the next change is another."""
    return f"{kind.key}:{sitting.key}:{sitting.sequence}"


def _tell(
    sittings: Iterable[Sitting],
    kind: Kind,
    *,
    at: dt.datetime,
    show_from: dt.datetime | None = None,
) -> int:
    told = 0
    for sitting in sittings:
        # Whoever has a job at it as well is told once.
        people = Person.objects.filter(pk__in=sitting.signups.live().values("person"))
        told += notify(
            people=people,
            kind=kind,
            source=_source(kind, sitting),
            link=reverse("events:detail", args=[sitting.event.key]),
            context={"sitting": sitting.key},
            show_from=show_from,
            at=at,
        )
    return told
