"""Telling people, and taking it back."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from engagement.clock.actions import ring
from engagement.notices.actions.queueing import new_mail, open_digests
from engagement.notices.kinds import Kind, Way
from engagement.notices.mails import as_html, clean_subject
from engagement.notices.models import Delivery, Notice
from engagement.notices.queries import Reader, readers_of
from engagement.people.models import Person

# A name, because tasks stand above actions.
DELIVER_MAIL = "engagement.notices.tasks.deliver_mail"


@transaction.atomic(savepoint=False)
def notify(
    *,
    people: Iterable[Person],
    kind: Kind,
    source: str,
    link: str,
    context: Mapping[str, Any] | None = None,
    show_from: dt.datetime | None = None,
    by_mail: bool = True,
    at: dt.datetime,
) -> int:
    """Tells each of ``people`` once of ``source`` and returns how many were told now.

    Nothing is shown or sent before ``show_from`` (``at`` unless given). Those who have left, or want
    nothing of this kind, are passed over; those without an address read it in the product only.
    Saying the same (person, kind, source) again does nothing, also after it was taken back.
    ``link`` is a path of ours. ``by_mail=False`` keeps it in the product, for history that is filled
    in afterwards.

    A mail leaves at once, after the reader's quiet hours, or in the digest at the start of the
    reader's next shift, as each has chosen.
    """
    starts_at = max(show_from or at, at)
    everyone = {person.pk: person for person in people if _works_here(person, at)}
    if not everyone:
        return 0
    readers = readers_of(list(everyone), at=at)
    ways = {pk: kind.way_for(readers[pk].choices) for pk in everyone if pk in readers}
    offered = [
        Notice(
            person=person,
            kind=kind.key,
            source=source,
            parameters=dict(context or {}),
            link=link,
            created_at=at,
            show_from=starts_at,
        )
        for person in everyone.values()
        if ways.get(person.pk) != Way.OFF
    ]
    Notice.objects.bulk_create(offered, ignore_conflicts=True, batch_size=500)
    new = Notice.objects.filter(key__in=[notice.key for notice in offered])
    told = dict(new.values_list("person_id", "pk"))
    if by_mail:
        wanted = {person: notice for person, notice in told.items() if everyone[person].email}
        _queue_mails(kind, wanted, ways, readers, starts_at=starts_at, at=at)
    return len(told)


def _queue_mails(
    kind: Kind,
    wanted: Mapping[int, int],
    ways: Mapping[int, Way],
    readers: Mapping[int, Reader],
    *,
    starts_at: dt.datetime,
    at: dt.datetime,
) -> None:
    """The mails of new notices: their row numbers, by that of their reader."""
    digests = open_digests(
        {pk: readers[pk] for pk in wanted if ways[pk] == Way.DIGEST}, after=starts_at, at=at
    )
    mails = []
    for pk, notice in wanted.items():
        if ways[pk] == Way.DIGEST:
            digest = digests[pk]
            facts = {"notice_id": notice, "digest_id": digest.pk}
            mails.append(new_mail(**facts, due_at=digest.due_at, at=at))
        elif ways[pk] == Way.AT_ONCE:
            # What would tell that somebody was told does not lie about until the morning.
            due_at = starts_at if kind.hides_reader else readers[pk].not_before(starts_at)
            mails.append(new_mail(notice_id=notice, due_at=due_at, at=at))
    Delivery.objects.bulk_create(mails, batch_size=500)
    if any(mail.due_at <= at for mail in mails):
        ring(DELIVER_MAIL)


@transaction.atomic
def withdraw_notices(*, source: str | Collection[str], at: dt.datetime) -> int:
    """Takes back what was told of ``source``, one or several: gone from every list, and unsent mails
    stay unsent.

    Returns how many notices were taken back. A mail that is on its way this very moment arrives.
    """
    sources = _each(source)
    # The deliveries first: from here on nobody can begin to send them.
    Delivery.objects.filter(
        notice__source__in=sources, sent_at__isnull=True, cancelled_at__isnull=True
    ).update(cancelled_at=at, gave_up_at=None, reason=Delivery.Reason.WITHDRAWN, last_error="")
    standing = Notice.objects.filter(source__in=sources, withdrawn_at__isnull=True)
    return standing.update(withdrawn_at=at)


@transaction.atomic
def restore_notices(*, source: str | Collection[str], withdrawn_at: dt.datetime) -> int:
    """Tells again what was taken back of ``source`` at exactly ``withdrawn_at``; returns how much.

    Mails that had not left by then are due again, but for notices that were read meanwhile.
    """
    again = Notice.objects.filter(source__in=_each(source), withdrawn_at=withdrawn_at)
    keys = list(again.values_list("pk", flat=True))
    restored = Notice.objects.filter(pk__in=keys).update(withdrawn_at=None)
    unsent = Delivery.objects.filter(
        notice__in=keys, notice__read_at__isnull=True, reason=Delivery.Reason.WITHDRAWN
    )
    if unsent.update(cancelled_at=None, reason=""):
        ring(DELIVER_MAIL)
    return restored


def _each(source: str | Collection[str]) -> list[str]:
    return [source] if isinstance(source, str) else list(source)


@transaction.atomic
def forget_notices(*, kind: Kind, source: str, keep: Iterable[Person] = ()) -> int:
    """Deletes what was told of ``source``, with its mails, except to those in ``keep``.

    For kinds that hide their reader: nothing stays that says who was told. Returns how many notices
    went. A mail that is on its way this very moment arrives.
    """
    told = Notice.objects.filter(kind=kind.key, source=source).exclude(person__in=keep)
    return told.delete()[1].get(Notice._meta.label, 0)


@transaction.atomic
def queue_account_mail(*, to: str, subject: str, text: str, html: str, at: dt.datetime) -> Delivery:
    """Sends a sign-in mail as soon as this transaction is through. Without ``html`` the text is
    put into the look of the other mails.

    Its words are erased once it is sent, and after 15 minutes in any case: a code that late helps
    nobody.
    """
    delivery = new_mail(
        due_at=at,
        at=at,
        to=to,
        subject=clean_subject(subject),
        text=text,
        html=html or as_html(text, subject=clean_subject(subject)),
    )
    delivery.full_clean()
    delivery.save()
    ring(DELIVER_MAIL)
    return delivery


def _works_here(person: Person, at: dt.datetime) -> bool:
    return person.left_on is None or person.left_on > timezone.localdate(at)
