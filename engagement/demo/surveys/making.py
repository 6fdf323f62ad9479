"""A survey of the demo from draft to launch: by the actions, at their times, by the personas."""

import contextlib
import datetime as dt
from collections.abc import Iterator

from django.core.exceptions import ValidationError
from django.db import transaction

from engagement import times
from engagement.demo.personas import BY_SLUG
from engagement.demo.surveys import keys
from engagement.demo.surveys.planned import FROZEN, LAUNCHED, READ, Planned
from engagement.people.models import Person, Unit
from surveys import actions, counter
from surveys.actions.drafts import FEEDBACK_DAYS, RETENTION_MONTHS
from surveys.models import InstrumentVersion, Survey
from surveys.models.surveys import LONGEST_DAYS_OPEN
from surveys.queries import launch_checklist, people_in, short_shifts
from surveys.workdays import next_working_day


class NotNow(Exception):
    """The survey cannot be made: a visitor has changed the organisation, or asked people already."""


@contextlib.contextmanager
def refusals() -> Iterator[None]:
    """Whatever the actions refuse is `NotNow`, in their words."""
    try:
        yield
    except ValidationError as error:
        raise NotNow(" ".join(error.messages)) from error
    except Person.DoesNotExist as error:
        raise NotNow("somebody who is needed for it is gone") from error


def persona(slug: str) -> Person:
    return Person.objects.get(employee_number=BY_SLUG[slug].number)


@refusals()
@transaction.atomic
def draft(planned: Planned) -> Survey:
    """Drafted, and its groups fixed as the organisation stood on the opening day.

    :raises NotNow: when the people are gone, or have not had their eight weeks of peace.
    """
    hr, at = persona("hr"), planned.drafted_at
    units = list(Unit.objects.filter(name__in=planned.units).order_by("pk"))
    closes_on = _long_enough(planned, units)
    survey = actions.create_survey(
        by=hr,
        template=planned.template,
        at=at,
        level=planned.level,
        title_nb=planned.title_nb,
        title_en=planned.title_en,
        opens_at=planned.opens_at,
        closes_at=planned.closing(closes_on),
        discussed_on=times.local_date(at),
        feedback_on=next_working_day(closes_on + dt.timedelta(days=FEEDBACK_DAYS)),
        feedback_owner=hr,
        retention_months=RETENTION_MONTHS,
    )
    survey = actions.set_audience(survey=survey, places=units, by=hr, at=at)
    if planned.besides:
        survey = _ask_besides(survey, planned, by=hr, at=at)
    frozen_at = planned.opens_at - FROZEN
    survey = actions.freeze_survey(survey=survey, by=hr, at=frozen_at)
    for check in launch_checklist(survey, at=frozen_at):
        if check.key == "peace" and not check.is_ok:
            raise NotNow(check.mend)
    return survey


def _long_enough(planned: Planned, units: list[Unit]) -> dt.date:
    """The day it closes: as planned, or later where holidays leave a shift too little time."""
    people = people_in(units, day=planned.opens_on)
    closes_on = planned.closes_on
    while short_shifts(
        people, opens_at=planned.opens_at, closes_at=planned.closing(closes_on)
    ) and closes_on < planned.opens_on + dt.timedelta(days=LONGEST_DAYS_OPEN):
        closes_on += dt.timedelta(days=1)
    return closes_on


def _ask_besides(survey: Survey, planned: Planned, *, by: Person, at: dt.datetime) -> Survey:
    """The instruments of the template, and before its open questions those of the plan."""
    rows = survey.sections.select_related("version__instrument").order_by("position")
    asked = [(row.version, list(row.item_keys)) for row in rows]
    more: list[tuple[InstrumentVersion, list[str]]] = [
        (version, [])
        for version in InstrumentVersion.objects.filter(
            instrument__key__in=planned.besides, instrument__retired_at=None
        ).order_by("instrument", "-number").distinct("instrument")
    ]  # fmt: skip
    return actions.set_sections(
        survey=survey, sections=[*asked[:-1], *more, *asked[-1:]], by=by, at=at
    )


@refusals()
def confirm(survey: Survey, planned: Planned) -> None:
    """The counting key is made and both representatives confirm, as those of the witnessed ones
    who hold a copy of the key file.

    :raises NotNow: when they may no longer.
    """
    at, both = planned.opens_at - READ, [persona("delegate"), persona("union")]
    if planned.level == Survey.Level.SEALED:
        counter.make_key(survey, at=at)
    else:
        with transaction.atomic():
            public = keys.make_key(survey)
            actions.set_counting_key(survey=survey, by=both[0], public=public, at=at)
            actions.note_key_checked(survey=survey, by=both[1], at=at)
    for person in both:
        actions.confirm_review(survey=survey, by=person, at=at)


@refusals()
def launch(survey: Survey, planned: Planned) -> dt.datetime:
    """Launches, and returns when that was.

    :raises NotNow: when something on the launch list is not met.
    """
    at = planned.opens_at - LAUNCHED
    actions.launch_survey(survey=survey, by=persona("hr"), at=at)
    return at
