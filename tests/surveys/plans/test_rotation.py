"""Whose turn it is and what comes next, for plans of all sizes."""

import datetime as dt
from collections import Counter
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from surveys import rotation
from surveys.instruments.minutes import seconds_of
from surveys.queries.burden import quarter_of

SITES = ("bergen", "gjovik", "trondheim")


@st.composite
def organisations(draw: Any) -> list[rotation.Atom]:
    facts = draw(
        st.lists(st.tuples(st.integers(6, 40), st.sampled_from(SITES)), min_size=1, max_size=40)
    )
    return [
        rotation.Atom((f"u{number:02}",), people, frozenset({site}))
        for number, (people, site) in enumerate(facts)
    ]


@st.composite
def pools(draw: Any) -> list[dict[str, Any]]:
    """Items of one to seven drivers, some without, some open."""
    drivers = draw(st.integers(1, 7))
    sizes = draw(st.lists(st.integers(1, 5), min_size=drivers, max_size=drivers))
    pool = [
        {"key": f"d{driver}.{number}", "kind": "scale", "driver": f"d{driver}"}
        for driver, size in enumerate(sizes)
        for number in range(size)
    ]
    loose = [
        {"key": f"loose.{number}", "kind": "scale", "driver": ""}
        for number in range(draw(st.integers(0, 2)))
    ]
    texts = [
        {"key": f"text.{number}", "kind": "text", "driver": ""}
        for number in range(draw(st.integers(0, 3)))
    ]
    return draw(st.permutations(pool + loose + texts))


@given(organisations(), st.integers(1, 8))
def test_every_group_is_in_one_panel_and_every_site_in_each_where_it_can(
    atoms: list[rotation.Atom], panels: int
) -> None:
    dealt = rotation.deal(atoms, panels)
    assert len(dealt) == panels
    assert Counter(atom for panel in dealt for atom in panel) == Counter(atoms)
    for site in SITES:
        having = sum(any(site in atom.sites for atom in panel) for panel in dealt)
        assert having == min(panels, sum(site in atom.sites for atom in atoms))


@given(organisations(), st.integers(1, 8))
def test_panels_of_one_site_are_about_as_large_as_one_another(
    atoms: list[rotation.Atom], panels: int
) -> None:
    here = [atom for atom in atoms if "bergen" in atom.sites]
    sizes = [sum(atom.people for atom in panel) for panel in rotation.deal(here, panels)]
    assert max(sizes) - min(sizes) <= max((atom.people for atom in here), default=0)


@given(organisations(), st.integers(1, 8))
def test_dealing_does_not_depend_on_the_order_people_came_in(
    atoms: list[rotation.Atom], panels: int
) -> None:
    assert rotation.deal(atoms, panels) == rotation.deal(reversed(atoms), panels)


@given(pools(), st.integers(1, 15), st.integers(1, 13), st.integers(1, 6), st.dates(
    dt.date(2026, 1, 1), dt.date(2030, 1, 1)
))  # fmt: skip
def test_two_years_of_rounds_ask_every_driver_each_quarter(
    pool: list[dict[str, Any]], count: int, weeks: int, panels: int, starts_on: dt.date
) -> None:
    assume(rotation.most_seconds(pool, count) <= rotation.LONGEST_SECONDS)
    assume(not rotation.themes_left_out(pool, count, weeks))
    items = {item["key"]: item for item in pool}
    drivers = {rotation.driver_of(item) for item in pool}
    of_panel: dict[int, list[str]] = {number: [] for number in range(1, panels + 1)}
    of_plan: list[str] = []
    of_quarter: dict[dt.date, set[str]] = {}
    history: dict[int, list[list[str]]] = {number: [] for number in of_panel}
    for number in range(1, 104 // weeks + 1):
        day = rotation.round_day(starts_on, weeks, number)
        panel = rotation.panel_number(number, panels)
        this_quarter = of_quarter.setdefault(quarter_of(day)[0], set())
        chosen = rotation.choose_items(
            pool,
            count=count,
            panel_asked=of_panel[panel],
            plan_asked=of_plan,
            this_quarter=this_quarter,
        )
        asked = [items[key] for key in chosen]
        assert 1 <= len(set(chosen)) == len(chosen) <= count
        assert seconds_of(asked) <= rotation.LONGEST_SECONDS
        assert sum(item["kind"] == "text" for item in asked) <= 1
        assert chosen == [key for key in items if key in chosen]
        of_panel[panel] = [key for key in of_panel[panel] if key not in chosen] + chosen
        of_plan = [key for key in of_plan if key not in chosen] + chosen
        this_quarter |= {rotation.driver_of(item) for item in asked}
        history[panel].append(chosen)
    for quarter in sorted(of_quarter)[1:-1]:
        assert of_quarter[quarter] == drivers, quarter
    for rounds in history.values():
        _assert_no_item_again_before_the_others_of_its_driver(rounds, pool)


def _assert_no_item_again_before_the_others_of_its_driver(
    rounds: list[list[str]], pool: list[dict[str, Any]]
) -> None:
    siblings: dict[str, set[str]] = {}
    for item in pool:
        siblings.setdefault(rotation.driver_of(item), set()).add(item["key"])
    for keys in siblings.values():
        last: dict[str, int] = {}
        for number, asked in enumerate(rounds):
            for key in keys & set(asked):
                if key in last:
                    since = {one for chosen in rounds[last[key] : number + 1] for one in chosen}
                    assert keys <= since, key
                last[key] = number


@given(st.integers(1, 13), st.dates(dt.date(2026, 1, 1), dt.date(2030, 1, 1)))
def test_so_many_rounds_open_in_every_quarter(weeks: int, starts_on: dt.date) -> None:
    days = [rotation.round_day(starts_on, weeks, number) for number in range(1, 160 // weeks + 2)]
    counts = Counter(quarter_of(day)[0] for day in days)
    whole = sorted(counts)[1:-1]
    assert all(counts[quarter] >= rotation.rounds_a_quarter(weeks) for quarter in whole)


def test_turns_go_round() -> None:
    assert [rotation.panel_number(number, 3) for number in range(1, 8)] == [1, 2, 3, 1, 2, 3, 1]
    assert rotation.round_day(dt.date(2027, 3, 1), 2, 3) == dt.date(2027, 3, 29)


def test_round_with_an_open_question_is_counted_as_its_longest() -> None:
    pool = [{"key": f"k{n}", "kind": "scale", "driver": ""} for n in range(20)]
    pool.append({"key": "t", "kind": "text", "driver": ""})
    assert rotation.most_seconds(pool[:-1], 15) == 180
    assert rotation.most_seconds(pool, 12) == 11 * 12 + 40
    assert rotation.most_seconds(pool, 13) > rotation.LONGEST_SECONDS
