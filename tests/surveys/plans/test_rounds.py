"""Rounds by the clock: made in time, launched when nothing is missing, passed over with the reason."""

import datetime as dt
import itertools
import threading
from collections import Counter
from typing import Any

import pytest
import time_machine
from django.db import connection

from engagement import times
from engagement.celery import app
from engagement.people.models import AuditEntry, Membership, Person, Unit
from surveys import actions, queries, tasks
from surveys.actions import clock
from surveys.actions.rounds import LEAD, make_due_rounds, waiting_rounds
from surveys.models import Instrument, PulsePlan, RollEntry, Survey
from surveys.models.plans import LAPSED, PASSED_OVER
from tests import factories
from tests.surveys.conftest import Asked
from tests.surveys.drafts.test_drafts import AT, oslo
from tests.surveys.factories import content, make_survey, make_team, make_version
from tests.surveys.plans.conftest import PUBLIC, STARTS, Planner, morning, run

DAY, WEEK = dt.timedelta(days=1), dt.timedelta(weeks=1)
FORTNIGHT = 2 * WEEK


def passed_over() -> list[tuple[int, str]]:
    entries = AuditEntry.objects.filter(verb=PASSED_OVER).order_by("pk")
    return [(entry.detail["round"], entry.detail["reason"]) for entry in entries]


def rounds(plan: PulsePlan) -> list[int]:
    return list(plan.rounds.order_by("round_number").values_list("round_number", flat=True))


# --- made, launched, opened -----------------------------------------------------------------------


def test_the_clock_calls_the_rounds() -> None:
    names = {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert tasks.make_rounds.name in names


def test_round_is_made_two_weeks_before_and_launched_by_itself(
    asked: Asked, confirmed: PulsePlan
) -> None:
    assert run(morning(STARTS - LEAD - DAY)) == 0
    at = morning(STARTS - LEAD)
    assert (run(at), run(at)) == (1, 0)
    survey = confirmed.rounds.get()
    assert (survey.title, survey.kind, survey.level) == ("Pulse 1", "pulse", "sealed")
    assert (survey.state, survey.launched_by) == (Survey.State.LAUNCHED, None)
    assert (survey.opens_at, survey.closes_at) == (oslo(3, 1), oslo(3, 8, 20))
    assert survey.feedback_on == dt.date(2027, 3, 22)
    assert (survey.purpose_en, survey.retention_months) == ("We want to know how it goes.", 36)
    units = confirmed.panels.get(number=1).units.all()
    invited = set(survey.roll.values_list("person_id", flat=True))
    assert invited == set(
        Membership.objects.filter(unit__in=units).values_list("person", flat=True)
    )
    assert queries.item_count(survey) == 5
    assert queries.minutes_of(survey) == 1
    made = AuditEntry.objects.get(verb="pulse-round-made")
    assert (made.actor, made.detail["plan"], made.detail["round"]) == (None, confirmed.key, 1)


def test_sealed_round_waits_for_the_plan_to_be_read_and_is_lost_without(
    asked: Asked, planner: Planner
) -> None:
    plan = planner()
    assert run(morning(STARTS)) == 0
    assert (rounds(plan), passed_over()) == ([], [])
    other = planner(name_nb="Andre", name_en="Second")
    actions.confirm_plan(plan=plan, by=asked.delegate, at=morning(STARTS))
    # An hour is left for the first, two weeks for the second.
    assert run(morning(STARTS)) == 2
    run(morning(STARTS) + DAY)
    assert (rounds(plan), rounds(other)) == ([1, 2], [])
    assert passed_over() == [(1, "late")]


def test_witnessed_round_waits_for_its_witnesses_and_lapses_without(
    asked: Asked, planner: Planner
) -> None:
    plan = planner(level=Survey.Level.WITNESSED)
    actions.confirm_plan(plan=plan, by=asked.delegate, at=AT)
    run(morning(STARTS - WEEK))
    survey = plan.rounds.get()
    assert survey.state == Survey.State.FROZEN
    actions.set_counting_key(survey=survey, by=asked.delegate, public=PUBLIC, at=AT)
    run(morning(STARTS - WEEK))
    actions.confirm_review(survey=survey, by=asked.delegate, at=AT)
    actions.note_key_checked(survey=survey, by=asked.delegate, at=AT)
    run(morning(STARTS - DAY))
    assert rounds(plan) == [1]
    asked_items = plan.panels.get(number=1).asked_items
    assert len(asked_items) == 5
    run(morning(STARTS) + DAY)
    assert rounds(plan) == [2]
    lapsed = AuditEntry.objects.get(verb=LAPSED)
    assert (lapsed.subject, lapsed.detail["round"], lapsed.detail["missing"]) == (plan.key, 1, ["key"])  # fmt: skip
    # What nobody was asked counts as not asked.
    assert plan.panels.get(number=1).asked_items == []


def test_round_that_two_witnesses_are_ready_for_is_launched(asked: Asked, planner: Planner) -> None:
    plan = planner(level=Survey.Level.WITNESSED)
    run(morning(STARTS - WEEK))
    survey = plan.rounds.get()
    actions.set_counting_key(survey=survey, by=asked.delegate, public=PUBLIC, at=AT)
    for person in (asked.delegate, asked.union):
        actions.note_key_checked(survey=survey, by=person, at=AT)
    actions.confirm_review(survey=survey, by=asked.union, at=AT)
    run(morning(STARTS - DAY))
    survey.refresh_from_db()
    assert survey.state == Survey.State.LAUNCHED


def test_clock_that_stood_still_passes_over_what_it_missed(confirmed: PulsePlan) -> None:
    assert run(morning(STARTS + 5 * WEEK)) == 1
    assert rounds(confirmed) == [4]
    assert passed_over() == [(1, "late"), (2, "late"), (3, "late")]


def test_open_longer_where_easter_leaves_a_shift_too_few_days(confirmed: PulsePlan) -> None:
    confirmed.open_days = 2
    confirmed.starts_on = dt.date(2027, 3, 25)
    confirmed.save()
    run(oslo(3, 20))
    survey = confirmed.rounds.get()
    # Maundy Thursday to Easter Monday are holidays: nobody of the weekend shift works before Friday.
    assert survey.opens_at == oslo(3, 25)
    assert survey.closes_at is not None
    people = queries.invited_people(survey, at=AT)
    assert not queries.short_shifts(people, opens_at=oslo(3, 25), closes_at=survey.closes_at)
    assert survey.closes_at > oslo(3, 27, 20)


# --- a year ---------------------------------------------------------------------------------------


def test_half_a_year_asks_each_person_every_eight_weeks_and_every_driver_each_quarter(
    asked: Asked, confirmed: PulsePlan
) -> None:
    turns: dict[int, list[dt.datetime]] = {}
    for number in range(26):
        live_at = STARTS + number * WEEK
        run(morning(live_at))
        for survey in confirmed.rounds.filter(launched_at__isnull=False, opened_at=None, opens_at__lt=morning(live_at) + DAY):  # fmt: skip
            assert survey.opens_at is not None
            for person in survey.roll.values_list("person_id", flat=True):
                turns.setdefault(person, []).append(survey.opens_at)
            Survey.objects.filter(pk=survey.pk).update(
                opened_at=survey.opens_at, closed_at=survey.closes_at
            )
            RollEntry.objects.filter(survey=survey).delete()
    assert rounds(confirmed) == list(range(1, 15))
    assert len(turns) == 66
    for moments in turns.values():
        days = [times.local_date(one) for one in moments]
        assert len(days) >= 3
        assert all(later - earlier == 8 * WEEK for earlier, later in itertools.pairwise(days))  # fmt: skip
    drivers: dict[tuple[int, int], set[str]] = {}
    for survey in confirmed.rounds.all():
        assert queries.minutes_of(survey) <= 3
        assert survey.opens_at is not None
        day = times.local_date(survey.opens_at)
        for section in queries.sections_of(survey):
            drivers.setdefault((day.year, (day.month - 1) // 3), set()).update(
                item["driver"] for item in section.items
            )
    [pulse] = Instrument.objects.filter(key="pulse")
    everything = set(pulse.versions.get().content["drivers"])
    assert drivers[2027, 1] == everything
    assert all(len(panel.asked_items) >= 15 for panel in confirmed.panels.all())


def test_whoever_changes_team_is_not_asked_again_within_eight_weeks(
    asked: Asked, confirmed: PulsePlan
) -> None:
    run(morning(STARTS - WEEK))
    first = confirmed.rounds.get()
    mover = first.roll.select_related("person")[0].person
    other = confirmed.panels.get(number=2).units.first()
    Membership.objects.filter(person=mover).update(to_on=STARTS + DAY)
    Membership.objects.create(person=mover, unit=other, from_on=STARTS + DAY)
    run(morning(STARTS + WEEK))
    second = confirmed.rounds.get(round_number=2)
    assert second.state == Survey.State.LAUNCHED
    assert mover.pk not in second.roll.values_list("person_id", flat=True)
    assert second.roll.count() >= 5


# --- skipped --------------------------------------------------------------------------------------


def annual_at(day: dt.datetime, teams: list[Unit], **facts: Any) -> Survey:
    survey = make_survey("draft", teams=teams, kind="annual", **facts)
    Survey.objects.filter(pk=survey.pk).update(opens_at=day, closes_at=day + FORTNIGHT)
    return survey


@pytest.mark.parametrize(("weeks", "is_skipped"), [(-7, True), (0, True), (7, True), (8, False)])
def test_where_an_annual_survey_is_near_nobody_is_asked(
    confirmed: PulsePlan, weeks: int, is_skipped: bool
) -> None:
    units = list(confirmed.panels.get(number=1).units.all())
    opens_at = oslo(3, 1) + weeks * WEEK
    facts: dict[str, Any] = {} if weeks >= 0 else {"launched_at": AT, "frozen_at": AT, "counting_key": PUBLIC}  # fmt: skip
    annual_at(opens_at, units, **facts)
    run(morning(STARTS - WEEK))
    assert rounds(confirmed) == ([] if is_skipped else [1])
    assert passed_over() == ([(1, "annual")] if is_skipped else [])


def test_only_the_teams_of_the_annual_survey_rest(confirmed: PulsePlan) -> None:
    [*others, first] = confirmed.panels.get(number=1).units.order_by("pk")
    annual_at(oslo(3, 20), [first])
    run(morning(STARTS - WEEK))
    units = {unit["key"] for cell in confirmed.rounds.get().cells.all() for unit in cell.units}
    assert units == {one.key for one in others}


def test_cancelled_annual_survey_keeps_nobody_away(confirmed: PulsePlan) -> None:
    units = list(confirmed.panels.get(number=1).units.all())
    annual_at(oslo(3, 20), units, cancelled_at=AT, cancel_reason="Feil")
    run(morning(STARTS - WEEK))
    assert rounds(confirmed) == [1]


def test_too_few_people_left_are_not_asked(confirmed: PulsePlan) -> None:
    gone = Person.objects.filter(memberships__unit__in=confirmed.panels.get(number=1).units.all())
    Person.objects.filter(pk__in=[one.pk for one in gone[4:]]).update(left_on=STARTS)
    run(morning(STARTS - WEEK))
    assert (rounds(confirmed), passed_over()) == ([], [(1, "few")])


def test_nothing_is_asked_when_every_instrument_is_retired(asked: Asked, planner: Planner) -> None:
    instrument = make_version(content("own")).instrument
    plan = planner(instruments=[instrument], items_a_round=2)
    actions.confirm_plan(plan=plan, by=asked.delegate, at=AT)
    actions.retire_instrument(instrument=instrument, by=asked.hr, at=AT)
    run(morning(STARTS - WEEK))
    assert (rounds(plan), passed_over()) == ([], [(1, "nothing")])


def test_instruments_that_came_to_clash_are_not_asked(asked: Asked, planner: Planner) -> None:
    first, second = make_version(content("first")), make_version(content("second"))
    plan = planner(instruments=[first.instrument, second.instrument], items_a_round=3)
    actions.confirm_plan(plan=plan, by=asked.delegate, at=AT)
    newer = content("second", version=2)
    newer["scales"]["agree5"]["anchors"]["en"][0] = "Not at all"
    make_version(newer)
    run(morning(STARTS - WEEK))
    assert (rounds(plan), passed_over()) == ([], [(1, "clash")])


def test_newest_version_is_asked(asked: Asked, planner: Planner) -> None:
    version = make_version(content("own"))
    plan = planner(instruments=[version.instrument], items_a_round=2)
    actions.confirm_plan(plan=plan, by=asked.delegate, at=AT)
    newer = make_version(content("own", version=2))
    run(morning(STARTS - WEEK))
    assert plan.rounds.get().sections.get().version == newer


# --- the organisation changes ---------------------------------------------------------------------


def test_closed_unit_is_not_asked_and_a_new_one_joins_the_smallest_panel(
    asked: Asked, confirmed: PulsePlan
) -> None:
    first = confirmed.panels.get(number=1)
    closed = first.units.filter(name__startswith="Lag").first() or first.units.first()
    assert closed is not None
    new = factories.make_unit("Ny", parent=asked.department)
    Unit.objects.filter(pk=closed.pk).update(closed_on=STARTS - DAY)
    moved = Membership.objects.filter(unit=closed)
    people = list(moved.values_list("person_id", flat=True))
    moved.update(to_on=STARTS - DAY)
    for person in people:
        Membership.objects.create(person_id=person, unit=new, from_on=STARTS - DAY)
    before = {panel.number: set(panel.units.all()) for panel in confirmed.panels.all()}
    run(morning(STARTS - WEEK))
    confirmed.refresh_from_db()
    assert new.key in confirmed.facts["units"]
    adopting = [panel for panel in confirmed.panels.all() if new in panel.units.all()]
    assert [panel.number for panel in adopting] == [1]
    for panel in confirmed.panels.all():
        assert set(panel.units.all()) - {new} == before[panel.number]
    survey = confirmed.rounds.get()
    units = {unit["key"] for cell in survey.cells.all() for unit in cell.units}
    assert closed.key not in units
    assert new.key in units


def test_team_that_comes_to_its_department_is_asked_once(
    asked: Asked, confirmed: PulsePlan
) -> None:
    make_team("Enda en", people=6, parent=asked.department)
    for number in range(4):
        run(morning(STARTS - WEEK + number * FORTNIGHT))
    turns = Counter(RollEntry.objects.values_list("person_id", flat=True))
    assert set(turns.values()) == {1}
    assert len(turns) == 72


# --- those who made it have left ------------------------------------------------------------------


def leave(*people: Person) -> None:
    for person in people:
        person.left_on = dt.date(2021, 1, 1)
        person.save()


def test_the_plan_goes_on_when_the_feedback_owner_has_left(asked: Asked, planner: Planner) -> None:
    owner = factories.make_person("Eier", unit=asked.department)
    plan = planner(feedback_owner=owner)
    actions.confirm_plan(plan=plan, by=asked.delegate, at=AT)
    leave(owner)
    run(morning(STARTS - WEEK))
    survey = plan.rounds.get()
    assert (survey.feedback_owner, survey.state) == (asked.hr, Survey.State.LAUNCHED)


def test_somebody_must_tell_the_results(asked: Asked, confirmed: PulsePlan) -> None:
    leave(asked.hr)
    run(morning(STARTS - WEEK))
    survey = confirmed.rounds.get()
    assert survey.state == Survey.State.FROZEN
    other = factories.make_person("Ny", "HR", unit=asked.department)
    factories.give_role(other, "hr")
    actions.set_feedback_owner(plan=confirmed, owner=other, by=other, at=AT)
    run(morning(STARTS - WEEK))
    survey.refresh_from_db()
    assert (survey.state, survey.feedback_owner) == (Survey.State.LAUNCHED, other)
    run(morning(STARTS + WEEK))
    assert confirmed.rounds.get(round_number=2).feedback_owner == other


def test_round_without_anybody_to_tell_the_results_lapses(
    asked: Asked, confirmed: PulsePlan
) -> None:
    leave(asked.hr)
    run(morning(STARTS - WEEK))
    run(morning(STARTS) + DAY)
    assert rounds(confirmed) == [2]
    assert AuditEntry.objects.get(verb=LAPSED).detail["missing"] == ["feedback"]


def test_round_of_a_plan_whose_maker_is_forgotten_is_made_and_can_be_cancelled(
    asked: Asked, planner: Planner
) -> None:
    plan = planner(feedback_owner=asked.union)
    actions.confirm_plan(plan=plan, by=asked.delegate, at=AT)
    PulsePlan.objects.update(created_by=None)
    run(morning(STARTS - WEEK))
    survey = plan.rounds.get()
    assert (survey.created_by, survey.state) == (None, Survey.State.LAUNCHED)
    clock.cancel_survey(survey=survey, reason="Feil spørsmål.", by=asked.hr, at=AT)
    survey.refresh_from_db()
    assert (survey.state, survey.cancelled_by) == (Survey.State.CANCELLED, asked.hr)


def test_round_of_a_plan_whose_maker_has_left_can_be_cancelled(
    asked: Asked, planner: Planner
) -> None:
    plan = planner(feedback_owner=asked.union)
    actions.confirm_plan(plan=plan, by=asked.delegate, at=AT)
    leave(asked.hr)
    run(morning(STARTS - WEEK))
    survey = plan.rounds.get()
    assert survey.created_by == asked.hr
    clock.cancel_survey(survey=survey, reason="Feil.", by=asked.union, at=AT)
    survey.refresh_from_db()
    assert survey.state == Survey.State.CANCELLED


def test_what_nobody_answered_counts_as_not_asked(asked: Asked, planner: Planner) -> None:
    sealed, witnessed = (
        planner(),
        planner(level=Survey.Level.WITNESSED, starts_on=STARTS + 20 * WEEK),
    )
    actions.confirm_plan(plan=sealed, by=asked.delegate, at=AT)
    run(morning(STARTS - WEEK))
    clock.cancel_survey(survey=sealed.rounds.get(), reason="Feil.", by=asked.hr, at=AT)
    run(morning(STARTS + 19 * WEEK))
    # HR deletes the draft by hand, as it may any other.
    actions.delete_draft(survey=witnessed.rounds.get(), by=asked.hr, at=AT)
    for plan in (sealed, witnessed):
        assert plan.panels.get(number=1).asked_items == []


def test_cancelled_round_is_not_asked_anew_before_its_panels_turn(
    asked: Asked, confirmed: PulsePlan
) -> None:
    run(morning(STARTS - WEEK))
    survey = confirmed.rounds.get()
    clock.cancel_survey(survey=survey, reason="Feil.", by=asked.hr, at=AT)
    run(morning(STARTS + 7 * WEEK))
    assert set(rounds(confirmed)) >= {1, 5}
    again = confirmed.rounds.get(round_number=5)
    assert again.roll.count() == len(queries.invited_people(survey, at=AT))


# --- two clocks -----------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_two_clocks_at_once_make_one_round(confirmed: PulsePlan) -> None:
    gate = threading.Barrier(4)
    made: list[int] = []

    def tick() -> None:
        gate.wait()
        try:
            made.append(make_due_rounds(at=morning(STARTS - WEEK)))
        finally:
            connection.close()

    threads = [threading.Thread(target=tick) for _number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(made) == [0, 0, 0, 1]
    assert rounds(confirmed) == [1]
    assert waiting_rounds().count() == 1


def test_the_task_runs_at_the_present_moment(confirmed: PulsePlan) -> None:
    with time_machine.travel(morning(STARTS - WEEK), tick=False):
        tasks.make_rounds()
    assert rounds(confirmed) == [1]
