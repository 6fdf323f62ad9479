"""Rounds of pulse plans: the clock makes them, launches them, passes them over."""

import datetime as dt
from collections.abc import Sequence

from engagement import times
from engagement.clock.actions import sweep
from engagement.people.actions import record
from engagement.people.actions.common import saved
from engagement.people.models import Person, Unit
from surveys import rotation
from surveys.actions.common import is_closed
from surveys.actions.drafts import TEXTS, delete_draft
from surveys.actions.freezing import freeze_survey
from surveys.actions.launching import launch_survey
from surveys.actions.panels import adopt_new_units
from surveys.cells import FEWEST
from surveys.models import (
    InstrumentVersion,
    Panel,
    PulsePlan,
    Survey,
    SurveyAudience,
    SurveyInstrument,
)
from surveys.models.plans import LAPSED, LEAD, MOST_DAYS_OPEN, PASSED_OVER, Reason
from surveys.models.surveys import SurveyQuerySet
from surveys.queries import invited_people, launch_checklist, short_shifts
from surveys.queries.asking import chosen, clashing_scale
from surveys.queries.burden import PEACE, quarter_of
from surveys.queries.plans import items_of, pool_of
from surveys.queries.sections import item_keys_of

OPENS, CLOSES = dt.time(8), dt.time(20)


def make_due_rounds(*, at: dt.datetime) -> int:
    """Makes the rounds that open within two weeks, and launches or drops those that wait.

    Returns how many rounds were made. One that cannot be asked, because an annual survey runs there
    or too few are left, is passed over, which the audit log says.
    """
    made: list[int] = []
    sweep(
        PulsePlan.objects.filter(paused_at__isnull=True).order_by("pk"),
        lambda plan: made.append(_run(plan, at)),
    )
    launch_due_rounds(at=at)
    return sum(made)


def _run(plan: PulsePlan, at: dt.datetime) -> int:
    """How many rounds of ``plan`` were made."""
    today = times.local_date(at)
    made = 0
    while True:
        number = plan.handled_round_count + 1
        day = rotation.round_day(plan.starts_on, plan.weeks_between, number)
        if day - LEAD > today or plan.has_ended(day):
            return made
        opens_at = dt.datetime.combine(day, OPENS, times.local_zone())
        if opens_at > at and plan.level == Survey.Level.SEALED and plan.confirmed_at is None:
            # Still time for a representative to confirm the plan.
            return made
        reason = Reason.LATE if opens_at <= at else _make_round(plan, number, opens_at, at)
        plan.handled_round_count = number
        plan.save(update_fields=["handled_round_count"])
        if reason:
            record(
                verb=PASSED_OVER, by=None, at=at, subject=plan, name=plan.name_nb, round=number,
                reason=str(reason),
            )  # fmt: skip
        made += not reason


def _make_round(plan: PulsePlan, number: int, opens_at: dt.datetime, at: dt.datetime) -> str:
    """Why it was not made (a `Reason`); empty when it was."""
    day = times.local_date(opens_at)
    adopt_new_units(plan, day=day)
    panel = plan.panels.get(number=rotation.panel_number(number, plan.panel_count))
    units = [unit for unit in panel.units.order_by("pk") if not is_closed(unit, day)]
    annual = _units_with_annual(units, day=day, at=at)
    units = [unit for unit in units if unit.pk not in annual]
    versions = pool_of(plan)
    if clashing_scale(versions):
        return Reason.CLASH
    items = _items_for(plan, panel, versions, day=day)
    if not items:
        return Reason.NOTHING
    survey = _draft_of(plan, number, opens_at, at=at)
    SurveyAudience.objects.bulk_create(SurveyAudience(survey=survey, unit=unit) for unit in units)
    people = invited_people(survey, at=at)
    if len(people) < FEWEST:
        survey.delete()
        return Reason.ANNUAL if annual else Reason.FEW
    _set_closing(survey, people)
    _ask(survey, versions, items)
    freeze_survey(survey=survey, by=None, at=at)
    panel.asked_items = [*(key for key in panel.asked_items if key not in items), *items]
    panel.save(update_fields=["asked_items"])
    record(
        verb="pulse-round-made", by=None, at=at, subject=survey, name=survey.title_nb,
        plan=plan.key, round=number, people_count=len(people),
    )  # fmt: skip
    return ""


def _units_with_annual(units: Sequence[Unit], *, day: dt.date, at: dt.datetime) -> set[int]:
    """Those in which an annual survey opens within eight weeks, planned ones included."""
    zone = times.local_zone()
    from_at, to_at = (
        dt.datetime.combine(one, dt.time.min, zone)
        for one in (day - PEACE + dt.timedelta(days=1), day + PEACE)
    )
    near = Survey.objects.standing().filter(
        kind=Survey.Kind.ANNUAL, opens_at__gte=from_at, opens_at__lt=to_at
    )
    found: set[int] = set()
    wanted = {unit.pk for unit in units}
    for survey in near:
        if survey.launched_at is None and survey.opens_at is not None and survey.opens_at <= at:
            continue
        people = invited_people(survey, at=at)
        found |= {getattr(person, "unit_id", None) or 0 for person in people}
    return found & wanted


def _items_for(
    plan: PulsePlan, panel: Panel, versions: Sequence[InstrumentVersion], *, day: dt.date
) -> list[str]:
    pool = items_of(versions)
    drivers = {item["key"]: rotation.driver_of(item) for item in pool}
    from_on, to_on = quarter_of(day)
    asked: list[str] = []
    this_quarter: set[str] = set()
    rounds = plan.rounds.standing().order_by("round_number").prefetch_related("sections")
    for survey in rounds:
        keys = item_keys_of(survey)
        asked += keys
        if survey.opens_at and from_on <= times.local_date(survey.opens_at) < to_on:
            this_quarter |= {drivers[key] for key in keys if key in drivers}
    return rotation.choose_items(
        pool,
        count=plan.items_a_round,
        panel_asked=panel.asked_items,
        plan_asked=asked,
        this_quarter=this_quarter,
    )


def _draft_of(plan: PulsePlan, number: int, opens_at: dt.datetime, *, at: dt.datetime) -> Survey:
    facts = plan.facts
    owner = Person.objects.filter(key=facts["feedback_owner"]).first()
    if owner is None or not owner.is_active:
        owner = plan.created_by
    return saved(
        Survey(
            kind=Survey.Kind.PULSE,
            level=plan.level,
            title_nb=f"{plan.name_nb} {number}",
            title_en=f"{plan.name_en} {number}",
            **{name: facts[name] for name in TEXTS},
            discussed_on=dt.date.fromisoformat(facts["discussed_on"]),
            feedback_owner=owner,
            retention_months=facts["retention_months"],
            opens_at=opens_at,
            plan=plan,
            round_number=number,
            created_at=at,
            created_by=plan.created_by,
        )
    )


def _set_closing(survey: Survey, people: Sequence[Person]) -> None:
    """The days of the plan, and more where holidays would leave a shift with fewer than two."""
    plan = survey.plan
    assert plan is not None
    assert survey.opens_at is not None
    opens_on = times.local_date(survey.opens_at)
    for days in range(plan.open_days, MOST_DAYS_OPEN + 1):
        closes_at = dt.datetime.combine(
            opens_on + dt.timedelta(days=days), CLOSES, times.local_zone()
        )
        if not short_shifts(people, opens_at=survey.opens_at, closes_at=closes_at):
            break
    survey.closes_at = closes_at
    feedback_days = dt.timedelta(days=plan.facts["feedback_days"])
    survey.feedback_on = times.local_date(closes_at) + feedback_days
    saved(survey)


def _ask(survey: Survey, versions: Sequence[InstrumentVersion], items: Sequence[str]) -> None:
    position = 0
    for version in versions:
        known = {item["key"] for item in version.content["items"]}
        wanted = [key for key in items if key in known]
        if wanted:
            position += 1
            keys = [item["key"] for item in chosen(version, wanted)]
            saved(
                SurveyInstrument(survey=survey, version=version, position=position, item_keys=keys)
            )


def launch_due_rounds(*, at: dt.datetime) -> int:
    """Launches the rounds for which nothing is missing; drops those whose opening has passed."""

    def act(survey: Survey) -> None:
        if survey.opens_at is not None and survey.opens_at <= at:
            record(
                verb=LAPSED, by=None, at=at, subject=survey.plan or survey, name=survey.title_nb,
                round=survey.round_number,
                missing=[
                    one.key
                    for one in launch_checklist(survey, at=at)
                    if one.is_blocking and not one.is_ok and one.key != "dates"
                ],
            )  # fmt: skip
            delete_draft(survey=survey, by=None, at=at)
        elif survey.frozen_at is not None and all(
            one.is_ok or not one.is_blocking for one in launch_checklist(survey, at=at)
        ):
            launch_survey(survey=survey, by=None, at=at)

    return sweep(waiting_rounds().filter(plan__paused_at__isnull=True), act)


def waiting_rounds() -> SurveyQuerySet:
    """Rounds that are made and not launched."""
    return Survey.objects.standing().filter(plan__isnull=False, launched_at__isnull=True)


def take_back_rounds(
    plan: PulsePlan, *, after: dt.date | None = None, by: Person, at: dt.datetime
) -> None:
    """Deletes the rounds that wait (with ``after``: those that open later than that day), as if they
    had not been made: should the plan go on in time, the clock makes them again.
    """
    # Locked: one that is being launched just now is launched, not taken back.
    for survey in waiting_rounds().filter(plan=plan).select_for_update(of=("self",)):
        assert survey.opens_at is not None
        assert survey.round_number is not None
        if after is not None and times.local_date(survey.opens_at) <= after:
            continue
        plan.handled_round_count = min(plan.handled_round_count, survey.round_number - 1)
        delete_draft(survey=survey, by=by, at=at)
    plan.save(update_fields=["handled_round_count"])
