"""Standings and results on the page of the wall by itself; see `test_wall_page`."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.test_wall_page import DATA_ID, LONG, open_wall, pass_time
from tests.wallboards.fake_wall_server import FakeWallServer, make_card, now_ms

SIGNS = ("plain", "stripes", "dots")
HERO = ".hero[data-id]:not(.leave)"
# Nothing of a standing leaves its card, the window, or lies on what is below it.
MISFITS = """() => {
  const wrong = [];
  const high = document.documentElement.clientHeight, wide = document.documentElement.clientWidth;
  const hero = document.querySelector('.hero.is-standing:not(.leave)');
  const stage = document.getElementById('heroes').getBoundingClientRect();
  const parts = hero.querySelectorAll('.standing-label, .standing-title, .standing-row:not([hidden]), .standing-foot');
  let above = 0;
  for (const part of parts) {
    const at = part.getBoundingClientRect();
    if (at.left < -1 || at.right > wide + 1 || at.top < stage.top - 2 || at.bottom > stage.bottom + 2)
      wrong.push(part.className + ' leaves the stage');
    if (at.top < above - 2) wrong.push(part.className + ' overlaps what is above');
    if (part.scrollWidth > part.clientWidth + 2) wrong.push(part.className + ' is too wide');
    above = at.bottom;
  }
  for (const name of hero.querySelectorAll('.standing-row:not([hidden]) .standing-name')) {
    if (parseFloat(getComputedStyle(name).fontSize) < high * 0.02) wrong.push('a name too small to read');
  }
  return wrong;
}"""


def make_standing(key: str, rows: int = 6, **changes: Any) -> dict[str, Any]:
    """A competition that runs: the first has 24.8, each further one a sixth less."""
    at = now_ms() - 1000
    card = {
        "id": key,
        "kind": "standing",
        "show_from": at,
        "show_until": at + 86_400_000,
        "at": at,
        "thread": "x1",
        "label": "Konkurranse",
        "title": "Til Nordkapp og hjem",
        "facts": "Til tirsdag 1. desember 15:00",
        "unit": "km per person",
        "more": "og 3 til",
        "rows": [
            {
                "place": number + 1,
                "name": ("Fornebu", "Trondheim", "Bergen", "Tromsø", "Gjøvik", "Vilnius")[number],
                "letter": "ABCDEF"[number],
                "colour": number,
                "pattern": SIGNS[number % 3],
                "value": f"{24.8 - number * 4:.1f}".replace(".", ","),
                "share": 1000 - number * 160,
            }
            for number in range(rows)
        ],
    }
    return card | changes


@pytest.fixture(scope="module")
def browser(launch: Callable[..., Browser]) -> Iterator[Browser]:
    browser = launch()
    yield browser
    browser.close()


def opened(browser: Browser, server: FakeWallServer, **options: Any) -> Page:
    context = browser.new_context(**{"viewport": {"width": 1920, "height": 1080}} | options)
    context.set_default_timeout(8000)
    page = context.new_page()
    page.clock.install()
    open_wall(page, server)
    return page


def heroes(page: Page) -> list[str]:
    shown: list[str] = page.locator(HERO).evaluate_all(DATA_ID)
    return shown


@pytest.mark.parametrize(
    ("width", "height", "preset"),
    [(1920, 1080, "normal"), (1366, 768, "near"), (1920, 1080, "far"), (1080, 1920, "normal")],
)
def test_standing_fits_any_stage(
    browser: Browser, server: FakeWallServer, width: int, height: int, preset: str
) -> None:
    server.board["preset"] = preset
    long = make_standing(
        "s1", title=LONG[:80], label=LONG[:60], unit="ufattelig mange km per person"
    )
    for row in long["rows"]:
        row["name"] = "Kundeservice Bedrift Nord-Trøndelag kveld"
        row["value"] = "999 999,99"
    server.show(long, push=False)
    page = opened(browser, server, viewport={"width": width, "height": height})
    expect(page.locator('.hero[data-id="s1"] .standing')).to_be_visible()
    assert page.evaluate(MISFITS) == []
    server.withdraw("s1")
    server.show(make_standing("s2", rows=2, thread="x2"))
    expect(page.locator('.hero[data-id="s2"] .standing-row:not([hidden])')).to_have_count(2)
    assert page.evaluate(MISFITS) == []
    server.withdraw("s2")
    expect(page.locator(".hero[data-id]")).to_have_count(0)
    left = page.locator(".standing").evaluate_all("all => all.map((one) => one.innerText.trim())")
    assert left == ["", ""]
    page.context.close()


def test_each_group_is_told_by_name_letter_place_and_number(
    browser: Browser, server: FakeWallServer
) -> None:
    """Colour is never the only sign."""
    server.show(make_standing("s1"), push=False)
    page = opened(browser, server)
    row = page.locator('.hero[data-id="s1"] .standing-row').nth(1)
    assert row.inner_text().split("\n") == ["2", "B", "Trondheim", "20,8"]
    expect(page.locator('.hero[data-id="s1"] .standing-foot')).to_contain_text("og 3 til")
    page.context.close()


def test_newer_standing_moves_the_bars_and_nothing_else(
    browser: Browser, server: FakeWallServer
) -> None:
    server.show(make_standing("s1"), push=False)
    page = opened(browser, server)
    hero = page.locator('.hero[data-id="s1"]')
    expect(hero).to_be_visible()
    page.evaluate("document.querySelector('.hero[data-id]').dataset.same = 'yes'")
    newer = make_standing("s2", show_from=now_ms() - 500, at=now_ms() - 500)
    newer["rows"][1]["value"] = "23,9"
    server.show(newer)
    server.withdraw("s1")
    pass_time(page, 2, step=1)
    hero = page.locator('.hero[data-id="s2"]')
    expect(hero.locator(".standing-value").nth(1)).to_have_text("23,9")
    assert hero.get_attribute("data-same") == "yes"
    assert heroes(page) == ["s2"]
    page.context.close()


def test_standing_waits_for_its_turn_and_has_one_a_round(
    browser: Browser, server: FakeWallServer
) -> None:
    for number in range(9):
        at = now_ms() - 3_600_000 - number * 60_000
        server.show(make_card(f"c{number}", f"Takk {number}", at=at), push=False)
    for number in range(3):
        server.show(make_standing(f"s{number}", thread=f"x{number}"), push=False)
    page = opened(browser, server)
    assert heroes(page) == ["c0"]
    # A newer one does not push itself in front of a thank-you.
    server.show(make_standing("s0b", thread="x0", show_from=now_ms(), at=now_ms()))
    server.withdraw("s0")
    pass_time(page, 2, step=1)
    assert heroes(page) == ["c0"]
    seen = []
    for _ in range(90):
        pass_time(page, 5)
        [now] = heroes(page)
        if not seen or seen[-1] != now:
            seen.append(now)
    turns = [one for one in seen if one.startswith("s")]
    assert set(turns[:3]) == {"s0b", "s1", "s2"}
    assert "cs" in "".join(one[0] for one in seen)
    assert "ss" not in "".join(one[0] for one in seen)
    page.context.close()


@pytest.mark.parametrize("calm", ["quiet", "reduced", ""])
def test_result_is_celebrated_once_unless_it_is_to_be_calm(
    browser: Browser, server: FakeWallServer, calm: str
) -> None:
    server.board["quiet"] = calm == "quiet"
    server.show(make_card("c1", at=now_ms() - 3_600_000), push=False)
    motion = "reduce" if calm == "reduced" else "no-preference"
    page = opened(browser, server, reduced_motion=motion)
    page.evaluate(
        "new MutationObserver(() => { window.bursts = (window.bursts || 0) +"
        " !document.getElementById('burst').hidden; })"
        ".observe(document.getElementById('burst'), {attributes: true, attributeFilter: ['hidden']})"
    )
    at = now_ms()
    server.show(
        make_standing("r1", kind="result", title="Tromsø vant", more="", show_from=at, at=at)
    )
    for _ in range(12):
        pass_time(page, 5)
        if heroes(page) == ["r1"]:
            break
    expect(page.locator('.hero[data-id="r1"] .standing-title')).to_have_text("Tromsø vant")
    pass_time(page, 5)
    assert bool(page.evaluate("window.bursts || 0")) == (calm == "")
    page.context.close()
