"""Who reads ideas, votes for them, and decides.

Everybody at a site reads its ideas and those for everybody. Managers of the site decide about its ideas;
HR and administrators as far as their role reaches. What is for everybody is decided by those whose role
covers all.
"""

import datetime as dt

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404

from engagement import times
from engagement.people.access import has_role, is_key, is_person, roles_of
from engagement.people.lines import line_of
from engagement.people.models import Person, RoleAssignment, Site
from events.models import Idea

Role = RoleAssignment.Role
SETTLERS = (Role.SITE_MANAGER, Role.HR, Role.ADMINISTRATOR)


def can_settle_ideas(person: Person | AnonymousUser) -> bool:
    """Whether there is anything at all that ``person`` decides."""
    return settles_everywhere(person) or bool(_sites_of(person))


def settles_everywhere(person: Person | AnonymousUser) -> bool:
    """HR and administrators whose role has no scope."""
    return any(
        one.role in (Role.HR, Role.ADMINISTRATOR)
        and not (one.site_id or one.unit_id or one.employer_id)
        for one in roles_of(person)
    )


def _sites_of(person: Person | AnonymousUser) -> set[int]:
    return {one.site_id for one in roles_of(person) if one.role in SETTLERS and one.site_id}


def can_settle_idea(person: Person | AnonymousUser, idea: Idea) -> bool:
    if idea.site is None:
        return settles_everywhere(person)
    return has_role(person, *SETTLERS, site=idea.site)


def settled_by(person: Person) -> Q:
    """The ideas that ``person`` decides about. At most the query of their roles."""
    if settles_everywhere(person):
        return Q(pk__gt=0)
    return Q(site__in=_sites_of(person))


def meant_for(person: Person, *, day: dt.date) -> Q:
    """The ideas for ``person``'s site and for everybody. One query, when it is made."""
    return Q(site=None) | Q(site=line_of(person, day=day).site)


def read_by(person: Person, *, day: dt.date) -> Q:
    """The ideas ``person`` may read, as far as they are told to anybody."""
    mine = Q(proposer=person) if person.pk else Q(pk__in=[])
    return meant_for(person, day=day) | mine | settled_by(person)


def sites_to_propose_for(person: Person, *, day: dt.date) -> list[Site]:
    """One's own site, where one has one."""
    site = line_of(person, day=day).site
    return list(Site.objects.filter(pk=site, closed_on=None)) if site else []


def get_idea_to_view(person: Person | AnonymousUser, key: str) -> Idea:
    """404 for those it is not for. What is hidden is read by who decides, what was taken back by
    whoever proposed it."""
    if not is_person(person) or not is_key(key):
        raise Http404
    rows = Idea.objects.select_related("site", "proposer", "settled_by", "series")
    idea = rows.filter(read_by(person, day=times.today()), key=key).first()
    if idea is None:
        raise Http404
    if idea.state == Idea.State.HIDDEN and not can_settle_idea(person, idea):
        raise Http404
    if idea.state == Idea.State.WITHDRAWN and idea.proposer_id != person.pk:
        raise Http404
    return idea


def get_idea_to_settle(person: Person | AnonymousUser, key: str) -> Idea:
    """404 for strangers, 403 for colleagues who only read."""
    idea = get_idea_to_view(person, key)
    if not can_settle_idea(person, idea):
        raise PermissionDenied
    return idea


def get_idea_to_withdraw(person: Person | AnonymousUser, key: str) -> Idea:
    """One's own; 403 for those of others."""
    idea = get_idea_to_view(person, key)
    if not is_person(person) or idea.proposer_id != person.pk:
        raise PermissionDenied
    return idea
