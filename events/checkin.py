"""The sign at the door: an address for one sitting that is another every two minutes.

It is computed from the sitting, the time and the secret key; nothing is stored. A photo of it is
worth a few minutes, which is long enough to sign in on a phone and too short to be sent around.
"""

import base64
import datetime as dt
from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac

from engagement import times
from events.models import Sitting

SALT = "events.checkin"
TURN = dt.timedelta(minutes=2)
# The present turn and the two before it: an address works for four to six minutes.
TURNS_GOOD = 3
# From when the sign can be used; until the sitting ends.
OPENS_BEFORE = dt.timedelta(minutes=30)
# 96 bits: short, so that the code is coarse enough to be read from some steps away.
SEAL_BYTES = 12


@dataclass(frozen=True)
class Sign:
    """What hangs at the door now, and when the next one takes its place."""

    address: str
    next_at: dt.datetime


def is_open(sitting: Sitting, at: dt.datetime) -> bool:
    """Whether people can say that they are here."""
    is_standing = sitting.cancelled_at is None and sitting.event.cancelled_at is None
    return is_standing and sitting.starts_at - OPENS_BEFORE <= at < sitting.ends_at


def sign_of(sitting: Sitting, *, at: dt.datetime) -> Sign:
    """The sign of ``sitting`` at ``at``; its address is a whole one."""
    turn = _turn(at)
    path = reverse("events:here", args=[f"{sitting.key}.{_seal(sitting.key, turn)}"])
    return Sign(settings.BASE_URL + path, times.EPOCH + (turn + 1) * TURN)


def read_sign(token: str, *, at: dt.datetime) -> str | None:
    """The key of the sitting whose sign it is; None for one that is old or not ours."""
    key, _dot, seal = token.partition(".")
    turn = _turn(at)
    seals = [_seal(key, turn - age) for age in range(TURNS_GOOD)]
    # All of them each time: how long it takes tells nothing.
    fits = [constant_time_compare(seal, one) for one in seals]
    return key if any(fits) else None


def _turn(at: dt.datetime) -> int:
    return (at - times.EPOCH) // TURN


def _seal(key: str, turn: int) -> str:
    whole = salted_hmac(SALT, f"{key}.{turn}", algorithm="sha256").digest()
    return base64.urlsafe_b64encode(whole[:SEAL_BYTES]).decode()
