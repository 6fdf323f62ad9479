"""What people and programs do with thanks, on their pages and beside a wall."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.journeys.conftest import HOLD_SECONDS, TELEVISION, Visitor
from tests.look.axe import assert_accessible, assert_fits

NORDLYS = "Team Nordlys"


def look(page: Page) -> None:
    """As somebody does who cannot see it, or has it in one hand."""
    assert_accessible(page)
    assert_fits(page)


def pair(visit: Visitor, board: str = NORDLYS) -> Page:
    """A television paired with ``board`` by the screen keeper, as it is done in an office."""
    wall = visit(size=TELEVISION)
    wall.goto("/screen/")
    code_shown = wall.get_by_test_id("pair-code")
    expect(code_shown).to_have_text(re.compile(r"[B-Z]{4}\s*[B-Z]{4}"))
    code = re.sub(r"\s", "", code_shown.inner_text())
    keeper = visit("keeper")
    keeper.goto("/pair/")
    assert_accessible(keeper)
    keeper.get_by_test_id("pair-code-input").fill(code.lower())
    expect(keeper.get_by_test_id("pair-symbol")).to_be_visible()
    keeper.get_by_label("Tavle").select_option(label=board)
    keeper.get_by_label("Navn på skjermen").fill("Kantina")
    keeper.get_by_test_id("pair-confirm").click()
    expect(keeper.get_by_test_id("screen-row").filter(has_text="Kantina").first).to_be_visible()
    expect(wall.get_by_test_id("pair-code")).to_be_hidden()
    return wall


def thank(page: Page, names: str | Sequence[str], message: str) -> None:
    """By keyboard alone: type each name, choose with Enter, tab to the message, send."""
    page.goto("/")
    for name in [names] if isinstance(names, str) else names:
        page.get_by_test_id("kudos-to").focus()
        page.keyboard.type(name, delay=20)
        expect(page.get_by_role("option").first).to_contain_text(name)
        page.keyboard.press("Enter")
        expect(page.get_by_test_id("give-kudos").locator(".token").last).to_contain_text(name)
    page.get_by_test_id("kudos-message").focus()
    page.keyboard.type(message)
    page.get_by_test_id("kudos-value").locator("input").first.focus()
    page.keyboard.press("Space")
    page.get_by_test_id("kudos-send").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("toasts")).to_contain_text("Takk sendt")


def on_wall(wall: Page, text: str) -> Locator:
    return wall.get_by_test_id("wall-card").filter(has_text=text).first


def card_of(page: Page, text: str) -> Locator:
    """A thank-you in a feed, or on its own page."""
    return page.get_by_test_id("kudos-card").filter(has_text=text)


def let_hold_pass(page: Page) -> None:
    page.wait_for_timeout((HOLD_SECONDS + 1) * 1000)


def choose_walls(page: Page, choice: str) -> None:
    """What walls may show of oneself: ``any``, ``team`` or ``never``."""
    page.goto("/people/me/")
    page.locator(f"#walls input[value={choice}]").check()
    page.get_by_test_id("save-wall").click()
    expect(page.get_by_test_id("toasts")).to_contain_text("Lagret")


# --- Programs -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Program:
    """Another system with a token, beside no browser's session."""

    page: Page
    secret: str

    def get(self, path: str) -> tuple[int, Any]:
        return self._answer("GET", path)

    def post(self, path: str, body: dict[str, Any], *, once: str = "") -> tuple[int, Any]:
        """``once`` is the key under which the same request again is the same act."""
        return self._answer("POST", path, body, {"Idempotency-Key": once} if once else {})

    def _answer(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
    ) -> tuple[int, Any]:
        said = self.page.request.fetch(
            f"/api/v1/{path}",
            method=method,
            data=body,
            headers={"Authorization": f"Bearer {self.secret}", **(headers or {})},
        )
        return said.status, said.json()


def program(visit: Visitor, *scopes: str) -> Program:
    """By an administrator, on the page for tokens."""
    page = visit("admin")
    page.goto("/people/administration/tokens/")
    page.locator("input[name=name]").fill("Stemmen")
    for scope in scopes:
        page.locator(f"input[value='{scope}']").check()
    page.get_by_test_id("make-token").click()
    return Program(visit(), page.get_by_test_id("token-secret").input_value())


# --- What a customer says -------------------------------------------------------------------------


def find_praise(lead: Page, text: str) -> Locator:
    """From the feed to what waits; opens it to be checked."""
    lead.goto("/kudos/")
    lead.get_by_test_id("praise-link").click()
    item = lead.get_by_test_id("praise-item").filter(has_text=text)
    expect(item).to_have_count(1)
    look(lead)
    item.get_by_test_id("praise-check").click()
    expect(item.get_by_test_id("praise-message")).to_be_visible()
    look(lead)
    return item


def pass_on(item: Locator, message: str) -> None:
    """``message`` alone, for everybody to read."""
    item.get_by_test_id("praise-message").fill(message)
    item.locator("select[name=audience]").select_option("company")
    item.get_by_test_id("praise-approve").click()
    expect(item.page.get_by_test_id("toasts")).to_contain_text("Sendt videre")
