"""Who may announce to whom, and who may read an announcement."""

import datetime as dt
from collections.abc import Iterable

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, Q
from django.http import Http404

from engagement import times
from engagement.people.access import is_key, is_person
from engagement.people.lines import line_of
from engagement.people.models import Person, PersonQuerySet
from engagement.people.queries import placed_people
from engagement.people.tree import Tree
from events.access.planning import Reach, can_create_events, reach_of
from events.facts import Audience
from events.models import (
    Announcement,
    AnnouncementAudience,
    AnnouncementQuerySet,
    AnnouncementRecipient,
)


def can_create_announcements(person: Person | AnonymousUser) -> bool:
    """Site managers, leads, HR and administrators: those who plan events, as far as they do."""
    return can_create_events(person)


def is_within(reach: Reach, *, audiences: Iterable[Audience], people: Iterable[Person]) -> bool:
    """Whether all of them are among those ``reach`` may speak to. ``people`` carry their
    ``unit_id`` of the day (`placed_people`)."""
    return all(map(reach.invites, audiences)) and all(reaches(reach, one) for one in people)


def reaches(reach: Reach, person: Person) -> bool:
    """The same for one, read with `placed_people`."""
    return (
        reach.is_everywhere
        or person.employer_id in reach.employers
        or getattr(person, "unit_id", None) in reach.units
    )


def people_reached(reach: Reach, *, day: dt.date) -> PersonQuerySet:
    """Everybody employed on ``day`` whom ``reach`` may speak to, read with `placed_people`."""
    people = placed_people(day)
    if reach.is_everywhere:
        return people
    return people.filter(Q(employer__in=reach.employers) | Q(unit_id__in=reach.units))


def can_change_announcement(person: Person | AnonymousUser, announcement: Announcement) -> bool:
    """A draft: its author. What was sent: its author too, and those whose role reaches everybody it
    was meant for; nobody without such a role."""
    if not is_person(person) or not can_create_announcements(person):
        return False
    if announcement.author_id == person.pk:
        return True
    return announcement.published_at is not None and _covers(person, announcement)


def _covers(person: Person, announcement: Announcement) -> bool:
    day = times.today()
    reach = reach_of(person, tree=Tree.on(day))
    if reach.is_everywhere:
        return True
    rows = announcement.audiences.select_related("unit", "site", "employer")
    listed = [row.person_id for row in rows if row.person_id]
    within = placed_people(day).filter(pk__in=listed)
    return len(within) == len(listed) and is_within(
        reach,
        audiences=[one for row in rows if (one := row.unit or row.site or row.employer)],
        people=within,
    )


def sent_to(person: Person) -> Q:
    """Those that were sent to ``person``."""
    got = AnnouncementRecipient.objects.filter(announcement=OuterRef("pk"), person=person)
    return Q(Exists(got))


def holds_for(person: Person, *, day: dt.date) -> Q:
    """Decisions that hold where ``person`` stands on ``day``, though they came later.

    Partners' people are shown nothing but what their own employer's units were told; a list of
    people is for those on it. Two queries at most, when it is made.
    """
    line = line_of(person, day=day)
    of_it = AnnouncementAudience.objects.filter(announcement=OuterRef("pk"))
    mine = Q(unit__in=line.units, unit__employer=person.employer_id)
    mine |= Q(employer=person.employer_id)
    if line.site and not person.employer.is_partner:
        mine |= Q(site=line.site)
    return Q(
        Exists(of_it.filter(mine)),
        kind=Announcement.Kind.DECISION,
        published_at__isnull=False,
        withdrawn_at__isnull=True,
        ended_at__isnull=True,
    )


def in_force_for(person: Person, *, day: dt.date) -> AnnouncementQuerySet:
    """The decisions that hold for ``person``: sent to them, or told where they stand now."""
    decisions = Announcement.objects.standing().filter(kind=Announcement.Kind.DECISION)
    return decisions.filter(sent_to(person) | holds_for(person, day=day))


def get_announcement_to_read(person: Person | AnonymousUser, key: str) -> Announcement:
    """404 for those it is not for, unless they may change it."""
    if not is_person(person) or not is_key(key):
        raise Http404
    found = Announcement.objects.select_related("author", "series", "withdrawn_by").filter(key=key)
    announcement = found.first()
    if announcement is None:
        raise Http404
    is_read = found.published().filter(sent_to(person) | holds_for(person, day=times.today()))
    if is_read.exists() or can_change_announcement(person, announcement):
        return announcement
    raise Http404


def get_announcement_to_change(person: Person | AnonymousUser, key: str) -> Announcement:
    """404 for strangers, 403 for those who only read."""
    announcement = get_announcement_to_read(person, key)
    if not can_change_announcement(person, announcement):
        raise PermissionDenied
    return announcement


def get_announcement_to_note(person: Person | AnonymousUser, key: str) -> Announcement:
    """One that was sent to ``person``, for them to say that they have read it; 404 for others."""
    if not is_person(person) or not is_key(key):
        raise Http404
    announcement = Announcement.objects.published().filter(sent_to(person), key=key).first()
    if announcement is None:
        raise Http404
    return announcement
