"""Who is in an audience on a day, and whom a pasted list names."""

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Q
from django.db.models.functions import Lower

from engagement.people.access import is_key
from engagement.people.models import Employer, Person, Site, Unit
from engagement.people.queries import placed_people
from events.access.announcing import reaches
from events.access.planning import Reach
from events.facts import Audience
from events.models import Announcement

MOST_LISTED = 5000

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


@dataclass(frozen=True)
class Listed:
    """What a pasted list came to. ``unknown`` as it was written, in its order."""

    people: Sequence[Person]
    unknown: Sequence[str]


NAMED = re.compile(r"<([^<>\s@]+@[^<>\s@]+)>")
SAYS_WHO = set("@0123456789")
EDGES = "<>\"'()"


def words_of_list(text: str) -> list[str]:
    """The numbers, addresses and ids of a pasted list, each once. The name beside an address, as in
    ``Ola Dahl <ola@x.no>``, is none of them."""
    found: list[str] = []
    for piece in re.split(r"[,;\n\r\t]", text.replace("\x00", " ")):
        has_names = NAMED.search(piece) is not None
        words = NAMED.sub(r" \1 ", piece).split()
        found += (word for word in words if not has_names or set(word) & SAYS_WHO)
    bare = (word.strip(EDGES) for word in found)
    return list(dict.fromkeys(word for word in bare if word))


def find_listed(words: Iterable[str], *, reach: Reach, day: dt.date) -> Listed:
    """Those employed on ``day`` within ``reach`` whose number, e-mail or id stands in ``words``.

    What is nobody's, two people's, or somebody's beyond ``reach`` is unknown alike: a list tells
    nobody who works here. One query.
    """
    words = list(words)
    lowered = {word.lower() for word in words}
    keys = {word for word in words if is_key(word)}
    people = (
        placed_people(day)
        .annotate(address=Lower("email"))
        .filter(Q(employee_number__in=words) | Q(address__in=lowered) | Q(key__in=keys))
    )
    by_word: dict[str, list[Person]] = {}
    for person in people:
        if reaches(reach, person):
            for name in {person.employee_number, person.email.lower(), person.key} - {""}:
                by_word.setdefault(name, []).append(person)
    found: dict[int, Person] = {}
    unknown = []
    for word in words:
        named = by_word.get(word) or by_word.get(word.lower()) or []
        if len(named) == 1:
            found[named[0].pk] = named[0]
        else:
            unknown.append(word)
    return Listed(list(found.values()), unknown)


def list_written(people: Iterable[Person], *, day: dt.date) -> str:
    """The reverse, one a line: an address where there is one, else the number, or the id where
    somebody at another employer has the same number. One query."""
    people = list(people)
    numbers = [one.employee_number for one in people if not one.email]
    same = Person.objects.employed_on(day).filter(employee_number__in=numbers)
    held = Counter(same.values_list("employee_number", flat=True))
    return "\n".join(
        one.email or (one.employee_number if held[one.employee_number] == 1 else one.key)
        for one in people
    )
