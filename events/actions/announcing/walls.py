"""Announcements on walls: those of the units and sites they are for, and no others."""

import datetime as dt

from engagement.live import actions as live
from engagement.people.models import Site, Unit
from events.announcement_cards import render_announcement
from events.models import Announcement
from events.queries.audiences import audiences_of

KIND = "announcement"


def hang(announcement: Announcement, *, at: dt.datetime) -> None:
    """Puts it up until its days are over, in the streams of its own units and sites. Call it last in
    a transaction."""
    if announcement.wall_days is None or announcement.published_at is None:
        return
    show_until = announcement.published_at + dt.timedelta(days=announcement.wall_days)
    groups, _listed = audiences_of(announcement)
    streams = live.ensure_streams(
        units=[one for one in groups if isinstance(one, Unit)],
        sites=[one for one in groups if isinstance(one, Site)],
    )
    if show_until <= at or not streams:
        return
    live.celebrate(
        kind=KIND,
        source=announcement.key,
        cards=render_announcement(announcement, show_from=at, show_until=show_until),
        streams=streams,
        show_from=at,
        show_until=show_until,
    )


def take_down(announcement: Announcement, *, at: dt.datetime) -> None:
    live.withdraw_celebrations(sources=[announcement.key], at=at)
