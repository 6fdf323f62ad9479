"""The preview of a roster file in words, in the language of the moment."""

from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from events.queries.rosters import DayChange
from events.queries.shift_plan import PersonChange, ShiftPlan
from events.shift_files import LABELS, sentence
from events.slots import Span

MOST_PROBLEMS = 200
MOST_PEOPLE = 100
MOST_UNKNOWN = 100
MOST_DAYS_SHOWN = 3


@dataclass(frozen=True)
class ShownProblem:
    """What is wrong with a row."""

    row: int | None
    column: str
    value: str
    text: str


@dataclass(frozen=True)
class ShownPerson:
    """Somebody whose days change; ``days`` are the first of those known before that differ."""

    change: PersonChange
    days: list[tuple[DayChange, str, str]]

    @property
    def more_count(self) -> int:
        return self.change.changed_count - len(self.days)


def clocks(spans: list[Span] | None, zone: str | None) -> str:
    """``08:00–16:00``; several with commas between; a day off in words."""
    if not spans:
        return pgettext("shift", "off")
    at = ZoneInfo(zone) if zone else None
    return ", ".join(
        f"{timezone.localtime(starts, at):%H:%M}–{timezone.localtime(ends, at):%H:%M}"
        for starts, ends in spans
    )


def shown(plan: ShiftPlan) -> dict[str, Any]:
    """What the preview's page needs."""
    problems = [
        ShownProblem(
            one.row, str(LABELS.get(one.column, one.column)), one.value,
            sentence(one.reason, one.facts),
        )
        for one in plan.problems[:MOST_PROBLEMS]
    ]  # fmt: skip
    people = plan.people
    return {
        "plan": plan,
        "problems": problems,
        "problem_count": len(plan.problems),
        "is_refused_whole": bool(problems) and all(not one.column for one in problems),
        "summary": summary_sentence(plan),
        "people": _shown_people(plan, people[:MOST_PEOPLE]),
        "more_people": len(people) - MOST_PEOPLE,
        "unknown": plan.unknown[:MOST_UNKNOWN],
        "fingerprint": plan.fingerprint(),
    }


def _shown_people(plan: ShiftPlan, people: list[PersonChange]) -> list[ShownPerson]:
    differing: dict[int, list[tuple[DayChange, str, str]]] = {}
    for one in plan.difference.changes:
        days = differing.setdefault(one.person.pk, [])
        if one.before is not None and len(days) < MOST_DAYS_SHOWN:
            days.append((one, clocks(one.before, one.zone), clocks(one.after, one.zone)))
    return [ShownPerson(one, differing.get(one.person.pk, [])) for one in people]


def summary_sentence(plan: ShiftPlan) -> str:
    """How much would change; "Nothing to do" for nothing."""
    if not plan.change_count:
        return _("Nothing to do")
    if plan.is_counts:
        count = sum(one.change_count for one in plan.unit_counts)
        return ngettext("%d head count changes", "%d head counts change", count) % count
    new = sum(one.before is None for one in plan.difference.changes)
    changed = len(plan.difference.changes) - new
    said = [ngettext("%d new day", "%d new days", new) % new] if new else []
    said += [ngettext("%d changed day", "%d changed days", changed) % changed] if changed else []
    return ", ".join(said)


def done_sentence(plan: ShiftPlan) -> str:
    """What was imported."""
    return _("Imported: %(summary)s.") % {"summary": summary_sentence(plan)}
