"""What moderators look at. Say what the test is about; the rest is usual."""

import datetime as dt
from typing import Any

from engagement import times
from engagement.people.models import Person, RoleAssignment
from kudos import actions
from kudos.models import Comment, Kudos, Report
from kudos.moderators import Thing
from tests import factories
from tests.conftest import Cast

ZERO = dt.timedelta(0)


def given(cast: Cast, **changes: Any) -> Kudos:
    """Alice thanks Bob, who agreed to walls, for everybody to read, and without a hold."""
    for person in (cast.bob, cast.charlie):
        Person.objects.filter(pk=person.pk).update(wall_choice="any")
        person.wall_choice = "any"
    facts = {
        "by": cast.alice,
        "to": [cast.bob],
        "message": "Takk for hjelpen",
        "value": None,
        "audience": "company",
        "wants_wall": True,
        "hold": ZERO,
        "at": times.now(),
    }
    return actions.give_kudos(**(facts | changes))


def said(kudos: Kudos, author: Person, text: str = "Enig") -> Comment:
    return actions.comment_on_kudos(kudos=kudos, by=author, text=text, at=times.now())


def report(
    thing: Thing,
    by: Person,
    *,
    reason: str = "hurtful",
    note: str = "",
    at: dt.datetime | None = None,
) -> Report:
    at = at or times.now()
    return actions.report_thing(thing=thing, by=by, reason=reason, note=note, at=at)


def hr(cast: Cast, **scope: Any) -> Person:
    person = factories.make_person("Hanne", "Hansen", unit=cast.department)
    factories.give_role(person, RoleAssignment.Role.HR, **scope)
    return person
