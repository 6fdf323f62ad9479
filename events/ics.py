"""Calendar files (RFC 5545): what is to be told, and the bytes that tell it. Asks no database.

Times are told by the wall clock of their place with a VTIMEZONE of that clock, except in the hour
that comes twice in autumn, which is told in UTC.
"""

import datetime as dt
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings
from icalendar import Alarm, Calendar, Event, Timezone, vDDDTypes, vText

from events.clocks import clock_of

PRODUCT = "-//Vaffel//Vaffel 1//NO"
MEDIA_TYPE = "text/calendar; charset=utf-8"
# How often a program is asked to look again. Many do as they please.
REFRESHED_EVERY = dt.timedelta(hours=1)
CONFIRMED, TENTATIVE, CANCELLED = "CONFIRMED", "TENTATIVE", "CANCELLED"


@dataclass(frozen=True)
class Entry:
    """One VEVENT. Texts may hold anything; `clean_text` makes them fit to be sent."""

    key: str
    sequence: int
    changed_at: dt.datetime
    starts_at: dt.datetime
    ends_at: dt.datetime
    # The name of the wall clock.
    zone: str
    status: str
    summary: str
    url: str
    description: str = ""
    location: str = ""
    # A program rings so long before; None does not.
    alarm: dt.timedelta | None = None

    @property
    def uid(self) -> str:
        """The same for good, and the world's only one."""
        return f"{self.key}@{urlsplit(settings.BASE_URL).hostname}"

    @property
    def span(self) -> tuple[dt.datetime, dt.datetime]:
        """From when to when, as it is written."""
        clock = ZoneInfo(self.zone)
        local = self.starts_at.astimezone(clock), self.ends_at.astimezone(clock)
        # The first of the two is what the rules take it for, and the second what some programs do.
        if any(_comes_twice(moment) for moment in local):
            return self.starts_at.astimezone(dt.UTC), self.ends_at.astimezone(dt.UTC)
        return local


def _comes_twice(moment: dt.datetime) -> bool:
    return moment.utcoffset() != moment.replace(fold=1 - moment.fold).utcoffset()


def write_calendar(entries: Sequence[Entry], *, name: str = "") -> bytes:
    """The whole file. ``name`` is what programs call the calendar; a single event has none.

    There is no METHOD: a file that is read again and again is no invitation to answer.
    """
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    if name:
        # Said to be texts: the library does not escape those it does not know.
        calendar.add("name", vText(clean_text(name)))
        calendar.add("x-wr-calname", vText(clean_text(name)))
        calendar.add("refresh-interval", REFRESHED_EVERY, parameters={"VALUE": "DURATION"})
        calendar.add("x-published-ttl", "PT1H")
    events = [_event(entry) for entry in entries]
    # A file without any component is none: the organisation's own clock is always true.
    zones = _zones_of(events) if events else [clock_of(settings.TIME_ZONE, 2026, 2026)]
    for component in (*zones, *events):
        calendar.add_component(component)
    # In the order they were added.
    return bytes(calendar.to_ical(sorted=False))


def _event(entry: Entry) -> Event:
    event = Event()
    starts_at, ends_at = entry.span
    changed_at = entry.changed_at.astimezone(dt.UTC).replace(microsecond=0)
    event.add("uid", entry.uid)
    # Without a METHOD the two are the same (RFC 5545, 3.8.7.2).
    event.add("dtstamp", changed_at)
    event.add("last-modified", changed_at)
    event.add("sequence", entry.sequence)
    event.add("dtstart", starts_at)
    event.add("dtend", ends_at)
    event.add("summary", clean_text(entry.summary))
    for name, text in (("description", entry.description), ("location", entry.location)):
        if cleaned := clean_text(text):
            event.add(name, cleaned)
    event.add("url", entry.url)
    event.add("status", entry.status)
    # Whoever waits is not taken yet.
    event.add("transp", "OPAQUE" if entry.status == CONFIRMED else "TRANSPARENT")
    if entry.alarm is not None and entry.status == CONFIRMED:
        event.add_component(_alarm(entry.alarm, clean_text(entry.summary)))
    return event


def _alarm(before: dt.timedelta, text: str) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("trigger", -before)
    alarm.add("description", text)
    return alarm


def _zones_of(events: Iterable[Event]) -> list[Timezone]:
    """The wall clocks that are named, each over the years in which it is."""
    years: dict[str, set[int]] = {}
    for event in events:
        for time in (event.get("dtstart"), event.get("dtend")):
            assert isinstance(time, vDDDTypes)
            if name := time.params.get("TZID"):
                assert isinstance(time.dt, dt.date)
                years.setdefault(str(name), set()).add(time.dt.year)
    return [clock_of(name, min(found), max(found)) for name, found in sorted(years.items())]


def clean_text(text: str) -> str:
    """``text`` without what a TEXT may not hold: control characters other than line feeds.

    Separators that some programs take for the end of a line become line feeds, and halves of
    characters, which UTF-8 cannot tell, go.
    """
    lines = text.replace("\r\n", "\n")
    for separator in "\r\v\f\x1c\x1d\x1e\x85\u2028\u2029":
        lines = lines.replace(separator, "\n")
    kept = (
        letter
        for letter in lines.replace("\t", " ")
        if letter == "\n" or unicodedata.category(letter) not in ("Cc", "Cs")
    )
    return "".join(kept).strip()
