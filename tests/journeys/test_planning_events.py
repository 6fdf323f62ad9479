"""A site manager plans a walk on a phone, moves one day of it and cancels another; an agent sees it."""

import datetime as dt
import re

from playwright.sync_api import Page, expect

from tests.journeys.conftest import PHONE, Visitor
from tests.look.axe import assert_accessible, assert_fits

EVENT = re.compile(r"/events/e\w+/$")


def look(page: Page) -> None:
    assert_accessible(page)
    assert_fits(page)


def press(page: Page, testid: str) -> None:
    """By the keyboard alone."""
    page.get_by_test_id(testid).focus()
    page.keyboard.press("Enter")


def coming(weekday: int) -> dt.date:
    """The first ``weekday`` at least two days ahead: never on a page that today changes."""
    day = dt.date.today() + dt.timedelta(days=2)
    return day + dt.timedelta(days=(weekday - day.weekday()) % 7)


def plan_walk(manager: Page, day: dt.date) -> str:
    """A weekly walk in half a minute; the address of its first day."""
    manager.goto("/events/")
    look(manager)
    press(manager, "event-new")
    look(manager)
    press(manager, "template-walk")
    look(manager)
    manager.locator("#id_title").fill("Tur rundt Kyvannet")
    manager.locator("#id_day").fill(day.isoformat())
    press(manager, "save")
    expect(manager).to_have_url(EVENT)
    expect(manager.get_by_role("heading", level=1)).to_have_text("Tur rundt Kyvannet")
    expect(manager.get_by_text("12:00–12:30")).to_be_visible()
    look(manager)
    return manager.url


def test_manager_plans_and_changes_and_agent_sees_it(visit: Visitor) -> None:
    manager, agent = visit("manager", size=PHONE), visit("agent", size=PHONE)
    day = coming(2)
    address = plan_walk(manager, day)
    agent.goto("/events/")
    entries = agent.get_by_test_id("event-entry").filter(has_text="Tur rundt Kyvannet")
    expect(entries).not_to_have_count(0)

    # This day alone, at one instead of twelve.
    press(manager, "event-edit")
    look(manager)
    manager.locator("[name=sitting-0-starts]").fill("13:00")
    manager.locator("[name=sitting-0-ends]").fill("12:30")
    press(manager, "save")
    expect(manager.get_by_test_id("form-errors")).to_contain_text("12 timer")
    expect(manager.locator("[name=sitting-0-starts]")).to_have_value("13:00")
    look(manager)
    manager.locator("[name=sitting-0-ends]").fill("13:30")
    press(manager, "save")
    expect(manager).to_have_url(address)
    expect(manager.get_by_text("13:00–13:30")).to_be_visible()

    # From the next one on it has another name.
    manager.get_by_role("link", name=re.compile("desember|januar|februar|mars|april|mai|juni|juli|"
                        "august|september|oktober|november")).last.click()  # fmt: skip
    expect(manager.get_by_text("12:00–12:30")).to_be_visible()
    press(manager, "event-edit")
    manager.get_by_role("link", name="Denne og senere").click()
    manager.locator("#id_title").fill("Vinterturen")
    press(manager, "save")
    expect(manager.get_by_role("heading", level=1)).to_have_text("Vinterturen")

    press(manager, "event-cancel")
    look(manager)
    manager.locator("#id_reason").fill("Det er meldt storm")
    press(manager, "save")
    expect(manager.get_by_test_id("event-cancelled")).to_contain_text("Det er meldt storm")
    look(manager)
    agent.reload()
    expect(agent.get_by_text("Det er meldt storm")).to_be_visible()
    look(agent)
