"""What the whole centre counts, and reaching its goals."""

import datetime as dt

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from engagement.live import actions as live
from engagement.people import actions as people
from engagement.people.models import Person
from engagement.text import clean_line
from kudos.milestone_cards import render_goal
from kudos.models import MOST_COUNTED, Counter, Goal

KIND = "goal"
CARD_LIFE = dt.timedelta(hours=24)


@transaction.atomic
def create_counter(
    *, key: str, name_nb: str, name_en: str, value: int = 0, by: Person, at: dt.datetime
) -> Counter:
    """A new counter, at ``value``. Raises ValidationError for a key that is taken."""
    counter = Counter(
        key=key,
        name_nb=clean_line(name_nb),
        name_en=clean_line(name_en),
        value=_counted(value),
        updated_at=at,
    )
    counter.full_clean()
    counter.save()
    people.record(verb="counter-created", by=by, at=at, subject=counter, name=counter.name_nb)
    return counter


@transaction.atomic
def set_counter(
    *, counter: Counter, value: int, is_reset: bool = False, by: Person, at: dt.datetime
) -> Counter:
    """Sets the number itself. A smaller one than before is refused unless it ``is_reset``.

    A reset takes the cards of goals beyond ``value`` off the walls; goals that were reached stay
    reached, and are not celebrated again.
    """
    current = _locked(counter)
    before = current.value
    if value < before and not is_reset:
        raise ValidationError(
            {
                "value": _(
                    "The counter stands at %(value)d and does not go back. Reset it instead."
                )
                % {"value": before}
            }
        )
    current.value, current.updated_at = _counted(value), at
    current.save(update_fields=["value", "updated_at"])
    if value < before:
        people.record(
            verb="counter-reset",
            by=by,
            at=at,
            subject=current,
            name=current.name_nb,
            before=str(before),
            into=str(value),
        )
        wrong = current.goals.filter(reached_at__isnull=False, target__gt=value)
        live.withdraw_celebrations(sources=list(wrong.values_list("key", flat=True)), at=at)
    _reach_goals(current, at=at)
    return current


@transaction.atomic
def add_to_counter(*, counter: Counter, by_count: int, by: Person, at: dt.datetime) -> Counter:
    """Adds ``by_count``, at least 1. Two at once wait for one another: none is lost."""
    if by_count < 1:
        raise ValidationError({"by": _("Add at least 1.")})
    current = _locked(counter)
    if current.value + by_count > MOST_COUNTED:
        raise ValidationError({"by": _("The number is too large.")})
    current.value, current.updated_at = current.value + by_count, at
    current.save(update_fields=["value", "updated_at"])
    _reach_goals(current, at=at)
    return current


def _locked(counter: Counter) -> Counter:
    return Counter.objects.select_for_update().get(pk=counter.pk)


def _counted(value: int) -> int:
    if not 0 <= value <= MOST_COUNTED:
        raise ValidationError({"value": _("The number is too large.")})
    return value


def _reach_goals(counter: Counter, *, at: dt.datetime) -> None:
    """Of several goals passed in one step all are reached, and the largest is celebrated."""
    reached = list(
        counter.goals.filter(reached_at__isnull=True, target__lte=counter.value).order_by("target")
    )
    for goal in reached:
        goal.reached_at = at
        goal.save(update_fields=["reached_at"])
    for goal in reached[-1:]:
        until = at + CARD_LIFE
        goal.counter = counter
        live.celebrate(
            kind=KIND,
            source=goal.key,
            cards=render_goal(goal, show_from=at, show_until=until),
            streams=live.ensure_streams(everybody=True),
            show_from=at,
            show_until=until,
        )


@transaction.atomic
def set_goal(
    *, counter: Counter, target: int, words_nb: str, words_en: str, by: Person, at: dt.datetime
) -> Goal:
    """A goal ahead. Raises ValidationError for one that is passed, or set already."""
    current = _locked(counter)
    if target <= current.value:
        raise ValidationError(
            {"target": _("The counter has passed this already. Choose a larger number.")}
        )
    goal = Goal(
        counter=current,
        target=target,
        words_nb=clean_line(words_nb),
        words_en=clean_line(words_en),
        created_at=at,
    )
    goal.full_clean()
    goal.save()
    people.record(
        verb="goal-set", by=by, at=at, subject=goal, name=current.name_nb, count=str(target)
    )
    return goal


@transaction.atomic
def remove_goal(*, goal: Goal, by: Person, at: dt.datetime) -> None:
    """Takes a goal away, reached or not, with its card on the walls."""
    counter = _locked(goal.counter)
    live.withdraw_celebrations(sources=[goal.key], at=at)
    people.record(
        verb="goal-removed",
        by=by,
        at=at,
        subject=goal,
        name=counter.name_nb,
        count=str(goal.target),
    )
    goal.delete()
