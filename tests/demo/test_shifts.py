"""The demo's shifts: there from the start, the same at the next one."""

import datetime as dt
import random

import pytest

from engagement.demo import organisation, shifts
from events.models import CoverageRule, RosterDay, RosterShift


@pytest.mark.django_db
def test_shifts_of_the_demo_are_made_once() -> None:
    at = dt.datetime(2026, 11, 26, 9, tzinfo=dt.UTC)
    organisation.found(scale=60, at=at, dice=random.Random(60))
    shifts.fill(at=at)
    rule = CoverageRule.objects.get()
    assert rule.unit.name == "Kundeservice Trondheim"
    days, count = RosterDay.objects.count(), RosterShift.objects.count()
    assert days > count > 0
    shifts.fill(at=at)
    assert (RosterDay.objects.count(), RosterShift.objects.count()) == (days, count)
    shifts.fill(at=at + dt.timedelta(days=1))
    people = RosterDay.objects.values("person").distinct().count()
    assert RosterDay.objects.count() == days + people
