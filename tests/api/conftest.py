"""A small company of its own: two employers, two teams at two sites, and a token for each test.

Alice acts, Bob is a colleague in her team, Charlie works for the partner.
"""

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from engagement.api.actions import create_token
from engagement.api.models import ApiToken, Scope
from engagement.api.tokens import new_secret
from engagement.people.models import (
    Employer,
    Membership,
    Person,
    RoleAssignment,
    Site,
    Unit,
    UnitPlacement,
)
from engagement.times import now
from kudos.models import Value

START = dt.date(2020, 1, 1)


class ApiClient(Client):
    """Speaks JSON with a token. ``secret`` empty: without one."""

    def __init__(self, secret: str = "", **defaults: Any) -> None:
        super().__init__(**defaults)
        self.secret = secret

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.secret:
            sent.setdefault("Authorization", f"Bearer {self.secret}")
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        data = b"" if body is None else raw
        address = path if path.startswith("http") else f"/api/v1/{path}"
        return self.generic(method, address, data, content_type="application/json", headers=sent)


@pytest.fixture
def fjordtel(db: None) -> Employer:
    return Employer.objects.create(name="Fjordtel")


@pytest.fixture
def partner(db: None) -> Employer:
    return Employer.objects.create(name="Nordsvar", is_partner=True)


@pytest.fixture
def trondheim(db: None) -> Site:
    return Site.objects.create(name="Trondheim", city="Trondheim")


@pytest.fixture
def gjovik(db: None) -> Site:
    return Site.objects.create(name="Gjøvik", city="Gjøvik")


def place_unit(name: str, employer: Employer, parent: Unit | None, site: Site | None) -> Unit:
    unit = Unit.objects.create(name=name, employer=employer, opened_on=START)
    UnitPlacement.objects.create(unit=unit, parent=parent, site=site, from_on=START)
    return unit


@pytest.fixture
def company(fjordtel: Employer) -> Unit:
    return place_unit("Kundeservice", fjordtel, None, None)


@pytest.fixture
def nordlys(fjordtel: Employer, company: Unit, trondheim: Site) -> Unit:
    return place_unit("Team Nordlys", fjordtel, company, trondheim)


@pytest.fixture
def mjosa(partner: Employer, company: Unit, gjovik: Site) -> Unit:
    return place_unit("Team Mjøsa", partner, company, gjovik)


def hire(given: str, family: str, employer: Employer, unit: Unit | None) -> Person:
    number = str(Person.objects.count() + 1001)
    person = Person(
        employee_number=number,
        employer=employer,
        given_name=given,
        family_name=family,
        email=f"{given}.{family}.{number}@example.com".lower(),
        phone="+47 900 00 000",
        started_on=START,
    )
    person.derive_texts()
    person.save()
    if unit is not None:
        Membership.objects.create(person=person, unit=unit, from_on=START)
    return person


@pytest.fixture
def alice(fjordtel: Employer, nordlys: Unit) -> Person:
    return hire("Alice", "Aas", fjordtel, nordlys)


@pytest.fixture
def bob(fjordtel: Employer, nordlys: Unit) -> Person:
    return hire("Bob", "Berg", fjordtel, nordlys)


@pytest.fixture
def charlie(partner: Employer, mjosa: Unit) -> Person:
    return hire("Charlie", "Celik", partner, mjosa)


@pytest.fixture
def lift(db: None) -> Value:
    return Value.objects.create(key="lift", name_nb="Vi løfter", name_en="We lift", position=1)


def give_role(person: Person, role: str, **scope: Any) -> None:
    RoleAssignment.objects.create(
        person=person, role=role, from_at=now() - dt.timedelta(days=1), **scope
    )
    person.__dict__.pop("_roles_held", None)


def token_for(
    person: Person,
    *scopes: str,
    expires_at: dt.datetime | None = None,
    at: dt.datetime | None = None,
) -> tuple[ApiToken, str]:
    secret = new_secret()
    token = create_token(
        by=None,
        person=person,
        name="Test",
        scopes=scopes or Scope.values,
        secret=secret,
        at=at or now(),
        expires_at=expires_at,
    )
    return token, secret


@pytest.fixture
def as_person() -> Callable[..., ApiClient]:
    """A client with a token for a person: ``as_person(alice, "people:read")``; all scopes unless told."""

    def make(person: Person, *scopes: str) -> ApiClient:
        return ApiClient(token_for(person, *scopes)[1])

    return make


@pytest.fixture
def api(as_person: Callable[..., ApiClient], alice: Person) -> ApiClient:
    """Alice's client, with every scope, whose token has been used today already."""
    client = as_person(alice)
    ApiToken.objects.update(last_used_on=dt.date.today())
    return client
