"""The words of praise: where they look personal, without that, and with a part of it taken back."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from kudos.models import Praise
from kudos.scrubbing import COLLEAGUE, Span

GAP = "…"


class Part(NamedTuple):
    """A stretch of a text; ``kind`` is empty where nothing looks personal."""

    text: str
    kind: str
    number: int

    @property
    def is_personal(self) -> bool:
        return self.kind not in ("", COLLEAGUE)


def flags_of(praise: Praise) -> list[Span]:
    return [Span(flag["start"], flag["end"], flag["kind"]) for flag in praise.flags]


def parts_of(text: str, flags: Sequence[Span]) -> list[Part]:
    """``text`` cut at ``flags``; flagged parts are numbered from 0 in their order."""
    parts, last = [], 0
    for number, span in enumerate(flags):
        if span.start > last:
            parts.append(Part(text[last : span.start], "", -1))
        parts.append(Part(text[span.start : span.end], span.kind, number))
        last = span.end
    if last < len(text):
        parts.append(Part(text[last:], "", -1))
    return parts


def without_personal(praise: Praise) -> str:
    """The text of ``praise`` with "…" in place of what looks personal."""
    return "".join(
        GAP if part.is_personal else part.text for part in parts_of(praise.text, flags_of(praise))
    )


def take_back(praise: Praise, text: str, number: int, taken_back: Collection[int]) -> str:
    """``text``, which somebody has edited, with the part ``number`` where its "…" stands.

    ``taken_back`` are the parts that are there again already. Where the "…" is gone the part comes
    at the end.
    """
    gaps = 0
    for part in parts_of(praise.text, flags_of(praise)):
        if part.number == number:
            return _fill_gap(text, gaps, part.text)
        is_gone = part.is_personal and part.number not in taken_back
        gaps += 1 if is_gone else part.text.count(GAP)
    return text


def _fill_gap(text: str, place: int, words: str) -> str:
    pieces = text.split(GAP)
    if place + 1 >= len(pieces):
        return f"{text} {words}".strip()
    return GAP.join(
        [*pieces[:place], pieces[place] + words + pieces[place + 1], *pieces[place + 2 :]]
    )
