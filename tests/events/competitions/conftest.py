"""See `arena`."""

import pytest

from tests.conftest import Cast
from tests.events.competitions.arena import Arena, make_arena


@pytest.fixture
def arena(cast: Cast) -> Arena:
    return make_arena(cast)
