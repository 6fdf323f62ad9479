"""Who decides about ideas: managers of their site, HR and administrators as far as their role reaches.

Nobody decides about reports of an idea that is known to be their own, nor hides it, nor shows it again
when it was hidden.
"""

import datetime as dt
from collections import Counter

from engagement.people.models import Person, RoleAssignment
from events.models import Idea

Role = RoleAssignment.Role
SETTLERS = (Role.SITE_MANAGER, Role.HR, Role.ADMINISTRATOR)


def covers_all(role: RoleAssignment) -> bool:
    """Whether ``role`` decides also about what is for everybody: HR and administrators without a
    scope."""
    return role.role in (Role.HR, Role.ADMINISTRATOR) and not _has_scope(role)


def judges_of(idea: Idea, *, at: dt.datetime) -> list[Person]:
    """Those who decide about reports of ``idea``, by their row numbers. One query."""
    return list({one.pk: one.person for one in _roles(at) if _judges(one, idea)}.values())


def waiting_counts(*, at: dt.datetime) -> dict[int, int]:
    """How many reported ideas each of those who decide has to look at, by row number. Two queries."""
    reported, roles = list(Idea.objects.reported(at)), _roles(at)
    counts = Counter[int]()
    for idea in reported:
        counts.update({one.person_id for one in roles if _judges(one, idea)})
    return dict(counts)


def _roles(at: dt.datetime) -> list[RoleAssignment]:
    held = RoleAssignment.objects.held(at).filter(role__in=SETTLERS)
    return list(held.select_related("person").order_by("person", "pk"))


def _judges(role: RoleAssignment, idea: Idea) -> bool:
    if role.person_id == idea.proposer_id:
        return False
    if idea.site_id is None:
        return covers_all(role)
    return role.site_id == idea.site_id or not _has_scope(role)


def _has_scope(role: RoleAssignment) -> bool:
    return bool(role.site_id or role.unit_id or role.employer_id)
