"""What it costs to tell many: as many statements for three hundred people as for three."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from engagement.people.models import Membership, Person, Site, Unit
from engagement.people.queries import placed_people
from events.actions import announcing
from events.models import Announcement
from tests import factories as people
from tests.conftest import Cast
from tests.events.announcing.helpers import AT, HOUR, correct, draft, sent


def crowd(site: Site, count: int) -> Unit:
    """A unit of ``count`` people with addresses."""
    unit = people.make_unit(f"Team på {count}", site=site)
    Person.objects.bulk_create(
        Person(
            given_name=f"N{number}",
            employee_number=f"{count}-{number}",
            employer=unit.employer,
            email=f"n{number}@{count}.example",
            started_on=people.LONG_AGO,
        )
        for number in range(count)
    )
    made = Person.objects.filter(employee_number__startswith=f"{count}-")
    Membership.objects.bulk_create(
        Membership(person=one, unit=unit, from_on=people.LONG_AGO) for one in made
    )
    assert placed_people(AT.date()).filter(unit_id=unit.pk).count() == count  # type: ignore[misc]
    return unit


def statements(act: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as taken:
        act()
    return len(taken)


def publish(announcement: Announcement, by: Person) -> Callable[[], Any]:
    return lambda: announcing.publish_announcement(announcement=announcement, by=by, at=AT)


@pytest.mark.parametrize("count", [3, 300])
def test_publishing_takes_as_many_statements_however_many_are_told(
    cast: Cast, hr: Person, count: int
) -> None:
    made = draft(hr, audiences=[crowd(cast.trondheim, count)])
    assert statements(publish(made, hr)) == 21
    made.refresh_from_db()
    assert made.recipient_count == made.recipients.count() == count


@pytest.mark.parametrize("count", [3, 300])
def test_correcting_and_withdrawing_take_as_many_statements_however_many_are_told(
    cast: Cast, hr: Person, count: int
) -> None:
    news = sent(hr, audiences=[crowd(cast.trondheim, count)])
    assert statements(lambda: correct(news, hr)) == 20
    assert (
        statements(
            lambda: announcing.withdraw_announcement(
                announcement=news, reason="Nei", by=hr, at=AT + 2 * HOUR
            )
        )
        == 18
    )


def test_nobody_is_told_twice_and_each_mail_is_one(cast: Cast, hr: Person) -> None:
    """What is written in bulk is what was written one by one: a notice and its place in a digest each."""
    unit = crowd(cast.trondheim, 3)
    for _ in range(2):
        sent(hr, audiences=[unit])
    for one in Person.objects.filter(employee_number__startswith="3-"):
        assert one.notices.filter(kind="announcement").count() == 2
        riders = [notice.deliveries.get() for notice in one.notices.all()]
        assert len({rider.digest_id for rider in riders}) == 1
        digest = riders[0].digest
        assert digest is not None
        assert digest.reader == one
        assert {rider.due_at for rider in riders} == {digest.due_at}
