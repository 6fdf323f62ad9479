"""The kinds of notices. A feature defines its own in its ``notices`` module, read at start.

Each kind has four templates in ``templates/notices/``, written in the reader's language when read:
``<key>.app.html`` (one line in the product), ``<key>.subject.txt``, ``<key>.txt`` and
``<key>.html`` (the middle of a mail; head, button and foot are put around it).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from engagement.people.models import Person

Parameters = Mapping[str, Any]

WHY_ALWAYS = _("It is part of working here, so it cannot be stopped.")
# Where choices are kept: all digests of a person. No kind may be called so.
DIGEST = "digest"


class Way(models.TextChoices):
    """How somebody gets a kind of notices. All but the last also stand in the list of notices."""

    AT_ONCE = "at_once", _("A mail at once")
    DIGEST = "digest", _("In a collected mail")
    NONE = "none", _("Only in Vaffel")
    OFF = "off", _("Not at all")


def as_they_are(parameters: Sequence[Parameters]) -> Sequence[Parameters | None]:
    """The words of a notice whose parameters are all its templates need."""
    return parameters


def for_everybody(person: Person) -> bool:
    """A kind that anybody may come to get."""
    return True


@dataclass(frozen=True)
class Kind:
    """What may be told.

    ``title`` and ``about`` (one line: when it comes) are shown where people choose how they get it;
    ``is_for`` says who is offered the choice. ``mail_default`` is the way of those who have not
    chosen. ``may_refuse=False`` is a duty: always by mail and at once, and ``why_always`` tells the
    reader why. ``may_hide``: it can be kept even out of the list of notices. ``by_mail=False``
    stays in the product.

    ``load`` turns the parameters of several notices into what their templates show, in a number of
    queries that does not grow with them; None for a thing that is gone or hidden, whose notice
    then is neither shown nor sent. Whoever it puts under ``face`` is drawn beside the words. Among
    the parameters is ``reader_id``, for a notice whose reader alone decides whether it still stands.

    ``hides_reader``: that somebody was told this is nobody else's business. Those who look after
    deliveries see how many, never whom; a mail that left or is not wanted any more is deleted at
    once. The feature deletes the notices as soon as they have served (`forget_notices`). Such a mail
    waits for nothing, neither a digest nor the end of quiet hours, and carries no link that is the
    reader's own.

    ``mails_when_read``: that somebody has read it is nobody else's business. A mail that is left out
    because its notice was read tells those who look after deliveries; one of this kind leaves
    whether it was read or not.
    """

    key: str
    title: str | Promise
    icon: str = "bell"
    by_mail: bool = True
    hides_reader: bool = False
    mails_when_read: bool = False
    load: Callable[[Sequence[Parameters]], Sequence[Parameters | None]] = as_they_are
    about: str | Promise = ""
    mail_default: Way = Way.AT_ONCE
    may_refuse: bool = True
    why_always: str | Promise = WHY_ALWAYS
    may_hide: bool = False
    is_for: Callable[[Person], bool] = for_everybody

    @property
    def ways(self) -> tuple[Way, ...]:
        """What a reader may choose between; one alone is no choice."""
        if not self.by_mail:
            ways = [Way.NONE]
        elif not self.may_refuse:
            return (Way.AT_ONCE,)
        elif self.hides_reader:
            ways = [Way.AT_ONCE, Way.NONE]
        else:
            ways = [Way.AT_ONCE, Way.DIGEST, Way.NONE]
        return (*ways, Way.OFF) if self.may_hide else tuple(ways)

    @property
    def default_way(self) -> Way:
        return self.mail_default if self.mail_default in self.ways else self.ways[0]

    def way_for(self, choices: Mapping[str, str]) -> Way:
        """How somebody with these ``choices`` (ways by key) gets it."""
        chosen = choices.get(self.key, "")
        way = Way(chosen) if chosen in self.ways else self.default_way
        return Way.NONE if way == Way.DIGEST and DIGEST in choices else way


KINDS: dict[str, Kind] = {}


def register_kind(kind: Kind) -> Kind:
    """Makes ``kind`` known to every process; two kinds cannot share a key."""
    if kind.key == DIGEST:
        raise ValueError(f"No kind of notices can be called {DIGEST!r}.")
    if KINDS.setdefault(kind.key, kind) is not kind:
        raise ValueError(f"There are two kinds of notices called {kind.key!r}.")
    return kind


def hides_reader(key: str) -> bool:
    """Whether nobody may see whom a notice of the kind ``key`` is for."""
    return key in kinds_that_hide_their_reader()


def kinds_that_hide_their_reader() -> list[str]:
    return [kind.key for kind in KINDS.values() if kind.hides_reader]
