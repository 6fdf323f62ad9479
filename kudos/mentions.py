"""Finding who is named with @ in a text, and showing them there."""

from collections.abc import Iterable
from typing import NamedTuple

from engagement.people.models import Person


class Span(NamedTuple):
    """Letters of a text, ``text[starts_at:ends_at]``, that are somebody's name after an @."""

    person: Person
    starts_at: int
    ends_at: int


def find_mentions(text: str, people: Iterable[Person]) -> list[Span]:
    """Where ``text`` names each of ``people`` with @, in the order of the text.

    ``@`` and the whole name, or the first name alone when no other word of theirs follows. Each @
    is one person's; people whom the text does not name are left out.
    """
    spans: list[Span] = []
    taken: set[int] = set()
    # The longest names first: "@Anne Lise Berg" is not Anne.
    named = [(name, person) for person in people for name in {person.name, person.given_name}]
    for name, person in sorted(named, key=lambda one: (-len(one[0]), one[1].pk)):
        start = text.find(f"@{name}") if name else -1
        while start >= 0:
            end = start + 1 + len(name)
            if start not in taken and not text[end : end + 1].isalnum():
                taken.add(start)
                spans.append(Span(person, start, end))
            start = text.find(f"@{name}", end)
    return sorted(spans, key=lambda span: span.starts_at)


class Piece(NamedTuple):
    """A part of a text: somebody's name, or what stands between names."""

    text: str
    person: Person | None = None


def pieces_of(text: str, spans: Iterable[Span]) -> list[Piece]:
    """``text`` cut at ``spans``; their texts together are ``text`` again."""
    pieces, end = [], 0
    for span in sorted(spans, key=lambda one: one.starts_at):
        if span.starts_at < end:
            continue
        pieces += [
            Piece(text[end : span.starts_at]),
            Piece(text[span.starts_at : span.ends_at], span.person),
        ]
        end = span.ends_at
    return [piece for piece in [*pieces, Piece(text[end:])] if piece.text]
