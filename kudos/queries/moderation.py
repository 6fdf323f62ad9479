"""What waits for a decision, what was decided, and what of it is one's own."""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db.models import Count, F, Prefetch
from django.db.models.fields.tuple_lookups import Tuple, TupleLessThan

from engagement.people.models import Person
from kudos.models import Comment, Decision, Kudos, KudosPolicy, Reason, Report, WarnedWord
from kudos.moderators import (
    Place,
    Thing,
    is_moderator,
    kudos_of,
    moderators_of_all,
    waiting_counts,
    waiting_things,
)
from kudos.queries.feed import read_cursor, write_cursor

MODERATION_PAGE = 20
NOTES_SHOWN = 20
# One's own decisions are looked for among so many at once, and so often for one page.
DECIDED_READ = 500
DECIDED_STEPS = 4

Row = TypeVar("Row")


@dataclass(frozen=True)
class ModerationPage(Generic[Row]):
    items: list[Row]
    # Opaque; None on the last page.
    next: str | None


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


def waiting_cases(
    person: Person, *, after: str | None = None, limit: int = MODERATION_PAGE, at: dt.datetime
) -> ModerationPage[Case]:
    """What ``person`` has to decide, the longest waiting first, after the cursor ``after``.

    Constant queries. What is decided meanwhile moves nothing. Raises ValueError for a forged cursor.
    """
    passed = read_cursor(after) if after else None
    places = waiting_things()
    things = [thing for thing, place in places.items() if passed is None or place > passed]
    deciding = moderators_of_all(things, at=at)
    mine = [thing for thing in things if person in deciding[thing]]
    last = mine[limit - 1] if len(mine) > limit else None
    return ModerationPage(
        items=_cases(mine[:limit], person), next=write_cursor(*places[last]) if last else None
    )


def _cases(things: Sequence[Thing], viewer: Person) -> list[Case]:
    kudos = _whole({kudos_of(thing).pk for thing in things}, viewer)
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
        for thing in things
        if (told := reports.get(_address_of(thing), []))
    ]


def _address_of(thing: Thing) -> tuple[int, int | None]:
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


def decided(
    person: Person, *, after: str | None = None, limit: int = MODERATION_PAGE, at: dt.datetime
) -> ModerationPage[Decision]:
    """What was decided where ``person`` decides, the newest first, after the cursor ``after``, with
    ``report_count``.

    Six queries for each 500 decisions that are looked through, of others too, and those of the page.
    After 2 000 it stops: a page may be short, or empty, and still have a next one. Raises ValueError
    for a forged cursor.
    """
    before = read_cursor(after) if after else None
    found: list[Decision] = []
    for _step in range(DECIDED_STEPS):
        rows = _decisions_before(before)
        deciding = moderators_of_all(list(dict.fromkeys(row.thing for row in rows)), at=at)
        found += [row for row in rows if person in deciding[row.thing]]
        before = (rows[-1].at, rows[-1].pk) if len(rows) == DECIDED_READ else None
        if before is None or len(found) > limit:
            break
    if len(found) > limit:
        before = (found[limit - 1].at, found[limit - 1].pk)
    return ModerationPage(
        items=_told([row.pk for row in found[:limit]], person),
        next=write_cursor(*before) if before else None,
    )


def _decisions_before(before: Place | None) -> list[Decision]:
    """The next ones in the order of the index, newest first, with no more than tells who decides."""
    rows = Decision.objects.select_related("kudos", "comment").order_by("-at", "-pk")
    if before:
        rows = rows.filter(TupleLessThan(Tuple(F("at"), F("pk")), before))
    read = list(rows[:DECIDED_READ])
    for row in read:
        if row.comment:
            row.comment.kudos = row.kudos
    return read


def _told(keys: Sequence[int], viewer: Person) -> list[Decision]:
    """The decisions of these row numbers, in their order, with all that is told of them."""
    rows = (
        Decision.objects.select_related("by", "undone_by", "comment__author")
        .prefetch_related(Prefetch("kudos", Kudos.objects.with_everything(viewer)))
        .annotate(report_count=Count("reports"))
        .in_bulk(keys)
    )
    told = [rows[pk] for pk in keys if pk in rows]
    for row in told:
        if row.comment:
            row.comment.kudos = row.kudos
    return told


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
