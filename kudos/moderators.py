"""Who decides about a kudos, or about what was said under it: who is responsible where it belongs.

HR and administrators, as far as their role reaches: for the giver, the author and those thanked.
Site managers for what is given to people, units and shifts at their site. Nobody decides about what
they wrote. Nobody decides about thanks to themselves either, while somebody else could.
"""

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from django.db.models import F, Q

from engagement import times
from engagement.people.access import roles_of
from engagement.people.models import Membership, Person, RoleAssignment
from engagement.people.tree import Tree
from kudos.models import Comment, Kudos, KudosReceiver, Report

Role = RoleAssignment.Role
MODERATING = (Role.HR, Role.ADMINISTRATOR, Role.SITE_MANAGER)
Thing = Kudos | Comment


def kudos_of(thing: Thing) -> Kudos:
    return thing.kudos if isinstance(thing, Comment) else thing


def author_id_of(thing: Thing) -> int:
    return thing.author_id if isinstance(thing, Comment) else thing.giver_id


def is_moderator(person: Person) -> bool:
    """Whether ``person`` may decide about anything at all."""
    return any(role.role in MODERATING for role in roles_of(person))


@dataclass(frozen=True)
class Belonging:
    """Where a kudos belongs: row numbers of employers, of units (with all above), and of sites."""

    employers: frozenset[int | None]
    units: frozenset[int | None]
    sites: frozenset[int | None]

    def is_covered_by(self, role: RoleAssignment) -> bool:
        """A role without scope covers everything."""
        if role.employer_id:
            return role.employer_id in self.employers
        if role.site_id:
            return role.site_id in self.sites
        return role.unit_id is None or role.unit_id in self.units


def moderators_of(thing: Thing, *, at: dt.datetime) -> list[Person]:
    """Those who may decide about ``thing``, by their row numbers. Five queries."""
    return moderators_of_all([thing], at=at)[thing]


def moderators_of_all(things: Sequence[Thing], *, at: dt.datetime) -> dict[Thing, list[Person]]:
    """The same for many at once. Five queries, however many they are."""
    day = times.local_date(at)
    employed = Q(person__left_on__isnull=True) | Q(person__left_on__gt=day)
    roles = list(
        RoleAssignment.objects.held(at)
        .filter(employed, role__in=MODERATING)
        .select_related("person")
        .order_by("person")
    )
    thanked: dict[int, list[KudosReceiver]] = {}
    given = KudosReceiver.objects.filter(kudos__in={kudos_of(thing).pk for thing in things})
    rows = list(given.select_related("unit"))
    for row in rows:
        thanked.setdefault(row.kudos_id, []).append(row)
    persons = {row.person_id for row in rows if row.person_id}
    persons |= {kudos_of(thing).giver_id for thing in things} | {author_id_of(t) for t in things}
    where = _Where(persons, day)
    return {
        thing: _who(thing, thanked.get(kudos_of(thing).pk, []), roles, where) for thing in things
    }


Place = tuple[dt.datetime, int]


def waiting_things() -> dict[Thing, Place]:
    """What is reported and not decided, the longest waiting first, each with when it was reported
    first and the row number of that report. One query.
    """
    reports = Report.objects.open().select_related("kudos__giver", "comment__author")
    found: dict[Thing, Place] = {}
    for report in reports.order_by("created_at", "pk"):
        if report.comment:
            report.comment.kudos = report.kudos
        found.setdefault(report.comment or report.kudos, (report.created_at, report.pk))
    return found


def waiting_counts(*, at: dt.datetime) -> dict[int, int]:
    """About how many things each moderator has to decide, by their row numbers. Seven queries, one
    when nothing waits."""
    # Nearly always nothing does, and each feed of a moderator asks.
    if not Report.objects.open().exists():
        return {}
    deciding = moderators_of_all(list(waiting_things()), at=at)
    return dict(Counter(person.pk for people in deciding.values() for person in people))


def _who(
    thing: Thing, thanked: Sequence[KudosReceiver], roles: Iterable[RoleAssignment], where: "_Where"
) -> list[Person]:
    authors = {kudos_of(thing).giver_id, author_id_of(thing)}
    given_to = where.belonging(thanked)
    anybody = where.belonging(thanked, authors)
    able = {
        role.person_id: role.person
        for role in roles
        if (given_to if role.role == Role.SITE_MANAGER else anybody).is_covered_by(role)
        and role.person_id != author_id_of(thing)
    }
    parties = {row.person_id for row in thanked} | authors
    others = [person for person in able.values() if person.pk not in parties]
    return others or list(able.values())


class _Where:
    """Where people and units stand on a day; leavers where they stood last. Three queries."""

    def __init__(self, persons: Collection[int], day: dt.date) -> None:
        self.tree = Tree.on(day)
        last = Q(to_on__isnull=True) | Q(to_on__gt=day) | Q(to_on=F("person__left_on"))
        places = Membership.objects.filter(last, person__in=persons, from_on__lte=day)
        self.units = dict(places.order_by("from_on").values_list("person", "unit"))
        found = Person.objects.filter(pk__in=persons)
        self.employers = dict(found.values_list("pk", "employer"))

    def belonging(
        self, thanked: Iterable[KudosReceiver], authors: Collection[int] = ()
    ) -> Belonging:
        persons = {row.person_id for row in thanked if row.person_id} | set(authors)
        units = {row.unit_id for row in thanked if row.unit_id}
        units |= {self.units[pk] for pk in persons if pk in self.units}
        sites = {site.pk for pk in units if (site := self.tree.site_of(pk))}
        return Belonging(
            employers=frozenset(
                {self.employers.get(pk) for pk in persons}
                | {row.unit.employer_id for row in thanked if row.unit}
            ),
            units=frozenset(above for pk in units for above in self.tree.ancestor_ids(pk)),
            sites=frozenset(sites | {row.site_id for row in thanked if row.site_id}),
        )
