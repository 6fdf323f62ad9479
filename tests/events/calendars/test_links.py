"""The page where one makes, renews and stops an address."""

import datetime as dt
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.utils import translation
from pytest_django import DjangoAssertNumQueries

from engagement.export import everything_about
from engagement.people.models import Person
from events.actions import choose_alarm, make_calendar_link, purge_calendars
from events.calendar_secrets import digest, new_secret
from events.models import CalendarLink
from tests.conftest import Cast
from tests.events.calendars.conftest import SECRET, THURSDAY

PAGE = "/events/calendar/links/"


def made(client: Client, program: str = "apple") -> str:
    """The path of a new address, read off the page that shows it."""
    answer = client.post(PAGE, {"program": program})
    assert answer.status_code == 200
    found = re.search(
        r'value="http://127.0.0.1:8000(/calendar/[\w-]{43}\.ics)"', answer.content.decode()
    )
    assert found
    return found[1]


def test_address_is_shown_once_and_works_until_it_is_renewed(as_bob: Client) -> None:
    first = made(as_bob)
    assert Client().get(first).status_code == 200
    page = as_bob.get(PAGE).content.decode()
    assert first not in page
    assert "/calendar/" not in page.replace("/events/calendar/", "")
    second = made(as_bob)
    assert (Client().get(first).status_code, Client().get(second).status_code) == (404, 200)
    assert CalendarLink.objects.count() == 1


def test_each_program_has_an_address_of_its_own(as_bob: Client) -> None:
    phone, office = made(as_bob, "apple"), made(as_bob, "outlook")
    as_bob.post(PAGE + "revoke/", {"program": "apple"})
    assert (Client().get(phone).status_code, Client().get(office).status_code) == (404, 200)


def test_only_the_hash_is_kept_anywhere(as_bob: Client) -> None:
    secret = made(as_bob).removeprefix("/calendar/").removesuffix(".ics")
    assert CalendarLink.objects.get().secret_hash == digest(secret)
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(
                f'SELECT count(*) FROM "{table}" t WHERE t::text LIKE %s', [f"%{secret}%"]
            )
            assert cursor.fetchone() == (0,), table


def test_secrets_are_256_random_bits() -> None:
    secrets = {new_secret() for _ in range(100)}
    assert len(secrets) == 100
    assert {len(secret) for secret in secrets} == {43}


def test_page_with_an_address_is_never_kept(as_bob: Client) -> None:
    answer = as_bob.post(PAGE, {"program": "apple"})
    assert "no-store" in answer.headers["Cache-Control"]
    words = answer.content.decode()
    assert 'href="webcal://127.0.0.1:8000/calendar/' in words
    assert 'class="qr"' in words


def test_colleagues_have_addresses_of_their_own(as_bob: Client, as_alice: Client) -> None:
    path = made(as_bob)
    as_alice.post(PAGE + "revoke/", {"program": "apple"})
    as_alice.post(PAGE + "alarm/", {"program": "apple", "minutes": "30"})
    assert Client().get(path).status_code == 200
    assert CalendarLink.objects.get().alarm_minutes is None


def test_alarm_is_chosen_and_unchosen(as_bob: Client) -> None:
    made(as_bob)
    for minutes, kept in (("60", 60), ("", None)):
        answer = as_bob.post(PAGE + "alarm/", {"program": "apple", "minutes": minutes})
        assert answer.status_code == 302
        assert CalendarLink.objects.get().alarm_minutes == kept


@pytest.mark.parametrize("facts", [{}, {"program": "pigeon"}, {"program": "apple\0"}])
def test_unknown_program_is_refused(as_bob: Client, facts: dict[str, str]) -> None:
    assert as_bob.post(PAGE, facts).status_code == 422
    assert as_bob.post(PAGE + "revoke/", facts).status_code == 400
    assert as_bob.post(PAGE + "alarm/", facts | {"minutes": "10"}).status_code == 400
    assert CalendarLink.objects.count() == 0


def test_unknown_alarm_is_refused(cast: Cast, as_bob: Client, address: str) -> None:
    answer = as_bob.post(PAGE + "alarm/", {"program": "apple", "minutes": "7"})
    assert answer.status_code == 400
    with (
        translation.override("en"),
        pytest.raises(ValidationError, match="Choose one of the times"),
    ):
        choose_alarm(program="apple", minutes=7, by=cast.bob, at=THURSDAY)


def test_page_asks_little(
    cast: Cast, as_bob: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for programs in (["apple"], ["apple", "google", "outlook"]):
        for program in programs:
            make_calendar_link(program=program, secret=new_secret(), by=cast.bob, at=THURSDAY)
        with django_assert_num_queries(5):
            as_bob.get(PAGE)


def test_export_tells_of_addresses_without_secrets(cast: Cast, address: str) -> None:
    assert everything_about(cast.bob, at=THURSDAY)["calendar_links"] == [
        {
            "program": "apple",
            "made_at": "2026-11-26T08:00:00+00:00",
            "last_read_on": None,
            "alarm_minutes": None,
        }
    ]
    assert everything_about(cast.alice, at=THURSDAY)["calendar_links"] == []
    assert digest(SECRET) not in str(everything_about(cast.bob, at=THURSDAY))


def test_night_deletes_leavers_addresses(cast: Cast, address: str) -> None:
    Person.objects.filter(pk=cast.bob.pk).update(left_on=dt.date(2026, 11, 27))
    make_calendar_link(program="apple", secret="a", by=cast.alice, at=THURSDAY)
    assert purge_calendars(at=THURSDAY) == 0
    assert purge_calendars(at=THURSDAY + dt.timedelta(days=1)) == 1
    assert [link.person for link in CalendarLink.objects.all()] == [cast.alice]


@pytest.mark.django_db(transaction=True)
def test_two_that_renew_at_once_leave_one_address(cast: Cast) -> None:
    def make(number: int) -> str:
        secret = f"secret{number}"
        try:
            make_calendar_link(program="apple", secret=secret, by=cast.bob, at=THURSDAY)
        finally:
            connection.close()
        return secret

    with ThreadPoolExecutor(4) as pool:
        secrets = list(pool.map(make, range(4)))
    assert CalendarLink.objects.get().secret_hash in {digest(secret) for secret in secrets}
