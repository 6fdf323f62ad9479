"""Whose praise a person may check: those they lead, at the sites they manage, or everybody's."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q

from engagement.people.access import roles_of
from engagement.people.models import Membership, Person, RoleAssignment
from engagement.people.tree import Tree

Role = RoleAssignment.Role
CHECKING = (Role.LEAD, Role.SITE_MANAGER, Role.HR, Role.ADMINISTRATOR)


@dataclass(frozen=True)
class PraiseCircle:
    """The units and employers whose people's praise somebody may check."""

    person: Person
    day: dt.date
    is_everybody: bool
    units: frozenset[int] = frozenset()
    employers: frozenset[int] = frozenset()

    def has(self, agent: Person | None) -> bool:
        """Whether it holds ``agent`` (None: praise for nobody in particular). Never oneself."""
        if agent == self.person:
            return False
        if self.is_everybody or agent is None:
            return self.is_everybody
        if agent.employer_id in self.employers:
            return True
        here = Membership.objects.on(self.day).filter(person=agent, unit__in=self.units)
        return bool(self.units) and here.exists()

    def agent_ids(self) -> list[int]:
        """The row numbers of the people it holds, where that is not everybody. One query."""
        if not (self.units or self.employers):
            return []
        here = Membership.objects.on(self.day).filter(unit__in=self.units)
        people = Person.objects.employed_on(self.day).exclude(pk=self.person.pk)
        within = Q(pk__in=here.values("person")) | Q(employer__in=self.employers)
        return list(people.filter(within).values_list("pk", flat=True))


def praise_circle_of(person: Person, *, day: dt.date) -> PraiseCircle:
    """What the roles of ``person`` make theirs to check. Two queries, one when they have none."""
    held = [one for one in roles_of(person) if one.role in CHECKING]
    if not held:
        return PraiseCircle(person, day, is_everybody=False)
    if any(one.scope is None for one in held):
        return PraiseCircle(person, day, is_everybody=True)
    tree = Tree.on(day)
    units: set[int] = set()
    for one in held:
        if one.unit_id:
            units |= tree.descendant_ids(one.unit_id)
        elif one.site_id:
            units |= tree.unit_ids_at(one.site_id)
    employers = frozenset(one.employer_id for one in held if one.employer_id)
    return PraiseCircle(person, day, False, frozenset(units), employers)


def those_to_tell(
    praised: Iterable[tuple[int, int]], *, at: dt.datetime, tree: Tree
) -> list[Person]:
    """Who is told that praise waits, for ``praised`` as pairs of agent and unit (row numbers).

    The leads of the unit, else of the nearest above, but never the agent; where nobody leads,
    whoever manages the site. One query.
    """
    roles = RoleAssignment.objects.held(at).filter(role__in=[Role.LEAD, Role.SITE_MANAGER])
    leads: dict[int, list[Person]] = {}
    managers: dict[int, list[Person]] = {}
    for one in roles.select_related("person").order_by("pk"):
        if one.role == Role.LEAD and one.unit_id:
            leads.setdefault(one.unit_id, []).append(one.person)
        elif one.role == Role.SITE_MANAGER and one.site_id:
            managers.setdefault(one.site_id, []).append(one.person)
    told: dict[int, Person] = {}
    for agent, unit in set(praised):
        site = tree.site_of(unit)
        ranks = [leads.get(one, []) for one in tree.ancestor_ids(unit)]
        ranks.append(managers.get(site.pk, []) if site else [])
        others = ([person for person in rank if person.pk != agent] for rank in ranks)
        told |= {person.pk: person for person in next(filter(None, others), [])}
    return list(told.values())
