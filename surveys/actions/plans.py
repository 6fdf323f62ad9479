"""Pulse plans as people make and steer them. The rounds are made by the clock: `rounds`."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from engagement import times
from engagement.people.actions import record
from engagement.people.actions.common import locked, plain, saved
from engagement.people.models import Person, Unit
from surveys import rotation
from surveys.access import Place, can_ask, can_confirm_plan
from surveys.actions.common import clean_text, is_closed, kind_of
from surveys.actions.drafts import (
    LONGEST_REASON,
    LONGEST_RETENTION,
    LONGEST_TEXT,
    SHORTEST_RETENTION,
    TEXTS,
    told_clash,
)
from surveys.actions.panels import make_panels
from surveys.actions.rounds import take_back_rounds, waiting_rounds
from surveys.models import Instrument, InstrumentVersion, PulsePlan, Survey
from surveys.models.plans import (
    FEWEST_DAYS_OPEN,
    FEWEST_WEEKS_BETWEEN,
    LONGEST_NAME,
    MOST_DAYS_OPEN,
    MOST_ITEMS_A_ROUND,
    MOST_PANELS,
    MOST_WEEKS,
)
from surveys.queries.asking import clashing_scale
from surveys.queries.plans import items_of, newest

FURTHEST_START = dt.timedelta(days=366)
LONGEST_FEEDBACK_DAYS = 60
Problems = Iterator[tuple[str, str]]


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
    texts: Mapping[str, str],
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

    Raises ValidationError that names each field that is wrong and what to do.
    """
    if unknown := sorted(set(texts) - set(TEXTS)):
        raise TypeError(f"no such texts: {', '.join(unknown)}")
    instruments, places = list(dict.fromkeys(instruments)), list(dict.fromkeys(places))
    plan = PulsePlan(
        name_nb=plain(name_nb),
        name_en=plain(name_en),
        panel_count=panel_count,
        weeks_between=weeks_between,
        open_days=open_days,
        items_a_round=items_a_round,
        level=level,
        starts_on=starts_on,
        facts={
            "audience": [{"kind": kind_of(place), "key": place.key} for place in places],
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
    problems = [
        *_wrong_rhythm(plan),
        *_wrong_days(plan, discussed_on, at=at),
        *_wrong_promises(plan, feedback_owner),
        *_wrong_texts(plan, texts),
        *_wrong_places(by, places, day=starts_on),
    ]
    # What the pool bears depends on how often and how much is asked.
    problems += [] if problems else _wrong_pool(plan, instruments)
    if problems:
        raise ValidationError(dict(problems))
    plan.facts |= {name: _cleaned(name, texts) for name in TEXTS}
    saved(plan)
    plan.instruments.set(instruments)
    make_panels(plan, places, at=at)
    _refuse_beyond(by, plan)
    record(verb="pulse-plan-created", by=by, at=at, subject=plan, name=plan.name_nb)
    return plan


# --- what is wrong, and in which field ------------------------------------------------------------


def _wrong_rhythm(plan: PulsePlan) -> Problems:
    panels, weeks = plan.panel_count, plan.weeks_between
    if not 1 <= panels <= MOST_PANELS:
        yield "panel_count", _("Choose 1 to %(count)d panels.") % {"count": MOST_PANELS}
    elif not 1 <= weeks <= MOST_WEEKS:
        yield "weeks_between", _("Choose 1 to %(count)d weeks.") % {"count": MOST_WEEKS}
    elif plan.weeks_of_turn < FEWEST_WEEKS_BETWEEN:
        yield (
            "panel_count",
            _(
                "Each person must have eight weeks of peace: more panels, or more weeks between the "
                "rounds."
            ),
        )
    if not FEWEST_DAYS_OPEN <= plan.open_days <= MOST_DAYS_OPEN:
        yield (
            "open_days",
            _("Keep a round open for 2 to %(count)d days.") % {"count": MOST_DAYS_OPEN},
        )
    if not 1 <= plan.items_a_round <= MOST_ITEMS_A_ROUND:
        yield (
            "items_a_round",
            _("Ask 1 to %(count)d questions: a round takes three minutes at most.")
            % {"count": MOST_ITEMS_A_ROUND},
        )


def _wrong_days(plan: PulsePlan, discussed_on: dt.date, *, at: dt.datetime) -> Problems:
    today = times.local_date(at)
    if plan.starts_on <= today:
        yield "starts_on", _("Choose a day to come.")
    elif plan.starts_on > today + FURTHEST_START:
        yield "starts_on", _("Choose a day within a year.")
    if discussed_on > today:
        yield "discussed_on", _("This day has not come yet. Write the day it was discussed.")


def _wrong_promises(plan: PulsePlan, feedback_owner: Person) -> Problems:
    if plan.level not in Survey.Level.values:
        yield "level", _("Choose who holds the counting key.")
    if not feedback_owner.is_active:
        yield "feedback_owner", _("This person no longer works here.")
    if not 1 <= plan.facts["feedback_days"] <= LONGEST_FEEDBACK_DAYS:
        yield (
            "feedback_days",
            _("Tell the results within 1 to %(count)d days.") % {"count": LONGEST_FEEDBACK_DAYS},
        )
    if not SHORTEST_RETENTION <= plan.facts["retention_months"] <= LONGEST_RETENTION:
        yield (
            "retention_months",
            _("Keep the numbers for 1 to %(count)d months.") % {"count": LONGEST_RETENTION},
        )


def _wrong_texts(plan: PulsePlan, texts: Mapping[str, str]) -> Problems:
    for name, text in (("name_nb", plan.name_nb), ("name_en", plan.name_en)):
        if not text:
            yield name, _("Write this in both languages.")
        elif len(text) > LONGEST_NAME:
            yield (
                name,
                _("This has %(length)d characters; at most %(most)d fit.")
                % {"length": len(text), "most": LONGEST_NAME},
            )
    for name in TEXTS:
        try:
            if not _cleaned(name, texts):
                yield name, _("Write this in both languages.")
        except ValidationError as error:
            yield name, error.messages[0]


def _cleaned(name: str, texts: Mapping[str, str]) -> str:
    return clean_text(texts.get(name, ""), most=LONGEST_TEXT, field=name)


def _wrong_places(by: Person, places: Sequence[Place], *, day: dt.date) -> Problems:
    gone = [place.name for place in places if is_closed(place, day)]
    if gone:
        yield "audience", _("Closed by then: %(names)s.") % {"names": ", ".join(gone)}
    elif not places or not can_ask(by, places):
        yield "audience", _("Choose units, sites or employers you may ask.")


def _wrong_pool(plan: PulsePlan, instruments: Sequence[Instrument]) -> Problems:
    retired = [one for one in instruments if one.retired_at is not None]
    versions = newest(instruments)
    if not versions:
        yield "instruments", _("Choose at least one instrument.")
    elif retired:
        titles = ", ".join(version.title for version in newest(retired))
        yield "instruments", _("%(title)s is no longer in use.") % {"title": titles}
    elif key := clashing_scale(versions):
        yield "instruments", told_clash(key)
    else:
        yield from _wrong_amount(plan, versions)


def _wrong_amount(plan: PulsePlan, versions: Sequence[InstrumentVersion]) -> Problems:
    pool = items_of(versions)
    if rotation.most_seconds(pool, plan.items_a_round) > rotation.LONGEST_SECONDS:
        yield "items_a_round", _("A round takes three minutes at most: ask less.")
    elif rotation.themes_left_out(pool, plan.items_a_round, plan.weeks_between):
        yield (
            "items_a_round",
            _(
                "Not every theme would be asked each quarter: ask more in a round, or choose fewer "
                "instruments."
            ),
        )


def _refuse_beyond(by: Person, plan: PulsePlan) -> None:
    """A panel asks whole units, also those of them whom the chosen place would not have named."""
    units = Unit.objects.filter(key__in=plan.facts["units"]).order_by("name")
    beyond = [unit.name for unit in units if not can_ask(by, [unit])]
    if beyond:
        raise ValidationError(
            {
                "audience": _("These units have people you may not ask: %(names)s.")
                % {"names": ", ".join(beyond)}
            }
        )


# --- what people decide later ---------------------------------------------------------------------


@transaction.atomic
def confirm_plan(*, plan: PulsePlan, by: Person, at: dt.datetime) -> PulsePlan:
    """A representative for all its units has read the plan. Rounds of a sealed plan run from now."""
    current = _going(plan, at)
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
def pause_plan(*, plan: PulsePlan, reason: str, by: Person, at: dt.datetime) -> PulsePlan:
    """No further rounds until it is resumed. A round that is launched goes on."""
    current = _going(plan, at)
    said = clean_text(reason, most=LONGEST_REASON, field="reason")
    if not said:
        raise ValidationError({"reason": _("Say why: the representatives read it.")})
    if current.paused_at is None:
        current.paused_at, current.pause_reason = at, said
        current.save(update_fields=["paused_at", "pause_reason"])
        take_back_rounds(current, by=by, at=at)
        record(
            verb="pulse-plan-paused", by=by, at=at, subject=current, name=current.name_nb,
            reason=said,
        )  # fmt: skip
    return current


@transaction.atomic
def resume_plan(*, plan: PulsePlan, by: Person, at: dt.datetime) -> PulsePlan:
    """Goes on with the next round that would have come; those missed are not made up for."""
    current = _going(plan, at)
    if current.paused_at is not None:
        current.paused_at, current.pause_reason = None, ""
        current.save(update_fields=["paused_at", "pause_reason"])
        record(verb="pulse-plan-resumed", by=by, at=at, subject=current, name=current.name_nb)
    return current


@transaction.atomic
def end_plan(*, plan: PulsePlan, on: dt.date, by: Person, at: dt.datetime) -> PulsePlan:
    """``on`` is the last day on which a round may open. May be moved until it has come."""
    current = _going(plan, at)
    if on < times.local_date(at):
        raise ValidationError({"ends_on": _("Choose today or a day to come.")})
    current.ends_on = on
    current.save(update_fields=["ends_on"])
    take_back_rounds(current, after=on, by=by, at=at)
    record(
        verb="pulse-plan-ended", by=by, at=at, subject=current, name=current.name_nb,
        on=on.isoformat(),
    )  # fmt: skip
    return current


@transaction.atomic
def set_feedback_owner(*, plan: PulsePlan, owner: Person, by: Person, at: dt.datetime) -> PulsePlan:
    """Who tells people the results of the rounds to come, and of those that wait for the launch."""
    current = _going(plan, at)
    if not owner.is_active:
        raise ValidationError({"feedback_owner": _("This person no longer works here.")})
    current.facts["feedback_owner"] = owner.key
    current.save(update_fields=["facts"])
    waiting_rounds().filter(plan=current).update(feedback_owner=owner)
    record(
        verb="pulse-plan-owner-set", by=by, at=at, subject=current, name=current.name_nb,
        owner=owner.key,
    )  # fmt: skip
    return current


def _going(plan: PulsePlan, at: dt.datetime) -> PulsePlan:
    """``plan`` fresh and locked; refused once it has ended."""
    [current] = locked([plan])
    if current.has_ended(times.local_date(at)):
        raise ValidationError(_("This plan has ended. Make a new one."))
    return current
