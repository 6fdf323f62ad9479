"""Today shows the running competition of one's group, and asks next to nothing for it."""

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from engagement.people.models import Person
from events import actions
from events.competition_facts import GroupFacts
from events.queries import competing_now
from events.queries.competing_now import forget_running, keep_running, running_for
from tests import factories
from tests.conftest import Cast, sign_in
from tests.events.competitions.arena import (
    DAY,
    ENDS,
    HOUR,
    MIDDLE,
    RUNS,
    STARTS,
    Arena,
    enter,
)


@pytest.fixture(autouse=True)
def _now() -> Iterator[Any]:
    with time_machine.travel(RUNS, tick=False) as traveller:
        forget_running()
        yield traveller


def shown(person: Person, at: Any = RUNS) -> tuple[str, str, str, int | None] | None:
    """Title, group, state and place, read anew; as somebody whose page has read nothing yet."""
    forget_running()
    mine = running_for(Person.objects.get(pk=person.pk), at=at)
    if mine is None:
        return None
    line = mine.row.line
    return mine.competition.title, mine.row.group.name, line.state, line.place


def test_it_shows_ones_group_while_it_runs(arena: Arena, cast: Cast) -> None:
    competition = arena.started()
    assert shown(cast.alice, STARTS - HOUR) is None
    assert shown(cast.alice) == ("Til Nordkapp", "Team Nordlys", "waiting", None)
    enter(competition, arena.ours)
    enter(competition, arena.theirs, "20")
    actions.refresh_standings(at=RUNS)
    assert shown(cast.alice) == ("Til Nordkapp", "Team Nordlys", "counted", 2)
    assert shown(arena.theirs[0]) == ("Til Nordkapp", "Team Sørlys", "counted", 1)
    for person in (cast.charlie, arena.manager, cast.admin):
        assert shown(person) is None
    assert shown(cast.alice, ENDS) is None


def test_whoever_stepped_out_is_not_reminded(arena: Arena, cast: Cast) -> None:
    competition = arena.started()
    actions.opt_out(competition=competition, by=cast.alice, at=RUNS)
    assert shown(cast.alice) is None
    actions.opt_in(competition=competition, by=cast.alice, at=RUNS)
    assert shown(cast.alice) is not None


def test_cancelled_one_is_gone_also_from_memory(arena: Arena, cast: Cast) -> None:
    competition = arena.started()
    assert running_for(cast.alice, at=RUNS) is not None
    actions.cancel_competition(competition=competition, reason="Is", by=arena.manager, at=RUNS)
    assert running_for(cast.alice, at=RUNS) is None


def test_sites_and_mixed_groups_are_found_too(arena: Arena, cast: Cast) -> None:
    groups = [GroupFacts("Ravn", members=arena.ours[1:]), GroupFacts("Oter", members=arena.theirs)]
    arena.started(groups=groups, kind="mixed", for_site=arena.site)
    assert shown(cast.alice) is None
    assert shown(cast.bob) == ("Til Nordkapp", "Ravn", "waiting", None)
    sites = [GroupFacts(site=cast.trondheim), GroupFacts(site=cast.gjovik)]
    for n in range(5):
        factories.make_person(f"Per{n}", unit=cast.partner_team)
    arena.started(
        by=cast.admin, groups=sites, kind="sites", title="Byen", rounds=[(STARTS, MIDDLE)]
    )
    assert shown(cast.alice) == ("Byen", "Trondheim", "waiting", None)
    assert shown(cast.charlie) == ("Byen", "Gjøvik", "waiting", None)


def test_first_to_end_is_shown(arena: Arena, cast: Cast) -> None:
    arena.started(title="Lang", rounds=[(STARTS, ENDS + DAY)])
    arena.started(title="Kort", rounds=[(STARTS, MIDDLE)])
    assert shown(cast.alice) == ("Kort", "Team Nordlys", "waiting", None)


def statements(person: Person) -> int:
    """How many Today takes, all of it."""
    client = sign_in(Client(), person)
    client.get("/")
    with CaptureQueriesContext(connection) as captured:
        assert client.get("/").status_code == 200
    return len(captured)


def test_it_costs_one_statement_and_none_while_nothing_runs(arena: Arena, cast: Cast) -> None:
    keep_running(())
    without = statements(cast.alice)
    arena.make(rounds=[(MIDDLE, ENDS)])
    forget_running()
    assert statements(cast.alice) == without
    arena.started()
    arena.started()
    forget_running()
    assert statements(cast.alice) == without + 1
    # None for whom nothing that runs can concern.
    keep_running(())
    without = statements(cast.charlie)
    forget_running()
    assert statements(cast.charlie) == without


def test_what_runs_is_read_again_after_a_minute(
    arena: Arena, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [1000.0]
    monkeypatch.setattr(competing_now.time, "monotonic", lambda: clock[0])
    keep_running(())
    arena.started()
    assert running_for(cast.alice, at=RUNS) is None
    clock[0] += competing_now.KEPT_S + 1
    assert running_for(cast.alice, at=RUNS) is not None


def test_page_tells_the_place_of_the_group_and_of_nobody(arena: Arena, cast: Cast) -> None:
    competition = arena.started()
    enter(competition, [cast.bob], "77.31")
    enter(competition, arena.ours)
    actions.refresh_standings(at=RUNS)
    page = sign_in(Client(), cast.alice).get("/").content.decode()
    section = page[page.index('data-testid="today-competition"') :].split("</section>")[0]
    assert f"/events/competitions/{competition.key}/" in section
    assert "Team Nordlys" in section
    assert [one for one in ("77", "Bob", "22,88") if one in section] == []
    keep_running(())
    assert "today-competition" not in sign_in(Client(), cast.alice).get("/").content.decode()
