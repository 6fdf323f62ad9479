"""Who is seen: what is told of groups, to whom, and what a group never gives away."""

import datetime as dt
import re
from collections import Counter
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import pytest
from django.test import Client, override_settings
from django.utils.translation import override
from hypothesis import given as examples
from hypothesis import strategies as st

from engagement import blurring, times
from engagement.blurring import ODDS, blurred, share_told, step_of, steps_of
from engagement.people.models import Membership, Person, RoleAssignment, Unit
from kudos import actions
from kudos.queries import coverage, coverage_of
from kudos.queries.coverage import FEWEST, Cell, Counted, Group, shown_groups
from kudos.trend import trend_told
from tests import factories
from tests.conftest import Cast, sign_in
from tests.kudos.test_giving import give

Role = RoleAssignment.Role
WEEK = dt.timedelta(days=7)
MONDAY = dt.datetime(2026, 6, 8, 9, tzinfo=dt.UTC)
BEGAN = dt.datetime(2026, 6, 7, 22, tzinfo=dt.UTC)
SECOND = dt.timedelta(seconds=1)


def people_in(unit: Unit, number: int) -> list[Person]:
    return [factories.make_person(f"Person {n}", "Dal", unit=unit) for n in range(number)]


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[Counted]:
    """What is told is told without a lot; the true counts of each group, in the order of telling."""
    told: list[Counted] = []
    real = coverage._told

    def listening(name: str, counts: Counted, **more: Any) -> Group:
        told.append(counts)
        return real(name, counts, **more)

    monkeypatch.setattr(coverage, "_told", listening)
    monkeypatch.setattr(blurring, "_lot", lambda text: 0)
    return told


def numbers(counts: Counted) -> tuple[int, int, int]:
    return len(counts.thanked), len(counts.thanked_before), len(counts.people)


def lines(groups: Sequence[Group]) -> list[tuple[str, int, str, bool]]:
    return [(one.name, one.people, one.share, bool(one.why_hidden)) for one in groups]


# --- What is counted -----------------------------------------------------------------------------


def test_people_are_counted_once_however_often_they_are_thanked(
    cast: Cast, counted: list[Counted]
) -> None:
    people = people_in(cast.team, 4)
    for _ in range(3):
        give(cast, to=[cast.bob, people[0]], at=MONDAY - WEEK)
    give(cast, to=[people[1]], audience="private", at=MONDAY - WEEK)
    coverage_of(cast.team, at=MONDAY)
    assert counted[-1].thanked == {cast.bob.pk, people[0].pk, people[1].pk}
    assert numbers(counted[-1]) == (3, 0, 6)


def test_thanks_kept_private_count_and_those_taken_back_planned_or_old_do_not(
    cast: Cast, counted: list[Counted]
) -> None:
    people = people_in(cast.team, 4)
    at = BEGAN - dt.timedelta(days=1)
    kept = give(cast, to=[people[0]], at=at)
    actions.keep_private(kudos=kept, by=people[0], is_private=True, at=at)
    taken = give(cast, to=[people[1]], at=at)
    actions.withdraw_kudos(kudos=taken, by=cast.alice, at=at)
    give(cast, to=[people[2]], release_at=at + dt.timedelta(days=3), at=at)
    give(cast, to=[people[3]], at=BEGAN - dt.timedelta(days=61))
    coverage_of(cast.team, at=MONDAY)
    assert numbers(counted[-1]) == (1, 1, 6)


def test_thanks_to_a_whole_unit_are_told_apart(cast: Cast, counted: list[Counted]) -> None:
    people_in(cast.team, 4)
    give(cast, by=cast.keeper, to=[cast.team], at=MONDAY - WEEK)
    whole = coverage_of(cast.team, at=MONDAY).whole
    assert numbers(counted[-1]) == (0, 0, 6)
    assert (whole.people, whole.as_one) == (6, 1)


@pytest.mark.usefixtures("counted")
def test_groups_are_in_the_order_of_names_and_small_ones_hidden(cast: Cast) -> None:
    b = factories.make_unit("B", parent=cast.department, site=cast.trondheim)
    a = factories.make_unit("A", parent=cast.department, site=cast.gjovik)
    small = factories.make_unit("Å", parent=cast.department, site=cast.gjovik)
    for unit, number in ((a, 6), (b, 7), (small, 4)):
        people = people_in(unit, number)
        give(cast, to=people[:2], at=MONDAY - WEEK)
    with override("en"):
        told = coverage_of(cast.department, at=MONDAY)
    [units, sites] = told.parts
    # Team Nordlys has two; with Å and the department's own two there are eight that nobody tells.
    few = "About half or fewer"
    assert lines(units.groups) == [
        ("A", 6, few, False), ("B", 7, few, False), ("Team Nordlys", 0, "", True),
        ("Å", 0, "", True), ("The rest", 0, "", True),
    ]  # fmt: skip
    # Gjøvik is A and Å: beside A its share would be that of Å's four.
    assert lines(sites.groups) == [
        ("Gjøvik", 0, "", True), ("Trondheim", 0, "", True), ("The rest", 0, "", True),
    ]  # fmt: skip


def test_group_that_gives_few_others_away_is_hidden_too(cast: Cast) -> None:
    a = factories.make_unit("A", parent=cast.department)
    people_in(a, 10)
    told = coverage_of(cast.department, at=MONDAY)
    # Fourteen in all: beside A's ten there would be four.
    assert told.whole.people == 14
    assert lines(told.parts[0].groups)[0] == ("A", 0, "", True)


cells = st.dictionaries(
    st.builds(Cell, st.integers(1, 6), st.integers(1, 2), st.integers(1, 3) | st.none()),
    st.integers(1, 9),
    max_size=14,
)


@examples(people=cells)
def test_no_number_shown_is_about_fewer_than_five(people: dict[Cell, int]) -> None:
    ways = [
        lambda cell: cell.unit_id,
        lambda cell: cell.unit_id % 2,
        lambda cell: cell.employer_id,
        lambda cell: cell.shift_id,
    ]
    shown = shown_groups(people, ways)
    known = [] if shown.whole else [frozenset(people)]
    for way, why in zip(ways, shown.parts, strict=True):
        told = [
            frozenset(cell for cell in people if way(cell) == one) for one in why if not why[one]
        ]
        known += told
        if told:
            known.append(frozenset(people) - frozenset().union(*told))

    def size(group: frozenset[Cell]) -> int:
        return sum(people[cell] for cell in group)

    for group in known:
        assert size(group) == 0 or size(group) >= FEWEST
        for other in known:
            if group < other:
                assert size(other - group) >= FEWEST


# --- The week ------------------------------------------------------------------------------------


def test_nothing_that_happens_in_a_week_shows_before_the_next(
    cast: Cast, counted: list[Counted]
) -> None:
    people = people_in(cast.team, 8)
    was = give(cast, to=[people[0], people[1]], at=BEGAN - dt.timedelta(hours=1))
    first = coverage_of(cast.team, at=BEGAN)
    assert first.counted_on == dt.date(2026, 6, 8)

    give(cast, to=[people[2]], at=BEGAN + SECOND)
    actions.withdraw_kudos(kudos=was, by=cast.alice, at=MONDAY + dt.timedelta(days=1))
    Membership.objects.filter(person=people[3]).update(to_on=dt.date(2026, 6, 9))
    Person.objects.filter(pk=people[3].pk).update(left_on=dt.date(2026, 6, 9))
    factories.make_person("Ny", "Her", unit=cast.team, from_on=dt.date(2026, 6, 10))
    for days in (0, 1, 3, 6):
        assert coverage_of(cast.team, at=MONDAY + dt.timedelta(days=days)) == first
    assert len(set(counted)) == 1

    assert coverage_of(cast.team, at=BEGAN + WEEK - SECOND) == first
    coverage_of(cast.team, at=BEGAN + WEEK)
    assert counted[-1].thanked == {people[2].pk}
    assert people[3].pk not in counted[-1].people


def test_thing_hidden_in_the_week_counts_until_the_next(cast: Cast, counted: list[Counted]) -> None:
    people = people_in(cast.team, 8)
    was = give(cast, to=[people[0]], at=BEGAN - dt.timedelta(hours=1))
    actions.hide_thing(thing=was, by=cast.admin, reason="other", at=MONDAY)
    assert [
        len((coverage_of(cast.team, at=at), counted[-1])[1].thanked)
        for at in (MONDAY, MONDAY + SECOND, MONDAY + WEEK)
    ] == [1, 1, 0]


def test_unit_made_in_the_week_tells_nothing_before_the_next(cast: Cast) -> None:
    fresh = factories.make_unit("Ny", parent=cast.department, from_on=dt.date(2026, 6, 9))
    people = people_in(cast.team, 12)
    Membership.objects.filter(person__in=people[:6]).update(unit=fresh, from_on=dt.date(2026, 6, 9))
    assert coverage_of(fresh, at=MONDAY + dt.timedelta(days=2)).whole.why_hidden != ""
    assert coverage_of(fresh, at=MONDAY + WEEK).whole.people == 6


# --- Who would find out about one person ---------------------------------------------------------


def chance_of_lot(number: int) -> Fraction:
    """Of the two-sided geometric law: ODDS to the minus |number|, as a share of all."""
    return Fraction(ODDS - 1, ODDS + 1) / ODDS ** abs(number)


def chances(count: int, people: int) -> list[Fraction]:
    """How likely each step is to be told when ``count`` of ``people`` are counted."""
    found = [Fraction(0)] * steps_of(people)
    reach = people + 2
    for lot in range(-reach, reach + 1):
        found[step_of(count + lot, people)] += chance_of_lot(lot)
    tail = (1 - sum(found)) / 2
    found[0] += tail
    found[-1] += tail
    return found


def test_lots_fall_as_the_law_says() -> None:
    drawn = Counter(blurring._lot(f"{n}") for n in range(20_000))
    for number in range(-4, 5):
        expected = float(chance_of_lot(number))
        assert drawn[number] / 20_000 == pytest.approx(expected, abs=0.012)


@pytest.mark.parametrize("people", [*range(FEWEST, 60), 200])
def test_whoever_knows_all_but_one_is_at_most_three_times_surer(people: int) -> None:
    for count in range(people):
        pairs = zip(chances(count, people), chances(count + 1, people), strict=True)
        for without, counted_in in pairs:
            assert 0 < without <= ODDS * counted_in
            assert 0 < counted_in <= ODDS * without


@pytest.mark.parametrize("people", range(FEWEST, 13))
def test_no_step_says_that_nobody_or_that_all_were_thanked(people: int) -> None:
    nobody, everybody = chances(0, people), chances(people, people)
    for step in range(steps_of(people)):
        counts = [count for count in range(people + 1) if step_of(count, people) == step]
        # Even without the lot, each step is that of several counts.
        assert len(counts) >= 2
        assert nobody[step] > 0
        assert everybody[step] > 0


@pytest.mark.parametrize("people", [10, 11, 15, 20, 40, 120])
def test_words_are_right_or_one_step_off(people: int) -> None:
    steps = steps_of(people)
    for count in range(people + 1):
        told = chances(count, people)
        true = step_of(count, people)
        near = sum(told[max(true - 1, 0) : true + 2])
        assert near >= Fraction(97, 100)
        # In the middle of a step they are nearly always right.
        if count * 2 * steps // people == 2 * true + 1 and count * 2 * steps % people == 0:
            assert told[true] >= Fraction(3, 4)


def secrets(number: int) -> list[str]:
    return [f"secret {n}" for n in range(number)]


def guesses_right(told: Callable[[bool], Any], number: int = 1500) -> float:
    """How often somebody is right who knows everything but whether one person was thanked, saw what
    is told in both worlds many times before, and now sees it once."""
    seen: dict[bool, Counter[Any]] = {True: Counter(), False: Counter()}
    for world in (True, False):
        for secret in secrets(number):
            with override_settings(SECRET_KEY=secret):
                seen[world][told(world)] += 1
    everything = set(seen[True]) | set(seen[False])
    return sum(max(seen[True][one], seen[False][one]) for one in everything) / (2 * number)


@pytest.mark.parametrize(("people", "others"), [(5, 0), (6, 0), (5, 4), (6, 2), (10, 3), (12, 0)])
def test_guess_about_one_person_stays_a_guess(people: int, others: int) -> None:
    def told(is_thanked: bool) -> int:
        thanked = [*range(1, others + 1), *([people] if is_thanked else [])]
        return step_of(blurred(thanked, range(1, people + 1), of="now"), people)

    assert guesses_right(told) <= 0.78


def test_two_weeks_around_one_thank_you_do_not_tell_it(cast: Cast) -> None:
    def told(is_thanked: bool) -> tuple[int, int]:
        people, before = range(1, 7), [1, 2]
        after = [*before, 6] if is_thanked else before
        return (
            step_of(blurred(before, people, of="now"), 6),
            step_of(blurred(after, people, of="now"), 6),
        )

    assert guesses_right(told) <= 0.85


def test_joining_and_leaving_do_not_tell_about_who_did() -> None:
    def told(is_thanked: bool) -> tuple[int, int]:
        thanked = [1, 2, *([7] if is_thanked else [])]
        return (
            step_of(blurred(thanked, range(1, 8), of="now"), 7),
            step_of(blurred([1, 2], range(1, 7), of="now"), 6),
        )

    assert guesses_right(told) <= 0.85


def test_whole_minus_part_does_not_tell_that_nobody_of_the_rest_was_thanked() -> None:
    """Five more people in the whole, of whom all or none are thanked: the lots differ."""
    part, whole = range(1, 11), range(1, 16)
    thanked = [1, 2, 3, 4]
    same = 0
    for secret in secrets(400):
        with override_settings(SECRET_KEY=secret):
            same += blurred(thanked, part, of="now") == blurred(thanked, whole, of="now")
    # As often as two lots are equal by chance: 5 of 16.
    assert same / 400 == pytest.approx(0.31, abs=0.1)


def test_looking_again_or_from_another_page_draws_no_new_lot(cast: Cast) -> None:
    people = people_in(cast.team, 10)
    give(cast, to=people[:4], at=MONDAY - WEEK)
    looks = [
        coverage_of(scope, at=at)
        for scope in (cast.team, cast.department, None)
        for at in (MONDAY, MONDAY + dt.timedelta(days=2), MONDAY + WEEK)
    ]
    steps = {
        (one.people, one.step)
        for told in looks
        for one in (told.whole, *(group for part in told.parts for group in part.groups))
        if one.people == 12
    }
    assert len(steps) == 1


@pytest.mark.parametrize("thanked", [0, 1, 6])
def test_page_has_no_number_but_how_many_there_are(
    as_admin: Client, cast: Cast, thanked: int
) -> None:
    factories.give_role(cast.admin, Role.LEAD, unit=cast.team)
    people = [cast.bob, *people_in(cast.team, 5)]
    Membership.objects.filter(person=cast.alice).delete()
    if thanked:
        give(cast, to=people[:thanked], at=times.now() - 2 * WEEK)
    page = as_admin.get("/kudos/coverage/", {"in": cast.team.key}).content.decode()
    [line] = re.findall(r'<ul class="coverage".*?</ul>', page, re.DOTALL)
    words = re.sub(r"<[^>]+>", " ", line)
    assert re.findall(r"\d+", words) == ["6"]
    assert re.findall(r"<progress[^>]+>", line)[0] in {
        f'<progress value="{value}" max="4" aria-hidden="true">' for value in (1, 3)
    }


# --- What is told in words -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("count", "people", "words"),
    [
        (-3, 5, "About half or fewer"), (2, 5, "About half or fewer"),
        (3, 5, "About half or more"), (9, 5, "About half or more"),
        (3, 10, "About a third or fewer"), (4, 10, "About half"), (6, 10, "About half"),
        (7, 10, "About two thirds or more"), (12, 10, "About two thirds or more"),
        (4, 20, "About a quarter or fewer"), (5, 20, "Between a quarter and a half"),
        (10, 20, "Between a half and three quarters"), (15, 20, "About three quarters or more"),
        (325, 650, "Between a half and three quarters"),
    ],
)  # fmt: skip
def test_share_is_told_in_steps(count: int, people: int, words: str) -> None:
    with override("en"):
        assert share_told(step_of(count, people), people) == words


@pytest.mark.parametrize(
    ("now", "before", "people", "words"),
    [
        (5, 5, 20, "about as many as in the 60 days before"),
        (8, 5, 20, "about as many as in the 60 days before"),
        (9, 5, 20, "more than in the 60 days before"),
        (1, 5, 20, "fewer than in the 60 days before"),
        (70, 40, 400, "about as many as in the 60 days before"),
        (80, 40, 400, "more than in the 60 days before"),
        (9, 0, 9, ""),
    ],
)
def test_trend_is_told_in_words(now: int, before: int, people: int, words: str) -> None:
    with override("en"):
        assert trend_told(now, before, people) == words


# --- The page ------------------------------------------------------------------------------------


def test_lead_sees_their_units_and_not_those_of_others(cast: Cast) -> None:
    other = factories.make_unit("Team Ved", parent=cast.department, site=cast.gjovik)
    factories.give_role(cast.alice, Role.LEAD, unit=cast.team)
    client = sign_in(Client(), cast.alice)
    assert client.get("/kudos/coverage/").status_code == 200
    assert client.get("/kudos/coverage/", {"in": cast.team.key}).status_code == 200
    for key in (other.key, cast.department.key, cast.trondheim.key, cast.employer.key):
        assert client.get("/kudos/coverage/", {"in": key}).status_code == 403
    for key in ("nobody", "\x00", "x" * 5000):
        assert client.get("/kudos/coverage/", {"in": key}).status_code == 404


def test_site_manager_sees_the_site(cast: Cast) -> None:
    factories.give_role(cast.alice, Role.SITE_MANAGER, site=cast.trondheim)
    client = sign_in(Client(), cast.alice)
    people_in(cast.team, 4)
    give(cast)
    page = client.get("/kudos/coverage/").content.decode()
    assert "Trondheim" in page
    assert "6 personer" in page
    assert client.get("/kudos/coverage/", {"in": cast.gjovik.key}).status_code == 403


def test_page_names_nobody(as_admin: Client, cast: Cast) -> None:
    people_in(cast.team, 6)
    give(cast)
    page = as_admin.get("/kudos/coverage/").content.decode()
    assert "11 personer" in page
    for name in ("Bob", "Berg", "Alice", "Person", "Dal<"):
        assert name not in page


def test_coverage_asks_the_same_number_of_questions_however_many(
    as_admin: Client, cast: Cast, django_assert_num_queries: Any
) -> None:
    for number in (1, 3):
        people_in(factories.make_unit(f"Team {number}", parent=cast.department), 5 * number)
        give(cast)
        as_admin.get("/kudos/coverage/")
        with django_assert_num_queries(10):
            as_admin.get("/kudos/coverage/")
