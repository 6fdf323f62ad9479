import pytest

from engagement.people.models import Person, RoleAssignment
from events.models import Series
from tests import factories as people
from tests.conftest import Cast
from tests.events.series.plans import make_waffles


@pytest.fixture
def manager(cast: Cast) -> Person:
    """Mona manages Alice's and Bob's site."""
    mona = people.make_person("Mona", "Moe", unit=cast.team, email="mona@fjordtel.example")
    people.give_role(mona, RoleAssignment.Role.SITE_MANAGER, site=cast.trondheim)
    return mona


@pytest.fixture
def series(cast: Cast, manager: Person) -> Series:
    """Every Friday at noon and at six, ten and four places, made on the Monday before."""
    return make_waffles(manager, cast.trondheim)
