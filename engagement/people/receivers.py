"""Whom one can turn to: people, units and shifts, found by what was typed or by their public ids."""

import datetime as dt
from collections.abc import Iterable

from django.db.models import Q
from django.utils.translation import gettext as _

from engagement.people import access
from engagement.people.models import Person, PersonQuerySet, Unit, folded, sortable
from engagement.people.queries import (
    Option,
    Place,
    matching,
    person_option,
    place_of,
    placed_people,
    ranked,
    search_units,
    unit_id_of,
    unit_option,
    words_of,
)
from engagement.people.shifts import Shift, find_shifts, shifts_by_key
from engagement.people.tree import Tree

Receiver = Person | Unit | Shift


def is_here(one: Receiver, day: dt.date) -> bool:
    """Whether ``one`` has neither left nor closed by ``day``; a shift goes with its site."""
    if isinstance(one, Person):
        return one.left_on is None or one.left_on > day
    closed_on = one.closed_on if isinstance(one, Unit) else one.site.closed_on
    return closed_on is None or closed_on > day


def search_receivers(text: str, *, viewer: Person, day: dt.date, limit: int = 8) -> list[Option]:
    """People, units and shifts that can be thanked, best first; never the viewer. Five queries at most.

    Best is: a first name, or a unit's name, that begins so; then one's own team, own site.
    """
    words = words_of(text)
    if not words:
        return []
    tree = Tree.on(day)
    near = place_of(viewer, day, tree=tree)
    people = thankable(matching(placed_people(day), text), by=viewer)
    found: list[tuple[tuple[int, int, int, str], Option]] = []
    for person in ranked(people, text, viewer=viewer, tree=tree, near=near)[:limit]:
        unit_id = unit_id_of(person)
        option = person_option(person, tree.unit(unit_id), tree.site_of(unit_id))
        rank, distance = (int(getattr(person, name)) for name in ("is_other_name", "distance"))
        found.append(((rank, distance, 0, person.sort_name), option))
    for unit in search_units(text, tree=tree, limit=200):
        if unit.stated_headcount is None:
            rank = int(not folded(unit.name).startswith(words[0]))
            order = (rank, _distance(unit, tree=tree, near=near), 1, sortable(unit.name))
            found.append((order, unit_option(unit, tree=tree)))
    for shift in find_shifts(words, tree=tree):
        is_here = near.site is not None and shift.site.pk == near.site.pk
        found.append(((1, 1 if is_here else 2, 2, shift.name), shift_option(shift)))
    return [option for _order, option in sorted(found, key=lambda one: one[0])[:limit]]


def thankable(people: PersonQuerySet, *, by: Person) -> PersonQuerySet:
    """Those of ``people`` whom ``by`` may thank: not oneself, nor who keeps to the own employer."""
    return people.exclude(pk=by.pk).filter(
        Q(is_thanked_by_partners=True) | Q(employer=by.employer_id)
    )


def shift_option(shift: Shift) -> Option:
    return Option(shift.key, shift.name, _("Shift"), shift.initials, shift.hue, "shift")


def _distance(unit: Unit, *, tree: Tree, near: Place) -> int:
    if near.unit is not None and unit.pk == near.unit.pk:
        return 0
    site = tree.site_of(unit.pk)
    return 1 if site is not None and near.site is not None and site.pk == near.site.pk else 2


def resolve_receivers(
    keys: Iterable[str], *, day: dt.date
) -> tuple[list[Person], list[Unit], list[Shift], list[str]]:
    """People employed, units and shifts there are on ``day`` for public ids; the ids that are none."""
    wanted = list(dict.fromkeys(keys))
    askable = [key for key in wanted if access.is_key(key)]
    people = {p.key: p for p in placed_people(day).filter(key__in=askable)}
    others = [key for key in askable if key not in people]
    units = {
        unit.key: unit
        for unit in Unit.objects.filter(key__in=others, opened_on__lte=day).filter(
            Q(closed_on__isnull=True) | Q(closed_on__gt=day)
        )
    }
    shifts = {
        key: shift
        for key, shift in shifts_by_key(wanted).items()
        if shift.site.closed_on is None or shift.site.closed_on > day
    }
    unknown = [key for key in wanted if not (key in people or key in units or key in shifts)]
    return (
        [people[key] for key in wanted if key in people],
        [units[key] for key in wanted if key in units],
        [shifts[key] for key in wanted if key in shifts],
        unknown,
    )
