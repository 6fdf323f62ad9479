"""What HR and the representatives do with a survey, each in their own browser."""

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.journeys.product_state import eventually

DESK = {"width": 1440, "height": 900}
KEY_MS = 30_000
WORDS = 12
COUNT_PAGE = re.compile("/count/$")


# --- HR -------------------------------------------------------------------------------------------


def write_survey(
    page: Page, *, titles: tuple[str, str], kept: Sequence[str], discussed_on: dt.date
) -> str:
    """The annual survey from its template, with the questions ``kept`` only. Its key."""
    page.goto("/surveys/")
    page.get_by_role("link", name="Ny undersøkelse").click()
    page.get_by_test_id("template-annual").click()
    page.wait_for_url(re.compile("/edit/$"))
    page.get_by_label("Tittel på norsk").fill(titles[0])
    page.get_by_label("Tittel på engelsk").fill(titles[1])
    page.locator(".pick-items").first.locator("xpath=ancestor::details").locator("summary").click()
    for box in page.locator(".pick-items").first.locator("input[name=item]").all():
        box.set_checked(box.input_value() in kept)
    page.locator("input[name=place]:checked").first.wait_for(state="attached")
    page.get_by_label("Drøftet med representantene").fill(discussed_on.isoformat())
    page.get_by_role("button", name="Lagre og forhåndsvis").click()
    page.wait_for_url(re.compile("/preview/$"))
    return page.url.split("/")[-3]


def read_preview(page: Page, title: str) -> None:
    """In both languages, as on a phone."""
    phone = page.get_by_role("region", name="Undersøkelsen på en telefon")
    expect(phone.get_by_role("heading", name=title)).to_be_visible()
    page.get_by_role("link", name="English").click()
    expect(page.locator(".phone-screen")).to_have_attribute("lang", "en")
    expect(page.locator(".phone-screen")).to_contain_text("Every question may be left out")


def hand_over(page: Page, survey: str) -> None:
    """The launch list names what is missing; the groups are fixed."""
    page.goto(f"/surveys/{survey}/checklist/")
    for key in (
        "questions",
        "purpose",
        "who_sees",
        "discussed",
        "dates",
        "shifts",
        "burden",
        "peace",
    ):
        expect(page.locator(f"[data-check={key}]")).to_have_class("is-ok")
    for key in ("frozen", "reviewed", "key"):
        expect(page.locator(f"[data-check={key}]")).not_to_have_class("is-ok")
    page.get_by_test_id("survey-freeze").click()
    expect(page.locator("[data-check=frozen]")).to_have_class("is-ok")
    expect(page.get_by_test_id("survey-launch")).to_have_count(0)


def launch(page: Page, survey: str) -> list[str]:
    """For good. The twelve words, as soon as the survey is ready."""
    page.goto(f"/surveys/{survey}/checklist/")
    page.get_by_test_id("survey-launch").click()
    page.get_by_test_id("survey-launch-now").click()
    page.wait_for_url(re.compile(f"/surveys/{survey}/$"))
    words = page.get_by_test_id("manifest-words").locator("li")

    def is_ready() -> bool:
        page.reload()
        return words.count() == WORDS

    eventually(is_ready)
    return words.all_inner_texts()


@dataclass(frozen=True)
class Plan:
    """What the public manifest says of the dates."""

    opens_at: dt.datetime
    closes_at: dt.datetime
    reminders: list[dt.datetime]
    ballot_origin: str


def manifest_of(page: Page, survey: str) -> Plan:
    said = page.request.get(f"/surveys/{survey}/manifest.json").json()
    return Plan(
        opens_at=dt.datetime.fromisoformat(said["opens_at"]),
        closes_at=dt.datetime.fromisoformat(said["closes_at"]),
        reminders=[dt.datetime.fromisoformat(one) for one in said["reminders_at"]],
        ballot_origin=said["ballot_origin"],
    )


@dataclass(frozen=True)
class Slip:
    """A code on paper, as it is handed out."""

    name: str
    team: str
    code: str


def print_slips(page: Page, survey: str) -> list[Slip]:
    """For everybody asked who has no mail."""
    page.goto(f"/surveys/{survey}/")
    page.get_by_test_id("survey-codes").click()
    page.get_by_test_id("make-codes").click()
    page.get_by_test_id("slips").wait_for()
    return [
        Slip(
            name=slip.get_by_role("heading").inner_text(),
            team=slip.locator(".slip-unit").inner_text(),
            code=slip.get_by_test_id("slip-code").inner_text(),
        )
        for slip in page.locator(".slip").all()
    ]


# --- The representatives --------------------------------------------------------------------------


def read_plan(page: Page, title: str) -> None:
    """From Today to the plan."""
    page.goto("/")
    page.get_by_test_id("waiting-review").get_by_role("link").click()
    expect(page.get_by_role("heading", name=title)).to_be_visible()


@dataclass(frozen=True)
class Key:
    """A key file on a witness's own disk, and what opens it."""

    file: Path
    passphrase: str


def make_key(page: Page, folder: Path) -> Key:
    """In the witness's browser, with the words that the page suggests."""
    page.get_by_test_id("survey-key").click()
    page.wait_for_url(COUNT_PAGE)
    page.get_by_test_id("key-suggest").click()
    passphrase = page.get_by_test_id("key-passphrase").input_value()
    with page.expect_download(timeout=KEY_MS) as download:
        page.get_by_test_id("key-make").click()
    file = folder / download.value.suggested_filename
    download.value.save_as(file)
    page.get_by_test_id("take-file").set_input_files(file)
    page.get_by_test_id("take-passphrase").fill(passphrase)
    page.get_by_test_id("key-take").click()
    expect(page.get_by_test_id("key-held")).to_be_visible(timeout=KEY_MS)
    return Key(file, passphrase)


def check_key(page: Page, key: Key) -> None:
    """The second witness sees that the copy opens; a wrong passphrase does not."""
    page.get_by_test_id("survey-key").click()
    page.wait_for_url(COUNT_PAGE)
    page.get_by_test_id("check-file").set_input_files(key.file)
    page.get_by_test_id("check-passphrase").fill(key.passphrase.upper())
    page.get_by_test_id("key-check").click()
    problem = page.get_by_test_id("witness-problem").and_(page.locator(":visible"))
    expect(problem).to_contain_text("åpner ikke", timeout=KEY_MS)
    page.get_by_test_id("check-passphrase").fill(key.passphrase)
    page.get_by_test_id("key-check").click()
    expect(page.get_by_test_id("key-held")).to_be_visible(timeout=KEY_MS)


def confirm_plan(page: Page, survey: str, remark: str = "") -> None:
    page.goto(f"/surveys/{survey}/review/")
    page.get_by_label("En merknad til HR").fill(remark)
    page.get_by_test_id("survey-confirm").click()
    expect(page.get_by_role("heading", name="Du har bekreftet")).to_be_visible()


def count_ballots(page: Page, key: Key, *, hidden: str) -> int:
    """Opens, counts, hides the word ``hidden`` in the comments, sends. How many ballots it says."""
    page.goto("/")
    page.get_by_test_id("waiting-count").get_by_role("link").click()
    page.wait_for_url(COUNT_PAGE)
    page.get_by_test_id("open-file").set_input_files(key.file)
    page.get_by_test_id("open-passphrase").fill(key.passphrase)
    page.get_by_test_id("count-start").click()
    expect(page.get_by_test_id("count-found")).to_be_visible(timeout=KEY_MS)
    said = page.locator("[data-comment-list] li").filter(has_text=hidden)
    said.get_by_role("button", name="Skjul ord").click()
    said.locator(".said-word", has_text=hidden).click()
    expect(said.locator(".said-text")).to_contain_text("[…]")
    page.get_by_test_id("count-read").check()
    page.get_by_test_id("count-send").click()
    expect(page.get_by_test_id("count-kept")).to_be_visible()
    assert page.get_by_test_id("count-refused").inner_text() == "0"
    assert page.get_by_test_id("count-spoilt").inner_text() == "0"
    return int(page.get_by_test_id("count-ballots").inner_text())
