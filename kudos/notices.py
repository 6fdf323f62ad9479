"""What people are told about kudos."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from engagement import times
from engagement.notices.kinds import Kind, Parameters, Way, register_kind
from engagement.people.access import has_role
from engagement.people.models import Person, RoleAssignment, Unit
from engagement.people.shifts import shifts_by_key
from kudos.anniversaries import anniversary_of
from kudos.models import Comment, Decision, Kudos
from kudos.moderators import is_moderator, waiting_counts
from kudos.praise_notices import PRAISE_WAITING as PRAISE_WAITING  # known at start, as those below


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


def load_waiting(parameters: Sequence[Parameters]) -> Sequence[Parameters | None]:
    """How many kudos and comments each reader has to decide about now."""
    waiting = waiting_counts(at=times.now())
    return [{"count": waiting.get(one["reader_id"], 0)} for one in parameters]


def load_decision(parameters: Sequence[Parameters]) -> Sequence[Parameters | None]:
    """The decisions behind the keys; None for one that was undone as a slip, or is forgotten."""
    decisions = Decision.objects.select_related("kudos", "comment", "by").filter(
        key__in={one["decision"] for one in parameters}
    )
    found: dict[str, Parameters] = {one.key: {"decision": one} for one in decisions}
    return [found.get(one["decision"]) for one in parameters]


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
    Kind(
        key="kudos_received",
        title=_("Somebody thanks you"),
        about=_("As soon as the thank-you can no longer be undone."),
        icon="heart",
        load=load_kudos,
    )
)
GROUP_THANKED = register_kind(
    Kind(
        key="group_thanked",
        title=_("Your team or shift is thanked"),
        about=_("When somebody thanks all of you together."),
        icon="heart",
        mail_default=Way.DIGEST,
        may_hide=True,
        load=load_group,
    )
)
KUDOS_MENTIONED = register_kind(
    Kind(
        key="kudos_mentioned",
        title=_("You are mentioned in a thank-you"),
        about=_("When somebody writes your name after an @."),
        icon="heart",
        load=load_kudos,
    )
)
COMMENT_MENTIONED = register_kind(
    Kind(
        key="comment_mentioned",
        title=_("You are mentioned in a comment"),
        about=_("When somebody writes your name after an @."),
        icon="comment",
        mail_default=Way.DIGEST,
        load=load_comment,
    )
)
KUDOS_COMMENTED = register_kind(
    Kind(
        key="kudos_commented",
        title=_("Somebody comments on a thank-you of yours"),
        about=_("Under what you gave, got, or commented on yourself."),
        icon="comment",
        mail_default=Way.DIGEST,
        may_hide=True,
        load=load_comment,
    )
)
KUDOS_REACTED = register_kind(
    Kind(
        key="kudos_reacted",
        title=_("Somebody likes a thank-you of yours"),
        about=_("The first time for each thank-you that you gave or got."),
        icon="heart",
        mail_default=Way.NONE,
        may_hide=True,
        load=load_kudos,
    )
)
KUDOS_NOT_SENT = register_kind(
    Kind(
        key="kudos_not_sent",
        title=_("A planned thank-you could not be sent"),
        about=_("When nobody whom it was for works here any more."),
        icon="clock",
        mail_default=Way.DIGEST,
    )
)
REPORTS_WAITING = register_kind(
    Kind(
        key="reports_waiting",
        title=_("Somebody has reported a thank-you"),
        about=_("At most once a day, while something waits for your decision."),
        is_for=is_moderator,
        icon="flag",
        load=load_waiting,
    )
)
REPORT_DECIDED = register_kind(
    Kind(
        key="report_decided",
        title=_("What came of what you reported"),
        about=_("When somebody has looked at it."),
        mail_default=Way.DIGEST,
        icon="check",
        load=load_decision,
    )
)
THANKS_HIDDEN = register_kind(
    Kind(
        key="thanks_hidden",
        title=_("Something you wrote is hidden"),
        about=_("With the reason, and whom you can talk to."),
        icon="eye",
        load=load_decision,
    )
)
THANKS_RESTORED = register_kind(
    Kind(
        key="thanks_restored",
        title=_("Something you wrote is shown again"),
        about=_("When a decision was changed."),
        mail_default=Way.DIGEST,
        icon="check",
        load=load_decision,
    )
)


def leads_somewhere(person: Person) -> bool:
    return has_role(person, RoleAssignment.Role.LEAD)


FIRST_DAY_COMING = register_kind(
    Kind(
        key="first_day_coming",
        title=_("Somebody starts in your team"),
        about=_("On the working day before."),
        is_for=leads_somewhere,
        icon="calendar",
        load=load_coming,
    )
)
MILESTONE_COMING = register_kind(
    Kind(
        key="milestone_coming",
        title=_("Somebody in your team has been here for years"),
        about=_("A week before, of those who want it celebrated."),
        mail_default=Way.DIGEST,
        is_for=leads_somewhere,
        icon="star",
        load=load_coming,
    )
)
