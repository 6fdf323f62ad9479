"""People who answer a survey, each in a browser of their own."""

import re
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, expect

OPEN_QUESTION = "prompts.1"
RECEIPT = re.compile(r"^([0-9a-f]{4} ?){5}$")


@dataclass
class Voter:
    """``answers``: the chosen point of each scale question, by its key."""

    name: str
    page: Page
    survey: str
    answers: dict[str, int]
    comment: str = ""
    cell: str = ""
    receipt: str = ""

    def enter(self, *, is_shared: bool = False) -> "Voter":
        """From the survey's own page to the ballot page."""
        self.page.goto(f"/surveys/{self.survey}/")
        self.cell = self.page.get_by_test_id("counted-in").inner_text()
        if is_shared:
            self.page.locator("input[name=shared]").check()
        self.page.get_by_test_id("survey-start").click()
        self.page.wait_for_url(re.compile("localhost"))
        return self

    def compare(self, words: list[str]) -> "Voter":
        """The twelve words here are those that HR and the wall show."""
        expect(self.page.get_by_test_id("manifest-words").locator("li")).to_have_text(words)
        return self

    def begin(self) -> "Voter":
        self.page.get_by_test_id("survey-start").click()
        return self

    def answer_on_one_page(self) -> "Voter":
        """All questions under one another, by finger."""
        self.page.locator(".segments button").last.click()
        for key, point in self.answers.items():
            self._item(key).locator(f"label:has(input[value='{point}'])").click()
        if self.comment:
            self._item(OPEN_QUESTION).locator("textarea").fill(self.comment)
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
            if key == OPEN_QUESTION:
                self.page.locator("textarea").fill(self.comment)
            self.page.get_by_test_id("survey-next").click()
        expect(self.page.get_by_text(where, exact=True)).to_have_count(0)

    def _item(self, key: str):
        return self.page.locator(f"[data-item='{key}']")

    def switch_language(self, name: str) -> "Voter":
        """Half-way: the same question stands there in the other language."""
        item = self.page.locator("[data-item]").get_attribute("data-item")
        self.page.get_by_role("button", name=name).click()
        expect(self.page.locator("html")).to_have_attribute("lang", "en")
        expect(self._item(str(item))).to_be_visible()
        return self

    def lose_network(self) -> "Voter":
        self.page.context.set_offline(True)
        return self

    def is_told_it_waits(self) -> "Voter":
        expect(self.page.get_by_test_id("survey-waiting")).to_contain_text("Du er uten nett")
        return self

    def put_away(self) -> "Voter":
        """The page is closed; what is sealed stays on the device."""
        self.page.close()
        return self

    def take_out_again(self) -> "Voter":
        """The same device, days later, with network."""
        context = self.page.context
        context.set_offline(False)
        self.page = context.new_page()
        return self

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


def send_together(*voters: Voter) -> None:
    """All press Send before anybody has a receipt."""
    for voter in voters:
        voter.press_send()
    for voter in voters:
        voter.keep_receipt()
