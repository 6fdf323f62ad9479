"""What the demo celebrates together, the same each time it is founded."""

import datetime as dt
import random

import pytest
import time_machine

from engagement.demo import milestones, organisation
from engagement.live.models import Celebration
from engagement.notices.models import Notice
from engagement.people.models import Membership, Person
from kudos.models import Counter, Goal, Milestone

# A Thursday noon, and a Saturday.
TIMES = [dt.datetime(2026, 11, 26, 11, tzinfo=dt.UTC), dt.datetime(2028, 2, 26, 11, tzinfo=dt.UTC)]


@pytest.mark.parametrize("at", TIMES)
def test_demo_has_something_to_celebrate_this_week(db: None, at: dt.datetime) -> None:
    with time_machine.travel(at):
        organisation.found(scale=60, at=at, dice=random.Random(60))
        for _ in range(2):
            milestones.fill(at=at)
    counter, goals = Counter.objects.get(), Goal.objects.order_by("target")
    assert counter.value == 4_999_640
    assert [(goal.target, goal.reached_at is not None) for goal in goals] == [
        (4_000_000, True),
        (5_000_000, False),
    ]
    assert sorted(Milestone.objects.values_list("years", flat=True)) == [1, 5, 10]
    shown = Celebration.objects.current(at).filter(kind="milestone")
    assert sorted(card.cards["en"]["number"] for card in shown) == ["1", "10", "5"]
    five = Milestone.objects.get(years=5).person
    agent = Person.objects.get(employee_number="10001")
    units = Membership.objects.filter(person__in=[five, agent], to_on=None).values("unit")
    assert units.distinct().count() == 1
    lead = Person.objects.get(employee_number="10003")
    told = Notice.objects.filter(person=lead, kind="first_day_coming")
    assert told.count() == 1


def test_goal_of_the_demo_is_reached_while_one_looks_on(db: None) -> None:
    at = TIMES[0]
    with time_machine.travel(at):
        organisation.found(scale=60, at=at, dice=random.Random(60))
        milestones.fill(at=at)
        rounds = 0
        while Goal.objects.filter(reached_at=None).exists():
            milestones.count_a_little(at=at, dice=random.Random(rounds))
            rounds += 1
    assert 20 <= rounds <= 60
    assert Celebration.objects.current(at).filter(kind="goal").count() == 1
