"""My thanks, the postcard and the book of a year: whole, in order, and for nobody else."""

import datetime as dt
import re
import time
from typing import Any

import pytest
import time_machine
from django.test import Client

from engagement import times
from engagement.people.models import Person
from kudos import actions, queries
from kudos.actions import PastKudos
from kudos.looks import LOOKS
from kudos.models import MESSAGE_LENGTH, Kudos, Value
from kudos.number_words import in_words
from tests import factories
from tests.conftest import Cast, sign_in

NOW = dt.datetime(2026, 11, 26, 11, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def in_november() -> Any:
    with time_machine.travel(NOW, tick=True):
        yield


def thank(cast: Cast, at: dt.datetime, message: str = "Takk", **changes: Any) -> None:
    facts: dict[str, Any] = {
        "giver": cast.alice,
        "to": [cast.bob],
        "message": message,
        "value": None,
        "audience": "team",
        "at": at,
    }
    actions.record_past_kudos([PastKudos(**(facts | changes))], day=times.local_date(at))


def day(month: int, number: int = 1, year: int = 2026) -> dt.datetime:
    return dt.datetime(year, month, number, 11, tzinfo=dt.UTC)


@pytest.fixture
def english(cast: Cast) -> Client:
    """Bob, who reads English."""
    Person.objects.filter(pk=cast.bob.pk).update(language="en")
    cast.bob.refresh_from_db()
    return sign_in(Client(), cast.bob)


# --- my thanks ------------------------------------------------------------------------------------


def test_my_thanks_are_by_month_the_newest_first(english: Client, cast: Cast) -> None:
    for month, message in ((2, "Andre"), (11, "Siste"), (2, "Nest andre"), (10, "Tiende")):
        thank(cast, day(month), message)
    thank(cast, day(5, year=2025), "I fjor")
    page = english.get("/kudos/mine/").content.decode()
    assert re.findall(r'id="month-\d+">(\w+)<', page) == ["November", "October", "February"]
    assert re.findall(r"Siste|Tiende|Nest andre|Andre|I fjor", page) == [
        "Siste", "Tiende", "Nest andre", "Andre",
    ]  # fmt: skip
    assert "I fjor" in english.get("/kudos/mine/?year=2025").content.decode()


@pytest.mark.parametrize("year", ["2019", "9999999999", "x", "-1", "\x00", "2026.0"])
def test_year_without_thanks_is_404(as_bob: Client, cast: Cast, year: str) -> None:
    thank(cast, day(11))
    assert as_bob.get("/kudos/mine/", {"year": year}).status_code == 404


def test_nobody_sees_anothers_thanks(as_alice: Client, as_charlie: Client, cast: Cast) -> None:
    thank(cast, day(11), "Bare for Bob")
    for client in (as_alice, as_charlie):
        assert "Bare for Bob" not in client.get("/kudos/mine/").content.decode()
        assert client.get("/kudos/mine/2026/").status_code == 404


def test_what_is_on_hold_withdrawn_or_planned_is_not_there(as_bob: Client, cast: Cast) -> None:
    facts: dict[str, Any] = {
        "by": cast.alice,
        "to": [cast.bob],
        "value": None,
        "audience": "team",
        "wants_wall": False,
        "at": NOW,
    }
    actions.give_kudos(message="Planlagt", release_at=NOW + dt.timedelta(days=1), **facts)
    actions.give_kudos(message="Venter", hold=dt.timedelta(hours=1), **facts)
    gone = actions.give_kudos(message="Angret", hold=dt.timedelta(0), **facts)
    actions.withdraw_kudos(kudos=gone, by=cast.alice, at=NOW)
    assert queries.years_thanked(cast.bob, at=NOW) == []
    page = as_bob.get("/kudos/mine/").content.decode()
    assert [word for word in ("Planlagt", "Venter", "Angret") if word in page] == []


def test_years_and_months_are_those_of_the_organisations_calendar(cast: Cast) -> None:
    # Half past midnight on New Year's Day in Oslo.
    thank(cast, dt.datetime(2025, 12, 31, 23, 30, tzinfo=dt.UTC), "Godt nytt år")
    [year] = queries.years_thanked(cast.bob, at=NOW)
    [month] = queries.thanks_of_year(cast.bob, 2026, at=NOW)
    assert (year.number, year.thanks_count, month.first_day) == (2026, 1, dt.date(2026, 1, 1))
    assert queries.thanks_of_year(cast.bob, 2025, at=NOW) == []


@pytest.mark.parametrize("path", ["/kudos/mine/", "/kudos/mine/2026/"])
def test_pages_ask_no_more_for_many_thanks(
    as_bob: Client, cast: Cast, path: str, django_assert_num_queries: Any
) -> None:
    expected = {"/kudos/mine/": 10, "/kudos/mine/2026/": 7}[path]
    for number in (1, 2, 3):
        thank(cast, day(number), to=[cast.bob, cast.team])
        if number != 2:
            with django_assert_num_queries(expected):
                assert as_bob.get(path).status_code == 200


# --- the book -------------------------------------------------------------------------------------


def test_book_has_a_cover_and_the_months_that_have_any(english: Client, cast: Cast) -> None:
    value = Value.objects.create(key="lift", name_nb="Løfter", name_en="We lift", hue=1)
    thank(cast, day(11), "Siste", value=value)
    thank(cast, day(2), "Første")
    page = english.get("/kudos/mine/2026/").content.decode()
    assert '<p class="book-year">2026</p>' in page
    assert "<bdi>Bob Berg</bdi>" in page
    assert "Two times somebody said thank you." in page
    assert re.findall(r'<section class="book-month"><h2>(\w+)', page) == ["February", "November"]
    assert re.findall(r"Første|Siste|We lift", page) == ["Første", "Siste", "We lift"]
    assert len(re.findall(r'<time datetime="2026-\d\d-\d\d">\d+\. \w+</time>', page)) == 2


def test_book_of_one_thank_you_says_once(english: Client, cast: Cast) -> None:
    thank(cast, day(2))
    assert "Once somebody said thank you." in english.get("/kudos/mine/2026/").content.decode()


@pytest.mark.parametrize("year", [0, 1, 1999, 2019, 9999, 99999])
def test_book_of_a_year_without_thanks_is_404(as_bob: Client, cast: Cast, year: int) -> None:
    thank(cast, day(2))
    assert as_bob.get(f"/kudos/mine/{year}/").status_code == 404


def test_book_of_five_hundred_is_quick_and_light(as_bob: Client, cast: Cast) -> None:
    longest = "Ærlig talt, " * 41
    past = [
        PastKudos(
            giver=cast.alice,
            to=[cast.bob],
            message=f"{number} {longest}"[:MESSAGE_LENGTH],
            value=None,
            audience="team",
            at=day(1) + number * dt.timedelta(hours=15),
        )
        for number in range(500)
    ]
    actions.record_past_kudos(past, day=NOW.date())
    as_bob.get("/kudos/mine/2026/")
    # What it costs, not how long others kept the machine from it.
    began = time.process_time()
    page = as_bob.get("/kudos/mine/2026/")
    assert time.process_time() - began < 1
    assert page.content.count(b'class="book-card') == 500
    assert len(page.content) < 2_000_000


def test_markup_and_turned_text_stay_text(as_bob: Client, cast: Cast) -> None:
    thank(cast, day(2), "<script>alert(1)</script> \u202eשלום")
    for path in ("/kudos/mine/2026/", f"/kudos/{Kudos.objects.get().key}/print/"):
        page = as_bob.get(path).content.decode()
        assert "&lt;script&gt;alert(1)&lt;/script&gt; שלום" in page
        assert "<script>alert" not in page


# --- the postcard ---------------------------------------------------------------------------------


@pytest.mark.parametrize("look", [*LOOKS, "a-theme-day-gone-by"])
def test_postcard_shows_words_sender_day_and_look(english: Client, cast: Cast, look: str) -> None:
    thank(cast, day(11, 3), "Takk for vaflene")
    Kudos.objects.update(look=look)
    page = english.get(f"/kudos/{Kudos.objects.get().key}/print/").content.decode()
    drawn = look if look in LOOKS else "plain"
    assert f'<use href="#look-{drawn}"/>' in page
    assert f'id="look-{drawn}"' in page
    for words in ("Takk for vaflene", "<bdi>Alice Aas</bdi>", "<bdi>Bob Berg</bdi>", "2026"):
        assert words in page


def test_postcard_is_for_whoever_may_read_it(
    as_alice: Client, as_bob: Client, as_charlie: Client, cast: Cast
) -> None:
    thank(cast, day(11), "Bare for teamet")
    address = f"/kudos/{Kudos.objects.get().key}/print/"
    answers = [client.get(address).status_code for client in (as_alice, as_bob, as_charlie)]
    assert answers == [200, 200, 404]


def test_postcard_does_not_name_whoever_keeps_it_private(
    as_alice: Client, as_bob: Client, cast: Cast
) -> None:
    dina = factories.make_person("Dina", "Dal", unit=cast.team)
    thank(cast, day(11), "Takk dere to", to=[cast.bob, dina])
    kudos = Kudos.objects.get()
    actions.keep_private(kudos=kudos, by=cast.bob, is_private=True, at=NOW)
    eva = sign_in(Client(), factories.make_person("Eva", "Eng", unit=cast.team))
    page = eva.get(f"/kudos/{kudos.key}/print/").content.decode()
    assert ("Dina Dal" in page, "Bob Berg" in page) == (True, False)
    assert "Bob Berg" in as_bob.get(f"/kudos/{kudos.key}/print/").content.decode()


# --- numbers in words -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "nb", "en"),
    [
        (0, "null", "zero"),
        (1, "en", "one"),
        (17, "sytten", "seventeen"),
        (21, "tjueen", "twenty-one"),
        (80, "åtti", "eighty"),
        (100, "ett hundre", "one hundred"),
        (101, "ett hundre og en", "one hundred and one"),
        (342, "tre hundre og førtito", "three hundred and forty-two"),
        (1000, "ett tusen", "one thousand"),
        (1015, "ett tusen og femten", "one thousand and fifteen"),
        (2500, "to tusen fem hundre", "two thousand five hundred"),
        (9999, "ni tusen ni hundre og nittini", "nine thousand nine hundred and ninety-nine"),
        (10_000, "10000", "10000"),
        (-1, "-1", "-1"),
    ],
)
def test_numbers_in_words(number: int, nb: str, en: str) -> None:
    assert (in_words(number, "nb"), in_words(number, "en")) == (nb, en)


# --- choices --------------------------------------------------------------------------------------


def test_three_choices_are_shown_and_saved(english: Client, cast: Cast) -> None:
    page = english.get("/kudos/choices/")
    assert {name: page.context["form"][name].value() for name in page.context["form"].fields} == {
        "keeps_private": False, "by_partners": True, "milestones": False,
    }  # fmt: skip
    english.post("/kudos/choices/", {"keeps_private": "on", "milestones": "on"})
    bob = Person.objects.get(pk=cast.bob.pk)
    assert (bob.keeps_thanks_private, bob.is_thanked_by_partners, bob.celebrates_milestones) == (
        True, False, True,
    )  # fmt: skip
    assert "Keep new thank-yous" in page.content.decode()


def test_empty_form_is_no_to_everything(as_bob: Client, cast: Cast) -> None:
    Person.objects.filter(pk=cast.bob.pk).update(celebrates_milestones=True)
    assert as_bob.post("/kudos/choices/", {}).status_code == 302
    bob = Person.objects.get(pk=cast.bob.pk)
    assert (bob.is_thanked_by_partners, bob.celebrates_milestones) == (False, False)


def test_choices_are_ones_own_alone(as_alice: Client, cast: Cast) -> None:
    as_alice.post("/kudos/choices/", {"keeps_private": "on", "person": cast.bob.key})
    assert [one.keeps_thanks_private for one in Person.objects.filter(pk=cast.bob.pk)] == [False]


def test_own_page_leads_to_choices_and_thanks(as_bob: Client) -> None:
    page = as_bob.get("/people/me/").content.decode()
    assert 'href="/kudos/choices/"' in page
    assert 'href="/kudos/mine/"' in page


def test_own_data_tells_of_milestones(cast: Cast) -> None:
    Person.objects.filter(pk=cast.bob.pk).update(
        celebrates_milestones=True, started_on=dt.date(2021, 11, 26)
    )
    actions.celebrate_milestones(at=NOW)
    told = queries.own_data(cast.bob, at=NOW)
    assert told["milestones"] == [
        {"kind": "years", "years": 5, "on": "2026-11-26", "celebrated_at": NOW.isoformat()}
    ]
