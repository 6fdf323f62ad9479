"""A hundred thousand texts: the queue walks an index, and looks at no more than it shows."""

import datetime as dt
import json
import statistics
import time
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from engagement import times
from engagement.people.models import Person
from kudos.models import Praise
from kudos.queries import praise_page, waiting_praise_count
from kudos.queries.praise import OF_AGENTS, OF_EVERYBODY
from tests import factories
from tests.conftest import Cast
from tests.kudos.praise.conftest import Checkers

MANY = 100_000


@pytest.fixture
def many(cast: Cast, checkers: Checkers) -> list[Person]:
    """Twenty agents in the team of Lena, and twenty elsewhere; 2 500 texts about each."""
    agents = [
        factories.make_person(f"A{n}", unit=cast.team if n < 20 else cast.partner_team)
        for n in range(40)
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO kudos_praise (key, source, external_id, text, language, agent_id, topic,
                received_at, flags, set_aside_at, set_aside_reason)
            SELECT 'f' || n, 'stemmen', n::text, 'Tusen takk for god hjelp, nummer ' || n, 'nb',
                (%(agents)s::bigint[])[1 + n %% 40], '', %(at)s - n * interval '20 seconds', '[]',
                CASE WHEN n %% 5 = 0 THEN %(at)s END, '{}'
            FROM generate_series(1, %(many)s) AS n
            """,
            {"agents": [one.pk for one in agents], "at": times.now(), "many": MANY},
        )
        cursor.execute("ANALYZE kudos_praise")
    return agents


def nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *(one for part in plan.get("Plans", ()) for one in nodes(part))]


def plan_of(sql: str, facts: dict[str, Any]) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", facts)
        found = cursor.fetchone()[0]
    return nodes((json.loads(found) if isinstance(found, str) else found)[0]["Plan"])


def test_queue_walks_an_index_and_stops(many: list[Person]) -> None:
    place = {"at": times.now(), "id": 0, "tray": "waiting", "limit": 21}
    walks = {
        "praise_newest_first": plan_of(OF_EVERYBODY, {"me": 0, **place}),
        "praise_newest_of_agent": plan_of(OF_AGENTS, {"agents": [one.pk for one in many], **place}),
    }
    for index, plan in walks.items():
        reads = [one for one in plan if one.get("Relation Name") == "kudos_praise"]
        assert [one.get("Index Name") for one in reads] == [index]
        # At most a page for each agent, and none that is thrown away.
        assert reads[0]["Actual Rows"] <= 22
        assert reads[0].get("Rows Removed by Filter", 0) <= 1
        assert not any(one["Node Type"] == "Seq Scan" for one in plan)


def test_queue_of_many_is_quick(many: list[Person], checkers: Checkers, as_lena: Client) -> None:
    as_lena.get("/kudos/praise/")
    taken = []
    for _ in range(9):
        began = time.thread_time()
        answer = as_lena.get("/kudos/praise/")
        taken.append(time.thread_time() - began)
        assert answer.content.count(b'data-testid="praise-item"') == 20
    assert statistics.median(taken) < 0.05


def test_count_stops_at_a_hundred(many: list[Person], checkers: Checkers) -> None:
    at = times.now()
    assert waiting_praise_count(checkers.lena, at=at) == 100
    assert waiting_praise_count(checkers.hanne, at=at) == 100


def test_all_of_it_is_reached_page_by_page(many: list[Person], checkers: Checkers) -> None:
    Praise.objects.filter(received_at__lt=times.now() - dt.timedelta(hours=2)).delete()
    for who in (checkers.lena, checkers.hanne):
        seen: list[int] = []
        after = None
        while True:
            page = praise_page(who, after=after, at=times.now())
            seen += [one.pk for one in page.items]
            after = page.next
            if after is None:
                break
        mine = Praise.objects.waiting()
        if who == checkers.lena:
            mine = mine.filter(agent__in=many[:20])
        assert seen == list(mine.order_by("-received_at", "-pk").values_list("pk", flat=True))
