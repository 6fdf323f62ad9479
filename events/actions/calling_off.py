"""Calling a competition off, by hand or by the clock. Those who are in it hear why."""

import datetime as dt

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from engagement.notices.actions import notify
from engagement.people import actions as people
from engagement.people.models import Person
from engagement.text import clean_line
from events.actions.competing import lock, refuse_over
from events.actions.competition_walls import take_down
from events.actions.planning import too_long
from events.competition_notices import COMPETITION_CANCELLED
from events.models import REASON_LENGTH, Competition
from events.queries.competing import people_concerned


@transaction.atomic
def cancel_competition(
    *, competition: Competition, reason: str, by: Person, at: dt.datetime
) -> Competition:
    """Ends it without a winner, takes it off the walls and tells its members why. Doing so twice is
    the same as once. Raises ValidationError without a reason, or when it is over."""
    held = lock(competition)
    if held.cancelled_at is not None:
        return held
    refuse_over(held, at=at)
    said = clean_line(reason)
    problems = dict(too_long("reason", said, REASON_LENGTH))
    if not said:
        problems["reason"] = _("Say why: those who take part read it.")
    if problems:
        raise ValidationError(problems)
    call_off(held, reason=said, by=by, at=at)
    people.record(verb="competition-cancelled", by=by, at=at, subject=held, reason=said)
    return held


def call_off(held: Competition, *, reason: str, by: Person | None, at: dt.datetime) -> None:
    """Call it with ``held`` locked. ``by`` None is the clock, which gives no ``reason``: too few."""
    held.cancelled_at, held.cancel_reason = at, reason
    held.save(update_fields=["cancelled_at", "cancel_reason"])
    take_down(held, at=at)
    told = {person.pk: person for person in [*people_concerned(held, at=at), held.organiser]}
    if by is not None:
        told.pop(by.pk, None)
    notify(
        people=told.values(),
        kind=COMPETITION_CANCELLED,
        source=f"competition-cancelled:{held.key}",
        link=reverse("events:competition", args=[held.key]),
        context={"competition": held.key},
        at=at,
    )
