"""The pages of competitions, for those who enter, judge and make them."""

import re
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from engagement.people.models import Person
from events import actions
from events.competition_facts import GroupFacts
from events.models import Competition, Entry
from tests import factories
from tests.conftest import Cast, sign_in
from tests.events.competitions.arena import (
    ENDS,
    HOUR,
    MIDDLE,
    RUNS,
    Arena,
    enter,
    group_of_unit,
)


@pytest.fixture(autouse=True)
def _now() -> Any:
    with time_machine.travel(RUNS, tick=False):
        yield


def visit(person: Person) -> Client:
    return sign_in(Client(), person)


def page(person: Person, competition: Competition, tail: str = "") -> str:
    answer = visit(person).get(f"/events/competitions/{competition.key}/{tail}")
    assert answer.status_code == 200
    return answer.content.decode()


def test_entering_on_a_phone_takes_one_number_and_one_press(arena: Arena, cast: Cast) -> None:
    competition = arena.started()
    client = visit(cast.alice)
    address = f"/events/competitions/{competition.key}/"
    shown = client.get(address).content.decode()
    once = re.search(r'name="once" value="(\w+)"', shown)
    assert once
    for _pressed_twice in range(2):
        answer = client.post(f"{address}enter/", {"value": "3,5", "once": once[1]})
        assert (answer.status_code, answer.headers["Location"]) == (302, address)
    entry = Entry.objects.get()
    assert (entry.value, entry.by) == (Decimal("3.5"), cast.alice)
    shown = client.get(address).content.decode()
    assert f"/events/entries/{entry.key}/withdraw/" in shown
    client.post(f"/events/entries/{entry.key}/withdraw/")
    client.post(f"/events/entries/{entry.key}/restore/")
    client.post(f"/events/entries/{entry.key}/correct/", {"value": "1 0,25"})
    entry.refresh_from_db()
    assert (entry.value, entry.withdrawn_at) == (Decimal("10.25"), None)


@pytest.mark.parametrize(
    "typed", ["", "fem", "-3", "1e9", "NaN", "9" * 50, "<b>3</b>", "1,2,3", "٣"]
)
def test_nonsense_is_refused_in_words_and_stays_in_the_field(
    arena: Arena, cast: Cast, typed: str
) -> None:
    competition = arena.started()
    answer = visit(cast.alice).post(
        f"/events/competitions/{competition.key}/enter/", {"value": typed}
    )
    assert answer.status_code == 422
    assert Entry.objects.count() == 0
    assert "errorlist" in answer.content.decode()


def without_keys(shown: str) -> str:
    """Keys and tokens are drawn by lot, and may hold any number."""
    return re.sub(r"[\w-]{16,}", "", shown)


def test_page_never_tells_who_entered_what(arena: Arena, cast: Cast) -> None:
    """A standing that contains Bob's 77.31, and a page that could say so."""
    competition = arena.started(by_judge=True, judges=[arena.manager])
    enter(competition, [cast.bob], "77.31")
    enter(competition, arena.ours)
    actions.refresh_standings(at=RUNS)
    for person in (cast.alice, arena.manager, cast.admin):
        shown = page(person, competition)
        assert "77" not in without_keys(shown)
        assert "Bob" not in shown
        assert "22,88" in shown
    assert "77,31" in page(cast.bob, competition)
    assert "77" not in without_keys(page(arena.manager, competition, "judge/"))


def test_stepping_out_takes_the_form_away_for_oneself_alone(arena: Arena, cast: Cast) -> None:
    competition = arena.started()
    before = page(cast.bob, competition)
    client = visit(cast.alice)
    client.post(f"/events/competitions/{competition.key}/part/", {"part": "out"})
    assert 'data-testid="enter-form"' not in page(cast.alice, competition)
    strip = re.compile(r'value="\w{15,}"|"X-CSRFToken": "\w+"')
    assert strip.sub("", page(cast.bob, competition)) == strip.sub("", before)
    client.post(f"/events/competitions/{competition.key}/part/", {"part": "in"})
    assert 'data-testid="enter-form"' in page(cast.alice, competition)


def test_strangers_find_nothing_whatever_they_send(arena: Arena, cast: Cast) -> None:
    competition = arena.started()
    client = visit(cast.charlie)
    for tail, sent in (("enter/", {"value": "1"}), ("part/", {"part": "out"}), ("judge/", {})):
        address = f"/events/competitions/{competition.key}/{tail}"
        assert client.post(address, sent).status_code == 404
    assert client.get(f"/events/competitions/{competition.key}/").status_code == 404
    assert "Til Nordkapp" not in client.get("/events/competitions/").content.decode()


def test_manager_makes_one_with_a_title_and_a_unit_alone(arena: Arena) -> None:
    client = visit(arena.manager)
    assert client.get("/events/competitions/new/").status_code == 200
    address = "/events/competitions/new/?kind=units"
    shown = client.get(address)
    form = shown.context["form"]
    sent = {name: form[name].value() for name in form.fields}
    sent |= {"title": "Trapper", "unit_word": "etasjer", "by_judge": "", "by_api": ""}
    sent = {name: form[name].value() if name not in sent else sent[name] for name in form.fields}
    posted = {name: value for name, value in sent.items() if value not in (None, False, "")} | {
        "closes": "15:00",
        "most_per_entry": "100",
        "most_per_day": "200",
    }
    answer = client.post(address, posted)
    assert answer.status_code == 302
    made = Competition.objects.get()
    assert (made.title, made.by_people, made.groups.count(), made.rounds.count()) == (
        "Trapper", True, 2, 1,
    )  # fmt: skip


def test_wrong_form_keeps_everything_that_was_typed(arena: Arena, cast: Cast) -> None:
    client = visit(arena.manager)
    answer = client.post(
        "/events/competitions/new/?kind=units",
        {
            "title": "Trapper", "unit_word": "etasjer", "first_day": "2026-12-10",
            "last_day": "2026-12-03", "closes": "15:00", "rounds": "weekly", "emblem": "walk",
            "groups": [arena.nordlys.key], "by_judge": "on", "judges": [cast.keeper.key],
            "tie_rule": "first", "most_per_entry": "mye", "most_per_day": "7",
        },
    )  # fmt: skip
    shown = answer.content.decode()
    assert answer.status_code == 422
    assert Competition.objects.count() == 0
    for kept in ("Trapper", "etasjer", "2026-12-10", "2026-12-03", "mye", cast.keeper.key):
        assert kept in shown


def test_weekly_rounds_come_one_after_the_other(arena: Arena) -> None:
    client = visit(arena.manager)
    answer = client.post(
        "/events/competitions/new/?kind=mixed",
        {
            "title": "Lesevinter", "unit_word": "bøker", "first_day": "2026-12-07",
            "last_day": "2026-12-22", "closes": "15:00", "rounds": "weekly", "emblem": "learn",
            "place": arena.site.key, "names": "Ravn\n\n Oter ", "assembling": "dealt",
            "by_people": "on", "tie_rule": "shared", "most_per_entry": "5", "most_per_day": "5",
        },
    )  # fmt: skip
    assert answer.status_code == 302, answer.context["form"].errors
    made = Competition.objects.get()
    spans = list(made.rounds.order_by("number").values_list("starts_at", "ends_at"))
    assert [span[0].date().isoformat() for span in spans] == [
        "2026-12-06", "2026-12-13", "2026-12-20",
    ]  # fmt: skip
    assert [span[1] for span in spans[:-1]] == [span[0] for span in spans[1:]]
    # Dealt out evenly, each team over both groups.
    sizes = [group.members.count() for group in made.groups.order_by("number")]
    assert sizes == [6, 6]
    for group in made.groups.all():
        ours = group.members.filter(person__in=arena.ours).count()
        assert ours == 3


def test_judge_page_enters_for_several_and_keeps_what_two_typed(arena: Arena, cast: Cast) -> None:
    competition = arena.started(by_people=False, by_judge=True, judges=[arena.manager, cast.keeper])
    ours, theirs = (group_of_unit(competition, unit).key for unit in (arena.nordlys, arena.sorlys))
    address = f"/events/competitions/{competition.key}/judge/"
    first, second = visit(arena.manager), visit(cast.keeper)
    seen = [
        re.search(r'name="seen" value="([^"]+)"', client.get(address).content.decode())[1]  # type: ignore[index]
        for client in (first, second)
    ]
    sent = {"seen": seen[0], ours: "61", theirs: "78,5"}
    assert first.post(address, sent).status_code == 302
    stale = second.post(address, sent | {"seen": seen[1]})
    shown = stale.content.decode()
    assert stale.status_code == 422
    assert "78,5" in shown
    assert Entry.objects.count() == 2
    again = re.search(r'name="seen" value="([^"]+)"', shown)
    assert again
    assert again[1] != seen[1]
    assert second.post(address, sent | {"seen": again[1], theirs: ""}).status_code == 302
    assert sorted(Entry.objects.values_list("value", flat=True)) == [61, 61, Decimal("78.50")]


def test_judge_decides_on_the_page(arena: Arena, cast: Cast) -> None:
    competition = arena.started(tie_rule="judge", judges=[cast.keeper])
    enter(competition, arena.ours + arena.theirs)
    actions.close_competitions(at=ENDS)
    winner = group_of_unit(competition, arena.sorlys)
    with time_machine.travel(ENDS + HOUR, tick=False):
        client = visit(cast.keeper)
        address = f"/events/competitions/{competition.key}/judge/"
        assert winner.key in client.get(address).content.decode()
        client.post(f"{address}decide/", {"winner": "x"})
        answer = client.post(f"{address}decide/", {"winner": winner.key})
        assert answer.headers["Location"] == f"/events/competitions/{competition.key}/"
        assert "competition-result" in page(cast.alice, competition)
    assert competition.results.get(place=1).group == winner


def test_running_competition_changes_words_only_and_is_cancelled_with_a_reason(
    arena: Arena,
) -> None:
    competition = arena.started()
    client = visit(arena.manager)
    address = f"/events/competitions/{competition.key}/"
    sent = {"title": "Til Alta", "emblem": "walk", "last_day": "2026-12-12", "closes": "15:00"}
    assert client.post(f"{address}edit/", sent).status_code == 302
    early = client.post(f"{address}edit/", sent | {"last_day": "2026-12-02"})
    assert early.status_code == 422
    competition.refresh_from_db()
    assert (competition.title, competition.ends_at.day) == ("Til Alta", 12)
    assert client.post(f"{address}cancel/", {"reason": ""}).status_code == 422
    assert client.post(f"{address}cancel/", {"reason": "Glatt"}).status_code == 302
    assert "Glatt" in client.get(address).content.decode()


def test_two_planners_do_not_undo_one_another(arena: Arena, cast: Cast) -> None:
    competition = arena.started()
    address = f"/events/competitions/{competition.key}/edit/"
    first, second = visit(arena.manager), visit(cast.admin)
    seen = [client.get(address).context["form"].initial["version"] for client in (first, second)]
    sent = {"emblem": "walk", "last_day": "2026-12-12", "closes": "15:00"}
    assert first.post(address, sent | {"title": "Til Alta", "version": seen[0]}).status_code == 302
    stale = second.post(address, sent | {"title": "Til Vardø", "version": seen[1]})
    assert (stale.status_code, "Til Vardø" in stale.content.decode()) == (422, True)
    competition.refresh_from_db()
    assert competition.title == "Til Alta"
    again = re.search(r'name="version" value="(\w+)"', stale.content.decode())
    assert again
    assert (
        second.post(address, sent | {"title": "Til Vardø", "version": again[1]}).status_code == 302
    )


def test_manager_who_changes_a_competition_leaves_it_open_to_everybody(
    arena: Arena, cast: Cast
) -> None:
    """HR opened it; the manager's page does not have that field, whatever is sent."""
    rounds = [(MIDDLE, ENDS)]
    opened = arena.make(by=cast.admin, is_for_everybody=True, rounds=rounds)
    closed = arena.make(by=cast.admin, title="Trapper", rounds=rounds)
    client = visit(arena.manager)
    for competition, is_open in ((opened, True), (closed, False)):
        address = f"/events/competitions/{competition.key}/edit/"
        form = client.get(address).context["form"]
        assert "is_for_everybody" not in form.fields
        sent = {name: form[name].value() for name in form.fields}
        sent |= {"title": f"{competition.title} 2", "closes": "15:00", "is_for_everybody": "on"}
        sent |= {"most_per_entry": "100", "most_per_day": "200"}
        posted = {name: value for name, value in sent.items() if value not in (None, False, "")}
        assert client.post(address, posted).status_code == 302
        title = competition.title
        competition.refresh_from_db()
        assert (competition.title, competition.is_for_everybody) == (f"{title} 2", is_open)


def test_group_is_chosen_until_it_starts(arena: Arena, cast: Cast) -> None:
    mixed = arena.make(
        groups=[GroupFacts("Ravn"), GroupFacts("Oter")], kind="mixed", is_joined_freely=True,
        for_site=arena.site, rounds=[(MIDDLE, ENDS)],
    )  # fmt: skip
    group = mixed.groups.get(name="Oter")
    client = visit(cast.alice)
    assert f"groups/{group.key}/join/" in page(cast.alice, mixed)
    client.post(f"/events/competitions/groups/{group.key}/join/")
    stranger = visit(cast.charlie).post(f"/events/competitions/groups/{group.key}/join/")
    assert stranger.status_code == 404
    assert [member.person for member in group.members.all()] == [cast.alice]


@pytest.mark.parametrize("count", [1, 3])
def test_list_takes_the_same_queries_however_many_there_are(
    arena: Arena, cast: Cast, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _n in range(count):
        competition = arena.started()
        enter(competition, arena.ours + arena.theirs)
    actions.refresh_standings(at=RUNS)
    client = visit(cast.alice)
    client.get("/events/competitions/")
    with django_assert_num_queries(9):
        answer = client.get("/events/competitions/")
    assert len(answer.context["shelf"].running) == count


@pytest.mark.parametrize("teams", [2, 8])
def test_page_takes_the_same_queries_for_two_groups_and_for_eight(
    arena: Arena, cast: Cast, teams: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    groups = [GroupFacts(unit=arena.nordlys), GroupFacts(unit=arena.sorlys)]
    for n in range(teams - 2):
        unit = factories.make_unit(f"Team {n}", parent=cast.department, site=arena.site)
        for m in range(5):
            factories.make_person(f"P{n}{m}", unit=unit)
        groups.append(GroupFacts(unit=unit))
    competition = arena.started(groups=groups)
    enter(competition, arena.ours)
    actions.refresh_standings(at=RUNS)
    client = visit(cast.alice)
    address = f"/events/competitions/{competition.key}/"
    client.get(address)
    with django_assert_num_queries(18):
        answer = client.get(address)
    assert len(answer.context["rows"]) == teams


def test_older_entries_of_ones_own_are_shown_when_asked_for(arena: Arena, cast: Cast) -> None:
    competition = arena.started(most_per_entry=Decimal(1))
    for _n in range(15):
        enter(competition, [cast.alice], "1")
    client = visit(cast.alice)
    address = f"/events/competitions/{competition.key}/"
    counts = [
        client.get(f"{address}{tail}").content.decode().count('data-testid="own-entry"')
        for tail in ("", "?entries=all", "?entries=<b>")
    ]
    assert counts == [14, 15, 14]
    assert 'data-testid="all-own-entries"' in page(cast.alice, competition)
    assert 'data-testid="all-own-entries"' not in page(cast.alice, competition, "?entries=all")
