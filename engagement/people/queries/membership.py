"""Who was where, and who leads what."""

import datetime as dt
from collections.abc import Iterable
from typing import NamedTuple

from django.db import connection
from django.db.models import Count, F, FilteredRelation, Q

from engagement.people import access
from engagement.people.models import (
    Membership,
    Person,
    PersonQuerySet,
    RoleAssignment,
    Site,
    Unit,
)
from engagement.people.tree import Tree

__all__ = ["Tree"]


MEMBERS_ON = """
WITH RECURSIVE tree (unit_id, site_id, path) AS (
    SELECT unit_id, site_id, ARRAY[unit_id]
    FROM people_unitplacement
    WHERE parent_id IS NULL AND from_on <= %(day)s AND (to_on IS NULL OR to_on > %(day)s)
  UNION ALL
    SELECT below.unit_id, COALESCE(below.site_id, tree.site_id), tree.path || below.unit_id
    FROM people_unitplacement below JOIN tree ON below.parent_id = tree.unit_id
    WHERE below.from_on <= %(day)s AND (below.to_on IS NULL OR below.to_on > %(day)s)
      AND below.unit_id <> ALL (tree.path)
)
SELECT person.*, place.unit_id AS unit_id, tree.site_id AS site_id
FROM people_person person
LEFT JOIN people_membership place
    ON place.person_id = person.id
    AND place.from_on <= %(day)s AND (place.to_on IS NULL OR place.to_on > %(day)s)
LEFT JOIN tree ON tree.unit_id = place.unit_id
WHERE person.started_on <= %(day)s AND (person.left_on IS NULL OR person.left_on > %(day)s)
  AND (%(unit)s::bigint IS NULL OR %(unit)s::bigint = ANY (tree.path))
  AND (%(site)s::bigint IS NULL OR tree.site_id = %(site)s::bigint)
ORDER BY person.sort_name, person.id
"""


def members_on(day: dt.date, *, unit: Unit | None = None, site: Site | None = None) -> list[Person]:
    """Everybody employed on ``day``, in ``unit`` or below it and at ``site`` as they stood then.

    One query. Each person carries ``unit_id`` and ``site_id`` of that day (None: in no unit).
    """
    facts = {"day": day, "unit": unit.pk if unit else None, "site": site.pk if site else None}
    return list(Person.objects.raw(MEMBERS_ON, facts))


TIME_ZONES_ON = """
WITH RECURSIVE climb (person_id, parent_id, site_id) AS (
    SELECT place.person_id, own.parent_id, own.site_id
    FROM people_membership place JOIN people_unitplacement own ON own.unit_id = place.unit_id
    WHERE place.person_id = ANY (%(people)s)
      AND place.from_on <= %(day)s AND (place.to_on IS NULL OR place.to_on > %(day)s)
      AND own.from_on <= %(day)s AND (own.to_on IS NULL OR own.to_on > %(day)s)
  UNION
    SELECT climb.person_id, above.parent_id, above.site_id
    FROM climb JOIN people_unitplacement above ON above.unit_id = climb.parent_id
    WHERE climb.site_id IS NULL
      AND above.from_on <= %(day)s AND (above.to_on IS NULL OR above.to_on > %(day)s)
)
SELECT climb.person_id, site.timezone FROM climb JOIN people_site site ON site.id = climb.site_id
"""


def time_zones_on(day: dt.date, person_ids: Iterable[int]) -> dict[int, str]:
    """The wall clock of each person's site on ``day``, by row number; without a site none.

    One query, however many people.
    """
    with connection.cursor() as cursor:
        cursor.execute(TIME_ZONES_ON, {"day": day, "people": list(person_ids)})
        return dict(cursor.fetchall())


class Place(NamedTuple):
    unit: Unit | None
    site: Site | None


def place_of(person: Person, day: dt.date, *, tree: Tree | None = None) -> Place:
    """The unit and the site ``person`` belonged to on ``day``. Two queries, one with a ``tree``."""
    tree = tree or Tree.on(day)
    unit_id = (
        Membership.objects.on(day).filter(person=person).values_list("unit_id", flat=True).first()
    )
    return Place(tree.unit(unit_id), tree.site_of(unit_id))


def placed_people(day: dt.date) -> PersonQuerySet:
    """Everybody employed on ``day``, each with the ``unit_id`` of that day in the same query."""
    then = Q(memberships__from_on__lte=day) & (
        Q(memberships__to_on__isnull=True) | Q(memberships__to_on__gt=day)
    )
    placed: PersonQuerySet = access.visible_people(day).annotate(
        place=FilteredRelation("memberships", condition=then), unit_id=F("place__unit_id")
    )
    return placed


def unit_id_of(person: Person) -> int | None:
    """The row number of the unit that `members_on` or `placed_people` read with ``person``."""
    unit_id: int | None = getattr(person, "unit_id", None)
    return unit_id


def history_of(person: Person) -> list[Membership]:
    """All the units a person has belonged to, newest first."""
    return list(person.memberships.select_related("unit").order_by("-from_on"))


def head_counts(day: dt.date) -> dict[int, int]:
    """How many people each unit had on ``day``, without the units below it. One query."""
    rows = placed_people(day).filter(unit_id__isnull=False).values_list("unit_id")  # type: ignore[misc] # annotated
    return dict(rows.annotate(count=Count("id")).order_by())


def head_counts_with_below(tree: Tree, counts: dict[int, int]) -> dict[int, int]:
    """``counts`` with each unit's people added to all units above it, stated ones included."""
    totals: dict[int, int] = {}
    for unit_id, node in tree.nodes.items():
        count = counts.get(unit_id, 0) + (node.unit.stated_headcount or 0)
        for one in tree.ancestor_ids(unit_id):
            totals[one] = totals.get(one, 0) + count
    return totals


def leads_of(units: Iterable[Unit], *, at: dt.datetime) -> dict[int, list[Person]]:
    """The people who lead each of ``units`` at ``at``, by the unit's row number. One query."""
    held = (
        RoleAssignment.objects.held(at)
        .filter(role=RoleAssignment.Role.LEAD, unit__in=[unit.pk for unit in units])
        .select_related("person__employer")
        .order_by("person__sort_name")
    )
    found: dict[int, list[Person]] = {}
    for role in held:
        if role.person.is_active and role.unit_id:
            found.setdefault(role.unit_id, []).append(role.person)
    return found
