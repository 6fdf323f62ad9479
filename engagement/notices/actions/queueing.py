"""Rows of mails to come, and the digest that takes in what is to be told at the next shift."""

import datetime as dt
from collections.abc import Mapping
from typing import Any, NamedTuple

from engagement.keys import KeyMaker
from engagement.notices.mails import new_message_id
from engagement.notices.models import Delivery
from engagement.notices.queries import Reader


def new_mail(*, due_at: dt.datetime, at: dt.datetime, **facts: Any) -> Delivery:
    """A mail that leaves at ``due_at`` at the earliest; the caller saves it."""
    key = KeyMaker("m")()
    return Delivery(
        key=key,
        message_id=new_message_id(key),
        created_at=at,
        due_at=due_at,
        next_attempt_at=due_at,
        **facts,
    )


class Digest(NamedTuple):
    """The row number of a digest that nobody has begun to send, and when it leaves."""

    pk: int
    due_at: dt.datetime


def open_digests(
    readers: Mapping[int, Reader], *, after: dt.datetime, at: dt.datetime
) -> dict[int, Digest]:
    """The first digest later than ``after`` that nobody has begun to send, for each of ``readers``.

    Made where there is none. Each is locked until this transaction ends: nobody begins to send it
    before what is put into it now is there. Two queries, and two more for each time that all of
    somebody's shifts so far have had theirs.
    """
    slots = {pk: readers[pk].next_digest_at(after) for pk in sorted(readers)}
    found: dict[int, Digest] = {}
    while slots:
        offered = [
            new_mail(reader_id=pk, slot_at=slot, due_at=readers[pk].not_before(slot), at=at)
            for pk, slot in slots.items()
        ]
        # In the order of people, here and below: two that tell the same people wait, and never for
        # each other.
        Delivery.objects.bulk_create(offered, ignore_conflicts=True, batch_size=500)
        rows = Delivery.objects.untouched().filter(
            reader__in=slots, slot_at__in=set(slots.values())
        )
        locked = rows.select_for_update(no_key=True).order_by("reader_id", "slot_at")
        for reader, slot, pk, due_at in locked.values_list("reader_id", "slot_at", "pk", "due_at"):
            if slots[reader] == slot:
                found[reader] = Digest(pk, due_at)
        slots = {
            pk: readers[pk].next_digest_at(slot) for pk, slot in slots.items() if pk not in found
        }
    return found
