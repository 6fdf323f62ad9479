"""The demo's places and queues: the same each time, and a place that is offered to the agent."""

import datetime as dt
import random
import time

import pytest
import time_machine

from engagement.demo import events, organisation, shifts, signups
from engagement.people.models import Person
from events.models import SignUp
from tests.events.signup.helpers import assert_counts_hold

State = SignUp.State
# A Thursday noon, the Friday itself late in the evening, and the first day of a year.
TIMES = [
    dt.datetime(2026, 11, 26, 11, tzinfo=dt.UTC),
    dt.datetime(2026, 11, 27, 21, tzinfo=dt.UTC),
    dt.datetime(2028, 1, 1, 2, tzinfo=dt.UTC),
]
FACTS = ("person__employee_number", "sitting__starts_at", "job__name", "state", "asked_at")


def fill(at: dt.datetime) -> None:
    events.fill(at=at)
    signups.fill_past(at=at)
    shifts.fill(at=at)
    signups.fill_coming(at=at)


@pytest.mark.parametrize("at", TIMES)
def test_demo_offers_the_agent_a_place(db: None, at: dt.datetime) -> None:
    with time_machine.travel(at):
        organisation.found(scale=60, at=at, dice=random.Random(60))
        fill(at)
        before = list(SignUp.objects.order_by("pk").values_list(*FACTS))
        fill(at)
    assert list(SignUp.objects.order_by("pk").values_list(*FACTS)) == before
    agent = Person.objects.get(employee_number="10001")
    mine = {one.event.day: one for one in SignUp.objects.filter(person=agent)}
    [missed, offered] = [mine[day] for day in sorted(mine)]
    assert (missed.state, offered.state) == (State.WAITING, State.OFFERED)
    assert offered.offer_until is not None
    assert offered.offer_until > at + dt.timedelta(hours=1)
    came = SignUp.objects.filter(came_at__isnull=False)
    assert came.exists()
    assert not came.filter(came_at__gt=at).exists()
    assert not SignUp.objects.filter(asked_at__gt=at).exists()
    assert_counts_hold(*{one.sitting for one in SignUp.objects.select_related("sitting")})


def test_demo_with_everybody_has_queues_helpers_and_wishes_in_seconds(db: None) -> None:
    at = TIMES[0]
    with time_machine.travel(at, tick=False):
        organisation.found(scale=650, at=at, dice=random.Random(650))
        events.fill(at=at)
        began = time.process_time()
        signups.fill_past(at=at)
        took = time.process_time() - began
        shifts.fill(at=at)
        began = time.process_time()
        signups.fill_coming(at=at)
        took += time.process_time() - began
    print("process seconds", took)
    live = SignUp.objects.live()
    assert live.filter(job__isnull=False).exists()
    assert live.exclude(wishes=[]).exists()
    sites = live.filter(state=State.WAITING).values_list("sitting__site__name", flat=True)
    assert len(set(sites)) == 6
