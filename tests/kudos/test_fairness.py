"""The private nudge: who is asked about, by whom, and what never shows."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client

from engagement import times
from engagement.people.models import Membership, Person, ShiftPattern, Unit
from kudos.queries import draw_nudge, nudge_for
from tests import factories
from tests.conftest import Cast
from tests.kudos.test_giving import give


def people_in(unit: Unit, number: int) -> list[Person]:
    return [factories.make_person(f"Person {n}", "Dal", unit=unit) for n in range(number)]


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


def test_nudge_asks_three_questions_and_one_once_it_is_drawn(
    cast: Cast, django_assert_num_queries: Any
) -> None:
    for number in (1, 3):
        people_in(cast.team, number)
        alice = Person.objects.get(pk=cast.alice.pk)
        with django_assert_num_queries(3):
            offered = nudge_for(alice, MONDAY)
        with django_assert_num_queries(1):
            assert nudge_for(alice, MONDAY, drawn=[one.pk for one in offered]) == offered


def test_lot_of_the_week_is_kept_and_drawn_anew_on_monday(as_alice: Client, cast: Cast) -> None:
    people_in(cast.team, 12)
    as_alice.get("/")
    [week, drawn] = as_alice.session["kudos_nudge_drawn"]
    assert drawn == draw_nudge(cast.alice, times.now())
    session = as_alice.session
    session["kudos_nudge_drawn"] = [week - 1, [cast.charlie.pk, cast.keeper.pk]]
    session.save()
    as_alice.get("/")
    assert as_alice.session["kudos_nudge_drawn"] == [week, drawn]


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
