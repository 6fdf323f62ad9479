"""Choosing whom to thank."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from engagement.people.models import Membership, Person, Unit, folded
from engagement.people.receivers import Receiver, is_here, resolve_receivers, search_receivers
from engagement.people.shifts import Shift
from kudos.models import NOT_ON_CARDS, KudosReceiver


def recent_receivers(person: Person, *, day: dt.date, limit: int = 6) -> list[Receiver]:
    """Whom ``person`` thanked last, each once, newest first; who is gone on ``day`` left out."""
    rows = (
        KudosReceiver.objects.filter(giver=person)
        .select_related("person", "unit", "site", "shift_pattern")
        .defer(*(f"person__{field}" for field in NOT_ON_CARDS))
        .order_by("-pk")[: limit * 4]
    )
    seen: dict[str, Receiver] = {}
    for row in rows:
        if len(seen) < limit and is_here(row.one, day):
            seen.setdefault(row.one.key, row.one)
    return list(seen.values())


def receiver_options(ones: Sequence[Receiver], *, day: dt.date) -> list[dict[str, Any]]:
    """``ones`` as choices of the type-ahead, in their order. At most one query."""
    persons = [one.pk for one in ones if isinstance(one, Person)]
    teams = {}
    if persons:
        memberships = Membership.objects.on(day).filter(person__in=persons)
        teams = dict(memberships.values_list("person", "unit__name"))
    return [
        {
            "id": one.key,
            "name": one.name,
            "detail": teams.get(one.pk, "") if isinstance(one, Person) else "",
            "initials": one.initials,
            "hue": one.hue,
            "kind": kind_of(one),
        }
        for one in ones
    ]


def find_receiver(text: str, *, giver: Person, day: dt.date) -> Receiver:
    """The one person or unit called ``text``. Raises ValidationError when there are none or several."""
    found = search_receivers(text, viewer=giver, day=day)
    exact = [one for one in found if folded(one.name) == folded(text)] or found
    if not exact:
        raise ValidationError({"to": _("Nobody here is called %(name)s.") % {"name": text[:60]}})
    if len(exact) > 1:
        names = ", ".join(f"{one.name} ({one.detail})" for one in exact[:5])
        raise ValidationError(
            {"to": _("Several people fit: %(names)s. Write the full name.") % {"names": names}}
        )
    people, units, shifts, _unknown = resolve_receivers([exact[0].id], day=day)
    ones: list[Receiver] = [*people, *units, *shifts]
    return ones[0]


def kind_of(one: Receiver) -> str:
    """``person``, ``unit`` or ``shift``."""
    return {Person: "person", Unit: "unit", Shift: "shift"}[type(one)]
