"""Drafting: what is proposed, what is refused and in which field."""

import datetime as dt
from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.utils.translation import override

from engagement import times
from engagement.people.models import AuditEntry, Person, ShiftPattern
from surveys import actions, queries
from surveys.instruments import templates
from surveys.models import Survey
from surveys.workdays import Shift, days_worked, next_working_day
from tests import factories
from tests.surveys.conftest import Asked
from tests.surveys.factories import content, make_survey, make_version

OSLO = ZoneInfo("Europe/Oslo")
AT = dt.datetime(2027, 2, 1, 9, tzinfo=OSLO)


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with override("en"):
        yield


def oslo(month: int, day: int, hour: int = 8) -> dt.datetime:
    return dt.datetime(2027, month, day, hour, tzinfo=OSLO)


def draft(asked: Asked, template: str = "annual", **facts: Any) -> Survey:
    survey = actions.create_survey(by=asked.hr, template=template, at=AT, **facts)
    return actions.set_audience(
        survey=survey, places=[asked.employer, asked.partner], by=asked.hr, at=AT
    )


def problems(call: Any) -> dict[str, list[str]]:
    with pytest.raises(ValidationError) as caught:
        call()
    return caught.value.message_dict


# --- creating -------------------------------------------------------------------------------------


@pytest.mark.parametrize("template", templates())
def test_template_fills_everything_but_what_people_must_do(asked: Asked, template: str) -> None:
    survey = draft(asked, template)
    unmet = {one.key for one in queries.launch_checklist(survey, at=AT) if not one.is_ok}
    expected = {"discussed", "frozen", "reviewed", "key"}
    if template == "empty":
        expected |= {"questions", "purpose", "who_sees"}
    assert unmet == expected
    assert survey.state == Survey.State.DRAFT


def test_unknown_template_is_refused(asked: Asked) -> None:
    call = lambda: actions.create_survey(by=asked.hr, template="x", at=AT)  # noqa: E731
    assert problems(call) == {"template": ["Choose one of the templates."]}


def test_proposed_dates_are_working_days(asked: Asked) -> None:
    # Two weeks after 11 March 2027 is Maundy Thursday; after Easter it is a Tuesday.
    survey = actions.create_survey(by=asked.hr, template="pulse", at=oslo(3, 11))
    assert survey.opens_at == oslo(3, 30)
    assert survey.closes_at == oslo(4, 6, 20)


def test_minutes_are_rounded_up(asked: Asked) -> None:
    """40 items on a scale and one to recommend: 41 × 12 s; two open questions: 80 s."""
    survey = draft(asked)
    assert (queries.item_count(survey), queries.minutes_of(survey)) == (43, 10)


@pytest.mark.parametrize(
    ("scale", "text", "minutes"),
    [(0, 0, 0), (1, 0, 1), (5, 0, 1), (6, 0, 2), (10, 0, 2), (0, 3, 2)],
)
def test_minutes_of_items(scale: int, text: int, minutes: int) -> None:
    items = [{"kind": "scale"}] * scale + [{"kind": "text"}] * text
    assert queries.minutes_of_items(items) == minutes


# --- changing -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"opens_at": AT}, {"opens_at": ["This time has passed. Choose a later one."]}),
        ({"opens_at": oslo(3, 10), "closes_at": oslo(3, 9)},
         {"closes_at": ["A survey cannot close before it opens."]}),
        ({"opens_at": oslo(3, 1), "closes_at": oslo(3, 1)},
         {"closes_at": ["A survey cannot close before it opens."]}),
        ({"opens_at": oslo(2, 15), "closes_at": oslo(5, 15), "feedback_on": dt.date(2027, 6, 1)},
         {"closes_at": ["Open for 60 days at most."]}),
        ({"feedback_on": dt.date(2027, 3, 1)},
         {"feedback_on": ["The feedback date must come after the survey closes."]}),
        ({"discussed_on": dt.date(2027, 2, 2)},
         {"discussed_on": ["This day has not come yet. Write the day it was discussed."]}),
        ({"retention_months": 0}, {"retention_months": ["Keep the numbers for 1 to 120 months."]}),
        ({"retention_months": 121}, {"retention_months": ["Keep the numbers for 1 to 120 months."]}),
        ({"purpose_nb": "x" * 1001},
         {"purpose_nb": ["This has 1001 characters; at most 1000 fit."]}),
        ({"title_nb": " "}, {"title_nb": ["This field cannot be blank."]}),
    ],
)  # fmt: skip
def test_change_says_which_field_and_why(
    asked: Asked, facts: dict[str, Any], expected: dict[str, list[str]]
) -> None:
    survey = draft(asked)
    before = Survey.objects.values().get()
    assert (
        problems(lambda: actions.change_survey(survey=survey, by=asked.hr, at=AT, **facts))
        == expected
    )
    assert Survey.objects.values().get() == before


def test_change_is_logged_by_field(asked: Asked) -> None:
    survey = draft(asked)
    actions.change_survey(
        survey=survey, by=asked.hr, at=AT, title_nb=" Ny\u202e  tittel\n", level="sealed",
        discussed_on=dt.date(2027, 2, 1), retention_months=36, purpose_nb="Én.\r\n\r\nTo.\x07",
    )  # fmt: skip
    survey.refresh_from_db()
    assert (survey.title_nb, survey.purpose_nb) == ("Ny tittel", "Én.\n\nTo.")
    entry = AuditEntry.objects.get(verb="survey-changed")
    assert entry.detail["fields"] == ["discussed_on", "level", "purpose_nb", "title_nb"]


def test_old_dates_do_not_stop_other_changes(asked: Asked) -> None:
    survey = draft(asked)
    later = oslo(6, 1)
    actions.change_survey(survey=survey, by=asked.hr, at=later, title_en="Still a draft")
    assert problems(
        lambda: actions.change_survey(
            survey=survey, by=asked.hr, at=later, opens_at=survey.opens_at
        )
    ) == {"opens_at": ["This time has passed. Choose a later one."]}


def test_other_fields_cannot_be_changed(asked: Asked) -> None:
    with pytest.raises(TypeError, match="launched_at"):
        actions.change_survey(survey=draft(asked), by=asked.hr, at=AT, launched_at=AT)


@pytest.mark.parametrize("state", ["frozen", "reviewed", "launched", "open", "closed", "cancelled"])
def test_only_drafts_change(asked: Asked, state: str) -> None:
    survey = make_survey(state)
    version = survey.sections.get().version
    for call in (
        lambda: actions.change_survey(survey=survey, by=asked.hr, at=AT, title_nb="Ny"),
        lambda: actions.set_audience(survey=survey, places=[asked.employer], by=asked.hr, at=AT),
        lambda: actions.set_sections(survey=survey, sections=[(version, [])], by=asked.hr, at=AT),
    ):
        with pytest.raises(ValidationError, match=r"launched and can no|are fixed, and it"):
            call()


# --- shifts ---------------------------------------------------------------------------------------

DAY = Shift()
WEEKEND = Shift((5, 6, 7), dt.time(10), dt.time(20))
NIGHT = Shift((1, 2, 3, 4, 5, 6, 7), dt.time(22), dt.time(6))


@pytest.mark.parametrize(
    ("shift", "opens_at", "closes_at", "days"),
    [
        (DAY, oslo(2, 1), oslo(2, 2, 16), 2),  # Monday, Tuesday
        (DAY, oslo(2, 1, 9), oslo(2, 2, 16), 1),  # opens an hour into the shift
        (DAY, oslo(2, 1), oslo(2, 2, 15), 1),
        (DAY, oslo(2, 5), oslo(2, 8, 15), 1),  # Friday to Monday afternoon
        (WEEKEND, oslo(2, 1), oslo(2, 4, 20), 0),
        (WEEKEND, oslo(2, 1), oslo(2, 6, 20), 2),  # Friday and Saturday
        (NIGHT, oslo(2, 1), oslo(2, 2, 23), 1),
        (NIGHT, oslo(2, 1), oslo(2, 3, 6), 2),
        # Maundy Thursday, Good Friday, Easter Sunday and Monday 2027: 25, 26, 28, 29 March.
        (DAY, oslo(3, 25), oslo(3, 29, 20), 0),
        (WEEKEND, oslo(3, 25), oslo(3, 29, 20), 1),  # only the Saturday
        (DAY, oslo(3, 24), oslo(3, 30, 16), 2),
        # 17 May is a Monday.
        (DAY, oslo(5, 14), oslo(5, 17, 20), 1),
    ],
)  # fmt: skip
def test_whole_shifts_on_ordinary_days_count(
    shift: Shift, opens_at: dt.datetime, closes_at: dt.datetime, days: int
) -> None:
    assert days_worked(shift, opens_at, closes_at) == days


def test_night_with_a_changed_clock_counts_once() -> None:
    """The night to 28 March 2027 is an hour short; and another place has another clock."""
    assert days_worked(NIGHT, oslo(3, 27, 22), dt.datetime(2027, 3, 28, 6, tzinfo=OSLO)) == 1
    vilnius = Shift((1, 2, 3, 4, 5), dt.time(8), dt.time(16), "Europe/Vilnius")
    assert days_worked(vilnius, oslo(2, 1), oslo(2, 2, 16)) == 1


def test_next_working_day_knows_norwegian_holidays() -> None:
    assert next_working_day(dt.date(2027, 5, 15)) == dt.date(2027, 5, 18)
    assert next_working_day(dt.date(2027, 5, 6)) == dt.date(2027, 5, 7)


def test_every_shift_of_the_invited_gets_two_of_its_own_days(asked: Asked) -> None:
    survey = draft(asked)
    weekend = ShiftPattern.objects.get(key="helg")
    Person.objects.filter(memberships__unit=asked.mjosa).update(shift_pattern=weekend)
    opens_at, closes_at = oslo(3, 1), oslo(3, 4, 20)
    dates = {"opens_at": opens_at, "closes_at": closes_at, "feedback_on": dt.date(2027, 4, 1)}
    assert problems(lambda: actions.change_survey(survey=survey, by=asked.hr, at=AT, **dates)) == {
        "closes_at": ["Too short: helg would get fewer than two working days."]
    }
    actions.set_audience(survey=survey, places=[asked.employer], by=asked.hr, at=AT)
    actions.change_survey(survey=survey, by=asked.hr, at=AT, **dates)
    actions.set_audience(survey=survey, places=[asked.partner], by=asked.hr, at=AT)
    survey.refresh_from_db()
    [check] = [one for one in queries.launch_checklist(survey, at=AT) if one.key == "shifts"]
    assert (check.is_ok, check.mend) == (False, "Open it longer: too short for helg.")


# --- audience -------------------------------------------------------------------------------------


def test_audience_takes_units_with_below_sites_and_employers_once(asked: Asked) -> None:
    survey = draft(asked)

    def count(*places: Any) -> int:
        actions.set_audience(survey=survey, places=list(places), by=asked.hr, at=AT)
        return len(queries.invited_people(survey, at=AT))

    assert count(asked.nordlys) == 8
    assert count(asked.department) == 18
    assert count(asked.trondheim) == 18
    assert count(asked.nordlys, asked.department, asked.trondheim, asked.employer) == 18
    assert count(asked.partner) == 6
    assert count(asked.employer, asked.partner) == 24


def test_audience_of_four_is_refused(asked: Asked) -> None:
    survey = draft(asked)
    small = factories.make_unit("Liten", parent=asked.department)
    for number in range(4):
        factories.make_person(f"L{number}", unit=small)
    found = problems(
        lambda: actions.set_audience(survey=survey, places=[small], by=asked.hr, at=AT)
    )
    assert found["audience"][0].startswith("4 people are too few")
    factories.make_person("L5", unit=small)
    actions.set_audience(survey=survey, places=[small], by=asked.hr, at=AT)
    assert queries.invited_people(survey, at=AT) != []


def test_those_who_leave_before_it_opens_are_not_asked(asked: Asked) -> None:
    survey = draft(asked)
    assert survey.opens_at is not None
    day = times.local_date(survey.opens_at)
    [gone, stays, *_others] = Person.objects.filter(memberships__unit=asked.nordlys)
    Person.objects.filter(pk=gone.pk).update(left_on=day)
    Person.objects.filter(pk=stays.pk).update(left_on=day + dt.timedelta(days=1))
    invited = queries.invited_people(survey, at=AT)
    assert (gone in invited, stays in invited, len(invited)) == (False, True, 23)


def test_hr_of_one_employer_asks_only_its_own(asked: Asked) -> None:
    partner_hr = factories.make_person("Petra", unit=asked.mjosa)
    factories.give_role(partner_hr, "hr", employer=asked.partner)
    survey = actions.create_survey(by=partner_hr, template="pulse", at=AT)
    assert problems(
        lambda: actions.set_audience(
            survey=survey, places=[asked.partner, asked.nordlys], by=partner_hr, at=AT
        )
    ) == {"audience": ["This is beyond what you may ask."]}
    actions.set_audience(survey=survey, places=[asked.mjosa], by=partner_hr, at=AT)


def test_empty_and_closed_audiences_are_refused(asked: Asked) -> None:
    survey = draft(asked)
    asked.fossen.closed_on = dt.date(2027, 1, 1)
    asked.fossen.save()
    for places in ([], [asked.fossen]):
        assert list(
            problems(
                lambda places=places: actions.set_audience(
                    survey=survey, places=places, by=asked.hr, at=AT
                )
            )
        ) == ["audience"]


# --- questions ------------------------------------------------------------------------------------


def set_sections(asked: Asked, survey: Survey, *sections: Any) -> None:
    actions.set_sections(survey=survey, sections=list(sections), by=asked.hr, at=AT)


def test_sections_are_asked_in_order_and_in_part(asked: Asked) -> None:
    survey = draft(asked)
    first, second = make_version(content("first")), make_version(content("second"))
    set_sections(asked, survey, (second, ["second.3", "second.1"]), (first, []))
    assert [
        (section.version.instrument.key, [item["key"] for item in section.items])
        for section in queries.sections_of(survey)
    ] == [("second", ["second.1", "second.3"]), ("first", ["first.1", "first.2", "first.3"])]


def test_sections_that_cannot_be_asked_are_refused(asked: Asked) -> None:
    survey = draft(asked)
    first, retired = make_version(content("first")), make_version(content("retired"))
    retired.instrument.retired_at = AT
    retired.instrument.save()
    newer = make_version(content("first", version=2))
    other_scale = content("other")
    other_scale["scales"]["agree5"]["anchors"]["en"][0] = "Not at all"
    other = make_version(other_scale)
    for sections, words in (
        ([], "Choose at least one question."),
        ([(first, ["second.1"])], "Small does not have: second.1."),
        ([(retired, [])], "Small is no longer in use."),
        ([(first, []), (newer, [])], "An instrument can be asked once in a survey."),
        ([(first, []), (other, [])], "Two instruments call different scales “agree5”. Give one of "
         "them another key."),
    ):  # fmt: skip
        assert problems(lambda s=sections: set_sections(asked, survey, *s)) == {"sections": [words]}
    assert queries.item_count(survey) == 43


# --- copying and deleting -------------------------------------------------------------------------


def test_copy_asks_the_same_anew(asked: Asked) -> None:
    survey = draft(asked, discussed_on=dt.date(2027, 1, 30), over_limit_reason="Fusjonen.")
    copy = actions.copy_survey(survey=survey, by=asked.hr, at=oslo(8, 2))
    assert copy.key != survey.key
    assert (copy.discussed_on, copy.over_limit_reason, copy.state) == (None, "", "draft")
    assert copy.opens_at == oslo(8, 16)
    assert queries.sections_of(copy) == queries.sections_of(survey)
    assert len(queries.invited_people(copy, at=AT)) == 24


def test_draft_is_deleted_and_launched_is_not(asked: Asked) -> None:
    survey = draft(asked)
    key = survey.key
    actions.delete_draft(survey=survey, by=asked.hr, at=AT)
    assert AuditEntry.objects.get(verb="survey-draft-deleted").subject == key
    launched = make_survey("launched")
    with pytest.raises(ValidationError, match="can no longer be changed"):
        actions.delete_draft(survey=launched, by=asked.hr, at=AT)
