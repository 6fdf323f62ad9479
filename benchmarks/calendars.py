"""What 1 000 calendar programs cost that ask again and again, and the pages: the month and the week, what
is coming, what one plans, and an event.

5 000 sittings over a year and a half and 100 000 sign-ups by 3 400 people, made by the database
itself. Time is from the request's arrival in Django to its answer on one thread, as in `pages`.
"""

import datetime as dt
import os
import statistics
import time
from typing import Any, NamedTuple

from benchmarks import machine
from benchmarks.report import Bound, table

SITTINGS, SIGNUPS, SUBSCRIBERS, ROUNDS = 5_000, 100_000, 1_000, 60
MOST_POLL_MS, MOST_PAGE_MS = 5.0, 60.0

FILL = """
INSERT INTO events_series (key, title, description, emblem, rule, starts_on, skips_holidays,
    opens_days, closes_minutes, is_drawn, shows_on_walls, organiser_id, created_at)
SELECT 'r' || n, 'Vaffelfredag ' || n, 'Vafler til alle, med brunost og syltetøy.', 'waffle', '',
    %(first)s::date, true, 14, 0, false, true, %(organiser)s, %(at)s
FROM generate_series(1, 10) n;

INSERT INTO events_event (key, series_id, rule_day, day, own_title, own_description,
    has_own_sittings, cancel_reason, draw_seed)
SELECT 'e' || n, (SELECT min(id) FROM events_series) + n %% 10, day, day, '', '', false, '', ''
FROM (SELECT n, %(first)s::date + n * 540 / 840 AS day FROM generate_series(1, 840) n) made
ON CONFLICT DO NOTHING;

WITH place AS (SELECT id, row_number() OVER (ORDER BY id) - 1 AS n FROM people_site),
     event AS (SELECT id, day, row_number() OVER (ORDER BY id) - 1 AS n FROM events_event)
INSERT INTO events_sitting (key, event_id, site_id, starts_at, ends_at, place, capacity,
    taken_count, opens_at, closes_at, sequence, changed_at)
SELECT 's' || s.n, event.id, place.id, at, at + interval '30 minutes', 'Kantina', NULL,
    0, at - interval '14 days', at, 0, at - interval '14 days'
FROM generate_series(0, %(sittings)s - 1) s(n)
JOIN event ON event.n = s.n %% (SELECT count(*) FROM event)
JOIN place ON place.n = s.n / (SELECT count(*) FROM event) %% (SELECT count(*) FROM place)
CROSS JOIN LATERAL (SELECT event.day + interval '10 hours' + s.n %% 3 * interval '2 hours') t(at);

WITH person AS (SELECT id, row_number() OVER (ORDER BY id) - 1 AS n FROM people_person),
     sitting AS (SELECT id, event_id, opens_at, row_number() OVER (ORDER BY id) - 1 AS n
                 FROM events_sitting)
INSERT INTO events_signup (key, event_id, sitting_id, person_id, state, missed_last, wishes,
    asked_at, placed_at)
SELECT 'g' || g.n, sitting.event_id, sitting.id, person.id,
    CASE WHEN g.n %% 10 = 0 THEN 'waiting' ELSE 'placed' END, false, '{}',
    sitting.opens_at, CASE WHEN g.n %% 10 = 0 THEN NULL ELSE sitting.opens_at END
FROM generate_series(0, %(signups)s * 11 / 10) g(n)
JOIN sitting ON sitting.n = g.n %% (SELECT count(*) FROM sitting)
JOIN person ON person.n = g.n * 7919::bigint %% (SELECT count(*) FROM person)
ON CONFLICT DO NOTHING;

DELETE FROM events_signup WHERE id IN (
    SELECT id FROM events_signup ORDER BY id OFFSET %(signups)s
);

UPDATE events_sitting sitting SET taken_count = found.count FROM (
    SELECT sitting_id, count(*) FROM events_signup WHERE state = 'placed' GROUP BY 1
) found WHERE found.sitting_id = sitting.id;
"""


class Taken(NamedTuple):
    """Milliseconds: until the answer, and those in which this process did something for it. On a
    machine with other work the first grows, the second hardly."""

    wall: float
    worked: float


def main() -> list[Bound]:
    """The bounds, after printing the table."""
    if not machine.is_inside_services():
        code = machine.inside_services("calendars")
        return [Bound("calendars: run in a database of its own (exit code)", code, most=0)]
    os.environ["VAFFEL_TESTING"] = "1"  # static files as they lie there
    machine.set_up_django()
    return _measure()


def _fill(at: dt.datetime) -> tuple[Any, list[str]]:
    """Somebody to look at the pages, and the addresses of those who poll."""
    import random

    from django.db import connection

    from engagement.demo import organisation
    from engagement.people.models import Person
    from events.calendar_secrets import digest, new_secret
    from events.models import CalendarLink

    organisation.found(scale=3_400, at=at, dice=random.Random(7))
    viewer = Person.objects.get(employee_number="10001")
    facts = {
        "first": at.date() - dt.timedelta(days=360),
        "at": at,
        "organiser": Person.objects.get(employee_number="10004").pk,
        "sittings": SITTINGS,
        "signups": SIGNUPS,
    }
    with connection.cursor() as cursor:
        for statement in FILL.split(";\n"):
            if statement.strip():
                is_asking = "%(" in statement
                cursor.execute(
                    statement if is_asking else statement.replace("%%", "%"),
                    facts if is_asking else None,
                )
    people = list(Person.objects.filter(left_on=None).order_by("pk")[: SUBSCRIBERS - 1])
    secrets = {person.pk: new_secret() for person in [viewer, *people]}
    CalendarLink.objects.bulk_create(
        CalendarLink(person_id=pk, program="apple", secret_hash=digest(secret), made_at=at)
        for pk, secret in secrets.items()
    )
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")
    return viewer, [f"/calendar/{secret}.ics" for secret in secrets.values()]


def _measure() -> list[Bound]:
    from django.conf import settings
    from django.test import Client

    from engagement import times
    from engagement.people.models import Person
    from events.models import SignUp, Sitting

    at = times.now()
    viewer, addresses = _fill(at)
    host = {"host": "127.0.0.1"}
    program, person, hr, organiser = (Client(headers=host) for _ in range(4))
    planners = Person.objects.filter(employee_number__in=["10004", "10005"])
    for client, who in zip(
        (person, organiser, hr), (viewer, *planners.order_by("employee_number")), strict=True
    ):
        client.force_login(who, backend=settings.AUTHENTICATION_BACKENDS[0])
    # The first of a day is noted; the second finds all as it stays.
    tags = {address: program.get(address).headers["ETag"] for address in addresses}
    day, month = times.local_date(at), f"{times.local_date(at):%Y-%m}"
    year, week, _weekday = day.isocalendar()
    calendar, event = "/events/calendar/", _event_near(day)
    pages = {
        "month": (person, f"{calendar}?month={month}"),
        "month, all sites": (person, f"{calendar}?month={month}&sites=all"),
        "week": (person, f"{calendar}?week={year}-W{week:02}"),
        "week, all sites": (person, f"{calendar}?week={year}-W{week:02}&sites=all"),
        "what is coming": (person, "/events/"),
        "what one plans": (hr, "/events/?show=planned"),
        "an event": (person, f"/events/{event}/"),
        "an event, with who comes": (organiser, f"/events/{event}/"),
    }
    measured = {
        "poll, nothing new (304)": _times(
            [lambda one=one: program.get(one, headers={"if-none-match": tags[one]})
             for one in addresses], 304,
        ),
        "poll, the whole file (200)": _times(
            [lambda one=one: program.get(one) for one in addresses], 200
        ),
        "wrong address (404)": _times(
            [lambda number=number: program.get(f"/calendar/wrong{number}.ics") for number in
             range(50)], 404,
        ),
    }  # fmt: skip
    for name, (client, path) in pages.items():
        ask = [lambda client=client, path=path: client.get(path)] * ROUNDS
        measured[name] = _times(ask, 200)
    limits = {
        "poll, nothing new (304)": MOST_POLL_MS,
        **dict.fromkeys(pages, MOST_PAGE_MS),
    }
    medians = {
        name: Taken(*map(statistics.median, zip(*found, strict=True)))
        for name, found in measured.items()
    }
    rows = [
        (name, f"{medians[name].wall:.2f}", f"{medians[name].worked:.2f}",
         f"{sorted(found)[int(len(found) * 0.95)].wall:.2f}",
         f"{limits[name]:g}" if name in limits else "")
        for name, found in measured.items()
    ]  # fmt: skip
    print(f"{Sitting.objects.count()} sittings, {SignUp.objects.count()} sign-ups, "
          f"{len(addresses)} subscribers")  # fmt: skip
    print(table(("", "median ms", "of it Python", "p95 ms", "limit"), rows), flush=True)
    return [
        Bound(f"{name}: median server time", medians[name].wall, most=most, unit=" ms")
        for name, most in limits.items()
    ]


def _event_near(day: dt.date) -> str:
    """The key of the next one with a sitting."""
    from events.models import Event

    coming = Event.objects.filter(day__gt=day, sittings__isnull=False)
    return coming.order_by("day", "pk")[0].key


def _times(asks: list[Any], status: int) -> list[Taken]:
    found = []
    for ask in asks:
        started, worked = time.perf_counter(), time.process_time()
        answer = ask()
        taken = Taken(time.perf_counter() - started, time.process_time() - worked)
        found.append(Taken(*(seconds * 1000 for seconds in taken)))
        assert answer.status_code == status, answer.status_code
    return found
