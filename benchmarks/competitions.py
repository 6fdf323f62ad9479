"""What a large competition costs: its page, the list, what its planner reads, and bringing
its standing up to date, walls included.

650 people in 24 mixed groups, 10 rounds of a week of which the last one runs, 50 000 entries, made by
the database itself. Time of a page is from the request's arrival in Django to its answer on one
thread, as in `pages`; of the standing what the clock does for it each minute in which people enter.
"""

import datetime as dt
import os
import random
import statistics
import time
from collections.abc import Callable
from typing import Any

from benchmarks import machine
from benchmarks.report import Bound, table

PEOPLE, GROUPS, ROUNDS, ENTRIES, TIMES = 650, 24, 10, 50_000, 40
MOST_MS = 60.0
WEEK = dt.timedelta(days=7)
# Where a refresh spends more, the database reads what it need not.
MOST_REFRESH_STATEMENTS = 40

FILL = """
WITH member AS (
    SELECT group_id, person_id, row_number() OVER (ORDER BY id) - 1 AS n
    FROM events_groupmember WHERE competition_id = %(competition)s
)
INSERT INTO events_entry (key, competition_id, round_id, group_id, way, by_id, value, entered_at,
    changed_at, external_id)
SELECT 'y' || e.n, %(competition)s, round.id, member.group_id, 'people', member.person_id,
    1 + e.n %% 90 / 10.0, at, at, ''
FROM generate_series(0, %(entries)s - 1) e(n)
JOIN member ON member.n = e.n %% (SELECT count(*) FROM member)
JOIN events_round round ON round.competition_id = %(competition)s
    AND round.number = 1 + e.n / (SELECT count(*) FROM member) %% %(rounds)s
CROSS JOIN LATERAL (SELECT round.starts_at + e.n %% 8000 * interval '1 minute') t(at)
"""
# In each group three people enter something: every number moves.
ENTER = """
UPDATE events_entry SET value = value %% 9 + 1, changed_at = %(at)s WHERE id IN (
    SELECT id FROM (
        SELECT id, row_number() OVER (PARTITION BY group_id ORDER BY id DESC) AS n
        FROM events_entry WHERE competition_id = %(competition)s
    ) numbered WHERE n <= 5
)
"""


def main() -> list[Bound]:
    """The bounds, after printing the table."""
    if not machine.is_inside_services():
        code = machine.inside_services("competitions")
        return [Bound("competitions: run in a database of its own (exit code)", code, most=0)]
    os.environ["VAFFEL_TESTING"] = "1"  # static files as they lie there
    machine.set_up_django()
    return _measure()


def _fill(at: dt.datetime) -> Any:
    """The competition, in the middle of its last round."""
    from django.db import connection

    from engagement.demo import organisation
    from engagement.people.models import Person
    from engagement.people.tree import Tree
    from events import actions
    from events.competition_facts import CompetitionFacts
    from events.queries.competing_choices import deal, people_at

    dice = random.Random(PEOPLE)
    organisation.found(scale=PEOPLE, at=at, dice=dice)
    starts_at = at - (ROUNDS - 1) * WEEK - dt.timedelta(days=6)
    people = people_at(None, Tree.on(at.date()))[:PEOPLE]
    rounds = [(starts_at + n * WEEK, starts_at + (n + 1) * WEEK) for n in range(ROUNDS)]
    made = actions.create_competition(
        facts=CompetitionFacts(
            title="Til Nordkapp", unit_word="km", kind="mixed", rounds=rounds, by_judge=True,
            groups=deal(people, [f"Gruppe {n}" for n in range(GROUPS)], dice),
            judges=people[:1], is_for_everybody=True,
        ),
        by=Person.objects.get(employee_number="10005"), at=starts_at,
    )  # fmt: skip
    actions.count_rounds(at=at)
    with connection.cursor() as cursor:
        facts = {"competition": made.pk, "entries": ENTRIES, "rounds": ROUNDS}
        cursor.execute(FILL, facts)
        cursor.execute("VACUUM (ANALYZE)")
    actions.refresh_standings(at=at)
    return made


def _measure() -> list[Bound]:
    from django.conf import settings
    from django.test import Client

    from engagement import times
    from engagement.people.models import Person
    from events.models import Entry, GroupSum

    at = times.now()
    made = _fill(at)
    member = made.members.order_by("pk")[1].person
    planner = Person.objects.get(employee_number="10005")
    clients = {}
    for who in (member, planner):
        clients[who.pk] = Client(headers={"host": "127.0.0.1"})
        clients[who.pk].force_login(who, backend=settings.AUTHENTICATION_BACKENDS[0])
    address = f"/events/competitions/{made.key}/"
    pages = {
        "the page": (member, address),
        "the page, as its planner": (planner, address),
        "the list": (member, "/events/competitions/"),
        "what was entered for groups": (planner, f"{address}entries/"),
    }
    measured = {
        name: [_page(clients[who.pk], path) for _ in range(TIMES)]
        for name, (who, path) in pages.items()
    }
    refreshing, statements = _refreshing(made, at)
    measured["the standing, brought up to date"] = refreshing
    medians = {
        name: tuple(map(statistics.median, zip(*found, strict=True)))
        for name, found in measured.items()
    }
    rows = [
        (name, f"{medians[name][0]:.1f}", f"{medians[name][1]:.1f}",
         f"{sorted(found)[int(len(found) * 0.95)][0]:.1f}", f"{MOST_MS:g}")
        for name, found in measured.items()
    ]  # fmt: skip
    print(
        f"{made.members.count()} people, {made.groups.count()} groups, {made.rounds.count()} rounds, "
        f"{Entry.objects.filter(competition=made).count()} entries, "
        f"{GroupSum.objects.filter(round__competition=made, people_sum__gt=0).count()} sums told"
    )
    print(table(("", "median ms", "of it Python", "p95 ms", "limit"), rows), flush=True)
    return [
        *(
            Bound(f"{name}: median", median[0], most=MOST_MS, unit=" ms")
            for name, median in medians.items()
        ),
        Bound("the standing: statements", statements, most=MOST_REFRESH_STATEMENTS),
        Bound("sums told", _told(made), least=GROUPS * ROUNDS),
    ]


def _refreshing(made: Any, at: dt.datetime) -> tuple[list[tuple[float, float]], int]:
    """What the clock needs in each of `TIMES` minutes in which every number moves, and how many
    statements once."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from events import actions

    def enter(moment: dt.datetime) -> None:
        with connection.cursor() as cursor:
            cursor.execute(ENTER, {"competition": made.pk, "at": moment})

    def refresh(moment: dt.datetime) -> None:
        count = actions.refresh_standings(at=moment)
        assert count == 1, count

    found = []
    for number in range(TIMES):
        moment = at + (number + 1) * dt.timedelta(minutes=2)
        enter(moment - dt.timedelta(seconds=30))
        found.append(_taken(lambda moment=moment: refresh(moment)))
    moment = at + (TIMES + 1) * dt.timedelta(minutes=2)
    enter(moment - dt.timedelta(seconds=30))
    with CaptureQueriesContext(connection) as captured:
        refresh(moment)
    return found, len(captured)


def _told(made: Any) -> int:
    """How many of all sums are what the entries say."""
    from events.models import GroupSum
    from events.queries.competing import sums_of

    sums = sums_of(made)
    told = GroupSum.objects.filter(round__competition=made)
    return sum(one.people_sum == sums[one.group_id, one.round_id].people for one in told)


def _page(client: Any, path: str) -> tuple[float, float]:
    def ask() -> None:
        answer = client.get(path)
        assert answer.status_code == 200, (path, answer.status_code)

    return _taken(ask)


def _taken(act: Callable[[], None]) -> tuple[float, float]:
    """Milliseconds: until it was done, and those in which this process did something for it."""
    started, worked = time.perf_counter(), time.process_time()
    act()
    taken = (time.perf_counter() - started, time.process_time() - worked)
    return taken[0] * 1000, taken[1] * 1000
