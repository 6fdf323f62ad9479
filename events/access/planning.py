"""Who may plan what.

HR and administrators plan as far as their role reaches, site managers for their site, leads for their
units. Whoever made a series may change it. Everybody invited reads.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, Q
from django.http import Http404

from engagement import times
from engagement.people.access import is_key, is_person, roles_of
from engagement.people.models import Employer, Person, RoleAssignment, Site, Unit
from engagement.people.tree import Tree
from events.access.inviting import inviting
from events.facts import Audience
from events.models import Event, Series, SignUp

Role = RoleAssignment.Role
EVERYWHERE = (Role.HR, Role.ADMINISTRATOR)
PLANNERS = (*EVERYWHERE, Role.SITE_MANAGER, Role.LEAD)


@dataclass(frozen=True)
class Reach:
    """Row numbers: where somebody may hold events, and whom they may invite."""

    is_everywhere: bool = False
    held_at: frozenset[int] = frozenset()
    sites: frozenset[int] = frozenset()
    units: frozenset[int] = frozenset()
    employers: frozenset[int] = frozenset()

    def __or__(self, other: "Reach") -> "Reach":
        return Reach(
            self.is_everywhere or other.is_everywhere,
            self.held_at | other.held_at,
            self.sites | other.sites,
            self.units | other.units,
            self.employers | other.employers,
        )

    def holds_at(self, site: Site | None) -> bool:
        """Whether a sitting may be at ``site``; None is everywhere at once."""
        return self.is_everywhere or site is None or site.pk in self.held_at

    def invites(self, audience: Audience) -> bool:
        if self.is_everywhere:
            return True
        kinds = {Unit: self.units, Site: self.sites, Employer: self.employers}
        return audience.pk in kinds[type(audience)]

    def covers(self, sites: Iterable[Site | None], invited: Iterable[Audience]) -> bool:
        """Whether an event at ``sites`` for ``invited`` (none: everybody) is within it."""
        invited = list(invited)
        return (
            all(map(self.holds_at, sites))
            and (bool(invited) or self.is_everywhere)
            and all(map(self.invites, invited))
        )


def reach_of(person: Person | AnonymousUser, *, tree: Tree) -> Reach:
    """How far ``person``'s roles reach on the tree's day. At most one query."""
    reach = Reach()
    for role in roles_of(person):
        if role.role in PLANNERS:
            reach |= _reach_of_role(role, tree)
    return reach


def plans_everywhere(person: Person | AnonymousUser) -> bool:
    """Whether `reach_of` is everywhere on any day; that asks for no tree."""
    return any(
        role.role in PLANNERS and not (role.unit_id or role.site_id or role.employer_id)
        for role in roles_of(person)
    )


def _reach_of_role(role: RoleAssignment, tree: Tree) -> Reach:
    if role.unit_id:
        units = frozenset(tree.descendant_ids(role.unit_id))
        return Reach(units=units, held_at=_sites_of(units, tree))
    if role.site_id:
        site = frozenset({role.site_id})
        units = frozenset(tree.unit_ids_at(role.site_id))
        return Reach(held_at=site, sites=site, units=units)
    if role.employer_id:
        units = frozenset(
            pk for pk, node in tree.nodes.items() if node.unit.employer_id == role.employer_id
        )
        sites = _sites_of(units, tree)
        return Reach(
            held_at=sites, sites=sites, units=units, employers=frozenset({role.employer_id})
        )
    return Reach(is_everywhere=True)


def _sites_of(units: Iterable[int], tree: Tree) -> frozenset[int]:
    return frozenset(site.pk for unit in units if (site := tree.site_of(unit)))


def can_create_events(person: Person | AnonymousUser) -> bool:
    """Site managers, leads, HR and administrators; how far: `reach_of`."""
    return any(role.role in PLANNERS for role in roles_of(person))


def can_edit_series(
    person: Person | AnonymousUser, series: Series, *, tree: Tree | None = None
) -> bool:
    """Whoever made it, and those whose role reaches all its sites and all it invites."""
    if not is_person(person):
        return False
    if series.organiser_id == person.pk:
        return True
    if not can_create_events(person):
        return False
    plans = series.plans.select_related("site")
    invitations = series.invitations.select_related("unit", "site", "employer")
    invited = (one.unit or one.site or one.employer for one in invitations)
    reach = reach_of(person, tree=tree or Tree.on(times.today()))
    return reach.covers((plan.site for plan in plans), (one for one in invited if one))


def managed_sites(person: Person | AnonymousUser) -> frozenset[int]:
    """The row numbers of the sites that ``person`` manages."""
    return frozenset(
        role.site_id
        for role in roles_of(person)
        if role.role in (Role.SITE_MANAGER, *EVERYWHERE) and role.site_id
    )


def can_edit_sittings(person: Person | AnonymousUser, event: Event) -> bool:
    """Whoever may change the series; on each day managers of a site it is held at, for theirs."""
    if can_edit_series(person, event.series):
        return True
    sites = managed_sites(person)
    return bool(sites) and event.sittings.standing().filter(site__in=sites).exists()


def meant_for(person: Person, *, day: dt.date) -> Q:
    """The events that invite ``person``, and those they have been signed up for. At most one query,
    when it is made."""
    mine = SignUp.objects.filter(event=OuterRef("pk"), person=person)
    return inviting(person, day=day, series="series") | Q(Exists(mine))


def seen_by(person: Person, *, day: dt.date) -> Q:
    """The events ``person`` may read: those meant for them and those they made."""
    return meant_for(person, day=day) | Q(series__organiser=person)


def get_event_to_view(person: Person | AnonymousUser, key: str) -> Event:
    """404 for those it is not for, unless they may change it."""
    if not is_person(person) or not is_key(key):
        raise Http404
    events = Event.objects.select_related("series__organiser")
    event = events.filter(seen_by(person, day=times.today()), key=key).first()
    if event is not None:
        return event
    other = events.filter(key=key).first()
    if other is None or not can_edit_sittings(person, other):
        raise Http404
    return other


def get_event_to_edit_sittings(person: Person | AnonymousUser, key: str) -> Event:
    """404 for strangers, 403 for colleagues who only read."""
    event = get_event_to_view(person, key)
    if not can_edit_sittings(person, event):
        raise PermissionDenied
    return event


def get_event_to_edit(person: Person | AnonymousUser, key: str) -> Event:
    """404 for strangers, 403 for colleagues who only read."""
    event = get_event_to_view(person, key)
    if not can_edit_series(person, event.series):
        raise PermissionDenied
    return event
