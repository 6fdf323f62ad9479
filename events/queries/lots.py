"""The draw as everybody can check it."""

from typing import NamedTuple

from events.lots import commitment, lot_of
from events.models import Event, SignUp


class Lot(NamedTuple):
    """One sign-up in the draw, by its id: whose it is only its person knows."""

    number: int
    key: str
    digest: str
    missed_last: bool
    is_mine: bool


class Draw(NamedTuple):
    """``seed`` is empty until lots are drawn."""

    commitment: str
    seed: str
    lots: list[Lot]


def draw_of(event: Event, *, viewer_id: int) -> Draw | None:
    """What is public of the draw of ``event``; None when places are not drawn. One query."""
    if not event.draw_seed:
        return None
    if event.drawn_at is None:
        return Draw(commitment(event.draw_seed), "", [])
    drawn = SignUp.objects.filter(event=event, lot__isnull=False).order_by("lot")
    lots = [
        Lot(lot or 0, key, lot_of(event.draw_seed, key), missed, person == viewer_id)
        for lot, key, missed, person in drawn.values_list("lot", "key", "missed_last", "person_id")
    ]
    return Draw(commitment(event.draw_seed), event.draw_seed, lots)
