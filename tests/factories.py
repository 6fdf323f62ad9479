"""People and places for tests. Everything has a default; say what the test is about."""

import datetime as dt
import itertools
from typing import Any

from engagement import times
from engagement.people.models import (
    Employer,
    Membership,
    Person,
    RoleAssignment,
    Site,
    Unit,
    UnitPlacement,
)

LONG_AGO = dt.date(2020, 1, 1)
_numbers = itertools.count(1000)


def make_employer(name: str = "Fjordtel", *, is_partner: bool = False) -> Employer:
    return Employer.objects.get_or_create(name=name, defaults={"is_partner": is_partner})[0]


def make_site(name: str = "Trondheim", **facts: Any) -> Site:
    return Site.objects.get_or_create(name=name, defaults=facts)[0]


def make_unit(
    name: str = "Team Nordlys",
    *,
    parent: Unit | None = None,
    site: Site | None = None,
    employer: Employer | None = None,
    from_on: dt.date = LONG_AGO,
) -> Unit:
    unit = Unit.objects.create(name=name, employer=employer or make_employer(), opened_on=from_on)
    UnitPlacement.objects.create(unit=unit, parent=parent, site=site, from_on=from_on)
    return unit


def make_person(
    given_name: str = "Amina",
    family_name: str = "Hassan",
    *,
    unit: Unit | None = None,
    employer: Employer | None = None,
    from_on: dt.date = LONG_AGO,
    **facts: Any,
) -> Person:
    person = Person(
        given_name=given_name,
        family_name=family_name,
        employee_number=facts.pop("employee_number", str(next(_numbers))),
        employer=employer or (unit.employer if unit else make_employer()),
        started_on=from_on,
        **facts,
    )
    person.derive_texts()
    person.set_unusable_password()
    person.save()
    if unit:
        Membership.objects.create(person=person, unit=unit, from_on=from_on)
    return person


def give_role(person: Person, role: str, **scope: Any) -> RoleAssignment:
    return RoleAssignment.objects.create(
        person=person, role=role, from_at=times.now() - dt.timedelta(days=1), **scope
    )
