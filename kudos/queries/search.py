"""Finding kudos by their words.

A frequent word is found among the newest that one may read, a rare one through the index of words,
week by week backwards: either way a page costs the same however many kudos there are. See
docs/decisions/0070.
"""

import datetime as dt
import re
import unicodedata
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Value as Fixed

from engagement.people.models import Person
from engagement.people.queries import matching, placed_people, words_of
from kudos.circles import Scope
from kudos.models import Value
from kudos.queries.feed import (
    PAGE_LENGTH,
    FeedPage,
    newest,
    page_of,
    read_cursor,
    readable,
    reading_of,
)

TEXT_SEARCHED = 100
WORDS_SEARCHED = 8
PREFIX_AT_LEAST = 3
# How many of the newest are looked through one by one.
WALKED = 1_500
# As long as kudos are kept (`actions.upkeep`), and those of the last night before they go.
WEEKS_BACK = 107
WEEK = dt.timedelta(weeks=1)
HOLD_AT_MOST = dt.timedelta(hours=1)
PEOPLE_OFFERED = 3

PARSE = """
SELECT numnode(plainto_tsquery('norwegian', word)) = 0
       OR numnode(plainto_tsquery('english', word)) = 0,
       ARRAY[plainto_tsquery('norwegian', word)::text, plainto_tsquery('english', word)::text,
             plainto_tsquery('simple', word)::text],
       to_tsquery('simple', quote_literal(word) || ':*')::text
FROM unnest(%s::text[]) WITH ORDINALITY AS one (word, place) ORDER BY place
"""

FIND = """
WITH walk AS MATERIALIZED (
    SELECT at, kudos_pk, loses_leavers FROM ({readable}) AS readable
    ORDER BY at DESC, kudos_pk DESC LIMIT %(walked)s
),
near AS MATERIALIZED (
    SELECT DISTINCT ON (walk.at, walk.kudos_pk) walk.at, walk.kudos_pk
    FROM walk
    -- One by one (OFFSET 0), so that the walk can end early whatever the planner thinks of the words.
    CROSS JOIN LATERAL (
        SELECT FROM kudos_kudos AS kudos
        WHERE kudos.id = walk.kudos_pk AND kudos.search_words @@ %(words)s::tsquery
          AND (kudos.left_feeds_at IS NULL OR NOT walk.loses_leavers) OFFSET 0
    ) AS fitting
    ORDER BY walk.at DESC, walk.kudos_pk DESC LIMIT %(limit)s
),
-- Only when the newest were not enough, and were not all.
far AS (
    SELECT match.at, match.kudos_pk
    FROM generate_series(%(week)s / 13, (%(week)s - %(weeks)s) / 13, -1) AS season
    CROSS JOIN LATERAL (
        -- Apart, so that the planner does not hope to come across one by reading the table.
        WITH fitting AS MATERIALIZED (
            SELECT FROM kudos_kudos
            WHERE search_words @@ (%(words)s::tsquery && ('''season ' || season || '''')::tsquery)
        )
        SELECT FROM fitting LIMIT 1
    ) AS one
    CROSS JOIN generate_series(least(%(week)s, season * 13 + 12), season * 13, -1) AS week
    CROSS JOIN LATERAL (
        SELECT show_from AS at, id AS kudos_pk, giver_id, left_feeds_at IS NULL AS is_in_feeds
        FROM kudos_kudos
        WHERE search_words @@ (%(words)s::tsquery && ('''week ' || week || '''')::tsquery)
          AND (show_from, id) < (%(before_at)s, %(before_pk)s)
          AND withdrawn_at IS NULL AND hidden_at IS NULL AND released_at IS NOT NULL
          AND (%(value)s::bigint IS NULL OR value_id = %(value)s)
        ORDER BY show_from DESC, id DESC
    ) AS match
    WHERE (SELECT count(*) FROM near) < %(limit)s
      AND (SELECT count(*) FROM walk) = %(walked)s
      AND (%(has_own)s AND match.giver_id = %(person)s
        OR match.at <= %(at)s AND (
            -- As values, not EXISTS: that the planner may turn into a list of all that is readable.
            (SELECT true FROM kudos_kudosreach AS reach
             WHERE match.is_in_feeds
               AND reach.kudos_id = match.kudos_pk AND reach.stream_id = ANY (%(streams)s) LIMIT 1)
            OR (SELECT true FROM kudos_kudosreceiver AS receiver
                WHERE receiver.kudos_id = match.kudos_pk
                  AND (%(has_own)s AND receiver.person_id = %(person)s
                       OR match.is_in_feeds AND receiver.site_id = %(site)s
                          AND receiver.shift_pattern_id = %(shift)s) LIMIT 1)))
    LIMIT %(limit)s
)
SELECT at, kudos_pk FROM near UNION SELECT at, kudos_pk FROM far
ORDER BY at DESC, kudos_pk DESC LIMIT %(limit)s
"""


def search_page(
    person: Person,
    text: str,
    *,
    scope: Scope = "all",
    value: Value | None = None,
    after: str | None = None,
    limit: int = PAGE_LENGTH,
    at: dt.datetime,
) -> FeedPage:
    """Those of `feed_page` that have all words of ``text``, in whichever form, newest first.

    The last word may be unfinished. Any text is answered; one without a word finds nothing. Raises
    ValueError for a forged cursor.
    """
    before = read_cursor(after) if after else (at + HOLD_AT_MOST, 2**62)
    words = _query_of(text)
    if not words:
        return FeedPage(items=[], next=None)
    reading = reading_of(person, scope=scope, at=at)
    # Not narrowed to what is in feeds: the walk meets each kudos once, and asks it there.
    parts = [
        newest(part.rows, before).annotate(loses_leavers=Fixed(part.loses_leavers))[:WALKED]
        for part in readable(reading, value, at=at)
    ]
    try:
        sql, asked = parts[0].union(*parts[1:], all=True).query.sql_with_params()
    except EmptyResultSet:  # somebody in no unit, who asks for their team
        return FeedPage(items=[], next=None)
    facts: dict[str, Any] = {
        "words": words,
        "walked": WALKED,
        "limit": limit + 1,
        "week": int(min(before[0], at + HOLD_AT_MOST).timestamp() // WEEK.total_seconds()),
        "weeks": WEEKS_BACK,
        "before_at": before[0],
        "before_pk": before[1],
        "value": value.pk if value else None,
        "has_own": reading.has_own,
        "person": person.pk,
        "at": at,
        "streams": reading.streams,
        "site": reading.circle.site,
        "shift": reading.circle.shift_pattern,
    }
    # psycopg takes one kind of placeholder: those of the ORM get names too.
    names = {f"asked_{place}": one for place, one in enumerate(asked)}
    readable_sql = sql % tuple(f"%({name})s" for name in names)
    with connection.cursor() as cursor:
        cursor.execute(FIND.replace("{readable}", readable_sql), facts | names)
        found = cursor.fetchall()
    return page_of(found, person, limit)


def _query_of(text: str) -> str:
    """``text`` as the database searches for it; empty when nothing of it can be found. One query.

    Each word in one of its forms, all of them together. Words that say nothing ("the", "og") count
    only when there are no others.
    """
    words = _words(text)
    if not words:
        return ""
    with connection.cursor() as cursor:
        cursor.execute(PARSE, [words])
        parsed = cursor.fetchall()
    all_forms, telling = [], []
    for place, (is_empty, forms, beginning) in enumerate(parsed):
        if beginning and place == len(parsed) - 1 and len(words[place]) >= PREFIX_AT_LEAST:
            # The unfinished word stands for all that begin with it.
            begun = beginning.removesuffix(":*").rstrip("'")
            apart = [beginning, *(form for form in forms if not form.startswith(begun))]
        else:
            apart = forms
        if joined := " | ".join(dict.fromkeys(form for form in apart if form)):
            all_forms.append(f"({joined})")
            telling += [] if is_empty else [f"({joined})"]
    return " & ".join(telling or all_forms)


def _words(text: str) -> list[str]:
    composed = unicodedata.normalize("NFC", text[:TEXT_SEARCHED])
    return list(dict.fromkeys(re.findall(r"[^\W_]+", composed)))[:WORDS_SEARCHED]


def people_found(text: str, *, viewer: Person, day: dt.date) -> list[Person]:
    """Up to three colleagues whose names begin with the words of ``text``, by name. One query."""
    if not words_of(text):
        return []
    people = matching(placed_people(day), text).exclude(pk=viewer.pk)
    return list(people.order_by("sort_name", "pk")[:PEOPLE_OFFERED])
