"""Where somebody stands: their unit and those above it, and the site, on a day."""

import datetime as dt
from typing import NamedTuple

from django.db import connection

from engagement.people.models import Person

KEPT = "_line"
# From the person's unit upwards, on one day, with the site each stands at; one round trip.
LINE = """
WITH RECURSIVE line (unit_id, parent_id, site_id, height) AS (
    SELECT place.unit_id, place.parent_id, place.site_id, 0
    FROM people_membership AS member
    JOIN people_unitplacement AS place ON place.unit_id = member.unit_id
    WHERE member.person_id = %(person)s
      AND member.from_on <= %(day)s AND (member.to_on IS NULL OR member.to_on > %(day)s)
      AND place.from_on <= %(day)s AND (place.to_on IS NULL OR place.to_on > %(day)s)
  UNION ALL
    SELECT above.unit_id, above.parent_id, above.site_id, line.height + 1
    FROM line JOIN people_unitplacement AS above ON above.unit_id = line.parent_id
    WHERE above.from_on <= %(day)s AND (above.to_on IS NULL OR above.to_on > %(day)s)
      AND line.height < 100
)
SELECT unit_id, site_id FROM line ORDER BY height
"""


class Line(NamedTuple):
    """Row numbers: one's own unit first, then upwards; the nearest site at or above it."""

    units: tuple[int, ...]
    site: int | None


def line_of(person: Person, *, day: dt.date) -> Line:
    """Empty for somebody without a unit.

    One query, kept on the instance until it is refreshed: a page asks once.
    """
    kept: tuple[dt.date, Line] | None = getattr(person, KEPT, None)
    if kept is None or kept[0] != day:
        kept = (day, _read(person.pk, day))
        setattr(person, KEPT, kept)
    return kept[1]


def _read(person_id: int, day: dt.date) -> Line:
    with connection.cursor() as cursor:
        cursor.execute(LINE, {"person": person_id, "day": day})
        line = cursor.fetchall()
    return Line(
        units=tuple(unit for unit, _site in line),
        site=next((site for _unit, site in line if site), None),
    )
