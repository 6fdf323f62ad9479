"""Slips with codes for a survey: for everybody without mail, and straight to it."""

import datetime as dt
import re

import pytest
from django.test import Client
from django.urls import reverse

from engagement import times
from engagement.people.models import ActivationCode, Person, RoleAssignment
from surveys.models import RollEntry, Survey
from tests import factories
from tests.conftest import sign_in
from tests.surveys.conftest import Asked
from tests.surveys.factories import make_survey

State = Survey.State


@pytest.fixture
def survey(asked: Asked) -> Survey:
    return make_survey(State.OPEN, teams=[asked.nordlys, asked.fossen], by=asked.hr)


def codes(survey: Survey) -> str:
    return reverse("surveys:codes", args=[survey.key])


def named_on(page: str) -> list[str]:
    return re.findall(r'<article class="slip".*?<h2>(.*?)</h2>', page, re.DOTALL)


def test_everybody_without_mail_gets_a_slip_whether_they_have_answered_or_not(
    asked: Asked, survey: Survey
) -> None:
    hr = sign_in(Client(), asked.hr)
    entries = RollEntry.objects.filter(survey=survey).select_related("person")
    first, second, *_rest = entries
    Person.objects.filter(pk=second.person_id).update(email="her@fjordtel.example")
    before = named_on(hr.post(codes(survey), {"site": ""}).content.decode())
    RollEntry.objects.filter(pk=first.pk).update(is_collected=True, blinded_digest=bytes(32))
    after = named_on(hr.post(codes(survey), {"site": ""}).content.decode())
    assert before == after
    expected = {one.person.name for one in entries if one.pk != second.pk}
    assert set(after) == expected
    assert len(after) == ActivationCode.objects.count()


def test_a_slip_signs_in_and_leads_to_the_survey(asked: Asked, survey: Survey) -> None:
    page = sign_in(Client(), asked.hr).post(codes(survey), {"site": ""}).content.decode()
    code = re.findall(r'data-testid="slip-code">([^<]+)<', page)[0]
    person, following = Client(), reverse("surveys:detail", args=[survey.key])
    url = f"{reverse('people:activate')}?code={code}&next={following}"
    shown = person.get(url).content.decode()
    assert f'<input type="hidden" name="next" value="{following}">' in shown
    answer = person.post(reverse("people:activate"), {"code": code, "next": following})
    assert answer["Location"] == following
    assert 'data-testid="survey-open"' in person.get(following).content.decode()


@pytest.mark.parametrize("following", ["https://evil.example/", "//evil.example/", "javascript:1"])
def test_a_code_leads_nowhere_else(asked: Asked, survey: Survey, following: str) -> None:
    page = sign_in(Client(), asked.hr).post(codes(survey), {"site": ""}).content.decode()
    code = re.findall(r'data-testid="slip-code">([^<]+)<', page)[0]
    answer = Client().post(reverse("people:activate"), {"code": code, "next": following})
    assert answer["Location"] == reverse("people:me-sign-in")


def test_only_of_the_site_that_was_chosen(asked: Asked) -> None:
    survey = make_survey(State.OPEN, teams=[asked.nordlys, asked.mjosa], by=asked.hr)
    hr = sign_in(Client(), asked.hr)
    sites = re.findall(r'<option value="(\w+)">([^<]+)', hr.get(codes(survey)).content.decode())
    assert sorted(name for _key, name in sites) == ["Gjøvik (6)", "Trondheim (8)"]
    [gjovik] = [key for key, name in sites if name.startswith("Gjøvik")]
    assert len(named_on(hr.post(codes(survey), {"site": gjovik}).content.decode())) == 6
    assert hr.post(codes(survey), {"site": "elsewhere"}).status_code == 422


@pytest.mark.parametrize("state", [State.FROZEN, State.CLOSED, State.COUNTED, State.CANCELLED])
def test_no_codes_for_a_survey_that_nobody_can_answer(asked: Asked, state: State) -> None:
    survey = make_survey(state, teams=[asked.nordlys], by=asked.hr)
    assert sign_in(Client(), asked.hr).post(codes(survey), {"site": ""}).status_code == 302
    assert not ActivationCode.objects.exists()


def test_codes_that_would_run_out_too_early_are_not_made(asked: Asked) -> None:
    survey = make_survey(State.LAUNCHED, teams=[asked.nordlys], by=asked.hr)
    hr = sign_in(Client(), asked.hr)
    assert 'data-testid="codes-early"' in hr.get(codes(survey)).content.decode()
    assert 'data-testid="codes-early"' in hr.post(codes(survey), {"site": ""}).content.decode()
    assert not ActivationCode.objects.exists()
    Survey.objects.update(opens_at=times.now() + dt.timedelta(days=1, hours=23))
    assert named_on(hr.post(codes(survey), {"site": ""}).content.decode())


def test_codes_only_for_those_in_the_scope_of_who_prints(asked: Asked) -> None:
    survey = make_survey(State.OPEN, teams=[asked.nordlys], by=asked.hr)
    other = factories.make_person("Hedda", "Hr", unit=asked.department)
    factories.give_role(other, RoleAssignment.Role.HR, employer=asked.partner)
    assert sign_in(Client(), other).post(codes(survey), {"site": ""}).status_code == 403
    assert not ActivationCode.objects.exists()
