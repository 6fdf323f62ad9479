"""A manager makes a competition, agents enter on phones, a wall shows who leads, and then who won.

Days pass in moments: product and browsers live by a clock that the journey moves.
"""

import datetime as dt
import re
import shutil
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.conftest import PHONE, Platform, Visits, new_folder, started
from tests.journeys.moved_clock import MovedClock
from tests.journeys.thanks_desk import look, on_wall, pair

# A Monday with no public holiday for weeks.
BEGINS = dt.datetime(2027, 1, 11, 8, tzinfo=dt.UTC)
CLOSES = dt.datetime(2027, 1, 12, 14, tzinfo=dt.UTC)
TITLE = "Trapper framfor heis"
# Two teams of five or more at the manager's site.
SCALE = "80"


@pytest.fixture(scope="module")
def clock() -> Iterator[MovedClock]:
    folder = new_folder()
    clock = MovedClock(folder)
    clock.move_to(BEGINS)
    yield clock
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def town(clock: MovedClock) -> Iterator[Platform]:
    with started(new_folder(), DEMO_SCALE=SCALE, **clock.environment) as platform:
        yield platform


@pytest.fixture
def visit(town: Platform, clock: MovedClock, launch: Callable[..., Browser]) -> Iterator[Visits]:
    browser = launch(env=clock.environment)
    visits = Visits(town, browser)
    yield visits
    visits.close()
    browser.close()
    assert visits.problems + visits.logged_errors() == []


def make(manager: Page) -> str:
    """Two words, two days and a judge; everything else is proposed. The competition's address."""
    manager.goto("/events/")
    manager.locator("a[href='/events/competitions/']").click()
    look(manager)
    manager.get_by_test_id("competition-new").click()
    look(manager)
    manager.get_by_test_id("kind-units").click()
    look(manager)
    manager.locator("#id_title").fill(TITLE)
    manager.locator("#id_unit_word").fill("etasjer")
    manager.locator("#id_first_day").fill("2027-01-11")
    manager.locator("#id_last_day").fill("2027-01-12")
    manager.locator("#id_by_judge").check()
    manager.get_by_test_id("save").click()
    expect(manager.get_by_test_id("form-errors")).to_be_visible()
    look(manager)
    manager.get_by_test_id("judges").focus()
    manager.keyboard.type("Per Solheim", delay=20)
    expect(manager.get_by_role("option").first).to_contain_text("Per Solheim")
    manager.keyboard.press("Enter")
    manager.get_by_test_id("save").click()
    expect(manager).to_have_url(re.compile(r"/events/competitions/x\w+/$"))
    look(manager)
    return manager.url


def enter(page: Page, address: str, number: str) -> None:
    """From the page: a number and one press."""
    page.goto(address)
    page.locator("#id_value").fill(number)
    page.get_by_test_id("enter").click()
    expect(page.get_by_test_id("own-entry").first).to_contain_text(number)


def test_made_entered_shown_closed_and_celebrated(visit: Visits, clock: MovedClock) -> None:
    manager, wall = visit("manager", size=PHONE), pair(visit)
    address = make(manager)
    agents = {slug: visit(slug, size=PHONE) for slug in ("agent", "colleague", "lead")}
    for number, page in enumerate(agents.values()):
        enter(page, address, f"{41 + number},5")
    agent = agents["agent"]
    look(agent)

    # One slip, mended by thumb alone.
    enter(agent, address, "94,7")
    agent.get_by_test_id("own-entry").first.get_by_role("button").click()
    expect(agent.get_by_test_id("toasts").get_by_test_id("undo")).to_be_visible()
    expect(agent.get_by_test_id("own-entry").first).to_have_class(re.compile("is-withdrawn"))

    # The judge, for both teams at once: 100 for the first, 20 for each further one.
    manager.get_by_test_id("judge").click()
    boxes = manager.locator(".judge-rows input")
    for place in range(boxes.count()):
        boxes.nth(place).fill("100" if place == 0 else "20")
    winner = manager.locator(".judge-rows label").first.inner_text()
    look(manager)
    manager.get_by_test_id("judge-save").click()
    expect(manager.get_by_test_id("judged-entry")).to_have_count(boxes.count())
    look(manager)

    # What fewer than five entered is in no number yet; what the judge said is, on page and wall.
    shown = wall.locator(".hero:not(.leave) .standing").filter(has_text=TITLE)
    expect(shown).to_be_visible(timeout=150_000)
    expect(shown.locator(".standing-row:not([hidden])").first).to_contain_text(winner)
    manager.goto(address)
    expect(manager.get_by_test_id("standing-row").first).to_contain_text(winner)
    look(manager)
    for page in (wall, manager):
        for secret in ("41,5", "42,5", "43,5", "94,7"):
            expect(page.locator("body")).not_to_contain_text(secret)

    clock.move_to(CLOSES + dt.timedelta(seconds=5))
    won = on_wall(wall, TITLE).filter(has_text=re.compile(f"{winner} (vant|won)"))
    expect(won).to_be_visible(timeout=150_000)
    agent.goto(address)
    expect(agent.get_by_test_id("competition-result")).to_contain_text(winner)
    expect(agent.get_by_test_id("enter-form")).to_have_count(0)
    look(agent)
    agent.goto("/notices/")
    expect(agent.locator("main")).to_contain_text(TITLE)
