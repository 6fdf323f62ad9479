"""Making a pulse plan, and what people decide about it later."""

import datetime as dt
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404

from engagement.people.access import forget_roles
from engagement.people.models import AuditEntry, Membership, Person, Unit
from surveys import access, actions
from surveys.actions.panels import deal_panels
from surveys.actions.rounds import waiting_rounds
from surveys.cells import LEADERS
from surveys.models import Instrument, PulsePlan, Survey
from tests import factories
from tests.surveys.conftest import Asked
from tests.surveys.drafts.test_drafts import AT, problems
from tests.surveys.factories import content, make_team, make_version
from tests.surveys.plans.conftest import STARTS, TEXTS, Planner, morning, run

WEEK = dt.timedelta(weeks=1)


def panels(plan: PulsePlan) -> list[set[str]]:
    rows = plan.panels.order_by("number").prefetch_related("units")
    return [{unit.name for unit in panel.units.all()} for panel in rows]


def members(names: set[str]) -> int:
    return Membership.objects.filter(unit__name__in=names).count()


# --- panels ---------------------------------------------------------------------------------------


def test_everybody_is_in_one_panel_of_about_the_same_size(planner: Planner) -> None:
    dealt = panels(planner())
    everywhere = [name for panel in dealt for name in panel]
    assert sorted(everywhere) == sorted(set(everywhere))
    assert set(everywhere) == set(Unit.objects.values_list("name", flat=True))
    sizes = [members(panel) for panel in dealt]
    assert (len(dealt), sum(sizes)) == (4, 66)
    assert min(sizes) >= 13


def test_units_that_are_counted_together_are_in_one_panel(asked: Asked, planner: Planner) -> None:
    small = {make_team(f"Liten {n}", people=3, parent=asked.department).name for n in range(4)}
    plan = planner()
    assert sorted(len(panel & small) for panel in panels(plan)) == [0, 0, 2, 2]
    actions.confirm_plan(plan=plan, by=asked.delegate, at=AT)
    for number in range(4):
        run(morning(STARTS - WEEK + dt.timedelta(weeks=2 * number)))
    for panel in plan.panels.all():
        survey = plan.rounds.get(round_number=panel.number)
        counted = {unit["key"] for cell in survey.cells.all() for unit in cell.units}
        assert counted == set(panel.units.values_list("key", flat=True))


def test_leaders_are_asked_with_their_own_unit(
    asked: Asked, teams: list[Unit], planner: Planner
) -> None:
    leads = []
    for team in teams:
        lead = Person.objects.filter(memberships__unit=team).first()
        assert lead is not None
        factories.give_role(lead, "lead", unit=team)
        leads.append(lead)
    plan = planner()
    assert len([panel for panel in panels(plan) if panel]) == 4
    actions.confirm_plan(plan=plan, by=asked.delegate, at=AT)
    for number in range(4):
        run(morning(STARTS - WEEK + dt.timedelta(weeks=2 * number)))
    assert Survey.objects.filter(plan=plan).count() == 4
    for lead in leads:
        assert lead.roll_entries.count() == 1
    for survey in Survey.objects.filter(plan=plan):
        assert min(survey.cells.values_list("invited_count", flat=True)) >= 5
        assert not survey.cells.filter(kind=LEADERS, invited_count__lt=5).exists()


def test_dealing_writes_nothing_and_says_what_would_be(asked: Asked, teams: list[Unit]) -> None:
    dealt = deal_panels([asked.employer], day=STARTS, panel_count=3, at=AT)
    assert sum(atom.people for panel in dealt for atom in panel) == 60
    assert not PulsePlan.objects.exists()


def test_people_without_a_unit_are_not_counted_as_asked(asked: Asked, planner: Planner) -> None:
    for number in range(30):
        factories.make_person(f"Løs {number}", employer=asked.employer)
    Membership.objects.exclude(unit=asked.nordlys).delete()
    refused = problems(lambda: planner(places=[asked.employer]))
    assert refused["panel_count"][0].startswith("8 people are too few for 4 panels")


# --- what is refused ------------------------------------------------------------------------------

HUGE = 10**9


@pytest.mark.parametrize(
    ("facts", "field", "words"),
    [
        ({"panel_count": 0}, "panel_count", "Choose 1 to 26 panels."),
        ({"panel_count": -3}, "panel_count", "Choose 1 to 26 panels."),
        ({"panel_count": HUGE}, "panel_count", "Choose 1 to 26 panels."),
        ({"weeks_between": 0}, "weeks_between", "Choose 1 to 26 weeks."),
        ({"weeks_between": HUGE}, "weeks_between", "Choose 1 to 26 weeks."),
        ({"weeks_between": 1}, "panel_count", "eight weeks of peace"),
        ({"panel_count": 3}, "panel_count", "eight weeks of peace"),
        ({"panel_count": 26}, "panel_count", "66 people are too few for 26 panels"),
        ({"panel_count": 13}, "panel_count", "There are not teams enough"),
        ({"open_days": 1}, "open_days", "Keep a round open for 2 to 21 days."),
        ({"open_days": HUGE}, "open_days", "Keep a round open for 2 to 21 days."),
        ({"items_a_round": 0}, "items_a_round", "Ask 1 to 15 questions"),
        ({"items_a_round": HUGE}, "items_a_round", "Ask 1 to 15 questions"),
        ({"items_a_round": 1}, "items_a_round", "Not every theme would be asked"),
        ({"feedback_days": 0}, "feedback_days", "within 1 to 60 days"),
        ({"feedback_days": 61}, "feedback_days", "within 1 to 60 days"),
        ({"retention_months": 0}, "retention_months", "for 1 to 120 months"),
        ({"retention_months": HUGE}, "retention_months", "for 1 to 120 months"),
        ({"starts_on": AT.date()}, "starts_on", "Choose a day to come."),
        ({"starts_on": dt.date.min}, "starts_on", "Choose a day to come."),
        ({"starts_on": dt.date.max}, "starts_on", "Choose a day within a year."),
        ({"discussed_on": AT.date() + dt.timedelta(days=1)}, "discussed_on", "has not come yet"),
        ({"level": "open"}, "level", "Choose who holds the counting key."),
        ({"level": ""}, "level", "Choose who holds the counting key."),
        ({"name_nb": " \t\x00"}, "name_nb", "Write this in both languages."),
        ({"name_en": "x" * 111}, "name_en", "This has 111 characters; at most 110 fit."),
        ({"texts": TEXTS | {"purpose_nb": ""}}, "purpose_nb", "Write this in both languages."),
        ({"texts": {}}, "who_sees_en", "Write this in both languages."),
        ({"texts": TEXTS | {"who_sees_en": "x" * 1001}}, "who_sees_en",
         "This has 1001 characters; at most 1000 fit."),
        ({"places": []}, "audience", "Choose units, sites or employers you may ask."),
        ({"instruments": []}, "instruments", "Choose at least one instrument."),
    ],
)  # fmt: skip
def test_wrong_input_names_its_field_and_what_to_do(
    planner: Planner, facts: dict[str, Any], field: str, words: str
) -> None:
    refused = problems(lambda: planner(**facts))
    assert words in refused[field][0]
    assert not PulsePlan.objects.exists()
    assert not AuditEntry.objects.filter(verb="pulse-plan-created").exists()


def test_everything_that_is_wrong_is_told_at_once(planner: Planner) -> None:
    refused = problems(
        lambda: planner(open_days=0, starts_on=AT.date(), name_nb="", places=[], texts={})
    )
    assert set(refused) == {"open_days", "starts_on", "name_nb", "audience", *TEXTS}


def test_text_that_nobody_asked_for_is_the_programmers_mistake(planner: Planner) -> None:
    with pytest.raises(TypeError, match="no such texts: reason"):
        planner(texts=TEXTS | {"reason": "x"})


def test_longer_than_three_minutes_is_refused(planner: Planner) -> None:
    both = list(Instrument.objects.filter(key__in=["pulse", "prompts"]))
    assert "three minutes" in problems(lambda: planner(instruments=both, items_a_round=15))["items_a_round"][0]  # fmt: skip
    assert planner(instruments=both, items_a_round=12).items_a_round == 12


def test_instruments_that_cannot_be_asked_are_refused(planner: Planner) -> None:
    retired = make_version(content("retired")).instrument
    retired.retired_at = AT
    retired.save()
    assert problems(lambda: planner(instruments=[retired])) == {
        "instruments": ["Small is no longer in use."]
    }
    other = content("other")
    other["scales"]["agree5"]["anchors"]["en"][0] = "Not at all"
    pair = [make_version(content("first")).instrument, make_version(other).instrument]
    assert "call different scales" in problems(lambda: planner(instruments=pair))["instruments"][0]
    twice = planner(instruments=[pair[0], pair[0]], items_a_round=2)
    assert twice.facts["instruments"] == ["first"]


def test_closed_places_are_refused(asked: Asked, planner: Planner) -> None:
    asked.fossen.closed_on = STARTS
    asked.fossen.save()
    assert problems(lambda: planner(places=[asked.employer, asked.fossen])) == {
        "audience": ["Closed by then: Fossen."]
    }


def test_feedback_owner_must_work_here(asked: Asked, planner: Planner) -> None:
    asked.union.left_on = dt.date(2020, 5, 1)
    asked.union.save()
    assert list(problems(lambda: planner(feedback_owner=asked.union))) == ["feedback_owner"]


def test_hr_of_one_employer_plans_only_for_its_own(asked: Asked, planner: Planner) -> None:
    partner_hr = factories.make_person("Petra", unit=asked.mjosa)
    factories.give_role(partner_hr, "hr", employer=asked.partner)
    make_team("Elva", people=7, employer=asked.partner)
    for places in ([asked.employer], [asked.partner, asked.nordlys]):
        assert list(problems(lambda p=places: planner(by=partner_hr, places=p))) == ["audience"]
    facts = {"by": partner_hr, "places": [asked.partner], "panel_count": 2, "weeks_between": 4}
    assert planner(**facts).panels.count() == 2
    # One of theirs sits in a team of ours: the panel would ask that whole team.
    hired = factories.make_person("Hedda", employer=asked.partner)
    Membership.objects.create(person=hired, unit=asked.nordlys, from_on=factories.LONG_AGO)
    assert problems(lambda: planner(**facts)) == {
        "audience": ["These units have people you may not ask: Nordlys."]
    }


# --- confirming -----------------------------------------------------------------------------------


def test_only_a_representative_for_everybody_confirms(asked: Asked, planner: Planner) -> None:
    plan = planner()
    local = factories.make_person("Lokal", unit=asked.nordlys)
    factories.give_role(local, "safety_delegate", unit=asked.nordlys)
    agent = Person.objects.filter(memberships__unit=asked.nordlys).first()
    for person in (asked.hr, local, agent):
        with pytest.raises(ValidationError, match="for everybody asked"):
            actions.confirm_plan(plan=plan, by=person, at=AT)  # type: ignore[arg-type]
    confirmed = actions.confirm_plan(plan=plan, by=asked.delegate, at=AT)
    again = actions.confirm_plan(plan=plan, by=asked.union, at=AT + WEEK)
    for one in (confirmed, again):
        assert (one.confirmed_by, one.confirmed_at) == (asked.delegate, AT)
    assert AuditEntry.objects.filter(verb="pulse-plan-confirmed").count() == 1


def test_closed_unit_does_not_lock_out_whoever_looks_after_the_rest(
    asked: Asked, planner: Planner
) -> None:
    local_hr = factories.make_person("Lokal", unit=asked.department)
    factories.give_role(local_hr, "hr", unit=asked.department)
    delegate = factories.make_person("Vara", unit=asked.department)
    factories.give_role(delegate, "safety_delegate", unit=asked.department)
    plan = planner(places=[asked.department])
    for one in (access.can_edit_plan(local_hr, plan), access.can_confirm_plan(delegate, plan)):
        assert one
    asked.fossen.closed_on = dt.date(2021, 1, 1)
    asked.fossen.save()
    asked.fossen.placements.update(to_on=dt.date(2021, 1, 1))
    for one in (access.can_edit_plan(local_hr, plan), access.can_confirm_plan(delegate, plan)):
        assert one


# --- pausing, resuming, ending --------------------------------------------------------------------


def test_pausing_needs_a_reason_and_takes_back_the_round_that_waits(
    asked: Asked, planner: Planner
) -> None:
    plan = planner(level=Survey.Level.WITNESSED)
    run(morning(STARTS - WEEK))
    assert waiting_rounds().count() == 1
    for reason in ("", " \x00"):
        refused = problems(
            lambda r=reason: actions.pause_plan(plan=plan, reason=r, by=asked.hr, at=AT)
        )
        assert refused == {"reason": ["Say why: the representatives read it."]}
    long = problems(lambda: actions.pause_plan(plan=plan, reason="x" * 501, by=asked.hr, at=AT))
    assert list(long) == ["reason"]
    at = morning(STARTS - WEEK)
    paused = actions.pause_plan(plan=plan, reason=" Fusjon. ", by=asked.hr, at=at)
    assert (paused.paused_at, paused.pause_reason) == (at, "Fusjon.")
    assert paused.panels.get(number=1).asked_items == []
    assert (waiting_rounds().count(), run(at + WEEK / 7)) == (0, 0)
    # Resumed before its day, the round comes after all.
    resumed = actions.resume_plan(plan=plan, by=asked.hr, at=at)
    assert (resumed.paused_at, resumed.pause_reason) == (None, "")
    assert run(at) == 1
    assert waiting_rounds().get().round_number == 1


def test_rounds_missed_in_a_pause_are_not_made_up_for(asked: Asked, confirmed: PulsePlan) -> None:
    actions.pause_plan(plan=confirmed, reason="Flytting", by=asked.hr, at=AT)
    assert run(morning(STARTS + 5 * WEEK)) == 0
    actions.resume_plan(plan=confirmed, by=asked.hr, at=morning(STARTS + 5 * WEEK))
    assert run(morning(STARTS + 5 * WEEK)) == 1
    assert confirmed.rounds.get().round_number == 4


def test_launched_round_goes_on_through_a_pause_and_after_the_end(
    asked: Asked, confirmed: PulsePlan
) -> None:
    run(morning(STARTS - WEEK))
    actions.pause_plan(plan=confirmed, reason="Flytting", by=asked.hr, at=AT)
    actions.end_plan(plan=confirmed, on=AT.date(), by=asked.hr, at=AT)
    assert confirmed.rounds.get().state == Survey.State.LAUNCHED


def test_plan_ended_before_its_first_round_never_asks(asked: Asked, confirmed: PulsePlan) -> None:
    ended = actions.end_plan(plan=confirmed, on=AT.date(), by=asked.hr, at=AT)
    assert ended.ends_on == AT.date()
    assert run(morning(STARTS - WEEK)) == run(morning(STARTS)) == 0


def test_end_takes_back_later_rounds_and_may_be_moved_until_it_has_come(
    asked: Asked, planner: Planner
) -> None:
    plan = planner(level=Survey.Level.WITNESSED)
    run(morning(STARTS - WEEK))
    refused = problems(
        lambda: actions.end_plan(plan=plan, on=dt.date(2027, 1, 31), by=asked.hr, at=AT)
    )
    assert refused == {"ends_on": ["Choose today or a day to come."]}
    actions.end_plan(plan=plan, on=STARTS, by=asked.hr, at=AT)
    assert waiting_rounds().count() == 1
    actions.end_plan(plan=plan, on=STARTS - WEEK / 7, by=asked.hr, at=AT)
    assert (waiting_rounds().count(), run(morning(STARTS - WEEK))) == (0, 0)
    actions.end_plan(plan=plan, on=STARTS, by=asked.hr, at=AT)
    assert run(morning(STARTS - WEEK)) == 1
    # Once it has ended it stays so.
    late = morning(STARTS + WEEK)
    for call in (
        lambda: actions.end_plan(plan=plan, on=late.date() + WEEK, by=asked.hr, at=late),
        lambda: actions.pause_plan(plan=plan, reason="x", by=asked.hr, at=late),
        lambda: actions.resume_plan(plan=plan, by=asked.hr, at=late),
        lambda: actions.confirm_plan(plan=plan, by=asked.delegate, at=late),
        lambda: actions.set_feedback_owner(plan=plan, owner=asked.union, by=asked.hr, at=late),
    ):
        with pytest.raises(ValidationError, match="This plan has ended"):
            call()


# --- who may --------------------------------------------------------------------------------------


def test_doors_of_a_plan(asked: Asked, planner: Planner) -> None:
    plan = planner()
    partner_hr = factories.make_person("Petra", unit=asked.mjosa)
    factories.give_role(partner_hr, "hr", employer=asked.partner)
    agent = Person.objects.filter(memberships__unit=asked.nordlys).first()
    assert agent is not None
    for get in (access.get_plan_to_view, access.get_plan_to_edit, access.get_plan_to_confirm):
        for person, key in ((agent, plan.key), (asked.hr, "q0"), (asked.hr, "\x00")):
            with pytest.raises(Http404):
                get(person, key)
    assert access.get_plan_to_view(partner_hr, plan.key) == plan
    assert access.get_plan_to_edit(asked.hr, plan.key) == plan
    assert access.get_plan_to_confirm(asked.delegate, plan.key) == plan
    for person, get in (
        (partner_hr, access.get_plan_to_edit),
        (asked.delegate, access.get_plan_to_edit),
        (asked.hr, access.get_plan_to_confirm),
    ):
        with pytest.raises(PermissionDenied):
            get(person, plan.key)
    asked.hr.left_on = dt.date(2020, 1, 2)
    forget_roles(asked.hr)
    with pytest.raises(Http404):
        access.get_plan_to_view(asked.hr, plan.key)
