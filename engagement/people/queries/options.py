"""Choices in type-ahead fields."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from django.utils.translation import gettext as _

from engagement.people.models import (
    Person,
    PersonQuerySet,
    Site,
    Unit,
)
from engagement.people.queries.membership import unit_id_of
from engagement.people.queries.search import search_people
from engagement.people.tree import Tree

__all__ = ["Tree"]


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a type-ahead field. ``id`` is the public key; ``kind`` is person or unit."""

    id: str
    name: str
    detail: str
    initials: str
    hue: int
    kind: str

    def as_dict(self) -> dict[str, str | int]:
        return asdict(self)


def _joined(*parts: str | None) -> str:
    return " · ".join(part for part in parts if part)


def person_option(person: Person, unit: Unit | None, site: Site | None) -> Option:
    detail = _joined(unit.name if unit else person.title, site.name if site else None)
    return Option(person.key, person.name, detail, person.initials, person.hue, "person")


def unit_option(unit: Unit, *, tree: Tree) -> Option:
    site, above = tree.site_of(unit.pk), tree.parent(unit.pk)
    detail = _joined(
        _("Team") if tree.is_leaf(unit.pk) else _("Unit"),
        above.name if above else None,
        site.name if site else None,
    )
    return Option(unit.key, unit.name, detail, unit.initials, unit.hue, "unit")


def person_options(
    text: str,
    *,
    viewer: Person,
    day: dt.date,
    limit: int = 8,
    tree: Tree | None = None,
    among: PersonQuerySet | None = None,
) -> list[Option]:
    """People for a type-ahead field, best first; of ``among`` alone when it is given."""
    found = search_people(text, viewer=viewer, day=day, limit=limit, tree=tree, among=among)
    return [person_option(*one) for one in found]


def placed_options(people: Iterable[Person], *, tree: Tree) -> list[Option]:
    """``people``, read with `placed_people`, as choices. No query."""
    return [
        person_option(one, tree.unit(unit_id_of(one)), tree.site_of(unit_id_of(one)))
        for one in people
    ]
