"""Many at once: no entry lost, none twice, none after closing, no limit passed."""

from decimal import Decimal
from functools import partial

import pytest

from events import actions
from events.models import Competition, Entry, OptOut, Result
from tests.conftest import Cast
from tests.events.competitions.arena import (
    ENDS,
    HOUR,
    MINUTE,
    RUNS,
    Arena,
    enter,
    group_of_unit,
    told,
)
from tests.events.signup.helpers import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def adding(competition: Competition, person: object, value: str, **facts: object) -> partial[Entry]:
    facts = {"at": RUNS} | facts
    return partial(
        actions.add_entry, competition=competition, value=Decimal(value), by=person, **facts
    )  # type: ignore[arg-type]


def failures(results: list[object]) -> list[object]:
    return [one for one in results if isinstance(one, Exception)]


def test_everybody_at_once_loses_nothing(arena: Arena) -> None:
    competition = arena.started()
    people = arena.ours + arena.theirs
    results = at_once([adding(competition, person, "1.5") for person in people for _ in range(3)])
    assert failures(results) == []
    actions.refresh_standings(at=RUNS + MINUTE)
    assert [row[2] for row in told(competition)] == ["4.50", "4.50"]


def test_limit_of_a_day_holds_when_one_presses_ten_times_at_once(arena: Arena, cast: Cast) -> None:
    competition = arena.started(most_per_entry=Decimal(40), most_per_day=Decimal(100))
    results = at_once([adding(competition, cast.alice, "40") for _ in range(10)])
    assert len(failures(results)) == 8
    assert Entry.objects.count() == 2


def test_same_id_ten_times_at_once_is_one_entry(arena: Arena, cast: Cast) -> None:
    competition = arena.started()
    results = at_once([adding(competition, cast.alice, "4", external_id="w") for _ in range(10)])
    assert failures(results) == []
    assert {one.pk for one in results} == {Entry.objects.get().pk}


def test_two_judges_at_once_count_a_list_once(arena: Arena, cast: Cast) -> None:
    competition = arena.started(by_judge=True, judges=[arena.manager, cast.keeper])
    values = {group_of_unit(competition, arena.nordlys).key: Decimal(9)}
    calls = [
        partial(
            actions.add_judged_entries, competition=competition, values=values, by=judge, at=RUNS,
            seen="0.0",
        )
        for judge in [arena.manager, cast.keeper] * 3
    ]  # fmt: skip
    assert len(failures(at_once(calls))) == 5
    assert Entry.objects.count() == 1


def test_closing_among_late_entries_freezes_all_that_came_in_time(arena: Arena) -> None:
    competition = arena.started()
    enter(competition, arena.ours + arena.theirs)
    calls = [adding(competition, person, "3", at=ENDS - MINUTE / 60) for person in arena.ours]
    calls += [partial(actions.close_competitions, at=ENDS) for _ in range(3)]  # type: ignore[misc]
    results = at_once(calls)
    # One that lost the race against the clock is refused; the rest are in the result.
    actions.close_competitions(at=ENDS + HOUR)
    late = len(failures(results))
    ours = Result.objects.get(group__unit=arena.nordlys)
    assert ours.total == Decimal(60) + 3 * (6 - late)
    assert Entry.objects.count() == 12 + 6 - late


def test_stepping_out_many_times_at_once_is_once(arena: Arena, cast: Cast) -> None:
    competition = arena.started()
    call = partial(actions.opt_out, competition=competition, by=cast.alice, at=RUNS)
    assert failures(at_once([call] * 6)) == []
    assert OptOut.objects.count() == 1
