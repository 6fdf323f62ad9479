"""An author, drafts, and what was sent."""

import datetime as dt
from typing import Any

from engagement import times
from engagement.people.models import Person
from events.actions import announcing
from events.announcement_facts import WORDS, AnnouncementFacts, Words
from events.models import Announcement

# A Thursday noon in Norway, well after the clocks went back.
AT = dt.datetime(2026, 11, 26, 11, tzinfo=dt.UTC)
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


def facts(**given: Any) -> AnnouncementFacts:
    """A whole announcement; say whom it is for."""
    return AnnouncementFacts(
        **{
            "title": "Ny pauseliste",
            "decided": "Pausen om kvelden flyttes til 20:00.",
            "why": "Køen er lengst klokka 19.",
            "affects": "Du som jobber kveld.",
            "next_step": "Lista henger på tavla.",
            "next_on": dt.date(2026, 12, 1),
        }
        | given
    )


def draft(by: Person, at: dt.datetime = AT, **given: Any) -> Announcement:
    return announcing.create_announcement(facts=facts(**given), by=by, at=at)


def sent(by: Person, at: dt.datetime = AT, **given: Any) -> Announcement:
    return announcing.publish_announcement(announcement=draft(by, at, **given), by=by, at=at)


def words_of(announcement: Announcement, **changed: Any) -> Words:
    return Words(**{name: getattr(announcement, name) for name in WORDS} | changed)


def correct(
    announcement: Announcement, by: Person, at: dt.datetime = AT + HOUR, **changed: Any
) -> Announcement:
    note = changed.pop("note", "Feil klokkeslett.")
    version = changed.pop("version", None)
    changed = changed or {"decided": "Pausen om kvelden flyttes til 20:30."}
    return announcing.correct_announcement(
        announcement=announcement,
        words=words_of(announcement, **changed),
        note=note,
        by=by,
        at=at,
        version=version,
    )


def got_it(announcement: Announcement, *people: Person, at: dt.datetime = AT + HOUR) -> None:
    announcement.refresh_from_db()
    for one in people:
        announcing.read_announcement(
            announcement=announcement, revision=announcement.revision, by=one, at=at
        )


def names_sent_to(announcement: Announcement) -> list[str]:
    got = announcement.recipients.values_list("person__given_name", flat=True)
    return sorted(got)


def local(day: dt.date, clock: str) -> dt.datetime:
    return times.moment_of(day, dt.time.fromisoformat(clock))
