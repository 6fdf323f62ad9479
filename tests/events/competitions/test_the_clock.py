"""What the clock does: counts heads, moves numbers, closes, tells, forgets. And what nobody can see."""

import datetime as dt
from collections import Counter
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from engagement.live.models import Celebration
from engagement.notices.models import Delivery, Notice
from engagement.people.models import AuditEntry
from events import actions
from events.actions.standing import final_lines
from events.competition_facts import GroupFacts
from events.lots import commitment, lot_of
from events.models import Competition, Entry, GroupSum, OptOut, Result
from events.queries.competing import lot_words
from tests import factories
from tests.conftest import Cast
from tests.events.competitions.arena import (
    DAY,
    ENDS,
    HOUR,
    MADE,
    MIDDLE,
    MINUTE,
    RUNS,
    STARTS,
    Arena,
    enter,
    group_of_unit,
    told,
)


def heads(competition: Competition) -> list[tuple[int, str, int]]:
    rows = GroupSum.objects.filter(round__competition=competition).order_by(
        "round", "group__number"
    )
    return list(rows.values_list("round__number", "group__name", "head_count"))


# --- heads ----------------------------------------------------------------------------------------


def test_heads_are_counted_when_a_round_begins_and_stay(arena: Arena) -> None:
    competition = arena.started(rounds=[(STARTS, MIDDLE), (MIDDLE, ENDS)])
    first = [(1, "Team Nordlys", 6), (1, "Team Sørlys", 6)]
    assert heads(competition) == first
    factories.make_person("Ny", unit=arena.nordlys, from_on=dt.date(2026, 12, 2))
    actions.count_rounds(at=RUNS)
    assert heads(competition) == first
    # However late the clock is, the heads are those of when the round began.
    factories.make_person("Nyere", unit=arena.sorlys, from_on=dt.date(2026, 12, 9))
    actions.count_rounds(at=MIDDLE + 3 * DAY)
    assert heads(competition) == [*first, (2, "Team Nordlys", 7), (2, "Team Sørlys", 6)]


@pytest.mark.parametrize("out", [1, 2, 3, 4, 6])
def test_those_who_step_out_are_missing_in_no_count(arena: Arena, out: int) -> None:
    competition = arena.make(rounds=[(STARTS, MIDDLE), (MIDDLE, ENDS)])
    for person in arena.ours[:out]:
        actions.opt_out(competition=competition, by=person, at=MADE)
    actions.count_rounds(at=STARTS)
    actions.count_rounds(at=MIDDLE)
    assert heads(competition) == [
        (number, name, 6) for number in (1, 2) for name in ("Team Nordlys", "Team Sørlys")
    ]


def test_stepping_out_changes_nothing_that_others_see(arena: Arena) -> None:
    competition = arena.started()
    enter(competition, arena.ours)
    actions.refresh_standings(at=RUNS)
    before = (told(competition), Notice.objects.count(), AuditEntry.objects.count())
    for again in range(2):
        actions.opt_out(competition=competition, by=arena.ours[0], at=RUNS + again * MINUTE)
    actions.refresh_standings(at=RUNS + 5 * MINUTE)
    assert (told(competition), Notice.objects.count(), AuditEntry.objects.count()) == before
    assert OptOut.objects.get().out_at == RUNS


def test_group_that_has_become_too_small_has_no_number(arena: Arena) -> None:
    competition = arena.started(rounds=[(STARTS, MIDDLE), (MIDDLE, ENDS)])
    enter(competition, arena.ours)
    enter(competition, arena.theirs, "20")
    actions.refresh_standings(at=RUNS)
    assert told(competition)[1] == ("Team Nordlys", "counted", "10.00", 2)
    for person in arena.ours[:2]:
        person.left_on = dt.date(2026, 12, 5)
        person.save()
    actions.count_rounds(at=MIDDLE)
    actions.refresh_standings(at=MIDDLE + MINUTE)
    assert told(competition) == [
        ("Team Sørlys", "counted", "20.00", 1),
        ("Team Nordlys", "too_few", None, None),
    ]


def test_competition_that_too_few_joined_is_called_off(arena: Arena) -> None:
    groups = [GroupFacts("Ravn"), GroupFacts("Oter"), GroupFacts("Gaupe")]
    mixed = arena.make(groups=groups, kind="mixed", is_joined_freely=True, for_site=arena.site)
    ravn, oter, _gaupe = mixed.groups.order_by("number")
    for person in arena.ours[:5]:
        actions.join_group(group=ravn, by=person, at=MADE)
    for person in arena.theirs[:4]:
        actions.join_group(group=oter, by=person, at=MADE)
    assert actions.count_rounds(at=STARTS) == 1
    mixed.refresh_from_db()
    assert (mixed.cancelled_at, mixed.cancel_reason) == (STARTS, "")
    assert actions.count_rounds(at=STARTS + HOUR) == 0


def test_people_choose_a_group_until_it_starts(arena: Arena, cast: Cast) -> None:
    groups = [GroupFacts("Ravn"), GroupFacts("Oter")]
    mixed = arena.make(groups=groups, kind="mixed", is_joined_freely=True, for_site=arena.site)
    ravn, oter = mixed.groups.order_by("number")
    for group in (ravn, oter):
        actions.join_group(group=group, by=cast.alice, at=MADE)
    assert [member.group for member in mixed.members.all()] == [oter]
    with pytest.raises(actions.NotConcerned):
        actions.join_group(group=ravn, by=cast.charlie, at=MADE)
    with pytest.raises(ValidationError):
        actions.join_group(group=ravn, by=cast.bob, at=STARTS)
    assert mixed.members.count() == 1


# --- numbers --------------------------------------------------------------------------------------


def test_number_appears_with_the_fifth_who_entered(arena: Arena) -> None:
    competition = arena.started()
    enter(competition, arena.ours[:4])
    enter(competition, arena.ours[:4])
    actions.refresh_standings(at=RUNS)
    waiting = ("Team Nordlys", "waiting", None, None)
    assert waiting in told(competition)
    enter(competition, arena.ours[4:5], at=RUNS + MINUTE)
    actions.refresh_standings(at=RUNS + 2 * MINUTE)
    assert told(competition)[0] == ("Team Nordlys", "counted", "15.00", 1)


def test_number_moves_by_no_single_persons_entry(arena: Arena) -> None:
    competition = arena.started()
    enter(competition, arena.ours)
    actions.refresh_standings(at=RUNS)
    enter(competition, arena.ours[:1], "12", at=RUNS + HOUR)
    enter(competition, arena.ours[:2], "12", at=RUNS + HOUR)
    actions.refresh_standings(at=RUNS + 2 * HOUR)
    assert told(competition)[0] == ("Team Nordlys", "counted", "10.00", 1)
    # A third one; or the next morning, when nobody knows whose evening it was.
    enter(competition, arena.ours[2:3], "12", at=RUNS + 3 * HOUR)
    actions.refresh_standings(at=RUNS + 4 * HOUR)
    assert told(competition)[0] == ("Team Nordlys", "counted", "18.00", 1)
    enter(competition, arena.ours[:1], "6", at=RUNS + 5 * HOUR)
    actions.refresh_standings(at=RUNS + 6 * HOUR)
    assert told(competition)[0] == ("Team Nordlys", "counted", "18.00", 1)
    actions.refresh_standings(at=RUNS + DAY)
    assert told(competition)[0] == ("Team Nordlys", "counted", "19.00", 1)


@pytest.mark.parametrize("teams", [2, 8])
def test_bringing_up_to_date_takes_the_same_queries_for_two_groups_and_for_eight(
    arena: Arena, cast: Cast, teams: int, django_assert_max_num_queries: Any
) -> None:
    groups = [GroupFacts(unit=arena.nordlys), GroupFacts(unit=arena.sorlys)]
    people = [*arena.ours, *arena.theirs]
    for n in range(teams - 2):
        unit = factories.make_unit(f"Team {n}", parent=cast.department, site=arena.site)
        people += [factories.make_person(f"P{n}{m}", unit=unit) for m in range(5)]
        groups.append(GroupFacts(unit=unit))
    competition = arena.started(groups=groups)
    enter(competition, people)
    with django_assert_max_num_queries(33):
        actions.refresh_standings(at=RUNS)
    assert len(told(competition)) == teams


def test_standing_moves_at_most_once_a_minute(arena: Arena) -> None:
    competition = arena.started()
    enter(competition, arena.ours)
    assert actions.refresh_standings(at=RUNS) == 1
    enter(competition, arena.ours, at=RUNS + MINUTE / 3)
    assert actions.refresh_standings(at=RUNS + MINUTE / 2) == 0
    assert actions.refresh_standings(at=RUNS + MINUTE) == 1
    assert told(competition)[0] == ("Team Nordlys", "counted", "20.00", 1)
    # Once more, for an entry whose commit came late; then nothing is done.
    assert actions.refresh_standings(at=RUNS + 5 * MINUTE) == 1
    assert actions.refresh_standings(at=RUNS + 9 * MINUTE) == 0


# --- the end --------------------------------------------------------------------------------------


def test_closing_freezes_what_the_entries_say(arena: Arena) -> None:
    """An oracle that knows nothing of sums kept: straight from the entries."""
    competition = arena.started(rounds=[(STARTS, MIDDLE), (MIDDLE, ENDS)])
    enter(competition, arena.ours, "7.5")
    enter(competition, arena.theirs[:5], "11")
    factories.make_person("Ny", unit=arena.nordlys, from_on=dt.date(2026, 12, 4))
    actions.count_rounds(at=MIDDLE)
    enter(competition, arena.ours[:3], "3.33", at=MIDDLE + HOUR)
    enter(competition, arena.theirs[:1], "0.01", at=ENDS - MINUTE)
    late = Entry.objects.filter(by=arena.ours[0]).latest("pk")
    actions.withdraw_entry(entry=late, by=arena.ours[0], at=ENDS - MINUTE)
    actions.refresh_standings(at=ENDS - MINUTE / 2)
    exact: Counter[str] = Counter()
    size = {(r, name): n for r, name, n in heads(competition)}
    for entry in Entry.objects.counted().select_related("group", "round"):
        share = Fraction(entry.value) / size[entry.round.number, entry.group.name]
        exact[entry.group.name] += share  # type: ignore[assignment]
    assert actions.close_competitions(at=ENDS) == 1
    frozen = {one.group.name: one for one in Result.objects.select_related("group")}
    for name, share in exact.items():
        assert frozen[name].per_head is not None
        assert abs(Fraction(frozen[name].per_head) - share) <= Fraction(1, 200)
    competition.refresh_from_db()
    live = {line.key: line for line in final_lines(competition)}
    for one in frozen.values():
        line = live[one.group.key]
        assert (one.total, one.per_head, one.place) == (line.total, line.per_head, line.place)
    assert [row[0] for row in told(competition)] == ["Team Sørlys", "Team Nordlys"]
    # What becomes of people and entries later changes nothing.
    actions.erase_entries(at=ENDS + 15 * DAY)
    after = {one.group.name: (one.total, one.place) for one in Result.objects.all()}
    assert after == {name: (one.total, one.place) for name, one in frozen.items()}


def test_members_are_told_once_and_those_who_stepped_out_are_not(arena: Arena, cast: Cast) -> None:
    competition = arena.started()
    enter(competition, arena.ours)
    actions.opt_out(competition=competition, by=cast.bob, at=RUNS)
    for at in (ENDS, ENDS + HOUR):
        actions.close_competitions(at=at)
    kind = Notice.objects.filter(kind="competition_result")
    assert sorted(kind.values_list("person__given_name", flat=True)) == sorted(
        person.given_name for person in [*arena.ours, *arena.theirs] if person != cast.bob
    )
    # Calm: in the list of notices, no mail unless somebody asks for one.
    assert Delivery.objects.count() == 0
    competition.refresh_from_db()
    assert (competition.closed_at, competition.told_at) == (ENDS, ENDS)


def tied(arena: Arena, **facts: object) -> Competition:
    competition = arena.started(**facts)
    enter(competition, arena.theirs, at=RUNS)
    enter(competition, arena.ours, at=RUNS + HOUR)
    actions.close_competitions(at=ENDS)
    competition.refresh_from_db()
    return competition


def test_equals_share_the_place(arena: Arena) -> None:
    assert [row[3] for row in told(tied(arena))] == [1, 1]


def test_first_to_reach_it_wins_where_that_was_agreed(arena: Arena) -> None:
    assert [(row[0], row[3]) for row in told(tied(arena, tie_rule="first"))] == [
        ("Team Sørlys", 1),
        ("Team Nordlys", 2),
    ]


def test_lot_decides_with_a_seed_published_before(arena: Arena) -> None:
    made = arena.make(tie_rule="lot")
    public, secret = lot_words(made)
    assert secret == ""
    actions.count_rounds(at=STARTS)
    enter(made, arena.ours + arena.theirs)
    actions.close_competitions(at=ENDS)
    made.refresh_from_db()
    public_after, seed = lot_words(made)
    assert (public, public_after) == (commitment(seed), commitment(seed))
    order = sorted(made.groups.all(), key=lambda group: lot_of(seed, group.key))
    assert [row[0] for row in told(made)] == [group.name for group in order]
    assert [row[3] for row in told(made)] == [1, 2]


def test_judge_decides_a_tie_and_then_all_are_told(arena: Arena, cast: Cast) -> None:
    competition = tied(arena, tie_rule="judge", judges=[cast.keeper])
    assert competition.told_at is None
    assert Notice.objects.filter(kind="competition_result").count() == 0
    winner = group_of_unit(competition, arena.nordlys)
    with pytest.raises(ValidationError):
        actions.decide_tie(competition=competition, winner=winner, by=arena.manager, at=ENDS + HOUR)
    actions.decide_tie(competition=competition, winner=winner, by=cast.keeper, at=ENDS + HOUR)
    assert [(row[0], row[3]) for row in told(competition)] == [
        ("Team Nordlys", 1), ("Team Sørlys", 2),
    ]  # fmt: skip
    assert Notice.objects.filter(kind="competition_result").count() == 12
    with pytest.raises(ValidationError) as error:
        actions.decide_tie(competition=competition, winner=winner, by=cast.keeper, at=ENDS + DAY)
    assert error.value.code == "decided"
    assert AuditEntry.objects.get(verb="tie-decided").actor == cast.keeper


def test_tie_that_no_judge_decides_is_shared_after_three_days(arena: Arena, cast: Cast) -> None:
    competition = tied(arena, tie_rule="judge", judges=[cast.keeper])
    assert actions.close_competitions(at=ENDS + 3 * DAY - MINUTE) == 0
    assert actions.close_competitions(at=ENDS + 3 * DAY) == 1
    assert [row[3] for row in told(competition)] == [1, 1]
    competition.refresh_from_db()
    assert competition.told_at == ENDS + 3 * DAY


def test_nobody_entered_anything_and_it_ends_all_the_same(arena: Arena) -> None:
    competition = arena.started()
    actions.close_competitions(at=ENDS)
    assert [row[1] for row in told(competition)] == ["waiting", "waiting"]
    assert Celebration.objects.count() == 0


def test_clock_that_was_away_counts_heads_before_it_closes(arena: Arena) -> None:
    competition = arena.make(by_judge=True, judges=[arena.manager])
    values = {group_of_unit(competition, arena.nordlys).key: Decimal(12)}
    actions.add_judged_entries(competition=competition, values=values, by=arena.manager, at=RUNS)
    assert actions.close_competitions(at=ENDS + DAY) == 1
    assert told(competition)[0] == ("Team Nordlys", "counted", "2.00", 1)


# --- on the walls ---------------------------------------------------------------------------------


def cards() -> list[tuple[str, list[str]]]:
    """The kind of each card that hangs, and what its bars say."""
    return [
        (one.kind, [f"{bar['place']} {bar['name']} {bar['value']}" for bar in one.cards["nb"]["rows"]])
        for one in Celebration.objects.standing().order_by("pk")
    ]  # fmt: skip


def test_one_card_hangs_from_the_first_number_to_the_result(arena: Arena) -> None:
    competition = arena.started()
    actions.refresh_standings(at=STARTS)
    assert cards() == []
    enter(competition, arena.ours)
    actions.refresh_standings(at=RUNS)
    assert cards() == [("standing", ["1 Team Nordlys 10"])]
    enter(competition, arena.theirs, "12.5", at=RUNS + MINUTE)
    actions.refresh_standings(at=RUNS + 2 * MINUTE)
    assert cards() == [("standing", ["1 Team Sørlys 12,5", "2 Team Nordlys 10"])]
    [card] = Celebration.objects.standing()
    streams = {event.stream for event in card.events.select_related("stream")}
    assert {stream.unit or stream.site for stream in streams} == {
        arena.nordlys, arena.sorlys, arena.site,
    }  # fmt: skip
    actions.close_competitions(at=ENDS)
    assert cards() == [("result", ["1 Team Sørlys 12,5", "2 Team Nordlys 10"])]
    [card] = Celebration.objects.standing()
    assert card.cards["en"]["title"] == "Team Sørlys won"
    everybody = [person.name for person in [*arena.ours, *arena.theirs]]
    assert [name for name in everybody if name in str(card.cards)] == []


def test_card_is_made_anew_only_when_it_says_something_else_or_grows_old(arena: Arena) -> None:
    competition = arena.started()
    enter(competition, arena.ours)
    actions.refresh_standings(at=RUNS)
    enter(competition, arena.ours[:1], at=RUNS + MINUTE)
    assert actions.refresh_standings(at=RUNS + 2 * MINUTE) == 1
    assert Celebration.objects.count() == 1
    for hours in range(1, 60):
        actions.refresh_standings(at=RUNS + hours * HOUR)
        hanging = Celebration.objects.standing().current(RUNS + hours * HOUR)
        assert hanging.count() == 1
    assert Celebration.objects.count() < 9


def test_cancelled_competition_leaves_the_walls(arena: Arena) -> None:
    competition = arena.started()
    enter(competition, arena.ours)
    actions.refresh_standings(at=RUNS)
    actions.cancel_competition(
        competition=competition, reason="Is", by=arena.manager, at=RUNS + HOUR
    )
    assert cards() == []


def test_competition_that_is_not_for_walls_hangs_on_none(arena: Arena) -> None:
    competition = arena.started(shows_on_walls=False)
    enter(competition, arena.ours)
    actions.refresh_standings(at=RUNS)
    actions.close_competitions(at=ENDS)
    assert Celebration.objects.count() == 0


def test_more_than_six_groups_are_told_as_a_number(arena: Arena, cast: Cast) -> None:
    groups = [GroupFacts(unit=arena.nordlys), GroupFacts(unit=arena.sorlys)]
    for n in range(6):
        unit = factories.make_unit(f"Team {n}", parent=cast.department, site=arena.site)
        for m in range(5):
            factories.make_person(f"P{n}{m}", unit=unit)
        groups.append(GroupFacts(unit=unit))
    competition = arena.started(groups=groups, by_judge=True, judges=[arena.manager])
    values = {group.key: Decimal(group.number + 1) for group in competition.groups.all()}
    actions.add_judged_entries(competition=competition, values=values, by=arena.manager, at=RUNS)
    actions.refresh_standings(at=RUNS)
    card = Celebration.objects.get().cards
    assert len(card["nb"]["rows"]) == 6
    assert card["en"]["more"] == "and 2 more"
