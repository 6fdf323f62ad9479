"""What people are told about kudos."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from engagement.notices.kinds import Kind, Parameters, register_kind
from engagement.people.models import Person, Unit
from engagement.people.shifts import shifts_by_key
from kudos.anniversaries import anniversary_of
from kudos.models import Comment, Kudos


def load_kudos(parameters: Sequence[Parameters]) -> Sequence[Parameters | None]:
    """The kudos behind the keys; None for one that was withdrawn or hidden."""
    keys = {one["kudos"] for one in parameters}
    standing = Kudos.objects.standing().filter(key__in=keys)
    found = {
        kudos.key: {"kudos": kudos, "face": kudos.sender_face}
        for kudos in standing.select_related("giver", "value", "from_unit")
    }
    return [found.get(one["kudos"]) for one in parameters]


def load_group(parameters: Sequence[Parameters]) -> Sequence[Parameters | None]:
    """The same, with the team or shift that is thanked."""
    keys = {one["group"] for one in parameters}
    groups: dict[str, Any] = {unit.key: unit for unit in Unit.objects.filter(key__in=keys)}
    groups |= shifts_by_key(keys)
    return [
        {**loaded, "group": groups[one["group"]]} if loaded and one["group"] in groups else None
        for one, loaded in zip(parameters, load_kudos(parameters), strict=True)
    ]


def load_comment(parameters: Sequence[Parameters]) -> Sequence[Parameters | None]:
    """The comments behind the keys; None for one that is gone, or whose kudos is."""
    standing = Comment.objects.standing().filter(
        key__in={one["comment"] for one in parameters},
        kudos__withdrawn_at__isnull=True,
        kudos__hidden_at__isnull=True,
    )
    found: Mapping[str, Parameters] = {
        comment.key: {"comment": comment, "kudos": comment.kudos, "face": comment.author}
        for comment in standing.select_related("author", "kudos")
    }
    return [found.get(one["comment"]) for one in parameters]


def load_coming(parameters: Sequence[Parameters]) -> Sequence[Parameters | None]:
    """Whose day it is and in which unit; None once the day is another, they left, or do not want
    their years celebrated any more."""
    people = {
        one.key: one for one in Person.objects.filter(key__in={p["person"] for p in parameters})
    }
    units = {one.key: one for one in Unit.objects.filter(key__in={p["unit"] for p in parameters})}
    found: list[Parameters | None] = []
    for one in parameters:
        person, unit = people.get(one["person"]), units.get(one["unit"])
        day = dt.date.fromisoformat(one["on"])
        is_right = person and unit and _is_coming(person, day, one["years"])
        found.append(
            {"person": person, "face": person, "unit": unit, "day": day, "years": one["years"]}
            if is_right
            else None
        )
    return found


def _is_coming(person: Person, day: dt.date, years: int) -> bool:
    is_here = person.left_on is None or person.left_on > day
    is_wanted = years == 0 or person.celebrates_milestones
    return is_here and is_wanted and anniversary_of(person.started_on, years) == day


KUDOS_RECEIVED = register_kind(
    Kind(key="kudos_received", title=_("Somebody thanks you"), icon="heart", load=load_kudos)
)
GROUP_THANKED = register_kind(
    Kind(
        key="group_thanked",
        title=_("Your team or shift is thanked"),
        icon="heart",
        by_mail=False,
        load=load_group,
    )
)
KUDOS_MENTIONED = register_kind(
    Kind(
        key="kudos_mentioned",
        title=_("You are mentioned in a thank-you"),
        icon="heart",
        load=load_kudos,
    )
)
COMMENT_MENTIONED = register_kind(
    Kind(
        key="comment_mentioned",
        title=_("You are mentioned in a comment"),
        icon="comment",
        load=load_comment,
    )
)
KUDOS_COMMENTED = register_kind(
    Kind(
        key="kudos_commented",
        title=_("Somebody comments on a thank-you of yours"),
        icon="comment",
        by_mail=False,
        load=load_comment,
    )
)
KUDOS_REACTED = register_kind(
    Kind(
        key="kudos_reacted",
        title=_("Somebody likes a thank-you of yours"),
        icon="heart",
        by_mail=False,
        load=load_kudos,
    )
)
KUDOS_NOT_SENT = register_kind(
    Kind(
        key="kudos_not_sent",
        title=_("A planned thank-you could not be sent"),
        icon="clock",
        by_mail=False,
    )
)
FIRST_DAY_COMING = register_kind(
    Kind(
        key="first_day_coming",
        title=_("Somebody starts in your team"),
        icon="calendar",
        load=load_coming,
    )
)
MILESTONE_COMING = register_kind(
    Kind(
        key="milestone_coming",
        title=_("Somebody in your team has been here for years"),
        icon="star",
        load=load_coming,
    )
)
