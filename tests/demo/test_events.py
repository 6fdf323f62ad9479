"""What the demo does together, the same each time it is founded."""

import datetime as dt
import random
import time

import pytest
import time_machine

from engagement.demo import events, organisation
from engagement.people.models import Person, ShiftPattern, Site
from engagement.people.queries import placed_people
from engagement.people.tree import Tree
from events.models import Event, Series, Sitting
from events.queries.coming import this_week

# A Thursday noon, and a Saturday.
TIMES = [dt.datetime(2026, 11, 26, 11, tzinfo=dt.UTC), dt.datetime(2028, 2, 26, 11, tzinfo=dt.UTC)]


@pytest.mark.parametrize("at", TIMES)
def test_demo_has_waffles_in_every_shift_at_every_site(db: None, at: dt.datetime) -> None:
    with time_machine.travel(at):
        organisation.found(scale=60, at=at, dice=random.Random(60))
        began = time.perf_counter()
        events.fill(at=at)
        assert time.perf_counter() - began < 15
        counts = (Series.objects.count(), Event.objects.count(), Sitting.objects.count())
        events.fill(at=at)
        assert counts == (Series.objects.count(), Event.objects.count(), Sitting.objects.count())
        agent = Person.objects.get(employee_number="10001")
        shown = [entry.event.title for entry in this_week(agent, at=at)]
    assert "Vaffelfredag" in shown or at.isoweekday() > 5
    titles = Series.objects.exclude(title="Vaffelfredag").values_list("title", flat=True)
    assert sorted(titles) == ["Gåtur langs elva", "Kurs i rolige samtaler", "Quizlunsj"]
    assert sorted(
        Series.objects.filter(title="Vaffelfredag")
        .values_list("plans__site__name", flat=True)
        .distinct()
    ) == sorted(Site.objects.filter(closed_on=None).values_list("name", flat=True))
    first = Event.objects.order_by("day")[0].day
    assert (at.date() - first).days > 120


def test_demo_plans_a_sitting_for_each_shift_that_is_worked_on_fridays(db: None) -> None:
    at = TIMES[0]
    with time_machine.travel(at):
        organisation.found(scale=60, at=at, dice=random.Random(60))
        events.fill(at=at)
    friday = dt.date(2026, 11, 27)
    tree = Tree.on(at.date())
    patterns = {pattern.pk: pattern for pattern in ShiftPattern.objects.all()}
    worked = {
        (site.pk, person.shift_pattern_id)
        for person in placed_people(at.date())
        if person.shift_pattern_id
        and 5 in patterns[person.shift_pattern_id].weekdays
        and (site := tree.site_of(person.unit_id))  # type: ignore[attr-defined]
    }
    held = Sitting.objects.filter(event__series__title="Vaffelfredag", event__day=friday)
    assert set(held.values_list("site", "shift_pattern")) == worked
