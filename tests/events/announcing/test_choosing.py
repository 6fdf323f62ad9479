"""Choosing whom it is for: people by name or from a list, and units as they hang together."""

import json
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from engagement.people.forms.picking import MOST_CHIPS
from engagement.people.models import Person
from engagement.people.tree import Tree
from events.access.planning import reach_of
from events.models import Announcement
from events.queries.groups import Choice, EmployerGroup, groups_within
from tests import factories as people
from tests.conftest import Cast, sign_in
from tests.events.announcing.helpers import AT, draft

CREATE = reverse("events:announcement-create")
PEOPLE = reverse("events:announcement-people")
LIST = reverse("events:announcement-list")


def english(person: Person) -> Client:
    person.language = "en"
    person.save()
    return sign_in(Client(), person)


def listed(announcement: Announcement) -> list[str]:
    rows = announcement.audiences.filter(person__isnull=False).order_by("pk")
    return [row.person.given_name for row in rows if row.person]


def offered(client: Client, text: str) -> list[str]:
    answer = client.get(PEOPLE, {"q": text})
    assert answer.status_code == 200
    return [one["name"] for one in answer.json()["options"]]


def chips(html: str) -> list[str]:
    """The ids that stay chosen without script, which are also those the script begins with."""
    plain = re.findall(r'name="people" value="(\w+)" checked', html)
    [drawn] = re.findall(r'data-chosen="([^"]*)"', html)
    from_script = json.loads(drawn.replace("&quot;", '"').replace("&#x27;", "'"))
    assert [one["id"] for one in from_script] == plain
    return plain


# --- people ---------------------------------------------------------------------------------------


def test_type_ahead_offers_those_one_answers_for_alone(
    cast: Cast, mona: Person, hr: Person
) -> None:
    assert offered(english(mona), "bo") == [cast.bob.name]
    assert offered(english(mona), "charlie") == []
    assert offered(english(hr), "charlie") == [cast.charlie.name]
    for one in (cast.bob, cast.charlie):
        assert english(one).get(PEOPLE, {"q": "bo"}).status_code == 403
        assert english(one).post(LIST, {"list": "Bob"}).status_code == 403
    for hostile in ("", "\x00", "a" * 5000, "%", "'"):
        assert english(mona).get(PEOPLE, {"q": hostile}).status_code == 200


def test_picked_typed_and_pasted_people_are_together_on_the_list(cast: Cast, mona: Person) -> None:
    kari = people.make_person("Kari", "Moe", unit=cast.team)
    form = {
        "kind": "decision", "title": "Ny liste", "people": [cast.bob.key],
        "people_text": kari.name, "people_list": f"{cast.alice.employee_number}\n{cast.bob.email}",
    }  # fmt: skip
    assert english(mona).post(CREATE, form).status_code == 302
    assert listed(Announcement.objects.get()) == ["Bob", "Kari", "Alice"]


def test_people_picked_are_kept_when_something_else_is_refused(cast: Cast, mona: Person) -> None:
    form = {
        "kind": "decision", "title": "", "people": [cast.bob.key, cast.alice.key],
        "people_text": "Nobody H", "people_list": "Kari Moe\n",
    }  # fmt: skip
    answer = english(mona).post(CREATE, form)
    shown = answer.content.decode()
    assert answer.status_code == 422
    assert chips(shown) == [cast.bob.key, cast.alice.key]
    assert 'name="people_text" value="Nobody H"' in shown
    assert ">Kari Moe\n</textarea>" in shown
    assert '<details class="picker-many" open>' in shown
    assert Announcement.objects.count() == 0


def test_person_beyond_ones_reach_is_taken_out_and_said(cast: Cast, mona: Person) -> None:
    form = {"kind": "decision", "title": "Ny", "people": [cast.charlie.key, cast.bob.key, "x'", ""]}
    answer = english(mona).post(CREATE, form)
    shown = answer.content.decode()
    assert answer.status_code == 422
    assert "3 people you picked cannot be chosen any more, and are taken out." in shown
    assert chips(shown) == [cast.bob.key]
    assert cast.charlie.name not in shown


def test_many_on_a_list_stay_a_list(cast: Cast, mona: Person) -> None:
    crowd = [people.make_person(f"N{n}", "Moe", unit=cast.team) for n in range(MOST_CHIPS + 1)]
    made = draft(mona, people=crowd)
    edit = reverse("events:announcement-edit", args=[made.key])
    shown = english(mona).get(edit).content.decode()
    assert chips(shown) == []
    assert all(f"{one.employee_number}" in shown for one in crowd)
    few = draft(mona, people=crowd[:-1])
    edit = reverse("events:announcement-edit", args=[few.key])
    assert len(chips(english(mona).get(edit).content.decode())) == MOST_CHIPS


def test_pasted_list_is_looked_up_before_it_is_saved(cast: Cast, mona: Person) -> None:
    text = f"{cast.alice.employee_number}\nCharlie\ncharlie@nordsvar.example\n{cast.bob.email}"
    answer = english(mona).post(LIST, {"list": text}).json()
    assert [one["id"] for one in answer["options"]] == [cast.alice.key, cast.bob.key]
    assert answer["left"] == "Charlie\ncharlie@nordsvar.example"
    assert answer["wrong"] == [
        "Line 2, “Charlie”: Write first and last name, or the number.",
        "Line 3, “charlie@nordsvar.example”: Nobody you can choose has this number or address.",
    ]
    assert [one[:6] for one in answer["left_wrong"]] == ["Line 1", "Line 2"]
    assert answer["told"] == "Found 2 people. 2 lines of the list are not understood."
    long = english(mona).post(LIST, {"list": "x" * 600_000}).json()
    assert (long["options"], long["told"]) == ([], "The list is too long. At most 5000 people.")
    assert Announcement.objects.count() == 0


def test_name_that_is_too_long_is_not_called_a_list(cast: Cast, mona: Person) -> None:
    form = {"kind": "decision", "title": "Ny", "people": [cast.bob.key], "people_text": "x" * 401}
    answer = english(mona).post(CREATE, form)
    assert answer.status_code == 422
    assert answer.context["form"].errors["people"] == [
        "The name is too long: at most 400 characters. Paste many people as a list."
    ]


def test_numbers_of_another_employer_are_nobodys_in_a_pasted_list(cast: Cast, hr: Person) -> None:
    text = "\n".join([cast.charlie.employee_number, cast.charlie.email, cast.bob.employee_number])
    answer = english(hr).post(LIST, {"list": text}).json()
    assert [one["id"] for one in answer["options"]] == [cast.bob.key]
    assert cast.charlie.name not in json.dumps(answer)
    by_name = english(hr).post(LIST, {"list": cast.charlie.name}).json()
    assert [one["id"] for one in by_name["options"]] == [cast.charlie.key]


def test_many_of_another_employer_are_written_by_their_ids(cast: Cast, hr: Person) -> None:
    crowd = [
        people.make_person(
            f"N{n}", "Vik", employer=cast.partner, employee_number=f"G-{n}-77",
            email=f"n{n}@nordsvar.example",
        )
        for n in range(MOST_CHIPS + 1)
    ]  # fmt: skip
    made = draft(hr, people=crowd)
    edit = reverse("events:announcement-edit", args=[made.key])
    shown = english(hr).get(edit).content.decode()
    assert "@nordsvar.example" not in shown
    assert [one.pk for one in crowd if one.employee_number in shown] == []
    assert [one.pk for one in crowd if one.key not in shown] == []


# --- units ----------------------------------------------------------------------------------------


def drawn(choices: Any) -> list[Any]:
    return [
        (one.name, one.count, drawn(one.below)) if one.below else (one.name, one.count)
        for one in choices
    ]


def group(groups: list[EmployerGroup], name: str) -> EmployerGroup:
    [found] = [one for one in groups if one.name == name]
    return found


def test_units_hang_under_employer_and_site_with_how_many_they_are(
    cast: Cast, hr: Person, mona: Person
) -> None:
    tree = Tree.on(AT.date())
    groups = groups_within(reach_of(hr, tree=tree), tree=tree)
    own = group(groups, cast.employer.name)
    assert own.whole == Choice(cast.employer, 6)
    assert [(place.name, drawn(place.units)) for place in own.places] == [
        ("Trondheim", [("Team Nordlys", 3)]),
        ("Across sites", [("Kundeservice", 6)]),
    ]
    assert [place.count for place in own.places] == [3, 6]
    assert groups[-1].name == cast.partner.name
    # A site's manager: the site and what is there, no employer.
    mine = groups_within(reach_of(mona, tree=tree), tree=tree)
    [employer] = mine
    assert employer.whole is None
    assert [place.whole and place.whole.name for place in employer.places] == ["Trondheim"]
    # A lead with one team has nothing but it.
    lead = people.make_person("Leo", unit=cast.team)
    people.give_role(lead, "lead", unit=cast.team)
    [only] = groups_within(reach_of(lead, tree=tree), tree=tree)
    assert [choice.audience for choice in only.all()] == [cast.team]


def test_site_of_several_employers_hangs_under_the_one_with_most_people_there(
    cast: Cast, hr: Person
) -> None:
    guests = people.make_unit("Team Gjest", site=cast.trondheim, employer=cast.partner)
    inner = people.make_unit(
        "Team Innerst", parent=guests, site=cast.trondheim, employer=cast.partner
    )
    for number in range(5):
        people.make_person(f"G{number}", unit=inner)
    people.make_person("Sluttet", unit=inner, left_on=AT.date())
    tree = Tree.on(AT.date())
    groups = groups_within(reach_of(hr, tree=tree), tree=tree)
    own, partner = (group(groups, one.name) for one in (cast.employer, cast.partner))
    here = {one.key: one for one in partner.places}[cast.trondheim.key]
    # Everybody at the site is everybody there, whoever employs them; a leaver is nobody.
    assert here.whole == Choice(cast.trondheim, 7)
    assert drawn(here.units) == [("Team Gjest", 5, [("Team Innerst", 5)])]
    [mine] = [one for one in own.places if one.key == cast.trondheim.key]
    assert (mine.whole, mine.count, drawn(mine.units)) == (None, 2, [("Team Nordlys", 2)])
    keys = [choice.key for one in groups for choice in one.all()]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("count", [1, 3])
def test_form_asks_as_often_however_many_units_there_are(
    cast: Cast, hr: Person, count: int, django_assert_num_queries: Any
) -> None:
    for number in range(count):
        people.make_unit(f"Team {number}", parent=cast.department, site=cast.trondheim)
    client = english(hr)
    client.get(CREATE)
    with django_assert_num_queries(10):
        assert client.get(CREATE).status_code == 200


def test_chosen_units_stand_as_chips_and_their_place_is_open(cast: Cast, hr: Person) -> None:
    for number in range(9):
        people.make_unit(f"Team {number}", parent=cast.department, site=cast.trondheim)
    made = draft(hr, audiences=[cast.partner_team, cast.partner])
    edit = reverse("events:announcement-edit", args=[made.key])
    shown = english(hr).get(edit).content.decode()
    [chosen] = re.findall(r"data-chosen>(.*?)</ul>", shown, re.S)
    assert re.findall(r'href="#at-(\w+)"', chosen) == [cast.partner_team.key, cast.partner.key]
    places = re.findall(r'data-place( open)?><summary><span class="reach-name">(.*?)<', shown)
    assert places == [("", "Trondheim"), ("", "Across sites"), (" open", "Gjøvik")]


def test_what_cannot_be_chosen_any_more_is_said(cast: Cast, mona: Person, hr: Person) -> None:
    made = draft(mona, audiences=[cast.team], people=[cast.bob])
    made.audiences.create(unit=cast.partner_team)
    made.audiences.create(person=cast.charlie)
    edit = reverse("events:announcement-edit", args=[made.key])
    shown = english(mona).get(edit).content.decode()
    [told] = re.findall(r'data-testid="audience-gone">.*?<span>(.*?)</span>', shown, re.S)
    assert told == (
        "Cannot be chosen any more, and is taken out when you save:"
        f" {cast.partner_team.name}, {cast.charlie.name}."
    )
