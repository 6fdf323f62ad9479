"""S9: a real Chromium on the real ballot page: what it sends, how long it is, what it leaves behind."""

import re
import shutil
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    Request,
    Route,
    expect,
    sync_playwright,
)

from tests.attack.report import Report
from tests.attack.voters import canary
from tests.journeys.conftest import FLAGS, PHONE

TELLING = ("cookie", "referer", "authorization")
MOST_PAGES = 40
PATIENCE_MS = 90_000
LONG = 900
# Everything a page can keep on a device.
KEPT = """async () => ({
  local: {...localStorage}, session: {...sessionStorage}, cookie: document.cookie,
  databases: (await indexedDB.databases()).map((one) => one.name), caches: await caches.keys(),
  workers: (await navigator.serviceWorker?.getRegistrations() ?? []).length,
  name: window.name, address: location.hash,
})"""


@dataclass
class Sitting:
    """What one person's browser sent and kept."""

    sent: list[dict[str, Any]] = field(default_factory=list)
    while_writing: dict[str, Any] = field(default_factory=dict)
    afterwards: dict[str, Any] = field(default_factory=dict)
    cookies: list[Any] = field(default_factory=list)
    words: str = ""

    def to(self, origin: str) -> list[dict[str, Any]]:
        return [one for one in self.sent if one["url"].startswith(origin + "/")]

    def body(self, step: str) -> int:
        """The length of the one body that was posted to ``step``."""
        [found] = [
            one for one in self.sent if one["url"].endswith(f"/{step}") and one["method"] == "POST"
        ]
        return int(found["length"])


def kept(found: dict[str, Any]) -> list[str]:
    """What is kept on the device, by kind."""
    return sorted(name for name, value in found.items() if value)


class Visitors:
    """A browser in a thread of its own: the driver's loop and Django's database do not go together."""

    def __init__(self, *, url: str, ballot_url: str, survey: str) -> None:
        self.url, self.ballot_url, self.survey = url, ballot_url, survey

    def sit(self, cookies: dict[str, str], *, is_long: bool) -> Sitting:
        return self._in_thread(self._sit, cookies, is_long)

    def stopped_by(self, cookies: dict[str, str]) -> str:
        """What the page says when the two origins show different manifests."""
        return str(self._in_thread(self._differ, cookies))

    def _in_thread(self, act: Any, *values: Any) -> Any:
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(self._with_browser, act, *values).result()

    def _with_browser(self, act: Any, *values: Any) -> Any:
        expect.set_options(timeout=PATIENCE_MS)
        path = shutil.which("chromium") or shutil.which("chromium-browser")
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
            try:
                return act(browser, *values)
            finally:
                browser.close()

    def _enter(self, browser: Browser, cookies: dict[str, str]) -> tuple[BrowserContext, Page]:
        context = browser.new_context(viewport=PHONE, locale="nb-NO")
        context.set_default_timeout(PATIENCE_MS)
        context.add_cookies(
            [{"name": name, "value": value, "url": self.url} for name, value in cookies.items()]
        )
        return context, context.new_page()

    def _open(self, page: Page) -> None:
        page.goto(f"{self.url}/surveys/{self.survey}/")
        page.get_by_test_id("survey-start").click()
        page.wait_for_url(re.compile("localhost"))

    def _sit(self, browser: Browser, cookies: dict[str, str], is_long: bool) -> Sitting:
        found = Sitting(words=canary())
        context, page = self._enter(browser, cookies)
        asked: list[Request] = []

        def note(request: Request) -> None:
            asked.append(request)

        context.on("request", note)
        self._open(page)
        page.get_by_test_id("survey-start").click()
        self._answer(page, found, is_long)
        page.get_by_test_id("survey-send").click()
        expect(page.get_by_test_id("survey-receipt")).to_be_visible()
        found.afterwards = page.evaluate(KEPT)
        found.cookies = list(context.cookies(self.ballot_url))
        found.sent = [_told(one) for one in asked]
        return found

    def _answer(self, page: Page, found: Sitting, is_long: bool) -> None:
        """Everything as long as it goes, or nothing at all: next, next, send."""
        send, go_on = page.get_by_test_id("survey-send"), page.get_by_test_id("survey-next")
        for _ in range(MOST_PAGES):
            expect(send.or_(go_on).first).to_be_visible()
            if send.is_visible():
                return
            if is_long:
                for point in page.locator("fieldset.item").all():
                    point.locator("input").last.check()
                for area in page.locator("textarea").all():
                    area.fill((found.words + " " + "ø" * LONG)[:LONG])
                    page.locator("select").last.select_option("organisation")
                if not found.while_writing:
                    page.wait_for_timeout(1500)
                    found.while_writing = page.evaluate(KEPT)
            shown = page.locator("main").inner_text()
            go_on.first.click()
            page.wait_for_function(
                "(shown) => document.querySelector('main').innerText !== shown", arg=shown
            )
        raise RuntimeError("the ballot page comes to no end")

    def _differ(self, browser: Browser, cookies: dict[str, str]) -> str:
        _context, page = self._enter(browser, cookies)

        def changed(route: Route) -> None:
            answer = route.fetch()
            route.fulfill(response=answer, body=answer.text().replace('"k":5', '"k":6'))

        page.route(f"{self.url}/**/manifest.json", changed)
        self._open(page)
        stopped = page.get_by_test_id("survey-stopped")
        expect(stopped).to_be_visible()
        return str(stopped.get_attribute("data-kind"))


def _told(request: Request) -> dict[str, Any]:
    headers = request.all_headers()
    return {
        "url": request.url.partition("#")[0],
        "method": request.method,
        "headers": headers,
        "length": len(request.post_data_buffer or b""),
    }


def attack_page(visitors: Visitors, cookies: Sequence[dict[str, str]]) -> Report:
    """S9, with three people's sessions; the first two cast a ballot."""
    report = Report("S9")
    short, long = visitors.sit(cookies[0], is_long=False), visitors.sit(cookies[1], is_long=True)
    both = [short, long]
    to_box = [one for sitting in both for one in sitting.to(visitors.ballot_url)]
    telling = sorted({name for one in to_box for name in one["headers"] if name in TELLING})
    report.holds(
        f"cookie, referrer, authorization in {len(to_box)} requests to the ballot origin",
        ", ".join(telling) or "none",
        "none",
        bool(to_box) and not telling,
    )
    issued = [one for one in short.sent + long.sent if one["url"].endswith("/issue")]
    telling = sorted({name for one in issued for name in one["headers"] if name in TELLING})
    report.holds(
        "the same in the request for a signature", ", ".join(telling) or "none", "none", not telling
    )
    pages = [one for sitting in both for one in sitting.to(visitors.url)]
    seen = {name for one in pages for name in one["headers"] if name in TELLING}
    report.caught("the same log, at the identity origin's pages", ", ".join(sorted(seen)), "sees cookies", "cookie" in seen)  # fmt: skip
    for step in ("issue", "cast"):
        lengths = short.body(step), long.body(step)
        report.holds(
            f"length of what goes to {step}: nothing answered, everything at its longest",
            f"{lengths[0]} and {lengths[1]} bytes",
            "equal",
            lengths[0] == lengths[1] > 0,
        )
    asked = [
        sorted(_path(one["url"]) for one in sitting.to(visitors.ballot_url)) for sitting in both
    ]
    report.holds("requests to the ballot origin, both", "the same" if asked[0] == asked[1] else f"{asked}", "the same", asked[0] == asked[1])  # fmt: skip
    left = sorted({name for sitting in both for name in kept(sitting.afterwards)})
    report.holds(
        "kept on the device after sending: storages, databases, caches, workers, cookies",
        ", ".join(left) or "nothing",
        "nothing",
        not left and not short.cookies and not long.cookies,
    )
    draft = kept(long.while_writing)
    report.caught("the same probe while a draft is written", ", ".join(draft) or "nothing", "sees the draft", "local" in draft)  # fmt: skip
    readable = long.words in repr(long.while_writing)
    report.holds("words of the draft readable on the device", "yes" if readable else "no", "no", not readable)  # fmt: skip
    kind = visitors.stopped_by(cookies[2])
    report.holds("manifests that differ between the origins", f"stopped: {kind}", "stopped: differs", kind == "differs")  # fmt: skip
    return report


def _path(url: str) -> str:
    return re.sub(r"^\w+://[^/]+", "", url)
