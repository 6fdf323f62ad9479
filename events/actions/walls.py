"""What is held today, on the walls of its sites. Put up in the morning by the clock."""

import datetime as dt
from functools import partial

from django.db.models import Exists, OuterRef

from engagement import times
from engagement.clock.actions import sweep
from engagement.live import actions as live
from engagement.live.models import Celebration
from events.cards import render_event
from events.models import Event, Sitting

KIND = "event"
MORNING = dt.time(6)


def show_events(*, at: dt.datetime) -> int:
    """Puts today's events on the walls, those due by now that hang nowhere yet; returns how many.

    A card goes when its last sitting there is over. A changed event was taken down (`rewriting`) and
    goes up anew.
    """
    hanging = Celebration.objects.standing().filter(source=OuterRef("key"))
    due = Event.objects.standing().filter(
        ~Exists(hanging),
        day=times.local_date(at),
        series__shows_on_walls=True,
        sittings__ends_at__gt=at,
        sittings__cancelled_at=None,
    )
    if times.local_clock(at) < MORNING:
        return 0
    return sweep(Event.objects.filter(pk__in=due.values("pk")), partial(_show, at=at))


def _show(event: Event, *, at: dt.datetime) -> None:
    """A card for each site, in the site's stream; what is for all at once in everybody's."""
    rows = event.sittings.standing().filter(ends_at__gt=at).select_related("site")
    groups: dict[int | None, list[Sitting]] = {}
    for sitting in rows.order_by("starts_at", "pk"):
        groups.setdefault(sitting.site_id, []).append(sitting)
    for sittings in groups.values():
        site = sittings[0].site
        show_until = max(one.ends_at for one in sittings)
        live.celebrate(
            kind=KIND,
            source=event.key,
            cards=render_event(event, sittings, show_from=at, show_until=show_until),
            streams=live.ensure_streams(sites=[site] if site else [], everybody=site is None),
            show_from=at,
            show_until=show_until,
        )
