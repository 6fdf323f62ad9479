"""A site manager sends a roster, sets a rule, and sees the load of a team: on a phone."""

import datetime as dt
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.journeys.conftest import Visitor
from tests.look.axe import assert_accessible, assert_fits

# Ingrid, whom the demo's agent button signs in.
AGENT = "10001"


def a_roster(folder: Path, *rows: str) -> Path:
    path = folder / "vakter.csv"
    path.write_text("\n".join(["Ansattnummer;Dato;Fra;Til", *rows]), encoding="utf-8-sig")
    return path


def upload(page: Page, file: Path) -> None:
    page.goto("/events/shifts/")
    page.get_by_test_id("shifts-file").set_input_files(file)
    page.get_by_test_id("shifts-send").click()
    expect(page.get_by_test_id("shifts-summary")).to_be_visible()


def looks_right(page: Page) -> None:
    assert_accessible(page)
    assert_fits(page)


def test_manager_sends_a_roster_and_the_agent_sees_it(visit: Visitor, tmp_path: Path) -> None:
    manager = visit("manager")
    day = dt.date.today() + dt.timedelta(days=3)
    file = a_roster(tmp_path, f"{AGENT};{day};05:15;13:15", f"99999;{day};08:00;16:00")
    upload(manager, file)
    expect(manager.get_by_test_id("shifts-unknown")).to_contain_text("99999")
    expect(manager.get_by_test_id("shifts-people").get_by_role("listitem").first).to_be_visible()
    looks_right(manager)
    manager.get_by_test_id("shifts-apply").click()
    expect(manager.get_by_test_id("coverage-teams")).to_be_visible()
    upload(manager, file)
    expect(manager.get_by_test_id("shifts-apply")).to_have_count(0)
    manager.get_by_test_id("shifts-abandon").click()
    upload(manager, a_roster(tmp_path, f"{AGENT};{day};16:00;08:00"))
    expect(manager.get_by_test_id("shifts-errors")).to_be_visible()
    looks_right(manager)
    agent = visit("agent")
    agent.goto("/events/shifts/mine/")
    expect(agent.get_by_test_id("my-shifts")).to_contain_text("05:15–13:15")
    looks_right(agent)


def test_manager_sees_the_load_and_sets_the_rule(visit: Visitor) -> None:
    manager = visit("manager")
    day = dt.date.today() + dt.timedelta(days=1)
    while day.isoweekday() > 5:
        day += dt.timedelta(days=1)
    manager.goto(f"/events/coverage/?day={day}")
    looks_right(manager)
    manager.get_by_test_id("coverage-teams").get_by_role("link").first.click()
    expect(manager.get_by_test_id("load-table")).to_be_visible()
    looks_right(manager)
    manager.get_by_test_id("coverage-rule-change").click()
    manager.get_by_role("textbox").first.fill("33")
    manager.get_by_test_id("save").click()
    expect(manager.get_by_test_id("coverage-rule")).to_contain_text("33 %")
