"""Photos on the page of the wall by itself; see `test_wall_page`."""

import io
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, Page, expect

from tests.journeys.test_standings_on_the_wall import heroes, opened
from tests.journeys.test_wall_page import LONG, pass_time, wait_for
from tests.wallboards.fake_wall_server import FakeWallServer, make_card, now_ms

# A photo is whole, on the stage, and its words below it.
MISFITS = """() => {
  const wrong = [];
  const stage = document.getElementById('heroes').getBoundingClientRect();
  const hero = document.querySelector('.hero.is-photo:not(.leave)');
  const image = hero.querySelector('.photo-frame img'), frame = hero.querySelector('.photo-frame');
  const at = image.getBoundingClientRect(), words = hero.querySelector('.photo-words').getBoundingClientRect();
  const shape = image.naturalWidth / image.naturalHeight;
  if (Math.abs(at.width / at.height - shape) > shape * 0.03) wrong.push('cut or stretched');
  if (at.height < stage.height * 0.35 && at.width < stage.width * 0.6) wrong.push('too small to see');
  for (const box of [frame.getBoundingClientRect(), words])
    if (box.left < stage.left - 2 || box.right > stage.right + 2 || box.top < stage.top - 2 || box.bottom > stage.bottom + 2)
      wrong.push('leaves the stage ' + [box.left, box.top, box.right, box.bottom, stage.right, stage.bottom].map(Math.round));
  if (at.bottom > words.top + 2 && at.right > words.left + 2) wrong.push('lies on its words');
  for (const part of hero.querySelectorAll('.photo-words p'))
    if (part.scrollWidth > part.clientWidth + 2) wrong.push(part.className + ' is too wide');
  return wrong;
}"""


def picture(width: int = 1600, height: int = 1200) -> bytes:
    """Somebody behind a plate, drawn."""
    image = Image.new("RGB", (width, height), "#cfe0ee")
    draw = ImageDraw.Draw(image)
    middle, low = width // 2, height // 2
    draw.ellipse((middle - 180, low - 330, middle + 180, low + 30), fill="#e2b48c")
    draw.ellipse((middle - 330, low, middle + 330, low + 700), fill="#2f5d7c")
    draw.ellipse((middle - 260, low + 160, middle + 260, low + 420), fill="#fffdf6")
    draw.ellipse((middle - 150, low + 210, middle + 150, low + 370), fill="#d99a3d")
    written = io.BytesIO()
    image.save(written, "PNG")
    return written.getvalue()


def make_photo(key: str, **changes: Any) -> dict[str, Any]:
    """A photo of Friday's waffles that hangs since a minute."""
    at = now_ms() - 60_000
    card = {
        "id": key,
        "kind": "photo",
        "show_from": at,
        "show_until": at + 86_400_000,
        "at": at,
        "thread": key,
        "label": "Fra arrangementet",
        "title": "Vaffelfredag",
        "facts": "fredag 20. november",
        "alt": "En som smiler bak et fat med vafler",
        "width": 1600,
        "height": 1200,
    }
    return card | changes


@pytest.fixture(scope="module")
def browser(launch: Callable[..., Browser]) -> Iterator[Browser]:
    browser = launch()
    yield browser
    browser.close()


def pictures_left(page: Page) -> int:
    """How many pictures of photos are in the document."""
    return page.locator('img[src^="/screen/photos/"]').count()


@pytest.mark.parametrize(
    ("width", "height", "preset", "size", "theme"),
    [
        (1920, 1080, "normal", (1600, 1200), ""),
        (1366, 768, "near", (1600, 700), "pride"),
        (1920, 1080, "far", (900, 1600), "christmas"),
        (1080, 1920, "normal", (1600, 1067), ""),
    ],
)
def test_photo_is_whole_on_any_stage(
    browser: Browser, server: FakeWallServer, width: int, height: int, preset: str,
    size: tuple[int, int], theme: str,
) -> None:  # fmt: skip
    server.board["preset"] = preset
    if theme:
        server.board["days"] = [
            {"from": now_ms() - 1000, "until": now_ms() + 86_400_000, "look": theme,
             "name": theme, "greeting": "God dag"}
        ]  # fmt: skip
    server.pictures["p1"] = picture(*size)
    server.show(make_photo("p1", title=LONG[:80]), push=False)
    # Beside a thank-you, which stands in the small column.
    server.show(make_card("c1", at=now_ms() - 3_600_000), push=False)
    page = opened(browser, server, viewport={"width": width, "height": height})
    for _ in range(20):
        pass_time(page, 5)
        if heroes(page) == ["p1"]:
            break
    image = page.locator('.hero[data-id="p1"] .photo-frame img')
    expect(image).to_be_visible()
    pass_time(page, 2, step=1)
    assert page.evaluate(MISFITS) == []
    expect(image).to_have_attribute("alt", "En som smiler bak et fat med vafler")
    page.context.close()


def test_photo_comes_down_at_once_and_leaves_nothing(
    browser: Browser, server: FakeWallServer
) -> None:
    server.pictures["p1"] = picture()
    server.show(make_photo("p1"), push=False)
    page = opened(browser, server)
    expect(page.locator('.hero[data-id="p1"] .photo')).to_be_visible()
    server.withdraw("p1")
    expect(page.locator(".hero[data-id]")).to_have_count(0)
    assert pictures_left(page) == 0
    left = page.locator(".photo").evaluate_all("all => all.map((one) => one.innerText.trim())")
    assert left == ["", ""]
    page.context.close()


def test_photo_without_its_picture_is_not_shown(browser: Browser, server: FakeWallServer) -> None:
    """Taken down between card and picture, or asked for in vain: the wall goes on without it."""
    server.show(make_card("c1"), push=False)
    server.show(make_photo("p1"), push=False)
    page = opened(browser, server)
    for _ in range(8):
        pass_time(page, 5)
        assert heroes(page) == ["c1"]
    assert server.asked("/screen/photos/p1/") == 1
    server.pictures["p1"] = picture()
    for _ in range(20):
        pass_time(page, 5)
        if heroes(page) == ["p1"]:
            break
    assert heroes(page) == ["p1"]
    page.context.close()


def test_picture_is_asked_for_once(browser: Browser, server: FakeWallServer) -> None:
    server.pictures["p1"] = picture()
    server.show(make_card("c1", at=now_ms() - 3_600_000), push=False)
    server.show(make_photo("p1"), push=False)
    page = opened(browser, server)
    seen = []
    for _ in range(24):
        pass_time(page, 5)
        seen += heroes(page)
    assert {"c1", "p1"} == set(seen)
    assert server.asked("/screen/photos/p1/") == 1
    page.context.close()


def test_wall_that_hears_nothing_shows_no_photo(browser: Browser, server: FakeWallServer) -> None:
    """It would not hear a no either."""
    server.pictures["p1"] = picture()
    server.show(make_photo("p1"), push=False)
    page = opened(browser, server)
    expect(page.locator('.hero[data-id="p1"] .photo')).to_be_visible()
    server.down()
    pass_time(page, 75)
    expect(page.locator(".hero[data-id]")).to_have_count(0)
    assert pictures_left(page) == 0
    server.up()
    pass_time(page, 60)
    wait_for(lambda: heroes(page) == ["p1"] or pass_time(page, 5))
    page.context.close()


def test_revoked_screen_holds_no_picture(browser: Browser, server: FakeWallServer) -> None:
    server.pictures["p1"] = picture()
    server.show(make_photo("p1"), push=False)
    page = opened(browser, server)
    expect(page.locator('.hero[data-id="p1"] .photo')).to_be_visible()
    server.paired = False
    server.close_sockets(4401)
    expect(page.locator("#pair")).to_be_visible()
    assert pictures_left(page) == 0
    page.context.close()
