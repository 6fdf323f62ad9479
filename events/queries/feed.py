"""What somebody's calendar program is told: their sittings, and whether anything has changed."""

import datetime as dt
import hmac
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _

from engagement.people.models import Person
from events.calendar_secrets import digest
from events.ics import CANCELLED, CONFIRMED, TENTATIVE, Entry
from events.models import CalendarLink, Job, SignUp, Sitting

# What was held, left or called off stays so long: programs that hear nothing of it would keep it.
KEPT = dt.timedelta(days=30)
# Another number makes every program read anew: for when the words or the form change.
FORM = 1

# One round trip: whose address it is, and a fingerprint of all that their file would say. In three
# steps, because planning one join of eight tables cost more than all the rest.
STATE = """
WITH link AS MATERIALIZED (
    SELECT link.id, link.secret_hash, link.last_read_on, link.alarm_minutes,
           person.id AS person_id, person.language
    FROM events_calendarlink link JOIN people_person person ON person.id = link.person_id
    WHERE link.secret_hash = %(hash)s AND (person.left_on IS NULL OR person.left_on > %(day)s)
), mine AS MATERIALIZED (
    SELECT sitting.event_id, sitting.site_id, signup.job_id, signup.id,
        signup.state, signup.asked_at, signup.placed_at, signup.offered_at, signup.offer_until,
        signup.left_at, signup.left_at > %(since)s, signup.offer_until > %(since)s,
        sitting.sequence, sitting.changed_at, sitting.starts_at, sitting.ends_at, sitting.place,
        sitting.cancelled_at, sitting.cancelled_at > %(since)s, sitting.ends_at <= %(at)s
    FROM link
    JOIN events_signup signup ON signup.person_id = link.person_id
    JOIN events_sitting sitting ON sitting.id = signup.sitting_id
    WHERE sitting.ends_at > %(since)s
)
SELECT link.id, link.secret_hash, link.last_read_on, link.alarm_minutes, link.person_id,
    link.language, (
    SELECT md5(string_agg(ROW(
        mine, job.name, site.name, site.timezone, event.key, event.own_title,
        event.own_description, event.cancelled_at, event.cancelled_at > %(since)s,
        event.cancel_reason, series.title, series.description
    )::text, '~' ORDER BY mine.id))
    FROM mine
    JOIN events_event event ON event.id = mine.event_id
    JOIN events_series series ON series.id = event.series_id
    LEFT JOIN people_site site ON site.id = mine.site_id
    LEFT JOIN events_job job ON job.id = mine.job_id
)
FROM link
"""


@dataclass(frozen=True)
class Feed:
    """Somebody's calendar, as it stands."""

    link_id: int
    person_id: int
    language: str
    alarm: dt.timedelta | None
    last_read_on: dt.date | None
    # Changes when, and only when, the file would say something else.
    tag: str


def find_feed(secret: str, *, at: dt.datetime, day: dt.date) -> Feed | None:
    """The calendar at the address ``secret``; None for a wrong one and for leavers'. One query.

    It costs the same whether there is one or not: the index is asked for a hash that nobody can
    choose, and the hashes are compared in constant time.
    """
    wanted = digest(secret)
    facts: dict[str, Any] = {"hash": wanted, "at": at, "since": at - KEPT, "day": day}
    with connection.cursor() as cursor:
        cursor.execute(STATE, facts)
        row = cursor.fetchone()
    known: tuple[Any, ...] = row or (None, "0" * len(wanted), None, None, None, None, None)
    link_id, kept, last_read_on, alarm, person_id, language, print_ = known
    if not hmac.compare_digest(kept, wanted):
        return None
    tag = digest(f"{FORM}|{settings.BASE_URL}|{link_id}|{language}|{alarm}|{print_}")[:32]
    before = dt.timedelta(minutes=alarm) if alarm else None
    return Feed(link_id, person_id, language, before, last_read_on, tag)


def entries_of(feed: Feed, *, at: dt.datetime) -> list[Entry]:
    """One for each sitting in which the feed's person has or had a place, or waits; by time.

    In the active language. One query.
    """
    rows = (
        SignUp.objects.filter(person_id=feed.person_id, sitting__ends_at__gt=at - KEPT)
        .select_related("sitting__site", "sitting__event__series", "job")
        .order_by("sitting__starts_at", "sitting_id", "pk")
    )
    by_sitting: dict[int, list[SignUp]] = {}
    for row in rows:
        by_sitting.setdefault(row.sitting_id, []).append(row)
    entries = (entry_of(group[0].sitting, group, at=at) for group in by_sitting.values())
    return [replace(one, alarm=feed.alarm) for one in entries if one is not None]


def entry_of(sitting: Sitting, signups: Iterable[SignUp], *, at: dt.datetime) -> Entry | None:
    """``sitting`` as somebody with these ``signups`` for it is told of it; None when it is long
    enough since that they left it. Without sign-ups: that it is held."""
    rows = list(signups)
    status, words = _standing(sitting, rows, at)
    if status == CANCELLED and rows and not _is_recent(sitting, rows, at):
        return None
    event = sitting.event
    return Entry(
        key=sitting.key,
        sequence=sitting.sequence,
        changed_at=max(_changes(sitting, rows)),
        starts_at=sitting.starts_at,
        ends_at=sitting.ends_at,
        zone=sitting.zone or settings.TIME_ZONE,
        status=status,
        summary=words % {"title": event.title},
        description=_description(sitting, [one.job for one in rows if one.job], status),
        location=", ".join(part for part in (sitting.place, _site_name(sitting)) if part),
        url=settings.BASE_URL + event_path(event.key),
    )


def event_path(key: str) -> str:
    """The page of an event."""
    return f"/events/{key}/"


def _standing(sitting: Sitting, rows: list[SignUp], at: dt.datetime) -> tuple[str, str]:
    """STATUS, and how the title is said."""
    if sitting.cancelled_at or sitting.event.cancelled_at:
        return CANCELLED, _("Cancelled: %(title)s")
    states = {row.state for row in rows}
    if not rows or SignUp.State.PLACED in states:
        return CONFIRMED, "%(title)s"
    if sitting.ends_at > at:
        if SignUp.State.OFFERED in states:
            return TENTATIVE, _("%(title)s (you are offered a place)")
        if SignUp.State.WAITING in states:
            return TENTATIVE, _("%(title)s (waiting list)")
    return CANCELLED, _("No place: %(title)s")


def _is_recent(sitting: Sitting, rows: list[SignUp], at: dt.datetime) -> bool:
    """Whether programs may still show what came to nothing."""
    ends = [sitting.cancelled_at, sitting.event.cancelled_at]
    ends += [row.left_at for row in rows]
    ends += [row.offer_until for row in rows if row.state == SignUp.State.LAPSED]
    # Who waited to the end.
    ends += [sitting.ends_at for row in rows if row.state == SignUp.State.WAITING]
    return any(end is not None and end > at - KEPT for end in ends)


def _changes(sitting: Sitting, rows: list[SignUp]) -> Iterable[dt.datetime]:
    yield sitting.changed_at
    for moment in (sitting.cancelled_at, sitting.event.cancelled_at):
        if moment:
            yield moment
    for row in rows:
        for moment in (row.asked_at, row.placed_at, row.offered_at, row.left_at):
            if moment:
                yield moment


def _description(sitting: Sitting, jobs: list[Job], status: str) -> str:
    event = sitting.event
    parts = [event.description]
    if status == CANCELLED and event.cancel_reason:
        parts.insert(0, event.cancel_reason)
    if status == CONFIRMED and jobs:
        names = ", ".join(job.name for job in jobs)
        parts.insert(0, _("You help with: %(jobs)s") % {"jobs": names})
    return "\n\n".join(part for part in parts if part)


def _site_name(sitting: Sitting) -> str:
    return sitting.site.name if sitting.site else ""


def links_of(person: Person) -> list[CalendarLink]:
    """Where the calendar programs of ``person`` read, in the order of the programs. One query."""
    order = {program: place for place, program in enumerate(CalendarLink.Program.values)}
    links = CalendarLink.objects.filter(person=person)
    return sorted(links, key=lambda link: order[link.program])


def own_data(person: Person) -> list[dict[str, object]]:
    """The addresses of ``person``'s calendar, as they may take them along; never the secrets."""
    return [
        {
            "program": link.program,
            "made_at": link.made_at.isoformat(),
            "last_read_on": link.last_read_on.isoformat() if link.last_read_on else None,
            "alarm_minutes": link.alarm_minutes,
        }
        for link in links_of(person)
    ]
