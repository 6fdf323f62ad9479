"""How the database answers feeds, searches and coverage: by walks that end, never by reading all.

At a few thousand rows reading a table is cheap, so the planner is told not to: where the index that a
walk needs is missing, or the question does not fit it, the plan still reads the table and the test
fails. What plans a million rows get, `benchmarks/pages.py` measures.
"""

import datetime as dt
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from engagement import times
from kudos.actions import PastKudos, record_past_kudos
from kudos.models import Value
from kudos.queries import coverage_of, feed_page, nudge_for, search_page, thanks_to_person
from tests.conftest import Cast

ROWS = 6_000
# What a page and all that belongs to its cards may read in one step; a hundredth of what there is.
A_PAGE = 60
# Rows that one step may read in a walk of 3 000, and what the people and places of the cast add.
WALKED = 3_001
BIG = ("kudos_kudos", "kudos_kudosreach", "kudos_kudosreceiver")


@pytest.fixture
def values(cast: Cast) -> list[Value]:
    return [
        Value.objects.create(key=key, name_nb=key, name_en=key) for key in ("mot", "ro", "glad")
    ]


@pytest.fixture
def many(cast: Cast, values: list[Value]) -> None:
    at = times.now()
    people = [(cast.alice, cast.bob), (cast.bob, cast.keeper), (cast.charlie, cast.admin)]
    record_past_kudos(
        [
            PastKudos(
                giver=people[n % 3][0],
                to=[people[n % 3][1]],
                message="Takk for hjelpen" + (" blåbær" if n == 0 else ""),
                # The third is one in five hundred.
                value=values[2] if n % 500 == 0 else values[n % 2],
                audience=("company", "site", "team")[n // 3 % 3],
                at=at - dt.timedelta(minutes=(ROWS - n) * 60),
            )
            for n in range(ROWS)
        ],
        day=times.local_date(at),
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE kudos_kudos, kudos_kudosreach, kudos_kudosreceiver")
        for way in ("seqscan", "hashjoin", "mergejoin", "material"):
            cursor.execute(f"SET LOCAL enable_{way} = off")


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", []):
        yield from nodes(part)


def read_by(ask: Callable[[], object]) -> list[dict[str, Any]]:
    """The steps that read the big tables while ``ask`` runs, as they were carried out."""
    with CaptureQueriesContext(connection) as captured:
        ask()
    steps = []
    for one in captured.captured_queries:
        if not one["sql"].lstrip().startswith(("SELECT", "WITH", "(")):
            continue
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN (ANALYZE, FORMAT JSON) " + one["sql"].replace("%", "%%"), [])
            [[plan]] = cursor.fetchall()
        told = json.loads(plan) if isinstance(plan, str) else plan
        steps += [step for step in nodes(told[0]["Plan"]) if step.get("Relation Name") in BIG]
    return steps


def most_rows(steps: list[dict[str, Any]]) -> float:
    return max(
        (step["Actual Rows"] + step.get("Rows Removed by Filter", 0)) * step["Actual Loops"]
        for step in steps
    )


def assert_bounded(ask: Callable[[], object], *, rows: int) -> None:
    steps = read_by(ask)
    assert steps
    assert [step["Relation Name"] for step in steps if step["Node Type"] == "Seq Scan"] == []
    assert most_rows(steps) <= rows


@pytest.mark.parametrize("scope", ["all", "site", "team", "mine"])
def test_feed_reads_no_more_than_its_page_from_each_index(
    cast: Cast, many: None, scope: Any
) -> None:
    at = times.now()
    page = feed_page(cast.bob, scope=scope, at=at)
    assert len(page.items) == 12
    assert_bounded(lambda: feed_page(cast.bob, scope=scope, at=at), rows=A_PAGE)
    assert_bounded(lambda: feed_page(cast.bob, scope=scope, after=page.next, at=at), rows=A_PAGE)


def test_rare_value_is_a_walk_too(cast: Cast, many: None, values: list[Value]) -> None:
    at = times.now()
    assert_bounded(lambda: feed_page(cast.keeper, value=values[2], at=at), rows=A_PAGE)
    found = feed_page(cast.keeper, value=values[2], at=at).items
    assert {kudos.value for kudos in found} == {values[2]}


def test_page_of_a_person_reads_their_own_only(cast: Cast, many: None) -> None:
    at = times.now()
    assert_bounded(lambda: thanks_to_person(cast.keeper, cast.bob, at=at), rows=ROWS // 2)


@pytest.mark.parametrize("text", ["takk", "blåbær", "aldrinevnt"])
def test_search_reads_no_more_than_its_walk(cast: Cast, many: None, text: str) -> None:
    at = times.now()
    assert_bounded(lambda: search_page(cast.keeper, text, at=at), rows=WALKED)


def test_frequent_word_ends_the_walk_early(cast: Cast, many: None) -> None:
    assert_bounded(lambda: search_page(cast.keeper, "takk", at=times.now()), rows=A_PAGE)


def test_coverage_and_nudge_look_once_for_each_person(cast: Cast, many: None) -> None:
    at = times.now()
    assert_bounded(lambda: coverage_of(None, at=at), rows=A_PAGE)
    assert_bounded(lambda: nudge_for(cast.alice, at), rows=A_PAGE)
