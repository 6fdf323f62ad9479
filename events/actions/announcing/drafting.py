"""Drafts: made, changed, given a time, or thrown away."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from engagement import times
from engagement.people.lists import MOST_LISTED
from engagement.people.models import Employer, Person, Site, Unit
from engagement.people.queries import placed_people
from engagement.people.tree import Tree
from events.access.announcing import can_create_announcements, is_within
from events.access.planning import can_edit_series, reach_of, seen_by
from events.actions.announcing.common import (
    Problems,
    cleaned_words,
    hold_draft,
    write_words,
    wrong_words,
)
from events.announcement_facts import AnnouncementFacts
from events.facts import Audience
from events.models import (
    MOST_WALL_DAYS,
    Announcement,
    AnnouncementAudience,
    Event,
    Series,
)
from events.queries.announcements import facts_of
from events.queries.audiences import recipients_on

MOST_GROUPS = 200
FURTHEST_AHEAD = dt.timedelta(days=366)
BATCH = 1000
COLUMNS = {Unit: "unit", Site: "site", Employer: "employer"}


@transaction.atomic
def create_announcement(*, facts: AnnouncementFacts, by: Person, at: dt.datetime) -> Announcement:
    """A draft. Nobody but ``by`` sees it.

    Raises ValidationError that names each part that is wrong and what to do: ``title``,
    ``decided``, ``why``, ``affects``, ``next_step``, ``next_on``, ``body_name``, ``kind``,
    ``audiences``, ``people``, ``series``, ``wall_days``, ``ends_on``.
    """
    facts = cleaned(facts)
    refuse_wrong(facts, by=by, at=at)
    announcement = Announcement(author=by, created_at=at, changed_at=at)
    _write(announcement, facts)
    announcement.save()
    _write_audiences(announcement, facts)
    return announcement


@transaction.atomic
def change_announcement(
    *,
    announcement: Announcement,
    facts: AnnouncementFacts,
    by: Person,
    at: dt.datetime,
    version: int | None = None,
) -> Announcement:
    """Rewrites a draft; one that waits for its time goes on waiting. Raises as `create_announcement`."""
    held = hold_draft(announcement, version=version)
    facts = cleaned(facts)
    refuse_wrong(facts, by=by, at=at, is_sent=held.publish_at is not None)
    _write(held, facts)
    _stamp(held, at=at)
    held.audiences.all().delete()
    _write_audiences(held, facts)
    return held


@transaction.atomic
def schedule_announcement(
    *,
    announcement: Announcement,
    publish_at: dt.datetime,
    by: Person,
    at: dt.datetime,
    version: int | None = None,
) -> Announcement:
    """Sends it at ``publish_at``, by the clock, at most a year ahead. Whom it reaches is found out
    then."""
    held = hold_draft(announcement, version=version)
    refuse_unready(held, by=by, at=at)
    if publish_at <= at:
        raise ValidationError({"publish_at": _("This time has been. Choose one to come.")})
    if publish_at > at + FURTHEST_AHEAD:
        raise ValidationError({"publish_at": _("Choose a time within a year.")})
    held.publish_at, held.scheduled_at, held.scheduled_by = publish_at, at, by
    _stamp(held, at=at)
    return held


@transaction.atomic
def unschedule_announcement(
    *, announcement: Announcement, by: Person, at: dt.datetime, version: int | None = None
) -> Announcement:
    """A draft again, without a time."""
    held = hold_draft(announcement, version=version)
    held.publish_at = held.scheduled_at = held.scheduled_by = None
    _stamp(held, at=at)
    return held


@transaction.atomic
def delete_draft(*, announcement: Announcement, by: Person, at: dt.datetime) -> None:
    """Throws a draft away; what was sent is withdrawn instead."""
    hold_draft(announcement, version=None).delete()


def _stamp(held: Announcement, *, at: dt.datetime) -> None:
    held.version += 1
    held.changed_at = at
    held.save()


# --- what is wrong --------------------------------------------------------------------------------


def cleaned(facts: AnnouncementFacts) -> AnnouncementFacts:
    """``facts`` with its texts made safe and nobody named twice."""
    people = {one.pk: one for one in facts.people}
    return replace(
        facts,
        **cleaned_words(facts),  # type: ignore[arg-type]
        audiences=list(dict.fromkeys(facts.audiences)),
        people=list(people.values()),
    )


def refuse_wrong(
    facts: AnnouncementFacts, *, by: Person, at: dt.datetime, is_sent: bool = False
) -> None:
    """Raises ValidationError with everything that is wrong with ``facts``."""
    problems = dict(
        [
            *wrong_words(facts, is_sent=is_sent, at=at),
            *_wrong_choices(facts, at=at),
            *_wrong_series(facts.series, by=by, at=at),
            *_wrong_audience(facts, by=by, at=at, is_sent=is_sent),
        ]
    )
    if problems:
        raise ValidationError(problems)


def refuse_unready(held: Announcement, *, by: Person, at: dt.datetime) -> None:
    """The same for one that is to be sent: it must be whole, and there must be somebody to read it."""
    refuse_wrong(facts_of(held), by=by, at=at, is_sent=True)
    if not recipients_on(held, day=times.local_date(at)):
        raise ValidationError({"audiences": _("There is nobody there to send it to.")})


def _wrong_choices(facts: AnnouncementFacts, *, at: dt.datetime) -> Problems:
    if facts.kind not in Announcement.Kind.values:
        yield "kind", _("Choose a decision or an activity.")
    if facts.wall_days is not None and not 1 <= facts.wall_days <= MOST_WALL_DAYS:
        yield "wall_days", _("Let it hang for 1 to %(most)d days.") % {"most": MOST_WALL_DAYS}
    elif facts.wall_days is not None and not any(
        isinstance(one, Unit | Site) for one in facts.audiences
    ):
        yield (
            "wall_days",
            _("Walls belong to units and sites. Choose one of those, or leave the walls out."),
        )
    if facts.ends_on and facts.ends_on < times.local_date(at):
        yield "ends_on", _("This day has been. Choose today or a day to come.")


def _wrong_series(series: Series | None, *, by: Person, at: dt.datetime) -> Problems:
    if series is None or can_edit_series(by, series):
        return
    seen = Event.objects.filter(seen_by(by, day=times.local_date(at)), series=series)
    if not seen.exists():
        yield "series", _("Choose an event that you may see yourself.")


def _wrong_audience(
    facts: AnnouncementFacts, *, by: Person, at: dt.datetime, is_sent: bool
) -> Problems:
    if not can_create_announcements(by):
        yield "audiences", _("Leads, site managers and HR announce.")
        return
    if len(facts.audiences) > MOST_GROUPS:
        yield "audiences", _("That is too many. Choose a larger part of the organisation.")
        return
    if len(facts.people) > MOST_LISTED:
        yield "people", _("At most %(most)d people on a list.") % {"most": MOST_LISTED}
        return
    if is_sent and not facts.audiences and not facts.people:
        yield "audiences", _("Choose whom it is for.")
    day = times.local_date(at)
    reach = reach_of(by, tree=Tree.on(day))
    if not is_within(reach, audiences=facts.audiences, people=()):
        yield "audiences", _("Choose those you answer for: your site, your unit or your employer.")
    # As they stand today: the list may be weeks old. Who has left is passed over when it is sent.
    listed = placed_people(day).filter(pk__in=[one.pk for one in facts.people])
    if facts.people and not is_within(reach, audiences=(), people=listed):
        yield "people", _("Somebody on the list is not among those you answer for any more.")


# --- writing --------------------------------------------------------------------------------------


def _write(announcement: Announcement, facts: AnnouncementFacts) -> None:
    write_words(announcement, facts)
    for name in ("kind", "series", "wall_days", "ends_on"):
        setattr(announcement, name, getattr(facts, name))


def _write_audiences(announcement: Announcement, facts: AnnouncementFacts) -> None:
    groups: Sequence[Audience] = facts.audiences
    rows = [
        AnnouncementAudience(announcement=announcement, **{COLUMNS[type(one)]: one})
        for one in groups
    ]
    rows += [AnnouncementAudience(announcement=announcement, person=one) for one in facts.people]
    AnnouncementAudience.objects.bulk_create(rows, batch_size=BATCH)
