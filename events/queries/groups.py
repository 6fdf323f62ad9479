"""The units, sites and employers that somebody may speak to, as they hang together, with how many
people there are in each today."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db.models import Count
from django.utils.translation import gettext as _

from engagement.people.models import Employer, Person, Site, Unit, sortable
from engagement.people.queries import head_counts
from engagement.people.tree import Tree
from events.access.planning import Reach
from events.facts import Audience


@dataclass(frozen=True)
class Choice:
    """One that can be chosen, and those right below it at the same place."""

    audience: Audience
    count: int
    below: Sequence["Choice"] = ()

    @property
    def key(self) -> str:
        return self.audience.key

    @property
    def name(self) -> str:
        return self.audience.name

    def all(self) -> Iterator["Choice"]:
        yield self
        for one in self.below:
            yield from one.all()


@dataclass(frozen=True)
class PlaceGroup:
    """A site, or what stands at none. ``whole`` is everybody there, where that can be chosen."""

    key: str
    name: str
    count: int
    whole: Choice | None
    units: Sequence[Choice]

    def all(self) -> Iterator[Choice]:
        if self.whole:
            yield self.whole
        for one in self.units:
            yield from one.all()


@dataclass(frozen=True)
class EmployerGroup:
    """An employer; ``whole`` is everybody employed there, where that can be chosen."""

    name: str
    whole: Choice | None
    places: Sequence[PlaceGroup]

    def all(self) -> Iterator[Choice]:
        if self.whole:
            yield self.whole
        for place in self.places:
            yield from place.all()


def groups_within(reach: Reach, *, tree: Tree) -> list[EmployerGroup]:
    """By employer, the own first, and by site. Three queries.

    A site at which several employers have units hangs under the one with most people there.
    """
    return _Groups(reach, tree).made()


class _Groups:
    def __init__(self, reach: Reach, tree: Tree) -> None:
        self.reach, self.tree = reach, tree
        self.own = head_counts(tree.day)
        # Those of the roster: what a unit is only said to have can be told nothing.
        self.totals: dict[int, int] = defaultdict(int)
        for unit_id in tree.nodes:
            for above in tree.ancestor_ids(unit_id):
                self.totals[above] += self.own.get(unit_id, 0)
        self.site_ids = {pk: site.pk for pk in tree.nodes if (site := tree.site_of(pk))}
        self.by_place: dict[tuple[int, int | None], set[int]] = defaultdict(set)
        for pk, node in tree.nodes.items():
            if reach.invites(node.unit):
                self.by_place[node.unit.employer_id, self.site_ids.get(pk)].add(pk)

    def made(self) -> list[EmployerGroup]:
        held = Person.objects.employed_on(self.tree.day).values_list("employer").order_by()
        counts = dict(held.annotate(count=Count("pk")))
        homes = self._homes()
        found = []
        for employer in Employer.objects.order_by("is_partner", "name"):
            places = self._places(employer, homes)
            is_whole = self.reach.invites(employer)
            whole = Choice(employer, counts.get(employer.pk, 0)) if is_whole else None
            if whole or places:
                found.append(EmployerGroup(employer.name, whole, places))
        return found

    def _homes(self) -> dict[int, int]:
        """The employer under which each site hangs, by row numbers."""
        heads: dict[int, dict[int, int]] = defaultdict(lambda: defaultdict(int))
        for pk, site_id in self.site_ids.items():
            employer_id = self.tree.nodes[pk].unit.employer_id
            heads[site_id][employer_id] += self.own.get(pk, 0)
        return {site: max(by, key=lambda one: (by[one], -one)) for site, by in heads.items()}

    def _places(self, employer: Employer, homes: dict[int, int]) -> list[PlaceGroup]:
        found = []
        for site in sorted(self.tree.sites.values(), key=lambda one: sortable(one.name)):
            is_open = site.closed_on is None and self.reach.invites(site)
            whole = self._site(site) if is_open and homes.get(site.pk) == employer.pk else None
            units = self.by_place.get((employer.pk, site.pk), set())
            if whole or units:
                found.append(self._place(site.key, site.name, whole, units))
        if units := self.by_place.get((employer.pk, None), set()):
            found.append(self._place(employer.key, _("Across sites"), None, units))
        return found

    def _site(self, site: Site) -> Choice:
        here = [pk for pk, site_id in self.site_ids.items() if site_id == site.pk]
        return Choice(site, sum(self.own.get(pk, 0) for pk in here))

    def _place(self, key: str, name: str, whole: Choice | None, units: set[int]) -> PlaceGroup:
        tops = [pk for pk in units if self.tree.nodes[pk].parent_id not in units]
        count = whole.count if whole else sum(self.totals[pk] for pk in tops)
        return PlaceGroup(key, name, count, whole, self._units(tops, units))

    def _units(self, chosen: Sequence[int], within: set[int]) -> list[Choice]:
        units: list[Unit] = [self.tree.nodes[pk].unit for pk in chosen]
        return [
            Choice(unit, self.totals[unit.pk], self._units(self._below(unit, within), within))
            for unit in sorted(units, key=lambda one: sortable(one.name))
        ]

    def _below(self, unit: Unit, within: set[int]) -> list[int]:
        return [one.pk for one in self.tree.children(unit.pk) if one.pk in within]
