"""The demo's own surveys, as a visitor meets them: one to answer, one to count as its witness."""

import re
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import START_SECONDS, Platform, Visitor, new_folder, started
from tests.journeys.survey_now import environment_of
from tests.look.axe import assert_accessible, assert_fits

WAITING = "Puls i Bergen"
OPEN = "Trygghet i teamet"


@pytest.fixture(scope="module")
def platform() -> Iterator[Platform]:
    with started(new_folder(), DEMO_SURVEYS="1") as platform:
        yield platform


def wait_for_count(page: Page) -> None:
    """Until Today says that there is something to count: the demo makes it after the start."""
    deadline = time.monotonic() + START_SECONDS
    while not page.get_by_test_id("waiting-count").count():
        assert time.monotonic() < deadline, "no survey waits to be counted"
        time.sleep(1)
        page.reload()


def test_agent_finds_the_open_survey_on_today_and_begins(visit: Visitor) -> None:
    page = visit("agent")
    expect(page.get_by_text(OPEN).first).to_be_visible()
    page.goto("/surveys/")
    waiting = page.get_by_test_id("waiting")
    expect(waiting).to_contain_text(OPEN)
    waiting.get_by_test_id("survey-start").click()
    page.get_by_test_id("survey-start").click()
    page.wait_for_url(re.compile("localhost"))
    expect(page.get_by_test_id("survey-level")).to_contain_text("kan ikke lese svaret ditt")
    page.get_by_test_id("survey-start").click()
    expect(page.get_by_text("Spørsmål 1 av 7")).to_be_visible()


def test_delegate_counts_the_waiting_survey_with_the_demo_key(
    visit: Visitor, platform: Platform, tmp_path: Path
) -> None:
    page = visit("delegate")
    wait_for_count(page)
    page.goto("/surveys/")
    expect(page.get_by_test_id("waiting-count")).to_contain_text(WAITING)
    page.get_by_test_id("waiting-count").get_by_role("link").click()
    page.wait_for_url(re.compile(r"/surveys/\w+/count/$"))
    key = page.url.rstrip("/").rsplit("/", 2)[1]
    expect(page.get_by_test_id("demo-key")).to_be_visible()
    assert_accessible(page)
    assert_fits(page)
    with page.expect_download() as download:
        page.get_by_test_id("demo-key-file").click()
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)
    assert file.name == f"{key}-key.json"
    page.get_by_test_id("open-file").set_input_files(file)
    page.get_by_test_id("open-passphrase").fill(page.get_by_test_id("demo-passphrase").inner_text())
    page.get_by_test_id("count-start").click()
    expect(page.get_by_test_id("count-found")).to_be_visible(timeout=30_000)
    if page.get_by_test_id("count-read").is_visible():
        page.get_by_test_id("count-read").check()
    page.get_by_test_id("count-send").click()
    expect(page.get_by_test_id("count-kept")).to_be_visible()
    assert int(page.get_by_test_id("count-ballots").inner_text()) >= 5
    expect(page.get_by_test_id("demo-key")).to_have_count(0)
    assert_receipts_are_public(platform, key)


def assert_receipts_are_public(platform: Platform, key: str) -> None:
    """On the ballot box, for everybody, when the worker has handed them over."""
    origin = f"http://localhost:{int(environment_of(platform.process_id('web'))['PORT']) + 1}"
    deadline = time.monotonic() + START_SECONDS
    while True:
        answer = httpx.get(f"{origin}/surveys/{key}/receipts.json", trust_env=False)
        if answer.status_code == 200:
            break
        assert time.monotonic() < deadline, "the receipts are not published"
        time.sleep(1)
    assert answer.json()["count"] == len(answer.json()["receipts"]) >= 5
