"""Telling those signed up what has become of their sitting."""

import datetime as dt
from collections.abc import Iterable, Sequence

from django.db.models import Exists, OuterRef, Q
from django.urls import reverse

from engagement import times
from engagement.notices.actions import notify, withdraw_notices
from engagement.notices.kinds import Kind
from engagement.people.models import Person, RoleAssignment
from events.access.planning import seen_by
from events.models import Event, Sitting
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
    """Tells the managers of the sites whose own sittings on ``days`` do as the series again, or went with
    their day, but not ``by`` who did it. One notice each. ``days`` are as they were before. Returns how
    many were told."""
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
            link=_where_it_stands(events, person, managed, at=at),
            context={
                "title": events[0].series.title,
                "events": {event.key: event.day.isoformat() for event in events},
            },
            at=at,
        )
    return told


def _where_it_stands(
    events: Sequence[Event], person: Person, managed: set[int], *, at: dt.datetime
) -> str:
    """The page of the first of ``events`` that is held still and that ``person``, who manages the sites
    ``managed``, may see; else of the next of its series; else the list of all."""
    today = times.local_date(at)
    theirs = Sitting.objects.standing().filter(event=OuterRef("pk"), site__in=managed)
    seen = Event.objects.standing().filter(seen_by(person, day=today) | Q(Exists(theirs)))
    own = seen.filter(pk__in=[event.pk for event in events])
    others = seen.filter(series=events[0].series_id, day__gte=today)
    for found in (own, others):
        if event := found.order_by("day", "pk").first():
            return reverse("events:detail", args=[event.key])
    return reverse("events:index")


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
