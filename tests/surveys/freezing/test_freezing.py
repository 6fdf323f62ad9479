"""Freezing writes the groups and the roll, and opens again without a trace of them."""

import datetime as dt
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import override

from engagement.people.models import Membership, Person
from surveys import actions, queries
from surveys.models import Cell, RollEntry, Survey
from tests import factories
from tests.surveys.conftest import Asked
from tests.surveys.drafts.test_drafts import AT, draft, oslo
from tests.surveys.factories import make_review, make_team


def cells(survey: Survey) -> list[tuple[Any, ...]]:
    return [
        (cell.key, cell.kind, cell.name, cell.parent_key, cell.invited_count, cell.site_name)
        for cell in survey.cells.all()
    ]


def freeze(asked: Asked, survey: Survey) -> Survey:
    return actions.freeze_survey(survey=survey, by=asked.hr, at=AT)


def test_freezing_writes_cells_and_roll(asked: Asked) -> None:
    survey = freeze(asked, draft(asked))
    department = asked.department.key
    # The three right in the department are too few for a group and join the smaller team.
    with override("nb"):
        directly = _("%(unit)s, outside the teams") % {"unit": "Kundeservice"}
    assert cells(survey) == [
        ("c001", "team", "Mjøsa", "whole", 6, "Gjøvik"),
        ("c002", "merged", f"{directly} + Fossen", department, 10, "Trondheim"),
        ("c003", "team", "Nordlys", department, 8, "Trondheim"),
    ]
    merged = survey.cells.get(key="c002")
    assert merged.parent_path == [{"key": department, "name": "Kundeservice"}]
    assert merged.units == [
        {"key": department, "name": "Kundeservice"},
        {"key": asked.fossen.key, "name": "Fossen"},
    ]
    assert merged.minutes == 10
    assert survey.state == Survey.State.FROZEN
    people = queries.invited_people(survey, at=AT)
    assert sorted(RollEntry.objects.values_list("person_id", flat=True)) == sorted(
        one.pk for one in people
    )
    for cell in survey.cells.all():
        assert cell.roll.count() == cell.invited_count


def test_leaders_and_managers_are_counted_apart(asked: Asked) -> None:
    teams = [make_team(f"T{n}", people=7, parent=asked.department) for n in range(4)]
    leads = [Person.objects.filter(memberships__unit=team).first() for team in teams]
    for lead, team in zip(leads, teams, strict=True):
        assert lead is not None
        factories.give_role(lead, "lead", unit=team)
    manager = factories.make_person("Mona", unit=asked.department)
    Person.objects.filter(memberships__unit=asked.fossen).update(manager=manager)
    site_manager = factories.make_person("Per", unit=asked.department)
    factories.give_role(site_manager, "site_manager", site=asked.trondheim)
    survey = freeze(asked, draft(asked))
    leaders = survey.cells.get(kind=Cell.Kind.LEADERS)
    assert leaders.parent_key == asked.department.key
    assert set(leaders.roll.values_list("person_id", flat=True)) == {
        one.pk for one in [*leads, manager, site_manager] if one
    }


def test_opening_day_decides_who_is_where(asked: Asked) -> None:
    survey = draft(asked)
    assert survey.opens_at is not None
    day = oslo(2, 16).date()
    assert survey.opens_at.date() < day
    mover = Person.objects.filter(memberships__unit=asked.nordlys).first()
    assert mover is not None
    place = Membership.objects.get(person=mover)
    place.to_on = survey.opens_at.date()
    place.save()
    Membership.objects.create(person=mover, unit=asked.mjosa, from_on=survey.opens_at.date())
    freeze(asked, survey)
    assert mover.roll_entries.get().cell.name == "Mjøsa"


def test_unfreezing_leaves_no_roll_and_no_confirmation(asked: Asked) -> None:
    survey = freeze(asked, draft(asked))
    review = make_review(survey, asked.delegate)
    actions.unfreeze_survey(survey=survey, by=asked.hr, at=AT)
    review.refresh_from_db()
    survey.refresh_from_db()
    assert (Cell.objects.count(), RollEntry.objects.count(), review.confirmed_at) == (0, 0, None)
    assert survey.state == Survey.State.DRAFT
    with pytest.raises(ValidationError):
        actions.unfreeze_survey(survey=survey, by=asked.hr, at=AT)
    make = freeze(asked, survey)
    assert make.cells.count() == 3


def test_freezing_twice_gives_the_same_groups(asked: Asked) -> None:
    survey = freeze(asked, draft(asked))
    before = list(RollEntry.objects.order_by("person").values_list("person", "cell__key"))
    actions.unfreeze_survey(survey=survey, by=asked.hr, at=AT)
    freeze(asked, survey)
    after = list(RollEntry.objects.order_by("person").values_list("person", "cell__key"))
    assert after == before


def test_what_cannot_be_frozen_is_refused(asked: Asked) -> None:
    for survey in (
        actions.create_survey(by=asked.hr, template="empty", at=AT),
        actions.create_survey(by=asked.hr, template="pulse", at=AT),
        draft(asked),
    ):
        if survey.audience.exists():
            Person.objects.exclude(pk=asked.hr.pk).update(left_on=dt.date(2027, 2, 2))
        with pytest.raises(ValidationError):
            freeze(asked, survey)
        assert survey.cells.count() == 0


def test_nobody_is_frozen_with_a_number_of_queries_that_grows(
    asked: Asked, django_assert_num_queries: Any
) -> None:
    survey = draft(asked)
    with django_assert_num_queries(15):
        freeze(asked, survey)
    actions.unfreeze_survey(survey=survey, by=asked.hr, at=AT)
    for number in range(5):
        make_team(f"Ny {number}", people=7, parent=asked.department)
    with django_assert_num_queries(15):
        freeze(asked, survey)
