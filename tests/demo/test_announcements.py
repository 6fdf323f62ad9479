"""What the demo announces, the same each time it is founded."""

import datetime as dt
import random

import pytest
import time_machine

from engagement.demo import announcements, organisation
from engagement.live.models import Celebration
from engagement.people.models import Person
from events.models import Announcement
from events.queries.announcements import newest_unread, page_of_mine

# A Thursday noon, and a Saturday in the week when the clocks go forward.
TIMES = [dt.datetime(2026, 11, 26, 11, tzinfo=dt.UTC), dt.datetime(2027, 3, 27, 11, tzinfo=dt.UTC)]


@pytest.mark.parametrize("at", TIMES)
def test_demo_announces_a_corrected_decision_an_activity_and_one_to_come(
    db: None, at: dt.datetime
) -> None:
    with time_machine.travel(at, tick=False):
        organisation.found(scale=60, at=at, dice=random.Random(60))
        announcements.fill(at=at)
        announcements.fill(at=at)
        made = Announcement.objects.order_by("pk")
        assert [(one.state, one.revision, one.kind) for one in made] == [
            ("published", 2, "decision"),
            ("published", 1, "activity"),
            ("scheduled", 0, "decision"),
        ]
        agent = Person.objects.get(employee_number="10001")
        assert newest_unread(agent, at=at) == made[1]
        assert [one.is_new for one in page_of_mine(agent, at=at).entries] == [True, True]
        partner = Person.objects.get(employee_number="20001")
        assert page_of_mine(partner, at=at).entries == []
        assert made[0].readings.exclude(revision=2).count() == 0
        assert made[0].readings.count() > 0
        [card] = Celebration.objects.filter(kind="announcement")
        assert card.cards["nb"]["title"] == "Nytt pauserom i andre etasje"
