"""Giving out ballots: one blind signature for each person on the roll."""

import datetime as dt
from collections import OrderedDict
from threading import Lock

from django.db import connection

from surveys.models import Cell, RollEntry, Survey
from surveys.protocol.blind import Refused, Signer, check_blinded, digest_of_blinded
from surveys.tickets import Ticket

# One statement: two requests at once cannot both be the first.
_COLLECT = """
UPDATE surveys_rollentry AS entry
SET is_collected = true, blinded_digest = %(digest)s
FROM surveys_survey AS survey
WHERE entry.id = %(entry)s AND entry.cell_id = %(cell)s AND entry.survey_id = %(survey)s
  AND survey.id = entry.survey_id
  AND survey.opened_at IS NOT NULL AND survey.closed_at IS NULL AND survey.cancelled_at IS NULL
  AND survey.opens_at <= %(at)s AND survey.closes_at > %(at)s
  AND (entry.blinded_digest IS NULL OR entry.blinded_digest = %(digest)s)
"""
_MOST_SIGNERS = 512


class NotOpen(Exception):
    """The survey gives out no ballots now."""


class Collected(Exception):
    """A ballot was collected already, with another message."""


class NotOnRoll(Exception):
    """The person is not asked, or is not asked any more."""


def collect_ballot(*, ticket: Ticket, blinded: bytes, at: dt.datetime) -> bytes:
    """The blind signature of ``blinded``, by the key of the ticket's cell.

    The same message again gets the same answer, so that a page that was cut off can ask again.

    :raises Refused: for a number that must not be signed. Nothing is collected then.
    :raises NotOpen: before opening and after closing.
    :raises Collected: when another message was signed for this person.
    :raises NotOnRoll: when the person was taken off the roll.
    """
    signer = _signer(ticket.cell_id)
    check_blinded(blinded, signer.modulus)
    with connection.cursor() as cursor:
        cursor.execute(
            _COLLECT,
            {
                "digest": digest_of_blinded(blinded),
                "entry": ticket.entry_id,
                "cell": ticket.cell_id,
                "survey": ticket.survey_id,
                "at": at,
            },
        )
        if cursor.rowcount != 1:
            _explain(ticket, at)
    return signer.sign(blinded)


def _explain(ticket: Ticket, at: dt.datetime) -> None:
    survey = Survey.objects.filter(pk=ticket.survey_id).first()
    if survey is None or not survey.is_open(at):
        _forget_signer(ticket.cell_id)
        raise NotOpen
    if RollEntry.objects.filter(pk=ticket.entry_id, is_collected=True).exists():
        raise Collected
    raise NotOnRoll


# Keys of the cells that are being asked, so that not every ballot reads and unpacks one.
_signers: OrderedDict[int, Signer] = OrderedDict()
_lock = Lock()


def _signer(cell_id: int) -> Signer:
    with _lock:
        if cell_id in _signers:
            _signers.move_to_end(cell_id)
            return _signers[cell_id]
    key = Cell.objects.filter(pk=cell_id).values_list("signing_key", flat=True).first()
    if key is None:
        raise NotOpen
    made = Signer(bytes(key))
    with _lock:
        _signers[cell_id] = made
        while len(_signers) > _MOST_SIGNERS:
            _signers.popitem(last=False)
    return made


def _forget_signer(cell_id: int) -> None:
    with _lock:
        _signers.pop(cell_id, None)


__all__ = ["Collected", "NotOnRoll", "NotOpen", "Refused", "collect_ballot"]
