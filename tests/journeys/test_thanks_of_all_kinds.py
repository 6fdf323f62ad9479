"""Giving quickly, and all that belongs to a thank-you: cards, names, answers, choices."""

import statistics
import time

from playwright.sync_api import Page, expect

from tests.journeys.conftest import HOLD_SECONDS, Visitor
from tests.look.axe import assert_accessible

# A thumb and an unhurried eye: to find and reach the next thing, and to type one letter.
REACH_MS, LETTER_MS = 700, 160
MOST_SECONDS = 15.0
RUNS = 5


def tap(page: Page, testid: str) -> None:
    page.wait_for_timeout(REACH_MS)
    page.get_by_test_id(testid).first.tap()


def thank_as_a_person_does(page: Page, number: int) -> float:
    """Three taps and the typing; returns how many seconds it took from the open page."""
    page.goto("/")
    page.get_by_test_id("give-kudos").wait_for()
    began = time.monotonic()
    tap(page, "kudos-to")
    page.keyboard.type("jona", delay=LETTER_MS)
    expect(page.get_by_role("option").first).to_contain_text("Jonas")
    tap(page, "combobox-option")
    expect(page.get_by_test_id("kudos-message")).to_be_focused()
    page.wait_for_timeout(REACH_MS)
    page.keyboard.type(f"Takk for hjelpen med kassa {number}", delay=LETTER_MS)
    tap(page, "kudos-send")
    expect(page.get_by_test_id("toasts")).to_contain_text("Takk sendt")
    return time.monotonic() - began


def test_thanking_takes_three_taps_and_under_fifteen_seconds(visit: Visitor) -> None:
    agent = visit("agent", touch=True)
    took = [thank_as_a_person_does(agent, number) for number in range(RUNS)]
    assert statistics.median(took) < MOST_SECONDS, took


def test_colleagues_talk_about_a_thank_you(visit: Visitor) -> None:
    agent, colleague = visit("agent"), visit("colleague")
    agent.goto("/kudos/give/")
    agent.get_by_test_id("kudos-to").fill("Jonas")
    expect(agent.get_by_role("option").first).to_contain_text("Jonas")
    agent.keyboard.press("Enter")
    expect(agent.get_by_test_id("give-kudos").locator(".token")).to_contain_text("Jonas")
    agent.get_by_test_id("kudos-message").focus()
    agent.keyboard.type("Så fint gjort, spør @Ami", delay=40)
    expect(agent.get_by_test_id("mention-option").first).to_contain_text("Amina")
    agent.keyboard.press("Enter")
    expect(agent.get_by_test_id("kudos-message")).to_have_value(
        "Så fint gjort, spør @Amina Hassan "
    )
    agent.get_by_text("Kort, team og tid").click()
    agent.get_by_test_id("look-sun").check(force=True)
    assert_accessible(agent)
    agent.get_by_test_id("kudos-send").click()
    expect(agent.get_by_test_id("toasts")).to_contain_text("Takk sendt")
    agent.wait_for_timeout((HOLD_SECONDS + 1) * 1000)

    colleague.goto("/kudos/?scope=mine")
    card = colleague.get_by_test_id("kudos-card").filter(has_text="Så fint gjort").first
    card.get_by_test_id("react").click()
    card.locator(".react-palette").get_by_test_id("react-waffle").click()
    expect(card.locator("[aria-pressed=true]")).to_have_attribute("aria-label", "Vaffel: 1")
    card.get_by_test_id("comments").click()
    colleague.get_by_test_id("comment-text").fill("Det var lite, men takk!")
    colleague.get_by_test_id("comment-send").click()
    expect(colleague.get_by_test_id("comment")).to_contain_text("Det var lite, men takk!")
    assert_accessible(colleague)
    colleague.get_by_test_id("keep-private").click()
    expect(colleague.get_by_text("Nå er den mellom deg og den som takket.")).to_be_visible()

    lead = visit("lead")
    lead.goto("/notices/")
    expect(lead.locator("main")).not_to_contain_text("Det var lite")
    agent.goto("/notices/")
    expect(agent.locator("main")).to_contain_text("Det var lite, men takk!")
    expect(agent.locator("main")).to_contain_text("Noen liker en takk du ga eller fikk")
