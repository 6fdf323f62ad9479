"""Reported ideas as those who decide read them, and hidden ones. Never who reported."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Min

from engagement.people.models import Person
from events.access.ideas import can_settle_ideas, judged_by
from events.models import Idea, IdeaHiding, IdeaQuerySet, IdeaReport

MOST_SHOWN = 50
NOTES_SHOWN = 20


@dataclass(frozen=True)
class ReportedIdea:
    """``reasons``: what is said to be wrong and how often, the most frequent first. ``notes`` in the
    order of letters: that of time would tell who was first."""

    idea: Idea
    report_count: int
    reasons: Sequence[tuple[str, int]]
    notes: Sequence[str]


def reported_ideas(person: Person, *, at: dt.datetime) -> list[ReportedIdea]:
    """Those whose reports ``person`` decides about, by the day on which they were reported first, at
    most fifty; what was reported since the last full hour is in none of it. Two queries beside that of
    the roles."""
    waiting = _rows(Idea.objects.reported(at).filter(judged_by(person)))
    ideas = list(
        waiting.annotate(first_on=Min("reports__reported_on")).order_by("first_on", "pk")[
            :MOST_SHOWN
        ]
    )
    reports: defaultdict[int, list[IdeaReport]] = defaultdict(list)
    for report in IdeaReport.objects.shown(at).filter(idea__in=ideas).order_by("note", "pk"):
        reports[report.idea_id].append(report)
    return [_told(idea, reports[idea.pk]) for idea in ideas]


def _told(idea: Idea, reports: Sequence[IdeaReport]) -> ReportedIdea:
    counted = Counter(one.get_reason_display() for one in reports)
    return ReportedIdea(
        idea=idea,
        report_count=len(reports),
        reasons=sorted(counted.items(), key=lambda one: (-one[1], one[0])),
        notes=[one.note for one in reports if one.note][:NOTES_SHOWN],
    )


def hidden_ideas(person: Person) -> list[Idea]:
    """Those that are hidden and that ``person`` may show again, the latest first, at most fifty. One
    query beside that of the roles."""
    hidden = Idea.objects.filter(judged_by(person), state=Idea.State.HIDDEN)
    return list(_rows(hidden).order_by("-settled_at", "-pk")[:MOST_SHOWN])


def _rows(ideas: IdeaQuerySet) -> IdeaQuerySet:
    return ideas.select_related("site", "proposer", "settled_by")


def waiting_report_count(person: Person, *, at: dt.datetime) -> int:
    """How many of those there are; asks nothing for those who never decide."""
    if not can_settle_ideas(person):
        return 0
    return Idea.objects.reported(at).filter(judged_by(person)).count()


def has_reported(person: Person, idea: Idea) -> bool:
    """Whether a report of theirs waits or has been decided about. One query."""
    mine = IdeaReport.objects.filter(idea=idea, reporter=person)
    return mine.exclude(outcome=IdeaReport.Outcome.SHOWN_AGAIN).exists()


def hidings_of(idea: Idea) -> list[IdeaHiding]:
    """When, why and by whom ``idea`` was hidden and shown again, the first first. One query."""
    rows = IdeaHiding.objects.filter(idea=idea).select_related("hidden_by", "shown_by")
    return list(rows.order_by("hidden_at", "pk"))
