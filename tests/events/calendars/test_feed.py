"""The address that calendar programs read."""

import datetime as dt
import re

import icalendar
import pytest
import time_machine
from django.test import Client
from django.utils import translation
from django.utils.translation import gettext
from pytest_django import DjangoAssertNumQueries

from engagement.api.models import RateBucket
from engagement.people.models import Person, Site
from events.models import CalendarLink, Event, Series, SignUp, Sitting
from events.queries.feed import KEPT
from tests import factories as people
from tests.conftest import Cast
from tests.events import factories
from tests.events.calendars.conftest import SECRET, THURSDAY
from tests.events.calendars.rfc5545 import faults
from tests.events.conftest import WaffleFriday

SECOND = dt.timedelta(seconds=1)


def read(address: str) -> list[tuple[str, str, int]]:
    """Status, title and sequence of each event, as a program without any cookie reads them."""
    answer = Client().get(address)
    assert answer.status_code == 200
    assert faults(answer.content) == []
    return [
        (str(one["status"]), str(one["summary"]), int(one["sequence"]))
        for one in icalendar.Calendar.from_ical(answer.content).walk("VEVENT")
    ]


def test_feed_tells_where_one_has_a_place(waffles: WaffleFriday, cast: Cast, address: str) -> None:
    Event.objects.update(own_description="Ta med syltetøy; og <b>sult</b>, gjerne")
    Sitting.objects.update(place="Kantina", sequence=3)
    factories.make_signup(waffles.sitting, cast.bob)
    # What is another's stays so.
    other = factories.make_sitting(waffles.event, starts=dt.time(14))
    factories.make_signup(other, cast.alice)
    answer = Client().get(address)
    assert faults(answer.content) == []
    (event,) = icalendar.Calendar.from_ical(answer.content).walk("VEVENT")
    assert {name: str(event[name]) for name in ("uid", "status", "summary", "location", "url")} == {
        "uid": f"{waffles.sitting.key}@127.0.0.1",
        "status": "CONFIRMED",
        "summary": "Vaffelfredag",
        "location": "Kantina, Trondheim",
        "url": f"http://127.0.0.1:8000/events/{waffles.event.key}/",
    }
    assert str(event["description"]) == "Ta med syltetøy; og <b>sult</b>, gjerne"
    assert event["sequence"] == 3
    assert event["dtstart"].dt == waffles.sitting.starts_at
    assert event["dtend"].dt == waffles.sitting.ends_at
    assert event["dtstart"].params["TZID"] == "Europe/Oslo"
    assert event["last-modified"].dt == waffles.sitting.opens_at
    assert event.walk("VALARM") == []


def test_answer_is_private_and_needs_and_sets_no_cookie(
    waffles: WaffleFriday, cast: Cast, address: str
) -> None:
    client = Client()
    answer = client.get(address)
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert (client.cookies, answer.cookies) == ({}, {})
    head = Client().head(address)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["ETag"] == answer.headers["ETag"]
    assert Client().post(address).status_code == 405


@pytest.mark.parametrize(
    ("state", "told"),
    [
        ("placed", ("CONFIRMED", "Vaffelfredag", 0)),
        ("offered", ("TENTATIVE", "Vaffelfredag (you are offered a place)", 0)),
        ("waiting", ("TENTATIVE", "Vaffelfredag (waiting list)", 0)),
        ("left", ("CANCELLED", "No place: Vaffelfredag", 0)),
        ("lapsed", ("CANCELLED", "No place: Vaffelfredag", 0)),
    ],
)
def test_state_of_a_place_is_the_status(
    waffles: WaffleFriday, cast: Cast, address: str, state: str, told: tuple[str, str, int]
) -> None:
    facts = {
        "offered": {"offered_at": THURSDAY, "offer_until": THURSDAY + SECOND},
        "lapsed": {"offered_at": THURSDAY - SECOND, "offer_until": THURSDAY},
        "left": {"left_at": THURSDAY},
    }
    factories.make_signup(waffles.sitting, cast.bob, state=state, **facts.get(state, {}))
    assert read(address) == [told]


def test_whoever_left_and_came_again_is_told_once(
    waffles: WaffleFriday, cast: Cast, address: str
) -> None:
    factories.make_signup(waffles.sitting, cast.bob, state="left", left_at=THURSDAY - SECOND)
    factories.make_signup(waffles.sitting, cast.bob)
    job = factories.make_job(waffles.sitting)
    factories.make_signup(waffles.sitting, cast.bob, job=job)
    assert read(address) == [("CONFIRMED", "Vaffelfredag", 0)]
    assert b"Steking" in Client().get(address).content


def test_cancelled_and_left_sittings_stay_for_thirty_days(
    waffles: WaffleFriday, cast: Cast, address: str, clock: time_machine.Traveller
) -> None:
    far = factories.make_event(waffles.series, factories.FRIDAY + dt.timedelta(days=70))
    cancelled = factories.make_sitting(far, cancelled_at=THURSDAY)
    factories.make_signup(cancelled, cast.bob)
    left = factories.make_sitting(far, starts=dt.time(14))
    factories.make_signup(left, cast.bob, state="left", left_at=THURSDAY)
    both = [("CANCELLED", "Cancelled: Vaffelfredag", 0), ("CANCELLED", "No place: Vaffelfredag", 0)]
    assert read(address) == both
    clock.move_to(THURSDAY + KEPT - SECOND)
    assert read(address) == both
    tag = Client().get(address).headers["ETag"]
    clock.move_to(THURSDAY + KEPT)
    # That time alone took something away is a change too.
    again = Client().get(address, headers={"if-none-match": tag})
    assert again.status_code == 200
    assert read(address) == []


def test_cancelled_event_is_told_with_its_reason(
    waffles: WaffleFriday, cast: Cast, address: str
) -> None:
    factories.make_signup(waffles.sitting, cast.bob)
    Event.objects.update(cancelled_at=THURSDAY, cancel_reason="Jernet er i stykker")
    assert read(address) == [("CANCELLED", "Cancelled: Vaffelfredag", 0)]
    assert "Jernet er i stykker" in Client().get(address).content.decode()


def test_feed_speaks_its_persons_language(waffles: WaffleFriday, cast: Cast, address: str) -> None:
    factories.make_signup(waffles.sitting, cast.bob, state="waiting")
    # Whatever the program that asks says of itself.
    for language, other in (("en", "nb"), ("nb", "en")):
        cast.bob.language = language
        cast.bob.save()
        with translation.override(language):
            words = gettext("%(title)s (waiting list)") % {"title": "Vaffelfredag"}
        answer = Client().get(address, headers={"accept-language": other})
        assert f"SUMMARY:{words}\r\n" in answer.content.decode()


def test_unchanged_feed_is_a_304_for_one_query(
    waffles: WaffleFriday,
    cast: Cast,
    address: str,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(3):
        day = factories.FRIDAY + dt.timedelta(days=7 * number)
        event = factories.make_event(waffles.series, day) if number else waffles.event
        sitting = factories.make_sitting(event, site=cast.trondheim, starts=dt.time(9))
        factories.make_signup(sitting, cast.bob)
    # The first of a day notes that it was read.
    with django_assert_num_queries(3):
        first = Client().get(address)
    with django_assert_num_queries(2):
        assert Client().get(address).content == first.content
    tag = first.headers["ETag"]
    for method in (Client().get, Client().head):
        with django_assert_num_queries(1):
            answer = method(address, headers={"if-none-match": tag})
        assert (answer.status_code, answer.content) == (304, b"")
        assert answer.headers["ETag"] == tag
    weak = Client().get(address, headers={"if-none-match": f"W/{tag}"})
    assert weak.status_code == 304


def test_every_change_makes_another_tag(waffles: WaffleFriday, cast: Cast, address: str) -> None:
    signup = factories.make_signup(waffles.sitting, cast.bob, state="waiting")

    def tag() -> str:
        return Client().get(address).headers["ETag"]

    tags = [tag()]
    for model, facts in (
        (Sitting, {"place": "Peisestua"}),
        (Sitting, {"sequence": 1}),
        (Sitting, {"changed_at": THURSDAY}),
        (Sitting, {"ends_at": waffles.sitting.ends_at + SECOND}),
        (Sitting, {"cancelled_at": THURSDAY}),
        (Event, {"own_title": "Kakefredag"}),
        (Event, {"own_description": "Med krem"}),
        (Event, {"cancelled_at": THURSDAY, "cancel_reason": "Feber"}),
        (SignUp, {"state": "left", "left_at": THURSDAY}),
        (CalendarLink, {"alarm_minutes": 30}),
        (Series, {"title": "Ny"}),
        (Site, {"city": "Trondheim", "timezone": "Europe/Vilnius"}),
        (Person, {"language": "nb"}),
    ):
        model.objects.update(**facts)  # type: ignore[attr-defined]
        tags.append(tag())
    assert len(set(tags)) == len(tags)
    assert tag() == tags[-1]
    signup.delete()
    assert tag() not in tags


def test_alarm_rings_when_it_was_chosen(waffles: WaffleFriday, cast: Cast, address: str) -> None:
    factories.make_signup(waffles.sitting, cast.bob)
    CalendarLink.objects.update(alarm_minutes=30)
    answer = Client().get(address)
    assert faults(answer.content) == []
    assert b"TRIGGER:-PT30M" in answer.content


def test_day_of_reading_is_noted(
    waffles: WaffleFriday, address: str, clock: time_machine.Traveller
) -> None:
    assert CalendarLink.objects.get().last_read_on is None
    Client().get(address)
    assert CalendarLink.objects.get().last_read_on == dt.date(2026, 11, 26)
    clock.move_to(THURSDAY + dt.timedelta(days=1))
    Client().get(address)
    assert CalendarLink.objects.get().last_read_on == dt.date(2026, 11, 27)


@pytest.mark.parametrize(
    "secret",
    [
        SECRET[:-1] + "y",
        SECRET + "x",
        SECRET.upper(),
        "x",
        "%00",
        "æøå",
        "x" * 3000,
        "' OR '1'='1",
    ],
)
def test_wrong_secret_is_nothing_here(
    waffles: WaffleFriday,
    cast: Cast,
    address: str,
    secret: str,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    factories.make_signup(waffles.sitting, cast.bob)
    # The same two, whatever is wrong: look, and count.
    with django_assert_num_queries(2):
        answer = Client().get(f"/calendar/{secret}.ics")
    assert answer.status_code == 404
    assert "Vaffelfredag" not in answer.content.decode()


def test_no_address_stands_in_the_log(
    address: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    for path in (address, "/calendar/mistyped.ics"):
        Client().get(path)
    assert (caplog.text, capfd.readouterr().err) == ("", "")


def test_hash_that_is_kept_opens_nothing(waffles: WaffleFriday, address: str) -> None:
    kept = CalendarLink.objects.get().secret_hash
    assert re.fullmatch("[0-9a-f]{64}", kept)
    assert Client().get(f"/calendar/{kept}.ics").status_code == 404


def test_guessing_is_slowed_down_and_right_addresses_are_not(
    waffles: WaffleFriday, address: str
) -> None:
    answers = [Client().get(f"/calendar/wrong{number}.ics").status_code for number in range(62)]
    assert answers == [404] * 60 + [429] * 2
    # A service that asks for many people from one network is not held up by one old address.
    assert Client().get(address).status_code == 200
    elsewhere = Client(REMOTE_ADDR="192.0.2.7")
    assert elsewhere.get("/calendar/wrong.ics").status_code == 404
    assert set(RateBucket.objects.values_list("name", flat=True)) == {
        "calendar:127.0.0.1",
        "calendar:192.0.2.7",
    }


def test_leavers_address_is_dead_with_their_last_day(
    waffles: WaffleFriday, cast: Cast, address: str, clock: time_machine.Traveller
) -> None:
    Person.objects.filter(pk=cast.bob.pk).update(left_on=dt.date(2026, 11, 27))
    assert Client().get(address).status_code == 200
    clock.move_to(THURSDAY + dt.timedelta(days=1))
    assert Client().get(address).status_code == 404


def test_sittings_keep_the_wall_clock_of_their_site(
    waffles: WaffleFriday, cast: Cast, address: str
) -> None:
    vilnius = people.make_site("Vilnius")
    vilnius.timezone = "Europe/Vilnius"
    vilnius.save()
    sitting = factories.make_sitting(waffles.event, site=vilnius)
    factories.make_signup(sitting, cast.bob)
    answer = Client().get(address)
    assert faults(answer.content) == []
    assert b"DTSTART;TZID=Europe/Vilnius:20261127T120000" in answer.content
