"""From the press on Send until the receipt shows, on a slow telephone's browser.

The real ballot page in a Chromium slowed down six times; each time a new browser context, in which
nothing has been compiled or warmed up. Both origins are answered from here, so that what the network
and the servers take can be told apart: the page's own time is what lies outside its two requests.
"""

import json
import statistics
from urllib.parse import urlencode

from playwright.sync_api import Browser, Route, sync_playwright

from benchmarks.report import Bound, table
from surveys.ballots.page import build_page
from surveys.protocol.encoding import b64, canonical, unb64
from tests.surveys.manifests import SIGNERS, manifest_document
from tests.surveys.witness.browser import FLAGS, chromium

TIMES = 12
SLOWED_DOWN = 6
MOST_PAGE_MS = 300.0

BALLOT_ORIGIN, IDENTITY_ORIGIN = "http://localhost:8001", "http://127.0.0.1:8000"
CELL = "c001"
OPEN_TO_ALL = {"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "*"}

# Notes when Send is pressed, when each request goes and is answered, and when the receipt is painted.
WATCHER = """
(() => {
  const times = (window.times = {});
  const now = () => performance.now();
  addEventListener('click', (event) => {
    if (event.target.closest?.('[data-testid="survey-send"]')) times.pressed = now();
  }, true);
  const fetched = window.fetch;
  window.fetch = async (url, options) => {
    const step = String(url).split('/').pop();
    times[`${step} asked`] = now();
    const answer = await fetched(url, options);
    times[`${step} answered`] = now();
    return answer;
  };
  new MutationObserver(() => {
    if (times.shown || !document.querySelector('[data-testid="survey-receipt"]')) return;
    times.shown = -1;
    requestAnimationFrame(() => setTimeout(() => { times.shown = now(); }));
  }).observe(document, { childList: true, subtree: true });
})();
"""
STEPS = (
    ("page: seals and blinds", "pressed", "issue asked"),
    ("signed (network and server)", "issue asked", "issue answered"),
    ("page: unblinds and verifies", "issue answered", "cast asked"),
    ("cast (network and server)", "cast asked", "cast answered"),
    ("page: shows the receipt", "cast answered", "shown"),
)


def main() -> list[Bound]:
    """The bound, after printing the table."""
    if chromium() is None:
        raise SystemExit("This benchmark needs Debian's chromium on the PATH.")
    served = _Served()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        found = [_sent(browser, served) for _ in range(TIMES)]
        browser.close()
    parts = {name: [one[to] - one[since] for one in found] for name, since, to in STEPS}
    rows = [(name, *_told(values)) for name, values in parts.items()]
    own = [sum(values) for values in zip(*_of_the_page(parts), strict=True)]
    whole = [one["shown"] - one["pressed"] for one in found]
    rows += [("page: together", *_told(own)), ("from the press to the receipt", *_told(whole))]
    print(table((f"Send, {SLOWED_DOWN} times slower", "median", "slowest"), rows))
    return [
        Bound(
            "the page's own time from Send to the receipt",
            statistics.median(own),
            most=MOST_PAGE_MS,
            unit=" ms",
        )
    ]


def _of_the_page(parts: dict[str, list[float]]) -> list[list[float]]:
    return [values for name, values in parts.items() if name.startswith("page")]


def _told(values: list[float]) -> tuple[str, str]:
    return f"{statistics.median(values):.0f} ms", f"{max(values):.0f} ms"


class _Served:
    """What both origins answer, the signature made for whoever asks."""

    def __init__(self) -> None:
        page = build_page()
        document = manifest_document(
            page_sha256=page.sha256, ballot_origin=BALLOT_ORIGIN, identity_origin=IDENTITY_ORIGIN
        )
        self.page, self.manifest = page.data, canonical(document)
        self.path = f"/surveys/{document['survey']}/"
        said = {"t": "ticket", "c": CELL, "d": "0" * 64, "l": "nb"}
        self.address = f"{BALLOT_ORIGIN}{self.path}#{urlencode(said)}"

    def answer(self, route: Route) -> None:
        request = route.request
        name = request.url.split("#")[0].rsplit("/", 1)[1]
        if request.method == "OPTIONS" or name == "cast":
            route.fulfill(status=204, headers=OPEN_TO_ALL)
        elif name == "manifest.json":
            route.fulfill(body=self.manifest, headers=OPEN_TO_ALL)
        elif name == "issue":
            signature = SIGNERS[CELL].sign(unb64(json.loads(request.post_data or "")["blinded"]))
            route.fulfill(body=canonical({"signature": b64(signature)}), headers=OPEN_TO_ALL)
        else:
            route.fulfill(body=self.page, content_type="text/html; charset=utf-8")


def _sent(browser: Browser, served: _Served) -> dict[str, float]:
    """The moments of one ballot, in milliseconds of the page's clock."""
    context = browser.new_context(viewport={"width": 360, "height": 740})
    context.add_init_script(WATCHER)
    page = context.new_page()
    page.route("**/*", served.answer)
    page.goto(served.address)
    page.get_by_test_id("survey-start").click()
    for point in (4, 5, 9):
        page.keyboard.press(str(point))
        page.locator(f"input[value='{point}']:checked").wait_for(state="detached")
    page.locator("textarea").fill("Mer tid til kundene. " * 20)
    page.get_by_test_id("survey-next").click()
    send = page.get_by_test_id("survey-send")
    send.wait_for()
    slow = context.new_cdp_session(page)
    slow.send("Emulation.setCPUThrottlingRate", {"rate": SLOWED_DOWN})
    send.click()
    page.wait_for_function("window.times.shown > 0")
    found: dict[str, float] = page.evaluate("window.times")
    context.close()
    return found
