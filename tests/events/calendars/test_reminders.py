"""Reminders: once, in time, and never of what is called off."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.utils import translation
from pytest_django import DjangoAssertNumQueries

from engagement.notices.models import Delivery, Notice
from engagement.notices.queries.reading import notice_page, unread_count
from engagement.people.models import Person
from events.actions import send_reminders
from events.models import Event, Reminder, SignUp, Sitting
from tests import factories as people
from tests.conftest import Cast
from tests.events import factories
from tests.events.calendars.conftest import THURSDAY
from tests.events.conftest import WaffleFriday

NOON = dt.datetime(2026, 11, 27, 11, tzinfo=dt.UTC)
HOUR, MINUTE, SECOND = dt.timedelta(hours=1), dt.timedelta(minutes=1), dt.timedelta(seconds=1)
TWO_ON_THURSDAY = dt.datetime(2026, 11, 26, 13, tzinfo=dt.UTC)


def told(person: Person, at: dt.datetime) -> list[str]:
    """The words of ``person``'s notices at ``at``, in English."""
    with translation.override("en"), time_machine.travel(at, tick=False):
        page = notice_page(person, at=at)
        return [line.words.strip() for day in page.days for line in day.lines]


def test_guest_is_reminded_an_hour_before_and_once(waffles: WaffleFriday, cast: Cast) -> None:
    factories.make_signup(waffles.sitting, cast.bob)
    factories.make_signup(waffles.sitting, cast.alice)
    Sitting.objects.update(place="Kantina")
    assert send_reminders(at=NOON - HOUR - SECOND) == 0
    assert send_reminders(at=NOON - HOUR) == 2
    assert send_reminders(at=NOON - HOUR + MINUTE) == 0
    words = ["<b>Vaffelfredag</b> is on Friday, November 27 at 12:00. You have a place. Kantina."]
    assert told(cast.bob, NOON - HOUR) == told(cast.alice, NOON - HOUR) == words
    assert Delivery.objects.count() == 2
    assert Notice.objects.values_list("link", flat=True).distinct().get() == (
        f"/events/{waffles.event.key}/"
    )


def test_helper_is_reminded_the_afternoon_before(waffles: WaffleFriday, cast: Cast) -> None:
    job = factories.make_job(waffles.sitting)
    factories.make_signup(waffles.sitting, cast.bob, job=job)
    assert send_reminders(at=TWO_ON_THURSDAY - SECOND) == 0
    assert send_reminders(at=TWO_ON_THURSDAY) == 1
    assert told(cast.bob, TWO_ON_THURSDAY) == [
        "You help with Steking at <b>Vaffelfredag</b> on Friday, November 27 at 12:00."
    ]
    assert send_reminders(at=NOON - HOUR) == 0


def test_helper_who_came_late_is_reminded_as_a_guest(waffles: WaffleFriday, cast: Cast) -> None:
    job = factories.make_job(waffles.sitting)
    factories.make_signup(waffles.sitting, cast.bob, job=job, placed_at=TWO_ON_THURSDAY + SECOND)
    assert send_reminders(at=TWO_ON_THURSDAY + HOUR) == 0
    assert send_reminders(at=NOON - HOUR) == 1


def test_afternoon_is_that_of_the_sites_own_clock(waffles: WaffleFriday, cast: Cast) -> None:
    vilnius = people.make_site("Vilnius", timezone="Europe/Vilnius")
    sitting = factories.make_sitting(waffles.event, site=vilnius, starts=dt.time(0, 30))
    factories.make_signup(sitting, cast.bob, job=factories.make_job(sitting))
    an_hour_earlier = TWO_ON_THURSDAY - HOUR
    assert send_reminders(at=an_hour_earlier - SECOND) == 0
    assert send_reminders(at=an_hour_earlier) == 1
    with translation.override("en"):
        assert "Friday, November 27 at 00:30" in told(cast.bob, an_hour_earlier)[0]


def test_whoever_took_a_place_within_the_hour_is_not_reminded(
    waffles: WaffleFriday, cast: Cast
) -> None:
    factories.make_signup(waffles.sitting, cast.bob, placed_at=NOON - HOUR + SECOND)
    assert send_reminders(at=NOON - 30 * MINUTE) == 0


@pytest.mark.parametrize("state", ["offered", "waiting", "left", "lapsed"])
def test_only_those_with_a_place_are_reminded(
    waffles: WaffleFriday, cast: Cast, state: str
) -> None:
    factories.make_signup(
        waffles.sitting, cast.bob, state=state, placed_at=THURSDAY, offered_at=THURSDAY,
        offer_until=NOON,
    )  # fmt: skip
    assert send_reminders(at=NOON - HOUR) == 0


def test_late_worker_reminds_until_it_begins(waffles: WaffleFriday, cast: Cast) -> None:
    factories.make_signup(waffles.sitting, cast.bob)
    assert send_reminders(at=NOON) == 0
    assert send_reminders(at=NOON - SECOND) == 1


@pytest.mark.parametrize(
    ("model", "facts"),
    [
        (Sitting, {"cancelled_at": NOON - 2 * HOUR}),
        (Event, {"cancelled_at": NOON - 2 * HOUR}),
    ],
)
def test_what_is_cancelled_is_never_reminded_of(
    waffles: WaffleFriday,
    cast: Cast,
    model: type[Sitting] | type[Event],
    facts: dict[str, dt.datetime],
) -> None:
    factories.make_signup(waffles.sitting, cast.bob)
    model.objects.update(**facts)
    assert send_reminders(at=NOON - HOUR) == 0


def test_cancelling_and_leaving_take_back_what_was_told(waffles: WaffleFriday, cast: Cast) -> None:
    mine = factories.make_signup(waffles.sitting, cast.bob)
    factories.make_signup(waffles.sitting, cast.alice)
    send_reminders(at=NOON - HOUR)
    SignUp.objects.filter(pk=mine.pk).update(state="left", left_at=NOON - HOUR)
    # At once unreadable, and a minute later gone from the bell.
    assert (told(cast.bob, NOON - HOUR), len(told(cast.alice, NOON - HOUR))) == ([], 1)
    send_reminders(at=NOON - HOUR + MINUTE)
    assert [unread_count(one, at=NOON) for one in (cast.bob, cast.alice)] == [0, 1]
    Event.objects.update(cancelled_at=NOON - HOUR + MINUTE)
    assert told(cast.alice, NOON - HOUR + MINUTE) == []
    send_reminders(at=NOON - HOUR + 2 * MINUTE)
    assert unread_count(cast.alice, at=NOON) == 0
    assert Reminder.objects.count() == 0
    assert set(Delivery.objects.values_list("reason", flat=True)) == {"withdrawn"}


def test_reminder_follows_a_moved_sitting(waffles: WaffleFriday, cast: Cast) -> None:
    factories.make_signup(waffles.sitting, cast.bob)
    send_reminders(at=NOON - HOUR)
    later = NOON + 3 * HOUR
    Sitting.objects.update(starts_at=later, ends_at=later + 30 * MINUTE)
    # The old one goes, and comes anew in its time.
    assert send_reminders(at=NOON - HOUR + MINUTE) == 0
    assert told(cast.bob, NOON) == []
    assert send_reminders(at=later - HOUR) == 1
    assert told(cast.bob, later - HOUR) == [
        "<b>Vaffelfredag</b> is on Friday, November 27 at 15:00. You have a place."
    ]
    Sitting.objects.update(starts_at=NOON + 2 * HOUR)
    send_reminders(at=later - HOUR + MINUTE)
    Sitting.objects.update(starts_at=later)
    send_reminders(at=later - HOUR + 2 * MINUTE)
    assert unread_count(cast.bob, at=later - HOUR + 2 * MINUTE) == 1


def test_reminders_go_when_it_is_over(waffles: WaffleFriday, cast: Cast) -> None:
    factories.make_signup(waffles.sitting, cast.bob)
    send_reminders(at=NOON - HOUR)
    over = waffles.sitting.ends_at
    send_reminders(at=over - SECOND)
    assert unread_count(cast.bob, at=over - SECOND) == 1
    send_reminders(at=over)
    assert (unread_count(cast.bob, at=over), Reminder.objects.count()) == (0, 0)


def test_leavers_are_not_reminded(waffles: WaffleFriday, cast: Cast) -> None:
    factories.make_signup(waffles.sitting, cast.bob)
    Person.objects.filter(pk=cast.bob.pk).update(left_on=dt.date(2026, 11, 27))
    send_reminders(at=NOON - HOUR)
    assert Notice.objects.count() == 0


def test_idle_sweep_asks_little(
    waffles: WaffleFriday, cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    send_reminders(at=THURSDAY)
    for number in range(3):
        factories.make_signup(
            factories.make_sitting(waffles.event, starts=dt.time(13 + number)),
            [cast.alice, cast.bob, cast.keeper][number],
        )
        # What is moot, the wall clocks there are, what is due, and the stamp.
        with django_assert_num_queries(7):
            send_reminders(at=THURSDAY)


def test_mail_says_the_same(waffles: WaffleFriday, cast: Cast) -> None:
    Event.objects.update(own_title="Kake & kaffe")
    factories.make_signup(waffles.sitting, cast.bob)
    send_reminders(at=NOON - HOUR)
    with time_machine.travel(NOON - HOUR, tick=False):
        page = Client()
        page.force_login(cast.bob, backend="allauth.account.auth_backends.AuthenticationBackend")
        assert "<b>Kake &amp; kaffe</b>" in page.get("/notices/").content.decode()


@pytest.mark.django_db(transaction=True)
def test_two_workers_remind_once(waffles: WaffleFriday, cast: Cast) -> None:
    for person in (cast.alice, cast.bob):
        factories.make_signup(waffles.sitting, person)

    def work(_number: int) -> int:
        try:
            return send_reminders(at=NOON - HOUR)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    assert sorted(Notice.objects.values_list("person__given_name", flat=True)) == ["Alice", "Bob"]
    assert Reminder.objects.count() == 2
