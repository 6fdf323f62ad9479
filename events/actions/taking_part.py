"""Stepping out of a competition and back in, and choosing a mixed group. Nobody is told."""

import datetime as dt

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from engagement import times
from engagement.people.lines import line_of
from engagement.people.models import Person
from events.actions.entering import NotConcerned
from events.actions.holding import SHARED
from events.models import Competition, Group, GroupMember, OptOut
from events.queries.competing import group_of


@transaction.atomic
def opt_out(*, competition: Competition, by: Person, at: dt.datetime) -> None:
    """``by`` enters nothing from now on. Twice is once.

    They stay a head of their group, and what was entered before goes on counting unless ``by`` takes
    it back: a number that moved would say who stepped out. Raises ValidationError when it is over, `NotConcerned` for others.
    """
    held = _held(competition, at=at)
    Person.objects.select_for_update(no_key=True).get(pk=by.pk)
    if group_of(by, held, at=at) is None:
        raise NotConcerned(_("You are in none of its groups."))
    OptOut.objects.get_or_create(competition=held, person=by, back_at=None, defaults={"out_at": at})


@transaction.atomic
def opt_in(*, competition: Competition, by: Person, at: dt.datetime) -> None:
    """``by`` takes part again, at once. Raises ValidationError when it is over."""
    held = _held(competition, at=at)
    Person.objects.select_for_update(no_key=True).get(pk=by.pk)
    OptOut.objects.filter(competition=held, person=by, back_at=None).update(back_at=at)


@transaction.atomic
def join_group(*, group: Group, by: Person, at: dt.datetime) -> GroupMember:
    """Puts ``by`` into a mixed group, out of any other, until the competition starts.

    Raises ValidationError; `NotConcerned` for those it is not for.
    """
    held = _held(group.competition, at=at)
    if not held.is_joined_freely:
        raise ValidationError(_("These groups are put together already."))
    if at >= held.starts_at:
        raise ValidationError(_("It has started. Groups stay as they are."), code="started")
    if not _is_for(by, held, at=at):
        raise NotConcerned(_("This is for others."))
    member, _made = GroupMember.objects.update_or_create(
        competition=held, person=by, defaults={"group": group}
    )
    return member


def _is_for(person: Person, competition: Competition, *, at: dt.datetime) -> bool:
    line = line_of(person, day=times.local_date(at))
    if competition.for_unit_id:
        return competition.for_unit_id in line.units
    return competition.for_site_id in (None, line.site)


def _held(competition: Competition, *, at: dt.datetime) -> Competition:
    held: Competition = Competition.objects.raw(
        SHARED.format(Competition._meta.db_table), [competition.pk]
    )[0]  # fmt: skip
    if held.cancelled_at is not None or held.is_over(at):
        raise ValidationError(_("It is over."), code="closed")
    return held
