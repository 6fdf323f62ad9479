"""What can still be done with an entry once its person, its round or a right has gone."""

from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.test import Client

from engagement.people.models import RoleAssignment
from events import actions
from events.competition_facts import GroupFacts
from events.models import Competition, Entry, EntryChange, GroupMember, Judge
from tests import factories
from tests.conftest import Cast, sign_in
from tests.events.competitions.arena import (
    DAY,
    ENDS,
    HOUR,
    MADE,
    MIDDLE,
    RUNS,
    STARTS,
    Arena,
    group_of_unit,
)


@pytest.fixture(autouse=True)
def _now() -> Any:
    with time_machine.travel(RUNS, tick=False):
        yield


def add(competition: Competition, person: Any, value: int = 10) -> Entry:
    return actions.add_entry(competition=competition, value=Decimal(value), by=person, at=RUNS)


def correct(entry: Entry, value: int, *, by: Any, at: Any = RUNS + HOUR) -> str:
    """Why not; empty when it was done. Nothing is written when it was refused."""
    return _tried(lambda: actions.correct_entry(entry=entry, value=Decimal(value), by=by, at=at))


def withdraw(entry: Entry, *, by: Any, at: Any = RUNS + HOUR) -> str:
    return _tried(lambda: actions.withdraw_entry(entry=entry, by=by, at=at))


def restore(entry: Entry, *, by: Any, at: Any = RUNS + HOUR) -> str:
    return _tried(lambda: actions.restore_entry(entry=entry, by=by, at=at))


def _tried(act: Any) -> str:
    before = (list(Entry.objects.values()), EntryChange.objects.count())
    try:
        act()
    except ValidationError as error:
        assert (list(Entry.objects.values()), EntryChange.objects.count()) == before
        return str(error.code)
    return ""


def test_who_stepped_out_raises_and_restores_nothing(arena: Arena, cast: Cast) -> None:
    competition = arena.started()
    entry, other = add(competition, cast.alice), add(competition, cast.alice)
    actions.opt_out(competition=competition, by=cast.alice, at=RUNS)
    assert correct(entry, 11, by=cast.alice) == "out"
    assert correct(entry, 9, by=cast.alice) == ""
    assert withdraw(other, by=cast.alice) == ""
    assert restore(other, by=cast.alice) == "out"
    actions.opt_in(competition=competition, by=cast.alice, at=RUNS + HOUR)
    assert restore(other, by=cast.alice) == ""
    assert correct(entry, 11, by=cast.alice) == ""


def test_who_moved_to_another_group_raises_and_restores_nothing(arena: Arena) -> None:
    groups = [
        GroupFacts("Ravn", members=arena.ours[1:]),
        GroupFacts("Oter", members=[*arena.theirs, arena.ours[0]]),
    ]
    mixed = arena.started(kind="mixed", groups=groups, for_site=arena.site)
    ravn, oter = mixed.groups.order_by("number")
    me = arena.ours[1]
    entry, other = add(mixed, me), add(mixed, me)
    GroupMember.objects.filter(person=me).update(group=oter)
    assert correct(entry, 11, by=me) == "moved"
    assert correct(entry, 9, by=me) == ""
    assert withdraw(other, by=me) == ""
    assert restore(other, by=me) == "moved"
    GroupMember.objects.filter(person=me).update(group=ravn)
    assert restore(other, by=me) == ""


@pytest.mark.parametrize("at", [MIDDLE, MIDDLE + HOUR, MIDDLE + DAY, MIDDLE + 2 * DAY])
def test_round_that_is_over_keeps_its_numbers(arena: Arena, cast: Cast, at: Any) -> None:
    """In the break after it and while the next one runs; what is one's own can be taken back."""
    competition = arena.started(rounds=[(STARTS, MIDDLE), (MIDDLE + DAY, ENDS)])
    entry = add(competition, cast.alice)
    for value in (9, 11):
        assert correct(entry, value, by=cast.alice, at=at) == "past"
    assert withdraw(entry, by=cast.alice, at=at) == ""
    assert restore(entry, by=cast.alice, at=at) == "past"


def test_judge_who_is_none_any_more_changes_nothing(arena: Arena, cast: Cast) -> None:
    competition = arena.started(by_judge=True, judges=[arena.manager, cast.keeper])
    values = {group_of_unit(competition, arena.nordlys).key: Decimal(5)}
    [entry] = actions.add_judged_entries(
        competition=competition, values=values, by=cast.keeper, at=RUNS
    )
    assert correct(entry, 6, by=cast.keeper) == ""
    Judge.objects.filter(person=cast.keeper).delete()
    assert correct(entry, 7, by=cast.keeper) == "judge"
    assert withdraw(entry, by=cast.keeper) == "judge"


def test_planner_whose_role_has_ended_changes_nothing_a_program_sent(
    arena: Arena, cast: Cast
) -> None:
    competition = arena.started(by_api=True)
    mate = factories.make_person("Mate", "Moe", unit=cast.department)
    role = factories.give_role(mate, RoleAssignment.Role.SITE_MANAGER, site=arena.site)
    group = group_of_unit(competition, arena.nordlys)
    entry = actions.add_sent_entry(
        competition=competition, group=group, value=Decimal(5), by=mate, at=RUNS
    )
    assert correct(entry, 6, by=mate) == ""
    role.delete()
    assert correct(entry, 7, by=mate) == "judge"
    assert withdraw(entry, by=mate) == "judge"
    Entry.objects.update(withdrawn_at=RUNS)
    assert restore(entry, by=mate) == "judge"


def test_page_offers_only_what_can_be_done(arena: Arena, cast: Cast) -> None:
    competition = arena.started(rounds=[(STARTS, MIDDLE), (MIDDLE, ENDS)])
    entry = add(competition, cast.alice)
    links = [f"/events/entries/{entry.key}/{act}/" for act in ("correct", "withdraw", "restore")]

    def offered(at: Any) -> list[bool]:
        with time_machine.travel(at, tick=False):
            client = sign_in(Client(), cast.alice)
            shown = client.get(f"/events/competitions/{competition.key}/").content.decode()
        return [link in shown for link in links]

    assert offered(RUNS) == [True, True, False]
    assert offered(MIDDLE) == [False, True, False]
    actions.withdraw_entry(entry=entry, by=cast.alice, at=RUNS)
    assert offered(RUNS) == [False, False, True]
    assert offered(MIDDLE) == [False, False, False]
    actions.opt_out(competition=competition, by=cast.alice, at=MADE)
    assert offered(RUNS) == [False, False, False]
