"""Each person meets the language of her choice, from a start that had no compiled texts."""

from playwright.sync_api import expect

from tests.journeys.conftest import Visitor


def test_norwegian_agent_meets_norwegian(visit: Visitor) -> None:
    page = visit("agent")
    expect(page.locator("html")).to_have_attribute("lang", "nb")
    expect(page.get_by_role("heading", level=1)).to_have_text("Hei, Ingrid")
    expect(page.get_by_test_id("kudos-send")).to_have_text("Send takk")


def test_partner_meets_english(visit: Visitor) -> None:
    page = visit("partner")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.get_by_role("heading", level=1)).to_have_text("Hi, Rasa")
    expect(page.get_by_test_id("kudos-send")).to_have_text("Send thanks")
