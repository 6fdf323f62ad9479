"""Employers, sites and units: opening, moving, merging, splitting and closing them.

Every change holds from a day on. What was before that day stays as it was. ``on`` may lie in the
past as long as nothing later is known about the unit, and in the future.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo, available_timezones

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from engagement.people.actions.audit import record
from engagement.people.actions.common import (
    day_of,
    lock_organisation,
    locked,
    plain,
    saved,
    start_of,
    told,
)
from engagement.people.actions.employment import move_people
from engagement.people.models import (
    Employer,
    Person,
    RoleAssignment,
    ShiftPattern,
    Site,
    Unit,
    UnitPlacement,
    folded,
)
from engagement.people.tree import Tree


@transaction.atomic
def create_employer(
    *, name: str, is_partner: bool = False, by: Person | None, at: dt.datetime
) -> Employer:
    employer = saved(Employer(name=plain(name), is_partner=is_partner))
    record(verb="employer-created", by=by, at=at, subject=employer, name=employer.name)
    return employer


@transaction.atomic
def rename_employer(
    *, employer: Employer, name: str, by: Person | None, at: dt.datetime
) -> Employer:
    [current] = locked([employer])
    before, current.name = current.name, plain(name)
    saved(current)
    record(verb="employer-renamed", by=by, at=at, subject=current, name=current.name, before=before)
    return current


@transaction.atomic
def create_site(
    *,
    name: str,
    city: str = "",
    timezone: str = "Europe/Oslo",
    by: Person | None,
    at: dt.datetime,
) -> Site:
    """``timezone`` is an IANA name such as ``Europe/Vilnius``."""
    _refuse_unknown_timezone(timezone)
    site = saved(Site(name=plain(name), city=plain(city), timezone=timezone))
    record(verb="site-created", by=by, at=at, subject=site, name=site.name)
    return site


@transaction.atomic
def change_site(
    *, site: Site, name: str, city: str, timezone: str, by: Person | None, at: dt.datetime
) -> Site:
    _refuse_unknown_timezone(timezone)
    [current] = locked([site])
    current.name, current.city, current.timezone = plain(name), plain(city), timezone
    saved(current)
    record(verb="site-changed", by=by, at=at, subject=current, name=current.name)
    return current


def _refuse_unknown_timezone(name: str) -> None:
    if name not in available_timezones() or not ZoneInfo(name):
        raise ValidationError({"timezone": _("This time zone is not known.")})


@transaction.atomic
def close_site(*, site: Site, on: dt.date, by: Person | None, at: dt.datetime) -> Site:
    """From ``on`` nobody is there. Refused while a unit stands there on that day or later."""
    lock_organisation()
    [current] = locked([site])
    still_there = (
        UnitPlacement.objects.filter(site=current)
        .filter(Q(to_on__isnull=True) | Q(to_on__gt=on))
        .select_related("unit")
    )
    if names := sorted({placement.unit.name for placement in still_there}):
        raise ValidationError(
            _("Units are still here: %(units)s. Move or close them first.")
            % {"units": ", ".join(names[:5])}
        )
    current.closed_on = on
    saved(current)
    record(verb="site-closed", by=by, at=at, subject=current, name=current.name, on=on.isoformat())
    return current


@transaction.atomic
def create_shift_pattern(
    *,
    key: str,
    name_nb: str,
    name_en: str,
    weekdays: Sequence[int],
    starts_at: dt.time,
    ends_at: dt.time,
    by: Person | None,
    at: dt.datetime,
) -> ShiftPattern:
    """``weekdays`` are ISO numbers, Monday is 1. A shift that ends before it starts ends next day."""
    if not weekdays or not set(weekdays) <= set(range(1, 8)):
        raise ValidationError({"weekdays": _("Choose at least one weekday.")})
    pattern = saved(
        ShiftPattern(
            key=key,
            name_nb=plain(name_nb),
            name_en=plain(name_en),
            weekdays=sorted(set(weekdays)),
            starts_at=starts_at,
            ends_at=ends_at,
        )
    )
    record(verb="shift-pattern-created", by=by, at=at, subject=pattern)
    return pattern


# --- Units ---------------------------------------------------------------------------------------


@transaction.atomic
def open_unit(
    *,
    name: str,
    employer: Employer,
    parent: Unit | None = None,
    site: Site | None = None,
    on: dt.date,
    stated_headcount: int | None = None,
    by: Person | None,
    at: dt.datetime,
) -> Unit:
    """A new unit from ``on``. Without ``site`` it is where its parent is.

    ``stated_headcount`` makes it one line in the tree whose people are not in the product.
    """
    lock_organisation()
    unit = saved(
        Unit(
            name=_checked_name(name),
            employer=employer,
            opened_on=on,
            stated_headcount=stated_headcount,
        )
    )
    _refuse_closed_parent(parent, on)
    _refuse_closed_site(site, on)
    _refuse_namesake(unit, parent, on)
    saved(UnitPlacement(unit=unit, parent=parent, site=site, from_on=on))
    record(verb="unit-opened", by=by, at=at, subject=unit, name=unit.name, on=on.isoformat())
    return unit


@transaction.atomic
def rename_unit(*, unit: Unit, name: str, by: Person | None, at: dt.datetime) -> Unit:
    """A new name, at once and for all times. The audit log keeps the old one."""
    lock_organisation()
    [current] = locked([unit])
    before, current.name = current.name, _checked_name(name)
    placement = current.placements.order_by("-from_on").first()
    _refuse_namesake(current, placement.parent if placement else None, day_of(at))
    saved(current)
    record(verb="unit-renamed", by=by, at=at, subject=current, name=current.name, before=before)
    return current


@transaction.atomic
def move_unit(
    *,
    unit: Unit,
    parent: Unit | None,
    site: Site | None,
    on: dt.date,
    by: Person | None,
    at: dt.datetime,
) -> UnitPlacement:
    """From ``on`` the unit, with all below it, stands under ``parent`` and at ``site``.

    Without ``parent`` it is at the top; without ``site`` it is where its parent is.
    """
    lock_organisation()
    [current] = locked([unit])
    _refuse_not_open(current, on)
    _refuse_closed_parent(parent, on)
    _refuse_closed_site(site, on)
    if parent is not None:
        _refuse_cycle(current, parent, on)
    _refuse_namesake(current, parent, on)
    placement = _place_from(current, parent, site, on)
    record(
        verb="unit-moved",
        by=by,
        at=at,
        subject=current,
        name=current.name,
        parent=parent.key if parent else None,
        site=site.key if site else None,
        on=on.isoformat(),
    )
    return placement


def _place_from(unit: Unit, parent: Unit | None, site: Site | None, on: dt.date) -> UnitPlacement:
    """Ends the placement that holds on ``on`` and starts the next; the same day is corrected."""
    later = unit.placements.filter(from_on__gt=on).order_by("from_on").first()
    if later is not None:
        raise ValidationError(
            _("%(unit)s has a move on %(day)s already. Choose a later day.")
            % {"unit": unit.name, "day": told(later.from_on)}
        )
    current: UnitPlacement | None = unit.placements.on(on).first()
    if current is not None and (current.parent, current.site) == (parent, site):
        return current
    if current is not None and current.from_on == on:
        current.parent, current.site = parent, site
        return saved(current)
    ends_on = current.to_on if current is not None else None
    if current is not None:
        current.to_on = on
        saved(current)
    return saved(UnitPlacement(unit=unit, parent=parent, site=site, from_on=on, to_on=ends_on))


@transaction.atomic
def close_unit(
    *,
    unit: Unit,
    on: dt.date,
    move_to: Unit | None = None,
    by: Person | None,
    at: dt.datetime,
) -> Unit:
    """From ``on`` the unit is no more. Its people go to ``move_to``; without it there must be none.

    Refused while units stand below it. Roles in it end.
    """
    lock_organisation()
    [current] = locked([unit])
    _refuse_not_open(current, on)
    _refuse_units_below(current, on)
    staying = _members_from(current, on)
    if staying and move_to is None:
        raise ValidationError(
            _("%(count)d people belong to %(unit)s then. Choose where they go.")
            % {"count": len(staying), "unit": current.name}
        )
    if staying and move_to is not None:
        if move_to.pk == current.pk:
            raise ValidationError(_("People cannot stay in a unit that closes."))
        move_people(people=staying, unit=move_to, on=on, by=by, at=at)
    _end_unit(current, on)
    record(
        verb="unit-closed",
        by=by,
        at=at,
        subject=current,
        name=current.name,
        on=on.isoformat(),
        moved_to=move_to.key if move_to else None,
    )
    return current


def _members_from(unit: Unit, on: dt.date) -> list[Person]:
    """Everybody who belongs to ``unit`` on ``on`` or later."""
    return list(
        Person.objects.filter(
            Q(memberships__to_on__isnull=True) | Q(memberships__to_on__gt=on),
            memberships__unit=unit,
        ).distinct()
    )


def _end_unit(unit: Unit, on: dt.date) -> None:
    unit.placements.filter(from_on__gte=on).delete()
    unit.placements.filter(Q(to_on__isnull=True) | Q(to_on__gt=on)).update(to_on=on)
    ends_at = start_of(on)
    roles = RoleAssignment.objects.filter(unit=unit)
    roles.filter(Q(to_at__isnull=True) | Q(to_at__gt=ends_at)).update(to_at=ends_at)
    unit.closed_on = on
    saved(unit)


@transaction.atomic
def merge_units(
    *, units: Sequence[Unit], into: Unit, on: dt.date, by: Person | None, at: dt.datetime
) -> Unit:
    """From ``on`` the people of ``units``, and the units below them, belong to ``into``.

    ``units`` close; until that day everything stays as it was. ``into`` may be one of them.
    """
    lock_organisation()
    merged = locked([unit for unit in units if unit.pk != into.pk])
    [target] = locked([into])
    if not merged:
        raise ValidationError(_("Choose at least two units to merge."))
    _refuse_not_open(target, on)
    for unit in merged:
        _refuse_not_open(unit, on)
        if target.pk in Tree.on(on).descendant_ids(unit.pk):
            raise ValidationError(
                _("%(into)s stands below %(unit)s. Move it first.")
                % {"into": target.name, "unit": unit.name}
            )
        for below in Tree.on(on).children(unit.pk):
            placement = below.placements.on(on).get()
            _refuse_namesake(below, target, on)
            _place_from(below, target, placement.site, on)
        _refuse_units_below(unit, on)
        if staying := _members_from(unit, on):
            move_people(people=staying, unit=target, on=on, by=by, at=at)
        _end_unit(unit, on)
    record(
        verb="units-merged",
        by=by,
        at=at,
        subject=target,
        name=target.name,
        units=[unit.key for unit in merged],
        names=[unit.name for unit in merged],
        on=on.isoformat(),
    )
    return target


@dataclass(frozen=True, slots=True)
class Part:
    """A new unit that a split makes, and who goes to it."""

    name: str
    people: Sequence[Person]


@transaction.atomic
def split_unit(
    *,
    unit: Unit,
    parts: Sequence[Part],
    on: dt.date,
    by: Person | None,
    at: dt.datetime,
) -> list[Unit]:
    """From ``on`` each part is a unit of its own beside ``unit``, with the people named for it.

    Who is named for no part stays. When nobody and nothing stays, ``unit`` closes.
    """
    lock_organisation()
    [current] = locked([unit])
    _refuse_not_open(current, on)
    if not parts:
        raise ValidationError(_("Name at least one new unit."))
    members = {person.pk for person in _members_from(current, on)}
    named = [person.pk for part in parts for person in part.people]
    if len(named) != len(set(named)):
        raise ValidationError(_("Somebody is named for two of the new units."))
    if not set(named) <= members:
        raise ValidationError(_("Only people who belong to the unit can be divided."))
    placement = current.placements.on(on).get()
    opened = []
    for part in parts:
        new = open_unit(
            name=part.name, employer=current.employer, parent=placement.parent,
            site=placement.site, on=on, by=by, at=at,
        )  # fmt: skip
        if part.people:
            move_people(people=part.people, unit=new, on=on, by=by, at=at)
        opened.append(new)
    if not members - set(named) and not _units_below(current, on):
        _end_unit(current, on)
    record(
        verb="unit-split",
        by=by,
        at=at,
        subject=current,
        name=current.name,
        into=[new.key for new in opened],
        names=[new.name for new in opened],
        on=on.isoformat(),
    )
    return opened


# --- What is refused -----------------------------------------------------------------------------


def _checked_name(name: str) -> str:
    cleaned = plain(name)
    if not cleaned:
        raise ValidationError({"name": _("A unit needs a name.")})
    if "/" in cleaned:
        # The roster writes a unit's path with slashes.
        raise ValidationError({"name": _("A unit's name cannot hold a slash.")})
    return cleaned


def _refuse_not_open(unit: Unit, on: dt.date) -> None:
    if on < unit.opened_on or (unit.closed_on is not None and on >= unit.closed_on):
        raise ValidationError(
            _("%(unit)s is not open on %(day)s.") % {"unit": unit.name, "day": told(on)}
        )


def _refuse_closed_parent(parent: Unit | None, on: dt.date) -> None:
    if parent is None:
        return
    [current] = locked([parent])
    _refuse_not_open(current, on)
    if current.stated_headcount is not None:
        raise ValidationError(
            _("%(unit)s is only a head count; nothing can stand below it.") % {"unit": current.name}
        )


def _refuse_closed_site(site: Site | None, on: dt.date) -> None:
    if site is None:
        return
    [current] = locked([site])
    if current.closed_on is not None and on >= current.closed_on:
        raise ValidationError(
            _("%(site)s is closed from %(day)s.")
            % {"site": current.name, "day": told(current.closed_on)}
        )


def _refuse_cycle(unit: Unit, parent: Unit, on: dt.date) -> None:
    """Checked on ``on`` and on every later day on which the tree changes."""
    later = UnitPlacement.objects.filter(from_on__gt=on).values_list("from_on", flat=True)
    for day in sorted({on, *later}):
        tree = Tree.on(day)
        if unit.pk in tree.ancestor_ids(parent.pk):
            raise ValidationError(
                _("%(parent)s stands below %(unit)s, so %(unit)s cannot move there.")
                % {"parent": parent.name, "unit": unit.name}
            )


def _refuse_namesake(unit: Unit, parent: Unit | None, on: dt.date) -> None:
    """Two units under the same parent need different names: the roster finds them by path."""
    tree = Tree.on(on)
    siblings = tree.children(parent.pk) if parent is not None else tree.roots
    if any(one.pk != unit.pk and folded(one.name) == folded(unit.name) for one in siblings):
        raise ValidationError(
            {"name": _("There is a unit named %(name)s here already.") % {"name": unit.name}}
        )


def _units_below(unit: Unit, on: dt.date) -> list[str]:
    below = (
        UnitPlacement.objects.filter(Q(to_on__isnull=True) | Q(to_on__gt=on), parent=unit)
        .values_list("unit__name", flat=True)
        .distinct()
    )
    return sorted(below)


def _refuse_units_below(unit: Unit, on: dt.date) -> None:
    if names := _units_below(unit, on):
        raise ValidationError(
            _("Units stand below %(unit)s: %(units)s. Move or close them first.")
            % {"unit": unit.name, "units": ", ".join(names[:5])}
        )
