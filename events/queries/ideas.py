"""Ideas as people read them: the most wanted or the newest first, and those that are alike."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Greatest

from engagement.people.models import Person
from events.access.ideas import meant_for, read_by, settled_by
from events.access.planning import seen_by
from events.likeness import ALIKE, likeness, trigrams
from events.models import (
    FEWEST_VOTES,
    Event,
    Idea,
    IdeaHiding,
    IdeaQuerySet,
    IdeaReport,
    IdeaVote,
)

PAGE = 30
FURTHEST = 3000
# So many titles are compared with what somebody types.
MOST_COMPARED = 500
MOST_ALIKE = 3
SETTLED = (Idea.State.PICKED, Idea.State.DECLINED, Idea.State.LAPSED)


@dataclass(frozen=True)
class IdeaPage:
    """A page of ideas. ``next_start`` is 0 on the last one."""

    ideas: Sequence[Idea]
    next_start: int


def _rows(person: Person) -> IdeaQuerySet:
    voted = IdeaVote.objects.filter(idea=OuterRef("pk"), person=person)
    ideas = Idea.objects.select_related("site", "proposer", "series")
    return ideas.annotate(voted=Exists(voted))


def ideas_for(person: Person, *, order: str, start: int, day: dt.date) -> IdeaPage:
    """``order`` is one of ``votes``, ``newest`` (both: open ones for the reader), ``settled`` (what
    came of those of the past, the latest first), ``mine``, ``decide`` (open ones that the reader
    decides about). At most two queries beside those of the roles.

    Those with fewer than five votes stand together, the newest first: their order says nothing of who
    has voted.
    """
    rows = _rows(person)
    if order == "settled":
        rows = rows.filter(read_by(person, day=day), state__in=SETTLED)
        rows = rows.order_by("-settled_at", "-pk")
    elif order == "mine":
        rows = rows.filter(proposer=person).order_by("-created_at", "-pk")
    elif order == "decide":
        rows = _most_wanted(rows.open().filter(settled_by(person)))
    else:
        rows = rows.open().filter(meant_for(person, day=day))
        rows = _most_wanted(rows) if order == "votes" else rows.order_by("-created_at", "-pk")
    found = _marked(rows[start : start + PAGE + 1])
    has_more = len(found) > PAGE and start + PAGE < FURTHEST
    return IdeaPage(found[:PAGE], start + PAGE if has_more else 0)


def _most_wanted(rows: IdeaQuerySet) -> IdeaQuerySet:
    wanted = Greatest("vote_count", FEWEST_VOTES - 1)
    return rows.order_by(wanted.desc(), "-created_at", "-pk")


def _marked(rows: IdeaQuerySet) -> list[Idea]:
    found = list(rows)
    for idea in found:
        idea.is_mine_voted = idea.voted  # type: ignore[attr-defined] # annotated
    return found


def ideas_told_to(person: Person, *, day: dt.date) -> IdeaQuerySet:
    """What programs read: those ``person`` may read, and whether they have ``voted``."""
    return _rows(person).told().filter(read_by(person, day=day))


def has_voted(person: Person, idea: Idea) -> bool:
    """One query."""
    return IdeaVote.objects.filter(idea=idea, person=person).exists()


def ideas_like(title: str, *, viewer: Person, day: dt.date) -> list[Idea]:
    """At most three open ideas whose titles are like ``title``, the likest first. Two queries."""
    wanted = trigrams(title[:200])
    if len(wanted) < 3:
        return []
    open_ones = _rows(viewer).open().filter(meant_for(viewer, day=day))
    rows = _marked(open_ones.order_by("-created_at", "-pk")[:MOST_COMPARED])
    likest = [(likeness(wanted, trigrams(idea.title)), idea) for idea in rows]
    likest = [one for one in likest if one[0] >= ALIKE]
    likest.sort(key=lambda one: -one[0])
    return [idea for _likeness, idea in likest[:MOST_ALIKE]]


def first_event_of(idea: Idea, *, viewer: Person, day: dt.date) -> Event | None:
    """The next day on which it happens, else the last on which it did; None when that is not for
    ``viewer``. At most three queries."""
    if idea.series is None:
        return None
    held = Event.objects.standing().filter(seen_by(viewer, day=day), series=idea.series)
    coming: Event | None = held.filter(day__gte=day).order_by("day", "pk").first()
    past: Event | None = None if coming else held.order_by("-day", "-pk").first()
    return coming or past


def own_data(person: Person) -> dict[str, object]:
    """What ``person`` proposed, decided, hid and reported, and which open ideas they want, oldest
    first."""
    proposed = Idea.objects.filter(proposer=person).order_by("pk")
    decided = Idea.objects.filter(settled_by=person).order_by("pk")
    votes = IdeaVote.objects.filter(person=person).select_related("idea").order_by("idea")
    acts = Q(hidden_by=person) | Q(shown_by=person)
    hidden = IdeaHiding.objects.filter(acts).select_related("idea").order_by("pk")
    reports = IdeaReport.objects.filter(reporter=person).select_related("idea")
    reported = reports.order_by("reported_on", "pk")
    return {
        "ideas_proposed": [
            {
                "idea": one.key,
                "title": one.title,
                "what": one.what,
                "named": one.is_named,
                "state": one.state,
                "reason": one.reason,
                "at": one.created_at.isoformat(),
            }
            for one in proposed
        ],
        "ideas_decided": [
            {"idea": one.key, "title": one.title, "state": one.state, "reason": one.reason}
            for one in decided
        ],
        "ideas_hidden": [
            {
                "idea": one.idea.key,
                "reason": one.reason,
                "hidden_at": one.hidden_at.isoformat() if one.hidden_by_id == person.pk else None,
                "shown_again_at": one.shown_at.isoformat()
                if one.shown_at and one.shown_by_id == person.pk
                else None,
            }
            for one in hidden
        ],
        "idea_reports": [
            {
                "idea": one.idea.key,
                "reason": one.reason,
                "note": one.note,
                "on": one.reported_on.isoformat(),
                "shown_from": one.shown_from.isoformat(),
                "outcome": one.outcome,
            }
            for one in reported
        ],
        "idea_votes": [{"idea": one.idea.key, "title": one.idea.title} for one in votes],
    }
