"""People who thank one another in a circle: what that is worth in time on a wall.

Never in the feed, and never said to anybody. See docs/decisions/0071.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import connection

from engagement.people.models import Person
from engagement.people.receivers import Receiver
from kudos.cards import CARD_LIFE
from kudos.models import Kudos

RING_PERIOD = dt.timedelta(days=30)
SHORTEST_LIFE = dt.timedelta(hours=1)
# Of each person, so that the question stays small whatever somebody sends.
READ_AT_MOST = 200

Pair = tuple[int, int]

# Who thanked the giver, and whom those thanked here have thanked: all that a circle of two or three
# through the giver can be made of. Both are walks over the newest of one person.
PAIRS = """
WITH back AS (
    SELECT row.giver_id, row.person_id FROM kudos_kudosreceiver AS row
    JOIN kudos_kudos AS kudos ON kudos.id = row.kudos_id
    WHERE row.person_id = %(giver)s AND row.show_from BETWEEN %(since)s AND %(until)s
      AND kudos.withdrawn_at IS NULL AND kudos.hidden_at IS NULL AND kudos.released_at IS NOT NULL
    ORDER BY row.show_from DESC, row.kudos_id DESC LIMIT %(most)s
),
onward AS (
    SELECT row.giver_id, row.person_id
    FROM unnest(%(people)s::bigint[]) AS one (person_id)
    CROSS JOIN LATERAL (
        SELECT row.giver_id, row.person_id, row.kudos_id, row.show_from
        FROM kudos_kudosreceiver AS row
        WHERE row.giver_id = one.person_id
        ORDER BY row.id DESC LIMIT %(most)s
    ) AS row
    JOIN kudos_kudos AS kudos ON kudos.id = row.kudos_id
    WHERE row.show_from BETWEEN %(since)s AND %(until)s
      AND kudos.withdrawn_at IS NULL AND kudos.hidden_at IS NULL AND kudos.released_at IS NOT NULL
      -- Those thanked may have thanked the giver: that is counted above. The giver's own are all here.
      AND row.person_id IS NOT NULL AND (row.person_id <> %(giver)s OR row.giver_id = %(giver)s)
)
SELECT giver_id, person_id FROM back UNION ALL SELECT giver_id, person_id FROM onward
"""


def ring_strengths(kudos: Kudos, to: Iterable[Receiver]) -> dict[int, int]:
    """For each person in ``to``, thanked in ``kudos``, how often its circles were closed again in
    the 30 days up to it; private thanks count as well. One query, none without people."""
    people = [one.pk for one in to if isinstance(one, Person)]
    if not people:
        return {}
    facts: dict[str, Any] = {
        "giver": kudos.giver_id,
        "people": [kudos.giver_id, *people],
        "since": kudos.show_from - RING_PERIOD,
        "until": kudos.show_from,
        "most": READ_AT_MOST,
    }
    with connection.cursor() as cursor:
        cursor.execute(PAIRS, facts)
        given = Counter((giver, person) for giver, person in cursor.fetchall())
    return {person: strength_of(kudos.giver_id, person, given) for person in people}


def strength_of(giver: int, person: int, given: Mapping[Pair, int]) -> int:
    """How often the circles through ``giver`` → ``person`` were gone round more than once.

    ``given`` counts thanks by (giver, receiver). A circle of two or three people has been gone
    round as often as its rarest thanks. The first round is politeness and counts nothing.
    """
    there = given.get((giver, person), 0)
    rounds = [min(there, given.get((person, giver), 0))]
    thirds: Iterable[int] = {one for begin, one in given if begin == person} - {giver, person}
    rounds += [
        min(there, given.get((person, third), 0), given.get((third, giver), 0)) for third in thirds
    ]
    return sum(max(0, times - 1) for times in rounds)


def card_life(named: Sequence[Receiver], strengths: Mapping[int, int]) -> dt.timedelta:
    """How long a card that names ``named`` stays: a day, shared by the rounds, at least an hour.

    The one with the fewest decides; a team or a shift has none.
    """
    strength = min(
        (strengths.get(one.pk, 0) if isinstance(one, Person) else 0 for one in named), default=0
    )
    return max(SHORTEST_LIFE, CARD_LIFE / (1 + strength))
