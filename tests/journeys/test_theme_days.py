"""Valentine's Day, planned and looked at, on its day and gone the day after: on pages, cards and a wall."""

import datetime as dt
import re
import shutil
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.journeys.conftest import Platform, Visits, new_folder, started
from tests.journeys.moved_clock import MovedClock
from tests.journeys.thanks_desk import card_of, look, on_wall, pair

# A Wednesday; Oslo is an hour ahead of UTC.
BEGINS = dt.datetime(2027, 2, 10, 8, tzinfo=dt.UTC)
EVENING = dt.datetime(2027, 2, 13, 22, 58, 40, tzinfo=dt.UTC)
MORNING = dt.datetime(2027, 2, 14, 7, 5, tzinfo=dt.UTC)
DAY_AFTER = MORNING + dt.timedelta(days=1)
# The wall learns of a moved clock with the next beat.
A_BEAT = 45_000
DRESSED = re.compile("is-theme-valentine")
MESSAGE = "Du sang for kunden til systemet var oppe."


@pytest.fixture(scope="module")
def clock() -> Iterator[MovedClock]:
    folder = new_folder()
    clock = MovedClock(folder)
    clock.move_to(BEGINS)
    yield clock
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def town(clock: MovedClock) -> Iterator[Platform]:
    with started(new_folder(), **clock.environment) as platform:
        yield platform


@pytest.fixture
def visit(town: Platform, clock: MovedClock, launch: Callable[..., Browser]) -> Iterator[Visits]:
    browser = launch(env=clock.environment)
    visits = Visits(town, browser)
    yield visits
    visits.close()
    browser.close()
    assert visits.problems + visits.logged_errors() == []


def html(page: Page) -> Locator:
    return page.locator("html")


def valentines(page: Page) -> Locator:
    row = page.get_by_test_id("theme-day").filter(has_text="Valentinsdagen")
    expect(row).to_have_count(1)
    return row


def plan_and_look(hr: Page) -> None:
    """Switches the day off, looks at it all the same, and switches it on."""
    hr.goto("/theme-days/?year=2027")
    look(hr)
    if valentines(hr).get_by_test_id("theme-switch").get_attribute("aria-pressed") == "true":
        valentines(hr).get_by_test_id("theme-switch").click()
    switch = valentines(hr).get_by_test_id("theme-switch")
    expect(switch).to_have_attribute("aria-pressed", "false")
    valentines(hr).get_by_role("link").first.click()
    expect(hr.get_by_test_id("theme-pane-dark")).to_be_visible()
    look(hr)
    expect(hr.frame_locator("iframe").get_by_test_id("wall-today")).to_be_visible()
    hr.get_by_test_id("theme-wear").click()
    expect(html(hr)).to_have_class(DRESSED)
    expect(hr.get_by_test_id("theme-greeting")).to_be_visible()
    look(hr)
    hr.goto("/kudos/")
    expect(html(hr)).to_have_class(DRESSED)
    hr.get_by_test_id("theme-leave").click()
    expect(html(hr)).not_to_have_class(DRESSED)
    hr.get_by_test_id("theme-switch").click()
    hr.get_by_test_id("theme-edit").click()
    look(hr)
    hr.locator("[name=greeting_nb]").fill("Si noe fint til noen")
    hr.get_by_test_id("save").click()
    hr.goto("/theme-days/?year=2027")
    switch = valentines(hr).get_by_test_id("theme-switch")
    expect(switch).to_have_attribute("aria-pressed", "true")


def thank_in_hearts(agent: Page) -> None:
    agent.goto("/")
    agent.get_by_test_id("kudos-to").focus()
    agent.keyboard.type("Jonas Berg", delay=20)
    expect(agent.get_by_role("option").first).to_contain_text("Jonas Berg")
    agent.keyboard.press("Enter")
    expect(agent.get_by_test_id("give-kudos").locator(".token").last).to_contain_text("Jonas Berg")
    agent.get_by_test_id("kudos-message").fill(MESSAGE)
    agent.get_by_test_id("give-more").locator("summary").click()
    agent.get_by_test_id("look-valentine").check(force=True)
    look(agent)
    agent.get_by_test_id("kudos-send").click()
    expect(agent.get_by_test_id("toasts")).to_contain_text("Takk sendt")


def test_a_day_comes_and_goes(visit: Visits, clock: MovedClock) -> None:
    plan_and_look(visit("hr"))
    wall, agent = pair(visit), visit("agent")
    expect(html(wall)).to_have_attribute("data-view", "stage")
    expect(html(wall)).not_to_have_attribute("data-theme", "valentine")
    expect(html(agent)).not_to_have_class(DRESSED)

    # Midnight on a wall that has no network and is not loaded anew.
    clock.move_to(EVENING)
    expect(wall.locator("#clock")).to_have_text(re.compile("23:5[89]"), timeout=A_BEAT)
    wall.evaluate("window.sameWall = true")
    wall.context.set_offline(True)
    expect(html(wall)).not_to_have_attribute("data-theme", "valentine")
    expect(html(wall)).to_have_attribute("data-theme", "valentine", timeout=100_000)
    assert wall.evaluate("window.sameWall")
    wall.context.set_offline(False)

    clock.move_to(MORNING)
    agent.goto("/")
    expect(html(agent)).to_have_class(DRESSED)
    expect(agent.get_by_test_id("theme-greeting")).to_have_text("Si noe fint til noen")
    look(agent)
    thank_in_hearts(agent)
    expect(wall.locator("#clock")).to_have_text(re.compile("08:"), timeout=A_BEAT)
    expect(html(wall)).to_have_attribute("data-view", "stage")
    expect(wall.get_by_test_id("wall-today")).to_have_text("Si noe fint til noen")
    expect(on_wall(wall, MESSAGE)).to_have_attribute("data-look", "valentine", timeout=A_BEAT)

    clock.move_to(DAY_AFTER)
    agent.goto("/kudos/")
    expect(html(agent)).not_to_have_class(DRESSED)
    expect(card_of(agent, MESSAGE).first).to_have_class(re.compile("look-valentine"))
    agent.goto("/")
    expect(agent.get_by_test_id("theme-greeting")).to_have_count(0)
    agent.get_by_test_id("give-more").locator("summary").click()
    expect(agent.get_by_test_id("look-valentine")).to_have_count(0)
    expect(html(wall)).not_to_have_attribute("data-theme", "valentine", timeout=A_BEAT)
    expect(wall.get_by_test_id("wall-today")).to_have_text("")
