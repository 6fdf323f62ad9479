"""The organisation tree as it stood on one day. One query loads all of it."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Self

from django.db.models import Model

from engagement.people.models import Site, Unit, UnitPlacement, folded, sortable


@dataclass(slots=True)
class Node:
    """One unit with its place in the tree."""

    unit: Unit
    parent_id: int | None
    own_site_id: int | None
    child_ids: list[int] = field(default_factory=list)


class Tree:
    """Units by row number. Unknown ones answer with nothing instead of an error."""

    def __init__(self, day: dt.date, nodes: dict[int, Node], sites: dict[int, Site]) -> None:
        self.day = day
        self.nodes = nodes
        self.sites = sites
        self._by_key = {node.unit.key: node.unit for node in nodes.values()}
        for unit_id, node in sorted(nodes.items(), key=lambda item: sortable(item[1].unit.name)):
            if node.parent_id in nodes:
                nodes[node.parent_id].child_ids.append(unit_id)

    @classmethod
    def on(cls, day: dt.date) -> Self:
        """The tree on ``day``; one query."""
        unit_fields, site_fields = _columns(Unit), _columns(Site)
        rows = UnitPlacement.objects.on(day).values_list(
            "parent_id",
            *(f"unit__{name}" for name in unit_fields),
            *(f"site__{name}" for name in site_fields),
        )
        nodes: dict[int, Node] = {}
        sites: dict[int, Site] = {}
        for parent_id, *facts in rows:
            # Built by hand: a thousand units as full model rows would cost most of a page's time.
            unit = Unit.from_db("default", unit_fields, facts[: len(unit_fields)])
            own_site = facts[len(unit_fields) :]
            site_id = own_site[0]
            nodes[unit.pk] = Node(unit, parent_id, site_id)
            if site_id and site_id not in sites:
                sites[site_id] = Site.from_db("default", site_fields, own_site)
        return cls(day, nodes, sites)

    def unit(self, unit_id: int | None) -> Unit | None:
        node = self.nodes.get(unit_id) if unit_id else None
        return node.unit if node else None

    def by_key(self, key: str) -> Unit | None:
        return self._by_key.get(key)

    def parent(self, unit_id: int) -> Unit | None:
        node = self.nodes.get(unit_id)
        return self.unit(node.parent_id) if node else None

    def children(self, unit_id: int) -> list[Unit]:
        """The units right below, by name."""
        node = self.nodes.get(unit_id)
        return [self.nodes[child].unit for child in node.child_ids] if node else []

    @property
    def roots(self) -> list[Unit]:
        found = [node.unit for node in self.nodes.values() if node.parent_id not in self.nodes]
        return sorted(found, key=lambda unit: sortable(unit.name))

    def ancestors(self, unit_id: int | None) -> list[Unit]:
        """From the unit's parent up to the root; not the unit itself."""
        found: list[Unit] = []
        node = self.nodes.get(unit_id) if unit_id else None
        while node and node.parent_id and len(found) < len(self.nodes):
            node = self.nodes.get(node.parent_id)
            if node:
                found.append(node.unit)
        return found

    def ancestor_ids(self, unit_id: int | None) -> list[int]:
        """The row numbers of the unit itself, its parent and so on up to the root."""
        return [unit_id, *(unit.id for unit in self.ancestors(unit_id))] if unit_id else []

    def descendant_ids(self, unit_id: int) -> set[int]:
        """The row numbers of the unit itself and everything below it."""
        found: set[int] = set()
        waiting = [unit_id]
        while waiting:
            current = waiting.pop()
            if current not in found:
                found.add(current)
                waiting.extend(self.nodes[current].child_ids if current in self.nodes else ())
        return found

    def descendants(self, unit_id: int) -> list[Unit]:
        """Everything below the unit, without itself."""
        found = self.descendant_ids(unit_id) - {unit_id}
        units = [self.nodes[one].unit for one in found]
        return sorted(units, key=lambda unit: sortable(unit.name))

    def is_leaf(self, unit_id: int) -> bool:
        node = self.nodes.get(unit_id)
        return node is not None and not node.child_ids

    def path(self, unit_id: int | None) -> list[Unit]:
        """From the root down to the unit itself."""
        unit = self.unit(unit_id)
        return [*reversed(self.ancestors(unit_id)), unit] if unit else []

    def path_name(self, unit_id: int | None, separator: str = " / ") -> str:
        return separator.join(unit.name for unit in self.path(unit_id))

    def site_of(self, unit_id: int | None) -> Site | None:
        """The unit's site, or that of the nearest ancestor that has one."""
        for one in self.ancestor_ids(unit_id):
            node = self.nodes.get(one)
            if node and node.own_site_id:
                return self.sites.get(node.own_site_id)
        return None

    def unit_ids_at(self, site_id: int) -> set[int]:
        """The row numbers of all units that are at the site, by themselves or through an ancestor."""
        found: set[int] = set()
        for root in self.roots:
            self._collect_at(site_id, root.id, None, found)
        return found

    def _collect_at(
        self, site_id: int, unit_id: int, inherited: int | None, found: set[int]
    ) -> None:
        waiting = [(unit_id, inherited)]
        while waiting:
            current, above = waiting.pop()
            node = self.nodes[current]
            here = node.own_site_id or above
            if here == site_id:
                found.add(current)
            waiting.extend((child, here) for child in node.child_ids)

    def walk(self) -> Iterator[tuple[int, Unit]]:
        """Every unit with its depth (0 for a root), each parent before its children."""
        waiting = [(0, root) for root in reversed(self.roots)]
        while waiting:
            depth, unit = waiting.pop()
            yield depth, unit
            waiting.extend((depth + 1, child) for child in reversed(self.children(unit.id)))

    def find(self, text: str) -> list[Unit]:
        """Units whose name has a word beginning with each word of ``text``, best first."""
        words = folded(text).split()
        if not words:
            return []
        hits: list[tuple[bool, str, Unit]] = []
        for node in self.nodes.values():
            name = " " + folded(node.unit.name)
            if all(f" {word}" in name for word in words):
                starts = name.startswith(f" {words[0]}")
                hits.append((not starts, sortable(node.unit.name), node.unit))
        return [unit for _, _, unit in sorted(hits, key=lambda hit: hit[:2])]


def _columns(model: type[Model]) -> list[str]:
    """In the order in which ``from_db`` takes them; the row number first."""
    return [field.attname for field in model._meta.concrete_fields]
