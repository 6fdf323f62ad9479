"""Announcements as their readers and their authors meet them."""

import datetime as dt
import difflib
import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import Q
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from engagement import times
from engagement.http.templatetags.vaffel import in_a_row, long_date
from engagement.people.models import Person
from engagement.people.queries import placed_people
from events.access.announcing import in_force_for, sent_to
from events.access.planning import seen_by
from events.announcement_facts import WORDS, AnnouncementFacts
from events.models import (
    Announcement,
    AnnouncementQuerySet,
    AnnouncementRevision,
    Event,
    Reading,
    Series,
)
from events.queries.audiences import audiences_of
from events.read_counts import DAYS, FEWEST, in_words

PAGE_SIZE = 20
MOST_GROUPS_NAMED = 4
MOST_LINKED = 100
NEW = "n."
CURSOR = re.compile(r"^(n\.)?[A-Za-z0-9]{1,40}$")


# --- lists ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Entry:
    announcement: Announcement
    is_new: bool


@dataclass(frozen=True)
class Page:
    """``next_cursor`` is what the next page asks for; empty on the last."""

    entries: Sequence[Entry]
    next_cursor: str = ""


def page_of_mine(person: Person, *, at: dt.datetime, after: str = "") -> Page:
    """What was sent to ``person``: first what is new, then the rest, each the latest first. At most
    three queries. A cursor that is none begins anew."""
    mine = Announcement.objects.published().filter(sent_to(person)).select_related("author")
    new = mine.unread_by(person, at)
    after = after if CURSOR.match(after) else ""
    entries: list[Entry] = []
    if not after or after.startswith(NEW):
        rows = _beyond(new, after.removeprefix(NEW))[: PAGE_SIZE + 1]
        entries = [Entry(one, is_new=True) for one in rows]
    if len(entries) <= PAGE_SIZE:
        rest = mine.exclude(pk__in=new.values("pk"))
        rows = _beyond(rest, "" if after.startswith(NEW) else after)
        entries += [Entry(one, False) for one in rows[: PAGE_SIZE + 1 - len(entries)]]
    return _page(entries)


def page_in_force(person: Person, *, at: dt.datetime, after: str = "") -> Page:
    """The decisions that hold for ``person``, also those from before they came. Five queries at most."""
    day = times.local_date(at)
    standing = in_force_for(person, day=day).select_related("author")
    rows = _beyond(standing, after if CURSOR.match(after) else "")[: PAGE_SIZE + 1]
    return _page([Entry(one, is_new=False) for one in rows])


def page_of_sent(person: Person, *, after: str = "") -> Page:
    """What ``person`` has sent, the latest first. Two queries at most."""
    sent = Announcement.objects.published().filter(author=person).select_related("author")
    rows = _beyond(sent, after if CURSOR.match(after) else "")[: PAGE_SIZE + 1]
    return _page([Entry(one, is_new=False) for one in rows])


def drafts_of(person: Person) -> list[Announcement]:
    """Those that wait for their time, the next first; then those that wait for ``person``. One query."""
    drafts = list(
        Announcement.objects.drafts().filter(author=person).order_by("-changed_at", "-pk")
    )
    waiting = sorted((one for one in drafts if one.publish_at), key=lambda one: str(one.publish_at))
    return [*waiting, *(one for one in drafts if not one.publish_at)]


def _beyond(rows: AnnouncementQuerySet, key: str) -> AnnouncementQuerySet:
    rows = rows.latest_first()
    last = Announcement.objects.filter(key=key).only("told_at").first() if key else None
    if last is None or last.told_at is None:
        return rows
    earlier = Q(told_at__lt=last.told_at) | Q(told_at=last.told_at, pk__lt=last.pk)
    return rows.filter(earlier, told_at__lte=last.told_at)


def _page(entries: Sequence[Entry]) -> Page:
    shown = entries[:PAGE_SIZE]
    if len(entries) <= PAGE_SIZE:
        return Page(shown)
    last = shown[-1]
    return Page(shown, (NEW if last.is_new else "") + last.announcement.key)


def newest_unread(person: Person, *, at: dt.datetime) -> Announcement | None:
    """What Today shows: the latest that is new to ``person``. One query."""
    shown = ("key", "title", "decided", "revision")
    unread = Announcement.objects.unread_by(person, at).only(*shown)
    found: Announcement | None = unread.latest_first().first()
    return found


# --- one ------------------------------------------------------------------------------------------


def is_new_to(person: Person, announcement: Announcement, *, at: dt.datetime) -> bool:
    """Whether ``person`` got it and has not read it as it is now. One query."""
    return Announcement.objects.unread_by(person, at).filter(pk=announcement.pk).exists()


@dataclass(frozen=True)
class Belonging:
    """What a reader is told of the event that something belongs to: the way there, or why there is none."""

    event: Event | None = None
    is_cancelled: bool = False


def event_of(announcement: Announcement, viewer: Person, *, today: dt.date) -> Belonging | None:
    """The next day of its series, or else the last, that ``viewer`` may read; None without a series.
    Who is not invited to any of it learns no more than that. Four queries at most."""
    if announcement.series_id is None:
        return None
    seen = Event.objects.filter(seen_by(viewer, day=today), series=announcement.series_id)
    standing = seen.standing()
    coming = standing.filter(day__gte=today).order_by("day", "pk").first()
    event = coming or standing.order_by("-day", "-pk").first()
    return Belonging(event, is_cancelled=event is None and seen.exists())


def facts_of(announcement: Announcement) -> AnnouncementFacts:
    """All of a draft as it stands; people as `placed_people` reads them today. Two queries."""
    groups, listed = audiences_of(announcement)
    people = list(placed_people(times.today()).filter(pk__in=listed)) if listed else []
    words = {name: getattr(announcement, name) for name in WORDS}
    return AnnouncementFacts(
        **words,
        kind=announcement.kind,
        audiences=groups,
        people=people,
        series=announcement.series,
        wall_days=announcement.wall_days,
        ends_on=announcement.ends_on,
    )


def audience_in_words(announcement: Announcement) -> str:
    """ "Team Nordlys, Trondheim og 12 personer på en liste". One query."""
    groups, listed = audiences_of(announcement)
    names = [one.name for one in groups[:MOST_GROUPS_NAMED]]
    if more := len(groups) - len(names):
        names.append(ngettext("%(count)d more", "%(count)d more", more) % {"count": more})
    if listed:
        names.append(
            ngettext("%(count)d person on a list", "%(count)d people on a list", len(listed))
            % {"count": len(listed)}
        )
    return in_a_row(names)


@dataclass(frozen=True)
class Told:
    """How many have read it, so many days after it was sent; ``words`` empty when it is still to come."""

    days: int
    at: dt.datetime
    words: str = ""


def read_counts_of(announcement: Announcement) -> list[Told]:
    """What its author may know, in order; nothing for fewer than five people. One query."""
    people, published_at = announcement.recipient_count, announcement.published_at
    if not people or people < FEWEST or published_at is None:
        return []
    steps = dict(announcement.read_counts.values_list("days", "step"))
    return [
        Told(
            days,
            published_at + dt.timedelta(days=days),
            in_words(steps[days], people) if days in steps else "",
        )
        for days in DAYS
    ]


# --- what was corrected ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Bit:
    """Some words; ``kind`` is same, old (gone) or new."""

    kind: str
    text: str


@dataclass(frozen=True)
class Change:
    """One part of an announcement, as it was and as it became."""

    label: str
    bits: Sequence[Bit]
    old: str
    new: str


@dataclass(frozen=True)
class Correction:
    revision: AnnouncementRevision
    changes: Sequence[Change] = field(default_factory=tuple)


LABELS = {
    "title": pgettext_lazy("of an announcement", "Title"),
    "decided": gettext_lazy("What was decided"),
    "why": gettext_lazy("Why"),
    "affects": gettext_lazy("Whom it affects"),
    "next_step": gettext_lazy("What happens next"),
    "next_on": gettext_lazy("When"),
    "body_name": gettext_lazy("Decided by"),
}


def corrections_of(announcement: Announcement) -> list[Correction]:
    """What was corrected, the latest first. One query; none for what never was."""
    if not announcement.is_corrected:
        return []
    rows = list(announcement.revisions.select_related("made_by").order_by("number"))
    return [
        Correction(after, changes_between(before, after))
        for before, after in reversed(list(itertools.pairwise(rows)))
    ]


def changes_between(before: AnnouncementRevision, after: AnnouncementRevision) -> list[Change]:
    """What is different, part by part and word by word."""
    pairs = ((name, _written(before, name), _written(after, name)) for name in WORDS)
    return [
        Change(str(LABELS[name]), word_changes(old, new), old, new)
        for name, old, new in pairs
        if old != new
    ]


def _written(revision: AnnouncementRevision, name: str) -> str:
    value = getattr(revision, name)
    return long_date(value) if isinstance(value, dt.date) else value or ""


def word_changes(old: str, new: str) -> list[Bit]:
    """``new`` beside ``old``, word by word; what is the same stands once."""
    before, after = (re.findall(r"\S+|\s+", text) for text in (old, new))
    found: list[Bit] = []
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    for tag, from_a, to_a, from_b, to_b in matcher.get_opcodes():
        gone, come = "".join(before[from_a:to_a]), "".join(after[from_b:to_b])
        if tag == "equal":
            found.append(Bit("same", gone))
            continue
        found += [Bit(kind, text) for kind, text in (("old", gone), ("new", come)) if text.strip()]
    return found


# --- one's own data -------------------------------------------------------------------------------


def own_data(person: Person) -> dict[str, list[dict[str, object]]]:
    """What ``person`` wrote and what was sent to them, oldest first, for the export of one's own data."""
    made = Announcement.objects.filter(author=person).order_by("pk")
    got = Announcement.objects.published().filter(sent_to(person)).order_by("told_at", "pk")
    read = dict(
        Reading.objects.filter(person=person).values_list("announcement_id", "read_at").order_by()
    )
    return {
        "announcements_written": [_as_data(one) for one in made],
        "announcements_got": [
            {**_as_data(one), "read_at": _moment(read.get(one.pk))} for one in got
        ],
    }


def _as_data(announcement: Announcement) -> dict[str, object]:
    return {
        "id": announcement.key,
        "title": announcement.title,
        "state": announcement.state.value,
        "made_at": _moment(announcement.created_at),
        "told_at": _moment(announcement.told_at),
    }


def _moment(when: dt.datetime | None) -> str | None:
    return when.isoformat() if when else None


def series_to_link(person: Person, announcement: Announcement | None = None) -> list[Series]:
    """What an announcement of ``person`` may lead to: what they may come to or have made, that is
    still to come, and what it leads to already. By name. Two queries."""
    coming = Event.objects.standing().filter(
        seen_by(person, day=times.today()), day__gte=times.today()
    )
    wanted = Q(pk__in=coming.values("series"))
    if announcement and announcement.series_id:
        wanted |= Q(pk=announcement.series_id)
    return list(Series.objects.filter(wanted).order_by("title", "pk")[:MOST_LINKED])
