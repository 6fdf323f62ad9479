"""People and units that are found by their names."""

import datetime as dt
from typing import NamedTuple

from django.db.models.expressions import Case, Value, When

from engagement.people.models import (
    Person,
    PersonQuerySet,
    Site,
    Unit,
    folded,
)
from engagement.people.queries.membership import Place, place_of, placed_people, unit_id_of
from engagement.people.tree import Tree

__all__ = ["Tree"]


WORDS_SEARCHED = 6
TEXT_SEARCHED = 100


def words_of(text: str) -> list[str]:
    """What is searched for: at most six folded words, without what the database cannot hold."""
    cleaned = "".join(c for c in text[:TEXT_SEARCHED] if c.isprintable() or c.isspace())
    return folded(cleaned).replace(",", " ").split()[:WORDS_SEARCHED]


def matching(people: PersonQuerySet, text: str) -> PersonQuerySet:
    """Those of whom some word (name, number, e-mail) begins with each word of ``text``."""
    for word in words_of(text):
        people = people.filter(search_text__contains=f" {word}")
    return people


def ranked(
    people: PersonQuerySet, text: str, *, viewer: Person, tree: Tree, near: Place
) -> PersonQuerySet:
    """First names that begin so first, then the viewer's own team, own site, then by name."""
    words = words_of(text)
    site_units = tree.unit_ids_at(near.site.pk) if near.site else set()
    return people.annotate(
        is_other_name=Case(
            *([When(search_text__startswith=f" {words[0]}", then=Value(0))] if words else []),
            default=Value(1),
        ),
        distance=Case(
            *([When(unit_id=near.unit.pk, then=Value(0))] if near.unit else []),
            *([When(unit_id__in=site_units, then=Value(1))] if site_units else []),
            default=Value(2),
        ),
    ).order_by("is_other_name", "distance", "sort_name", "id")


class Placed(NamedTuple):
    """A person with the place they have now, as lists show them."""

    person: Person
    unit: Unit | None
    site: Site | None


def search_people(
    text: str,
    *,
    viewer: Person,
    day: dt.date,
    limit: int = 20,
    offset: int = 0,
    site: Site | None = None,
    unit: Unit | None = None,
    tree: Tree | None = None,
    among: PersonQuerySet | None = None,
) -> list[Placed]:
    """People found by the beginnings of words, whatever case, accents and order. Three queries.

    Without ``text`` everybody, by name. Only people employed on ``day``; only those of ``among``
    (read with `placed_people`) when it is given.
    """
    tree = tree or Tree.on(day)
    people = matching(placed_people(day) if among is None else among, text)
    if site is not None:
        people = people.filter(unit_id__in=tree.unit_ids_at(site.pk))  # type: ignore[misc] # annotated
    if unit is not None:
        people = people.filter(unit_id__in=tree.descendant_ids(unit.pk))  # type: ignore[misc] # annotated
    if words_of(text):
        near = place_of(viewer, day, tree=tree)
        people = ranked(people, text, viewer=viewer, tree=tree, near=near)
    else:
        people = people.order_by("sort_name", "id")
    return [
        Placed(person, tree.unit(unit_id_of(person)), tree.site_of(unit_id_of(person)))
        for person in people[offset : offset + limit]
    ]


def search_units(text: str, *, tree: Tree, limit: int = 20) -> list[Unit]:
    """Units whose name has words that begin so; in the tree of its day."""
    return tree.find(" ".join(words_of(text)))[:limit]
