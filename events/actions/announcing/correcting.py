"""What becomes of something that was sent: corrected, over, or withdrawn. Never silently changed."""

import datetime as dt
from dataclasses import replace
from functools import partial

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from engagement import times
from engagement.clock.actions import sweep
from engagement.notices.actions import notify, withdraw_notices
from engagement.people.actions.audit import record
from engagement.people.models import Person
from engagement.text import clean_line
from events.actions.announcing.common import (
    cleaned_words,
    hold_sent,
    write_words,
    wrong_words,
)
from events.actions.announcing.walls import hang, take_down
from events.actions.planning import too_long
from events.announcement_facts import WORDS, Words
from events.announcement_notices import ANNOUNCEMENT_CORRECTED
from events.models import REASON_LENGTH, Announcement, AnnouncementRevision, Reading


@transaction.atomic
def correct_announcement(
    *,
    announcement: Announcement,
    words: Words,
    note: str,
    by: Person,
    at: dt.datetime,
    version: int | None = None,
    by_mail: bool = True,
) -> Announcement:
    """A new revision. What it said stays to be read, with ``note``: what was corrected and why.

    It is new again to everybody it was sent to, and all of them are told: mails to those alone who had
    read it would tell who they are. Raises ValidationError that names each part that is wrong;
    without a part when nothing is different, or somebody else has corrected it since (code
    ``stale``).
    """
    held = hold_sent(announcement, version=version)
    words = replace(words, **cleaned_words(words))  # type: ignore[arg-type]
    note = _reason(
        "note", note, _("Say what you correct and why: everybody it was sent to reads this.")
    )
    if problems := dict(wrong_words(words, is_sent=True, at=at)):
        raise ValidationError(problems)
    if all(getattr(words, name) == getattr(held, name) for name in WORDS):
        raise ValidationError(_("Nothing is different from what was sent."), code="same")
    before = held.source
    write_words(held, words)
    held.revision += 1
    held.version += 1
    held.told_at = held.changed_at = at
    held.save()
    AnnouncementRevision.objects.create(
        announcement=held,
        number=held.revision,
        note=note,
        made_at=at,
        made_by=by,
        **{name: getattr(held, name) for name in WORDS},
    )
    record(verb="announcement-corrected", by=by, at=at, subject=held, count=held.recipient_count)
    # Who has not read what was told before reads of this.
    withdraw_notices(source=before, at=at)
    _tell_everybody(held, source=held.source, by=by, at=at, by_mail=by_mail)
    Reading.objects.filter(announcement=held, person=by).update(revision=held.revision)
    take_down(held, at=at)
    hang(held, at=at)
    return held


@transaction.atomic
def withdraw_announcement(
    *,
    announcement: Announcement,
    reason: str,
    by: Person,
    at: dt.datetime,
    version: int | None = None,
) -> Announcement:
    """It does not hold any more. Those it was sent to are told and can read it on, with ``reason``;
    nobody else sees it."""
    held = hold_sent(announcement, version=version)
    held.withdraw_reason = _reason(
        "reason", reason, _("Say why: everybody it was sent to reads this.")
    )
    held.withdrawn_at, held.withdrawn_by = at, by
    held.version += 1
    held.changed_at = at
    held.save()
    record(verb="announcement-withdrawn", by=by, at=at, subject=held, count=held.recipient_count)
    withdraw_notices(source=held.source, at=at)
    _tell_everybody(held, source=f"announcement:{held.key}:withdrawn", by=by, at=at)
    take_down(held, at=at)
    return held


@transaction.atomic
def end_announcement(
    *, announcement: Announcement, by: Person, at: dt.datetime, version: int | None = None
) -> Announcement:
    """It is over: no longer new to anybody and no longer among what holds; it can still be read."""
    held = hold_sent(announcement, version=version)
    _end(held, by=by, at=at)
    record(verb="announcement-ended", by=by, at=at, subject=held)
    return held


def end_due_announcements(*, at: dt.datetime) -> int:
    """Ends those whose last day has been; returns how many."""
    due = Announcement.objects.standing().filter(ends_on__lt=times.local_date(at))
    return sweep(due.order_by("pk"), partial(_end, by=None, at=at))


def _end(held: Announcement, *, by: Person | None, at: dt.datetime) -> None:
    held.ended_at, held.ended_by = at, by
    held.version += 1
    held.changed_at = at
    held.save()
    take_down(held, at=at)


def _tell_everybody(
    held: Announcement, *, source: str, by: Person, at: dt.datetime, by_mail: bool = True
) -> None:
    """Everybody it was sent to, and its author when it was somebody else's doing."""
    got = Q(pk__in=held.recipients.values("person"))
    people = Person.objects.filter(got | Q(pk=held.author_id)).exclude(pk=by.pk)
    people = people.only("email", "left_on")
    notify(
        people=people,
        kind=ANNOUNCEMENT_CORRECTED,
        source=source,
        link=reverse("events:announcement", kwargs={"key": held.key}),
        context={"announcement": held.key},
        by_mail=by_mail,
        at=at,
    )


def _reason(name: str, raw: str, missing: str) -> str:
    reason = clean_line(raw)
    if not reason:
        raise ValidationError({name: missing})
    if problems := dict(too_long(name, reason, REASON_LENGTH)):
        raise ValidationError(problems)
    return reason
