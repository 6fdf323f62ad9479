"""Panels of a pulse plan: whole groups, dealt once. What comes later is added; nobody changes panels."""

import datetime as dt
from collections import Counter
from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from engagement.people.models import Person, Unit
from engagement.people.tree import Tree
from surveys import rotation
from surveys.access import Place
from surveys.actions.freezing import asked_people, places_in
from surveys.cells import FEWEST, LEADERS, make_cells
from surveys.models import Panel, PulsePlan, Survey
from surveys.queries import people_in
from surveys.queries.audience import place_ids
from surveys.queries.plans import places_of_plan
from surveys.queries.sections import item_keys_of


def make_panels(plan: PulsePlan, places: Sequence[Place], *, at: dt.datetime) -> None:
    """Deals the people of ``places``, as they stand on the plan's first day.

    Raises ValidationError as `deal_panels` does.
    """
    dealt = deal_panels(places, day=plan.starts_on, panel_count=plan.panel_count, at=at)
    for number, atoms in enumerate(dealt, start=1):
        panel = Panel.objects.create(plan=plan, number=number)
        keys = [key for atom in atoms for key in atom.units]
        panel.units.set(Unit.objects.filter(key__in=keys))
    _note_units(plan)


def deal_panels(
    places: Sequence[Place], *, day: dt.date, panel_count: int, at: dt.datetime
) -> list[list[rotation.Atom]]:
    """The panels that ``places`` would make on ``day``. Nothing is written.

    Raises ValidationError when there are too few people or teams for so many panels.
    """
    tree = Tree.on(day)
    people = [
        one
        for one in people_in(places, day=day, tree=tree)
        if tree.unit(place_ids(one)[0]) is not None
    ]
    if len(people) < FEWEST * panel_count:
        raise ValidationError(
            {
                "panel_count": _(
                    "%(people)d people are too few for %(panels)d panels: fewer than %(least)d in "
                    "each cannot be counted without being known."
                )
                % {"people": len(people), "panels": panel_count, "least": FEWEST}
            }
        )
    dealt = rotation.deal(_atoms(people, tree, at=at), panel_count)
    if any(sum(atom.people for atom in atoms) < FEWEST for atoms in dealt):
        raise ValidationError(
            {"panel_count": _("There are not teams enough for so many panels. Choose fewer.")}
        )
    return dealt


def _atoms(people: Sequence[Person], tree: Tree, *, at: dt.datetime) -> list[rotation.Atom]:
    """Units that are counted together, so that a panel is a set of whole cells."""
    keys = {node.unit.key: unit_id for unit_id, node in tree.nodes.items()}
    heads = Counter(place_ids(one)[0] for one in people)
    found = []
    for joined in _counted_together(people, tree, at=at):
        sites = {site.key for key in joined if (site := tree.site_of(keys[key])) is not None}
        found.append(
            rotation.Atom(
                units=tuple(sorted(joined)),
                people=sum(heads[keys[key]] for key in joined),
                sites=frozenset(sites),
            )
        )
    return found


def _counted_together(
    people: Sequence[Person], tree: Tree, *, at: dt.datetime
) -> list[frozenset[str]]:
    """The units of each cell, by key; cells that share a unit are one."""
    together: dict[str, frozenset[str]] = {}
    for cell in make_cells(places_in(tree), asked_people(people, tree, at=at)):
        # Peer leaders come from many units; they are asked with their own unit's panel.
        groups = [{unit} for unit in cell.units] if cell.kind == LEADERS else [set(cell.units)]
        for group in groups:
            joined = frozenset(group).union(*(together[key] for key in group if key in together))
            together |= dict.fromkeys(joined, joined)
    return list(dict.fromkeys(together.values()))


def adopt_new_units(plan: PulsePlan, *, day: dt.date) -> None:
    """Units that have come since join the panel with the fewest people on ``day``."""
    tree = Tree.on(day)
    people = people_in(places_of_plan(plan), day=day, tree=tree)
    panels = list(plan.panels.order_by("number").prefetch_related("units"))
    where = {unit.pk: panel for panel in panels for unit in panel.units.all()}
    heads: Counter[int] = Counter({panel.pk: 0 for panel in panels})
    newcomers: Counter[int] = Counter()
    for person in people:
        unit_id = place_ids(person)[0]
        if unit_id is None:
            continue
        if unit_id in where:
            heads[where[unit_id].pk] += 1
        else:
            newcomers[unit_id] += 1
    for unit_id, count in sorted(newcomers.items(), key=lambda one: (-one[1], one[0])):
        panel = min(panels, key=lambda one: (heads[one.pk], one.number))
        panel.units.add(unit_id)
        heads[panel.pk] += count
    if newcomers:
        _note_units(plan)


def _note_units(plan: PulsePlan) -> None:
    units = Unit.objects.filter(pk__in=plan.panels.values("units")).order_by("pk")
    plan.facts["units"] = list(units.values_list("key", flat=True))
    plan.save(update_fields=["facts"])


def count_as_not_asked(survey: Survey) -> None:
    """Gives the questions of a round that nobody answers back to its panel."""
    if survey.plan is None or survey.round_number is None:
        return
    number = rotation.panel_number(survey.round_number, survey.plan.panel_count)
    panel = survey.plan.panels.select_for_update().filter(number=number).first()
    if panel is not None:
        asked = set(item_keys_of(survey))
        panel.asked_items = [key for key in panel.asked_items if key not in asked]
        panel.save(update_fields=["asked_items"])
