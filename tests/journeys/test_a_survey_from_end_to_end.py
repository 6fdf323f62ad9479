"""One survey from HR's first word to the last receipt, by twenty people and by the clock.

Days pass in moments: product and browsers live by a clock that the journey moves.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.journeys import survey_desk as desk
from tests.journeys.conftest import Platform, Visits, new_folder, started
from tests.journeys.moved_clock import MovedClock
from tests.journeys.product_state import ProductState

# A Monday with no public holiday for weeks: the journey is the same on every day it is made.
BEGINS = dt.datetime(2027, 1, 11, 8, tzinfo=dt.UTC)
TITLE = "Arbeidsmiljøet 2027"
THEMES = (
    *("role_clarity", "workload", "emotional_demands", "support", "leadership"),
    *("recognition", "growth", "influence", "speaking_up", "change"),
)
# One question a theme, on the scale from 1 to 5; and one from 0 to 10.
KEPT = [f"annual.{theme}.1" for theme in THEMES]
POINTS = {key: list(range(1, 6)) for key in KEPT} | {"recommend.1": list(range(11))}
NAME_IN_A_COMMENT = "Amina"
COMMENTS = (
    "Mer tid mellom samtalene.",
    f"{NAME_IN_A_COMMENT} hører på oss.",
    "Nye hodetelefoner.",
    "Vaktlista kommer for seint.",
)


@pytest.fixture(scope="module")
def clock() -> Iterator[MovedClock]:
    folder = new_folder()
    clock = MovedClock(folder)
    clock.move_to(BEGINS)
    yield clock


@pytest.fixture(scope="module")
def town(clock: MovedClock) -> Iterator[Platform]:
    """A platform of its own, with no survey but the one of this journey."""
    with started(new_folder(), **clock.environment, DEMO_SCALE="70", DEMO_SURVEYS="0") as platform:
        yield platform


@pytest.fixture(scope="module")
def state(town: Platform) -> ProductState:
    return ProductState(town)


@pytest.fixture
def visit(town: Platform, clock: MovedClock, launch: Callable[..., Browser]) -> Iterator[Visits]:
    browser = launch(env=clock.environment)
    visits = Visits(town, browser)
    yield visits
    visits.close()
    browser.close()
    assert visits.problems + visits.logged_errors() == []


def test_a_survey_from_the_first_word_to_the_last_receipt(
    visit: Visits, clock: MovedClock, state: ProductState, tmp_path: Path
) -> None:
    hr, delegate, union = (visit(one, size=desk.DESK) for one in ("hr", "delegate", "union"))
    survey = desk.write_survey(hr, title=TITLE, kept=KEPT, discussed_on=clock.now.date())
    desk.read_preview(hr, TITLE)
    desk.hand_over(hr, survey)
    desk.read_plan(delegate, TITLE)
    key_file, passphrase = desk.make_key(delegate, tmp_path)
    desk.confirm_plan(delegate, survey, "Bra at det er kort.")
    desk.read_plan(union, TITLE)
    desk.check_key(union, key_file, passphrase)
    desk.confirm_plan(union, survey)
    words = desk.launch(hr, survey)
    assert len(words) == 12
    print(clock.now)
