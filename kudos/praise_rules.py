"""What the rules say to a text that arrives, in words and in deed."""

import datetime as dt
import re
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from engagement.people.models import folded
from kudos.models import Praise, PraiseRule

WEEK = dt.timedelta(days=7)
WORD = re.compile(r"\w+")
Kind = PraiseRule.Kind


def why_set_aside(facts: Mapping[str, Any]) -> str:
    """A rule, or the reason it left (`PraiseRule.facts`), as words after "Set aside:"."""
    kind, count = facts.get("kind"), int(facts.get("count") or 0)
    words = ", ".join(f"«{word}»" for word in facts.get("words", ()))
    if kind == Kind.TOO_SHORT:
        return ngettext(
            "shorter than %(count)d character", "shorter than %(count)d characters", count
        ) % {"count": count}
    if kind == Kind.TOO_LONG:
        return ngettext(
            "longer than %(count)d character", "longer than %(count)d characters", count
        ) % {"count": count}
    if kind == Kind.LOW_SCORE:
        return _("the sender gives it less than %(score)s of 1") % {
            "score": number_format(facts.get("score") or 0)
        }
    if kind == Kind.WITHOUT_WORDS:
        return _("has none of the words %(words)s") % {"words": words}
    if kind == Kind.WITH_WORDS:
        return _("has one of the words %(words)s") % {"words": words}
    return ngettext(
        "the person has had %(count)d that week already",
        "the person has had %(count)d that week already",
        count,
    ) % {"count": count}


class Asked(NamedTuple):
    """What rules look at."""

    source: str
    text: str
    score: float | None
    agent_id: int | None


def first_against(
    rules: Iterable[PraiseRule], praise: Praise | Asked, *, kept_this_week: int
) -> PraiseRule | None:
    """The first of ``rules``, in their order, that sets ``praise`` aside; None when all let it pass.

    ``kept_this_week``: how many of its agent were let through in the seven days before.
    """
    return next((rule for rule in rules if _is_against(rule, praise, kept_this_week)), None)


def _is_against(rule: PraiseRule, praise: Praise | Asked, kept_this_week: int) -> bool:
    if rule.source and rule.source != praise.source:
        return False
    if rule.kind == Kind.TOO_SHORT:
        return len(praise.text) < (rule.count or 0)
    if rule.kind == Kind.TOO_LONG:
        return len(praise.text) > (rule.count or 0)
    if rule.kind == Kind.LOW_SCORE:
        # A sender that gives no score is not judged by it.
        return praise.score is not None and praise.score < (rule.score or 0)
    if rule.kind == Kind.WEEKLY:
        return praise.agent_id is not None and kept_this_week >= (rule.count or 0)
    has_one = _has_one(rule.words, praise.text)
    return has_one if rule.kind == Kind.WITH_WORDS else not has_one


def _has_one(words: Sequence[str], text: str) -> bool:
    """Whether a word of ``text`` begins with one of ``words``, accents and capitals aside."""
    spaced = " " + " ".join(WORD.findall(folded(text)))
    return any(
        f" {' '.join(WORD.findall(folded(word)))}" in spaced for word in words if word.strip()
    )


def count_kept(rules: Sequence[PraiseRule], past: Iterable[tuple[dt.datetime, Asked]]) -> int:
    """How many of ``past`` (by arrival, the oldest first) ``rules`` would have let through."""
    kept = 0
    recent: dict[int, deque[dt.datetime]] = defaultdict(deque)
    for at, asked in past:
        mine = recent[asked.agent_id or 0]
        while mine and mine[0] <= at - WEEK:
            mine.popleft()
        if first_against(rules, asked, kept_this_week=len(mine)) is None:
            kept += 1
            mine.append(at)
    return kept
