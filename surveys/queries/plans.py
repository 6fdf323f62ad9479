"""Pulse plans as those who steer and read them meet them."""

import datetime as dt
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.db import models
from django.db.models import Prefetch, Sum
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _

from engagement import times
from engagement.people.access import has_role
from engagement.people.models import AuditEntry, Employer, Person, Site, Unit
from engagement.people.queries import members_on
from surveys import rotation
from surveys.access import REPRESENTATIVES, Place, can_confirm_plan
from surveys.models import Instrument, InstrumentVersion, PulsePlan, Survey
from surveys.models.plans import LAPSED, PASSED_OVER, Reason
from surveys.queries.audience import place_ids
from surveys.queries.burden import quarter_of
from surveys.queries.planning import Step
from surveys.queries.sections import item_keys_of

MOST_PAST_ROUNDS = 26
MOST_COMING_ROUNDS = 6
WEEKS_A_QUARTER = 13
PLACES: dict[str, type[Unit] | type[Site] | type[Employer]] = {
    "unit": Unit,
    "site": Site,
    "employer": Employer,
}


# --- what it asks, and of whom --------------------------------------------------------------------


def places_of_plan(plan: PulsePlan) -> list[Place]:
    """Whom the plan asks, as HR chose them; what is gone is left out."""
    found = (
        PLACES[place["kind"]].objects.filter(key=place["key"]).first()
        for place in plan.facts["audience"]
    )
    return [place for place in found if place is not None]


def pool_of(plan: PulsePlan) -> list[InstrumentVersion]:
    """The newest version of each of the plan's instruments in use, in the plan's order. Two queries."""
    order = plan.facts["instruments"]
    return newest(sorted(plan.instruments.in_use(), key=lambda one: order.index(one.key)))


def newest(instruments: Iterable[Instrument]) -> list[InstrumentVersion]:
    """The newest version of each, in order. One query."""
    instruments = list(instruments)
    versions = InstrumentVersion.objects.filter(instrument__in=instruments)
    by_instrument = {
        version.instrument_id: version
        for version in versions.select_related("instrument").order_by("number")
    }
    return [by_instrument[one.pk] for one in instruments if one.pk in by_instrument]


def items_of(versions: Iterable[InstrumentVersion]) -> list[dict[str, Any]]:
    return [item for version in versions for item in version.content["items"]]


def owner_of(plan: PulsePlan) -> Person | None:
    """Who has promised to tell the results."""
    return Person.objects.filter(key=plan.facts["feedback_owner"]).first()


class Load(NamedTuple):
    """What a rhythm asks of one person, at the most."""

    weeks: int
    items: int
    minutes: int
    minutes_a_quarter: int


def load_of(
    pool: Sequence[dict[str, Any]], *, panel_count: int, weeks_between: int, items_a_round: int
) -> Load:
    """How often a person is asked, and how long that takes, rounded up to whole minutes."""
    weeks = panel_count * weeks_between
    items = min(items_a_round, len(pool))
    seconds = rotation.most_seconds(pool, items)
    turns = WEEKS_A_QUARTER // weeks + 1
    return Load(weeks, items, math.ceil(seconds / 60), math.ceil(seconds * turns / 60))


# --- where it stands ------------------------------------------------------------------------------


class State(models.TextChoices):
    RUNNING = "running", pgettext_lazy("of a pulse plan", "Running")
    UNREAD = "unread", gettext_lazy("Waits to be read")
    PAUSED = "paused", gettext_lazy("Paused")
    ENDED = "ended", gettext_lazy("Ended")


def state_of(plan: PulsePlan, day: dt.date) -> State:
    """What holds on ``day``. Rounds of a witnessed plan are read one by one."""
    if plan.has_ended(day):
        return State.ENDED
    if plan.paused_at is not None:
        return State.PAUSED
    is_sealed = plan.level == Survey.Level.SEALED
    return State.UNREAD if is_sealed and plan.confirmed_at is None else State.RUNNING


class Coming(NamedTuple):
    """A round that has not opened; ``survey`` once it is made."""

    number: int
    day: dt.date
    panel: int
    survey: Survey | None = None


def _coming(plan: PulsePlan, made: Iterable[Survey], *, day: dt.date) -> Iterator[Coming]:
    """Those made and not opened, then those that the clock will make from ``day`` on, without end."""
    for survey in made:
        if survey.opens_at is not None and survey.round_number is not None:
            panel = rotation.panel_number(survey.round_number, plan.panel_count)
            yield Coming(survey.round_number, times.local_date(survey.opens_at), panel, survey)
    number = plan.handled_round_count
    while plan.paused_at is None:
        number += 1
        opens_on = rotation.round_day(plan.starts_on, plan.weeks_between, number)
        if plan.has_ended(opens_on):
            return
        if opens_on >= day:
            yield Coming(number, opens_on, rotation.panel_number(number, plan.panel_count))


def _not_opened(at: dt.datetime) -> "models.QuerySet[Survey]":
    waiting = Survey.objects.standing().filter(opens_at__gt=at)
    return waiting.defer("manifest").order_by("round_number")


class PlanRow(NamedTuple):
    plan: PulsePlan
    state: State
    next: Coming | None


def listed_plans(*, at: dt.datetime) -> list[PlanRow]:
    """All of them, those that have ended last. Two queries."""
    day = times.local_date(at)
    waiting = Prefetch("rounds", queryset=_not_opened(at), to_attr="not_opened")
    plans = PulsePlan.objects.prefetch_related(waiting).order_by("-created_at", "-pk")
    rows = [
        PlanRow(plan, state_of(plan, day), next(_coming(plan, plan.not_opened, day=day), None))
        for plan in plans
    ]
    return sorted(rows, key=lambda row: row.state == State.ENDED)


def plans_to_confirm(person: Person, *, day: dt.date) -> list[PulsePlan]:
    """Plans that nobody has confirmed and ``person`` may."""
    if not has_role(person, *REPRESENTATIVES):
        return []
    unread = PulsePlan.objects.filter(confirmed_at__isnull=True).order_by("starts_on", "pk")
    return [plan for plan in unread if not plan.has_ended(day) and can_confirm_plan(person, plan)]


# --- one plan in full -----------------------------------------------------------------------------


@dataclass
class PanelView:
    """The units of a panel with how many people are in each, and when its turn comes."""

    number: int
    teams: list[tuple[str, int]] = field(default_factory=list)
    next_on: dt.date | None = None

    @property
    def people(self) -> int:
        return sum(count for _name, count in self.teams)


def coming_rounds(plan: PulsePlan, *, at: dt.datetime) -> list[Coming]:
    """The next rounds, one full rotation of them or six. One query."""
    most = min(plan.panel_count, MOST_COMING_ROUNDS)
    coming = _coming(plan, _not_opened(at).filter(plan=plan), day=times.local_date(at))
    return [one for one, _place in zip(coming, range(most), strict=False)]


def panels_of(plan: PulsePlan, coming: Sequence[Coming], *, day: dt.date) -> list[PanelView]:
    """Teams and head counts as they stand on ``day``; closed teams are left out. Three queries."""
    heads = Counter(place_ids(one)[0] for one in members_on(day))
    views = []
    for panel in plan.panels.order_by("number").prefetch_related("units"):
        teams = [(unit.name, heads[unit.pk]) for unit in panel.units.all() if heads[unit.pk]]
        turn = next((one.day for one in coming if one.panel == panel.number), None)
        views.append(PanelView(panel.number, sorted(teams), turn))
    return views


class PastRound(NamedTuple):
    """A round whose day has come: asked, or passed over with the reason."""

    number: int
    panel: int
    day: dt.date
    survey: Survey | None = None
    people: int = 0
    reason: str = ""


def past_rounds(plan: PulsePlan, *, at: dt.datetime) -> list[PastRound]:
    """The latest first, at most half a year of weekly ones. Two queries."""
    held = (
        plan.rounds.filter(opens_at__lte=at, launched_at__isnull=False)
        .defer("manifest")
        .annotate(people_count=Sum("cells__invited_count"))
        .order_by("-round_number")[:MOST_PAST_ROUNDS]
    )
    found = {survey.round_number: survey for survey in held}
    rounds = [
        PastRound(
            number,
            rotation.panel_number(number, plan.panel_count),
            times.local_date(survey.opens_at),
            survey,
            getattr(survey, "people_count", None) or 0,
        )
        for number, survey in found.items()
        if number is not None and survey.opens_at is not None
    ]
    entries = _entries(plan, PASSED_OVER, LAPSED).order_by("-pk")[:MOST_PAST_ROUNDS]
    rounds += [_passed_over(plan, entry) for entry in entries if entry.detail["round"] not in found]
    return sorted(rounds, key=lambda one: -one.number)[:MOST_PAST_ROUNDS]


def _passed_over(plan: PulsePlan, entry: AuditEntry) -> PastRound:
    number: int = entry.detail["round"]
    day = rotation.round_day(plan.starts_on, plan.weeks_between, number)
    panel = rotation.panel_number(number, plan.panel_count)
    return PastRound(number, panel, day, reason=_reason(entry))


def _reason(entry: AuditEntry) -> str:
    if entry.verb == PASSED_OVER:
        return str(Reason(entry.detail["reason"]).label)
    known = {
        "reviewed": _("Nobody had read it in time"),
        "key": _("The counting key was not ready"),
        "feedback": _("Nobody was left to tell the results"),
        "burden": _("It would have been too much this quarter"),
        "peace": _("Some had been asked too recently"),
    }
    missing = [known[key] for key in entry.detail.get("missing", []) if key in known]
    return ", ".join(missing) or _("Something was missing on the launch list")


def rounds_under_way(plan: PulsePlan) -> list[Survey]:
    """Those that are launched and not closed: nothing that is decided about the plan stops them."""
    launched = plan.rounds.standing().filter(launched_at__isnull=False, closed_at__isnull=True)
    return list(launched.defer("manifest").order_by("round_number"))


def rounds_waiting(plan: PulsePlan) -> list[Survey]:
    """Those that are made and wait for the launch."""
    waiting = plan.rounds.standing().filter(launched_at__isnull=True)
    return list(waiting.defer("manifest").order_by("round_number"))


class Covered(NamedTuple):
    """A theme of the plan, and when it was or will be asked about in the quarter."""

    name: str
    day: dt.date | None


def drivers_covered(
    plan: PulsePlan, versions: Sequence[InstrumentVersion], *, day: dt.date
) -> list[Covered]:
    """Every theme of ``versions``, with the first round of the quarter of ``day`` that asks it.

    Two queries.
    """
    from_on, to_on = quarter_of(day)
    drivers = {item["key"]: rotation.driver_of(item) for item in items_of(versions)}
    first: dict[str, dt.date] = {}
    rounds = plan.rounds.standing().order_by("round_number")
    for survey in rounds.defer("manifest").prefetch_related("sections"):
        opens_on = times.local_date(survey.opens_at) if survey.opens_at else None
        if opens_on is not None and from_on <= opens_on < to_on:
            for key in item_keys_of(survey):
                if key in drivers:
                    first.setdefault(drivers[key], opens_on)
    return [Covered(name, first.get(key)) for key, name in _driver_names(versions).items()]


def _driver_names(versions: Iterable[InstrumentVersion]) -> dict[str, str]:
    """In the language of the page; what has no theme is called by its own words."""
    language = "en" if get_language() == "en" else "nb"
    names: dict[str, str] = {}
    for version in versions:
        for item in version.content["items"]:
            key = rotation.driver_of(item)
            if item["kind"] == "text":
                names.setdefault(key, _("An open question"))
            elif item["driver"]:
                names.setdefault(key, version.content["drivers"][item["driver"]][language])
            else:
                names.setdefault(key, item["text"][language])
    return names


def history_of_plan(plan: PulsePlan) -> list[Step]:
    """What people decided about it, from the audit log. One query."""
    labels = {
        "pulse-plan-created": _("Made"),
        "pulse-plan-confirmed": _("Read and confirmed"),
        "pulse-plan-paused": _("Paused"),
        "pulse-plan-resumed": _("Resumed"),
        "pulse-plan-ended": _("Ended"),
        "pulse-plan-owner-set": _("Somebody else tells the results"),
    }
    steps = []
    for entry in _entries(plan, *labels).select_related("actor").order_by("pk"):
        label = labels[entry.verb]
        if reason := entry.detail.get("reason"):
            label = f"{label}: {reason}"
        steps.append(Step(label, entry.at, entry.actor.name if entry.actor else ""))
    return steps


def _entries(plan: PulsePlan, *verbs: str) -> "models.QuerySet[AuditEntry]":
    return AuditEntry.objects.filter(subject=plan.key, verb__in=verbs)
