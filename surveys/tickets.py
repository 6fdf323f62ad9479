"""The ticket that lets a voter's page ask for one blind signature.

Nothing of it is kept: no row, no time. It is sealed, so that neither the address bar nor a history
tells whose it is, and it runs out after an hour. That it works once is the roll's doing: the roll
answers one blinded message and no other.
"""

import base64
import datetime as dt
from dataclasses import dataclass

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from surveys.models import RollEntry
from surveys.protocol.encoding import canonical, strict_json

LIFE = dt.timedelta(minutes=60)


class BadTicket(ValueError):
    """No ticket of ours, or one that has run out."""


@dataclass(frozen=True)
class Ticket:
    survey_id: int
    cell_id: int
    entry_id: int


def issue_ticket(entry: RollEntry, *, at: dt.datetime) -> str:
    """A ticket for ``entry``'s person, good for an hour."""
    held = canonical([entry.survey_id, entry.cell_id, entry.pk])
    return _box().encrypt_at_time(held, int(at.timestamp())).decode().rstrip("=")


def draft_key(entry: RollEntry) -> str:
    """What the voter's device keeps the draft under, the same each time ``entry``'s person comes in.

    Whoever uses the device next comes in with another one and cannot read the draft.
    """
    return _derived(b"vaffel/ballot-draft/v1" + canonical([entry.survey_id, entry.pk])).hex()


def read_ticket(text: str, *, at: dt.datetime) -> Ticket:
    """:raises BadTicket: when it was forged or has run out."""
    try:
        whole = text + "=" * (-len(text) % 4)
        held = _box().decrypt_at_time(
            whole, ttl=int(LIFE.total_seconds()), current_time=int(at.timestamp())
        )
        return Ticket(*strict_json(held))
    except (InvalidToken, ValueError, TypeError) as error:
        raise BadTicket("no ticket that holds") from error


def _box() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(_derived(b"vaffel/ballot-ticket/v1")))


def _derived(info: bytes) -> bytes:
    key = HKDF(hashes.SHA256(), 32, salt=None, info=info)
    return key.derive(settings.SECRET_KEY.encode())
