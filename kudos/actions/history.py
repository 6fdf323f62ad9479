"""Kudos of the past, brought in at once."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db import transaction

from engagement.people.models import Person
from engagement.people.receivers import Receiver
from engagement.text import clean_line
from kudos.actions.reach import keeps_private, places_of, store_reach, store_receivers
from kudos.looks import PLAIN
from kudos.models import Comment, Kudos, Reaction, Value


@dataclass(frozen=True)
class PastKudos:
    """One kudos of a history that is brought in: from another system, or made up for the demo."""

    giver: Person
    to: Sequence[Receiver]
    message: str
    value: Value | None
    audience: str
    at: dt.datetime
    wants_wall: bool = True
    look: str = PLAIN
    # Who reacted, and how; who said what. Both an hour later.
    reactions: Sequence[tuple[Person, str]] = ()
    comments: Sequence[tuple[Person, str]] = ()


TALKED_AFTER = dt.timedelta(hours=1)


@transaction.atomic
def record_past_kudos(past: Collection[PastKudos], *, day: dt.date) -> int:
    """Stores kudos that were given before; nobody is told, no wall shows them.

    Audiences are those of ``day``, when all of ``past`` must have happened or nearly so. Returns
    how many there were. Constraints of the database hold; nothing else is checked.
    """
    kudos = Kudos.objects.bulk_create(
        Kudos(
            giver=one.giver,
            message=clean_line(one.message),
            value=one.value,
            audience=one.audience,
            wants_wall=one.wants_wall and one.audience != Kudos.Audience.PRIVATE,
            look=one.look,
            created_at=one.at,
            show_from=one.at,
            released_at=one.at,
        )
        for one in past
    )
    given = [(row, one.to) for row, one in zip(kudos, past, strict=True)]
    store_receivers(given)
    named = [(row, [one for one in to if not keeps_private(one)]) for row, to in given]
    store_reach(named, places_of([one for _row, to in named for one in to], day=day))
    record_past_talk(list(zip(kudos, past, strict=True)))
    return len(kudos)


@transaction.atomic
def record_past_talk(given: Collection[tuple[Kudos, PastKudos]]) -> None:
    """Stores what was said to kudos before; nobody is told."""
    Reaction.objects.bulk_create(
        Reaction(kudos=kudos, person=person, kind=kind, at=one.at + TALKED_AFTER)
        for kudos, one in given
        for person, kind in one.reactions
    )
    Comment.objects.bulk_create(
        Comment(
            kudos=kudos,
            author=author,
            text=clean_line(text),
            created_at=one.at + TALKED_AFTER,
        )
        for kudos, one in given
        for author, text in one.comments
    )
