"""Whom a giver may have overlooked: a private question to them, and to nobody else.

Never an API, never a count, never the same for two people. See docs/kudos.md.
"""

import datetime as dt
from collections.abc import Sequence

from django.db import connection
from django.db.models import Exists, OuterRef

from engagement import times
from engagement.people.models import Person
from kudos.circles import circle_of
from kudos.models import KudosReceiver

UNSEEN_FOR = dt.timedelta(days=60)
SETTLED_AFTER = dt.timedelta(days=14)
OFFERED = 3
# Of one alone the question would be an accusation.
FEWEST = 2

# Own unit first, then own site and shift; who of them is drawn by lot, one lot a giver and week.
# All as it stood when the week began: a name neither comes nor goes because of others' thanks.
CANDIDATES = """
WITH RECURSIVE here (unit_id) AS (
    SELECT unit_id FROM people_unitplacement
    WHERE site_id = %(site)s AND from_on <= %(day)s AND (to_on IS NULL OR to_on > %(day)s)
  UNION
    SELECT below.unit_id FROM people_unitplacement AS below JOIN here ON below.parent_id = here.unit_id
    WHERE below.site_id IS NULL
      AND below.from_on <= %(day)s AND (below.to_on IS NULL OR below.to_on > %(day)s)
)
SELECT person.id FROM (
    SELECT one.id, place.unit_id <> %(unit)s AS is_further,
           hashtextextended(%(giver_key)s || one.key, %(week)s) AS lot
    FROM people_person AS one
    JOIN people_membership AS place ON place.person_id = one.id
      AND place.from_on <= %(day)s AND (place.to_on IS NULL OR place.to_on > %(day)s)
    WHERE (place.unit_id = %(unit)s
           OR one.shift_pattern_id = %(shift)s AND place.unit_id IN (SELECT unit_id FROM here))
      AND one.id <> %(giver)s
      AND (one.is_thanked_by_partners OR one.employer_id = %(employer)s)
      AND one.started_on <= %(settled)s AND (one.left_on IS NULL OR one.left_on > %(day)s)
      AND NOT EXISTS (
        SELECT FROM kudos_kudosreceiver AS thanked
        JOIN kudos_kudos AS kudos ON kudos.id = thanked.kudos_id
        WHERE thanked.person_id = one.id
          AND thanked.show_from >= %(since)s AND thanked.show_from < %(monday)s
          AND kudos.released_at IS NOT NULL
          AND kudos.withdrawn_at IS NULL AND kudos.hidden_at IS NULL)
    ORDER BY is_further, lot, one.id LIMIT %(offered)s
) AS person ORDER BY person.is_further, person.lot, person.id
"""


def week_of(at: dt.datetime) -> int:
    """The number of the week of ``at``; weeks begin on Monday."""
    day = times.local_date(at)
    return (day.toordinal() - day.weekday()) // 7


def draw_nudge(person: Person, at: dt.datetime) -> list[int]:
    """Row numbers of up to three shift-mates of ``person`` whom nobody had thanked for 60 days when
    the week of ``at`` began: the same all week. Two queries.

    Who is new (14 days), left, or not theirs to thank is never among them.
    """
    day = times.local_date(at)
    circle = circle_of(person, day=day)
    if not circle.units:
        return []
    monday, began = _beginning(day)
    with connection.cursor() as cursor:
        cursor.execute(
            CANDIDATES,
            {
                "giver": person.pk,
                "giver_key": person.key,
                "employer": person.employer_id,
                "unit": circle.units[0],
                "site": circle.site,
                "shift": circle.shift_pattern,
                "day": monday,
                "settled": monday - SETTLED_AFTER,
                "since": began - UNSEEN_FOR,
                "monday": began,
                "week": week_of(at),
                "offered": OFFERED,
            },
        )
        return [pk for (pk,) in cursor.fetchall()]


def _beginning(day: dt.date) -> tuple[dt.date, dt.datetime]:
    """The Monday of ``day``, and its first moment."""
    monday = day - dt.timedelta(days=day.weekday())
    return monday, times.moment_of(monday, dt.time())


def nudge_for(
    person: Person, at: dt.datetime, *, drawn: Sequence[int] | None = None
) -> list[Person]:
    """Two or three of those ``drawn`` (by `draw_nudge`, unless given), without those who have left or
    whom ``person`` has thanked since; else nobody. One query more, none for nobody.

    Nobody takes the place of those left out: else looking again and again made a list.
    """
    keys = draw_nudge(person, at) if drawn is None else drawn
    if len(keys) < FEWEST:
        return []
    day = times.local_date(at)
    thanked = KudosReceiver.objects.filter(
        giver=person,
        person=OuterRef("pk"),
        show_from__gte=_beginning(day)[1],
        kudos__withdrawn_at__isnull=True,
    )
    still = Person.objects.employed_on(day).filter(~Exists(thanked), pk__in=keys)
    people = sorted(still, key=lambda one: keys.index(one.pk))
    return people if len(people) >= FEWEST else []
