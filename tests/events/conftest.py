"""A waffle Friday with one sitting at Alice's and Bob's own site."""

from dataclasses import dataclass

import pytest

from engagement.people.models import Person, RoleAssignment
from events.models import Event, Series, Sitting
from tests import factories as people
from tests.conftest import Cast
from tests.events import factories


@dataclass
class WaffleFriday:
    """Mona manages the site and made the series; two places, none taken."""

    manager: Person
    series: Series
    event: Event
    sitting: Sitting


@pytest.fixture
def waffles(cast: Cast) -> WaffleFriday:
    manager = people.make_person("Mona", "Moe", unit=cast.team, email="mona@fjordtel.example")
    people.give_role(manager, RoleAssignment.Role.SITE_MANAGER, site=cast.trondheim)
    series = factories.make_series(manager)
    event = factories.make_event(series)
    sitting = factories.make_sitting(event, site=cast.trondheim, capacity=2)
    return WaffleFriday(manager, series, event, sitting)
