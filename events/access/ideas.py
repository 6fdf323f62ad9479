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
from django.utils.translation import gettext as _

from engagement import times
from engagement.people.access import has_role, is_key, is_person, roles_of
from engagement.people.lines import line_of
from engagement.people.models import Person, Site
from events.idea_judges import SETTLERS, covers_all
from events.models import Idea


def can_settle_ideas(person: Person | AnonymousUser) -> bool:
    """Whether there is anything at all that ``person`` decides."""
    return settles_everywhere(person) or bool(_sites_of(person))


def settles_everywhere(person: Person | AnonymousUser) -> bool:
    """HR and administrators whose role has no scope."""
    return any(covers_all(one) for one in roles_of(person))


def _sites_of(person: Person | AnonymousUser) -> set[int]:
    return {one.site_id for one in roles_of(person) if one.role in SETTLERS and one.site_id}


def can_settle_idea(person: Person | AnonymousUser, idea: Idea) -> bool:
    if idea.site is None:
        return settles_everywhere(person)
    return has_role(person, *SETTLERS, site=idea.site)


def can_judge_idea(person: Person | AnonymousUser, idea: Idea) -> bool:
    """Whether ``person`` decides about reports of ``idea``, and may hide it and show it again: who decides
    about it and is not known to have proposed it."""
    return can_settle_idea(person, idea) and idea.proposer_id != person.pk


def can_report_idea(person: Person | AnonymousUser, idea: Idea) -> bool:
    """Everybody who reads it, but who proposed it: they take it back."""
    return is_person(person) and idea.proposer_id != person.pk


def settled_by(person: Person) -> Q:
    """The ideas that ``person`` decides about. At most the query of their roles."""
    if settles_everywhere(person):
        return Q(pk__gt=0)
    return Q(site__in=_sites_of(person))


def judged_by(person: Person) -> Q:
    """The ideas about whose reports ``person`` decides. At most the query of their roles."""
    return settled_by(person) & ~Q(proposer=person)


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


def get_idea_to_report(person: Person | AnonymousUser, key: str) -> Idea:
    """404 for those it is not for, 403 for its proposer."""
    idea = get_idea_to_view(person, key)
    if not can_report_idea(person, idea):
        raise PermissionDenied(_("You proposed this yourself. Take it back instead."))
    return idea


def get_idea_to_judge(person: Person | AnonymousUser, key: str) -> Idea:
    """404 for strangers, 403 for colleagues who only read, and for who is known to have proposed it."""
    idea = get_idea_to_view(person, key)
    if not can_judge_idea(person, idea):
        raise PermissionDenied
    return idea
