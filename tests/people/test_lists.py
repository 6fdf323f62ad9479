"""Pasted lists of people: what is meant is found, and what is not is named with its line and why."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override

from engagement import times
from engagement.people.lists import MOST_LISTED, Listed, find_listed, read_list, written_list
from engagement.people.models import Person
from engagement.people.queries import placed_people
from tests import factories
from tests.conftest import Cast


@pytest.fixture(autouse=True)
def english() -> object:
    with override("en"):
        yield


def read(text: str, viewer: Person) -> Listed:
    return read_list(text, among=placed_people(times.today()), viewer=viewer)


def names(text: str, viewer: Person) -> list[str]:
    found = read(text, viewer)
    assert found.wrong == []
    assert found.left == ""
    return [one.given_name for one in found.people]


def make(given: str, family: str, **facts: object) -> Person:
    return factories.make_person(given, family, **facts)  # type: ignore[arg-type]


@pytest.fixture
def ola(cast: Cast) -> Person:
    return make(
        "Ola", "Dahl", employee_number="4711", email="ola.dahl@fjordtel.example",
        employer=cast.employer,
    )  # fmt: skip


@pytest.fixture
def kari(cast: Cast) -> Person:
    return make("Kari Anne", "Moe Ødegård", employee_number="4712", employer=cast.employer)


WAYS = [
    "4711\n4712",
    "4711 4712",
    "4711, 4712,",
    "OLA.DAHL@fjordtel.example\r\n4712",
    "Ola Dahl\nKari Anne Moe Ødegård",
    "ola dahl\n  kari   moe\n\n",
    "Dahl, Ola\nMoe Ødegård, Kari Anne",
    "Ola Dahl, Kari Moe",
    "Ola Dahl; 4712",
    "Ola Dahl <ola.dahl@fjordtel.example>; Kari (HR) 4712",
    '"Dahl, Ola (Kundeservice)" <ola.dahl@fjordtel.example>, 4712',
    "Dahl - Fjordtel AS <ola.dahl@fjordtel.example>\n4712 Kari Moe",
    "4711\tOla\tDahl\tTeam Nordlys\tola.dahl@fjordtel.example\n\tKari\tMoe\t",
    "4711\tOla Dahl\t01.02.2020\t+47 900 00 000\nOLA.DAHL@fjordtel.example\t4712\n4712\tKari\t2",
    "\ufeff4711\u200b\n\u200eKari\xa0Moe\u202c",
    "4711\nOla Dahl\nola.dahl@fjordtel.example\n4712",
]


@pytest.mark.parametrize("text", WAYS)
def test_list_is_understood_as_people_write_it(ola: Person, kari: Person, text: str) -> None:
    assert names(text, ola) == ["Ola", "Kari Anne"]


def test_ids_are_understood_too(ola: Person) -> None:
    assert names(f"{ola.key}\n", ola) == ["Ola"]


@pytest.mark.parametrize(
    ("text", "line", "shown", "why"),
    [
        ("4711\n9999999", 2, "9999999", "Nobody you can choose has this number or address."),
        ("nobody@x.no", 1, "nobody@x.no", "Nobody you can choose has this number or address."),
        ("\n\nOle Dahl", 3, "Ole Dahl", "Nobody you can choose has this name."),
        ("Ola", 1, "Ola", "Write first and last name, or the number."),
        ("Ola Dah", 1, "Ola Dah", "Nobody you can choose has this name."),
        (
            "4711 Kari Moe", 1, "Kari Moe",
            "The name does not belong to what stands beside it. One person a line.",
        ),
        (
            "Per Lie", 1, "Per Lie",
            "Several people have this name. Write the number or the e-mail address.",
        ),
        ("<script>alert(1)</script>", 1, "script>alert(1)</script", "Nobody you can choose has this number or address."),
        (
            "4711\t4712\tOla", 1, "4711 4712 Ola",
            "Several people fit this row. Paste the column with the e-mail addresses alone.",
        ),
        ("01.02.2020\tOla", 1, "01.02.2020 Ola", "Nobody you can choose has this number or address."),
        ("Ola (4712)", 1, "Ola", "The name does not belong to what stands beside it. One person a line."),
        ("Gone Away", 1, "Gone Away", "Nobody you can choose has this name."),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_its_line_and_why(
    cast: Cast, ola: Person, kari: Person, text: str, line: int, shown: str, why: str
) -> None:
    make("Per", "Lie", employee_number="777", employer=cast.employer)
    make("Per", "Lie", employee_number="777", employer=cast.partner)
    make("Gone", "Away", left_on=times.today())
    [wrong] = read(text, ola).wrong
    assert (wrong.line, wrong.text, wrong.why) == (line, shown, why)
    assert str(wrong) == f"Line {line}, “{shown}”: {why}"


def test_what_is_wrong_is_left_and_the_rest_is_found(ola: Person, kari: Person) -> None:
    found = read("4711\n  Nobody Here \nKari Moe\n12345678 x", ola)
    assert [one.given_name for one in found.people] == ["Ola", "Kari Anne"]
    assert found.left == "  Nobody Here \n12345678 x"
    assert [one.line for one in found.wrong] == [2, 4]


def test_exact_name_is_meant_before_a_longer_one(ola: Person) -> None:
    make("Ola Magnus", "Dahl")
    assert names("Ola Dahl", ola) == ["Ola"]
    assert names("Ola Magnus Dahl", ola) == ["Ola Magnus"]


def test_list_finds_nobody_beyond_those_it_is_read_among(cast: Cast, ola: Person) -> None:
    among = placed_people(times.today()).exclude(pk=ola.pk)
    for text in ("4711", "Ola Dahl", "ola.dahl@fjordtel.example", ola.key):
        found = read_list(text, among=among, viewer=ola)
        assert found.people == []
        [wrong] = found.wrong
        assert wrong.why.startswith("Nobody you can choose has this")


@pytest.mark.parametrize("count", [1, 300])
def test_list_takes_three_queries(ola: Person, kari: Person, count: int) -> None:
    with CaptureQueriesContext(connection) as taken:
        assert names("4711\nKari Moe\n" * count, ola) == ["Ola", "Kari Anne"]
    assert len(taken) == 3


@pytest.mark.parametrize(
    "text",
    ["", "\n\n", " , ;;\t", "\x00", "…", "a " * 100_000, "<" * 50_000, "(" * 50_000, "@", "💥"],
)
def test_hostile_list_is_answered(ola: Person, text: str) -> None:
    found = read(text, ola)
    assert found.people == []
    assert all(len(one.text) <= 60 for one in found.wrong)


def test_list_of_too_many_is_refused_whole(ola: Person) -> None:
    text = "4711\n" * (MOST_LISTED + 1)
    found = read(text, ola)
    assert (found.people, found.left) == ((), text)
    assert found.wrong[0].why == "At most 5000 people on a list."
    row = " ".join(map(str, range(100_000)))
    assert [one.why for one in read(row, ola).wrong] == ["At most 5000 people on a list."]


@pytest.mark.parametrize("key", ["pbcdfghjkmnpqrs", "p0123456789bcdf", "pzzzzzzzzzzzzz9"])
def test_ids_are_known_by_their_shape(ola: Person, key: str) -> None:
    Person.objects.filter(pk=ola.pk).update(key=key)
    assert names(f"{key}\n", ola) == ["Ola"]
    assert names(f"Ola Dahl {key}", ola) == ["Ola"]


@pytest.mark.parametrize(
    "word", ["pbcdfghjkmnpqr", "pbcdfghjkmnpqrst", "pbcdfghjkmnpqra", "ubcdfghjkmnpqrs"]
)
def test_word_of_another_shape_is_a_name(ola: Person, word: str) -> None:
    [wrong] = read(word, ola).wrong
    assert wrong.why == "Write first and last name, or the number."


def test_numbers_and_addresses_of_another_employer_tell_nobody(cast: Cast, ola: Person) -> None:
    away = make(
        "Eva", "Berg", employee_number="91", email="eva@nordsvar.example", employer=cast.partner
    )
    for text in ("91", "eva@nordsvar.example", "Eva Berg 91", "91\tEva Berg"):
        found = read(text, ola)
        assert found.people == []
        assert [one.why for one in found.wrong] == [
            "Nobody you can choose has this number or address."
        ]
    among = placed_people(times.today())
    assert find_listed(["91", "EVA@nordsvar.example"], among=among, viewer=ola) == (
        [], ["91", "EVA@nordsvar.example"]
    )  # fmt: skip
    for text in ("Eva Berg", away.key):
        assert names(text, ola) == ["Eva"]
    assert find_listed([away.key], among=among, viewer=ola) == ([away], [])
    # The same number at two employers is one's own.
    mine = make("Per", "Lie", employee_number="91", employer=cast.employer)
    assert read("91", ola).people == [mine]


@pytest.mark.parametrize("text", ["4711 Kari Moe", "Kari (4711)", "ola.dahl@fjordtel.example Kari"])
def test_nobody_is_found_by_a_number_beside_another_name(
    ola: Person, kari: Person, text: str
) -> None:
    found = read(text, ola)
    assert (found.people, len(found.wrong), found.left) == ([], 1, text)


def test_names_between_commas_are_counted_before_they_are_looked_up(ola: Person) -> None:
    for text in ("a," * 250_000, "a;" * 250_000, "Dahl, Ola\n" * (MOST_LISTED + 1)):
        found = read(text, ola)
        assert [one.why for one in found.wrong] == ["At most 5000 people on a list."]
    assert names("Dahl, Ola\n" * MOST_LISTED, ola) == ["Ola"]


@pytest.mark.parametrize("key", ["pbcdfghjkmnpqrs", "p0123456789bcdf"])
def test_written_list_reads_as_the_same_people_and_keeps_contact_within_the_employer(
    cast: Cast, ola: Person, kari: Person, key: str
) -> None:
    twin = make("Per", "Lie", employee_number="777", employer=cast.employer)
    away = make(
        "Per", "Lie", employee_number="777", email="per@nordsvar.example", employer=cast.partner,
        key=key,
    )  # fmt: skip
    people = [ola, kari, twin, away]
    text = written_list(people, viewer=ola)
    assert text == f"ola.dahl@fjordtel.example\n4712\n777\n{key}"
    assert [one.pk for one in read(text, ola).people] == [one.pk for one in people]
    assert written_list(people, viewer=away).splitlines()[:3] == [ola.key, kari.key, twin.key]
