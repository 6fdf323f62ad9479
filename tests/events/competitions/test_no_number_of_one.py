"""What somebody who watches the page, or calls the API, could learn of one person: nothing."""

import datetime as dt
import re
from typing import Any

import time_machine
from django.test import Client

from events import actions
from events.models import Competition
from tests.conftest import Cast, sign_in
from tests.events.competitions.arena import (
    DAY,
    HOUR,
    MINUTE,
    RUNS,
    Arena,
    enter,
    told,
)

# Four in the morning after RUNS, by the organisation's clock.
FOUR = dt.datetime(2026, 12, 2, 3, tzinfo=dt.UTC)


def number(competition: Competition) -> Any:
    """That of Team Nordlys, as everybody sees it."""
    return {row[0]: row[2] for row in told(competition)}["Team Nordlys"]


def waiting(arena: Arena) -> Competition:
    """Told once; then one person alone entered something in the evening."""
    competition = arena.started()
    enter(competition, arena.ours)
    actions.refresh_standings(at=RUNS)
    enter(competition, arena.ours[:1], "6", at=RUNS + 8 * HOUR)
    actions.refresh_standings(at=RUNS + 8 * HOUR + MINUTE)
    actions.refresh_standings(at=RUNS + 8 * HOUR + 3 * MINUTE)
    assert number(competition) == "10.00"
    return competition


def test_what_waited_overnight_is_told_at_four_whether_anybody_enters_or_not(arena: Arena) -> None:
    competition = waiting(arena)
    assert actions.refresh_standings(at=FOUR - MINUTE) == 0
    assert number(competition) == "10.00"
    assert actions.refresh_standings(at=FOUR) == 1
    assert number(competition) == "11.00"
    # Once a morning.
    assert actions.refresh_standings(at=FOUR + 5 * MINUTE) == 0


def test_one_who_enters_in_the_morning_moves_no_number(arena: Arena) -> None:
    competition = waiting(arena)
    actions.refresh_standings(at=FOUR)
    enter(competition, arena.ours[:1], "60", at=FOUR + 2 * HOUR)
    for minutes in (1, 2, 60):
        actions.refresh_standings(at=FOUR + 2 * HOUR + minutes * MINUTE)
        assert number(competition) == "11.00"
    actions.refresh_standings(at=FOUR + DAY)
    assert number(competition) == "21.00"


def test_one_who_was_up_before_a_late_clock_is_not_told_with_the_night(arena: Arena) -> None:
    """The clock was away at four."""
    competition = waiting(arena)
    enter(competition, arena.ours[:1], "60", at=FOUR + 2 * HOUR)
    enter(competition, arena.theirs, "3", at=RUNS + 9 * HOUR)
    for minutes in (0, 2, 60):
        actions.refresh_standings(at=FOUR + 2 * HOUR + minutes * MINUTE)
        assert number(competition) == "10.00"
    # Three of them; or, as here for one, the next morning.
    actions.refresh_standings(at=FOUR + DAY)
    assert number(competition) == "21.00"


def test_three_are_told_at_once_also_when_the_morning_was_missed(arena: Arena) -> None:
    competition = waiting(arena)
    enter(competition, arena.ours[:1], "60", at=FOUR + 2 * HOUR)
    actions.refresh_standings(at=FOUR + 2 * HOUR)
    enter(competition, arena.ours[1:3], "6", at=FOUR + 3 * HOUR)
    actions.refresh_standings(at=FOUR + 3 * HOUR)
    assert number(competition) == "23.00"


def test_page_shows_no_trace_of_a_single_entry(arena: Arena, cast: Cast) -> None:
    """Not even that somebody entered something: the whole page is what it was before."""
    competition = arena.started()
    enter(competition, arena.ours)
    actions.refresh_standings(at=RUNS)

    def seen() -> str:
        with time_machine.travel(RUNS + 2 * HOUR, tick=False):
            page = sign_in(Client(), cast.bob).get(f"/events/competitions/{competition.key}/")
        passing = re.compile(r'value="\w{15,}"|"X-CSRFToken": "\w+"')
        return passing.sub("", page.content.decode())

    before = seen()
    enter(competition, arena.ours[:1], "6", at=RUNS + HOUR)
    actions.refresh_standings(at=RUNS + HOUR + MINUTE)
    competition.refresh_from_db()
    assert competition.refreshed_at == RUNS + HOUR + MINUTE
    assert seen() == before
