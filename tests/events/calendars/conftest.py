"""The Thursday before waffle Friday, and an address of Bob's."""

import datetime as dt
from collections.abc import Iterator

import pytest
import time_machine

from events.actions import make_calendar_link
from tests.conftest import Cast

THURSDAY = dt.datetime(2026, 11, 26, 8, tzinfo=dt.UTC)
SECRET = "bobs-" + "x" * 38


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """Stands at nine on the Thursday in Norway, until it is moved."""
    with time_machine.travel(THURSDAY, tick=False) as traveller:
        yield traveller


@pytest.fixture
def address(cast: Cast, clock: time_machine.Traveller) -> str:
    """Where Bob's calendar program reads, in English."""
    cast.bob.language = "en"
    cast.bob.save()
    make_calendar_link(program="apple", secret=SECRET, by=cast.bob, at=THURSDAY)
    return f"/calendar/{SECRET}.ics"
