"""Two at the same time: one is sent, one corrects."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from engagement.notices.models import Notice
from engagement.people.models import Person, RoleAssignment, Unit
from events.actions import announcing
from events.models import Announcement, AnnouncementRecipient, AnnouncementRevision, Reading
from tests import factories as people
from tests.events.announcing.helpers import AT, HOUR, correct, draft, got_it, sent
from tests.events.series.test_at_once import together

pytestmark = pytest.mark.django_db(transaction=True)


def organisation() -> tuple[Person, Unit]:
    team = people.make_unit("Team Nordlys", site=people.make_site("Trondheim"))
    hr = people.make_person("Hanne", "Haug", unit=team)
    people.give_role(hr, RoleAssignment.Role.HR)
    for number in range(30):
        people.make_person(f"P{number}", unit=team)
    return hr, team


def refused(answers: list[Any]) -> list[str | None]:
    return sorted(str(one.code) for one in answers if isinstance(one, ValidationError))


def test_of_two_that_publish_one_does() -> None:
    hr, team = organisation()
    made = draft(hr, audiences=[team], wall_days=2)
    answers = together(
        *[lambda: announcing.publish_announcement(announcement=made, by=hr, at=AT)] * 3
    )
    assert refused(answers) == ["sent", "sent"]
    assert (AnnouncementRecipient.objects.count(), Notice.objects.count()) == (30, 30)
    assert AnnouncementRevision.objects.count() == 1


def test_clock_and_author_publish_once() -> None:
    hr, team = organisation()
    made = draft(hr, audiences=[team])
    announcing.schedule_announcement(announcement=made, publish_at=AT + HOUR, by=hr, at=AT)
    together(
        lambda: announcing.publish_due_announcements(at=AT + HOUR),
        lambda: announcing.publish_due_announcements(at=AT + HOUR),
        lambda: announcing.publish_announcement(announcement=made, by=hr, at=AT + HOUR),
    )
    announcing.publish_due_announcements(at=AT + HOUR)
    assert (AnnouncementRecipient.objects.count(), Notice.objects.count()) == (30, 30)
    assert Announcement.objects.get().revision == 1


def test_of_two_corrections_of_the_same_page_one_is_asked_to_look_again() -> None:
    hr, team = organisation()
    news = sent(hr, audiences=[team])
    answers = together(
        lambda: correct(news, hr, version=news.version, why="A"),
        lambda: correct(news, hr, version=news.version, why="B"),
        lambda: announcing.withdraw_announcement(
            announcement=news, reason="Nei", by=hr, at=AT, version=news.version
        ),
    )
    assert refused(answers) == ["stale", "stale"]
    numbers = list(AnnouncementRevision.objects.order_by("pk").values_list("number", flat=True))
    assert numbers == list(range(1, len(numbers) + 1))
    news.refresh_from_db()
    assert (news.revision, news.version) == (len(numbers), 3)


def test_reader_and_correction_at_once_never_count_the_unseen_text_as_read() -> None:
    hr, team = organisation()
    news = sent(hr, audiences=[team])
    readers = list(Person.objects.exclude(pk=hr.pk)[:3])
    together(
        *[lambda one=one: got_it(news, one) for one in readers],
        lambda: correct(news, hr),
        *[lambda one=one: got_it(news, one) for one in readers],
    )
    assert Reading.objects.count() == 3
    assert {one.revision for one in Reading.objects.all()} <= {1, 2}
