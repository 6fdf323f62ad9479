"""Who is in an audience on a day."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db import connection

from engagement.people.models import Employer, Site, Unit
from events.facts import Audience
from events.models import Announcement

# Everybody employed on the day whose unit or one above it, whose site, whose employer or who
# themselves are meant; each once.
MEANT = """
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
SELECT person.id
FROM people_person person
LEFT JOIN people_membership place
    ON place.person_id = person.id
    AND place.from_on <= %(day)s AND (place.to_on IS NULL OR place.to_on > %(day)s)
LEFT JOIN tree ON tree.unit_id = place.unit_id
WHERE person.started_on <= %(day)s AND (person.left_on IS NULL OR person.left_on > %(day)s)
  AND (tree.path && %(units)s::bigint[] OR tree.site_id = ANY (%(sites)s)
       OR person.employer_id = ANY (%(employers)s) OR person.id = ANY (%(people)s))
ORDER BY person.id
"""


def people_meant(
    *, audiences: Iterable[Audience], people: Iterable[int], day: dt.date
) -> list[int]:
    """The row numbers of everybody who is in any of ``audiences`` or among ``people`` on ``day``, each
    once, in their order. One query."""
    wanted: dict[type, list[int]] = {Unit: [], Site: [], Employer: []}
    for one in audiences:
        wanted[type(one)].append(one.pk)
    facts: dict[str, Any] = {
        "day": day,
        "units": wanted[Unit],
        "sites": wanted[Site],
        "employers": wanted[Employer],
        "people": list(people),
    }
    with connection.cursor() as cursor:
        cursor.execute(MEANT, facts)
        return [pk for (pk,) in cursor.fetchall()]


def audiences_of(announcement: Announcement) -> tuple[list[Audience], list[int]]:
    """Units, sites and employers in the order they were chosen, and the row numbers of the people on
    its list. One query."""
    rows = announcement.audiences.select_related("unit", "site", "employer").order_by("pk")
    groups: list[Audience] = []
    listed: list[int] = []
    for row in rows:
        if row.person_id:
            listed.append(row.person_id)
        elif one := row.unit or row.site or row.employer:
            groups.append(one)
    return groups, listed


def recipients_on(announcement: Announcement, *, day: dt.date) -> list[int]:
    """The row numbers of those it would go to on ``day``: everybody meant but its author. Two queries."""
    groups, listed = audiences_of(announcement)
    meant = people_meant(audiences=groups, people=listed, day=day)
    return [pk for pk in meant if pk != announcement.author_id]
