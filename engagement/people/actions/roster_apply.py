"""Carrying out a roster plan through the verbs of this room, in one transaction."""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.db import transaction

from engagement.people.actions.common import lock_organisation
from engagement.people.actions.employment import (
    PersonFacts,
    change_people,
    end_employments,
    hire_people,
    move_people,
    rehire_person,
)
from engagement.people.actions.organisation import create_employer, create_site, move_unit
from engagement.people.actions.roles import end_role
from engagement.people.actions.roster_bulk import (
    NewUnit,
    assign_roles,
    change_last_days,
    follow_first_days,
    open_units,
)
from engagement.people.models import Employer, Person, ShiftPattern, Site, Unit
from engagement.people.roster.plan import EmployerHere, Manager, Plan, SiteHere, Step, UnitHere


@transaction.atomic
def apply_plan(*, plan: Plan, by: Person | None, at: dt.datetime) -> None:
    """Does everything in ``plan``, which was made in this transaction under the same lock.

    A plan with problems is refused: it is a mistake of the caller.
    """
    if plan.problems:
        raise ValueError("A plan with problems cannot be carried out")
    lock_organisation()
    _Application(plan, by, at).run()


class _Application:
    def __init__(self, plan: Plan, by: Person | None, at: dt.datetime) -> None:
        self.plan = plan
        self.by = by
        self.at = at
        self.today = plan.today
        self.people: dict[int, Person] = {}
        self.hired: dict[Step, Person] = {}
        self.patterns: dict[int, ShiftPattern] = {}

    def run(self) -> None:
        self._organise()
        self._load()
        self._end_roles()
        self._leave()
        self._change()
        self._return()
        self._hire()
        self._change_managers()
        self._last_days()
        self._move()
        self._give_roles()

    # --- the organisation ------------------------------------------------------------------------

    def _organise(self) -> None:
        by, at = self.by, self.at
        for employer in self.plan.employers:
            employer.employer = create_employer(
                name=employer.name, is_partner=employer.is_partner, by=by, at=at
            )
        for site in self.plan.sites:
            site.site = create_site(name=site.name, city=site.name, by=by, at=at)
        new: dict[UnitHere, NewUnit] = {}
        for unit in self.plan.units:
            above = unit.parent
            parent = new.get(above) or above.unit if above else None
            own = unit.own_site.site if unit.own_site else None
            new[unit] = NewUnit(unit.name, _there(unit.employer), parent, own)
        open_units(units=list(new.values()), on=self.today, by=by, at=at)
        for unit, opened in new.items():
            unit.unit = opened.unit
        for unit in self.plan.units_with_site:
            assert unit.unit is not None
            assert unit.own_site is not None
            parent_unit = unit.parent.unit if unit.parent else None
            move_unit(
                unit=unit.unit, parent=parent_unit, site=unit.own_site.site, on=self.today,
                by=by, at=at,
            )  # fmt: skip

    def _load(self) -> None:
        wanted = {step.known.pk for step in self.plan.steps if step.known}
        wanted |= {known.pk for known in self.plan.released_emails}
        for step in self.plan.steps:
            if step.manager is not None and not isinstance(step.manager, Step):
                wanted.add(step.manager.pk)
            elif isinstance(step.manager, Step) and step.manager.known:
                wanted.add(step.manager.known.pk)
        self.people = Person.objects.in_bulk(wanted)
        self.patterns = ShiftPattern.objects.in_bulk()

    def _person(self, step: Step) -> Person:
        return self.people[step.known.pk] if step.known else self.hired[step]

    # --- people ----------------------------------------------------------------------------------

    def _leave(self) -> None:
        leaving: dict[dt.date, list[Person]] = defaultdict(list)
        for step in self.plan.steps:
            if step.leaves:
                assert step.left_on is not None
                leaving[step.left_on].append(self._person(step))
        for on, people in sorted(leaving.items()):
            end_employments(people=people, on=on, by=self.by, at=self.at)

    def _change(self) -> None:
        changes: list[tuple[Person, dict[str, Any]]] = [
            (self.people[known.pk], {"email": ""}) for known in self.plan.released_emails
        ]
        starting_later: list[Person] = []
        for step in self.plan.steps:
            if step.is_new or not step.facts or step.leaves:
                continue
            facts = self._facts(step)
            person = self._person(step)
            if step.returns:
                # Their first day may lie after the last one on record, which goes first.
                facts.pop("started_on", None)
            elif "started_on" in facts and person.started_on > self.today:
                starting_later.append(person)
            if facts:
                changes.append((person, facts))
        changed = {p.pk: p for p in change_people(changes=changes, by=self.by, at=self.at)}
        people = [changed.get(person.pk, person) for person in starting_later]
        follow_first_days(people=people, today=self.today)

    def _facts(self, step: Step) -> dict[str, Any]:
        facts = dict(step.facts)
        if "shift_pattern_id" in facts:
            pattern_id = facts.pop("shift_pattern_id")
            facts["shift_pattern"] = self.patterns[pattern_id] if pattern_id else None
        return facts

    def _return(self) -> None:
        for step in self.plan.steps:
            if not step.returns:
                continue
            person = self._person(step)
            starts = step.facts.get("started_on", person.started_on)
            assert person.left_on is not None
            on = max(self.today, starts, person.left_on)
            if starts > self.today:
                # Set before the place, which cannot begin before the first day.
                person = rehire_person(person=person, on=on, by=self.by, at=self.at)
                [person] = change_people(
                    changes=[(person, {"started_on": starts})], by=self.by, at=self.at
                )
                if step.unit:
                    move_people(
                        people=[person], unit=_unit(step.unit), on=on, by=self.by, at=self.at
                    )
            else:
                unit = _unit(step.unit) if step.unit else None
                person = rehire_person(person=person, on=on, unit=unit, by=self.by, at=self.at)
                if starts != person.started_on:
                    change_people(
                        changes=[(person, {"started_on": starts})], by=self.by, at=self.at
                    )
            if step.left_on is not None:
                change_last_days(changes=[(person, step.left_on)], by=self.by, at=self.at)

    def _hire(self) -> None:
        """New people, those first whom others among them report to."""
        waiting = [step for step in self.plan.steps if step.is_new]
        while waiting:
            ready = [step for step in waiting if self._has_manager(step)]
            facts = [self._new(step) for step in ready]
            people = hire_people(facts=facts, by=self.by, at=self.at)
            self.hired.update(zip(ready, people, strict=True))
            waiting = [step for step in waiting if step not in self.hired]

    def _has_manager(self, step: Step) -> bool:
        manager = step.manager
        return not (isinstance(manager, Step) and manager.is_new and manager not in self.hired)

    def _new(self, step: Step) -> PersonFacts:
        facts = self._facts(step)
        return PersonFacts(
            employer=_there(step.employer),
            manager=self._manager(step.manager),
            unit=_unit(step.unit) if step.unit else None,
            left_on=step.left_on,
            **facts,
        )

    def _manager(self, manager: Manager | None) -> Person | None:
        if manager is None:
            return None
        return self._person(manager) if isinstance(manager, Step) else self.people[manager.pk]

    def _change_managers(self) -> None:
        changes = [
            (self._person(step), {"manager": self._manager(step.manager)})
            for step in self.plan.steps
            if step.manager_changes and not step.is_new
        ]
        change_people(changes=changes, by=self.by, at=self.at)

    def _last_days(self) -> None:
        changes = [
            (self._person(step), step.left_on) for step in self.plan.steps if step.last_day_changes
        ]
        change_last_days(changes=changes, by=self.by, at=self.at)

    def _move(self) -> None:
        going: dict[tuple[UnitHere, dt.date], list[Person]] = defaultdict(list)
        for step in self.plan.steps:
            if step.unit_changes and step.unit is not None:
                person = self._person(step)
                starts = step.facts.get("started_on", person.started_on)
                going[step.unit, max(self.today, starts)].append(person)
        for (unit, on), people in going.items():
            move_people(people=people, unit=_unit(unit), on=on, by=self.by, at=self.at)

    # --- roles -----------------------------------------------------------------------------------

    def _end_roles(self) -> None:
        for step in self.plan.steps:
            for assignment in step.roles_ended:
                end_role(assignment=assignment, by=self.by, at=self.at)

    def _give_roles(self) -> None:
        given: Sequence[tuple[Person, str, Employer | Site | Unit | None]] = [
            (self._person(step), role, _scope(scope))
            for step in self.plan.steps
            for role, scope in step.roles_given
        ]
        assign_roles(roles=given, by=self.by, at=self.at)


def _there(employer: EmployerHere) -> Employer:
    assert employer.employer is not None
    return employer.employer


def _unit(unit: UnitHere) -> Unit:
    assert unit.unit is not None
    return unit.unit


def _scope(scope: EmployerHere | SiteHere | UnitHere | None) -> Employer | Site | Unit | None:
    if isinstance(scope, EmployerHere):
        return _there(scope)
    if isinstance(scope, SiteHere):
        return scope.site
    return _unit(scope) if scope else None
