"""Fixing whom a survey asks, and in which groups they are counted."""

import datetime as dt
from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from engagement.people.actions import record
from engagement.people.models import Person, RoleAssignment, Unit
from engagement.people.tree import Tree
from surveys.actions.common import locked_draft, locked_frozen
from surveys.cells import FEWEST, LEADERS, TEAM, Asked, MadeCell, Place, TooFew, make_cells
from surveys.models import Cell, RollEntry, Survey
from surveys.queries import invited_people, minutes_of, opening_day

Role = RoleAssignment.Role
LEADING = (Role.LEAD, Role.SITE_MANAGER)
LONGEST_NAME = 200
# Names of groups are stored, so they are in one language: the organisation's own.
LANGUAGE = "nb"


@transaction.atomic
def freeze_survey(*, survey: Survey, by: Person | None, at: dt.datetime) -> Survey:
    """Makes the groups and the roll, as the organisation will stand on the opening day.

    From here on representatives read it; nothing changes any more unless it is opened again. What
    they had confirmed before is no longer confirmed.
    """
    current = locked_draft(survey)
    if current.opens_at is None or current.closes_at is None:
        raise ValidationError(_("Say first when it opens and closes."))
    if not current.sections.exists():
        raise ValidationError(_("Choose at least one question first."))
    day = opening_day(current, at=at)
    tree = Tree.on(day)
    people = invited_people(current, at=at, tree=tree)
    try:
        made = make_cells(places_in(tree), asked_people(people, tree, at=at))
    except TooFew as few:
        raise ValidationError(
            _("%(count)d people are too few: at least %(least)d are needed.")
            % {"count": len(people), "least": FEWEST}
        ) from few
    store_cells(current, made, people, tree)
    current.reviews.update(confirmed_at=None)
    current.frozen_at, current.frozen_by, current.reviewed_at = at, by, None
    current.save(update_fields=["frozen_at", "frozen_by", "reviewed_at"])
    record(
        verb="survey-frozen", by=by, at=at, subject=current, name=current.title_nb,
        cell_count=len(made), people_count=len(people),
    )  # fmt: skip
    return current


@transaction.atomic
def unfreeze_survey(*, survey: Survey, by: Person | None, at: dt.datetime) -> Survey:
    """Makes it a draft again: groups, roll and confirmations are gone, the counting key stays."""
    current = locked_frozen(survey)
    RollEntry.objects.filter(survey=current).delete()
    Cell.objects.filter(survey=current).delete()
    current.reviews.update(confirmed_at=None)
    current.frozen_at = current.frozen_by = current.reviewed_at = None
    current.save(update_fields=["frozen_at", "frozen_by", "reviewed_at"])
    record(verb="survey-unfrozen", by=by, at=at, subject=current, name=current.title_nb)
    return current


def places_in(tree: Tree) -> list[Place]:
    """The tree as `surveys.cells` sees it."""
    keys = {unit_id: node.unit.key for unit_id, node in tree.nodes.items()}
    return [
        Place(node.unit.key, node.unit.name, keys.get(node.parent_id or 0))
        for node in tree.nodes.values()
    ]


def asked_people(people: Sequence[Person], tree: Tree, *, at: dt.datetime) -> list[Asked]:
    """Whom of ``people`` answers are counted among leaders': who has the role, or reports."""
    led: dict[int, set[str]] = {}
    held = RoleAssignment.objects.held(at).filter(role__in=LEADING).select_related("unit")
    for role in held:
        led.setdefault(role.person_id, set()).update([role.unit.key] if role.unit else [])
    reports = Person.objects.employed_on(tree.day).exclude(manager=None)
    managers = set(reports.values_list("manager_id", flat=True))
    units = {unit_id: node.unit.key for unit_id, node in tree.nodes.items()}
    return [
        Asked(
            person=one.pk,
            unit=units.get(getattr(one, "unit_id", None) or 0),
            is_leader=one.pk in led or one.pk in managers,
            leads=frozenset(led.get(one.pk, ())),
        )
        for one in people
    ]


def store_cells(
    survey: Survey, made: Sequence[MadeCell], people: Sequence[Person], tree: Tree
) -> None:
    minutes = minutes_of(survey)
    units = {node.unit.key: node.unit for node in tree.nodes.values()}
    sites = {one.pk: getattr(one, "site_id", None) for one in people}
    cells = [
        Cell(
            survey=survey,
            key=f"c{number:03}",
            name=_name(cell, units, tree),
            kind=cell.kind,
            parent_key=cell.parent,
            parent_path=_named(cell.path, units),
            units=_named(cell.units, units),
            site_name=_site_name({sites[person] for person in cell.people}, tree),
            invited_count=len(cell.people),
            minutes=minutes,
        )
        for number, cell in enumerate(made, start=1)
    ]
    Cell.objects.bulk_create(cells)
    RollEntry.objects.bulk_create(
        [
            RollEntry(survey=survey, person_id=person, cell=row)
            for row, cell in zip(cells, made, strict=True)
            for person in cell.people
        ],
        batch_size=1000,
    )


def _named(keys: Sequence[str], units: dict[str, Unit]) -> list[dict[str, str]]:
    return [{"key": key, "name": units[key].name} for key in keys]


def _site_name(site_ids: set[int | None], tree: Tree) -> str:
    """The site all of them are at; empty when they are spread."""
    [only, *others] = site_ids
    site = tree.sites.get(only or 0)
    return site.name if site and not others else ""


def _name(cell: MadeCell, units: dict[str, Unit], tree: Tree) -> str:
    """What a group is called: its team, its teams, or whose leaders they are."""
    with override(LANGUAGE):
        names = [
            units[key].name if tree.is_leaf(units[key].pk) else _directly(units[key])
            for key in cell.units
        ]
        if cell.kind == LEADERS:
            above = units.get(cell.parent)
            text = _("Leaders, %(unit)s") % {"unit": above.name} if above else _("Leaders")
        elif not names:
            text = _("Without a unit")
        elif cell.kind == TEAM:
            text = names[0]
        else:
            text = " + ".join(names)
            if len(text) > LONGEST_NAME:
                text = _("%(first)s and %(count)d more groups") % {
                    "first": names[0],
                    "count": len(names) - 1,
                }
    return text if len(text) <= LONGEST_NAME else f"{text[: LONGEST_NAME - 1]}…"


def _directly(unit: Unit) -> str:
    return _("%(unit)s, outside the teams") % {"unit": unit.name}
