"""What the demo competes in: one that runs, one that is over, one to choose a group for."""

import datetime as dt
import random

import pytest
import time_machine

from engagement.demo import competitions, organisation
from engagement.notices.models import Delivery
from engagement.people.models import Person
from events.models import Competition, Entry
from events.queries.competing import shelf

# A Thursday noon, and a Saturday.
TIMES = [dt.datetime(2026, 11, 26, 11, tzinfo=dt.UTC), dt.datetime(2028, 2, 26, 11, tzinfo=dt.UTC)]


@pytest.mark.parametrize("at", TIMES)
def test_demo_competes_the_same_each_time_it_is_founded(db: None, at: dt.datetime) -> None:
    with time_machine.travel(at):
        organisation.found(scale=80, at=at, dice=random.Random(80))
        for _again in range(2):
            competitions.fill(at=at, dice=random.Random(7))
        agent = Person.objects.get(employee_number="10001")
        shown = shelf(agent, at=at)
    [[running, rows]] = shown.running
    [[finished, results]] = shown.finished
    [coming] = shown.coming
    assert (running.title, finished.title, coming.title) == (
        "Til Nordkapp og hjem", "Høstquizen", "Lesevinter",
    )  # fmt: skip
    assert {row.line.state for row in rows} == {"counted"}
    assert len(rows) >= 4
    assert results[0].line.place == 1
    assert Competition.objects.count() == 3
    assert Entry.objects.own_of(agent).exists()
    assert Delivery.objects.count() == 0
