"""Making and revoking tokens, and clearing away what is old."""

import datetime as dt
from collections.abc import Collection

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from engagement import times
from engagement.api.models import ApiToken, IdempotentAnswer, RateBucket, Scope
from engagement.api.tokens import digest, shown_part
from engagement.people.actions import record
from engagement.people.models import Person

ANSWERS_KEPT = dt.timedelta(hours=24)
TOKENS_KEPT = dt.timedelta(days=90)


@transaction.atomic
def create_token(
    *,
    by: Person | None,
    person: Person,
    name: str,
    scopes: Collection[str],
    secret: str,
    at: dt.datetime,
    expires_at: dt.datetime | None = None,
) -> ApiToken:
    """A token that acts as ``person``; ``secret`` from `tokens.new_secret`, kept only as a hash.

    ``by`` is None on the command line. Raises ValidationError for leavers and unknown scopes.
    """
    unknown = sorted(set(scopes) - set(Scope.values))
    if unknown:
        raise ValidationError(
            {
                "scopes": _("No such scope: %(unknown)s. There are: %(all)s.")
                % {"unknown": ", ".join(unknown), "all": ", ".join(Scope.values)}
            }
        )
    if not person.is_active:
        raise ValidationError(
            {"person": _("%(name)s no longer works here.") % {"name": person.name}}
        )
    token = ApiToken(
        person=person,
        name=name.strip(),
        scopes=[scope for scope in Scope.values if scope in scopes],
        prefix=shown_part(secret),
        token_hash=digest(secret),
        created_at=at,
        created_by=by,
        expires_at=expires_at,
    )
    token.full_clean()
    token.save()
    record(
        verb="create_api_token",
        by=by,
        subject=token.key,
        at=at,
        name=token.name,
        person=person.key,
        scopes=token.scopes,
    )
    return token


@transaction.atomic
def revoke_token(*, token: ApiToken, by: Person, at: dt.datetime) -> None:
    """Ends the token at once and for good. Twice is once."""
    if ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=at):
        record(verb="revoke_api_token", by=by, subject=token.key, at=at, name=token.name)


def note_use(*, token: ApiToken, on: dt.date) -> None:
    """Notes the day of use: one write a day, whatever the traffic."""
    if token.last_used_on != on:
        ApiToken.objects.filter(pk=token.pk).exclude(last_used_on=on).update(last_used_on=on)


def purge_api_leftovers(*, at: dt.datetime) -> int:
    """Forgets answers older than a day and buckets that are full; returns how many rows went."""
    answers, _by_model = IdempotentAnswer.objects.filter(created_at__lt=at - ANSWERS_KEPT).delete()
    buckets, _by_model = RateBucket.objects.filter(full_at__lt=at).delete()
    return answers + buckets


def purge_tokens(*, at: dt.datetime) -> int:
    """Deletes tokens 90 days after they were revoked, ran out, or their person left."""
    limit = at - TOKENS_KEPT
    tokens = ApiToken.objects.filter(
        Q(revoked_at__lte=limit)
        | Q(expires_at__lte=limit)
        | Q(person__left_on__lte=times.local_date(limit))
    )
    deleted: int = tokens.delete()[1].get("api.ApiToken", 0)
    return deleted
