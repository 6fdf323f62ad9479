"""People, units, sites, values, kudos, screens and boards as programs see them."""

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from engagement.people.models import Employer, Membership, Person, Site, Unit
from engagement.times import now, today
from engagement.wallboards.models import Board, Screen
from kudos.models import Kudos, Value
from tests.api.conftest import START, ApiClient, give_role, hire, place_unit
from tests.api.test_idempotency import body_for
from tests.api.test_problems import is_problem

MOMENT = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$")


def names(response: Any) -> list[str]:
    assert response.status_code == 200, response.content
    return [row["name"] for row in response.json()["results"]]


# --- people, units, sites -------------------------------------------------------------------------


def test_person_is_shown_whole_within_the_employer(
    api: ApiClient, bob: Person, nordlys: Unit, trondheim: Site, fjordtel: Employer
) -> None:
    assert api.call("GET", f"people/{bob.key}").json() == {
        "id": bob.key,
        "name": "Bob Berg",
        "given_name": "Bob",
        "family_name": "Berg",
        "initials": "BB",
        "hue": bob.hue,
        "title": "",
        "language": "nb",
        "employer": {"id": fjordtel.key, "name": "Fjordtel"},
        "unit": {"id": nordlys.key, "name": "Team Nordlys"},
        "site": {"id": trondheim.key, "name": "Trondheim"},
        "email": bob.email,
        "phone": bob.phone,
        "employee_number": bob.employee_number,
    }


def test_contact_facts_stay_within_the_employer(api: ApiClient, charlie: Person) -> None:
    body = api.call("GET", f"people/{charlie.key}")
    assert [body.json()[name] for name in ("email", "phone", "employee_number")] == [None] * 3
    for listed in (body.content, api.call("GET", "people").content):
        assert charlie.email.encode() not in listed


def test_leavers_and_starters_to_come_are_not_there(api: ApiClient, bob: Person) -> None:
    for change in ({"left_on": today()}, {"started_on": today() + dt.timedelta(days=1)}):
        Person.objects.filter(pk=bob.pk).update(left_on=None, started_on=START)
        Person.objects.filter(pk=bob.pk).update(**change)
        assert api.call("GET", f"people/{bob.key}").status_code == 404
        assert names(api.call("GET", "people")) == ["Alice Aas"]


def test_people_are_searched_and_narrowed(
    api: ApiClient, bob: Person, charlie: Person, nordlys: Unit, company: Unit, gjovik: Site
) -> None:
    assert names(api.call("GET", "people")) == ["Alice Aas", "Bob Berg", "Charlie Celik"]
    assert names(api.call("GET", "people?q=ber%20BO")) == ["Bob Berg"]
    assert names(api.call("GET", "people?q=zzz")) == []
    assert names(api.call("GET", f"people?unit={nordlys.key}")) == ["Alice Aas", "Bob Berg"]
    assert len(names(api.call("GET", f"people?unit={company.key}"))) == 3
    assert names(api.call("GET", f"people?site={gjovik.key}")) == ["Charlie Celik"]


def test_unit_tells_its_place_in_the_tree(
    api: ApiClient, bob: Person, nordlys: Unit, company: Unit, trondheim: Site, fjordtel: Employer
) -> None:
    top = {"id": company.key, "name": "Kundeservice"}
    own = {"id": nordlys.key, "name": "Team Nordlys"}
    assert api.call("GET", f"units/{nordlys.key}").json() == {
        **own,
        "parent": top,
        "path": [top, own],
        "site": {"id": trondheim.key, "name": "Trondheim"},
        "employer": {"id": fjordtel.key, "name": "Fjordtel"},
        "is_team": True,
        "members_count": 2,
        "people_count": 2,
        "opened_on": "2020-01-01",
        "closed_on": None,
    }
    whole = api.call("GET", f"units/{company.key}").json()
    assert (whole["parent"], whole["members_count"], whole["people_count"]) == (None, 0, 2)


def test_units_are_narrowed(
    api: ApiClient, nordlys: Unit, mjosa: Unit, company: Unit, gjovik: Site
) -> None:
    assert names(api.call("GET", f"units?parent={company.key}")) == ["Team Mjøsa", "Team Nordlys"]
    assert names(api.call("GET", f"units?site={gjovik.key}")) == ["Team Mjøsa"]
    assert names(api.call("GET", "units?q=nord")) == ["Team Nordlys"]
    is_problem(api.call("GET", "units?parent=u0"), 400)


def test_site_is_shown(api: ApiClient, trondheim: Site) -> None:
    expected = {
        "id": trondheim.key,
        "name": "Trondheim",
        "city": "Trondheim",
        "timezone": "Europe/Oslo",
        "closed_on": None,
    }
    assert api.call("GET", f"sites/{trondheim.key}").json() == expected
    assert api.call("GET", "sites").json() == {
        "next": None,
        "previous": None,
        "results": [expected],
    }


# --- pages ----------------------------------------------------------------------------------------


def walk(api: ApiClient, start: str, link: str = "next") -> list[list[str]]:
    pages, address = [], start
    while address:
        body = api.call("GET", address).json()
        pages.append([row["name"] for row in body["results"]])
        address = body[link]
    return pages


def test_pages_go_forwards_and_back(api: ApiClient, fjordtel: Employer, nordlys: Unit) -> None:
    for family in ("Dahl", "Dahl", "Dahl", "Ås", "Øye"):
        hire("Dag", family, fjordtel, nordlys)
    pages = walk(api, "people?page_size=2")
    assert [len(page) for page in pages] == [2, 2, 2]
    flat = [name for page in pages for name in page]
    assert flat == ["Alice Aas", "Dag Dahl", "Dag Dahl", "Dag Dahl", "Dag Øye", "Dag Ås"]
    first = api.call("GET", "people?page_size=2").json()
    assert first["previous"] is None
    second = api.call("GET", first["next"]).json()
    third = api.call("GET", second["next"]).json()
    assert third["next"] is None
    assert walk(api, third["previous"], "previous") == [pages[1], pages[0]]


def test_rows_added_meanwhile_neither_double_nor_hide(
    api: ApiClient, fjordtel: Employer, nordlys: Unit
) -> None:
    for family in ("Dahl", "Eide", "Fossum"):
        hire("Dag", family, fjordtel, nordlys)
    first = api.call("GET", "people?page_size=2").json()
    hire("Aa", "Aaa", fjordtel, nordlys)
    hire("Dag", "Dahle", fjordtel, nordlys)
    second = api.call("GET", first["next"]).json()
    assert [row["name"] for row in second["results"]] == ["Dag Dahle", "Dag Eide"]


# --- values ---------------------------------------------------------------------------------------


def test_values_are_read_by_all_and_changed_by_hr(
    as_person: Callable[..., ApiClient], alice: Person, bob: Person, lift: Value
) -> None:
    give_role(bob, "hr")
    reader, hr = as_person(alice), as_person(bob)
    assert reader.call("GET", "values").json()["results"] == [
        {
            "id": "lift",
            "name_nb": "Vi løfter",
            "name_en": "We lift",
            "hue": 0,
            "emblem": "waffle",
            "position": 1,
            "retired_at": None,
        }
    ]
    sent = {"name_nb": "Modig", "name_en": "Brave at heart", "hue": 3}
    is_problem(reader.call("POST", "values", sent), 403)
    is_problem(reader.call("PATCH", "values/lift", {"hue": 2}), 403)
    is_problem(reader.call("DELETE", "values/lift"), 403)
    made = hr.call("POST", "values", sent)
    assert made.status_code == 201
    assert made.json()["id"] == "brave-at-heart"
    assert made.headers["Location"].endswith("/api/v1/values/brave-at-heart")
    assert hr.call("PATCH", "values/lift", {"name_en": "We raise"}).json()["name_en"] == "We raise"
    again = is_problem(hr.call("POST", "values", {**sent, "id": "lift"}), 400)
    assert again["errors"][0]["pointer"] == "#/id"  # type: ignore[index]
    is_problem(hr.call("POST", "values", {**sent, "hue": 12}), 400)
    is_problem(hr.call("POST", "values", {**sent, "hue": 10**30}), 400)
    assert hr.call("DELETE", "values/lift").status_code == 204
    assert [row["id"] for row in reader.call("GET", "values").json()["results"]] == [
        "brave-at-heart"
    ]
    everything = reader.call("GET", "values?retired=true").json()["results"]
    assert MOMENT.match({row["id"]: row["retired_at"] for row in everything}["lift"])


# --- kudos ----------------------------------------------------------------------------------------


def test_kudos_is_given_read_and_withdrawn(
    api: ApiClient, alice: Person, bob: Person, nordlys: Unit, lift: Value
) -> None:
    sent = {
        "to": [bob.key, nordlys.key],
        "message": "Takk 🧇 <b>",
        "value": "lift",
        "audience": "site",
        "wall": True,
    }
    made = api.call("POST", "kudos", sent)
    assert made.status_code == 201, made.content
    body = made.json()
    assert made.headers["Location"] == f"http://testserver/api/v1/kudos/{body['id']}"
    assert [one["id"] for one in body["to"]] == [bob.key, nordlys.key]
    assert [one["kind"] for one in body["to"]] == ["person", "unit"]
    assert body["giver"]["id"] == alice.key
    assert {name: body[name] for name in ("message", "value", "audience", "wall")} == {
        name: sent[name] for name in ("message", "value", "audience", "wall")
    }
    assert MOMENT.match(body["created_at"])
    assert MOMENT.match(body["show_from"])
    assert api.call("GET", made.headers["Location"]).json() == body
    assert api.call("GET", "kudos?scope=mine").json()["results"] == [body]
    assert api.call("DELETE", f"kudos/{body['id']}").status_code == 204
    is_problem(api.call("GET", f"kudos/{body['id']}"), 404)
    is_problem(api.call("DELETE", f"kudos/{body['id']}"), 404)
    assert Kudos.objects.get().withdrawn_at is not None


def test_kudos_beyond_its_audience_is_404_and_others_cannot_withdraw(
    as_person: Callable[..., ApiClient], alice: Person, bob: Person, charlie: Person
) -> None:
    made = as_person(alice).call("POST", "kudos", body_for(bob)).json()
    Kudos.objects.update(show_from=now() - dt.timedelta(hours=1), created_at=START_AT)
    Kudos.objects.get().receivers.update(show_from=now() - dt.timedelta(hours=1))
    is_problem(as_person(bob).call("DELETE", f"kudos/{made['id']}"), 403)
    assert as_person(bob).call("GET", f"kudos/{made['id']}").status_code == 200
    is_problem(as_person(charlie).call("GET", f"kudos/{made['id']}"), 404)
    is_problem(as_person(charlie).call("DELETE", f"kudos/{made['id']}"), 404)
    assert as_person(charlie).call("GET", "kudos").json()["results"] == []


START_AT = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"to": []}, "#/to"),
        ({"to": ["pnobody"]}, "#/to"),
        ({"to": "text"}, "#/to"),
        ({"to": ["x"] * 50}, "#/to"),
        ({"message": "a" * 10_000}, "#/message"),
        ({"message": ""}, "#/message"),
        ({"message": "\u200b\u202e"}, "#/message"),
        ({"message": 7.5e300}, "#/message"),
        ({"value": "nothing"}, "#/value"),
        ({"audience": "world"}, "#/audience"),
        ({"wall": None}, "#/wall"),
        ({"wal": True}, "#/wal"),
        ({"look": "gold"}, "#/look"),
        ({"mentions": ["x"] * 11}, "#/mentions"),
    ],
)
def test_wrong_kudos_is_400_with_pointer(
    api: ApiClient, bob: Person, change: dict[str, Any], pointer: str
) -> None:
    body = is_problem(api.call("POST", "kudos", body_for(bob) | change), 400)
    assert [error["pointer"] for error in body["errors"]] == [pointer]  # type: ignore[attr-defined]
    assert not Kudos.objects.exists()


def test_kudos_is_reacted_to_and_commented_on(
    as_person: Callable[..., ApiClient], alice: Person, bob: Person, charlie: Person
) -> None:
    made = as_person(alice).call("POST", "kudos", body_for(bob)).json()
    Kudos.objects.update(show_from=now() - dt.timedelta(hours=1), created_at=START_AT)
    mine, address = as_person(bob), f"kudos/{made['id']}"
    for _ in range(2):
        told = mine.call("PUT", f"{address}/reactions/heart").json()
    assert told["reactions"] == [{"kind": "heart", "count": 1, "mine": True}]
    is_problem(mine.call("PUT", f"{address}/reactions/thumb"), 404)
    said = mine.call(
        "POST", f"{address}/comments", {"text": "Enig, @Alice", "mentions": [alice.key]}
    )
    assert (said.status_code, said.json()["author"]["id"]) == (201, bob.key)
    told = mine.call("GET", f"{address}/comments").json()
    assert told == [said.json()]
    assert mine.call("GET", address).json()["comment_count"] == 1
    for stranger in (as_person(charlie),):
        is_problem(stranger.call("PUT", f"{address}/reactions/heart"), 404)
        is_problem(stranger.call("POST", f"{address}/comments", {"text": "Hei"}), 404)
        is_problem(stranger.call("GET", f"{address}/comments"), 404)
    comment = f"{address}/comments/{said.json()['id']}"
    is_problem(as_person(alice).call("DELETE", comment), 403)
    assert mine.call("DELETE", comment).status_code == 204
    assert mine.call("DELETE", f"{address}/reactions/heart").json()["reactions"] == []


def test_kudos_is_planned_in_the_teams_name(
    api: ApiClient, bob: Person, nordlys: Unit, charlie: Person
) -> None:
    when = (now() + dt.timedelta(days=2)).replace(microsecond=0)
    sent = body_for(charlie) | {
        "look": "sun",
        "from_team": True,
        "release_at": when.isoformat(),
    }
    made = api.call("POST", "kudos", sent)
    assert made.status_code == 201, made.content
    told = made.json()
    assert (told["from_unit"]["id"], told["look"], told["planned"]) == (nordlys.key, "sun", True)
    assert api.call("GET", "kudos?scope=all").json()["results"] == []
    for wrong in ({"release_at": "2026-12-24T08:00:00"}, {"release_at": START_AT.isoformat()}):
        body = is_problem(api.call("POST", "kudos", sent | wrong), 400)
        assert [error["pointer"] for error in body["errors"]] == ["#/release_at"]  # type: ignore[attr-defined]


def test_nobody_thanks_themselves(api: ApiClient, alice: Person) -> None:
    body = is_problem(api.call("POST", "kudos", body_for(alice)), 400)
    assert body["errors"][0]["pointer"] == "#/to"  # type: ignore[index]


def test_feed_pages_go_on_where_they_stopped(api: ApiClient, bob: Person) -> None:
    for number in range(5):
        api.call("POST", "kudos", body_for(bob, message=f"Takk {number}"))
    seen, address = [], "kudos?page_size=2&scope=mine"
    while address:
        page = api.call("GET", address).json()
        seen += [row["message"] for row in page["results"]]
        address = page["next"]
        if len(seen) == 2:
            api.call("POST", "kudos", body_for(bob, message="Midt i"))
    assert seen == ["Takk 4", "Takk 3", "Takk 2", "Takk 1", "Takk 0"]
    is_problem(api.call("GET", "kudos?cursor=zzz"), 400)
    is_problem(api.call("GET", "kudos?scope=everything"), 400)


# --- screens and boards ---------------------------------------------------------------------------


@pytest.fixture
def screen(alice: Person, trondheim: Site) -> Screen:
    board = Board.objects.create(name="Kantina", site=trondheim)
    return hang(board, alice, "TV 1")


def hang(board: Board, keeper: Person, name: str) -> Screen:
    return Screen.objects.create(
        name=name,
        board=board,
        key_hash=name,
        paired_at=now(),
        paired_by=keeper,
        last_seen_at=now(),
    )


def test_keeper_reads_and_revokes_screens(
    as_person: Callable[..., ApiClient], alice: Person, bob: Person, screen: Screen
) -> None:
    give_role(alice, "screen_keeper")
    keeper, other = as_person(alice), as_person(bob)
    for method, path in (
        ("GET", "screens"),
        ("GET", f"screens/{screen.key}"),
        ("GET", "screens/unknown"),
        ("DELETE", f"screens/{screen.key}"),
        ("GET", "boards"),
        ("GET", f"boards/{screen.board.key}"),
    ):
        is_problem(other.call(method, path), 403)
    assert names(keeper.call("GET", "screens")) == ["TV 1"]
    assert names(keeper.call("GET", "boards")) == ["Kantina"]
    assert keeper.call("GET", f"boards/{screen.board.key}").json()["site"]["name"] == "Trondheim"
    shown = keeper.call("GET", f"screens/{screen.key}")
    assert b"key_hash" not in shown.content
    assert shown.json()["board"] == {"id": screen.board.key, "name": "Kantina"}
    for _ in range(2):
        assert keeper.call("DELETE", f"screens/{screen.key}").status_code == 204
    assert names(keeper.call("GET", "screens")) == []
    assert MOMENT.match(keeper.call("GET", f"screens/{screen.key}").json()["revoked_at"])


# --- query counts ---------------------------------------------------------------------------------


def test_lists_ask_the_same_number_of_questions_however_long(
    as_person: Callable[..., ApiClient],
    alice: Person,
    bob: Person,
    screen: Screen,
    lift: Value,
    fjordtel: Employer,
    company: Unit,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    give_role(alice, "screen_keeper")
    client = as_person(alice)
    client.call("POST", "kudos", body_for(bob))
    # Each has two for the token and its bucket.
    counts = {
        "people": 4,
        "units": 5,
        "sites": 3,
        "values": 3,
        "kudos": 9,
        "screens": 4,
        "boards": 4,
    }
    for length in (1, 3):
        if length == 3:
            for number in range(2):
                place = Site.objects.create(name=f"Sted {number}")
                unit = place_unit(f"Team {number}", fjordtel, company, place)
                person = hire("Dag", f"Dahl{number}", fjordtel, unit)
                Value.objects.create(key=f"v{number}", name_nb="V", name_en="V", position=number)
                hang(Board.objects.create(name=f"B{number}", unit=unit), person, f"TV{number}")
                client.call("POST", "kudos", body_for(person))
        for path, count in counts.items():
            with django_assert_num_queries(count, info=f"{path} with {length}"):
                rows = client.call("GET", path).json()["results"]
            assert len(rows) >= length, path
    assert Membership.objects.count() == 4
