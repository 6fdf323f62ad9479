"""Reactions and comments."""

import datetime as dt
from collections.abc import Sequence
from functools import partial

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from engagement.notices import actions as notices
from engagement.people.models import Person
from engagement.text import clean_line
from kudos import access
from kudos.actions.giving import MOST_MENTIONS
from kudos.actions.reach import lock_kudos
from kudos.actions.reporting import settle_reports
from kudos.mentions import find_mentions
from kudos.models import MESSAGE_LENGTH, Comment, Kudos, Mention, Reaction
from kudos.notices import COMMENT_MENTIONED, KUDOS_COMMENTED, KUDOS_REACTED

COMMENTS_MOST = 200


@transaction.atomic
def react_to_kudos(*, kudos: Kudos, by: Person, kind: str, is_on: bool, at: dt.datetime) -> None:
    """Puts a reaction of ``by`` to the kudos, or takes it away. Doing so twice changes nothing.

    The giver and those thanked by name are told of the first reaction, in the product only.
    """
    if kind not in Reaction.Kind.values:
        raise ValidationError({"kind": _("There is no such reaction.")})
    if not is_on:
        Reaction.objects.filter(kudos=kudos, person=by, kind=kind).delete()
        return
    Reaction.objects.bulk_create(
        [Reaction(kudos=kudos, person=by, kind=kind, at=at)], ignore_conflicts=True
    )
    notices.notify(
        people=[one for one in _parties(kudos) if one.pk != by.pk],
        kind=KUDOS_REACTED,
        source=kudos.key,
        context={"kudos": kudos.key},
        link=reverse("kudos:detail", args=[kudos.key]),
        at=at,
    )


@transaction.atomic
def comment_on_kudos(
    *,
    kudos: Kudos,
    by: Person,
    text: str,
    mentioned: Sequence[Person] = (),
    once: str | None = None,
    at: dt.datetime,
) -> Comment:
    """Writes a line under the kudos and tells its parties, and whoever it names with @.

    Only those who may read the kudos are told. The same author and ``once`` again is the same
    comment. Raises ValidationError that names the field and what to do.
    """
    if once and (earlier := Comment.objects.filter(author=by, once=once).first()):
        return earlier
    comment = Comment(
        kudos=kudos, author=by, text=clean_line(text), created_at=at, once=once or None
    )
    if not comment.text:
        raise ValidationError({"text": _("Write something.")})
    if len(comment.text) > MESSAGE_LENGTH:
        problem = _(
            "The comment has %(length)d characters; at most %(limit)d fit. Shorten it a little."
        )
        raise ValidationError(
            {"text": problem % {"length": len(comment.text), "limit": MESSAGE_LENGTH}}
        )
    # Counted under a lock, so that many at once do not pass the limit together.
    Kudos.objects.select_for_update().get(pk=kudos.pk)
    if kudos.comments.standing().count() >= COMMENTS_MOST:
        raise ValidationError({"text": _("This thank-you has got all the comments it can hold.")})
    try:
        with transaction.atomic():
            comment.save()
    except IntegrityError:
        if once and (earlier := Comment.objects.filter(author=by, once=once).first()):
            return earlier
        raise
    spans = find_mentions(comment.text, list(mentioned)[:MOST_MENTIONS])
    Mention.objects.bulk_create(
        Mention(
            kudos=kudos, comment=comment, person=span.person,
            starts_at=span.starts_at, ends_at=span.ends_at,
        )
        for span in spans
    )  # fmt: skip
    _tell_of(comment, [span.person for span in spans], at=at)
    return comment


def _tell_of(comment: Comment, named: Sequence[Person], *, at: dt.datetime) -> None:
    kudos, author = comment.kudos, comment.author
    notify = partial(
        notices.notify,
        source=comment.key,
        context={"comment": comment.key},
        link=reverse("kudos:detail", args=[kudos.key]) + f"#{comment.key}",
        at=at,
    )
    reading = [one for one in named if one.pk != author.pk and access.can_view(one, kudos, at=at)]
    notify(people=reading, kind=COMMENT_MENTIONED)
    told = {author.pk, *(one.pk for one in reading)}
    earlier = Person.objects.filter(pk__in=kudos.comments.standing().values("author"))
    others = {one.pk: one for one in [*_parties(kudos), *earlier] if one.pk not in told}
    notify(people=others.values(), kind=KUDOS_COMMENTED)


def _parties(kudos: Kudos) -> list[Person]:
    """The giver and the people thanked by name."""
    rows = kudos.receivers.filter(person__isnull=False).select_related("person")
    return [kudos.giver, *(row.person for row in rows if row.person)]


@transaction.atomic
def withdraw_comment(*, comment: Comment, by: Person, at: dt.datetime) -> None:
    """Takes one's own comment back, and what was told of it."""
    if comment.author_id != by.pk:
        raise PermissionDenied
    lock_kudos(comment.kudos)
    if Comment.objects.filter(pk=comment.pk, withdrawn_at=None).update(withdrawn_at=at):
        settle_reports(thing=comment, at=at)
        notices.withdraw_notices(source=comment.key, at=at)
