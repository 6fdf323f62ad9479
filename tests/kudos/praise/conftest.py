"""Lena leads the team of Alice and Bob; Hanne is HR of everybody; Stig manages the site."""

from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest
from django.test import Client

from engagement import times
from engagement.people.models import Person, RoleAssignment
from kudos.actions import PraiseFacts, receive_praise
from kudos.models import Praise, PraiseRule
from tests import factories
from tests.conftest import Cast, sign_in

Role = RoleAssignment.Role
_ids = count(1)


@dataclass
class Checkers:
    lena: Person
    stig: Person
    hanne: Person


@pytest.fixture
def checkers(cast: Cast) -> Checkers:
    everybody = Checkers(
        lena=factories.make_person("Lena", "Lund", unit=cast.team, email="lena@fjordtel.example"),
        stig=factories.make_person("Stig", "Sund", unit=cast.department),
        hanne=factories.make_person("Hanne", "Holm", unit=cast.department),
    )
    factories.give_role(everybody.lena, Role.LEAD, unit=cast.team)
    factories.give_role(everybody.stig, Role.SITE_MANAGER, site=cast.trondheim)
    factories.give_role(everybody.hanne, Role.HR)
    return everybody


@pytest.fixture
def as_lena(checkers: Checkers) -> Client:
    return sign_in(Client(), checkers.lena)


@pytest.fixture
def as_hanne(checkers: Checkers) -> Client:
    return sign_in(Client(), checkers.hanne)


def arrives(agent: Person | None, text: str = "Tusen takk for god hjelp.", **facts: Any) -> Praise:
    at = facts.pop("at", None) or times.now()
    sent = {"source": "stemmen", "external_id": f"e{next(_ids)}", **facts}
    return receive_praise(facts=PraiseFacts(text=text, agent=agent, **sent), at=at).praise


def make_rule(kind: str, **facts: Any) -> PraiseRule:
    return PraiseRule.objects.create(position=PraiseRule.objects.count(), kind=kind, **facts)
