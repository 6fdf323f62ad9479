"""An administrator makes a token and reads the API's own pages, under their content policies."""

import json
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Page

DESK = {"width": 1280, "height": 900}
Visitor = Callable[..., Page]


def test_documentation_works_offline_and_calls_as_the_person(visit: Visitor, platform: Any) -> None:
    page = visit("admin", size=DESK)
    hosts: set[str] = set()
    page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
    # Swagger UI is a large script: a busy machine takes its time to read it.
    page.set_default_timeout(60_000)
    page.goto("/api/docs/", wait_until="domcontentloaded")
    page.locator(".opblock").first.wait_for()
    assert page.locator(".opblock").count() >= 19
    sites = page.locator("#operations-sites-sites_list")
    sites.locator(".opblock-summary-control").click()
    sites.locator(".try-out__btn").click()
    sites.locator(".execute").click()
    status = sites.locator(".live-responses-table tbody .response-col_status").first
    status.wait_for()
    assert status.inner_text().split()[0] == "200"
    assert hosts - {""} == {urlsplit(platform.url).netloc}


def test_administrator_makes_a_token_that_works_until_revoked(
    visit: Visitor, platform: Any
) -> None:
    page = visit("admin")
    page.goto("/people/administration/tokens/")
    page.locator("input[name=name]").fill("Lønn")
    page.locator("input[value='sites:read']").check()
    page.get_by_test_id("make-token").click()
    secret = page.get_by_test_id("token-secret").input_value()
    assert page.get_by_test_id("copy-token").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360

    def ask() -> Any:
        request = urllib.request.Request(
            f"{platform.url}/api/v1/sites", headers={"Authorization": f"Bearer {secret}"}
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as response:
                return json.load(response)
        except urllib.error.HTTPError as refused:
            with refused:
                return json.load(refused)

    assert len(ask()["results"]) >= 1
    page.get_by_test_id("revoke-token").first.click()
    page.get_by_test_id("toasts").get_by_text("Lønn").wait_for()
    assert ask()["status"] == 401
