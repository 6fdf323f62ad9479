"""Whose thanks a person may read: the audiences they belong to."""

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from django.db.models import Q

from engagement.people.models import Membership, Person
from engagement.people.tree import Tree

Scope = Literal["all", "site", "team", "mine"]


@dataclass(frozen=True)
class Circle:
    """The audiences a person belongs to on a day: ids of units (own and above) and of the site."""

    units: tuple[int, ...]
    site: int | None

    def streams(self, scope: Scope) -> Q:
        """Which streams carry what this circle may read, narrowed to ``scope``."""
        team = Q(unit__in=self.units[:1])
        if scope == "team":
            return team
        site = Q(site=self.site) if self.site else Q(pk__in=[])
        if scope == "site":
            return site | Q(unit__in=self.units)
        everybody = Q(unit__isnull=True, site__isnull=True, employer__isnull=True)
        return site | Q(unit__in=self.units) | everybody


def circle_of(person: Person, *, day: dt.date) -> Circle:
    """The circle of ``person``; empty for somebody without a unit. Two queries."""
    membership = Membership.objects.on(day).filter(person=person).first()
    if membership is None:
        return Circle(units=(), site=None)
    tree = Tree.on(day)
    site = tree.site_of(membership.unit_id)
    return Circle(
        units=tuple(tree.ancestor_ids(membership.unit_id)), site=site.pk if site else None
    )
