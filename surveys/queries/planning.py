"""Surveys as those who plan and read them meet them."""

import datetime as dt
from collections import Counter
from typing import NamedTuple

from django.db.models import Count
from django.utils.translation import gettext as _

from engagement.people.access import has_role, roles_of
from engagement.people.models import Employer, Person, RoleAssignment
from engagement.people.queries import members_on
from engagement.people.tree import Tree
from surveys.access import REPRESENTATIVES, Place, can_review
from surveys.models import Survey
from surveys.models.surveys import SurveyQuerySet
from surveys.queries.audience import place_ids

HR = RoleAssignment.Role.HR
PATIENCE = dt.timedelta(minutes=10)


class Step(NamedTuple):
    """A state that was entered, or will be; by whom, where a person chose it."""

    label: str
    at: dt.datetime | None
    by: str = ""
    is_done: bool = True


def managed_surveys() -> SurveyQuerySet:
    """Newest first, with how many people each asks; none of the heavy columns."""
    surveys: SurveyQuerySet = (
        Survey.objects.select_related("created_by", "plan")
        .defer("manifest")
        .annotate(people_count=Count("roll"))
        .order_by("-created_at", "-pk")
    )
    return surveys


def surveys_to_review(person: Person) -> list[Survey]:
    """Frozen surveys that ``person`` may read and has not confirmed."""
    if not has_role(person, *REPRESENTATIVES):
        return []
    waiting = (
        Survey.objects.standing()
        .filter(frozen_at__isnull=False, launched_at__isnull=True)
        .exclude(reviews__person=person, reviews__confirmed_at__isnull=False)
        .defer("manifest")
        .order_by("opens_at", "pk")
    )
    return [survey for survey in waiting if can_review(person, survey)]


def surveys_to_count(person: Person) -> list[Survey]:
    """Closed surveys whose key ``person`` holds and that nobody has counted, oldest first. One query."""
    return list(
        Survey.objects.standing()
        .filter(
            level=Survey.Level.WITNESSED,
            closed_at__isnull=False,
            counted_at__isnull=True,
            reviews__person=person,
            reviews__is_witness=True,
        )
        .defer("manifest")
        .order_by("closed_at", "pk")
    )


def is_stuck(survey: Survey, *, at: dt.datetime) -> bool:
    """Whether a step that goes by itself is refused again and again: making it ready, or counting it.

    The first minutes after closing do not count: ballots may still be on their way.
    """
    if not survey.last_problem or survey.cancelled_at is not None:
        return False
    if survey.prepared_at is None:
        return True
    closed_at, is_sealed = survey.closed_at, survey.level == Survey.Level.SEALED
    is_late = closed_at is not None and at > closed_at + PATIENCE
    return is_sealed and is_late and survey.counted_at is None


def history_of(survey: Survey) -> list[Step]:
    """Every state of ``survey`` in order, entered or still to come."""
    readers = ", ".join(
        one.person.name
        for one in survey.reviews.select_related("person").order_by("confirmed_at")
        if one.confirmed_at
    )
    steps = [
        Step(_("Begun"), survey.created_at, _name(survey.created_by)),
        Step(_("Groups fixed"), survey.frozen_at, _name(survey.frozen_by)),
        Step(_("Read and confirmed"), survey.reviewed_at, readers),
        Step(_("Launched"), survey.launched_at, _name(survey.launched_by)),
        Step(_("Opened"), survey.opened_at or survey.opens_at, "", survey.opened_at is not None),
        Step(_("Closed"), survey.closed_at or survey.closes_at, "", survey.closed_at is not None),
        Step(_("Counted"), survey.counted_at),
        Step(_("Published"), survey.published_at),
        Step(_("Ballots destroyed"), survey.destroyed_at),
    ]
    known = [one._replace(is_done=one.is_done and one.at is not None) for one in steps]
    if survey.cancelled_at is None:
        return known
    done = [one for one in known if one.is_done]
    return [*done, Step(_("Cancelled"), survey.cancelled_at, _name(survey.cancelled_by))]


def _name(person: Person | None) -> str:
    return person.name if person else ""


class PlaceRow(NamedTuple):
    """A place that can be asked, with how many people are there."""

    place: Place
    people: int
    depth: int = 0


class Places(NamedTuple):
    """Where people can be asked, as ``person`` may choose."""

    employers: list[PlaceRow]
    sites: list[PlaceRow]
    units: list[PlaceRow]

    def by_key(self) -> dict[str, Place]:
        return {row.place.key: row.place for rows in self for row in rows}


def askable_places(person: Person, *, day: dt.date) -> Places:
    """Every employer, site and unit with people in it on ``day`` that HR ``person`` may ask.

    Three queries and one for the roles.
    """
    tree = Tree.on(day)
    in_unit: Counter[int] = Counter()
    at_site: Counter[int] = Counter()
    employed: Counter[int] = Counter()
    for one in members_on(day):
        unit_id, site_id = place_ids(one)
        in_unit.update(tree.ancestor_ids(unit_id))
        at_site.update([site_id] if site_id else [])
        employed.update([one.employer_id])
    employers = Employer.objects.filter(pk__in=employed).order_by("is_partner", "name")
    return Places(
        [
            PlaceRow(one, employed[one.pk])
            for one in employers
            if has_role(person, HR, employer=one)
        ],
        [
            PlaceRow(site, at_site[site.pk])
            for site in sorted(tree.sites.values(), key=lambda one: one.name)
            if at_site[site.pk] and has_role(person, HR, site=site)
        ],
        [
            PlaceRow(unit, in_unit[unit.pk], depth)
            for depth, unit in tree.walk()
            if in_unit[unit.pk] and has_role(person, HR, unit=unit, tree=tree)
        ],
    )


def own_places(person: Person, places: Places) -> list[Place]:
    """Whom a new survey of HR ``person`` asks unless changed: everybody in the role's scope."""
    scopes = [role.scope for role in roles_of(person) if role.role == HR]
    if None in scopes:
        return [row.place for row in places.employers]
    allowed = places.by_key()
    return [scope for scope in scopes if scope is not None and scope.key in allowed]
