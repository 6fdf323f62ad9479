"""Mixed groups from pasted lists: what a line may be, and what is said of one that is none."""

import re
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils.translation import override

from engagement.people.models import Membership, Person, RoleAssignment
from engagement.people.tree import Tree
from events import actions, mixed_groups
from events.access.planning import reach_of
from events.competition_facts import GroupFacts
from events.models import Competition
from events.queries.listed_groups import Wrong, read_lists
from tests import factories
from tests.conftest import Cast, sign_in
from tests.events.competitions.arena import ENDS, MIDDLE, RUNS, Arena

NEW = "/events/competitions/new/?kind=mixed"


@pytest.fixture(autouse=True)
def _now() -> Any:
    with time_machine.travel(RUNS, tick=False):
        yield


def read(by: Person, *lists: str) -> list[list[tuple[int, Person | None, Wrong | None, int]]]:
    day = RUNS.date()
    found = read_lists(lists, reach=reach_of(by, tree=Tree.on(day)), viewer=by, day=day)
    return [[(one.number, one.person, one.wrong, one.other) for one in lines] for lines in found]


def sent(arena: Arena, *lists: str, **facts: Any) -> dict[str, Any]:
    """A whole page with a group for each list."""
    rows = {f"group_name_{n}": name for n, name in zip(range(len(lists)), "ABCD", strict=False)}
    rows |= {f"group_people_{n}": text for n, text in enumerate(lists)}
    return {
        "title": "Lesevinter", "unit_word": "bøker", "first_day": "2026-12-07",
        "last_day": "2026-12-22", "closes": "15:00", "rounds": "once", "emblem": "learn",
        "place": arena.site.key, "names": "", "assembling": "listed", "by_people": "on",
        "tie_rule": "shared", "most_per_entry": "5", "most_per_day": "5",
    } | rows | facts  # fmt: skip


def numbers(people: list[Person]) -> str:
    return "\n".join(one.employee_number for one in people)


def members(competition: Competition) -> dict[str, list[Person]]:
    return {
        group.name: [one.person for one in group.members.order_by("pk")]
        for group in competition.groups.order_by("number")
    }


def test_line_may_be_a_number_an_address_an_id_or_a_name(arena: Arena, cast: Cast) -> None:
    ola, kari = arena.ours[2], arena.theirs[0]
    text = "\r\n".join(
        [
            cast.alice.employee_number,
            "",
            "Bob Berg <BOB@Fjordtel.example>",
            f" {ola.key} ",
            "kari0  SØR",
        ]
    )
    assert read(arena.manager, text) == [
        [
            (1, cast.alice, None, 0),
            (3, cast.bob, None, 0),
            (4, ola, None, 0),
            (5, kari, None, 0),
        ]
    ]


@pytest.mark.parametrize(
    "line", ["{number}\tAlice\tAas", "Aas, Alice", "Alice Aas;{number}", "“?”"]
)
def test_columns_of_a_spreadsheet_are_one_person(arena: Arena, cast: Cast, line: str) -> None:
    found = read(arena.manager, line.format(number=cast.alice.employee_number))
    wanted = (1, None, Wrong.UNKNOWN, 0) if line == "“?”" else (1, cast.alice, None, 0)
    assert found == [[wanted]]


def test_each_line_that_is_wrong_says_why(arena: Arena, cast: Cast) -> None:
    gone = factories.make_person("Gunn", "Gått", unit=arena.nordlys)
    Person.objects.filter(pk=gone.pk).update(left_on=RUNS.date())
    for _n in range(2):
        factories.make_person("Like", "Navn", unit=arena.nordlys)
    first = "\n".join(
        [
            cast.alice.email,
            "0000",
            cast.charlie.name,
            gone.employee_number,
            "Like Navn",
            "Alice Aas",
        ]
    )
    second = f"{cast.bob.email}\n{cast.alice.employee_number}"
    assert read(arena.manager, first, second) == [
        [
            (1, cast.alice, None, 0),
            (2, None, Wrong.UNKNOWN, 0),
            (3, None, Wrong.OUTSIDE, 0),
            (4, None, Wrong.LEFT, 0),
            (5, None, Wrong.SEVERAL, 0),
            (6, cast.alice, Wrong.TWICE, 1),
        ],
        [(1, cast.bob, None, 0), (2, cast.alice, Wrong.ELSEWHERE, 0)],
    ]


def test_of_others_who_have_left_a_list_tells_nothing(arena: Arena, cast: Cast) -> None:
    Person.objects.filter(pk=cast.charlie.pk).update(left_on=RUNS.date())
    assert read(arena.manager, cast.charlie.name) == [[(1, None, Wrong.UNKNOWN, 0)]]
    assert read(cast.admin, cast.charlie.name) == [[(1, None, Wrong.LEFT, 0)]]
    assert read(cast.admin, cast.charlie.email) == [[(1, None, Wrong.UNKNOWN, 0)]]


def test_numbers_and_addresses_of_another_employer_tell_nobody(arena: Arena, cast: Cast) -> None:
    away = cast.charlie
    for by, of_name in ((arena.manager, Wrong.OUTSIDE), (cast.admin, None)):
        for line in (away.employee_number, away.email, f"{away.name} {away.employee_number}"):
            assert read(by, line) == [[(1, None, Wrong.UNKNOWN, 0)]]
        found = None if of_name else away
        assert read(by, away.name) == [[(1, found, of_name, 0)]]
    assert read(arena.manager, away.key) == [[(1, None, Wrong.UNKNOWN, 0)]]
    assert read(cast.admin, away.key) == [[(1, away, None, 0)]]


def test_number_of_ones_own_employer_beyond_reach_is_nobodys(arena: Arena, cast: Cast) -> None:
    elsewhere = factories.make_person("Eli", "Lund", employer=cast.employer)
    assert read(arena.manager, f"{elsewhere.employee_number}\nEli Lund") == [
        [(1, None, Wrong.UNKNOWN, 0), (2, None, Wrong.OUTSIDE, 0)]
    ]


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("{alice}; {bob}", Wrong.TOGETHER),
        ("{alice} {bob}", Wrong.TOGETHER),
        ("Alice Aas, Bob Berg", Wrong.TOGETHER),
        ("Alice Aas\tBob Berg", Wrong.TOGETHER),
        ("{number};Bob Berg", Wrong.TOGETHER),
        ("{alice}; nobody@x.no", Wrong.UNKNOWN),
        ("Alice Aas, Bob Bergh", Wrong.UNKNOWN),
        ("{number} Bob Berg", Wrong.MISNAMED),
        ("{number}, Bob", Wrong.MISNAMED),
        ("{number}\tBob Berg", Wrong.MISNAMED),
        ("{number};Bob Bergh", Wrong.UNKNOWN),
        ("Alice Aas <{bob}>", None),
    ],
)
def test_line_of_two_is_nobody(arena: Arena, cast: Cast, line: str, wrong: Wrong | None) -> None:
    text = line.format(
        alice=cast.alice.email, bob=cast.bob.email, number=cast.alice.employee_number
    )
    person = cast.bob if wrong is None else None
    assert read(arena.manager, text) == [[(1, person, wrong, 0)]]


def test_row_of_a_sheet_may_have_more_in_it(arena: Arena, cast: Cast) -> None:
    alice, bob = cast.alice, cast.bob
    text = f"{alice.employee_number}\tAlice Aas\tTeam Nordlys\t01.02.2020\nBob Berg\tTeam Nordlys\n"
    assert read(arena.manager, text) == [[(1, alice, None, 0), (2, bob, None, 0)]]


def test_lists_that_are_too_long_are_not_read(arena: Arena, monkeypatch: Any) -> None:
    sizes: list[list[int]] = []

    def counted(lists: Any, **facts: Any) -> Any:
        sizes.append([len(one) for one in lists])
        return read_lists(lists, **facts)

    monkeypatch.setattr(mixed_groups, "read_lists", counted)
    client = sign_in(Client(), arena.manager)
    text = "x\n" * (mixed_groups.MOST_IN_A_GROUP + 1)
    with override("en"):
        answer = client.post(NEW, sent(arena, text, numbers(arena.theirs)))
    assert list(answer.context["form"].errors) == ["group_people_0"]
    assert sizes == [[0, len(numbers(arena.theirs))]]
    assert read(arena.manager, "x " * 100_000)[0][0][2] == Wrong.UNKNOWN


def test_page_makes_groups_of_two_pasted_lists(arena: Arena) -> None:
    client = sign_in(Client(), arena.manager)
    assert 'data-testid="group-lists"' in client.get(NEW).content.decode()
    answer = client.post(NEW, sent(arena, numbers(arena.ours), numbers(arena.theirs)))
    assert answer.status_code == 302, answer.context["form"].errors
    made = Competition.objects.get()
    assert members(made) == {"A": arena.ours, "B": arena.theirs}
    assert made.is_joined_freely is False


def test_wrong_lines_are_named_and_nothing_typed_is_lost(arena: Arena, cast: Cast) -> None:
    first = f"{numbers(arena.ours)}\n<b>hvem</b>\u202e\n{cast.charlie.name}"
    second = f"{numbers(arena.theirs)}\n{cast.alice.email}"
    with override("en"):
        client = sign_in(Client(headers={"accept-language": "en"}), arena.manager)
        Person.objects.filter(pk=arena.manager.pk).update(language="en")
        answer = client.post(NEW, sent(arena, first, second))
    assert answer.status_code == 422
    assert Competition.objects.count() == 0
    errors = answer.context["form"].errors
    assert list(errors["group_people_0"]) == [
        "Line 7, “<b>hvem</b>”: nobody here. Look for a slip of the pen.",
        "Line 8, “Charlie Dahl”: not one of those you plan for. Take the line out.",
    ]
    assert list(errors["group_people_1"]) == [
        "Line 7, “alice@fjordtel.example”: is in A already. Choose one of the groups."
    ]
    shown = answer.content.decode()
    for kept in ("Lesevinter", "&lt;b&gt;hvem&lt;/b&gt;", arena.theirs[5].employee_number):
        assert kept in shown
    assert "<b>hvem" not in shown


@pytest.mark.parametrize(
    ("lists", "facts", "field"),
    [
        (["x"], {"group_name_0": ""}, "group_name_0"),
        (["", "x"], {"group_name_0": "A"}, "group_people_0"),
        ([], {}, "__all__"),
        ([], {"assembling": "joined"}, "names"),
        ([], {"assembling": "kept", "names": "A\nB"}, "assembling"),
    ],
)
def test_what_is_missing_is_asked_for(
    arena: Arena, lists: list[str], facts: dict[str, Any], field: str
) -> None:
    client = sign_in(Client(), arena.manager)
    answer = client.post(NEW, sent(arena, *lists, **facts))
    assert answer.status_code == 422
    assert field in answer.context["form"].errors


def test_group_of_four_is_refused_with_its_name(arena: Arena) -> None:
    client = sign_in(Client(), arena.manager)
    answer = client.post(NEW, sent(arena, numbers(arena.ours[:4]), numbers(arena.theirs)))
    assert answer.status_code == 422
    assert len(answer.context["form"].errors["__all__"]) == 1
    assert Competition.objects.count() == 0


def test_many_wrong_lines_are_told_as_a_number(arena: Arena) -> None:
    client = sign_in(Client(), arena.manager)
    text = "\n".join(f"nobody{n}" for n in range(50))
    errors = client.post(NEW, sent(arena, text, text)).context["form"].errors
    assert [len(errors[f"group_people_{n}"]) for n in (0, 1)] == [21, 21]


def edited(client: Client, competition: Competition, **facts: Any) -> Any:
    """Presses Save on the page of ``competition`` with only ``facts`` changed."""
    address = f"/events/competitions/{competition.key}/edit/"
    form = client.get(address).context["form"]
    now = {name: form[name].value() for name in form.fields}
    now |= {"closes": "15:00", "most_per_entry": "100", "most_per_day": "200"} | facts
    return client.post(
        address, {name: value for name, value in now.items() if value not in (None, False, "")}
    )


def listed(arena: Arena) -> Competition:
    groups = [GroupFacts("A", members=arena.ours), GroupFacts("B", members=arena.theirs)]
    return arena.make(groups=groups, kind="mixed", for_site=arena.site, rounds=[(MIDDLE, ENDS)])


def test_groups_stay_as_they_are_under_new_names_and_without_who_left(arena: Arena) -> None:
    competition = listed(arena)
    Person.objects.filter(pk=arena.ours[5].pk).update(left_on=RUNS.date())
    client = sign_in(Client(), arena.manager)
    assert edited(client, competition, title="Ny", names="Ravn\nB").status_code == 302
    competition.refresh_from_db()
    assert competition.title == "Ny"
    assert members(competition) == {"Ravn": arena.ours[:5], "B": arena.theirs}
    answer = edited(client, competition, names="Ravn\nB\nC")
    assert (answer.status_code, "names" in answer.context["form"].errors) == (422, True)


def moved_away(person: Person, cast: Cast) -> None:
    """To a unit that Mona does not plan for."""
    hamar = factories.make_unit("Team Hamar", employer=cast.employer)
    Membership.objects.filter(person=person).delete()
    Membership.objects.create(person=person, unit=hamar, from_on=factories.LONG_AGO)


def test_member_who_moved_away_stays_when_the_groups_stay(arena: Arena, cast: Cast) -> None:
    competition = listed(arena)
    moved_away(arena.ours[5], cast)
    client = sign_in(Client(), arena.manager)
    answer = edited(client, competition, title="Ny")
    assert answer.status_code == 302, answer.context["form"].errors
    assert members(competition) == {"A": arena.ours, "B": arena.theirs}
    # Nobody else from there comes in.
    stranger = factories.make_person("Ny", "Mann")
    moved_away(stranger, cast)
    groups = [
        GroupFacts("A", members=[*arena.ours, stranger]),
        GroupFacts("B", members=arena.theirs),
    ]
    facts = arena.facts(groups=groups, kind="mixed", for_site=arena.site, rounds=[(MIDDLE, ENDS)])
    with pytest.raises(ValidationError) as refused:
        actions.change_competition(competition=competition, facts=facts, by=arena.manager, at=RUNS)
    assert list(refused.value.message_dict) == ["groups"]


def test_lists_name_whom_they_take_out(arena: Arena, cast: Cast) -> None:
    competition = listed(arena)
    address = f"/events/competitions/{competition.key}/edit/"
    client = sign_in(Client(), arena.manager)
    assert "members-gone" not in client.get(address).content.decode()
    moved_away(arena.ours[5], cast)
    Person.objects.filter(pk=arena.ours[4].pk).update(left_on=RUNS.date())
    answer = client.get(address)
    assert answer.context["form"].gone == [arena.ours[5].name]
    [told] = re.findall(r'data-testid="members-gone">.*?</p>', answer.content.decode())
    assert arena.ours[5].name in told
    assert arena.ours[4].name not in told
    admin = sign_in(Client(), cast.admin).get(address)
    assert admin.context["form"].gone == []


def test_lists_of_another_employer_show_neither_addresses_nor_numbers(
    arena: Arena, cast: Cast
) -> None:
    guests = [
        factories.make_person(
            f"Gjest{n}", "Vik", unit=arena.sorlys, employer=cast.partner,
            employee_number=f"G-{n}-77", email=f"gjest{n}@nordsvar.example" if n else "",
        )
        for n in range(5)
    ]  # fmt: skip
    groups = [GroupFacts("A", members=arena.ours), GroupFacts("B", members=guests)]
    competition = arena.make(
        groups=groups, kind="mixed", for_site=arena.site, rounds=[(MIDDLE, ENDS)]
    )
    client = sign_in(Client(), arena.manager)
    answer = client.get(f"/events/competitions/{competition.key}/edit/")
    shown = answer.content.decode()
    assert [one.pk for one in guests if one.employee_number in shown] == []
    assert "@nordsvar.example" not in shown
    text = answer.context["form"]["group_people_1"].value()
    assert text.splitlines() == [one.key for one in guests]
    assert edited(client, competition, assembling="listed").status_code == 302
    assert members(competition) == {"A": arena.ours, "B": guests}


def test_lists_show_who_is_in_and_change_that(arena: Arena, cast: Cast) -> None:
    competition = listed(arena)
    client = sign_in(Client(), arena.manager)
    address = f"/events/competitions/{competition.key}/edit/"
    shown = client.get(address).context["form"]
    text = shown["group_people_0"].value()
    assert text.splitlines()[:2] == [cast.alice.email, cast.bob.email]
    moved = [*text.splitlines()[1:]]
    there = [*shown["group_people_1"].value().splitlines(), cast.alice.email]
    answer = edited(
        client, competition, assembling="listed",
        group_people_0="\n".join(moved), group_people_1="\n".join(there),
    )  # fmt: skip
    assert answer.status_code == 302, answer.context["form"].errors
    assert members(competition) == {"A": arena.ours[1:], "B": [*arena.theirs, cast.alice]}


def test_filled_rows_are_never_folded_away(arena: Arena) -> None:
    client = sign_in(Client(), arena.manager)
    answer = client.post(NEW, sent(arena, group_people_7="x"))
    shown, folded = answer.context["form"].rows
    assert (len(shown), len(folded)) == (8, 16)


def test_two_who_change_lists_do_not_undo_one_another(arena: Arena, cast: Cast) -> None:
    competition = listed(arena)
    address = f"/events/competitions/{competition.key}/edit/"
    clients = [sign_in(Client(), person) for person in (arena.manager, cast.admin)]
    seen = [client.get(address).context["form"].initial["version"] for client in clients]
    for client, version, status in zip(clients, seen, (302, 422), strict=True):
        answer = edited(
            client, competition, assembling="listed", version=version,
            group_people_0=numbers(arena.ours[1:]), group_people_1=numbers(arena.theirs),
        )  # fmt: skip
        assert answer.status_code == status


def test_maker_whose_role_has_ended_reads_no_list(arena: Arena, cast: Cast) -> None:
    competition = listed(arena)
    RoleAssignment.objects.filter(person=arena.manager).delete()
    answer = sign_in(Client(), arena.manager).get(f"/events/competitions/{competition.key}/edit/")
    shown = answer.content.decode()
    assert answer.status_code == 200
    assert [one.email for one in (cast.alice, cast.bob) if one.email in shown] == []
    form = answer.context["form"]
    assert [form[f"group_people_{row}"].value() for row in (0, 1)] == ["", ""]
