"""Telling people, and taking it back."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from engagement.clock.actions import ring
from engagement.keys import KeyMaker
from engagement.notices.kinds import Kind
from engagement.notices.mails import as_html, clean_subject, new_message_id
from engagement.notices.models import Delivery, Notice
from engagement.people.models import Person

# A name, because tasks stand above actions.
DELIVER_MAIL = "engagement.notices.tasks.deliver_mail"


@transaction.atomic
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

    Nothing is shown or sent before ``show_from`` (``at`` unless given). Those who have left are
    passed over; those without an address read it in the product only. Saying the same (person,
    kind, source) again does nothing, also after it was taken back. ``link`` is a path of ours.
    ``by_mail=False`` keeps it in the product, for history that is filled in afterwards.
    """
    starts_at = max(show_from or at, at)
    everyone = {person.pk: person for person in people if _works_here(person, at)}
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
    ]
    Notice.objects.bulk_create(offered, ignore_conflicts=True, batch_size=500)
    told = list(Notice.objects.filter(key__in=[notice.key for notice in offered]))
    if kind.by_mail and by_mail:
        mails = [
            _mail(notice=notice, due_at=starts_at, at=at)
            for notice in told
            if everyone[notice.person_id].email
        ]
        Delivery.objects.bulk_create(mails, batch_size=500)
        if mails and starts_at <= at:
            ring(DELIVER_MAIL)
    return len(told)


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
    delivery = _mail(
        notice=None,
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


def _mail(*, notice: Notice | None, due_at: dt.datetime, at: dt.datetime, **words: str) -> Delivery:
    key = KeyMaker("m")()
    return Delivery(
        key=key,
        notice=notice,
        message_id=new_message_id(key),
        created_at=at,
        due_at=due_at,
        next_attempt_at=due_at,
        **words,
    )
