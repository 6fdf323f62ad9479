"""People who answer a survey, each in a browser of their own."""

import re
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, expect

RECEIPT = re.compile(r"^([0-9a-f]{4} ?){5}$")


@dataclass
class Voter:
    """``answers``: the chosen point of each scale question, by its key."""

    name: str
    page: Page
    answers: dict[str, int]
    comment: str = ""
    cell: str = ""
    receipt: str = ""

    def enter(self, survey: str, *, shared: bool = False) -> "Voter":
        """From the survey's own page to the ballot page."""
        self.page.goto(f"/surveys/{survey}/")
        self.cell = self.page.get_by_test_id("counted-in").inner_text()
        if shared:
            self.page.locator("input[name=shared]").check()
        self.page.get_by_test_id("survey-start").click()
        self.page.wait_for_url(re.compile("localhost"))
        return self

    def begin(self) -> "Voter":
        self.page.get_by_test_id("survey-start").click()
        return self

    def answer_on_one_page(self) -> "Voter":
        """All questions under one another, by finger."""
        self.page.get_by_role("button", name="Alle på én side").click()
        for key, point in self.answers.items():
            self._item(key).locator(f"label:has(input[value='{point}'])").click()
        for key in ("prompts.1",) if self.comment else ():
            self._item(key).locator("textarea").fill(self.comment)
        self.page.get_by_test_id("survey-next").click()
        return self

    def answer_by_keys(self, count: int | None = None) -> "Voter":
        """One question at a time; a number key chooses and leads on. The next ``count`` or all."""
        left = count if count is not None else -1
        while left and not self.page.get_by_test_id("survey-send").is_visible():
            self._answer_shown()
            left -= 1
        return self

    def _answer_shown(self) -> None:
        where = self.page.locator("#where").inner_text()
        key = str(self.page.locator("[data-item]").get_attribute("data-item"))
        if key in self.answers:
            self.page.keyboard.press(str(self.answers[key]))
        else:
            self.page.get_by_test_id("survey-next").click()
        expect(self.page.get_by_text(where, exact=True)).to_have_count(0)

    def _item(self, key: str):
        return self.page.locator(f"[data-item='{key}']")

    def press_send(self) -> "Voter":
        self.page.get_by_test_id("survey-send").click()
        return self

    def keep_receipt(self) -> "Voter":
        shown = self.page.get_by_test_id("survey-receipt")
        expect(shown).to_have_text(RECEIPT, timeout=30_000)
        self.receipt = shown.inner_text()
        return self

    def save_for_elsewhere(self, folder: Path) -> Path:
        """Sealed and signed, but not cast."""
        with self.page.expect_download() as download:
            self.page.get_by_test_id("survey-elsewhere").click()
        file = folder / download.value.suggested_filename
        download.value.save_as(file)
        return file
