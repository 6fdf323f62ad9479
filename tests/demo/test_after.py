"""Ideas and last week's waffles in the demo, the same each time it is founded."""

import datetime as dt
import random

import pytest
import time_machine

from engagement.demo import after, events, organisation
from engagement.people.models import Person
from events.models import Idea, Photo, Tally
from events.queries.after import after_event

# A Thursday noon, and a Saturday of another year.
TIMES = [dt.datetime(2026, 11, 26, 11, tzinfo=dt.UTC), dt.datetime(2028, 2, 26, 11, tzinfo=dt.UTC)]


@pytest.mark.parametrize("at", TIMES)
def test_demo_has_ideas_and_a_friday_that_was_good(db: None, at: dt.datetime) -> None:
    with time_machine.travel(at):
        organisation.found(scale=60, at=at, dice=random.Random(60))
        events.fill(at=at)
        for _ in range(2):
            after.fill(at=at)
        states = sorted(Idea.objects.values_list("state", flat=True))
        assert states == ["declined", "open", "open", "open", "open", "picked"]
        agent = Person.objects.get(employee_number="10001")
        tally = Tally.objects.get()
        shown = after_event(tally.event, agent, at=at)
    assert [one.number for one in shown.opinions] == [4, 1, 1]
    assert (shown.came_count, len(shown.photos), shown.was_there) == (6, 2, True)
    assert [one.awaits_me for one in shown.photos] == [False, True]
    assert Photo.objects.agreed(at.date()).count() == 1
