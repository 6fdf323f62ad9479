"""Pulse plans: made once, then they run by the clock."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from engagement import times
from engagement.clock.actions import sweep
from engagement.people.actions import record
from engagement.people.actions.common import locked, plain, saved
from engagement.people.models import Employer, Person, Site, Unit
from engagement.people.tree import Tree
from surveys import rotation
from surveys.access import Place, can_ask, can_confirm_plan
from surveys.actions.common import clean_text
from surveys.actions.drafts import LONGEST_RETENTION, LONGEST_TEXT, SHORTEST_RETENTION, delete_draft
from surveys.actions.freezing import asked_people, freeze_survey, places_in
from surveys.actions.launching import launch_survey
from surveys.cells import FEWEST, LEADERS, make_cells
from surveys.models import (
    Instrument,
    InstrumentVersion,
    Panel,
    PulsePlan,
    Survey,
    SurveyAudience,
    SurveyInstrument,
)
from surveys.queries import invited_people, launch_checklist, people_in, short_shifts
from surveys.queries.asking import chosen
from surveys.queries.burden import PEACE, quarter_of

# So long before it opens a round is made: witnesses have time to read it and make a key.
LEAD = dt.timedelta(days=14)
OPENS, CLOSES = dt.time(8), dt.time(20)
MOST_DAYS_OPEN = 21
TEXTS = ("purpose_nb", "purpose_en", "who_sees_nb", "who_sees_en")


@transaction.atomic
def create_plan(
    *,
    by: Person,
    at: dt.datetime,
    name_nb: str,
    name_en: str,
    instruments: Sequence[Instrument],
    places: Sequence[Place],
    level: str,
    starts_on: dt.date,
    texts: dict[str, str],
    discussed_on: dt.date,
    feedback_owner: Person,
    feedback_days: int = 14,
    retention_months: int = 36,
    panel_count: int = 4,
    weeks_between: int = 2,
    open_days: int = 7,
    items_a_round: int = 6,
) -> PulsePlan:
    """A plan for the people of ``places``, in panels of whole teams. ``texts`` are what each round
    says: purpose and who sees what, in both languages.

    Raises ValidationError that names the field and what to do.
    """
    _check_numbers(starts_on, discussed_on, feedback_owner, feedback_days, retention_months, open_days, at)  # fmt: skip
    if not places or not can_ask(by, places):
        raise ValidationError({"audience": _("Choose units, sites or employers you may ask.")})
    cleaned = _cleaned_texts(texts)
    pool = [item for version in _versions(instruments) for item in version.content["items"]]
    _check_pool(pool, items_a_round=items_a_round, weeks_between=weeks_between)
    plan = PulsePlan(
        name_nb=plain(name_nb),
        name_en=plain(name_en),
        panel_count=panel_count,
        weeks_between=weeks_between,
        open_days=open_days,
        items_a_round=items_a_round,
        level=level,
        starts_on=starts_on,
        facts=cleaned
        | {
            "audience": [{"kind": _kind(place), "key": place.key} for place in places],
            "instruments": [one.key for one in instruments],
            "units": [],
            "discussed_on": discussed_on.isoformat(),
            "feedback_owner": feedback_owner.key,
            "feedback_days": feedback_days,
            "retention_months": retention_months,
        },
        created_at=at,
        created_by=by,
    )
    if level not in Survey.Level.values:
        raise ValidationError({"level": _("Choose who holds the counting key.")})
    saved(plan)
    plan.instruments.set(instruments)
    _make_panels(plan, places, at=at)
    record(verb="pulse-plan-created", by=by, at=at, subject=plan, name=plan.name_nb)
    return plan


def _check_numbers(
    starts_on: dt.date,
    discussed_on: dt.date,
    feedback_owner: Person,
    feedback_days: int,
    retention_months: int,
    open_days: int,
    at: dt.datetime,
) -> None:
    today = times.local_date(at)
    problems: dict[str, str] = {}
    if starts_on <= today:
        problems["starts_on"] = _("Choose a day to come.")
    if discussed_on > today:
        problems["discussed_on"] = _("This day has not come yet. Write the day it was discussed.")
    if not feedback_owner.is_active:
        problems["feedback_owner"] = _("This person no longer works here.")
    if not 1 <= feedback_days <= 60:
        problems["feedback_days"] = _("Tell the results within 1 to 60 days.")
    if not SHORTEST_RETENTION <= retention_months <= LONGEST_RETENTION:
        problems["retention_months"] = _("Keep the numbers for 1 to %(count)d months.") % {
            "count": LONGEST_RETENTION
        }
    if not 2 <= open_days <= MOST_DAYS_OPEN:
        problems["open_days"] = _("Keep a round open for 2 to %(count)d days.") % {
            "count": MOST_DAYS_OPEN
        }
    if problems:
        raise ValidationError(problems)


def _cleaned_texts(texts: dict[str, str]) -> dict[str, str]:
    if unknown := sorted(set(texts) - set(TEXTS)):
        raise TypeError(f"no such texts: {', '.join(unknown)}")
    cleaned = {
        name: clean_text(texts.get(name, ""), most=LONGEST_TEXT, field=name) for name in TEXTS
    }
    if empty := [name for name, text in cleaned.items() if not text]:
        raise ValidationError({name: _("Write this in both languages.") for name in empty})
    return cleaned


def _check_pool(pool: Sequence[dict[str, Any]], *, items_a_round: int, weeks_between: int) -> None:
    if not pool:
        raise ValidationError({"instruments": _("Choose at least one instrument.")})
    if items_a_round < 1 or rotation.most_seconds(pool, items_a_round) > rotation.LONGEST_SECONDS:
        raise ValidationError(
            {"items_a_round": _("A round takes three minutes at most: ask less.")}
        )
    drivers = {rotation.driver_of(item) for item in pool}
    rounds = rotation.rounds_a_quarter(max(1, weeks_between))
    if rounds * items_a_round < len(drivers):
        raise ValidationError(
            {
                "items_a_round": _(
                    "Not every theme would be asked each quarter: ask more in a round, or choose "
                    "fewer instruments."
                )
            }
        )


def _versions(instruments: Iterable[Instrument]) -> list[InstrumentVersion]:
    """The newest of each, in order."""
    found = [
        one.versions.select_related("instrument").order_by("-number").first() for one in instruments
    ]
    return [version for version in found if version is not None]


def _kind(place: Place) -> str:
    if isinstance(place, Unit):
        return "unit"
    return "site" if isinstance(place, Site) else "employer"


def _places(plan: PulsePlan) -> list[Place]:
    """Whom the plan asks, as HR chose them; what is gone is left out."""
    models: dict[str, type[Unit] | type[Site] | type[Employer]] = {
        "unit": Unit,
        "site": Site,
        "employer": Employer,
    }
    found = (
        models[place["kind"]].objects.filter(key=place["key"]).first()
        for place in plan.facts["audience"]
    )
    return [place for place in found if place is not None]


# --- panels ---------------------------------------------------------------------------------------


def _make_panels(plan: PulsePlan, places: Sequence[Place], *, at: dt.datetime) -> None:
    """Whole groups, dealt once; later `_adopt_new_units` only adds."""
    tree = Tree.on(plan.starts_on)
    people = people_in(places, day=plan.starts_on, tree=tree)
    if len(people) < FEWEST * plan.panel_count:
        raise ValidationError(
            {
                "panel_count": _(
                    "%(people)d people are too few for %(panels)d panels: fewer than %(least)d in "
                    "each cannot be counted without being known."
                )
                % {"people": len(people), "panels": plan.panel_count, "least": FEWEST}
            }
        )
    dealt = rotation.deal(_atoms(people, tree, at=at), plan.panel_count)
    if any(sum(atom.people for atom in atoms) < FEWEST for atoms in dealt):
        raise ValidationError(
            {"panel_count": _("There are not teams enough for so many panels. Choose fewer.")}
        )
    for number, atoms in enumerate(dealt, start=1):
        panel = Panel.objects.create(plan=plan, number=number)
        keys = [key for atom in atoms for key in atom.units]
        panel.units.set(Unit.objects.filter(key__in=keys))
    _note_units(plan)


def _atoms(people: Sequence[Person], tree: Tree, *, at: dt.datetime) -> list[rotation.Atom]:
    """Units that are counted together, so that a panel is a set of whole cells."""
    cells = make_cells(places_in(tree), asked_people(people, tree, at=at))
    together: dict[str, set[str]] = {}
    for cell in cells:
        # Peer leaders come from many units; they are asked with their own unit's panel.
        groups = [{unit} for unit in cell.units] if cell.kind == LEADERS else [set(cell.units)]
        for group in groups:
            joined = set(group).union(*(together[key] for key in group if key in together))
            for key in joined:
                together[key] = joined
    keys = {node.unit.key: unit_id for unit_id, node in tree.nodes.items()}
    heads: dict[str, int] = {}
    for one in people:
        unit = tree.unit(getattr(one, "unit_id", None))
        if unit is not None:
            heads[unit.key] = heads.get(unit.key, 0) + 1
    found = []
    for joined in {id(group): group for group in together.values()}.values():
        sites = {site.key for key in joined if (site := tree.site_of(keys[key])) is not None}
        found.append(
            rotation.Atom(
                units=tuple(sorted(joined)),
                people=sum(heads.get(key, 0) for key in joined),
                sites=frozenset(sites),
            )
        )
    return found


def _adopt_new_units(plan: PulsePlan, *, day: dt.date) -> None:
    """Units that have come since join the panel with the fewest people; nobody changes panels."""
    tree = Tree.on(day)
    people = people_in(_places(plan), day=day, tree=tree)
    panels = list(plan.panels.order_by("number").prefetch_related("units"))
    where = {unit.pk: panel for panel in panels for unit in panel.units.all()}
    heads: dict[int, int] = dict.fromkeys((panel.pk for panel in panels), 0)
    newcomers: dict[int, int] = {}
    for person in people:
        unit_id: int | None = getattr(person, "unit_id", None)
        if unit_id is None:
            continue
        if unit_id in where:
            heads[where[unit_id].pk] += 1
        else:
            newcomers[unit_id] = newcomers.get(unit_id, 0) + 1
    for unit_id, count in sorted(newcomers.items(), key=lambda one: (-one[1], one[0])):
        panel = min(panels, key=lambda one: (heads[one.pk], one.number))
        panel.units.add(unit_id)
        heads[panel.pk] += count
    if newcomers:
        _note_units(plan)


def _note_units(plan: PulsePlan) -> None:
    units = Unit.objects.filter(pk__in=plan.panels.values("units")).order_by("pk")
    plan.facts["units"] = list(units.values_list("key", flat=True))
    plan.save(update_fields=["facts"])


# --- what people decide ---------------------------------------------------------------------------


@transaction.atomic
def confirm_plan(*, plan: PulsePlan, by: Person, at: dt.datetime) -> PulsePlan:
    """A representative for all its units has read the plan. Rounds of a sealed plan run from now."""
    [current] = locked([plan])
    if not can_confirm_plan(by, current):
        raise ValidationError(
            _("Only a safety delegate or union representative for everybody asked can confirm.")
        )
    if current.confirmed_at is None:
        current.confirmed_at, current.confirmed_by = at, by
        current.save(update_fields=["confirmed_at", "confirmed_by"])
        record(verb="pulse-plan-confirmed", by=by, at=at, subject=current, name=current.name_nb)
    return current


@transaction.atomic
def pause_plan(*, plan: PulsePlan, by: Person, at: dt.datetime) -> PulsePlan:
    """No further rounds until it is resumed. A round that is launched goes on."""
    [current] = locked([plan])
    if current.paused_at is None:
        current.paused_at = at
        current.save(update_fields=["paused_at"])
        _delete_waiting_rounds(current, by=by, at=at)
        record(verb="pulse-plan-paused", by=by, at=at, subject=current, name=current.name_nb)
    return current


@transaction.atomic
def resume_plan(*, plan: PulsePlan, by: Person, at: dt.datetime) -> PulsePlan:
    """Goes on with the next round that would have come; those missed are not made up for."""
    [current] = locked([plan])
    if current.paused_at is not None:
        current.paused_at = None
        current.save(update_fields=["paused_at"])
        record(verb="pulse-plan-resumed", by=by, at=at, subject=current, name=current.name_nb)
    return current


@transaction.atomic
def end_plan(*, plan: PulsePlan, on: dt.date, by: Person, at: dt.datetime) -> PulsePlan:
    """The last day on which a round may open."""
    [current] = locked([plan])
    if on < times.local_date(at):
        raise ValidationError({"ends_on": _("Choose today or a day to come.")})
    current.ends_on = max(on, current.starts_on)
    current.save(update_fields=["ends_on"])
    late = [
        survey
        for survey in _waiting().filter(plan=current)
        if survey.opens_at is not None and times.local_date(survey.opens_at) > on
    ]
    for survey in late:
        _delete_round(survey, by=by, at=at)
    record(
        verb="pulse-plan-ended", by=by, at=at, subject=current, name=current.name_nb,
        on=on.isoformat(),
    )  # fmt: skip
    return current


def _waiting() -> "QuerySet[Survey]":
    """Rounds that are made and not launched."""
    return Survey.objects.standing().filter(plan__isnull=False, launched_at__isnull=True)


def _delete_waiting_rounds(plan: PulsePlan, *, by: Person | None, at: dt.datetime) -> None:
    for survey in _waiting().filter(plan=plan):
        _delete_round(survey, by=by, at=at)


def _delete_round(survey: Survey, *, by: Person | None, at: dt.datetime) -> None:
    """Its questions count as not asked."""
    asked = {key for row in survey.sections.all() for key in row.item_keys}
    panel = _panel_of(survey)
    if panel is not None:
        for key in asked:
            places = [place for place, one in enumerate(panel.asked_items) if one == key]
            if places:
                panel.asked_items.pop(places[-1])
        panel.save(update_fields=["asked_items"])
    delete_draft(survey=survey, by=by, at=at)


def _panel_of(survey: Survey) -> Panel | None:
    if survey.plan is None or survey.round_number is None:
        return None
    number = rotation.panel_number(survey.round_number, survey.plan.panel_count)
    return Panel.objects.filter(plan=survey.plan, number=number).first()


# --- the clock ------------------------------------------------------------------------------------


def make_due_rounds(*, at: dt.datetime) -> int:
    """Makes the rounds that open within two weeks, and launches or drops those that wait.

    Returns how many rounds were made. One that cannot be asked, because an annual survey runs there
    or too few are left, is passed over, which the audit log says.
    """
    before = Survey.objects.filter(plan__isnull=False).count
    count = before()
    sweep(
        PulsePlan.objects.filter(paused_at__isnull=True).order_by("pk"), lambda plan: _run(plan, at)
    )
    made = before() - count
    launch_due_rounds(at=at)
    return made


def _run(plan: PulsePlan, at: dt.datetime) -> None:
    today = times.local_date(at)
    while True:
        number = plan.handled_round_count + 1
        day = rotation.round_day(plan.starts_on, plan.weeks_between, number)
        if day - LEAD > today or (plan.ends_on is not None and day > plan.ends_on):
            return
        opens_at = dt.datetime.combine(day, OPENS, times.local_zone())
        if opens_at > at and plan.level == Survey.Level.SEALED and plan.confirmed_at is None:
            # Still time for a representative to confirm the plan.
            return
        reason = "its day had passed" if opens_at <= at else _make_round(plan, number, opens_at, at)
        plan.handled_round_count = number
        plan.save(update_fields=["handled_round_count"])
        if reason:
            record(
                verb="pulse-round-passed-over", by=None, at=at, subject=plan, name=plan.name_nb,
                round=number, reason=reason,
            )  # fmt: skip


def _make_round(plan: PulsePlan, number: int, opens_at: dt.datetime, at: dt.datetime) -> str:
    """Why it was not made; empty when it was."""
    day = times.local_date(opens_at)
    _adopt_new_units(plan, day=day)
    panel = plan.panels.get(number=rotation.panel_number(number, plan.panel_count))
    units = [unit for unit in panel.units.order_by("pk") if not _is_closed(unit, day)]
    annual = _units_with_annual(units, day=day, at=at)
    units = [unit for unit in units if unit.pk not in annual]
    versions = _versions(
        sorted(
            plan.instruments.in_use(),
            key=lambda one: plan.facts["instruments"].index(one.key),
        )
    )
    items = _items_for(plan, panel, versions, day=day)
    if not items:
        return "nothing is left to ask"
    survey = _draft_of(plan, number, opens_at, at=at)
    SurveyAudience.objects.bulk_create(SurveyAudience(survey=survey, unit=unit) for unit in units)
    people = invited_people(survey, at=at)
    if len(people) < FEWEST:
        survey.delete()
        return "an annual survey is near" if annual else "too few people are left to ask"
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


def _is_closed(unit: Unit, day: dt.date) -> bool:
    return unit.closed_on is not None and unit.closed_on <= day


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
    pool = [item for version in versions for item in version.content["items"]]
    drivers = {item["key"]: rotation.driver_of(item) for item in pool}
    from_on, to_on = quarter_of(day)
    asked: list[str] = []
    this_quarter: set[str] = set()
    rounds = plan.rounds.standing().order_by("round_number").prefetch_related("sections")
    for survey in rounds:
        keys = [key for section in survey.sections.all() for key in section.item_keys]
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
            title_nb=f"{plan.name_nb[:110]} {number}",
            title_en=f"{plan.name_en[:110]} {number}",
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
                verb="pulse-round-lapsed", by=None, at=at, subject=survey, name=survey.title_nb,
                missing=[
                    one.key
                    for one in launch_checklist(survey, at=at)
                    if one.is_blocking and not one.is_ok and one.key != "dates"
                ],
            )  # fmt: skip
            _delete_round(survey, by=None, at=at)
        elif survey.frozen_at is not None and all(
            one.is_ok or not one.is_blocking for one in launch_checklist(survey, at=at)
        ):
            launch_survey(survey=survey, by=None, at=at)

    return sweep(_waiting().filter(plan__paused_at__isnull=True), act)
