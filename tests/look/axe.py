"""Accessibility in journeys: ``assert_accessible(page)`` on every page worth visiting."""

from pathlib import Path
from typing import Any

from playwright.sync_api import Error, Page

AXE = Path(__file__).resolve().parent.parent / "vendor" / "axe.min.js"
# What fades in or out for at most a second; the bar that counts an undo down runs for longer.
AT_REST = """Promise.all(document.getAnimations()
  .filter((one) => one.effect.getComputedTiming().endTime <= 1000)
  .map((one) => one.finished.catch(() => {})))"""
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def violations(page: Page, *, ignore: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """What axe-core finds on the page at rest, without the rules in ``ignore``.

    Something may begin to fade while axe reads the colours, so whatever is found is looked at again.
    """
    _wait_for_rest(page)
    found = _look(page, ignore=ignore)
    if not found:
        return []
    _wait_for_rest(page)
    return _look(page, ignore=ignore)


def _wait_for_rest(page: Page) -> None:
    try:
        page.evaluate(AT_REST)
    except Error:  # the page was about to give way to the next
        page.wait_for_load_state()
        page.evaluate(AT_REST)


def _look(page: Page, *, ignore: tuple[str, ...]) -> list[dict[str, Any]]:
    """Goes in through the debugger, so that the page's own content policy stays as it is."""
    look = f"axe.run(document, {{runOnly: {RULES}, resultTypes: ['violations']}})"
    session = page.context.new_cdp_session(page)
    try:
        session.send("Runtime.evaluate", {"expression": AXE.read_text(encoding="utf-8")})
        answer = session.send(
            "Runtime.evaluate",
            {
                "expression": f"{look}.then((r) => r.violations)",
                "awaitPromise": True,
                "returnByValue": True,
            },
        )
    finally:
        session.detach()
    found: list[dict[str, Any]] = answer["result"]["value"]
    return [violation for violation in found if violation["id"] not in ignore]


def assert_accessible(page: Page, *, ignore: tuple[str, ...] = ()) -> None:
    """Fails with one line for each thing that keeps somebody out."""
    lines = [
        f"{violation['id']} ({violation['impact']}): {', '.join(map(str, node['target']))}: "
        f"{node['failureSummary']}"
        for violation in violations(page, ignore=ignore)
        for node in violation["nodes"]
    ]
    assert not lines, f"{page.url}\n" + "\n".join(lines)


def assert_fits(page: Page) -> None:
    """Fails when the page scrolls sideways or when something to press is under 24 × 24 px.

    (44 px is what we draw; 24 px is what WCAG 2.2 AA asks of anything outside running text.)
    """
    over = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    wide = page.evaluate(
        """() => [...document.querySelectorAll('body *')]
          .filter((e) => e.getBoundingClientRect().right > document.documentElement.clientWidth)
          .map((e) => e.outerHTML.slice(0, 120))"""
    )
    assert over <= 0, f"{page.url} is {over} px too wide: {wide}"
    small = page.evaluate(
        """() => [...document.querySelectorAll('button, summary, input:not([type=hidden]), select, .button, .chip, nav a')]
          .filter((e) => e.checkVisibility({visibilityProperty: true}))
          .map((e) => [e.closest('label') ?? e, e])
          .map(([box, e]) => [box.getBoundingClientRect(), e.outerHTML.slice(0, 120)])
          .filter(([r]) => r.width > 1 && (r.width < 24 || r.height < 24)).map(([, html]) => html)"""
    )
    assert small == []
