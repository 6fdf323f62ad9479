"""Who is seen, and the private nudge: what is told, to whom, and what never."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import pytest
from django.test import Client
from hypothesis import given as examples
from hypothesis import strategies as st

from engagement import times
from engagement.people.models import Membership, Person, RoleAssignment, ShiftPattern, Unit
from kudos import actions
from kudos.queries import coverage_of, nudge_for
from kudos.queries.coverage import FEWEST, Cell, Group, shown_groups
from tests import factories
from tests.conftest import Cast, sign_in
from tests.kudos.test_giving import give

Role = RoleAssignment.Role


def people_in(unit: Unit, number: int) -> list[Person]:
    return [factories.make_person(f"Person {n}", "Dal", unit=unit) for n in range(number)]


def lines(groups: Sequence[Group]) -> list[tuple[str, int, int, bool]]:
    return [(one.name, one.thanked, one.people, bool(one.why_hidden)) for one in groups]


def later() -> dt.datetime:
    return times.now() + dt.timedelta(minutes=1)


# --- Coverage ------------------------------------------------------------------------------------


def test_people_are_counted_once_however_often_they_are_thanked(cast: Cast) -> None:
    people = people_in(cast.team, 4)
    for _ in range(3):
        give(cast, to=[cast.bob, people[0]])
    give(cast, to=[people[1]], audience="private")
    whole = coverage_of(cast.team, at=later()).whole
    assert (whole.thanked, whole.people) == (3, 6)


def test_thanks_kept_private_count_and_those_taken_back_planned_or_old_do_not(cast: Cast) -> None:
    people = people_in(cast.team, 4)
    at = times.now()
    kept = give(cast, to=[people[0]])
    actions.keep_private(kudos=kept, by=people[0], is_private=True, at=at)
    taken = give(cast, to=[people[1]])
    actions.withdraw_kudos(kudos=taken, by=cast.alice, at=at)
    give(cast, to=[people[2]], release_at=at + dt.timedelta(days=3))
    give(cast, to=[people[3]], at=at - dt.timedelta(days=61))
    whole = coverage_of(cast.team, at=later()).whole
    assert (whole.thanked, whole.thanked_before, whole.people) == (1, 1, 6)


def test_thanks_to_a_whole_unit_are_told_apart(cast: Cast) -> None:
    people_in(cast.team, 4)
    give(cast, by=cast.keeper, to=[cast.team])
    whole = coverage_of(cast.team, at=later()).whole
    assert (whole.thanked, whole.people, whole.as_one) == (0, 6, 1)


def test_groups_are_in_the_order_of_names_and_small_ones_hidden(cast: Cast) -> None:
    b = factories.make_unit("B", parent=cast.department, site=cast.trondheim)
    a = factories.make_unit("A", parent=cast.department, site=cast.gjovik)
    small = factories.make_unit("Å", parent=cast.department, site=cast.gjovik)
    for unit, number in ((a, 6), (b, 7), (small, 4)):
        people = people_in(unit, number)
        give(cast, to=people[:3])
    told = coverage_of(cast.department, at=later())
    [units, sites] = told.parts
    # Team Nordlys has two; with Å and the department's own two there are eight that nobody tells.
    assert lines(units.groups) == [
        ("A", 3, 6, False), ("B", 3, 7, False), ("Team Nordlys", 0, 0, True),
        ("Å", 0, 0, True), ("Resten", 0, 0, True),
    ]  # fmt: skip
    # Gjøvik is A and Å: beside A its number would be that of Å's four.
    assert lines(sites.groups) == [
        ("Gjøvik", 0, 0, True), ("Trondheim", 0, 0, True), ("Resten", 0, 0, True),
    ]  # fmt: skip


def test_group_that_gives_few_others_away_is_hidden_too(cast: Cast) -> None:
    a = factories.make_unit("A", parent=cast.department)
    people_in(a, 10)
    told = coverage_of(cast.department, at=later())
    # Fourteen in all: beside A's ten there would be four.
    assert told.whole.people == 14
    assert lines(told.parts[0].groups)[0] == ("A", 0, 0, True)


@pytest.mark.parametrize(
    ("now", "before", "words"),
    [
        (5, 5, "about as many as in the 60 days before"),
        (6, 5, "about as many as in the 60 days before"),
        (8, 5, "more than in the 60 days before"),
        (2, 5, "fewer than in the 60 days before"),
    ],
)
def test_trend_is_told_in_words(now: int, before: int, words: str) -> None:
    from django.utils.translation import override

    with override("en"):
        assert Group("A", 20, now, before).trend == words


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
    assert 'max="6"' in page
    assert client.get("/kudos/coverage/", {"in": cast.gjovik.key}).status_code == 403


def test_page_names_nobody(as_admin: Client, cast: Cast) -> None:
    people_in(cast.team, 6)
    give(cast)
    page = as_admin.get("/kudos/coverage/").content.decode()
    assert 'max="11"' in page
    for name in ("Bob", "Berg", "Alice", "Person", "Dal<"):
        assert name not in page


def test_coverage_asks_the_same_number_of_questions_however_many(
    as_admin: Client, cast: Cast, django_assert_num_queries: Any
) -> None:
    for number in (1, 3):
        people_in(factories.make_unit(f"Team {number}", parent=cast.department), 5 * number)
        give(cast)
        as_admin.get("/kudos/coverage/")
        with django_assert_num_queries(9):
            as_admin.get("/kudos/coverage/")


# --- The nudge -----------------------------------------------------------------------------------

MONDAY = dt.datetime(2026, 6, 1, 9, tzinfo=dt.UTC)


def names(people: list[Person]) -> set[str]:
    return {one.name for one in people}


def test_nudge_offers_two_or_three_of_ones_own_unit_first(cast: Cast) -> None:
    assert nudge_for(cast.alice, MONDAY) == []  # Bob alone
    people = people_in(cast.team, 6)
    offered = nudge_for(cast.alice, MONDAY)
    assert len(offered) == 3
    assert names(offered) < names([*people, cast.bob])


def test_nudge_goes_on_to_ones_shift_at_the_same_site(cast: Cast) -> None:
    shift = ShiftPattern.objects.create(
        key="kveld", name_nb="Kveld", name_en="Evening", weekdays=[1],
        starts_at=dt.time(14), ends_at=dt.time(22),
    )  # fmt: skip
    other = factories.make_unit("Team Ved", parent=cast.department, site=cast.trondheim)
    away = factories.make_unit("Team Vik", parent=cast.department, site=cast.gjovik)
    near = factories.make_person("Nina", "Near", unit=other, shift_pattern=shift)
    factories.make_person("Day", "Dahl", unit=other)
    factories.make_person("Far", "Foss", unit=away, shift_pattern=shift)
    Person.objects.filter(pk=cast.alice.pk).update(shift_pattern=shift)
    cast.alice.refresh_from_db()
    assert nudge_for(cast.alice, MONDAY) == [cast.bob, near]


def test_nudge_leaves_out_who_is_thanked_new_gone_or_not_theirs_to_thank(cast: Cast) -> None:
    thanked, fresh, gone, apart, *kept = people_in(cast.team, 6)
    give(cast, by=cast.charlie, to=[thanked], at=MONDAY - dt.timedelta(days=59))
    Person.objects.filter(pk=fresh.pk).update(started_on=MONDAY.date() - dt.timedelta(days=13))
    Person.objects.filter(pk=gone.pk).update(left_on=MONDAY.date())
    Person.objects.filter(pk=apart.pk).update(is_thanked_by_partners=False, employer=cast.partner)
    give(cast, by=cast.charlie, to=[kept[0]], at=MONDAY - dt.timedelta(days=61))
    assert names(nudge_for(cast.alice, MONDAY)) == names([*kept, cast.bob])


def test_nudge_stays_the_same_all_week_whatever_others_do(cast: Cast) -> None:
    people = people_in(cast.team, 12)
    first = nudge_for(cast.alice, MONDAY)
    for person in people:
        give(cast, by=cast.charlie, to=[person], at=MONDAY + dt.timedelta(days=1))
    for hours in (1, 40, 160 - 24):
        assert nudge_for(cast.alice, MONDAY + dt.timedelta(hours=hours)) == first
    assert nudge_for(cast.alice, MONDAY + dt.timedelta(days=7)) != first


def test_whom_one_thanks_goes_and_nobody_takes_the_place(cast: Cast) -> None:
    people_in(cast.team, 12)
    first = nudge_for(cast.alice, MONDAY)
    give(cast, to=[first[1]], at=MONDAY + dt.timedelta(hours=1))
    assert nudge_for(cast.alice, MONDAY + dt.timedelta(hours=2)) == [first[0], first[2]]
    give(cast, to=[first[0]], at=MONDAY + dt.timedelta(hours=3))
    assert nudge_for(cast.alice, MONDAY + dt.timedelta(hours=4)) == []


def test_another_giver_is_asked_about_others(cast: Cast) -> None:
    people_in(cast.team, 30)
    asked = {names_of for one in (cast.alice, cast.bob, *people_in(cast.team, 5))
             if (names_of := tuple(p.key for p in nudge_for(one, MONDAY)))}  # fmt: skip
    assert len(asked) == 7


def test_nudge_asks_two_questions(cast: Cast, django_assert_num_queries: Any) -> None:
    for number in (1, 3):
        people_in(cast.team, number)
        alice = Person.objects.get(pk=cast.alice.pk)
        with django_assert_num_queries(2):
            nudge_for(alice, MONDAY)


def test_somebody_in_no_unit_is_not_asked(cast: Cast) -> None:
    Membership.objects.filter(person=cast.alice).delete()
    people_in(cast.team, 5)
    assert nudge_for(cast.alice, MONDAY) == []


def test_nudge_is_left_for_this_week(as_alice: Client, cast: Cast) -> None:
    from django.test import RequestFactory

    from kudos.views import fairness

    people_in(cast.team, 5)
    answer = as_alice.post("/kudos/nudge/leave/", {"next": "/"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    request = RequestFactory().get("/")
    request.user, request.session = cast.alice, {}  # type: ignore[assignment]
    assert len(fairness.nudge(request)) == 3  # type: ignore[arg-type]
    request.session = as_alice.session
    assert fairness.nudge(request) == []  # type: ignore[arg-type]


@pytest.mark.parametrize("address", ["https://evil.example/", "//evil.example/"])
def test_leaving_the_nudge_never_leads_out_of_the_house(as_alice: Client, address: str) -> None:
    assert as_alice.post("/kudos/nudge/leave/", {"next": address}).headers["Location"] == "/kudos/"
