"""A small Fjordtel and the ballot box of the past, as a process of its own."""

import datetime as dt
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engagement import times
from engagement.demo import organisation
from engagement.demo.surveys.past import PastBallots
from surveys import actions
from tests.surveys.witness.browser import TOKEN, Box

SCALE = 60
ORIGIN = "http://127.0.0.1:8000"
# The box's clock may stand at moments that have passed only.
A_MOMENT = dt.timedelta(seconds=5)


@pytest.fixture(scope="session")
def past_box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    box = Box(ORIGIN, module="surveys.ballots.past")
    with box.open(tmp_path_factory.mktemp("past-box") / "log"):
        yield box


@pytest.fixture
def in_box(past_box: Box, settings: Any, tmp_path: Path) -> Box:
    """The box that this process talks to; the data folder is empty."""
    settings.BASE_URL, settings.DATA_DIR = ORIGIN, tmp_path
    settings.BALLOT_URL = settings.BALLOT_CONTROL_URL = past_box.url
    settings.BALLOT_CONTROL_TOKEN = TOKEN
    return past_box


def found(*, at: dt.datetime) -> None:
    """Fjordtel with 60 people, founded at ``at``."""
    actions.load_shipped_instruments(at=at - dt.timedelta(days=600))
    organisation.found(scale=SCALE, at=at, dice=random.Random(SCALE))


def set_clock(at: dt.datetime) -> None:
    with PastBallots() as past:
        past.set_clock(at)


@pytest.fixture
def fjordtel(db: None, in_box: Box, monkeypatch: pytest.MonkeyPatch) -> dt.datetime:
    """Founded a moment ago; when that was. The box is not ended: the next test needs it."""
    monkeypatch.setattr(PastBallots, "end", lambda self: None)
    at = times.now() - A_MOMENT
    found(at=at)
    return at
