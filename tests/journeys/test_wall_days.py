"""Days on the wall's own page: they come and go by the clock, and nothing that a server says breaks it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.journeys.test_wall_page import MISFITS
from tests.wallboards.fake_wall_server import FakeWallServer, make_card, now_ms

HOUR = 3_600_000


@pytest.fixture(scope="module")
def browser(launch: Callable[..., Browser]) -> Iterator[Browser]:
    browser = launch()
    yield browser
    browser.close()


@pytest.fixture
def page(browser: Browser, server: FakeWallServer) -> Iterator[Page]:
    context: BrowserContext = browser.new_context(viewport={"width": 1280, "height": 720})
    context.set_default_timeout(15_000)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert errors == []


def day(look: str = "valentine", *, begins: int = -HOUR, ends: int = HOUR) -> dict[str, Any]:
    return {
        "from": now_ms() + begins,
        "until": now_ms() + ends,
        "look": look,
        "name": "Valentinsdagen",
        "greeting": "Si noe fint",
    }


def theme(page: Page) -> str | None:
    return page.locator("html").get_attribute("data-theme")


def test_day_comes_and_goes_on_a_wall_that_has_lost_its_server(
    page: Page, server: FakeWallServer
) -> None:
    server.show(make_card("c1"))
    # Far enough ahead that also a busy machine has opened the page before.
    server.board["days"] = [day(begins=20_000, ends=28_000), day("lucia", begins=28_000)]
    page.goto(server.url)
    expect(page.get_by_test_id("wall-card").first).to_be_visible()
    assert theme(page) is None
    server.down()
    html = page.locator("html")
    expect(html).to_have_attribute("data-theme", "valentine", timeout=40_000)
    expect(page.get_by_test_id("wall-today")).to_have_text("Si noe fint")
    expect(html).to_have_attribute("data-theme", "lucia", timeout=40_000)


def test_day_that_is_taken_out_of_the_plan_goes_with_the_next_answer(
    page: Page, server: FakeWallServer
) -> None:
    server.show(make_card("c1"))
    server.board["days"] = [day()]
    page.goto(server.url)
    expect(page.locator("html")).to_have_attribute("data-theme", "valentine")
    server.board["days"] = []
    page.reload()
    expect(page.get_by_test_id("wall-card").first).to_be_visible()
    expect(page.locator("html")).not_to_have_attribute("data-theme", "valentine")
    expect(page.get_by_test_id("wall-today")).to_have_text("")


def test_day_that_is_changed_on_its_day_comes_with_the_next_beat(
    page: Page, server: FakeWallServer
) -> None:
    server.show(make_card("c1"))
    server.board |= {"days": [], "plan": "p1"}
    page.goto(server.url)
    expect(page.get_by_test_id("wall-card").first).to_be_visible()
    html = page.locator("html")
    server.board |= {"days": [day()], "plan": "p2"}
    server.beat()
    # One spread of two seconds, and far from the next whole state.
    expect(html).to_have_attribute("data-theme", "valentine", timeout=10_000)
    # Kept for a start without network too, and asked for once only.
    asked = server.asked("/screen/feed")
    server.beat()
    page.wait_for_timeout(3000)
    assert server.asked("/screen/feed") == asked
    server.board |= {"days": [day() | {"greeting": "Til en kollega"}], "plan": "p3"}
    server.beat()
    expect(page.get_by_test_id("wall-today")).to_have_text("Til en kollega", timeout=10_000)


@pytest.mark.parametrize("plan", [None, 7, {}, ["p1"]])
def test_nonsense_for_a_plan_asks_nothing(page: Page, server: FakeWallServer, plan: Any) -> None:
    server.show(make_card("c1"))
    server.board |= {"days": [day()], "plan": plan}
    page.goto(server.url)
    expect(page.locator("html")).to_have_attribute("data-theme", "valentine")
    asked = server.asked("/screen/feed")
    server.beat()
    page.wait_for_timeout(3000)
    assert server.asked("/screen/feed") == asked


def test_look_of_a_newer_server_is_plain(page: Page, server: FakeWallServer) -> None:
    server.show(make_card("c1", look="kingfisher"))
    server.board["days"] = [day("kingfisher")]
    page.goto(server.url)
    expect(page.get_by_test_id("wall-card").first).to_have_attribute("data-look", "plain")
    expect(page.get_by_test_id("wall-today")).to_have_text("Si noe fint")
    assert theme(page) is None
    assert "themed" not in (page.locator("html").get_attribute("class") or "")


@pytest.mark.parametrize(
    "days", [None, "x", 7, {}, [None, 1, "x", {}], [{"from": "a", "until": [], "look": {}}]]
)
def test_nonsense_for_days_is_no_day(page: Page, server: FakeWallServer, days: Any) -> None:
    server.show(make_card("c1"))
    server.board["days"] = days
    page.goto(server.url)
    expect(page.get_by_test_id("wall-card").first).to_be_visible()
    assert theme(page) is None


def test_long_greeting_moves_nothing(page: Page, server: FakeWallServer) -> None:
    server.show(make_card("c1"))
    server.board["name"] = "Kundeservice Trondheim, fjerde etasje mot elva"
    server.board["days"] = [day() | {"greeting": "Gratulerer " * 12}]
    page.goto(server.url)
    expect(page.locator("html")).to_have_attribute("data-theme", "valentine")
    expect(page.locator("#clock")).to_be_in_viewport(ratio=1)
    assert page.evaluate(MISFITS) == []


def test_night_stays_black_on_a_theme_day(page: Page, server: FakeWallServer) -> None:
    server.show(make_card("c1"))
    server.board["night"] = {"from": "00:00", "to": "24:00"}
    server.board["days"] = [day()]
    page.goto(server.url)
    night = page.locator("#night")
    expect(night).to_be_visible()
    ground = "element => getComputedStyle(element).backgroundColor"
    assert night.evaluate(ground) == "rgb(0, 0, 0)"
    expect(page.locator("#stage")).to_be_hidden()
