"""Server time and weight of the pages people open most, with 3 400 people and 100 000 kudos.

Time is from the request's arrival in Django to its answer, middleware, session and templates
included, on one thread: what the page costs the server. The limit named in the table is the
product's own promise; the ratio says how far below it a page stays.
"""

import datetime as dt
import os
import random
import re
import statistics
import time

from benchmarks import machine
from benchmarks.report import Bound, table

PEOPLE = 3_400
KUDOS = 100_000
ROUNDS = 40
MOST_MS = 50.0
MOST_BYTES = 100_000


def main() -> list[Bound]:
    """The bounds, after printing the table."""
    if not machine.is_inside_services():
        code = machine.inside_services("pages")
        return [Bound("pages: run in a database of its own (exit code)", code, most=0)]
    os.environ["VAFFEL_TESTING"] = "1"  # static files as they lie there
    machine.set_up_django()
    return _measure()


def _measure() -> list[Bound]:
    from django.conf import settings
    from django.db import connection, reset_queries
    from django.test import Client

    from engagement.people.models import Person

    viewer = _fill()
    backend = settings.AUTHENTICATION_BACKENDS[0]
    client = Client(headers={"accept-encoding": "gzip", "host": "127.0.0.1"})
    client.force_login(viewer, backend=backend)
    reader = Client(headers={"host": "127.0.0.1"})
    reader.force_login(viewer, backend=backend)
    colleague = Person.objects.exclude(pk=viewer.pk).exclude(email="").first()
    pages = {
        "Today": "/",
        "feed": "/kudos/",
        "feed, my team": "/kudos/?scope=team",
        "feed, mine": "/kudos/?scope=mine",
        "feed, page 50": _deep_page(reader, 50),
        "directory": "/people/",
        "directory, search": "/people/?q=ing+nil",
        "type-ahead": "/kudos/options/?q=jo",
        "a person": f"/people/{colleague.key}/" if colleague else "/people/",
    }
    rows, bounds = [], []
    connection.force_debug_cursor = True
    for name, path in pages.items():
        times, queries = [], set()
        for _ in range(ROUNDS):
            reset_queries()
            started = time.perf_counter()
            answer = client.get(path)
            times.append((time.perf_counter() - started) * 1000)
            queries.add(len(connection.queries))
        assert answer.status_code == 200, (path, answer.status_code)
        median, weight = statistics.median(times), len(answer.content)
        p95 = sorted(times)[int(len(times) * 0.95)]
        rows.append(
            (name, f"{median:.1f}", f"{p95:.1f}", f"{median / MOST_MS:.2f}", f"{max(queries)}",
             f"{weight / 1000:.1f}")
        )  # fmt: skip
        bounds.append(Bound(f"{name}: median server time", median, most=MOST_MS, unit=" ms"))
        bounds.append(
            Bound(f"{name}: gzipped page", weight / 1000, most=MOST_BYTES / 1000, unit=" kB")
        )
    print(f"{Person.objects.count()} people, {KUDOS} kudos, {ROUNDS} requests a page")
    print(table(("page", "median ms", "p95 ms", "of limit", "queries", "kB"), rows), flush=True)
    return bounds


def _deep_page(client, number: int) -> str:  # type: ignore[no-untyped-def]
    path = "/kudos/"
    for _ in range(number):
        answer = client.get(path).content.decode()
        following = re.search(r'href="(/kudos/\?scope=all&amp;after=[^"]+)"', answer)
        if not following:
            break
        path = following.group(1).replace("&amp;", "&")
    return path


def _fill():  # type: ignore[no-untyped-def]
    """The demo's organisation at full size and its thanks, made faster than by telling a story."""
    from engagement import times
    from engagement.demo import organisation, words
    from engagement.people.models import Membership, Person
    from kudos.actions import PastKudos, record_past_kudos
    from kudos.models import Value

    at, dice = times.now(), random.Random(7)
    organisation.found(scale=PEOPLE, at=at, dice=dice)
    day = times.local_date(at)
    here = [one.person for one in Membership.objects.on(day).select_related("person", "unit")]
    values = list(Value.objects.in_use())
    for start in range(0, KUDOS, 5_000):
        past = []
        for number in range(start, start + 5_000):
            giver, receiver = dice.sample(here, 2)
            past.append(
                PastKudos(
                    giver=giver,
                    to=[receiver],
                    message=dice.choice(words.NORWEGIAN)[1],
                    value=dice.choice(values),
                    audience=dice.choices(["company", "site", "team", "private"], [70, 14, 12, 4])[
                        0
                    ],
                    at=at - dt.timedelta(minutes=7 * (KUDOS - number)),
                )
            )
        record_past_kudos(past, day=day)
    _analyse()
    return Person.objects.get(employee_number="10001")


def _analyse() -> None:
    """As autovacuum does within a minute of such an import."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
