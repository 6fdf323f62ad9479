"""What an import would do: the plan that is shown, fingerprinted and carried out."""

import datetime as dt
import hashlib
import json
from dataclasses import dataclass, field
from typing import Any, Union

from engagement.people.models import Employer, RoleAssignment, Site, Unit
from engagement.people.roster.reasons import Problem
from engagement.people.roster.rows import Row
from engagement.people.roster.world import Known

# More than this share of an employer's people leaving at once must be confirmed by its number.
MOST_LEAVING = 0.10


@dataclass(slots=True, eq=False)
class EmployerHere:
    """An employer that is, or will be when the plan is carried out."""

    name: str
    employer: Employer | None = None
    is_partner: bool = False
    row: int | None = None


@dataclass(slots=True, eq=False)
class SiteHere:
    name: str
    site: Site | None = None
    row: int | None = None


@dataclass(slots=True, eq=False)
class UnitHere:
    """A unit that is, or will be. ``own_site`` is set by the plan only where the unit gets one."""

    name: str
    parent: "UnitHere | None"
    employer: EmployerHere
    unit: Unit | None = None
    row: int | None = None
    own_site: SiteHere | None = None
    is_site_new: bool = False
    children: dict[str, "UnitHere"] = field(default_factory=dict)
    # Whose people the rows at or below this unit are.
    named_employers: dict[EmployerHere, int] = field(default_factory=dict)
    # Which site the rows at or below this unit name, each with the first such row.
    named_sites: dict[str, tuple[SiteHere, int]] = field(default_factory=dict)

    @property
    def path(self) -> list[str]:
        return [*(self.parent.path if self.parent else []), self.name]

    @property
    def path_name(self) -> str:
        return " / ".join(self.path)

    @property
    def site(self) -> SiteHere | None:
        """Its own site, or that of the nearest unit above that has one."""
        return self.own_site or (self.parent.site if self.parent else None)


Manager = Union[Known, "Step"]


@dataclass(slots=True, eq=False)
class Step:
    """What happens to one person."""

    row: Row | None
    known: Known | None
    employer: EmployerHere
    # Facts that change, by their name on the model; the manager apart because it may be new too.
    facts: dict[str, Any] = field(default_factory=dict)
    shown: list[dict[str, str]] = field(default_factory=list)
    manager: Manager | None = None
    manager_changes: bool = False
    unit: UnitHere | None = None
    unit_changes: bool = False
    unit_before: str = ""
    # The first day they no longer work here: `leaves` when it is here, else a later last day.
    left_on: dt.date | None = None
    last_day_changes: bool = False
    is_new: bool = False
    leaves: bool = False
    is_absent: bool = False
    returns: bool = False
    roles_given: list[tuple[str, EmployerHere | SiteHere | UnitHere | None]] = field(
        default_factory=list
    )
    roles_ended: list[RoleAssignment] = field(default_factory=list)

    @property
    def number(self) -> str:
        return self.row.number if self.row else self.known.number if self.known else ""

    @property
    def name(self) -> str:
        if self.row is not None:
            return f"{self.row.given} {self.row.family}".strip()
        return self.known.name if self.known else ""

    @property
    def is_changed(self) -> bool:
        """Something other than coming, moving and leaving."""
        return not self.is_new and bool(self.facts or self.manager_changes or self.last_day_changes)

    @property
    def does_something(self) -> bool:
        return bool(
            self.is_new
            or self.is_changed
            or self.unit_changes
            or self.leaves
            or self.returns
            or self.roles_given
            or self.roles_ended
        )


@dataclass(slots=True)
class Leaving:
    """How many of an employer's people would no longer be active, of how many."""

    employer: str
    leaving: int
    active: int

    @property
    def is_mass(self) -> bool:
        return self.leaving > self.active * MOST_LEAVING


@dataclass(slots=True)
class Plan:
    """Everything an import would do, or what is wrong. With problems nothing may be done."""

    today: dt.date
    steps: list[Step] = field(default_factory=list)
    employers: list[EmployerHere] = field(default_factory=list)
    sites: list[SiteHere] = field(default_factory=list)
    units: list[UnitHere] = field(default_factory=list)
    units_with_site: list[UnitHere] = field(default_factory=list)
    released_emails: list[Known] = field(default_factory=list)
    leavings: list[Leaving] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    ignored_columns: list[str] = field(default_factory=list)
    row_count: int = 0

    @property
    def mass_leavings(self) -> list[Leaving]:
        """The employers of whom more than a tenth would leave."""
        return [one for one in self.leavings if one.is_mass]

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do."""
        return not (
            self.employers or self.sites or self.units or self.units_with_site or self.steps
        )

    def summary(self) -> dict[str, int]:
        """Counts of people and places; nothing personal."""
        counts = {
            "new": sum(step.is_new for step in self.steps),
            "changed": sum(step.is_changed for step in self.steps),
            "moved": sum(step.unit_changes and not step.is_new for step in self.steps),
            "leaving": sum(step.leaves for step in self.steps),
            "returning": sum(step.returns for step in self.steps),
            "roles": sum(bool(step.roles_given or step.roles_ended) for step in self.steps),
            "employers": len(self.employers),
            "sites": len(self.sites),
            "units": len(self.units) + len(self.units_with_site),
            "rows": self.row_count,
        }
        touched = sum(step.row is not None for step in self.steps)
        counts["unchanged"] = self.row_count - touched
        return counts

    def differences(self) -> dict[str, Any]:
        """The plan as the preview shows it: lists of plain facts, kept as JSON."""
        return {
            "day": self.today.isoformat(),
            "new": [_shown_new(step) for step in self.steps if step.is_new],
            "changed": [_shown_changed(step) for step in self.steps if step.is_changed],
            "moved": [
                _shown(step, before=step.unit_before, after=_path(step.unit))
                for step in self.steps
                if step.unit_changes and not step.is_new
            ],
            "leaving": [
                _shown(
                    step, unit=step.unit_before, absent=step.is_absent,
                    on=step.left_on.isoformat() if step.left_on else "",
                )
                for step in self.steps
                if step.leaves
            ],
            "returning": [
                _shown(step, unit=_path(step.unit) or step.unit_before)
                for step in self.steps
                if step.returns
            ],
            "roles": [
                _shown(
                    step,
                    given=[[role, _scope_name(scope)] for role, scope in step.roles_given],
                    ended=[role.role for role in step.roles_ended],
                )
                for step in self.steps
                if step.roles_given or step.roles_ended
            ],
            "employers": [
                {"name": one.name, "is_partner": one.is_partner} for one in self.employers
            ],
            "sites": [{"name": one.name} for one in self.sites],
            "units": [_shown_unit(one) for one in self.units],
            "units_with_site": [_shown_unit(one) for one in self.units_with_site],
            "released": [known.number for known in self.released_emails],
            "warnings": [one.as_json() for one in self.warnings[:500]],
            "warning_count": len(self.warnings),
            "ignored_columns": self.ignored_columns,
            "mass_leaving": [
                {"employer": one.employer, "leaving": one.leaving, "active": one.active}
                for one in self.mass_leavings
            ],
        }  # fmt: skip

    def fingerprint(self) -> str:
        """The same for the same differences on the same day, however they came about."""
        text = json.dumps(self.differences(), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()


def _path(unit: UnitHere | None) -> str:
    return unit.path_name if unit else ""


def _scope_name(scope: EmployerHere | SiteHere | UnitHere | None) -> str:
    return scope.name if scope else ""


def _shown(step: Step, **facts: Any) -> dict[str, Any]:
    return {
        "row": step.row.row if step.row else None,
        "number": step.number,
        "name": step.name,
        "employer": step.employer.name,
        **facts,
    }


def _shown_new(step: Step) -> dict[str, Any]:
    return _shown(
        step,
        unit=_path(step.unit),
        title=step.facts.get("title", ""),
        email=step.facts.get("email", ""),
        start=step.facts["started_on"].isoformat(),
    )


def _shown_changed(step: Step) -> dict[str, Any]:
    return _shown(step, fields=step.shown)


def _shown_unit(unit: UnitHere) -> dict[str, Any]:
    return {
        "path": unit.path_name,
        "employer": unit.employer.name,
        "site": unit.own_site.name if unit.own_site else "",
    }
