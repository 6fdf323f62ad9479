"""From notices to words, in the active language. Each kind loads all of its notices at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import unescape
from typing import Any

from django.template.loader import render_to_string
from django.utils.html import strip_tags

from engagement.notices.kinds import KINDS, Parameters
from engagement.notices.models import Notice


@dataclass(frozen=True)
class Line:
    """A notice in its reader's language."""

    notice: Notice
    words: str
    icon: str
    # Whoever it comes from, when the kind's `load` names a ``face``; else the icon is shown.
    face: Any


def lines_of(notices: Sequence[Notice]) -> list[Line]:
    """``notices`` in their order, without what is gone or of a kind nobody knows any more."""
    loaded: dict[int, Parameters] = {}
    for key in {notice.kind for notice in notices} & KINDS.keys():
        same = [notice for notice in notices if notice.kind == key]
        contexts = KINDS[key].load([notice.facts for notice in same])
        loaded |= {
            notice.pk: context
            for notice, context in zip(same, contexts, strict=True)
            if context is not None
        }
    return [
        Line(
            notice=notice,
            words=render_to_string(f"notices/{notice.kind}.app.html", dict(loaded[notice.pk])),
            icon=KINDS[notice.kind].icon,
            face=loaded[notice.pk].get("face"),
        )
        for notice in notices
        if notice.pk in loaded
    ]


def plain_words(line: Line) -> str:
    """The same words as plain text."""
    return unescape(strip_tags(line.words)).strip()
