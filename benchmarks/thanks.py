"""An organisation of full size with as many thanks as two years bring, made by the database itself.

Straight SQL: a million thank-yous through the product's own actions would take an hour. What
`kudos.actions.reach` writes down for each (receivers, and the streams that reach readers) is
written down here in the same way.
"""

import random
from typing import Any

PEOPLE = 3_400
# Nobody's words but those of the tests: frequent until a day, in five, in none.
RARE, NEVER, SEASONAL = "sjeldenord", "aldrinevnt", "julestemning"

# Deterministic noise: the same for the same number and purpose.
NOISE = "(('x' || substr(md5(n::text || '{what}'), 1, 7))::bit(28)::int)"

FILL = f"""
CREATE TEMPORARY TABLE placed AS
WITH RECURSIVE tree (unit_id, site_id) AS (
    SELECT unit_id, site_id FROM people_unitplacement
    WHERE parent_id IS NULL AND to_on IS NULL
  UNION ALL
    SELECT below.unit_id, COALESCE(below.site_id, tree.site_id)
    FROM people_unitplacement below JOIN tree ON below.parent_id = tree.unit_id
    WHERE below.to_on IS NULL
)
SELECT row_number() OVER (ORDER BY member.person_id) - 1 AS place,
       member.person_id, member.unit_id, tree.site_id
FROM people_membership member JOIN tree USING (unit_id)
WHERE member.to_on IS NULL;
CREATE UNIQUE INDEX ON placed (place);
ANALYZE placed;

INSERT INTO live_stream (unit_id)
SELECT DISTINCT unit_id FROM placed
WHERE NOT EXISTS (SELECT 1 FROM live_stream s WHERE s.unit_id = placed.unit_id);
INSERT INTO live_stream (site_id)
SELECT DISTINCT site_id FROM placed
WHERE site_id IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM live_stream s WHERE s.site_id = placed.site_id);
INSERT INTO live_stream (unit_id)
SELECT NULL WHERE NOT EXISTS (
    SELECT 1 FROM live_stream WHERE unit_id IS NULL AND site_id IS NULL AND employer_id IS NULL
);

CREATE TEMPORARY TABLE drawn AS
SELECT n,
       %(at)s::timestamptz - (%(kudos)s - n) * %(span)s::interval / %(kudos)s AS at,
       -- Everybody alike, but one in two hundred by, and one to, the viewer.
       CASE WHEN n %% 200 = 7 THEN %(viewer)s ELSE giver.person_id END AS giver_id,
       CASE WHEN n %% 200 = 9 THEN %(viewer)s ELSE receiver.person_id END AS receiver_id,
       receiver.unit_id, receiver.site_id,
       CASE WHEN {NOISE.format(what="who")} %% 100 < 70 THEN 'company'
            WHEN {NOISE.format(what="who")} %% 100 < 84 THEN 'site'
            WHEN {NOISE.format(what="who")} %% 100 < 96 THEN 'team'
            ELSE 'private' END AS audience,
       (%(values)s::bigint[])[1 + {NOISE.format(what="value")} %% %(value_count)s] AS value_id,
       (%(messages)s::text[])[1 + {NOISE.format(what="text")} %% %(message_count)s]
       -- Thousands of words that only some use, as names and products are.
       || ' ' || substr(md5(({NOISE.format(what="name")} %% 20000)::text), 1, 7)
       || CASE WHEN n BETWEEN %(kudos)s * 0.42 AND %(kudos)s * 0.5 AND n %% 2 = 0
               THEN ' ' || %(seasonal)s ELSE '' END
       || CASE WHEN n %% (%(kudos)s / 5) = %(kudos)s / 20 THEN ' ' || %(rare)s ELSE '' END
       AS message
FROM generate_series(1, %(kudos)s) AS n
JOIN placed giver ON giver.place = {NOISE.format(what="giver")} %% (SELECT count(*) FROM placed)
JOIN placed receiver
  ON receiver.place = {NOISE.format(what="receiver")} %% (SELECT count(*) FROM placed);
DELETE FROM drawn WHERE giver_id = receiver_id;

INSERT INTO kudos_kudos (
    id, key, giver_id, message, value_id, audience, wants_wall, look, is_from_customer,
    created_at, show_from, released_at
)
SELECT n, 'k' || lpad(n::text, 14, '0'), giver_id, message, value_id, audience,
       audience <> 'private', 'plain', false, at, at, at
FROM drawn ORDER BY n;
INSERT INTO kudos_kudosreceiver (kudos_id, giver_id, person_id, show_from, is_private)
SELECT n, giver_id, receiver_id, at, false FROM drawn ORDER BY n;
INSERT INTO kudos_kudosreach (kudos_id, stream_id, show_from, value_id)
SELECT n, stream_id, at, value_id FROM (
    SELECT drawn.n, drawn.at, drawn.value_id, stream.id AS stream_id FROM drawn JOIN live_stream stream
        ON stream.unit_id IS NULL AND stream.site_id IS NULL AND stream.employer_id IS NULL
    WHERE audience = 'company'
  UNION ALL
    SELECT drawn.n, drawn.at, drawn.value_id, stream.id FROM drawn JOIN live_stream stream USING (site_id)
    WHERE audience = 'site'
  UNION ALL
    SELECT drawn.n, drawn.at, drawn.value_id, stream.id FROM drawn JOIN live_stream stream USING (unit_id)
    WHERE audience = 'team'
) AS reached
ORDER BY n;
SELECT setval(pg_get_serial_sequence('kudos_kudos', 'id'), %(kudos)s + 1);
DROP TABLE drawn, placed;
"""


def fill(*, kudos: int) -> Any:
    """Founds the organisation with ``kudos`` thanks over two years; returns who reads them."""
    import datetime as dt

    from django.db import connection

    from engagement import times
    from engagement.demo import organisation, words
    from engagement.people.models import Person
    from kudos.models import Value

    at = times.now()
    organisation.found(scale=PEOPLE, at=at, dice=random.Random(7))
    viewer = Person.objects.get(employee_number="10001")
    values = list(Value.objects.in_use().values_list("pk", flat=True))
    messages = [text for _value, text in [*words.NORWEGIAN, *words.ENGLISH]]
    facts = {
        "at": at - dt.timedelta(minutes=1),
        "span": dt.timedelta(days=720),
        "kudos": kudos,
        "viewer": viewer.pk,
        "values": values,
        "value_count": len(values),
        "messages": messages,
        "message_count": len(messages),
        "seasonal": SEASONAL,
        "rare": RARE,
    }
    with connection.cursor() as cursor:
        # Indexes of a million rows are made in one go, not row by row.
        cursor.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"
            " AND tablename LIKE 'kudos_kudos%%' AND indexdef NOT LIKE 'CREATE UNIQUE%%'",
            [],
        )
        indexes = cursor.fetchall()
        for name, _made_by in indexes:
            cursor.execute(f"DROP INDEX {name}")
        cursor.execute("SET maintenance_work_mem = '512MB'")
        # One by one: a statement with parameters stands alone.
        for statement in FILL.split(";\n"):
            if statement.strip():
                is_asking = "%(" in statement
                cursor.execute(
                    statement if is_asking else statement.replace("%%", "%"),
                    facts if is_asking else None,
                )
        for _name, made_by in indexes:
            cursor.execute(made_by)
        # As autovacuum does within minutes; index-only walks need the visibility map.
        cursor.execute("VACUUM (ANALYZE)")
    return viewer
