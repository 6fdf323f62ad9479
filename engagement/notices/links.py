"""The links at the foot of a mail. The one that stops mails is signed and works without sign-in."""

from dataclasses import dataclass

from django.conf import settings
from django.core import signing
from django.urls import reverse

from engagement.notices.kinds import DIGEST, KINDS
from engagement.people.models import Person

SALT = "engagement.notices.stop"
# Longer than any we make; nothing longer is looked at.
LONGEST_TOKEN = 200


@dataclass(frozen=True)
class Stop:
    """Whose mails a link stops, and of which kind; `kinds.DIGEST` for all digests."""

    person_key: str
    kind: str


def _signer() -> signing.Signer:
    return signing.Signer(sep=".", salt=SALT)


def stop_token(person: Person, kind: str) -> str:
    """The same every time, and good for ever: an old mail can still be stopped from."""
    return _signer().sign(f"{person.key}.{kind}")


def read_stop_token(token: str) -> Stop | None:
    """What ``token`` stops; None when it is not ours, or of a kind that cannot be stopped."""
    if len(token) > LONGEST_TOKEN:
        return None
    try:
        person_key, kind = _signer().unsign(token).split(".", 1)
    except (signing.BadSignature, ValueError):
        return None
    return Stop(person_key, kind) if can_be_stopped(kind) else None


def can_be_stopped(kind: str) -> bool:
    """Whether a mail of ``kind`` carries a link of its reader's own that stops such mails.

    Mails of kinds that hide their reader carry none: programs fetch links as mails arrive, and the
    log of a server would then be a list of those who were told.
    """
    if kind == DIGEST:
        return True
    known = KINDS.get(kind)
    return known is not None and known.may_refuse and not known.hides_reader


def stop_url(person: Person, kind: str) -> str:
    """The whole address that stops mails of ``kind`` to ``person``; empty where there is none."""
    if not can_be_stopped(kind):
        return ""
    return settings.BASE_URL + reverse("notices:stop", args=[stop_token(person, kind)])


def choices_url() -> str:
    return settings.BASE_URL + reverse("notices:choices")
