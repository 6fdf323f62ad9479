"""Competitions and entries for programs."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from pytest_django import DjangoAssertNumQueries

from events import actions
from events.models import Competition, Entry, EntryChange, GroupSum
from tests.api.conftest import ApiClient
from tests.api.test_problems import is_problem
from tests.conftest import Cast
from tests.events.competitions.arena import (
    HOUR,
    RUNS,
    Arena,
    enter,
    group_of_unit,
    make_arena,
)
from tests.events.factories import make_competition

AsPerson = Callable[..., ApiClient]


@pytest.fixture
def arena(cast: Cast) -> Arena:
    return make_arena(cast)


@pytest.fixture(autouse=True)
def _now() -> Any:
    with time_machine.travel(RUNS, tick=False):
        yield


def test_list_and_one_tell_where_groups_stand_and_no_person(
    arena: Arena, cast: Cast, as_person: AsPerson
) -> None:
    competition = arena.started(tie_rule="lot")
    enter(competition, arena.ours, "7.5")
    actions.refresh_standings(at=RUNS)
    api = as_person(cast.alice)
    told = api.call("GET", f"competitions/{competition.key}").json()
    ours, theirs = (group_of_unit(competition, unit) for unit in (arena.nordlys, arena.sorlys))
    assert told["standings"] == [
        {"id": ours.key, "name": "Team Nordlys", "letter": "A", "colour": 0, "pattern": "plain",
         "state": "counted", "per_head": "7.50", "place": 1},
        {"id": theirs.key, "name": "Team Sørlys", "letter": "B", "colour": 1, "pattern": "plain",
         "state": "waiting", "per_head": None, "place": None},
    ]  # fmt: skip
    assert (told["state"], told["lot_seed"], len(told["lot_commitment"])) == ("running", "", 64)
    assert told["organiser"] == {"id": arena.manager.key, "name": "Mona Moe"}
    assert api.call("GET", "competitions").json()["results"] == [told]
    assert [person.name for person in arena.ours if person.name in str(told)] == []
    stranger = as_person(cast.charlie)
    assert is_problem(stranger.call("GET", f"competitions/{competition.key}"), 404)
    assert stranger.call("GET", "competitions").json()["results"] == []


def test_answer_does_not_move_with_a_single_entry(
    arena: Arena, cast: Cast, as_person: AsPerson
) -> None:
    competition = arena.started()
    enter(competition, arena.ours)
    actions.refresh_standings(at=RUNS)
    api = as_person(cast.bob)
    before = api.call("GET", f"competitions/{competition.key}").json()
    enter(competition, arena.ours[:1], "6", at=RUNS + HOUR)
    assert actions.refresh_standings(at=RUNS + HOUR) == 1
    assert api.call("GET", f"competitions/{competition.key}").json() == before


def body(arena: Arena, **facts: Any) -> dict[str, Any]:
    return {
        "title": "Trapper", "unit_word": "etasjer", "kind": "units",
        "groups": [{"unit": arena.nordlys.key}, {"unit": arena.sorlys.key}],
        "rounds": [{"starts_at": "2026-12-07T00:00:00+01:00", "ends_at": "2026-12-18T15:00:00+01:00"}],
    } | facts  # fmt: skip


def test_made_once_and_cancelled(arena: Arena, as_person: AsPerson) -> None:
    api = as_person(arena.manager)
    first = api.call("POST", "competitions", body(arena), Idempotency_Key="k1")
    again = api.call("POST", "competitions", body(arena), Idempotency_Key="k1")
    assert (first.status_code, again.json()) == (201, first.json())
    key = Competition.objects.get().key
    assert first.headers["Location"].endswith(f"/api/v1/competitions/{key}")
    assert first.json()["state"] == "coming"
    gone = api.call("POST", f"competitions/{key}/cancel", {"reason": "Is"}).json()
    assert (gone["state"], gone["cancel_reason"]) == ("cancelled", "Is")


@pytest.mark.parametrize(
    ("facts", "pointer"),
    [
        ({"title": " "}, "#/title"),
        ({"groups": [{"unit": "u0"}, {"unit": "u1"}]}, "#/groups/0/unit"),
        ({"groups": [{}, {}]}, "#/groups"),
        ({"judges": ["p0"]}, "#/judges/0"),
        ({"for_place": "t0"}, "#/for_place"),
        ({"most_per_entry": 1e30}, "#/most_per_entry"),
        ({"ranking_of_people": True}, "#/ranking_of_people"),
    ],
)
def test_what_is_wrong_is_pointed_at(
    arena: Arena, as_person: AsPerson, facts: dict[str, Any], pointer: str
) -> None:
    answer = as_person(arena.manager).call("POST", "competitions", body(arena, **facts))
    assert is_problem(answer, 400)
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert Competition.objects.count() == 0


def test_members_make_and_cancel_none(arena: Arena, cast: Cast, as_person: AsPerson) -> None:
    competition = arena.started()
    api = as_person(cast.alice)
    assert is_problem(api.call("POST", "competitions", body(arena)), 403)
    cancel = api.call("POST", f"competitions/{competition.key}/cancel", {"reason": "x"})
    assert is_problem(cancel, 403)
    read_only = as_person(cast.alice, "competitions:read")
    assert is_problem(read_only.call("POST", "entries", {}), 403)
    assert Entry.objects.count() == 0


def test_own_entry_is_one_by_key_and_by_external_id(
    arena: Arena, cast: Cast, as_person: AsPerson
) -> None:
    competition = arena.started()
    api = as_person(cast.alice)
    sent = {"competition": competition.key, "value": 4.2, "external_id": "watch-7"}
    answers = [api.call("POST", "entries", sent, Idempotency_Key="k") for _ in range(2)]
    answers.append(api.call("POST", "entries", sent | {"value": "4.20"}))
    mine = answers[0].json()
    assert [one.status_code for one in answers] == [201] * 3
    assert [one.json() for one in answers] == [mine] * 3
    assert mine == {
        "id": Entry.objects.get().key,
        "competition": competition.key,
        "group": {"id": group_of_unit(competition, arena.nordlys).key, "name": "Team Nordlys"},
        "way": "people",
        "value": "4.20",
        "entered_at": mine["entered_at"],
        "withdrawn_at": None,
        "external_id": "watch-7",
    }
    other = api.call("POST", "entries", sent | {"value": 5})
    assert other.json()["errors"][0]["pointer"] == "#/external_id"
    changed = api.call("PATCH", f"entries/{mine['id']}", {"value": 3}).json()
    assert changed["value"] == "3.00"
    for _ in range(2):
        assert api.call("DELETE", f"entries/{mine['id']}").status_code == 204
    assert api.call("GET", f"entries/{mine['id']}").json()["withdrawn_at"] is not None


@pytest.mark.parametrize("value", ["NaN", "Infinity", 1e30, -1, 0, 0.001, True, None, [], "3,5"])
def test_value_that_is_no_number_above_nothing_is_refused(
    arena: Arena, cast: Cast, as_person: AsPerson, value: Any
) -> None:
    competition = arena.started()
    answer = as_person(cast.alice).call(
        "POST", "entries", {"competition": competition.key, "value": value}
    )
    assert is_problem(answer, 400)
    assert answer.json()["errors"][0]["pointer"] == "#/value"
    assert Entry.objects.count() == 0


def test_nobody_reads_entries_of_others_whatever_their_role(
    arena: Arena, cast: Cast, as_person: AsPerson
) -> None:
    competition = arena.started(by_judge=True, judges=[arena.manager])
    enter(competition, [cast.bob], "77.31")
    key = Entry.objects.get().key
    for person in (cast.alice, arena.manager, cast.admin):
        api = as_person(person)
        assert api.call("GET", "entries").json()["results"] == []
        found = api.call("GET", f"entries?competition={competition.key}").json()["results"]
        assert found == []
        for method in ("GET", "DELETE"):
            assert is_problem(api.call(method, f"entries/{key}"), 404)
        for address in (f"competitions/{competition.key}", "competitions"):
            assert "77.31" not in api.call("GET", address).content.decode()
    assert Entry.objects.counted().count() == 1


def test_program_sends_for_groups_in_a_judges_name(
    arena: Arena, cast: Cast, as_person: AsPerson
) -> None:
    competition = arena.started(by_people=False, by_api=True)
    group = group_of_unit(competition, arena.sorlys)
    sent = {"competition": competition.key, "group": group.key, "value": 900, "external_id": "d1"}
    api = as_person(arena.manager)
    for _ in range(2):
        assert api.call("POST", "entries", sent).status_code == 201
    assert [one["value"] for one in api.call("GET", "entries").json()["results"]] == ["900.00"]
    assert is_problem(as_person(cast.alice).call("POST", "entries", sent), 403)
    stranger = as_person(cast.charlie).call("POST", "entries", sent)
    assert stranger.json()["errors"][0]["pointer"] == "#/competition"
    wrong = api.call("POST", "entries", sent | {"group": "w0", "external_id": "d2"})
    assert wrong.json()["errors"][0]["pointer"] == "#/group"
    assert Entry.objects.count() == 1


def test_stranger_cannot_tell_a_competition_from_nothing(
    arena: Arena, cast: Cast, as_person: AsPerson
) -> None:
    competition = arena.started()
    api = as_person(cast.charlie)
    answers = [
        api.call("POST", "entries", {"competition": key, "value": 1}).json()
        for key in (competition.key, "x" + "0" * 14)
    ]
    assert answers[0] == answers[1]


@pytest.mark.parametrize("count", [1, 3])
def test_list_takes_the_same_queries_however_many_there_are(
    arena: Arena, cast: Cast, as_person: AsPerson, count: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:  # fmt: skip
    for _n in range(count):
        make_competition(
            arena.manager, [arena.nordlys, arena.sorlys], entered_by=cast.alice, at=RUNS
        )
    api = as_person(cast.alice)
    api.call("GET", "competitions")
    with django_assert_num_queries(7):
        answer = api.call("GET", "competitions")
    assert len(answer.json()["results"]) == count


# --- amending -------------------------------------------------------------------------------------


def sent_entry(arena: Arena, cast: Cast) -> Entry:
    competition = arena.started(by_judge=True, by_api=True, judges=[cast.keeper])
    group = group_of_unit(competition, arena.nordlys)
    entry = actions.add_sent_entry(
        competition=competition, group=group, value=Decimal(60), by=cast.keeper, at=RUNS
    )
    enter(competition, [cast.bob], "77.31")
    competition.judges.all().delete()
    return entry


def test_whoever_runs_it_corrects_and_strikes_with_a_reason(
    arena: Arena, cast: Cast, as_person: AsPerson
) -> None:
    entry = sent_entry(arena, cast)
    api = as_person(arena.manager)
    [listed] = api.call("GET", f"entries?competition={entry.competition.key}&of=groups").json()[
        "results"
    ]
    assert (listed["id"], listed["value"]) == (entry.key, "60.00")
    address = f"entries/{entry.key}/amend"
    amended = api.call("POST", address, {"value": 6, "reason": "Et null"}).json()
    assert amended == listed | {"value": "6.00"}
    struck = api.call("POST", address, {"value": None, "reason": "Feil lag"}).json()
    assert (struck["value"], struck["withdrawn_at"] is None) == ("6.00", False)
    changes = EntryChange.objects.order_by("pk").values_list("reason", "is_strike")
    assert list(changes) == [("Et null", False), ("Feil lag", True)]


@pytest.mark.parametrize(
    ("sent", "pointer"),
    [
        ({"value": 6}, "#/reason"),
        ({"value": 6, "reason": " "}, "#/reason"),
        ({"value": 6, "reason": "x" * 201}, "#/reason"),
        ({"reason": "x"}, "#/value"),
        ({"value": 60, "reason": "x"}, "#/value"),
        ({"value": -1, "reason": "x"}, "#/value"),
    ],
)
def test_what_is_wrong_with_amending_is_pointed_at(
    arena: Arena, cast: Cast, as_person: AsPerson, sent: dict[str, Any], pointer: str
) -> None:
    entry = sent_entry(arena, cast)
    answer = as_person(arena.manager).call("POST", f"entries/{entry.key}/amend", sent)
    assert is_problem(answer, 400)
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert EntryChange.objects.count() == 0


def test_others_amend_nothing_and_nobody_what_people_entered(
    arena: Arena, cast: Cast, as_person: AsPerson
) -> None:
    entry = sent_entry(arena, cast)
    own = Entry.objects.get(way="people")
    listed = f"entries?competition={entry.competition.key}&of=groups"
    sent = {"value": None, "reason": "x"}
    for person, answer in ((cast.alice, 403), (cast.keeper, 404), (cast.charlie, 404)):
        api = as_person(person)
        assert is_problem(api.call("POST", f"entries/{entry.key}/amend", sent), answer)
        assert is_problem(api.call("GET", listed), answer)
    for person in (arena.manager, cast.admin):
        api = as_person(person)
        assert is_problem(api.call("POST", f"entries/{own.key}/amend", sent), 404)
        assert "77.31" not in api.call("GET", listed).content.decode()
    reader = as_person(arena.manager, "entries:read")
    assert is_problem(reader.call("POST", f"entries/{entry.key}/amend", sent), 403)
    assert is_problem(as_person(arena.manager).call("GET", "entries?of=groups"), 404)
    assert is_problem(as_person(arena.manager).call("GET", "entries?of=people"), 400)
    assert Entry.objects.counted().count() == 2


def test_number_that_may_be_one_persons_is_in_no_list(
    arena: Arena, cast: Cast, as_person: AsPerson
) -> None:
    entry = sent_entry(arena, cast)
    GroupSum.objects.filter(group=entry.group).update(head_count=4)
    api = as_person(arena.manager)
    listed = api.call("GET", f"entries?competition={entry.competition.key}&of=groups")
    assert listed.json()["results"] == []


@pytest.mark.parametrize("value", [None, 60, 6])
def test_amending_answers_no_number_that_may_be_one_persons(
    arena: Arena, cast: Cast, as_person: AsPerson, value: int | None
) -> None:
    entry = sent_entry(arena, cast)
    GroupSum.objects.filter(group=entry.group).update(head_count=4)
    api, address = as_person(arena.manager), f"entries/{entry.key}/amend"
    for _again in range(2):
        answer = api.call("POST", address, {"value": value, "reason": "x"})
        assert (answer.status_code, answer.json()["value"]) == (200, None)
        assert "60" not in answer.json().values()
    assert is_problem(api.call("POST", address, {"value": None, "reason": " "}), 400)
    # The keeper, who entered it, reads it still.
    shown = as_person(cast.keeper).call("GET", f"entries/{entry.key}").json()
    assert shown["value"] == ("6.00" if value == 6 else "60.00")
