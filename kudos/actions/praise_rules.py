"""Changing what praise reaches leads."""

import datetime as dt

from django.db import transaction
from django.db.models import Max

from engagement.people import actions as people
from engagement.people.models import Person
from kudos.models import PraiseRule


@transaction.atomic
def save_praise_rule(*, rule: PraiseRule, by: Person, at: dt.datetime) -> PraiseRule:
    """Adds a rule at the end, or changes one. What has arrived stays where it is."""
    if rule.pk is None:
        _lock_all()
        last = PraiseRule.objects.aggregate(last=Max("position"))["last"]
        rule.position = 0 if last is None else last + 1
    rule.full_clean()
    rule.save()
    people.record(verb="praise-rule-saved", by=by, at=at, subject=rule, **_facts(rule))
    return rule


@transaction.atomic
def move_praise_rule(*, rule: PraiseRule, by: Person, steps: int, at: dt.datetime) -> None:
    """Moves a rule up (-1) or down (1) in the order they are asked."""
    rules = _lock_all()
    place = next((n for n, one in enumerate(rules) if one.pk == rule.pk), None)
    if place is None or not 0 <= place + steps < len(rules):
        return
    rules.insert(place + steps, rules.pop(place))
    for position, one in enumerate(rules):
        one.position = position
    PraiseRule.objects.bulk_update(rules, ["position"])
    people.record(verb="praise-rule-moved", by=by, at=at, subject=rule, **_facts(rule))


@transaction.atomic
def delete_praise_rule(*, rule: PraiseRule, by: Person, at: dt.datetime) -> None:
    """Takes a rule away. What it set aside stays set aside, with its reason."""
    people.record(verb="praise-rule-deleted", by=by, at=at, subject=rule, **_facts(rule))
    rule.delete()


def _lock_all() -> list[PraiseRule]:
    return list(PraiseRule.objects.select_for_update().order_by("position", "pk"))


def _facts(rule: PraiseRule) -> dict[str, object]:
    return {**rule.facts, "source": rule.source}
