"""Employers, sites and units that a roster names: found, or planned as new."""

from collections.abc import Iterator, Mapping

from engagement.files import shortened
from engagement.people.models import folded
from engagement.people.roster.plan import EmployerHere, Plan, SiteHere, UnitHere
from engagement.people.roster.reasons import Problem
from engagement.people.roster.rows import Row
from engagement.people.roster.world import World, nearest


class Places:
    """Resolves the names in rows against the world, adding what is new to the plan."""

    def __init__(self, world: World, plan: Plan) -> None:
        self.world = world
        self.plan = plan
        self.employers: dict[str, EmployerHere] = {}
        for one in world.employers:
            self.employers[folded(one.name)] = EmployerHere(one.name, one, one.is_partner)
        self.employers_by_pk = {
            one.employer.pk: one for one in self.employers.values() if one.employer
        }
        self.sites = {folded(one.name): SiteHere(one.name, one) for one in world.sites}
        self.sites_by_pk = {one.site.pk: one for one in self.sites.values() if one.site}
        self.roots: dict[str, UnitHere] = {}
        self.units_by_pk: dict[int, UnitHere] = {}
        self._load_tree()
        self._employers_here = {folded(one.name): one.name for one in world.employers}
        self._sites_here = {folded(one.name): one.name for one in world.sites if not one.closed_on}
        self._paths: dict[tuple[str, ...], UnitHere | Problem] = {}

    def _load_tree(self) -> None:
        tree = self.world.tree
        for _depth, unit in tree.walk():
            above = tree.parent(unit.pk)
            parent = self.units_by_pk[above.pk] if above else None
            own = tree.nodes[unit.pk].own_site_id
            here = UnitHere(
                unit.name,
                parent,
                self.employers_by_pk[unit.employer_id],
                unit,
                own_site=self.sites_by_pk[own] if own else None,
            )
            self.units_by_pk[unit.pk] = here
            (parent.children if parent else self.roots).setdefault(folded(unit.name), here)

    def employer_of(self, row: Row) -> EmployerHere | None:
        """The row's employer; None, with a problem noted, where there can be none."""
        name = row.employer or self._only_employer()
        if not name:
            self._refuse(row, "employer", "", "required")
            return None
        found = self.employers.get(folded(name))
        importer = self.world.importer
        if found is None and not importer.is_whole:
            self._refuse(row, "employer", name, "employer_new_not_yours")
            return None
        if found is not None and found.employer and found.employer.pk not in self.world.allowed:
            yours = [one.name for one in self.world.employers if one.pk in self.world.allowed]
            facts = {"yours": ", ".join(yours) or "–"}
            self._refuse(row, "employer", name, "employer_not_yours", facts)
            return None
        if found is None:
            found = EmployerHere(name, row=row.row)
            self.employers[folded(name)] = found
            self.plan.employers.append(found)
            self._suggest(row, "employer", name, self._employers_here)
        return found

    def _only_employer(self) -> str:
        """Whom a row without employer can only mean."""
        allowed = [one.name for one in self.world.employers if one.pk in self.world.allowed]
        return allowed[0] if len(allowed) == 1 else ""

    def site_of(self, row: Row) -> SiteHere | None:
        """The row's site, None for no site or a refused one."""
        if not row.site:
            return None
        found = self.sites.get(folded(row.site))
        if found is None and not self.world.importer.is_whole:
            self._refuse(row, "site", row.site, "site_unknown_to_you")
            return None
        if found is None:
            found = SiteHere(row.site, row=row.row)
            self.sites[folded(row.site)] = found
            self.plan.sites.append(found)
            self._suggest(row, "site", row.site, self._sites_here)
        elif found.site and found.site.closed_on and found.site.closed_on <= self.world.today:
            facts = {"site": found.name, "day": found.site.closed_on.isoformat()}
            self._refuse(row, "site", row.site, "site_closed", facts)
            return None
        return found

    def unit_of(self, row: Row, employer: EmployerHere) -> UnitHere | None:
        """The row's unit, None for no unit or a refused one."""
        if not row.unit:
            return None
        here: UnitHere | None = None
        siblings = self.roots
        for depth, name in enumerate(row.unit):
            found = siblings.get(folded(name))
            if found is None:
                found = self._planned(row, name, here, employer, siblings, depth)
            if found is None:
                return None
            here, siblings = found, found.children
        assert here is not None
        if self._is_refused(row, here):
            return None
        above: UnitHere | None = here
        while above is not None:
            above.named_employers[employer] = above.named_employers.get(employer, 0) + 1
            above = above.parent
        return here

    def _planned(
        self,
        row: Row,
        name: str,
        parent: UnitHere | None,
        employer: EmployerHere,
        siblings: dict[str, UnitHere],
        depth: int,
    ) -> UnitHere | None:
        path = " / ".join(row.unit)
        above = parent.unit.pk if parent and parent.unit else None
        is_above_new = parent is not None and parent.unit is None
        closed = None if is_above_new else self.world.closed_units.get((above, folded(name)))
        if closed is not None and closed.closed_on:
            facts = {"unit": closed.name, "day": closed.closed_on.isoformat()}
            self._refuse(row, "unit", path, "unit_closed", facts)
            return None
        if parent and parent.unit and parent.unit.stated_headcount is not None:
            self._refuse(row, "unit", path, "unit_headcount", {"unit": parent.name})
            return None
        foreign = parent is not None and parent.employer is not employer
        if foreign and parent is not None and not self.world.importer.is_whole:
            self._refuse(row, "unit", path, "unit_not_yours", {"unit": parent.name})
            return None
        open_here = {key: one.name for key, one in siblings.items() if one.unit}
        self._suggest(row, "unit", name, open_here)
        unit = UnitHere(name, parent, employer, row=row.row)
        siblings[folded(name)] = unit
        self.plan.units.append(unit)
        return unit

    def _is_refused(self, row: Row, here: UnitHere) -> bool:
        path = " / ".join(row.unit)
        if here.unit is None:
            return False
        if here.unit.stated_headcount is not None:
            self._refuse(row, "unit", path, "unit_headcount", {"unit": here.name})
            return True
        if not self.world.importer.is_whole and here.unit.employer_id not in self.world.allowed:
            self._refuse(row, "unit", path, "unit_not_yours", {"unit": here.name})
            return True
        return False

    def name_site(self, row: Row, unit: UnitHere, site: SiteHere) -> None:
        """Notes that ``row`` says ``unit`` is at ``site``."""
        here: UnitHere | None = unit
        while here is not None:
            here.named_sites.setdefault(folded(site.name), (site, row.row))
            here = here.parent

    def settle_employers(self) -> None:
        """A new unit belongs to the employer of its people; a shared one to whose it stands under."""
        for unit in self.plan.units:
            named = unit.named_employers
            if len(named) > 1 and unit.parent and unit.parent.employer in named:
                unit.employer = unit.parent.employer
            elif named:
                unit.employer = max(named, key=lambda one: (not one.is_partner, named[one]))

    def settle_sites(self, rows: Iterator[tuple[Row, UnitHere, SiteHere]]) -> None:
        """Decides where new units are: as high in the tree as all rows below agree."""
        for row, unit, site in rows:
            if unit.children:
                continue
            first, first_row = next(iter(unit.named_sites.values()))
            now = unit.site if unit.unit is not None and not unit.is_site_new else None
            if now is not None and now is not site:
                facts = {"unit": unit.name, "site": now.name}
                self._refuse(row, "site", site.name, "unit_elsewhere", facts)
            elif now is None and first is not site:
                where = {"unit": unit.name, "site": first.name, "other": first_row}
                self._refuse(row, "site", site.name, "unit_two_sites", where)
            elif unit.unit is not None and now is None and not unit.is_site_new:
                unit.own_site = site
                unit.is_site_new = True
                self.plan.units_with_site.append(unit)
        for unit in self.plan.units:
            if len(unit.named_sites) != 1:
                continue
            [(site, _row)] = unit.named_sites.values()
            if unit.site is not site:
                unit.own_site = site

    def _suggest(self, row: Row, column: str, name: str, known: dict[str, str]) -> None:
        if near := nearest(name, known):
            self.plan.warnings.append(
                Problem(row.row, column, shortened(name), "did_you_mean", {"near": near})
            )

    def _refuse(
        self,
        row: Row,
        column: str,
        value: str,
        reason: str,
        facts: Mapping[str, object] | None = None,
    ) -> None:
        self.plan.problems.append(
            Problem(row.row, column, shortened(value), reason, dict(facts or {}))
        )
