"""Publishing: at once, or by the clock when its time has come. Once, and to all or to nobody."""

import datetime as dt
from functools import partial

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.urls import reverse

from engagement import times
from engagement.clock.actions import stamp, sweep
from engagement.notices.actions import notify
from engagement.people.actions.audit import record
from engagement.people.models import Person
from events.access.announcing import can_create_announcements
from events.actions.announcing.common import hold_draft
from events.actions.announcing.drafting import refuse_unready
from events.actions.announcing.walls import hang
from events.announcement_facts import WORDS
from events.announcement_notices import ANNOUNCEMENT, ANNOUNCEMENT_NOT_SENT
from events.models import Announcement, AnnouncementRevision
from events.queries.audiences import recipients_on

# One statement, however many they are.
SEND = """
INSERT INTO events_announcementrecipient (announcement_id, person_id)
SELECT %(announcement)s, unnest(%(people)s::bigint[])
"""


@transaction.atomic
def publish_announcement(
    *,
    announcement: Announcement,
    by: Person,
    at: dt.datetime,
    version: int | None = None,
    by_mail: bool = True,
) -> Announcement:
    """Sends a draft to everybody it is for, as they stand on this day, and fixes who they are.

    All of it or nothing. Its author is not among them. ``by_mail=False`` is for history that is filled
    in afterwards. Raises ValidationError as
    `drafting.create_announcement`, also when it is unfinished or nobody is there.
    """
    held = hold_draft(announcement, version=version)
    refuse_unready(held, by=by, at=at)
    _publish(held, by=by, at=at, by_mail=by_mail)
    return held


def publish_due_announcements(*, at: dt.datetime) -> int:
    """Publishes those whose time has come; returns how many.

    What cannot be sent any more is a draft again, and its author is told. Two at once are harmless:
    each row is locked, and what is published is not due.
    """
    done = sweep(Announcement.objects.due(at).order_by("publish_at", "pk"), partial(_due, at=at))
    stamp("publish_announcements", at=at)
    return done


def _due(held: Announcement, *, at: dt.datetime) -> None:
    by = held.scheduled_by
    assert by is not None
    try:
        if not can_create_announcements(by):
            raise ValidationError("")
        refuse_unready(held, by=by, at=at)
    except ValidationError:
        _stop(held, at=at)
        return
    _publish(held, by=by, at=at)


def _stop(held: Announcement, *, at: dt.datetime) -> None:
    source = f"announcement:{held.key}:unsent:{held.version}"
    held.publish_at = held.scheduled_at = held.scheduled_by = None
    held.version += 1
    held.changed_at = at
    held.save()
    notify(
        people=[held.author],
        kind=ANNOUNCEMENT_NOT_SENT,
        source=source,
        link=_way_for_author(held),
        context={"announcement": held.key},
        at=at,
    )


def _way_for_author(held: Announcement) -> str:
    """To the draft; who may not announce any more does not see it any more either."""
    if can_create_announcements(held.author):
        return reverse("events:announcement", kwargs={"key": held.key})
    return reverse("events:announcements")


def _publish(held: Announcement, *, by: Person, at: dt.datetime, by_mail: bool = True) -> None:
    recipients = recipients_on(held, day=times.local_date(at))
    with connection.cursor() as cursor:
        cursor.execute(SEND, {"announcement": held.pk, "people": recipients})
    held.published_at = held.told_at = held.changed_at = at
    held.published_by = by
    held.recipient_count = len(recipients)
    held.revision = 1
    held.version += 1
    held.save()
    AnnouncementRevision.objects.create(
        announcement=held,
        number=held.revision,
        made_at=at,
        made_by=by,
        **{name: getattr(held, name) for name in WORDS},
    )
    record(verb="announcement-published", by=by, at=at, subject=held, count=held.recipient_count)
    notify(
        people=Person.objects.filter(pk__in=recipients).only("email", "left_on"),
        kind=ANNOUNCEMENT,
        source=held.source,
        link=reverse("events:announcement", kwargs={"key": held.key}),
        context={"announcement": held.key},
        by_mail=by_mail,
        at=at,
    )
    hang(held, at=at)
