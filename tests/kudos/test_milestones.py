"""Years of service and first days: who wants it, on which day, on which walls, once."""

import datetime as dt
import threading
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.test import Client

from engagement.live.models import Celebration, StreamEvent
from engagement.notices.models import Notice
from engagement.people import actions as people
from engagement.people.models import Person, RoleAssignment, Site, Unit
from kudos import actions, queries
from kudos.anniversaries import YEARS, anniversary_of, first_days_celebrated_on, working_day_before
from kudos.models import Milestone
from tests import factories
from tests.conftest import Cast, sign_in

MONDAY = dt.date(2026, 11, 23)
HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)


def noon(day: dt.date = MONDAY) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(11), tzinfo=dt.UTC)


def wanting(cast: Cast, name: str = "Amina", **facts: object) -> Person:
    """Somebody of Alice's team who has been there for five years on the Monday."""
    given = {"wall_choice": "any", "celebrates_milestones": True} | facts
    unit = given.pop("unit", cast.team)
    from_on = given.pop("from_on", dt.date(2021, 11, 23))
    return factories.make_person(name, "Hassan", unit=unit, from_on=from_on, **given)  # type: ignore[arg-type]


def titles(language: str = "en") -> list[str]:
    return [card.cards[language]["title"] for card in Celebration.objects.standing().order_by("pk")]


def audiences() -> set[object]:
    shown = StreamEvent.objects.filter(op="show", celebration__withdrawn_at=None)
    return {
        event.stream.unit or event.stream.site or "everybody"
        for event in shown.select_related("stream__unit", "stream__site")
    }


# --- days -----------------------------------------------------------------------------------------


def test_years_are_one_three_and_every_five() -> None:
    assert YEARS[:7] == (1, 3, 5, 10, 15, 20, 25)


@pytest.mark.parametrize(
    ("first_day", "years", "on"),
    [
        (dt.date(2021, 11, 23), 5, dt.date(2026, 11, 23)),
        (dt.date(2024, 2, 29), 1, dt.date(2025, 2, 28)),
        (dt.date(2020, 2, 29), 5, dt.date(2025, 2, 28)),
        (dt.date(2008, 2, 29), 20, dt.date(2028, 2, 29)),
        (dt.date(2027, 2, 28), 1, dt.date(2028, 2, 28)),
        (dt.date(2023, 12, 31), 3, dt.date(2026, 12, 31)),
    ],
)
def test_anniversary_falls_on_the_same_day(first_day: dt.date, years: int, on: dt.date) -> None:
    assert anniversary_of(first_day, years) == on
    assert first_days_celebrated_on(on)[first_day] == years


def test_first_days_of_a_day_are_those_whose_anniversary_it_is() -> None:
    day = dt.date(1990, 1, 1)
    while day < dt.date(1994, 12, 31):
        for first_day, years in first_days_celebrated_on(day).items():
            assert anniversary_of(first_day, years) == day
        day += DAY


def test_leap_day_is_celebrated_once_a_year() -> None:
    first = dt.date(2024, 2, 29)
    days = [dt.date(2025, 2, 26) + n * DAY for n in range(5)]
    assert [day for day in days if first in first_days_celebrated_on(day)] == [dt.date(2025, 2, 28)]


@pytest.mark.parametrize(
    ("day", "before"),
    [
        (MONDAY, dt.date(2026, 11, 20)),
        (dt.date(2026, 11, 24), MONDAY),
        (dt.date(2026, 5, 18), dt.date(2026, 5, 15)),
        (dt.date(2027, 1, 4), dt.date(2026, 12, 31)),
    ],
)
def test_working_day_before_passes_over_weekends_and_holidays(
    day: dt.date, before: dt.date
) -> None:
    assert working_day_before(day) == before


# --- years of service -----------------------------------------------------------------------------


def test_years_are_celebrated_with_first_name_and_number(cast: Cast) -> None:
    amina = wanting(cast)
    assert actions.celebrate_milestones(at=noon()) == 1
    [card] = Celebration.objects.all()
    milestone = Milestone.objects.get()
    assert (milestone.person, milestone.kind, milestone.years, milestone.on) == (
        amina, "years", 5, MONDAY,
    )  # fmt: skip
    assert (card.kind, card.source) == ("milestone", milestone.key)
    assert card.cards["en"] == {
        "id": card.key,
        "kind": "milestone",
        "thread": milestone.key,
        "label": "Worth a waffle",
        "number": "5",
        "unit": "years",
        "title": "Amina has been here for 5 years",
        "facts": "Team Nordlys",
        "face": None,
        "show_from": int(noon().timestamp() * 1000),
        "show_until": int((noon() + DAY).timestamp() * 1000),
        "at": int(noon().timestamp() * 1000),
    }


def test_nobody_is_celebrated_who_has_not_asked_for_it(cast: Cast) -> None:
    wanting(cast, celebrates_milestones=False)
    assert actions.celebrate_milestones(at=noon()) == 0
    assert (Milestone.objects.count(), titles()) == (0, [])


def test_card_tells_nothing_of_age_or_first_day(cast: Cast) -> None:
    amina = wanting(cast, employee_number="N-77", email="amina@fjordtel.example")
    actions.celebrate_milestones(at=noon())
    written = str(Celebration.objects.get().cards)
    for secret in ("2021", "Hassan", amina.employee_number, amina.email, amina.key):
        assert secret not in written


@pytest.mark.parametrize("choice", ["any", "team", "never", ""])
def test_card_hangs_where_the_persons_choice_allows(cast: Cast, choice: str) -> None:
    wanting(cast, wall_choice=choice)
    actions.celebrate_milestones(at=noon())
    allowed: dict[str, set[Unit | Site]] = {"any": {cast.team, cast.trondheim}, "team": {cast.team}}
    assert audiences() == allowed.get(choice, set())
    assert Milestone.objects.count() == 1


def test_each_is_celebrated_once(cast: Cast) -> None:
    wanting(cast)
    for hours in range(0, 90, 6):
        actions.celebrate_milestones(at=noon() + hours * HOUR)
    assert (Milestone.objects.count(), Celebration.objects.count()) == (1, 1)


def test_same_day_cannot_be_stored_twice(cast: Cast) -> None:
    facts = {"person": cast.bob, "kind": "years", "years": 1, "on": MONDAY, "celebrated_at": noon()}
    Milestone.objects.create(**facts)
    with pytest.raises(IntegrityError), transaction.atomic():
        Milestone.objects.create(**facts)


@pytest.mark.parametrize(("late", "shown"), [(0, 1), (3, 1), (4, 0), (20, 0)])
def test_an_outage_of_days_is_made_up_for_until_it_is_too_late(
    cast: Cast, late: int, shown: int
) -> None:
    wanting(cast)
    actions.celebrate_milestones(at=noon() - DAY)
    actions.celebrate_milestones(at=noon() + late * DAY)
    assert (Milestone.objects.count(), Celebration.objects.count()) == (shown, shown)


def test_day_begins_at_midnight_where_the_person_is(cast: Cast) -> None:
    vilnius = factories.make_site("Vilnius", timezone="Europe/Vilnius")
    team = factories.make_unit("Team Vilnia", site=vilnius)
    wanting(cast, "Rasa", unit=team)
    wanting(cast, "Amina")
    # 00:30 in Vilnius, 23:30 the day before in Trondheim.
    late = dt.datetime(2026, 11, 22, 22, 30, tzinfo=dt.UTC)
    actions.celebrate_milestones(at=late - HOUR)
    assert titles() == []
    actions.celebrate_milestones(at=late)
    assert titles() == ["Rasa has been here for 5 years"]
    actions.celebrate_milestones(at=late + HOUR)
    assert titles() == ["Rasa has been here for 5 years", "Amina has been here for 5 years"]


def test_leap_day_comes_on_the_28th(cast: Cast) -> None:
    wanting(cast, from_on=dt.date(2024, 2, 29))
    with time_machine.travel(noon(dt.date(2025, 2, 28))):
        actions.celebrate_milestones(at=noon(dt.date(2025, 2, 27)))
        assert titles() == []
        actions.celebrate_milestones(at=noon(dt.date(2025, 2, 28)))
        actions.celebrate_milestones(at=noon(dt.date(2025, 3, 1)))
    assert titles() == ["Amina has been here for a year"]


def test_who_has_left_is_not_celebrated_and_who_leaves_comes_off_the_wall(cast: Cast) -> None:
    wanting(cast, "Olga", left_on=MONDAY)
    amina = wanting(cast, "Amina")
    actions.celebrate_milestones(at=noon())
    assert titles() == ["Amina has been here for 5 years"]
    people.end_employment(person=amina, on=MONDAY, by=None, at=noon())
    assert actions.withdraw_wrong_milestones(at=noon() + HOUR) == 1
    assert titles() == []
    assert actions.withdraw_wrong_milestones(at=noon() + HOUR) == 0


def test_who_comes_back_is_celebrated_like_everybody(cast: Cast) -> None:
    amina = wanting(cast)
    people.end_employment(person=amina, on=dt.date(2024, 5, 1), by=None, at=noon())
    people.rehire_person(person=amina, on=dt.date(2025, 5, 1), unit=cast.team, by=None, at=noon())
    actions.celebrate_milestones(at=noon())
    assert titles() == ["Amina has been here for 5 years"]


def test_first_day_put_right_afterwards_takes_the_card_down(cast: Cast) -> None:
    amina = wanting(cast)
    actions.celebrate_milestones(at=noon())
    people.change_person(person=amina, started_on=dt.date(2021, 12, 1), by=None, at=noon())
    assert actions.withdraw_wrong_milestones(at=noon()) == 1
    actions.celebrate_milestones(at=noon())
    assert (titles(), Milestone.objects.count()) == ([], 0)
    actions.celebrate_milestones(at=noon(dt.date(2026, 12, 1)))
    assert titles() == ["Amina has been here for 5 years"]


def test_first_day_put_right_long_afterwards_celebrates_nothing_twice(cast: Cast) -> None:
    amina = wanting(cast)
    actions.celebrate_milestones(at=noon())
    people.change_person(person=amina, started_on=dt.date(2021, 12, 1), by=None, at=noon())
    actions.withdraw_wrong_milestones(at=noon() + 2 * DAY)
    actions.celebrate_milestones(at=noon(dt.date(2026, 12, 1)))
    assert Celebration.objects.count() == 1


def test_changing_ones_mind_changes_the_walls_at_once(cast: Cast) -> None:
    amina = wanting(cast)
    actions.celebrate_milestones(at=noon())
    actions.choose_wall(by=amina, choice="team", at=noon() + HOUR)
    assert audiences() == {cast.team}
    actions.choose_wall(by=amina, choice="never", at=noon() + HOUR)
    assert titles() == []
    actions.choose_wall(by=amina, choice="any", at=noon() + 2 * HOUR)
    assert audiences() == {cast.team, cast.trondheim}
    want(amina, False, at=noon() + 3 * HOUR)
    assert titles() == []
    want(amina, True, at=noon() + 4 * HOUR)
    assert titles() == ["Amina has been here for 5 years"]
    assert Milestone.objects.count() == 1


def want(person: Person, milestones: bool, *, at: dt.datetime) -> None:
    actions.choose_thanks(
        by=person, keeps_private=False, by_partners=True, milestones=milestones, at=at
    )


@pytest.mark.django_db(transaction=True)
def test_two_clocks_at_once_celebrate_once(cast: Cast) -> None:
    for number in range(5):
        wanting(cast, f"Amina{number}")
    barrier = threading.Barrier(3)

    def run() -> None:
        barrier.wait()
        actions.celebrate_milestones(at=noon())
        connection.close()

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (Milestone.objects.count(), Celebration.objects.count()) == (5, 5)


# --- the first day --------------------------------------------------------------------------------


def test_first_day_is_celebrated_only_after_the_person_said_so(cast: Cast) -> None:
    thea = factories.make_person("Thea", "Lie", unit=cast.team, from_on=MONDAY)
    actions.celebrate_milestones(at=noon())
    assert titles() == []
    assert queries.is_asked_about_first_day(thea, at=noon())
    actions.answer_first_day(by=thea, wants=True, wall="team", at=noon())
    assert titles() == ["First day today: Thea"]
    assert audiences() == {cast.team}
    [card] = Celebration.objects.all()
    # Until midnight in Trondheim: the words would not be true on the next day.
    assert card.show_until == dt.datetime(2026, 11, 23, 23, tzinfo=dt.UTC)
    thea.refresh_from_db()
    assert (thea.celebrates_milestones, thea.wall_choice) == (True, "team")
    assert not queries.is_asked_about_first_day(thea, at=noon())
    actions.celebrate_milestones(at=noon() + DAY)
    assert Celebration.objects.count() == 1


def test_later_in_the_week_the_card_does_not_say_today(cast: Cast) -> None:
    thea = factories.make_person("Thea", unit=cast.team, from_on=MONDAY, wall_choice="any")
    actions.answer_first_day(by=thea, wants=True, at=noon() + 2 * DAY)
    assert titles() == ["New here: Thea"]


def test_no_is_an_answer_and_is_remembered(cast: Cast) -> None:
    thea = factories.make_person("Thea", unit=cast.team, from_on=MONDAY, wall_choice="any")
    for _ in range(2):
        actions.answer_first_day(by=thea, wants=False, at=noon())
    assert not queries.is_asked_about_first_day(thea, at=noon())
    thea.refresh_from_db()
    assert (thea.celebrates_milestones, titles()) == (False, [])
    want(thea, True, at=noon() + HOUR)
    assert titles() == ["First day today: Thea"]
    assert Milestone.objects.count() == 1


@pytest.mark.parametrize(("days", "asked"), [(-1, False), (0, True), (6, True), (7, False)])
def test_question_is_put_in_the_first_week_only(cast: Cast, days: int, asked: bool) -> None:
    thea = factories.make_person("Thea", unit=cast.team, from_on=MONDAY)
    assert queries.is_asked_about_first_day(thea, at=noon(MONDAY + days * DAY)) is asked


@pytest.mark.parametrize(
    ("choice", "answer", "then"),
    [
        ("", "any", "any"),
        ("", "team", "team"),
        ("never", "yes", "never"),
        ("never", "any", "never"),
    ],
)
def test_today_asks_somebody_new_once(cast: Cast, choice: str, answer: str, then: str) -> None:
    with time_machine.travel(noon()):
        thea = factories.make_person(
            "Thea", unit=cast.team, from_on=MONDAY, wall_choice=choice, language="en"
        )
        client = sign_in(Client(), thea)
        assert "May we say that you are new?" in client.get("/").content.decode()
        assert client.post("/kudos/first-day/", {"answer": answer}).status_code == 302
        assert "May we say that you are new?" not in client.get("/").content.decode()
    thea.refresh_from_db()
    assert (thea.wall_choice, thea.celebrates_milestones) == (then, True)


def test_made_up_answer_is_refused(as_alice: Client) -> None:
    assert as_alice.post("/kudos/first-day/", {"answer": "everywhere"}).status_code == 400


# --- leads ----------------------------------------------------------------------------------------


def make_lead(person: Person, unit: Unit) -> None:
    role = factories.give_role(person, RoleAssignment.Role.LEAD, unit=unit)
    role.from_at = noon(dt.date(2026, 1, 1))
    role.save()


@pytest.fixture
def lead(cast: Cast) -> Person:
    make_lead(cast.alice, cast.team)
    return cast.alice


def told() -> list[tuple[Person, str, str]]:
    return [
        (notice.person, notice.kind, notice.link)
        for notice in Notice.objects.filter(kind__contains="coming").order_by("pk")
    ]


def test_lead_hears_of_a_first_day_from_the_working_day_before(cast: Cast, lead: Person) -> None:
    with time_machine.travel(noon(MONDAY - 5 * DAY)):
        thea = factories.make_person("Thea", "Lie", unit=cast.team, from_on=MONDAY)
        assert actions.tell_leads(at=noon(MONDAY - 4 * DAY)) == 0
        for hours in (0, 1, 24, 48):
            actions.tell_leads(at=noon(MONDAY - 3 * DAY) + hours * HOUR)
    link = f"/kudos/give/?to={thea.key}&on=2026-11-23"
    assert told() == [(lead, "first_day_coming", link)]


def test_lead_hears_of_years_a_week_before_of_those_who_want_it(cast: Cast, lead: Person) -> None:
    amina = wanting(cast)
    wanting(cast, "Olga", celebrates_milestones=False)
    assert actions.tell_leads(at=noon(MONDAY - 8 * DAY)) == 0
    actions.tell_leads(at=noon(MONDAY - 7 * DAY))
    actions.tell_leads(at=noon(MONDAY - 6 * DAY))
    link = f"/kudos/give/?to={amina.key}&on=2026-11-23"
    assert told() == [(lead, "milestone_coming", link)]


def test_nobody_is_told_at_night(cast: Cast, lead: Person) -> None:
    wanting(cast)
    night = dt.datetime(2026, 11, 15, 23, 30, tzinfo=dt.UTC)
    actions.tell_leads(at=night)
    assert Notice.objects.get().show_from == dt.datetime(2026, 11, 16, 7, tzinfo=dt.UTC)


def test_leads_own_years_are_told_to_whoever_leads_above(cast: Cast) -> None:
    boss = factories.make_person("Per", "Sol", unit=cast.department)
    make_lead(boss, cast.department)
    amina = wanting(cast)
    make_lead(amina, cast.team)
    actions.tell_leads(at=noon(MONDAY - DAY))
    assert [person for person, _kind, _link in told()] == [boss]


def test_notice_goes_when_the_person_changes_their_mind_or_the_day(
    cast: Cast, lead: Person
) -> None:
    amina = wanting(cast)
    with time_machine.travel(noon(MONDAY - DAY)):
        actions.tell_leads(at=noon(MONDAY - DAY))
    client = sign_in(Client(), lead)
    words = "<b>Amina Hassan</b>"
    with time_machine.travel(noon(MONDAY - DAY) + HOUR):
        assert words in client.get("/notices/").content.decode()
        Person.objects.filter(pk=amina.pk).update(celebrates_milestones=False)
        assert words not in client.get("/notices/").content.decode()


def test_lead_can_plan_a_welcome_for_somebody_who_has_not_started(cast: Cast, lead: Person) -> None:
    friday = noon(MONDAY - 3 * DAY)
    with time_machine.travel(friday):
        thea = factories.make_person("Thea", "Lie", unit=cast.team, from_on=MONDAY)
        client = sign_in(Client(), lead)
        page = client.get(f"/kudos/give/?to={thea.key}&on=2026-11-23")
        assert page.context["give_form"].receivers == [thea]
        assert page.context["give_form"].initial["release_at"].isoformat() == (
            "2026-11-23T09:00:00+01:00"
        )
        sent = client.post(
            "/kudos/give/",
            {"to": thea.key, "message": "Velkommen", "audience": "team",
             "release_at": "2026-11-23T09:00"},
        )  # fmt: skip
        assert sent.headers["Location"] == "/kudos/planned/"
    assert actions.release_planned_kudos(at=noon()) == 1


def test_nobody_else_finds_somebody_who_has_not_started(cast: Cast, lead: Person) -> None:
    with time_machine.travel(noon(MONDAY - 3 * DAY)):
        thea = factories.make_person("Thea", "Lie", unit=cast.team, from_on=MONDAY)
        for person in (cast.bob, cast.charlie, cast.keeper):
            page = sign_in(Client(), person).get(f"/kudos/give/?to={thea.key}&on=2026-11-23")
            assert page.context["give_form"].receivers == []
            assert "Thea" not in page.content.decode()


@pytest.mark.parametrize("on", ["", "yesterday", "2026-13-40", "2020-01-01", "9999-12-31x", "\x00"])
def test_day_that_is_none_plans_nothing(as_alice: Client, on: str) -> None:
    page = as_alice.get("/kudos/give/", {"on": on})
    assert page.status_code == 200
    assert "release_at" not in page.context["give_form"].initial


def test_clock_asks_no_more_when_many_have_been_celebrated(
    cast: Cast, django_assert_num_queries: Any
) -> None:
    for number in (1, 3):
        for one in range(number):
            wanting(cast, f"Olga{number}{one}")
        actions.celebrate_milestones(at=noon())
        with django_assert_num_queries(2):
            actions.celebrate_milestones(at=noon())
