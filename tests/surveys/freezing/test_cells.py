"""The groups answers are counted in, for any organisation: everybody once, never under five."""

import itertools
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveys.cells import (
    AIM,
    FEWEST,
    LEADERS,
    MERGED,
    TEAM,
    WHOLE,
    Asked,
    MadeCell,
    Place,
    TooFew,
    make_cells,
)


@st.composite
def organisations(draw: st.DrawFn) -> tuple[list[Place], list[Asked]]:
    """A tree of up to 14 units, people anywhere in it, some leading units, some just leading."""
    count = draw(st.integers(1, 14))
    names = st.sampled_from(["Nord", "Sør", "Øst", "Vest", "nord"])
    places: list[Place] = []
    for number in range(count):
        above = draw(st.one_of(st.none(), st.integers(0, max(0, number - 1)))) if number else None
        parent = places[above].key if above is not None else None
        places.append(Place(f"u{number:02}", draw(names), parent))
    people: list[Asked] = []
    keys = [one.key for one in places]
    for place in [*keys, None]:
        for _ in range(draw(st.integers(0, 12))):
            leads = frozenset(draw(st.lists(st.sampled_from(keys), max_size=2)))
            is_leader = bool(draw(st.integers(0, 9)) == 0)
            people.append(Asked(len(people), place, is_leader, leads if is_leader else frozenset()))
    return places, people


def made(places: list[Place], people: list[Asked]) -> list[MadeCell]:
    try:
        return make_cells(places, people)
    except TooFew:
        assert len(people) < FEWEST
        return []


@settings(max_examples=100, deadline=None)
@given(organisations())
def test_everybody_is_in_exactly_one_cell_of_five_or_more(
    organisation: tuple[list[Place], list[Asked]],
) -> None:
    places, people = organisation
    cells = made(places, people)
    if len(people) < FEWEST:
        assert cells == []
        return
    counted = Counter(person for cell in cells for person in cell.people)
    assert counted == Counter(one.person for one in people)
    assert min(len(cell.people) for cell in cells) >= FEWEST


@settings(max_examples=60, deadline=None)
@given(organisations())
def test_under_six_only_where_there_is_nobody_to_join(
    organisation: tuple[list[Place], list[Asked]],
) -> None:
    places, people = organisation
    leaders = {one.person for one in people if one.is_leader}
    cells = made(places, people)
    for kind in (True, False):
        of_kind = [cell for cell in cells if (cell.people[0] in leaders) is kind]
        small = [cell for cell in of_kind if len(cell.people) < AIM]
        assert not small or len([cell for cell in cells if (cell.kind == LEADERS) is kind]) <= 1


@settings(max_examples=60, deadline=None)
@given(organisations(), st.randoms(use_true_random=False))
def test_cells_do_not_depend_on_the_order_of_what_is_given(
    organisation: tuple[list[Place], list[Asked]], dice: object
) -> None:
    places, people = organisation
    first = made(places, people)
    dice.shuffle(places)  # type: ignore[attr-defined]
    dice.shuffle(people)  # type: ignore[attr-defined]
    assert made(places, people) == first


@settings(max_examples=60, deadline=None)
@given(organisations())
def test_teams_stay_whole_and_hang_above_their_people(
    organisation: tuple[list[Place], list[Asked]],
) -> None:
    places, people = organisation
    parents = {one.key: one.parent for one in places}
    cells = made(places, people)
    if not cells:
        return
    where = {person: number for number, cell in enumerate(cells) for person in cell.people}
    by_person = {one.person: one for one in people}
    leaders = {one.person for one in people if one.is_leader}

    def above(key: str | None) -> list[str]:
        found = []
        while key is not None:
            found.append(key)
            key = parents[key]
        return [*found, WHOLE]

    for _unit, members in itertools.groupby(
        sorted((one for one in people if not one.is_leader), key=lambda one: one.unit or ""),
        key=lambda one: one.unit,
    ):
        assert len({where[one.person] for one in members}) == 1
    for cell in cells:
        inside = {by_person[p].unit for p in cell.people} - {None}
        assert set(cell.units) <= inside
        assert inside - set(cell.units) <= {by_person[p].unit for p in leaders}
        path = () if cell.parent == WHOLE else tuple(reversed(above(cell.parent)[:-1]))
        assert cell.path == path
        if cell.kind == LEADERS:
            assert set(cell.people) <= leaders
        else:
            for unit in cell.units:
                assert cell.parent in above(unit)


@settings(max_examples=60, deadline=None)
@given(organisations())
def test_kind_says_how_a_cell_was_made(
    organisation: tuple[list[Place], list[Asked]],
) -> None:
    places, people = organisation
    leaders = {one.person for one in people if one.is_leader}
    for cell in made(places, people):
        if cell.kind == TEAM:
            assert len(cell.units) <= 1
            assert not leaders & set(cell.people)
        if cell.kind == MERGED:
            parts = len(cell.units) + bool(leaders & set(cell.people))
            assert parts + any(one.unit is None for one in people) >= 2


# --- examples -------------------------------------------------------------------------------------


def team(unit: str | None, size: int, *, first: int, **facts: object) -> list[Asked]:
    return [Asked(first + number, unit, **facts) for number in range(size)]  # type: ignore[arg-type]


TREE = [
    Place("whole_company", "Fjordtel"),
    Place("north", "Nord", "whole_company"),
    Place("south", "Sør", "whole_company"),
    Place("n1", "N1", "north"),
    Place("n2", "N2", "north"),
    Place("n3", "N3", "north"),
    Place("s1", "S1", "south"),
    Place("s2", "S2", "south"),
]


def shape(cells: list[MadeCell]) -> list[tuple[str, str, tuple[str, ...], int]]:
    return [(cell.kind, cell.parent, cell.units, len(cell.people)) for cell in cells]


def test_team_under_six_joins_its_smallest_sibling() -> None:
    people = [
        *team("n1", 5, first=0), *team("n2", 9, first=10), *team("n3", 7, first=20),
        *team("s1", 6, first=40), *team("s2", 8, first=50),
    ]  # fmt: skip
    assert shape(make_cells(TREE, people)) == [
        ("merged", "north", ("n1", "n3"), 12),
        ("team", "north", ("n2",), 9),
        ("team", "south", ("s1",), 6),
        ("team", "south", ("s2",), 8),
    ]


def test_team_without_sibling_joins_a_cousin_further_up() -> None:
    people = [
        *team("n1", 4, first=0), *team("s1", 7, first=40), *team("s2", 6, first=50),
    ]  # fmt: skip
    assert shape(make_cells(TREE, people)) == [
        ("merged", "whole_company", ("n1", "s2"), 10),
        ("team", "south", ("s1",), 7),
    ]


def test_people_right_in_a_department_are_a_team_there() -> None:
    people = [*team("north", 6, first=0), *team("n1", 6, first=10), *team("n2", 2, first=20)]
    assert shape(make_cells(TREE, people)) == [
        ("merged", "north", ("north", "n2"), 8),
        ("team", "north", ("n1",), 6),
    ]


def test_leaders_are_counted_with_peers() -> None:
    people = [
        Asked(1, "n1", True, frozenset({"n1"})),
        Asked(2, "n2", True, frozenset({"n2"})),
        Asked(3, "n3", True, frozenset({"n3"})),
        Asked(4, "s1", True, frozenset({"s1"})),
        Asked(5, "s2", True, frozenset({"s2"})),
        *team("n1", 6, first=10),
        *team("s1", 6, first=20),
    ]
    assert shape(make_cells(TREE, people)) == [
        ("leaders", "whole_company", ("n1", "n2", "n3", "s1", "s2"), 5),
        ("team", "north", ("n1",), 6),
        ("team", "south", ("s1",), 6),
    ]


def test_too_few_leaders_join_people_they_do_not_lead() -> None:
    people = [
        Asked(1, "n1", True, frozenset({"n1"})),
        *team("n1", 6, first=10),
        *team("n2", 20, first=20),
    ]
    [own, other] = make_cells(TREE, people)
    assert (own.units, own.kind, 1 in own.people) == (("n1",), "team", False)
    assert (other.kind, 1 in other.people) == ("merged", True)


def test_one_team_with_its_leader_is_one_cell() -> None:
    people = [Asked(1, "n1", True, frozenset({"n1"})), *team("n1", 4, first=10)]
    assert shape(make_cells(TREE, people)) == [("merged", "north", ("n1",), 5)]


@pytest.mark.parametrize("size", range(5))
def test_fewer_than_five_are_refused(size: int) -> None:
    with pytest.raises(TooFew):
        make_cells(TREE, team("n1", size, first=0))


def test_somebody_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="twice"):
        make_cells(TREE, [*team("n1", 6, first=0), *team("n2", 1, first=0)])
