"""Pulse plans and the burden limit in the browser: who sees what, what is refused, what is kept."""

import datetime as dt
import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from engagement import times
from engagement.people.actions import record
from engagement.people.models import Person
from surveys.models import BurdenLimit, PulsePlan, Survey
from surveys.models.plans import LAPSED, PASSED_OVER
from tests import factories
from tests.conftest import sign_in
from tests.surveys.conftest import Asked
from tests.surveys.factories import make_plan, make_survey, make_team

HUGE = "9" * 5000


def url(name: str, *parts: Any) -> str:
    return reverse(f"surveys:{name}", args=parts)


def signed_in(person: Person) -> Client:
    person.language = "en"
    person.save()
    return sign_in(Client(), person)


@pytest.fixture
def hr(asked: Asked) -> Client:
    return signed_in(asked.hr)


@pytest.fixture
def delegate(asked: Asked) -> Client:
    return signed_in(asked.delegate)


@pytest.fixture
def agent(asked: Asked) -> Client:
    return signed_in(factories.make_person("Alice", "Aas", unit=asked.nordlys))


@pytest.fixture
def plan(asked: Asked) -> PulsePlan:
    return make_plan([asked.nordlys, asked.fossen], by=asked.hr)


def sent(asked: Asked, **facts: Any) -> dict[str, Any]:
    """The page of a new plan as a browser sends it: two panels, a round every four weeks."""
    today = times.today()
    return {
        "name_nb": "Puls", "name_en": "Pulse", "instruments": ["pulse"],
        "place": [asked.employer.key, asked.partner.key],
        "panel_count": "2", "weeks_between": "4", "open_days": "7", "items_a_round": "6",
        "starts_on": (today + dt.timedelta(days=30)).isoformat(),
        "level": "sealed", "discussed_on": today.isoformat(), "feedback_days": "14",
        "retention_months": "36", "feedback_owner": asked.hr.key,
        "purpose_nb": "Hvorfor", "purpose_en": "Why", "who_sees_nb": "Hvem", "who_sees_en": "Who",
    } | facts  # fmt: skip


def open_round(plan: PulsePlan, **facts: Any) -> Survey:
    """A round of ``plan`` that is open now."""
    teams = [panel.units.get() for panel in plan.panels.filter(number=1)]
    numbers = {"kind": "pulse", "level": "sealed", "plan": plan, "round_number": 1}
    return make_survey("open", teams=teams, **numbers | facts)


# --- who sees what ------------------------------------------------------------------------------

READING = ("plans", "burden-limit")
OF_A_PLAN = ("pause-plan", "end-plan", "plan-owner")
ACTS = ("confirm-plan", "resume-plan", *OF_A_PLAN)


def test_agent_learns_of_no_plan(agent: Client, plan: PulsePlan) -> None:
    assert {agent.get(url(name)).status_code for name in (*READING, "create-plan")} == {403}
    assert agent.get(url("plan", plan.key)).status_code == 404
    assert {agent.get(url(name, plan.key)).status_code for name in OF_A_PLAN} == {404}
    assert {agent.post(url(name, plan.key)).status_code for name in ACTS} == {404}
    assert {agent.post(url(name)).status_code for name in ("create-plan", "plan-panels", "burden-limit")} == {403}  # fmt: skip
    page = agent.get(url("index")).content.decode()
    assert url("plans") not in page
    assert url("instruments") not in page


@pytest.mark.parametrize("role", ["safety_delegate", "union_representative", "administrator"])
def test_those_who_read_do_not_steer(asked: Asked, plan: PulsePlan, role: str) -> None:
    reader = factories.make_person("Lise", "Leser", unit=asked.department)
    factories.give_role(reader, role)
    client = signed_in(reader)
    assert {client.get(url(name)).status_code for name in READING} == {200}
    page = client.get(url("plan", plan.key))
    assert page.status_code == 200
    assert url("pause-plan", plan.key) not in page.content.decode()
    assert client.get(url("create-plan")).status_code == 403
    assert {client.get(url(name, plan.key)).status_code for name in OF_A_PLAN} == {403}
    steering = (*OF_A_PLAN, "resume-plan")
    assert {client.post(url(name, plan.key)).status_code for name in steering} == {403}
    assert client.post(url("burden-limit"), {"minutes": "1"}).status_code == 403
    home = client.get(url("index")).content.decode()
    assert url("plans") in home
    assert url("instruments") in home


def test_hr_of_another_employer_reads_and_does_not_steer(asked: Asked, plan: PulsePlan) -> None:
    partner_hr = factories.make_person("Petra", unit=asked.mjosa)
    factories.give_role(partner_hr, "hr", employer=asked.partner)
    client = signed_in(partner_hr)
    assert client.get(url("plan", plan.key)).status_code == 200
    assert {client.post(url(name, plan.key)).status_code for name in ACTS} == {403}
    assert client.post(url("create-plan"), sent(asked)).status_code == 422
    # The limit is the whole organisation's.
    assert client.post(url("burden-limit"), {"minutes": "1"}).status_code == 403
    assert b"HR of the whole organisation can change it" in client.get(url("burden-limit")).content


def test_unknown_plans_are_not_found(hr: Client) -> None:
    for key in ("q0", "new", "x" * 300, "%00"):
        assert hr.get(f"/surveys/plans/{key}/pause/").status_code == 404


# --- making one ---------------------------------------------------------------------------------


def test_page_of_a_new_plan_is_filled_in(asked: Asked, hr: Client) -> None:
    page = hr.get(url("create-plan"))
    text = page.content.decode()
    assert page.status_code == 200
    assert "errorlist" not in text
    assert "Each person is asked about every 8 weeks: 6 questions, at most 2 min." in text
    # Four panels of at least five: the three groups of this organisation are too few.
    assert "There are not teams enough for so many panels" in text
    form = page.context["form"]
    assert form.chosen == {asked.employer.key, asked.partner.key}
    assert asked.hr.key in form.owner_json


def test_plan_is_made_from_the_page(asked: Asked, hr: Client) -> None:
    answer = hr.post(url("create-plan"), sent(asked))
    plan = PulsePlan.objects.get()
    assert answer["Location"] == url("plan", plan.key)
    assert (plan.created_by, plan.panel_count, plan.weeks_of_turn) == (asked.hr, 2, 8)
    assert plan.facts["audience"] == [
        {"kind": "employer", "key": one.key} for one in (asked.employer, asked.partner)
    ]
    page = hr.get(answer["Location"]).content.decode()
    assert "Waits to be read" in page
    assert "Panel 2" in page


def test_typed_name_is_enough_for_the_owner(asked: Asked, hr: Client) -> None:
    data = sent(asked, feedback_owner="", feedback_owner_text="Berit Aas")
    assert hr.post(url("create-plan"), data).status_code == 302
    assert PulsePlan.objects.get().facts["feedback_owner"] == asked.union.key


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"panel_count": HUGE}, "panel_count"),
        ({"panel_count": "-1"}, "panel_count"),
        ({"panel_count": "4"}, "panel_count"),
        ({"panel_count": "1", "weeks_between": "1"}, "panel_count"),
        ({"weeks_between": "x"}, "weeks_between"),
        ({"open_days": "0"}, "open_days"),
        ({"items_a_round": "16"}, "items_a_round"),
        ({"items_a_round": "1"}, "items_a_round"),
        ({"instruments": []}, "instruments"),
        ({"instruments": ["unheard"]}, "instruments"),
        ({"starts_on": "2020-01-01"}, "starts_on"),
        ({"starts_on": "9999-12-31"}, "starts_on"),
        ({"discussed_on": "9999-12-31"}, "discussed_on"),
        ({"discussed_on": ""}, "discussed_on"),
        ({"level": "open"}, "level"),
        ({"name_nb": "\x00"}, "name_nb"),
        ({"name_en": "x" * 111}, "name_en"),
        ({"purpose_nb": " "}, "purpose_nb"),
        ({"who_sees_en": "x" * 1001}, "who_sees_en"),
        ({"feedback_owner": "", "feedback_owner_text": ""}, "feedback_owner"),
        ({"feedback_owner": "p0"}, "feedback_owner"),
        ({"feedback_owner": "", "feedback_owner_text": "Nobody Here"}, "feedback_owner"),
        ({"feedback_days": "61"}, "feedback_days"),
        ({"retention_months": "0"}, "retention_months"),
        ({"place": []}, "__all__"),
        ({"place": ["u0", "\x00", HUGE]}, "__all__"),
    ],
)
def test_what_is_refused_keeps_what_was_typed(
    asked: Asked, hr: Client, facts: dict[str, Any], field: str
) -> None:
    answer = hr.post(url("create-plan"), sent(asked, **{"name_nb": "Halvferdig"} | facts))
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    page = answer.content.decode()
    assert 'data-testid="form-errors"' in page
    if field != "name_nb":
        assert "Halvferdig" in page
    assert not PulsePlan.objects.exists()


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({}, "Each person is asked about every 8 weeks: 6 questions, at most 2 min."),
        ({"panel_count": "1"}, "eight weeks of peace"),
        ({"panel_count": "9"}, "too few for 9 panels"),
        ({"panel_count": HUGE}, "Choose instruments, panels, weeks and questions"),
        ({"panel_count": "-2"}, "Choose instruments, panels, weeks and questions"),
        ({"items_a_round": "1"}, "Not every theme would be asked"),
        ({"instruments": ["pulse", "prompts"], "items_a_round": "14"}, "three minutes at most"),
        ({"instruments": []}, "Choose instruments, panels, weeks and questions"),
        ({"instruments": ["unheard", "\x00"]}, "Choose instruments, panels, weeks and questions"),
        ({"place": ["u0"], "name_nb": ""}, "Each person is asked about every 8 weeks"),
    ],
)
def test_page_says_what_it_means_for_people(
    asked: Asked, hr: Client, facts: dict[str, Any], words: str
) -> None:
    answer = hr.post(url("plan-panels"), sent(asked, **facts))
    assert answer.status_code == 200
    assert words in answer.content.decode()
    assert not PulsePlan.objects.exists()


# --- reading and confirming ---------------------------------------------------------------------


def test_delegate_finds_it_reads_and_confirms(
    asked: Asked, delegate: Client, plan: PulsePlan
) -> None:
    assert 'data-testid="waiting-plan"' in delegate.get(url("index")).content.decode()
    page = delegate.get(url("plan", plan.key)).content.decode()
    assert "Have you read it?" in page
    assert delegate.get(url("confirm-plan", plan.key)).status_code == 405
    assert delegate.post(url("confirm-plan", plan.key))["Location"] == url("plan", plan.key)
    plan.refresh_from_db()
    assert plan.confirmed_by == asked.delegate
    page = delegate.get(url("plan", plan.key)).content.decode()
    assert "Ola Haugen confirmed it" in page
    assert 'data-testid="plan-confirm"' not in page
    assert 'data-testid="waiting-plan"' not in delegate.get(url("index")).content.decode()


def test_hr_does_not_confirm_its_own_plan(hr: Client, plan: PulsePlan) -> None:
    assert hr.post(url("confirm-plan", plan.key)).status_code == 403
    assert 'data-testid="waiting-plan"' not in hr.get(url("index")).content.decode()
    assert 'data-testid="plan-confirm"' not in hr.get(url("plan", plan.key)).content.decode()


def test_delegate_for_a_part_reads_and_does_not_confirm(asked: Asked, plan: PulsePlan) -> None:
    local = factories.make_person("Lokal", unit=asked.nordlys)
    factories.give_role(local, "safety_delegate", unit=asked.nordlys)
    client = signed_in(local)
    assert 'data-testid="waiting-plan"' not in client.get(url("index")).content.decode()
    assert client.get(url("plan", plan.key)).status_code == 200
    assert client.post(url("confirm-plan", plan.key)).status_code == 403


# --- the list and the page ----------------------------------------------------------------------


def state_on_list(client: Client) -> list[tuple[str, bool]]:
    return [(row.state, row.next is not None) for row in client.get(url("plans")).context["rows"]]


def test_list_says_where_each_plan_stands(asked: Asked, hr: Client) -> None:
    assert "No pulse plan yet" in hr.get(url("plans")).content.decode()
    teams, at = [asked.nordlys], times.now()
    past = times.today() - dt.timedelta(days=1)
    make_plan(teams, by=asked.hr, ends_on=past, starts_on=past)
    make_plan(teams, by=asked.hr)
    make_plan(teams, by=asked.hr, confirmed_at=at)
    make_plan(teams, by=asked.hr, level="witnessed")
    make_plan(teams, by=asked.hr, paused_at=at, pause_reason="Flytting")
    assert state_on_list(hr) == [
        ("paused", False), ("running", True), ("running", True), ("unread", True), ("ended", False),
    ]  # fmt: skip


def test_round_that_is_made_is_the_next_on_the_list_and_is_linked(
    asked: Asked, hr: Client, plan: PulsePlan
) -> None:
    opens_at = times.now() + dt.timedelta(days=7)
    made = make_survey(
        "launched", teams=[asked.nordlys], plan=plan, round_number=1, opens_at=opens_at
    )
    PulsePlan.objects.update(handled_round_count=1)
    [row] = hr.get(url("plans")).context["rows"]
    assert (row.next.number, row.next.day) == (1, times.local_date(opens_at))
    page = hr.get(url("plan", plan.key))
    assert url("detail", made.key) in page.content.decode()
    assert [one.number for one in page.context["coming"]] == [1, 2]


def test_page_tells_rounds_panels_themes_and_history(
    asked: Asked, hr: Client, delegate: Client
) -> None:
    hr.post(url("create-plan"), sent(asked))
    plan = PulsePlan.objects.get()
    delegate.post(url("confirm-plan", plan.key))
    survey = make_survey("open", teams=[asked.nordlys], plan=plan, round_number=2)
    at = times.now()
    record(verb=PASSED_OVER, by=None, at=at, subject=plan, round=1, reason="annual")
    page = hr.get(url("plan", plan.key))
    text = re.sub(r"\s+", " ", page.content.decode())
    assert [(one.number, one.people) for one in page.context["past"]] == [(2, 8), (1, 0)]
    assert "An annual survey is near" in text
    assert url("detail", survey.key) in text
    assert sum(panel.people for panel in page.context["panels"]) == 24
    assert "Nordlys (8)" in text
    assert [step.label for step in page.context["history"]] == ["Made", "Read and confirmed"]
    assert {theme.day for theme in page.context["covered"]} == {None}
    assert len(page.context["covered"]) == 7


@pytest.mark.parametrize(
    ("missing", "words"),
    [
        (["key"], "The counting key was not ready"),
        (["reviewed", "key"], "Nobody had read it in time, The counting key was not ready"),
        (["feedback"], "Nobody was left to tell the results"),
        (["burden"], "It would have been too much this quarter"),
        (["peace"], "Some had been asked too recently"),
        (["shifts"], "Something was missing on the launch list"),
    ],
)
def test_page_says_why_a_round_lapsed(
    hr: Client, plan: PulsePlan, missing: list[str], words: str
) -> None:
    record(verb=LAPSED, by=None, at=times.now(), subject=plan, round=1, missing=missing)
    [past] = hr.get(url("plan", plan.key)).context["past"]
    assert (past.number, past.day, past.reason) == (1, plan.starts_on, words)


def test_no_page_asks_the_database_more_for_more_plans_rounds_or_teams(
    asked: Asked, hr: Client, delegate: Client, plan: PulsePlan
) -> None:
    def count(client: Client, address: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200
        return len(queries)

    open_round(plan)
    addresses = [url("plans"), url("plan", plan.key), url("end-plan", plan.key), url("create-plan")]
    before = [count(hr, address) for address in addresses]
    more = [make_team(f"Ny {number}", people=6, parent=asked.department) for number in range(5)]
    plan.panels.get(number=1).units.add(*more)
    plan.facts["units"] += [unit.key for unit in more]
    plan.save()
    for number in range(5):
        make_plan(more[:2], by=asked.hr)
        make_survey("open", teams=[more[number]], plan=plan, round_number=number + 2)
    assert [count(hr, address) for address in addresses] == before


# --- pausing, resuming, ending, naming somebody else --------------------------------------------


def test_pausing_asks_why_and_shows_it_to_those_who_read(
    asked: Asked, hr: Client, delegate: Client, plan: PulsePlan
) -> None:
    for reason in ("", " ", "x" * 501):
        answer = hr.post(url("pause-plan", plan.key), {"reason": reason})
        assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["reason"])
    assert hr.get(url("pause-plan", plan.key)).status_code == 200
    answer = hr.post(url("pause-plan", plan.key), {"reason": "Vi <b>flytter</b>."})
    assert answer["Location"] == url("plan", plan.key)
    page = delegate.get(url("plan", plan.key)).content.decode()
    assert "Vi &lt;b&gt;flytter&lt;/b&gt;." in page
    assert url("pause-plan", plan.key) not in hr.get(url("plan", plan.key)).content.decode()
    hr.post(url("resume-plan", plan.key))
    plan.refresh_from_db()
    assert plan.paused_at is None


def test_end_says_first_what_becomes_of_rounds_under_way(
    asked: Asked, hr: Client, plan: PulsePlan
) -> None:
    assert "No round is under way now" in hr.get(url("end-plan", plan.key)).content.decode()
    under_way = open_round(plan, title_en="Pulse the first")
    waiting = make_survey(
        "frozen", teams=[asked.fossen], plan=plan, round_number=2, title_en="Later"
    )
    page = hr.get(url("end-plan", plan.key)).content.decode()
    assert url("detail", under_way.key) in page
    assert "Later" in page
    for day in ("", "x", "2020-01-01"):
        answer = hr.post(url("end-plan", plan.key), {"ends_on": day})
        assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["ends_on"])
    assert hr.post(url("end-plan", plan.key), {"ends_on": times.today().isoformat()}).status_code == 302  # fmt: skip
    under_way.refresh_from_db()
    assert under_way.state == "open"
    assert not Survey.objects.filter(pk=waiting.pk).exists()


def test_ended_plan_offers_nothing_more(hr: Client, delegate: Client, plan: PulsePlan) -> None:
    past = times.today() - dt.timedelta(days=1)
    PulsePlan.objects.update(ends_on=past, starts_on=past)
    for client in (hr, delegate):
        page = client.get(url("plan", plan.key)).content.decode()
        assert "Ended" in page
        for name in ACTS:
            assert url(name, plan.key) not in page
    answer = hr.post(url("pause-plan", plan.key), {"reason": "x"})
    assert (answer.status_code, answer.context["form"].non_field_errors()) == (
        422,
        ["This plan has ended. Make a new one."],
    )
    assert delegate.post(url("confirm-plan", plan.key), follow=True).status_code == 200
    plan.refresh_from_db()
    assert plan.confirmed_at is None


def test_somebody_else_is_named_when_the_owner_has_left(
    asked: Asked, hr: Client, plan: PulsePlan
) -> None:
    gone = factories.make_person("Borte", unit=asked.nordlys)
    plan.facts["feedback_owner"] = gone.key
    plan.save()
    assert "no longer works here" not in hr.get(url("plan", plan.key)).content.decode()
    gone.left_on = dt.date(2021, 1, 1)
    gone.save()
    assert "no longer works here" in hr.get(url("plan", plan.key)).content.decode()
    for data in ({}, {"feedback_owner": gone.key}, {"feedback_owner_text": "Nobody Here"}):
        assert hr.post(url("plan-owner", plan.key), data).status_code == 422
    answer = hr.post(url("plan-owner", plan.key), {"feedback_owner": asked.union.key})
    assert answer["Location"] == url("plan", plan.key)
    page = hr.get(answer["Location"]).content.decode()
    assert "no longer works here" not in page
    assert "Berit Aas" in page


def test_plan_of_somebody_forgotten_still_opens(hr: Client, plan: PulsePlan) -> None:
    at = times.now()
    plan.facts["feedback_owner"] = "p0"
    plan.save()
    PulsePlan.objects.update(created_by=None, confirmed_by=None, confirmed_at=at)
    assert hr.get(url("plan", plan.key)).status_code == 200


def test_plan_whose_instruments_are_retired_says_so(hr: Client, plan: PulsePlan) -> None:
    page = hr.get(url("plan", plan.key)).content.decode()
    assert "All its instruments have been taken out of use" in page
    assert "Each person is asked about" not in page


# --- the burden limit ---------------------------------------------------------------------------


def test_limit_is_set_and_its_changes_are_told(asked: Asked, hr: Client) -> None:
    page = hr.get(url("burden-limit")).content.decode()
    assert "Never changed" in page
    for minutes in ("", "0", "121", "x", HUGE):
        answer = hr.post(url("burden-limit"), {"minutes": minutes})
        assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["minutes"])
    assert not BurdenLimit.objects.exists()
    for minutes in (20, 12):
        assert hr.post(url("burden-limit"), {"minutes": str(minutes)}).status_code == 302
    assert BurdenLimit.objects.get().minutes == 12
    page = hr.get(url("burden-limit"))
    assert [(one.minutes, one.by) for one in page.context["changes"]] == [
        (12, asked.hr.name),
        (20, asked.hr.name),
    ]


def test_limit_is_linked_where_it_is_shown(asked: Asked, hr: Client) -> None:
    survey = make_survey("frozen", teams=[asked.nordlys], by=asked.hr)
    assert url("burden-limit") in hr.get(url("cells", survey.key)).content.decode()
    assert url("burden-limit") in hr.get(url("index")).content.decode()


# --- languages ----------------------------------------------------------------------------------


def test_pages_open_in_both_languages(asked: Asked, hr: Client, plan: PulsePlan) -> None:
    open_round(plan)
    for language, name in (("en", "Pulse"), ("nb", "Puls")):
        asked.hr.language = language
        asked.hr.save()
        for address in (
            url("plans"), url("plan", plan.key), url("create-plan"), url("end-plan", plan.key),
            url("pause-plan", plan.key), url("plan-owner", plan.key), url("burden-limit"),
        ):  # fmt: skip
            assert hr.get(address).status_code == 200
        assert hr.get(url("plan", plan.key)).context["plan"].name_nb == "Puls"
        assert f"<h1>{name}</h1>" in hr.get(url("plan", plan.key)).content.decode()
