"""The kinds of notices. A feature defines its own in its ``notices`` module, read at start.

Each kind has four templates in ``templates/notices/``, written in the reader's language when read:
``<key>.app.html`` (one line in the product), ``<key>.subject.txt``, ``<key>.txt`` and
``<key>.html`` (the middle of a mail; head, button and foot are put around it).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise

Parameters = Mapping[str, Any]


def as_they_are(parameters: Sequence[Parameters]) -> Sequence[Parameters | None]:
    """The words of a notice whose parameters are all its templates need."""
    return parameters


@dataclass(frozen=True)
class Kind:
    """What may be told.

    ``load`` turns the parameters of several notices into what their templates show, in a number of
    queries that does not grow with them; None for a thing that is gone or hidden, whose notice
    then is neither shown nor sent. Whoever it puts under ``face`` is drawn beside the words. Among
    the parameters is ``reader_id``, for a notice whose reader alone decides whether it still stands.

    ``hides_reader``: that somebody was told this is nobody else's business. Those who look after
    deliveries see how many, never whom; a mail that left or is not wanted any more is deleted at
    once. The feature deletes the notices as soon as they have served (`forget_notices`).
    """

    key: str
    title: str | Promise
    icon: str = "bell"
    by_mail: bool = True
    hides_reader: bool = False
    load: Callable[[Sequence[Parameters]], Sequence[Parameters | None]] = as_they_are


KINDS: dict[str, Kind] = {}


def register_kind(kind: Kind) -> Kind:
    """Makes ``kind`` known to every process; two kinds cannot share a key."""
    if KINDS.setdefault(kind.key, kind) is not kind:
        raise ValueError(f"There are two kinds of notices called {kind.key!r}.")
    return kind


def hides_reader(key: str) -> bool:
    """Whether nobody may see whom a notice of the kind ``key`` is for."""
    return key in kinds_that_hide_their_reader()


def kinds_that_hide_their_reader() -> list[str]:
    return [kind.key for kind in KINDS.values() if kind.hides_reader]
