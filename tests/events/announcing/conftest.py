"""Alice's and Bob's site, and Mona who manages it."""

from collections.abc import Iterator

import pytest
import time_machine
from django.utils.translation import override

from engagement.people.models import Person, RoleAssignment
from tests import factories as people
from tests.conftest import Cast
from tests.events.announcing.helpers import AT


@pytest.fixture(autouse=True)
def thursday() -> Iterator[None]:
    with time_machine.travel(AT, tick=False), override("en"):
        yield


@pytest.fixture
def mona(cast: Cast, thursday: None) -> Person:
    """Manages Trondheim; sits in the department above the team."""
    mona = people.make_person(
        "Mona", "Moe", unit=cast.team, email="mona@fjordtel.example", language="en"
    )
    people.give_role(mona, RoleAssignment.Role.SITE_MANAGER, site=cast.trondheim)
    return mona


@pytest.fixture
def hr(cast: Cast, thursday: None) -> Person:
    hanne = people.make_person("Hanne", "Haug", unit=cast.department, language="en")
    people.give_role(hanne, RoleAssignment.Role.HR)
    return hanne
