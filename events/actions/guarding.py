"""Rules of coverage: setting and lifting them, and holding a team while somebody of it signs up."""

import datetime as dt
from collections.abc import Collection, Sequence

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from engagement.people import actions as people
from engagement.people.actions.common import explained
from engagement.people.models import Person, Unit
from engagement.text import clean_line
from events.models import CoverageLift, CoverageRule, Sitting
from events.models.events import REASON_LENGTH
from events.queries.guarding import Watches, refusals, refusals_within, watches


def hold_teams(*, people: Collection[Person], sitting: Sitting) -> Watches:
    """Lets nobody else of these people's guarded teams sign up until the transaction ends.

    The rows locked are those of the teams, in the order of their numbers and before any sitting:
    a rule may be inherited by sixty teams, which do not wait for one another. Nothing where no rule
    holds. Returns which teams, and their rules.
    """
    watched = watches(people, [sitting])
    teams = {watch.stand.team_id for watch in watched.values()}
    if teams:
        held = Unit.objects.filter(pk__in=teams).order_by("pk").select_for_update(no_key=True)
        list(held.values_list("pk"))
    return watched


def hold_and_check(*, person: Person, sitting: Sitting, at: dt.datetime) -> None:
    """Holds the team of ``person`` and refuses when the rule lets no more of it go to ``sitting``.

    Called in the transaction that gives the place, before the sitting is locked. The refusal says
    why, and which other sittings of the event fit. One query where no rule holds, seven where it
    lets the person go.
    """
    watched = hold_teams(people=[person], sitting=sitting)
    refusal = refusals_within(watched, person, [sitting], at).get(sitting.pk)
    if refusal is None:
        return
    others = list(Sitting.objects.filter(event=sitting.event_id).select_related("site"))
    refusal = refusals(person, others, at).get(sitting.pk, refusal)
    raise ValidationError(str(refusal), code="coverage")


@transaction.atomic
def set_rules(
    *,
    units: Sequence[Unit],
    most_away_percent: int,
    least_on_phones: int,
    by: Person,
    at: dt.datetime,
) -> None:
    """The same rule for each of ``units``: all of them or none."""
    for unit in sorted(units, key=lambda one: one.pk):
        set_rule(
            unit=unit, most_away_percent=most_away_percent, least_on_phones=least_on_phones,
            by=by, at=at,
        )  # fmt: skip


@transaction.atomic
def set_rule(
    *, unit: Unit, most_away_percent: int, least_on_phones: int, by: Person, at: dt.datetime
) -> CoverageRule:
    """Gives ``unit`` a rule of its own, or changes it. Who has a place keeps it."""
    Unit.objects.select_for_update(no_key=True).get(pk=unit.pk)
    rule = CoverageRule.objects.filter(unit=unit).first() or CoverageRule(unit=unit)
    before = (rule.most_away_percent, rule.least_on_phones, rule.pk is not None)
    rule.most_away_percent, rule.least_on_phones = most_away_percent, least_on_phones
    if before == (most_away_percent, least_on_phones, True):
        return rule
    rule.full_clean()
    rule.save()
    people.record(
        verb="coverage-rule-set", by=by, at=at, subject=unit, most_away_percent=most_away_percent,
        least_on_phones=least_on_phones,
    )  # fmt: skip
    return rule


@transaction.atomic
def remove_rule(*, unit: Unit, by: Person, at: dt.datetime) -> None:
    """Takes the unit's own rule away: what holds above holds here again."""
    gone, _rows = CoverageRule.objects.filter(unit=unit).delete()
    if gone:
        people.record(verb="coverage-rule-removed", by=by, at=at, subject=unit)


@transaction.atomic
def lift_rule(
    *, unit: Unit, sitting: Sitting, reason: str, by: Person, at: dt.datetime
) -> CoverageLift:
    """Lets anybody of ``unit`` and below go to ``sitting``, whatever the rule says."""
    words = clean_line(reason)
    if not words:
        raise ValidationError({"reason": _("Say why the rule is lifted.")})
    if len(words) > REASON_LENGTH:
        raise ValidationError(
            {"reason": _("At most %(most)d characters. Shorten it.") % {"most": REASON_LENGTH}}
        )
    lift = CoverageLift(unit=unit, sitting=sitting, reason=words, lifted_at=at)
    lift.full_clean(validate_unique=False, validate_constraints=False)
    with explained(CoverageLift):
        lift.save()
    people.record(
        verb="coverage-lifted", by=by, at=at, subject=unit, sitting=sitting.key, reason=words
    )
    return lift


@transaction.atomic
def end_lift(*, lift: CoverageLift, by: Person, at: dt.datetime) -> None:
    """Lets the rule hold again. Who has a place keeps it."""
    gone, _rows = CoverageLift.objects.filter(pk=lift.pk).delete()
    if gone:
        people.record(
            verb="coverage-lift-ended", by=by, at=at, subject=lift.unit, sitting=lift.sitting.key
        )
