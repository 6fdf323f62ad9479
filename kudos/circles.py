"""Whose thanks a person may read: the audiences they belong to."""

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from django.db.models import Q

from engagement.people.lines import line_of
from engagement.people.models import Person
from kudos.models import KudosReceiver

Scope = Literal["all", "site", "team", "mine"]


@dataclass(frozen=True)
class Circle:
    """The audiences a person belongs to on a day: ids of units (own and above), of the site, and of
    the usual shift there."""

    units: tuple[int, ...]
    site: int | None
    shift_pattern: int | None = None

    def is_thanked_by(self, receiver: KudosReceiver) -> bool:
        """Whether ``receiver`` is a unit or the shift of this circle."""
        if receiver.site_id:
            return (receiver.site_id, receiver.shift_pattern_id) == (self.site, self.shift_pattern)
        return receiver.unit_id in self.units

    @property
    def thanked(self) -> Q:
        """Receivers (`KudosReceiver`) that are the shift or a unit of this circle."""
        return Q(unit__in=self.units) | self.shift

    @property
    def shift(self) -> Q:
        """Receivers that are the shift of this circle."""
        if not (self.site and self.shift_pattern):
            return Q(pk__in=[])
        return Q(site=self.site, shift_pattern=self.shift_pattern)

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
    """The circle of ``person``; empty for somebody without a unit. At most one query."""
    line = line_of(person, day=day)
    return Circle(line.units, line.site, person.shift_pattern_id if line.site else None)
