"""From a read roster and the world as it is to a plan."""

import datetime as dt
from collections.abc import Iterable

from engagement.files import shortened
from engagement.people.models import RoleAssignment, ShiftPattern, folded
from engagement.people.roster.places import Places
from engagement.people.roster.plan import (
    EmployerHere,
    Leaving,
    Manager,
    Plan,
    SiteHere,
    Step,
    UnitHere,
)
from engagement.people.roster.reasons import Problem
from engagement.people.roster.rows import Roster, Row
from engagement.people.roster.world import Known, World

Role = RoleAssignment.Role
# Roles that come and go with the file. The others are given by it and ended on the person's page.
LINE_ROLES = (Role.LEAD, Role.SITE_MANAGER)
ONE_DAY = dt.timedelta(days=1)


def compare(roster: Roster, world: World) -> Plan:
    """The plan for ``roster``. Every problem in the file is found in one go."""
    return _Comparison(roster, world).run()


class _Comparison:
    def __init__(self, roster: Roster, world: World) -> None:
        self.roster = roster
        self.world = world
        self.plan = Plan(
            world.today,
            problems=list(roster.problems),
            ignored_columns=list(roster.heading.ignored),
            row_count=len(roster.rows),
        )
        self.places = Places(world, self.plan)
        self.known = {(one.employer_id, one.number): one for one in world.people.values()}
        self.patterns = _patterns(world.patterns)
        self.steps: list[Step] = []
        # Who is at (employer, number) after the import; the employer is an object: it may be new.
        self.at_number: dict[tuple[EmployerHere, str], Step] = {}
        self.by_known: dict[int, Step] = {}
        self._spoiled = {(one.row, one.column) for one in roster.problems}

    def run(self) -> Plan:
        sited: list[tuple[Row, UnitHere, SiteHere]] = []
        if not any(problem.reason == "column_missing" for problem in self.plan.problems):
            for row in self.roster.rows:
                self._take(row, sited)
            self._name_partners()
            self.places.settle_employers()
            self.places.settle_sites(iter(sited))
            self._absent()
            for step in self.steps:
                self._manager(step)
                self._roles(step)
            self._emails()
            self._circles()
            self._own_removal()
            self._settle()
        self.plan.problems.sort(key=lambda one: (one.row or 0, one.column, one.reason))
        self.plan.warnings.sort(key=lambda one: (one.row or 0, one.column, one.reason))
        return self.plan

    # --- one row ---------------------------------------------------------------------------------

    def _take(self, row: Row, sited: list[tuple[Row, UnitHere, SiteHere]]) -> None:
        employer = self.places.employer_of(row)
        site = self.places.site_of(row)
        if employer is None or not row.number:
            return
        other = self.at_number.get((employer, row.number))
        if other is not None:
            first = other.row.row if other.row else ""
            self._refuse(row, "number", row.number, "number_twice", other=first)
            return
        known = self.known.get((employer.employer.pk, row.number)) if employer.employer else None
        step = Step(row, known, employer)
        unit = self.places.unit_of(row, employer)
        if unit is not None and site is not None:
            self.places.name_site(row, unit, site)
            sited.append((row, unit, site))
        self.at_number[employer, row.number] = step
        if known is not None:
            self.by_known[known.pk] = step
        self.steps.append(step)
        if known is None:
            self._new(step, row, unit)
        else:
            self._same(step, row, known, unit)

    def _new(self, step: Step, row: Row, unit: UnitHere | None) -> None:
        today = self.world.today
        left_on = row.end + ONE_DAY if row.end else None
        if left_on is not None and left_on <= today:
            self._warn(row, "end", row.end.isoformat() if row.end else "", "already_left")
            self.steps.pop()
            return
        step.is_new = True
        step.unit = unit
        step.left_on = left_on
        step.facts = {
            "employee_number": row.number,
            "given_name": row.given,
            "family_name": row.family,
            "email": row.email,
            "phone": row.phone,
            "title": row.title,
            "language": row.language or "nb",
            "started_on": row.start or min(today, row.end or today),
            "shift_pattern_id": self._pattern(row),
        }
        if not row.unit and (row.row, "unit") not in self._spoiled:
            self._refuse(row, "unit", "", "unit_missing")

    def _same(self, step: Step, row: Row, known: Known, unit: UnitHere | None) -> None:
        self._names(step, row, known)
        if "email" in row.has and row.email != known.email.lower():
            self._fact(step, "email", "email", known.email, row.email)
        if "phone" in row.has and row.phone != known.phone:
            self._fact(step, "phone", "phone", known.phone, row.phone)
        if "title" in row.has and row.title != known.title:
            self._fact(step, "title", "title", known.title, row.title)
        if row.language and row.language != known.language:
            self._fact(step, "language", "language", known.language, row.language)
        if "shift" in row.has:
            self._shift(step, row, known)
        if row.start and row.start != known.started_on:
            self._fact(
                step, "start", "started_on", known.started_on.isoformat(), row.start.isoformat()
            )
            step.facts["started_on"] = row.start
        self._employment(step, row, known)
        self._place(step, row, known, unit)

    def _names(self, step: Step, row: Row, known: Known) -> None:
        if row.whole:
            # How a whole name is cut in two is a guess: one that reads the same is left alone.
            if row.whole == known.name or not row.given:
                return
            self._fact(step, "name", "given_name", known.name, row.whole)
            step.facts["given_name"], step.facts["family_name"] = row.given, row.family
            return
        if row.given and row.given != known.given:
            self._fact(step, "given", "given_name", known.given, row.given)
        if "family" in row.has and row.family != known.family:
            self._fact(step, "family", "family_name", known.family, row.family)

    def _shift(self, step: Step, row: Row, known: Known) -> None:
        wanted = self._pattern(row)
        if wanted == known.shift_id or (row.shift and wanted is None):
            return
        names = {one.pk: one.key for one in self.world.patterns}
        old = names.get(known.shift_id or 0, "")
        self._fact(step, "shift", "shift_pattern_id", old, names.get(wanted or 0, ""))
        step.facts["shift_pattern_id"] = wanted

    def _pattern(self, row: Row) -> int | None:
        if not row.shift:
            return None
        found = self.patterns.get(folded(row.shift))
        if found is None:
            known = ", ".join(one.key for one in self.world.patterns) or "–"
            self._refuse(row, "shift", row.shift, "not_a_shift", known=known)
        return found

    def _employment(self, step: Step, row: Row, known: Known) -> None:
        """Last days: set, changed, taken back; leaving now; coming back."""
        today = self.world.today
        starts = step.facts.get("started_on", known.started_on)
        left_on = row.end + ONE_DAY if row.end else None
        if "end" not in row.has or (row.row, "end") in self._spoiled:
            left_on = known.left_on if not known.has_left_by(today) else None
        if left_on is not None and left_on < starts:
            facts = {"start": starts.isoformat()}
            value = (left_on - ONE_DAY).isoformat()
            self.plan.problems.append(Problem(row.row, "end", value, "ends_before_start", facts))
            return
        is_over = left_on is not None and left_on <= today
        if known.has_left_by(today):
            if not is_over:
                step.returns = True
                step.left_on = left_on
            # Somebody who is gone stays gone: a corrected day in the past changes nothing.
            else:
                step.facts.clear()
                step.shown.clear()
        elif is_over:
            step.leaves = True
            step.left_on = left_on
        elif left_on != known.left_on:
            step.last_day_changes = True
            step.left_on = left_on
            step.shown.append(_shown("end", _last_day(known.left_on), _last_day(left_on)))

    def _place(self, step: Step, row: Row, known: Known, unit: UnitHere | None) -> None:
        now = self.world.place_of(known)
        before = self.places.units_by_pk.get(now.unit_id) if now else None
        step.unit_before = before.path_name if before else ""
        is_here = not known.has_left_by(self.world.today)
        if unit is None or step.leaves or not (is_here or step.returns):
            return
        step.unit = unit
        if step.returns:
            # Where they were before is history; they come back to a place in any case.
            step.unit_changes = False
            return
        places = self.world.places.get(known.pk, [])
        if any(place.unit_id == (unit.unit.pk if unit.unit else None) for place in places):
            step.unit = before
            return
        if len(places) > 1 or (places and known.works_on(self.world.today)
                               and places[0].from_on > self.world.today):  # fmt: skip
            later = self.places.units_by_pk.get(places[-1].unit_id)
            facts = {"unit": later.name if later else "?", "day": places[-1].from_on.isoformat()}
            value = shortened(" / ".join(row.unit))
            self.plan.problems.append(Problem(row.row, "unit", value, "move_planned", facts))
            return
        step.unit_changes = True

    # --- managers and roles ----------------------------------------------------------------------

    def _manager(self, step: Step) -> None:
        row, known = step.row, step.known
        if row is None or "manager" not in row.has or (row.row, "manager") in self._spoiled:
            return
        if step.leaves or not (step.is_new or step.returns or self._is_here(known)):
            return
        target: Manager | None = None
        if row.manager:
            target = self._find_manager(step, row)
            if target is None:
                return
        if known is not None and not step.is_new:
            old = self.world.people.get(known.manager_id) if known.manager_id else None
            now = self._resolved(target)
            if now is old:
                return
            new_number = target.number if target is not None else ""
            step.shown.append(_shown("manager", old.number if old else "", new_number))
        step.manager = target
        step.manager_changes = True

    def _is_here(self, known: Known | None) -> bool:
        return known is not None and not known.has_left_by(self.world.today)

    @staticmethod
    def _resolved(target: Manager | None) -> Known | Step | None:
        """A manager who is here already as the database row, so that the same is the same."""
        return target.known if isinstance(target, Step) and target.known else target

    def _find_manager(self, step: Step, row: Row) -> Manager | None:
        if row.manager == row.number:
            self._refuse(row, "manager", row.manager, "manager_self")
            return None
        own = self._at(step.employer, row.manager)
        if own is not None:
            return own
        others = [
            found
            for employer in self.places.employers.values()
            if employer is not step.employer and self._may_see(employer)
            and (found := self._at(employer, row.manager)) is not None
        ]  # fmt: skip
        if len(others) == 1:
            return others[0]
        is_gone = (step.employer, row.manager) in self.at_number or (
            step.employer.employer is not None
            and (step.employer.employer.pk, row.manager) in self.known
        )
        reason = "manager_gone" if is_gone else "manager_unknown"
        if others:
            reason = "manager_of_several"
        self._refuse(row, "manager", row.manager, reason)
        return None

    def _may_see(self, employer: EmployerHere) -> bool:
        return employer.employer is None or employer.employer.pk in self.world.allowed

    def _at(self, employer: EmployerHere, number: str) -> Manager | None:
        step = self.at_number.get((employer, number))
        if step is not None:
            is_out = step.leaves or not (step.is_new or step.returns or self._is_here(step.known))
            return None if is_out else step
        known = self.known.get((employer.employer.pk, number)) if employer.employer else None
        if known is None or not self._is_here(known):
            return None
        absent = self.by_known.get(known.pk)
        return None if absent is not None and absent.leaves else known

    def _roles(self, step: Step) -> None:
        row = step.row
        if row is None or row.roles is None or step.leaves:
            return
        if not (step.is_new or step.returns or self._is_here(step.known)):
            return
        held = self.world.roles.get(step.known.pk, []) if step.known else []
        before = self.world.place_of(step.known) if step.known else None
        unit = step.unit or (self.places.units_by_pk.get(before.unit_id) if before else None)
        site = self.places.sites.get(folded(row.site)) if row.site else None
        site = site or (unit.site if unit else None)
        wanted: list[tuple[str, EmployerHere | SiteHere | UnitHere | None]] = []
        for role in sorted(row.roles):
            scope = self._scope(step, row, role, unit, site)
            if not isinstance(scope, _Nowhere) and not _holds(held, role, scope):
                wanted.append((role, scope))
        step.roles_given = [one for one in wanted if self._may_give(row, *one)]
        step.roles_ended = self._ended(held, row.roles, before.unit_id if before else None, unit)

    def _scope(
        self, step: Step, row: Row, role: str, unit: UnitHere | None, site: SiteHere | None
    ) -> "EmployerHere | SiteHere | UnitHere | _Nowhere | None":
        if role == Role.LEAD:
            return unit or _NOWHERE
        if role == Role.SITE_MANAGER:
            if site is None:
                self._refuse(row, "role", role, "role_needs_site")
            return site or _NOWHERE
        return None if role == Role.ADMINISTRATOR else step.employer

    def _may_give(
        self, row: Row, role: str, scope: EmployerHere | SiteHere | UnitHere | None
    ) -> bool:
        importer = self.world.importer
        allowed = importer.is_whole or not isinstance(scope, SiteHere)
        if role == Role.ADMINISTRATOR:
            allowed = importer.can_make_administrators
        if isinstance(scope, UnitHere) and scope.employer.employer and not importer.is_whole:
            allowed = scope.employer.employer.pk in self.world.allowed
        if not allowed:
            self._refuse(row, "role", role, "role_not_yours_to_give")
        return allowed

    def _ended(
        self,
        held: Iterable[RoleAssignment],
        named: frozenset[str],
        unit_id_before: int | None,
        unit: UnitHere | None,
    ) -> list[RoleAssignment]:
        """Line roles at the person's own place that the file no longer names there.

        A lead who also stands in for another team keeps that: it was given on the person's page.
        """
        if unit_id_before is None:
            return []
        before = self.places.units_by_pk.get(unit_id_before)
        site_id = before.site.site.pk if before and before.site and before.site.site else None
        now = unit.unit.pk if unit and unit.unit else None
        ended = []
        for one in held:
            is_own_lead = one.role == Role.LEAD and one.unit_id == unit_id_before
            is_own_site = one.role == Role.SITE_MANAGER and one.site_id == site_id is not None
            moved_away = is_own_lead and unit is not None and now != unit_id_before
            if (is_own_lead or is_own_site) and (one.role not in named or moved_away):
                ended.append(one)
        return ended

    # --- the file as a whole ---------------------------------------------------------------------

    def _absent(self) -> None:
        """Whoever works for an employer in the file, or will, and is not in it, leaves."""
        named = {one.employer.pk: one for one, _n in self.at_number if one.employer}
        for known in self.world.people.values():
            employer = named.get(known.employer_id)
            if employer is None or known.pk in self.by_known:
                continue
            if known.has_left_by(self.world.today) or known.never_started():
                continue
            step = Step(None, known, employer, leaves=True, is_absent=True)
            step.left_on = max(self.world.today, known.started_on)
            place = self.world.place_of(known)
            unit = self.places.units_by_pk.get(place.unit_id) if place else None
            step.unit_before = unit.path_name if unit else ""
            self.steps.append(step)
            self.by_known[known.pk] = step
        self._lost_zeros()

    def _lost_zeros(self) -> None:
        gone = {
            (step.employer, step.number.lstrip("0")): step.number
            for step in self.steps
            if step.is_absent and step.number.startswith("0")
        }
        for step in self.steps:
            other = gone.get((step.employer, step.number)) if step.is_new else None
            if other and step.row:
                self._warn(step.row, "number", step.number, "zeros_lost", other=other)

    def _emails(self) -> None:
        """Addresses as they would be afterwards: each belongs to one person."""
        owners: dict[str, Step] = {}
        for step in self.steps:
            address = step.facts.get("email")
            if address is None:
                address = step.known.email.lower() if step.known else ""
            if not address:
                continue
            other = owners.setdefault(address, step)
            if other is step:
                continue
            late, early = (step, other) if step.row else (other, step)
            if late.row is None:
                continue
            if early.row is None and early.known is not None:
                # They leave with this file: their address is free from now on.
                self._release(late.row, early.known, address)
            else:
                first = early.row.row if early.row else ""
                self._refuse(late.row, "email", address, "email_twice", other=first)
        for known in self.world.people.values():
            taker = owners.get(known.email.lower()) if known.email else None
            if taker is None or known.pk in self.by_known or taker.row is None:
                continue
            if known.employer_id not in self.world.allowed:
                self._refuse(taker.row, "email", known.email, "email_taken")
            elif known.has_left_by(self.world.today):
                self._release(taker.row, known, known.email)
            else:
                self._refuse(
                    taker.row, "email", known.email, "email_taken_by",
                    name=known.name, number=known.number,
                )  # fmt: skip

    def _release(self, row: Row, known: Known, address: str) -> None:
        self.plan.released_emails.append(known)
        self._warn(row, "email", address, "email_released", number=known.number)

    def _circles(self) -> None:
        """Who manages whom afterwards must have an end."""
        above: dict[object, object] = {}
        for known in self.world.people.values():
            if known.manager_id:
                above[known] = self.world.people.get(known.manager_id)
        for step in self.steps:
            if step.manager_changes:
                above[step.known or step] = self._resolved(step.manager)
        settled: set[object] = set()
        for start in list(above):
            trail: list[object] = []
            here: object | None = start
            on_trail: set[object] = set()
            while here is not None and here not in settled and here not in on_trail:
                trail.append(here)
                on_trail.add(here)
                here = above.get(here)
            if here is not None and here in on_trail:
                self._circle(trail[trail.index(here) :])
            settled |= on_trail

    def _circle(self, members: list[object]) -> None:
        numbers = [one.number for one in members if isinstance(one, Known | Step)]
        shown = " → ".join([*numbers[:6], *(["…"] if len(numbers) > 6 else []), numbers[0]])
        for one in members:
            step = self.by_known.get(one.pk) if isinstance(one, Known) else one
            if isinstance(step, Step) and step.row is not None and step.manager_changes:
                self._refuse(step.row, "manager", step.row.manager, "manager_circle", circle=shown)

    def _own_removal(self) -> None:
        me = self.world.importer.person
        step = self.by_known.get(me.pk) if me is not None else None
        if me is None or step is None or not step.leaves:
            return
        if step.row is not None:
            self._refuse(step.row, "end", _last_day(step.left_on), "own_removal")
        else:
            facts = {"name": me.name, "number": me.employee_number}
            self.plan.problems.append(Problem(None, "number", "", "own_absence", facts))

    def _settle(self) -> None:
        """Keeps the steps that do something, and counts who would no longer be here."""
        leaving_ids = {step.known.pk for step in self.steps if step.leaves and step.known}
        for step in self.steps:
            row, known = step.row, step.known
            if row is None or known is None or step.manager_changes or step.leaves:
                continue
            if known.manager_id in leaving_ids and "manager" not in row.has:
                self._warn(row, "manager", "", "manager_leaves")
        self.plan.steps = [step for step in self.steps if step.does_something]
        today = self.world.today
        named = {one for one, _number in self.at_number if one.employer}
        active: dict[int, int] = {}
        for person in self.world.people.values():
            if person.works_on(today):
                active[person.employer_id] = active.get(person.employer_id, 0) + 1
        for employer in named:
            assert employer.employer is not None
            gone = sum(
                step.employer is employer and self._becomes_inactive(step)
                for step in self.plan.steps
            )
            if gone:
                count = active.get(employer.employer.pk, 0)
                self.plan.leavings.append(Leaving(employer.name, gone, count))
        self.plan.leavings.sort(key=lambda one: one.employer)

    def _becomes_inactive(self, step: Step) -> bool:
        today = self.world.today
        if step.known is None or not step.known.works_on(today):
            return False
        return step.leaves or step.facts.get("started_on", today) > today

    def _name_partners(self) -> None:
        """The first employer with the most people is the house itself; later ones are partners."""
        if not self.plan.employers:
            return
        for one in self.plan.employers:
            one.is_partner = True
        if not self.world.employers:
            counts = dict.fromkeys(self.plan.employers, 0)
            for employer, _number in self.at_number:
                counts[employer] += 1
            max(counts, key=lambda one: counts[one]).is_partner = False

    # --- words -----------------------------------------------------------------------------------

    def _fact(self, step: Step, column: str, field: str, old: str, new: str) -> None:
        step.facts[field] = new
        step.shown.append(_shown(column, old, new))

    def _refuse(self, row: Row, column: str, value: str, reason: str, **facts: object) -> None:
        self.plan.problems.append(Problem(row.row, column, shortened(value), reason, facts))

    def _warn(self, row: Row, column: str, value: str, reason: str, **facts: object) -> None:
        self.plan.warnings.append(Problem(row.row, column, shortened(value), reason, facts))


class _Nowhere:
    """A scope that there is none for."""


_NOWHERE = _Nowhere()


def _holds(
    held: Iterable[RoleAssignment], role: str, scope: EmployerHere | SiteHere | UnitHere | None
) -> bool:
    """Line roles are held at a place; any scope of another role will do."""
    for one in held:
        if one.role != role:
            continue
        if isinstance(scope, UnitHere) and role == Role.LEAD:
            if scope.unit is not None and one.unit_id == scope.unit.pk:
                return True
        elif isinstance(scope, SiteHere):
            if scope.site is not None and one.site_id == scope.site.pk:
                return True
        else:
            return True
    return False


def _patterns(patterns: Iterable[ShiftPattern]) -> dict[str, int]:
    return {
        folded(name): one.pk for one in patterns for name in (one.key, one.name_nb, one.name_en)
    }


def _shown(column: str, old: str, new: str) -> dict[str, str]:
    return {"column": column, "old": old, "new": new}


def _last_day(left_on: dt.date | None) -> str:
    return (left_on - ONE_DAY).isoformat() if left_on else ""
