"""An organisation that is asked: two teams in one department, a partner's team, the people who plan."""

import datetime as dt
from dataclasses import dataclass

import pytest

from engagement import times
from engagement.people.models import Employer, Person, ShiftPattern, Site, Unit
from surveys import actions
from tests import factories
from tests.surveys.factories import make_team


@dataclass
class Asked:
    employer: Employer
    partner: Employer
    trondheim: Site
    department: Unit
    nordlys: Unit
    fossen: Unit
    mjosa: Unit
    hr: Person
    delegate: Person
    union: Person


@pytest.fixture
def asked(db: None) -> Asked:
    """Nordlys 8, Fossen 7, Mjøsa 6 (partner); HR, delegate and union sit in the department."""
    employer = factories.make_employer("Fjordtel")
    partner = factories.make_employer("Nordsvar", is_partner=True)
    trondheim, gjovik = factories.make_site("Trondheim"), factories.make_site("Gjøvik")
    department = factories.make_unit("Kundeservice", employer=employer, site=trondheim)
    for key, days, start, end in (
        ("dag", [1, 2, 3, 4, 5], dt.time(8), dt.time(16)),
        ("helg", [5, 6, 7], dt.time(10), dt.time(20)),
    ):
        ShiftPattern.objects.create(
            key=key, name_nb=key, name_en=key, weekdays=days, starts_at=start, ends_at=end
        )
    organisation = Asked(
        employer=employer,
        partner=partner,
        trondheim=trondheim,
        department=department,
        nordlys=make_team("Nordlys", people=8, parent=department),
        fossen=make_team("Fossen", people=7, parent=department),
        mjosa=make_team("Mjøsa", people=6, site=gjovik, employer=partner),
        hr=factories.make_person("Kari", "Lund", unit=department),
        delegate=factories.make_person("Ola", "Haugen", unit=department),
        union=factories.make_person("Berit", "Aas", unit=department),
    )
    factories.give_role(organisation.hr, "hr")
    factories.give_role(organisation.delegate, "safety_delegate")
    factories.give_role(organisation.union, "union_representative")
    actions.load_shipped_instruments(at=times.now())
    return organisation
