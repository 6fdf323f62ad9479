"""Answering a survey on the ballot page, with everything that can go wrong on the way to the box."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from playwright.sync_api import Page, Request, Route, expect

from tests.journeys.conftest import ROOT, Platform, Visitor
from tests.journeys.survey_now import environment_of
from tests.look.axe import assert_accessible

ITEM_COUNT = 7
POINTS = 7


@pytest.fixture(scope="module")
def survey(platform: Platform) -> str:
    """The key of an open survey of Edmondson's seven items."""
    words = [sys.executable, "-m", "tests.journeys.survey_now", "psychological_safety", "witnessed"]
    environment = environment_of(platform.process_id("web"))
    made = subprocess.run(
        words, cwd=ROOT, env=environment, check=False, capture_output=True, text=True
    )
    assert made.returncode == 0, made.stderr
    return made.stdout.split()[-1]


@pytest.fixture
def ballot_count(platform: Platform, survey: str) -> Callable[[], int]:
    """How many ballots lie in the box's own database."""
    database = environment_of(platform.process_id("ballots"))["BALLOT_DATABASE_URL"]

    def count() -> int:
        with psycopg.connect(database) as box:
            row = box.execute("SELECT count(*) FROM ballot WHERE survey = %s", [survey]).fetchone()
            return row[0] if row else 0

    return count


def enter(page: Page, survey: str, *, shared: bool = False) -> None:
    """From the survey's page to the ballot page."""
    page.goto(f"/surveys/{survey}/")
    if shared:
        page.locator("input[name=shared]").check()
    page.get_by_test_id("survey-start").click()
    page.wait_for_url(re.compile("localhost"))


def begin(page: Page) -> None:
    page.get_by_test_id("survey-start").click()
    expect(page.get_by_text(f"Spørsmål 1 av {ITEM_COUNT}")).to_be_visible()


def answer_all(page: Page, point: str = "6") -> None:
    """By number keys, which lead on by themselves."""
    for number in range(1, ITEM_COUNT + 1):
        expect(page.get_by_text(f"Spørsmål {number} av {ITEM_COUNT}")).to_be_visible()
        page.keyboard.press(point)
    expect(page.get_by_test_id("survey-send")).to_be_visible()


def storage(page: Page) -> dict[str, str]:
    kept: dict[str, str] = page.evaluate("({...localStorage, ...sessionStorage})")
    return kept


def test_answers_by_keyboard_on_a_phone(
    visit: Visitor, survey: str, ballot_count: Callable[[], int]
) -> None:
    before = ballot_count()
    page = visit("agent")
    enter(page, survey)
    assert page.url.endswith(f"/surveys/{survey}/"), "the ticket is gone from the address"
    expect(page.get_by_test_id("survey-level")).to_contain_text("kan ikke lese svaret ditt")
    expect(page.get_by_test_id("manifest-words").locator("li")).to_have_count(12)
    assert_accessible(page)
    page.get_by_test_id("survey-start").focus()
    page.keyboard.press("Enter")
    assert_accessible(page)
    points = page.locator(".point").evaluate_all("all => all.map((one) => one.offsetTop)")
    assert (len(points), len(set(points))) == (7, 1), "the whole scale stands in one row"
    page.keyboard.press("2")
    expect(page.get_by_text("Spørsmål 2 av 7")).to_be_visible()
    # Arrow keys choose, Enter goes on: nothing moves by itself for who explores by keyboard.
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_text("Spørsmål 2 av 7")).to_be_visible()
    page.keyboard.press("Enter")
    for number in range(3, ITEM_COUNT + 1):
        expect(page.get_by_text(f"Spørsmål {number} av 7")).to_be_visible()
        page.keyboard.press("7")
    expect(page.get_by_test_id("survey-send")).to_be_visible()
    assert_accessible(page)
    asked: list[Request] = []

    def note(request: Request) -> None:
        asked.append(request)

    page.on("request", note)
    page.get_by_test_id("survey-send").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("survey-receipt")).to_have_text(re.compile(r"^([0-9a-f]{4} ?){5}$"))
    assert_accessible(page)
    assert storage(page) == {}
    assert page.context.cookies(page.url) == []
    assert [one.url.rsplit("/", 1)[1] for one in asked] == ["issue", "cast"]
    for one in asked:
        sent = one.all_headers()
        assert "cookie" not in sent
        assert "referer" not in sent
        assert "authorization" not in sent
    assert ballot_count() == before + 1
    page.get_by_test_id("survey-close").click()
    expect(page.get_by_test_id("survey-collected")).to_be_visible()


def test_draft_survives_reload_language_and_back_and_is_its_writers_alone(
    visit: Visitor, survey: str
) -> None:
    page = visit("colleague")
    enter(page, survey)
    begin(page)
    page.keyboard.press("3")
    expect(page.get_by_text("Spørsmål 2 av 7")).to_be_visible()
    page.get_by_role("button", name="English").click()
    expect(page.get_by_text("Question 2 of 7")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.go_back()
    expect(page.get_by_text("Question 1 of 7")).to_be_visible()
    expect(page.get_by_label("3", exact=True)).to_be_checked()
    page.reload()
    page.get_by_role("button", name="Norsk").click()
    page.get_by_role("button", name="Fortsett der du var").click()
    expect(page.get_by_label("3", exact=True)).to_be_checked()
    kept = json.dumps(storage(page))
    assert "psafety" not in kept
    # The next person at the same device.
    page.context.clear_cookies()
    page.goto("/accounts/login/")
    page.get_by_test_id("demo-lead").click()
    page.wait_for_url("**/")
    enter(page, survey)
    expect(page.get_by_test_id("survey-start")).to_have_text("Begynn")


def test_offline_at_send_says_so_and_finishes_when_back(
    visit: Visitor, survey: str, ballot_count: Callable[[], int]
) -> None:
    before = ballot_count()
    page = visit("manager")
    enter(page, survey)
    begin(page)
    answer_all(page)
    page.context.set_offline(True)
    page.get_by_test_id("survey-send").click()
    expect(page.get_by_test_id("survey-waiting")).to_contain_text("Du er uten nett")
    assert_accessible(page)
    page.context.set_offline(False)
    expect(page.get_by_test_id("survey-receipt")).to_be_visible(timeout=15_000)
    assert ballot_count() == before + 1


@pytest.mark.parametrize("step", ["issue", "cast"])
@pytest.mark.parametrize("is_heard", [False, True], ids=["lost on the way", "answer lost"])
def test_cut_at_any_step_loses_no_ballot_and_makes_no_second(
    visit: Visitor, survey: str, ballot_count: Callable[[], int], step: str, is_heard: bool
) -> None:
    persona = {
        ("issue", False): "hr", ("issue", True): "delegate",
        ("cast", False): "union", ("cast", True): "keeper",
    }[step, is_heard]  # fmt: skip
    before = ballot_count()
    page = visit(persona)
    enter(page, survey)
    begin(page)
    answer_all(page)

    def cut(route: Route) -> None:
        if is_heard:
            route.fetch()
        route.abort()

    page.route(f"**/{step}", cut)
    page.get_by_test_id("survey-send").click()
    expect(page.get_by_test_id("survey-waiting")).to_be_visible()
    page.unroute(f"**/{step}")
    page.reload()
    expect(page.get_by_test_id("survey-receipt")).to_be_visible()
    assert ballot_count() == before + 1
    assert storage(page) == {}


def test_sealed_on_one_device_and_handed_in_on_another_but_no_second_one(
    visit: Visitor, survey: str, ballot_count: Callable[[], int], tmp_path: Path
) -> None:
    before = ballot_count()
    page = visit("admin")
    enter(page, survey)
    begin(page)
    answer_all(page)
    with page.expect_download() as download:
        page.get_by_test_id("survey-elsewhere").click()
    saved = tmp_path / "saved.json"
    download.value.save_as(saved)
    receipt = page.get_by_test_id("survey-receipt").inner_text()
    assert ballot_count() == before
    assert storage(page) == {}
    again = visit("admin")
    again.goto(f"/surveys/{survey}/")
    again.locator("form[action$='/start'] button").click()
    begin(again)
    answer_all(again)
    again.get_by_test_id("survey-send").click()
    expect(again.get_by_test_id("survey-stopped")).to_have_attribute("data-kind", "collected")
    assert_accessible(again)
    other = visit()
    other.goto(re.sub(r"/surveys/.*", "/surveys/cast/", page.url))
    assert_accessible(other)
    broken = tmp_path / "broken.json"
    broken.write_text(saved.read_text()[:-40])
    other.get_by_test_id("saved-file").set_input_files(broken)
    expect(other.get_by_role("alert")).not_to_be_empty()
    for _twice in range(2):
        other.get_by_test_id("saved-file").set_input_files(saved)
        expect(other.get_by_test_id("survey-receipt")).to_have_text(receipt)
        assert ballot_count() == before + 1
        other.reload()


def test_shared_computer_keeps_nothing(visit: Visitor, survey: str, platform: Platform) -> None:
    page = visit("lead")
    page.clock.install()
    enter(page, survey, shared=True)
    begin(page)
    page.keyboard.press("3")
    expect(page.get_by_text("Spørsmål 2 av 7")).to_be_visible()
    assert storage(page) == {}
    page.clock.fast_forward("03:05")
    expect(page.get_by_role("alert")).to_contain_text("Er du der fortsatt?")
    page.get_by_role("button", name="Jeg er her").click()
    expect(page.get_by_text("Spørsmål 2 av 7")).to_be_visible()
    page.clock.fast_forward("03:05")
    page.clock.fast_forward("00:40")
    # Signed out as well: whoever comes next has to say who they are.
    page.wait_for_url(re.compile(rf"^{re.escape(platform.url)}/accounts/login/"))
    page.go_back()
    expect(page.get_by_test_id("survey-stopped")).to_have_attribute("data-kind", "nobody")


@pytest.mark.parametrize(
    ("address", "change", "kind"),
    [
        ("http://127.*/**/manifest.json", lambda text: text.replace("psafety.1", "psafety.8"), "differs"),
        ("http://localhost*/surveys/*/", lambda text: text.replace("fetch(", "fetch (", 1), "page"),
        ("**/manifest.json", lambda text: re.sub(r'"n":"....', '"n":"AAAA', text, count=1), "keys"),
        ("**/manifest.json", lambda text: text.replace('"version":1,"wit', '"version":2,"wit'), "version"),
        ("**/manifest.json", lambda text: re.sub(r'"invited":\d+', '"invited":4', text), "small"),
    ],
    ids=["manifests differ", "other page", "weak key", "other version", "cell of four"],
)  # fmt: skip
def test_page_stops_when_something_is_not_as_promised(
    visit: Visitor, survey: str, address: str, change: Callable[[str], str], kind: str
) -> None:
    page = visit("colleague")

    def changed(route: Route) -> None:
        if route.request.resource_type == "document":
            route.continue_()
            return
        answer = route.fetch()
        text = answer.text()
        assert change(text) != text
        route.fulfill(response=answer, body=change(text))

    page.route(address, changed)
    enter(page, survey)
    expect(page.get_by_test_id("survey-stopped")).to_have_attribute("data-kind", kind)
    expect(page.get_by_test_id("survey-start")).to_have_count(0)
