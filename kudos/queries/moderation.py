"""What waits for a decision, what was decided, and what of it is one's own."""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Prefetch

from engagement.people.models import Person
from kudos.models import Comment, Decision, Kudos, KudosPolicy, Reason, Report, WarnedWord
from kudos.moderators import (
    Thing,
    is_moderator,
    kudos_of,
    moderators_of_all,
    waiting_counts,
    waiting_things,
)

CASES_SHOWN = 50
NOTES_SHOWN = 20
DECIDED_SHOWN = 50
# Among so many of the newest one's own are looked for.
DECIDED_READ = 500


@dataclass(frozen=True)
class Case:
    """A kudos or a comment that waits for a decision, with the reports about it, oldest first."""

    kudos: Kudos
    comment: Comment | None
    reports: list[Report]
    # What is said to be wrong, and how often.
    reasons: list[tuple[str, int]]

    @property
    def thing(self) -> Thing:
        return self.comment or self.kudos

    @property
    def noted(self) -> list[Report]:
        """What moderators read of each report; the newest beyond twenty are counted only."""
        return self.reports[:NOTES_SHOWN]


def waiting_cases(person: Person, *, at: dt.datetime) -> list[Case]:
    """What ``person`` has to decide, the longest waiting first, at most 50. Constant queries."""
    things = waiting_things()
    deciding = moderators_of_all(things, at=at)
    mine = [thing for thing in things if person in deciding[thing]][:CASES_SHOWN]
    kudos = _whole({kudos_of(thing).pk for thing in mine}, person)
    waiting = Report.objects.filter(kudos__in=kudos, decision__isnull=True)
    reports: dict[tuple[int, int | None], list[Report]] = {}
    for report in waiting.select_related("reporter").order_by("created_at", "pk"):
        reports.setdefault((report.kudos_id, report.comment_id), []).append(report)
    return [
        Case(
            kudos=kudos[kudos_of(thing).pk],
            comment=thing if isinstance(thing, Comment) else None,
            reports=told,
            reasons=_reasons(told),
        )
        for thing in mine
        if (told := reports.get(_place_of(thing), []))
    ]


def _place_of(thing: Thing) -> tuple[int, int | None]:
    return (kudos_of(thing).pk, thing.pk if isinstance(thing, Comment) else None)


def _reasons(reports: Sequence[Report]) -> list[tuple[str, int]]:
    """What is said to be wrong, and how often, the most frequent first."""
    counted = Counter(report.reason for report in reports).most_common()
    return [(str(Reason(reason).label), count) for reason, count in counted]


def _whole(keys: set[int], viewer: Person) -> dict[int, Kudos]:
    return Kudos.objects.with_everything(viewer).in_bulk(keys)


def waiting_report_count(person: Person, *, at: dt.datetime) -> int:
    """How many things wait for ``person`` to decide; asks nothing for those who never decide."""
    return waiting_counts(at=at).get(person.pk, 0) if is_moderator(person) else 0


def decided(person: Person, *, at: dt.datetime) -> list[Decision]:
    """What was decided where ``person`` decides, the newest first, at most 50, with ``report_count``.

    Constant queries.
    """
    newest = (
        Decision.objects.select_related("by", "undone_by", "comment__author")
        .prefetch_related(Prefetch("kudos", Kudos.objects.with_everything(person)))
        .annotate(report_count=Count("reports"))
        .order_by("-at", "-pk")
    )
    rows = list(newest[:DECIDED_READ])
    for row in rows:
        if row.comment:
            row.comment.kudos = row.kudos
    deciding = moderators_of_all(list(dict.fromkeys(row.thing for row in rows)), at=at)
    return [row for row in rows if person in deciding[row.thing]][:DECIDED_SHOWN]


def warned_words() -> list[tuple[str, list[WarnedWord]]]:
    """By language, the words that are asked about, in the order of letters. One query."""
    rows = list(WarnedWord.objects.order_by("folded", "pk"))
    return [
        (str(language.label), [row for row in rows if row.language == language])
        for language in WarnedWord.Language
    ]


def leavers_policy() -> KudosPolicy:
    """What HR has chosen, or what holds from the beginning."""
    return KudosPolicy.objects.first() or KudosPolicy()


def own_reports(person: Person) -> list[dict[str, object]]:
    """What ``person`` has reported and what came of it, oldest first."""
    mine = Report.objects.filter(reporter=person).select_related("kudos", "comment", "decision")
    return [
        {
            "about": one.comment.key if one.comment else one.kudos.key,
            "at": one.created_at.isoformat(),
            "reason": one.reason,
            "note": one.note,
            "outcome": one.decision.outcome if one.decision else None,
        }
        for one in mine.order_by("pk")
    ]


def own_decisions(person: Person) -> list[dict[str, object]]:
    """What ``person`` has decided about others' reports, oldest first; nothing of their words."""
    made = Decision.objects.filter(by=person).select_related("kudos", "comment")
    return [
        {
            "about": one.thing.key,
            "at": one.at.isoformat(),
            "outcome": one.outcome,
            "reason": one.reason,
            "undone_at": one.undone_at.isoformat() if one.undone_at else None,
        }
        for one in made.order_by("pk")
    ]


def reasons_hidden(things: Sequence[Thing]) -> dict[str, str]:
    """Why each of ``things`` is hidden now, by key. One query."""
    keys = [kudos_of(thing).pk for thing in things]
    hiding = Decision.objects.hiding().filter(kudos__in=keys).select_related("kudos", "comment")
    return {one.thing.key: one.reason for one in hiding}
