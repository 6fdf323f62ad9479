"""Reads of tokens."""

import datetime as dt
from dataclasses import dataclass

from engagement.api.models import ApiToken
from engagement.people.models import Person


@dataclass(frozen=True)
class ListedToken:
    """A token as the list shows it."""

    token: ApiToken
    is_expired: bool
    # Its person has left.
    is_orphan: bool


def listed_tokens(*, at: dt.datetime) -> list[ListedToken]:
    """Every token that is not revoked, newest first, expired and leavers' ones too; one query."""
    tokens = (
        ApiToken.objects.filter(revoked_at=None)
        .select_related("person")
        .order_by("-created_at", "-pk")
    )
    return [
        ListedToken(token, is_expired=not token.is_valid(at), is_orphan=not token.person.is_active)
        for token in tokens
    ]


def token_for_hash(token_hash: str, *, at: dt.datetime) -> ApiToken | None:
    """The valid token with this hash, with its person and employer; one query."""
    tokens = ApiToken.objects.valid(at).select_related("person__employer")
    # It is unique: `first` would have it sorted, at a good part of the cost.
    return next(iter(tokens.filter(token_hash=token_hash)[:1]), None)


def own_data(person: Person) -> list[dict[str, object]]:
    """The tokens that act as ``person``, as they may take them along; never the secrets."""
    return [
        {
            "name": token.name,
            "prefix": token.prefix,
            "scopes": token.scopes,
            "created_at": token.created_at.isoformat(),
            "expires_at": token.expires_at.isoformat() if token.expires_at else None,
            "revoked_at": token.revoked_at.isoformat() if token.revoked_at else None,
            "last_used_on": token.last_used_on.isoformat() if token.last_used_on else None,
        }
        for token in ApiToken.objects.filter(person=person).order_by("pk")
    ]
