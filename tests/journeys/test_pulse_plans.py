"""HR makes a pulse plan with the keyboard, a delegate reads and confirms it, HR steers it."""

import datetime as dt
import re

from playwright.sync_api import Page, expect

from tests.journeys.conftest import Visitor
from tests.look.axe import assert_accessible, assert_fits

DESK = {"width": 1280, "height": 900}
PLAN = re.compile(r"/surveys/plans/q\w+/$")


def look(page: Page) -> None:
    assert_accessible(page)
    assert_fits(page)


def type_into(page: Page, field: str, text: str) -> None:
    page.locator(f"#id_{field}").focus()
    page.keyboard.press("Control+A")
    page.keyboard.type(text)


def make_plan(hr: Page) -> str:
    """A sealed plan of two panels, without a mouse; its address."""
    hr.goto("/surveys/plans/new/")
    look(hr)
    type_into(hr, "panel_count", "1")
    hr.keyboard.press("Tab")
    hr.keyboard.type("2")
    # One panel every other week: the page says at once that this gives nobody peace.
    hr.keyboard.press("Tab")
    expect(hr.locator("#planned .notice.is-danger")).to_be_visible()
    type_into(hr, "panel_count", "2")
    type_into(hr, "weeks_between", "4")
    hr.keyboard.press("Tab")
    expect(hr.locator("#planned .notice.is-danger")).to_have_count(0)
    expect(hr.locator("#planned .stats")).to_be_visible()
    hr.locator("input[name=level][value=witnessed]").focus()
    hr.keyboard.press("ArrowDown")
    hr.locator("#id_discussed_on").fill(dt.date.today().isoformat())
    hr.locator("#id_name_nb").focus()
    hr.keyboard.press("Enter")
    hr.wait_for_url(PLAN)
    return hr.url


def test_plan_from_the_first_page_to_the_last_day(visit: Visitor) -> None:
    hr = visit("hr")
    address = make_plan(hr)
    look(hr)

    delegate = visit("delegate", size=DESK)
    delegate.goto("/surveys/")
    delegate.get_by_test_id("waiting-plan").get_by_role("link").click()
    look(delegate)
    delegate.get_by_test_id("plan-confirm").focus()
    delegate.keyboard.press("Enter")
    expect(delegate.get_by_test_id("plan-confirm")).to_have_count(0)

    hr.goto(f"{address}pause/")
    look(hr)
    hr.locator("#id_reason").fill("Vi flytter til nye lokaler.")
    hr.get_by_test_id("save").click()
    hr.wait_for_url(PLAN)
    expect(hr.locator("main")).to_contain_text("Vi flytter til nye lokaler.")
    hr.get_by_test_id("plan-resume").click()
    expect(hr.get_by_test_id("plan-resume")).to_have_count(0)
    for page in ("end/", "owner/"):
        hr.goto(address + page)
        look(hr)
    for page in ("/surveys/plans/", "/surveys/burden-limit/", "/surveys/"):
        hr.goto(page)
        look(hr)

    agent = visit("agent")
    agent.goto("/surveys/")
    expect(agent.locator("a[href='/surveys/plans/']")).to_have_count(0)
    assert agent.goto(address).status == 404  # type: ignore[union-attr]
