"""Reading, keys and the launch list: nothing is launched with a gap in it."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from django.utils.translation import override

from engagement.people.access import forget_roles
from engagement.people.models import AuditEntry, Person
from surveys import access, actions, queries
from surveys.models import Survey
from surveys.protocol import sealing
from tests import factories
from tests.surveys.conftest import Asked
from tests.surveys.drafts.test_drafts import AT, draft, oslo
from tests.surveys.factories import make_survey

PUBLIC = sealing.new_counting_key()[1]
OTHER = sealing.new_counting_key()[1]


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with override("en"):
        yield


@pytest.fixture
def frozen(asked: Asked) -> Survey:
    survey = draft(asked, discussed_on=dt.date(2027, 1, 30))
    return actions.freeze_survey(survey=survey, by=asked.hr, at=AT)


def confirm(survey: Survey, by: Person, **facts: Any) -> None:
    actions.confirm_review(survey=survey, by=by, at=AT, **facts)


def make_ready(asked: Asked, survey: Survey) -> None:
    actions.set_counting_key(survey=survey, by=asked.delegate, public=PUBLIC, at=AT)
    actions.note_key_checked(survey=survey, by=asked.union, at=AT)
    confirm(survey, asked.delegate)
    survey.refresh_from_db()


def unmet(survey: Survey, at: dt.datetime = AT) -> list[str]:
    survey.refresh_from_db()
    return [one.key for one in queries.launch_checklist(survey, at=at) if not one.is_ok]


# --- reading --------------------------------------------------------------------------------------


def test_representative_confirms_and_it_is_logged(asked: Asked, frozen: Survey) -> None:
    confirm(frozen, asked.union, remark=" Fint.\x00 ")
    review = frozen.reviews.get()
    assert (review.role, review.remark, review.confirmed_at) == (
        "union_representative",
        "Fint.",
        AT,
    )
    frozen.refresh_from_db()
    assert frozen.state == Survey.State.REVIEWED
    entry = AuditEntry.objects.get(verb="survey-confirmed")
    assert entry.detail == {
        "name": frozen.title_nb, "role": "union_representative", "has_remark": True,
    }  # fmt: skip


def test_only_representatives_for_everybody_asked_confirm(asked: Asked, frozen: Survey) -> None:
    local = factories.make_person("Lokal", unit=asked.nordlys)
    factories.give_role(local, "safety_delegate", unit=asked.nordlys)
    for person in (asked.hr, local, Person.objects.filter(memberships__unit=asked.nordlys)[0]):
        with pytest.raises(ValidationError, match="for everybody asked"):
            confirm(frozen, person)
        with pytest.raises(ValidationError, match="for everybody asked"):
            actions.set_counting_key(survey=frozen, by=person, public=PUBLIC, at=AT)
        with pytest.raises(ValidationError, match="for everybody asked"):
            actions.note_key_checked(survey=frozen, by=person, at=AT)
    assert frozen.reviews.count() == 0


def test_draft_is_not_confirmed(asked: Asked) -> None:
    with pytest.raises(ValidationError, match="not fixed yet"):
        confirm(draft(asked), asked.delegate)


# --- the counting key -----------------------------------------------------------------------------


def test_second_key_takes_back_confirmations_and_checks(asked: Asked, frozen: Survey) -> None:
    make_ready(asked, frozen)
    assert unmet(frozen) == []
    actions.set_counting_key(survey=frozen, by=asked.delegate, public=PUBLIC, at=AT)
    assert unmet(frozen) == []
    actions.set_counting_key(survey=frozen, by=asked.union, public=OTHER, at=AT)
    assert unmet(frozen) == ["reviewed", "key"]
    assert bytes(frozen.counting_key or b"") == OTHER
    assert [
        (one.person, one.is_witness, one.confirmed_at)
        for one in frozen.reviews.order_by("person__given_name")
    ] == [(asked.union, True, None), (asked.delegate, False, None)]
    replaced = AuditEntry.objects.filter(verb="counting-key-set").order_by("pk")
    assert [one.detail["key"] for one in replaced] == [PUBLIC.hex(), OTHER.hex()]


LOW_ORDER = bytes.fromhex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800")


@pytest.mark.parametrize(
    "key",
    [b"", PUBLIC[:31], PUBLIC + b"x", bytes(32), LOW_ORDER],
    ids=["empty", "short", "long", "zero", "low order"],
)
def test_weak_keys_are_refused(asked: Asked, frozen: Survey, key: bytes) -> None:
    with pytest.raises(ValidationError, match="not a counting key"):
        actions.set_counting_key(survey=frozen, by=asked.delegate, public=key, at=AT)


def test_two_representatives_hold_the_key(asked: Asked, frozen: Survey) -> None:
    with pytest.raises(ValidationError, match="no counting key yet"):
        actions.note_key_checked(survey=frozen, by=asked.union, at=AT)
    actions.set_counting_key(survey=frozen, by=asked.delegate, public=PUBLIC, at=AT)
    actions.note_key_checked(survey=frozen, by=asked.delegate, at=AT)
    assert "key" in unmet(frozen)
    actions.note_key_checked(survey=frozen, by=asked.union, at=AT)
    assert "key" not in unmet(frozen)


def test_sealed_key_comes_from_the_counting_process(asked: Asked) -> None:
    survey = draft(asked, discussed_on=dt.date(2027, 1, 30), level="sealed")
    actions.freeze_survey(survey=survey, by=asked.hr, at=AT)
    confirm(survey, asked.delegate)
    assert unmet(survey) == ["key"]
    with pytest.raises(ValidationError):
        actions.set_counting_key(survey=survey, by=asked.delegate, public=PUBLIC, at=AT)
    actions.set_counting_key_sealed(survey=survey, public=PUBLIC, at=AT)
    actions.set_counting_key_sealed(survey=survey, public=PUBLIC, at=AT)
    assert unmet(survey) == []
    assert AuditEntry.objects.filter(verb="counting-key-set").count() == 1
    actions.set_counting_key_sealed(survey=survey, public=OTHER, at=AT)
    assert unmet(survey) == ["reviewed"]


def test_witnessed_survey_takes_no_key_from_a_process(frozen: Survey) -> None:
    with pytest.raises(ValidationError, match="Representatives hold the key"):
        actions.set_counting_key_sealed(survey=frozen, public=PUBLIC, at=AT)


def test_changing_the_level_of_a_draft_forgets_the_key(asked: Asked, frozen: Survey) -> None:
    make_ready(asked, frozen)
    actions.unfreeze_survey(survey=frozen, by=asked.hr, at=AT)
    actions.change_survey(survey=frozen, by=asked.hr, at=AT, level="sealed")
    frozen.refresh_from_db()
    assert frozen.counting_key is None
    assert not frozen.reviews.filter(is_witness=True).exists()


# --- launching ------------------------------------------------------------------------------------


def launch(asked: Asked, survey: Survey, at: dt.datetime = AT) -> Survey:
    return actions.launch_survey(survey=survey, by=asked.hr, at=at)


def test_launch_fixes_everything(asked: Asked, frozen: Survey) -> None:
    make_ready(asked, frozen)
    survey = launch(asked, frozen)
    assert (survey.state, survey.launched_by) == ("launched", asked.hr)
    for section in survey.sections.all():
        assert section.version.first_asked_at is not None
    # Opens Monday 15 February, closes Monday 1 March.
    assert [one.send_at for one in survey.reminders.all()] == [
        oslo(2, 17, 8) + dt.timedelta(minutes=30),
        oslo(2, 26, 8) + dt.timedelta(minutes=30),
    ]
    entry = AuditEntry.objects.get(verb="survey-launched")
    assert (entry.actor, entry.detail["people_count"]) == (asked.hr, 24)
    with pytest.raises(ValidationError, match="can no longer be changed"):
        launch(asked, frozen)


def test_launch_says_everything_that_is_missing(asked: Asked) -> None:
    survey = actions.create_survey(by=asked.hr, template="empty", at=AT)
    actions.set_audience(survey=survey, places=[asked.nordlys], by=asked.hr, at=AT)
    Survey.objects.update(frozen_at=AT, feedback_owner=None, retention_months=None)
    with pytest.raises(ValidationError) as caught:
        launch(asked, survey, at=oslo(2, 20))
    assert caught.value.messages == [
        "Choose at least one instrument or question.",
        "Say in a few sentences what the answers will be used for, in both languages.",
        "Say who will see which numbers, in both languages.",
        "Discuss it with the safety delegates and unions, and write the date down.",
        "Name who tells people the results, and by which day.",
        "Choose how many months the published numbers are kept.",
        "The opening time has passed. Choose a later one.",
        "Fix the groups, so that they can be read.",
        "Ask a safety delegate or union representative to read it and confirm.",
        "A representative makes the counting key, in their own browser.",
    ]
    survey.refresh_from_db()
    assert survey.launched_at is None


def test_only_hr_for_everybody_asked_launches(asked: Asked, frozen: Survey) -> None:
    make_ready(asked, frozen)
    partner_hr = factories.make_person("Petra", unit=asked.mjosa)
    factories.give_role(partner_hr, "hr", employer=asked.partner)
    for person in (asked.delegate, partner_hr):
        with pytest.raises(ValidationError, match="Only HR for everybody asked"):
            actions.launch_survey(survey=frozen, by=person, at=AT)
    with pytest.raises(ValidationError, match="Somebody must launch"):
        actions.launch_survey(survey=frozen, by=None, at=AT)


def test_group_that_fell_apart_stops_the_launch(asked: Asked, frozen: Survey) -> None:
    make_ready(asked, frozen)
    gone = Person.objects.filter(memberships__unit=asked.mjosa)[:2]
    Person.objects.filter(pk__in=[one.pk for one in gone]).update(left_on=oslo(2, 10).date())
    assert unmet(frozen) == ["frozen"]


def test_confirmation_of_somebody_who_is_no_representative_any_more_does_not_count(
    asked: Asked, frozen: Survey
) -> None:
    make_ready(asked, frozen)
    asked.delegate.roles.all().delete()
    assert unmet(frozen) == ["reviewed"]


def test_burden_counts_what_was_launched_this_quarter(asked: Asked, frozen: Survey) -> None:
    make_ready(asked, frozen)
    asked_before = make_survey("published", teams=[asked.nordlys], at=oslo(1, 27), by=asked.hr)
    Survey.objects.filter(pk=asked_before.pk).update(opens_at=oslo(1, 4))
    asked_before.cells.update(minutes=6)
    # 10 minutes now and 6 before are more than 15; and eight weeks are not over.
    assert unmet(frozen) == ["burden", "peace"]
    mends = [one.mend for one in queries.launch_checklist(frozen, at=AT) if one.mend]
    assert mends == [
        "Too much this quarter for Nordlys. Ask less, later, or write why.",
        "Asked too recently: Nordlys. Open it on March 1, 2027 or later.",
    ]
    actions.set_burden_limit(minutes=16, by=asked.hr, at=AT)
    assert unmet(frozen) == ["peace"]
    actions.set_burden_limit(minutes=15, by=asked.hr, at=AT)
    Survey.objects.filter(pk=frozen.pk).update(over_limit_reason="Sammenslåingen.")
    assert unmet(frozen) == ["peace"]
    Survey.objects.filter(pk=asked_before.pk).update(cancelled_at=AT, cancel_reason="Feil.")
    Survey.objects.filter(pk=frozen.pk).update(over_limit_reason="")
    assert unmet(frozen) == []


@pytest.mark.parametrize("weeks", [-8, 8])
def test_eight_weeks_to_the_day_are_enough(asked: Asked, frozen: Survey, weeks: int) -> None:
    make_ready(asked, frozen)
    other = make_survey("published", teams=[asked.nordlys], by=asked.hr)
    assert frozen.opens_at is not None
    exactly = frozen.opens_at + dt.timedelta(weeks=weeks)
    nearer = exactly - dt.timedelta(days=1 if weeks > 0 else -1)
    Survey.objects.filter(pk=other.pk).update(
        opens_at=exactly, closes_at=exactly + dt.timedelta(days=7)
    )
    other.cells.update(minutes=0)
    assert unmet(frozen) == []
    Survey.objects.filter(pk=other.pk).update(opens_at=nearer)
    assert unmet(frozen) == ["peace"]


@pytest.mark.parametrize("minutes", [0, 121])
def test_burden_limit_is_sensible(asked: Asked, minutes: int) -> None:
    with pytest.raises(ValidationError):
        actions.set_burden_limit(minutes=minutes, by=asked.hr, at=AT)


def test_reminders_lie_within_the_opening(asked: Asked) -> None:
    survey = draft(asked)
    survey.opens_at, survey.closes_at = oslo(3, 1, 12), oslo(3, 5, 12)
    half = dt.timedelta(minutes=30)
    assert queries.planned_reminders(survey) == [oslo(3, 3, 8) + half]
    survey.closes_at = oslo(3, 3, 8)
    assert queries.planned_reminders(survey) == []


def test_reminders_come_on_working_days(asked: Asked) -> None:
    survey = draft(asked)
    half = dt.timedelta(minutes=30)
    # Opens on a Thursday before a weekend, closes on the Monday after another.
    survey.opens_at, survey.closes_at = oslo(3, 4, 8), oslo(3, 15, 20)
    assert survey.opens_at.isoweekday() == 4
    assert queries.planned_reminders(survey) == [oslo(3, 8, 8) + half, oslo(3, 12, 8) + half]


# --- who may --------------------------------------------------------------------------------------


def test_doors_of_a_draft(asked: Asked, frozen: Survey) -> None:
    agent = Person.objects.filter(memberships__unit=asked.nordlys).first()
    assert agent is not None
    for get in (access.get_survey_to_view, access.get_survey_to_edit, access.get_survey_to_count):
        with pytest.raises(Http404):
            get(agent, frozen.key)
        with pytest.raises(Http404):
            get(asked.hr, "s0")
        with pytest.raises(Http404):
            get(asked.hr, "\x00")
    assert access.get_survey_to_edit(asked.hr, frozen.key) == frozen
    assert access.get_survey_to_review(asked.delegate, frozen.key) == frozen
    assert access.get_survey_to_witness(asked.union, frozen.key) == frozen
    for person, get in (
        (asked.delegate, access.get_survey_to_edit),
        (asked.hr, access.get_survey_to_review),
        (asked.hr, access.get_survey_to_witness),
        (asked.hr, access.get_survey_to_count),
        (asked.delegate, access.get_survey_to_count),
    ):
        with pytest.raises(PermissionDenied):
            get(person, frozen.key)
    actions.set_counting_key(survey=frozen, by=asked.delegate, public=PUBLIC, at=AT)
    assert access.get_survey_to_count(asked.delegate, frozen.key) == frozen


def test_asked_people_see_it_from_the_launch_until_after_the_roll_is_gone(asked: Asked) -> None:
    outsider = Person.objects.filter(memberships__unit=asked.fossen).first()
    agent = Person.objects.filter(memberships__unit=asked.nordlys).first()
    assert agent is not None
    assert outsider is not None
    for state, is_seen in (("frozen", False), ("launched", True), ("open", True), ("closed", True)):
        survey = make_survey(state, teams=[asked.nordlys], by=asked.hr)
        assert access.can_view_survey(agent, survey) is is_seen
        assert access.can_view_survey(outsider, survey) is False
    assert survey.roll.count() == 0


def test_leavers_see_nothing(asked: Asked, frozen: Survey) -> None:
    asked.hr.left_on = dt.date(2020, 1, 2)
    forget_roles(asked.hr)
    assert access.can_view_survey(asked.hr, frozen) is False
    assert access.can_edit_survey(asked.hr, frozen) is False
