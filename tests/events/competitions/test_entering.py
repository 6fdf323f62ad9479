"""Entries: who may, how much, how often, until when; and who sees them."""

from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.http import Http404

from events import actions
from events.access import competing as access
from events.models import Entry
from events.queries.competing import judged_version, own_entries
from tests.conftest import Cast
from tests.events.competitions.arena import (
    DAY,
    ENDS,
    HOUR,
    MIDDLE,
    MINUTE,
    RUNS,
    STARTS,
    Arena,
    group_of_unit,
)

SECOND = MINUTE / 60


def add(competition: Any, person: Any, value: str = "5", at: Any = RUNS, **facts: Any) -> Entry:
    return actions.add_entry(
        competition=competition, value=Decimal(value), by=person, at=at, **facts
    )


def refusal(*args: Any, **facts: Any) -> ValidationError:
    before = list(Entry.objects.values())
    with pytest.raises(ValidationError) as error:
        add(*args, **facts)
    assert list(Entry.objects.values()) == before
    return error.value


def test_entry_counts_for_ones_group_in_the_round_that_runs(arena: Arena, cast: Cast) -> None:
    competition = arena.started(rounds=[(STARTS, MIDDLE), (MIDDLE, ENDS)])
    entry = add(competition, cast.alice, "4.25")
    assert (entry.group.unit, entry.round.number, entry.value) == (
        arena.nordlys, 1, Decimal("4.25"),
    )  # fmt: skip
    assert add(competition, cast.alice, at=MIDDLE).round.number == 2


@pytest.mark.parametrize(
    "value",
    ["0", "-1", "-0.01", "NaN", "sNaN", "Infinity", "-Infinity", "1e30", "1e-30", "100.01", "0.001",
     "1.234", "9" * 40],
)  # fmt: skip
def test_what_is_no_sensible_number_is_refused(arena: Arena, cast: Cast, value: str) -> None:
    error = refusal(arena.started(), cast.alice, value)
    assert list(error.message_dict) == ["value"]


def test_limit_of_a_day_holds_over_all_entries_of_that_day(arena: Arena, cast: Cast) -> None:
    competition = arena.started()
    add(competition, cast.alice, "100")
    add(competition, cast.alice, "99.50", at=RUNS + HOUR)
    assert list(refusal(competition, cast.alice, "0.51", at=RUNS + 2 * HOUR).message_dict) == [
        "value"
    ]
    add(competition, cast.alice, "0.50", at=RUNS + 2 * HOUR)
    add(competition, cast.bob, "100", at=RUNS + 2 * HOUR)
    add(competition, cast.alice, "100", at=RUNS + DAY)


def test_late_and_early_entries_are_refused(arena: Arena, cast: Cast) -> None:
    competition = arena.started(rounds=[(STARTS, MIDDLE), (MIDDLE + DAY, ENDS)])
    assert refusal(competition, cast.alice, at=STARTS - SECOND).code == "early"
    assert refusal(competition, cast.alice, at=MIDDLE).code == "break"
    assert refusal(competition, cast.alice, at=ENDS).code == "closed"
    add(competition, cast.alice, at=ENDS - SECOND)
    actions.close_competitions(at=ENDS)
    # Somebody whose request came in time and whose turn came late.
    assert refusal(competition, cast.alice, at=ENDS - SECOND).code == "closed"


def test_strangers_and_those_who_stepped_out_enter_nothing(arena: Arena, cast: Cast) -> None:
    competition = arena.started()
    assert isinstance(refusal(competition, cast.charlie), actions.NotConcerned)
    assert isinstance(refusal(competition, arena.manager), actions.NotConcerned)
    actions.opt_out(competition=competition, by=cast.alice, at=RUNS)
    assert refusal(competition, cast.alice, at=RUNS + MINUTE).code == "out"
    actions.opt_in(competition=competition, by=cast.alice, at=RUNS + HOUR)
    add(competition, cast.alice, at=RUNS + 2 * HOUR)


def test_who_was_out_when_the_round_began_enters_once_back(arena: Arena, cast: Cast) -> None:
    """Their head is among those that the sum is divided by."""
    competition = arena.started(rounds=[(STARTS, MIDDLE), (MIDDLE, ENDS)])
    actions.opt_out(competition=competition, by=cast.alice, at=STARTS - HOUR)
    actions.opt_in(competition=competition, by=cast.alice, at=RUNS)
    add(competition, cast.alice, at=RUNS + MINUTE)


def test_cancelled_competition_takes_nothing(arena: Arena, cast: Cast) -> None:
    competition = arena.started()
    actions.cancel_competition(competition=competition, reason="Is", by=arena.manager, at=RUNS)
    assert refusal(competition, cast.alice).code == "cancelled"


def test_same_id_again_is_the_same_entry(arena: Arena, cast: Cast) -> None:
    competition = arena.started()
    first = add(competition, cast.alice, "5", external_id="watch-1")
    assert add(competition, cast.alice, "5", at=RUNS + DAY, external_id="watch-1") == first
    assert list(refusal(competition, cast.alice, "6", external_id="watch-1").message_dict) == [
        "external_id"
    ]
    actions.correct_entry(entry=first, value=Decimal(7), by=cast.alice, at=RUNS + HOUR)
    assert add(competition, cast.alice, "5", external_id="watch-1").pk == first.pk
    # Another person's watch has names of its own.
    assert add(competition, cast.bob, "5", external_id="watch-1") != first
    assert Entry.objects.count() == 2
    # A repetition after the end is still answered, and adds nothing.
    assert add(competition, cast.alice, "5", at=ENDS + DAY, external_id="watch-1").pk == first.pk


def test_correcting_keeps_what_was_until_the_end(arena: Arena, cast: Cast) -> None:
    competition = arena.started()
    entry = add(competition, cast.alice, "50")
    add(competition, cast.alice, "100")
    at = RUNS + HOUR
    actions.correct_entry(entry=entry, value=Decimal(5), by=cast.alice, at=at)
    with pytest.raises(ValidationError):
        actions.correct_entry(entry=entry, value=Decimal("100.5"), by=cast.alice, at=at)
    actions.correct_entry(entry=entry, value=Decimal(100), by=cast.alice, at=at)
    with pytest.raises(ValidationError):
        actions.correct_entry(entry=entry, value=Decimal("-1"), by=cast.alice, at=at)
    with pytest.raises(ValidationError) as error:
        actions.correct_entry(entry=entry, value=Decimal(1), by=cast.alice, at=ENDS)
    assert error.value.code == "closed"
    entry.refresh_from_db()
    assert entry.value == 100
    assert [change.value for change in entry.changes.order_by("pk")] == [50, 5]


def test_taken_back_frees_the_day_and_can_be_undone_while_there_is_room(
    arena: Arena, cast: Cast
) -> None:
    competition = arena.started()
    first = add(competition, cast.alice, "100")
    for _again in range(2):
        actions.withdraw_entry(entry=first, by=cast.alice, at=RUNS + HOUR)
    first.refresh_from_db()
    assert first.withdrawn_at == RUNS + HOUR
    add(competition, cast.alice, "100", at=RUNS + HOUR)
    add(competition, cast.alice, "100", at=RUNS + HOUR)
    with pytest.raises(ValidationError):
        actions.restore_entry(entry=first, by=cast.alice, at=RUNS + HOUR)
    with pytest.raises(ValidationError):
        actions.correct_entry(entry=first, value=Decimal(1), by=cast.alice, at=RUNS + HOUR)


def test_only_its_person_sees_an_entry(arena: Arena, cast: Cast) -> None:
    competition = arena.started(judges=[arena.manager], by_judge=True)
    entry = add(competition, cast.alice, "7.13")
    assert own_entries(cast.alice, competition) == [entry]
    for person in (cast.bob, arena.manager, cast.admin):
        assert own_entries(person, competition) == []
        with pytest.raises(Http404):
            access.get_entry_to_change(person, entry.key)


# --- judges ---------------------------------------------------------------------------------------


def judged(arena: Arena, **facts: Any) -> Any:
    return arena.started(by_people=False, by_judge=True, judges=[arena.manager], **facts)


def values(competition: Any, arena: Arena, ours: str, theirs: str) -> dict[str, Decimal]:
    return {
        group_of_unit(competition, arena.nordlys).key: Decimal(ours),
        group_of_unit(competition, arena.sorlys).key: Decimal(theirs),
    }


def judge(competition: Any, given: Any, by: Any, **facts: Any) -> list[Entry]:
    return actions.add_judged_entries(
        competition=competition, values=given, by=by, at=facts.pop("at", RUNS), **facts
    )


def test_judge_enters_for_several_groups_at_once_or_for_none(arena: Arena) -> None:
    competition = judged(arena)
    with pytest.raises(ValidationError) as error:
        judge(competition, values(competition, arena, "12", "NaN"), arena.manager)
    assert list(error.value.message_dict) == [group_of_unit(competition, arena.sorlys).key]
    assert Entry.objects.count() == 0
    made = judge(competition, values(competition, arena, "12", "900.5"), arena.manager)
    assert [entry.value for entry in made] == [12, Decimal("900.5")]


def test_two_judges_with_the_same_list_do_not_count_it_twice(arena: Arena, cast: Cast) -> None:
    competition = arena.started(by_judge=True, judges=[arena.manager, cast.keeper])
    seen = judged_version(competition)
    judge(competition, values(competition, arena, "12", "9"), arena.manager, seen=seen)
    with pytest.raises(ValidationError) as error:
        judge(competition, values(competition, arena, "12", "9"), cast.keeper, seen=seen)
    assert error.value.code == "stale"
    assert Entry.objects.count() == 2
    seen = judged_version(competition)
    judge(competition, values(competition, arena, "1", "1"), cast.keeper, seen=seen)
    assert Entry.objects.count() == 4


def test_nobody_but_judges_enters_for_groups(arena: Arena, cast: Cast) -> None:
    competition = judged(arena)
    for person in (cast.alice, cast.admin):
        with pytest.raises(ValidationError) as error:
            judge(competition, values(competition, arena, "1", "1"), person)
        assert error.value.code == "judge"
    assert refusal(competition, cast.alice).code == "way"
    for at in (STARTS - SECOND, ENDS):
        with pytest.raises(ValidationError):
            judge(competition, values(competition, arena, "1", "1"), arena.manager, at=at)
    with pytest.raises(ValidationError):
        judge(competition, {"w" + "0" * 14: Decimal(1)}, arena.manager)
    with pytest.raises(ValidationError):
        judge(competition, {}, arena.manager)
    assert Entry.objects.count() == 0


def test_program_sends_for_a_group_in_a_judges_name(arena: Arena, cast: Cast) -> None:
    competition = arena.started(by_api=True)
    group = group_of_unit(competition, arena.sorlys)
    facts: dict[str, Any] = {
        "competition": competition, "group": group, "value": Decimal(3), "at": RUNS,
        "external_id": "t-1",
    }  # fmt: skip
    first = actions.add_sent_entry(by=arena.manager, **facts)
    assert actions.add_sent_entry(by=arena.manager, **facts) == first
    with pytest.raises(ValidationError):
        actions.add_sent_entry(by=arena.manager, **facts | {"value": Decimal(4)})
    with pytest.raises(ValidationError):
        actions.add_sent_entry(by=cast.alice, **facts | {"external_id": "t-2"})
    assert Entry.objects.count() == 1
