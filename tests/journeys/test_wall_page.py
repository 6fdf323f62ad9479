"""The page on the wall by itself, in real Chromium, against a small server that speaks its protocol."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.wallboards.fake_wall_server import (
    STREAM,
    FakeWallServer,
    make_card,
    make_jubilee,
    make_poster,
    now_ms,
)

LONG = (
    "Du satt igjen etter vakta for å hjelpe en kunde som hadde prøvd i tre dager. Hun gråt av "
    "lettelse da nettet virket igjen, og hele bordet vårt hørte det. Sånt glemmer man ikke! "
)
PEOPLE = [
    {"name": name, "initials": name[:2].upper(), "hue": hue}
    for hue, name in enumerate(["Amina", "Jonas", "Thea", "Mats", "Sara", "Ola", "Kari"])
]
# What must hold on any stage: nothing overflows its box, the window or its neighbour.
MISFITS = """() => {
  const wrong = [];
  const seen = (element) => element.offsetParent !== null && element.textContent.trim() !== '';
  const wide = document.documentElement.clientWidth, high = document.documentElement.clientHeight;
  const parts = '.hero:not(.leave) .to, .hero:not(.leave) .from, .hero:not(.leave) .words,' +
    '.hero:not(.leave) .foot, .poster p, .poster i, .jubilee p, .card, .card-to, .card-from, .card-words, .top, .bottom';
  const boxes = [...document.querySelectorAll(parts)].filter(seen);
  for (const box of boxes) {
    const at = box.getBoundingClientRect();
    if (at.left < -1 || at.top < -1 || at.right > wide + 1 || at.bottom > high + 1)
      wrong.push(box.className + ' leaves the screen');
    if (box.scrollWidth > box.clientWidth + 2 && box.className !== 'bottom')
      wrong.push(box.className + ' is too wide');
  }
  const column = ['.top', '.hero:not(.leave):not([hidden]) .people',
    '.hero:not(.leave):not([hidden]) .words', '.hero:not(.leave):not([hidden]) .poster',
    '.hero:not(.leave):not([hidden]) .jubilee', '.hero:not(.leave):not([hidden]) .foot', '.bottom'];
  const order = column.map((one) => document.querySelector(one))
    .filter((one) => one && one.offsetParent !== null);
  for (let at = 1; at < order.length; at += 1) {
    const above = order[at - 1].getBoundingClientRect(), below = order[at].getBoundingClientRect();
    if (above.bottom > below.top + 2) wrong.push(order[at].className + ' overlaps what is above');
  }
  return wrong;
}"""

DATA_ID = "heroes => heroes.map((hero) => hero.dataset.id)"


@pytest.fixture(scope="module")
def browser(launch: Callable[..., Browser]) -> Iterator[Browser]:
    browser = launch("--js-flags=--expose-gc")
    yield browser
    browser.close()


@pytest.fixture
def context(browser: Browser, server: FakeWallServer) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    context.set_default_timeout(8000)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    assert errors == []


def wait_for(true: Callable[[], Any], seconds: float = 8) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.03)


def card(page: Page, key: str) -> Any:
    return page.locator(f'[data-testid="wall-card"][data-id="{key}"]')


def open_wall(page: Page, server: FakeWallServer) -> None:
    page.goto(server.url)
    expect(page.locator("#stage")).to_be_visible()
    wait_for(lambda: server.sockets == 1)


def pass_time(page: Page, seconds: int, step: int = 5) -> None:
    """Lets the page live through `seconds`, with room for real answers in between."""
    for _ in range(0, seconds, step):
        page.clock.run_for(step * 1000)
        page.wait_for_timeout(15)


def test_card_appears_on_socket_message(page: Page, server: FakeWallServer) -> None:
    open_wall(page, server)
    expect(page.locator("#empty")).to_be_visible()
    server.show(make_card("c1", "Takk for kaffen, <b>du</b> & dine 💛"))
    expect(card(page, "c1")).to_be_visible(timeout=4000)
    expect(card(page, "c1").locator(".words")).to_have_text("Takk for kaffen, <b>du</b> & dine 💛")
    expect(card(page, "c1").locator(".to")).to_have_text("Amina")
    expect(page.locator("#empty")).to_be_hidden()
    assert server.asked("/screen/feed") == 1


def test_lost_message_is_fetched_and_nothing_shows_twice(
    page: Page, server: FakeWallServer
) -> None:
    open_wall(page, server)
    server.show(make_card("c1"))
    server.show(make_card("c2"), push=False)
    server.show(make_card("c3"))
    for key in ("c1", "c2", "c3"):
        expect(card(page, key)).to_have_count(1)
    assert server.asked("/screen/feed?after=c0") == 1
    for event in server.events:
        server.push({"t": "card"} | event)
    server.push({"t": "card", "stream": 12, "seq": 3, "op": "show", "card": make_card("c3")})
    page.wait_for_timeout(300)
    assert page.locator('[data-testid="wall-card"]').count() == 3
    assert server.asked("/screen/feed") == 2


def test_only_younger_numbers_mean_that_the_server_went_back_in_time(
    page: Page, server: FakeWallServer
) -> None:
    open_wall(page, server)
    server.show(make_card("c1"))
    server.show(make_card("c2"))
    expect(card(page, "c2")).to_have_count(1)
    beat = {"t": "beat", "board": server.board["version"], "build": server.build}
    beat |= {"seqs": {STREAM: 1}, "now": now_ms()}
    server.push(beat | {"as_of": 0})
    page.wait_for_timeout(2500)
    assert server.asked("/screen/feed") == 1
    server.push(beat | {"as_of": now_ms() + 60_000})
    page.wait_for_timeout(2500)
    wait_for(lambda: server.asked("/screen/feed") == 2)


def test_same_card_through_two_streams_shows_once(page: Page, server: FakeWallServer) -> None:
    open_wall(page, server)
    one = make_card("c1")
    server.show(one)
    server.push({"t": "card", "stream": 3, "seq": 9, "op": "show", "card": one})
    expect(card(page, "c1")).to_have_count(1)
    page.wait_for_timeout(200)
    assert page.locator('[data-testid="wall-card"]').count() == 1


def test_two_cards_of_one_thank_you_show_the_one_that_names_more(
    page: Page, server: FakeWallServer
) -> None:
    open_wall(page, server)
    faces = [{"name": name, "initials": name[:2], "hue": 1} for name in ("Amina", "Jonas")]
    server.show(make_card("c1", thread="k1", to=faces[:1], to_label="Amina"))
    server.show(make_card("c2", thread="k1", to=faces, to_label="Amina og Jonas"))
    expect(card(page, "c2")).to_have_count(1)
    expect(card(page, "c1")).to_have_count(0)
    server.withdraw("c2")
    expect(card(page, "c1")).to_have_count(1)


def test_withdrawn_card_leaves_at_once_and_never_returns(
    page: Page, server: FakeWallServer
) -> None:
    open_wall(page, server)
    server.show(make_card("c1", "Dette skulle ikke stått her."))
    server.show(make_card("c2", "Dette blir stående."))
    expect(card(page, "c1")).to_be_visible()
    server.withdraw("c1")
    expect(card(page, "c1")).to_have_count(0, timeout=4000)
    assert "skulle ikke" not in page.content()
    server.show(make_card("c1", "Dette skulle ikke stått her."))
    expect(card(page, "c2")).to_be_visible()
    page.wait_for_timeout(200)
    assert "skulle ikke" not in page.content()


def test_unknown_kinds_and_nonsense_are_ignored(page: Page, server: FakeWallServer) -> None:
    open_wall(page, server)
    server.push({"t": "surprise"})
    server.push({"t": "card", "stream": None})
    server.show(make_card("c1", kind="fireworks"))
    server.show({"id": "c4", "kind": "milestone", "title": 7, "face": "x", "at": now_ms()})
    server.show({"id": "c2", "kind": "shoutout", "text": 7, "to": "x", "at": now_ms()})
    server.show(make_card("c3"))
    expect(card(page, "c3")).to_be_visible()
    assert card(page, "c1").count() == 0


def test_held_card_appears_at_server_time(page: Page, server: FakeWallServer) -> None:
    server.time_shift = -7_200_000  # the device's clock is two hours ahead of the server's
    open_wall(page, server)
    due = now_ms() + server.time_shift + 1500
    server.show(make_card("c1", show_from=due, at=due))
    page.wait_for_timeout(700)
    assert card(page, "c1").count() == 0
    expect(card(page, "c1")).to_be_visible(timeout=5000)
    assert now_ms() + server.time_shift - due > -300


def test_card_ends_by_its_own_time_without_network(page: Page, server: FakeWallServer) -> None:
    server.show(make_card("c1", show_until=now_ms() + 2500))
    open_wall(page, server)
    expect(card(page, "c1")).to_be_visible()
    server.down()
    expect(card(page, "c1")).to_have_count(0)


def test_lost_network_shows_age_then_catches_up(page: Page, server: FakeWallServer) -> None:
    page.clock.install()
    server.show(make_card("c1"))
    open_wall(page, server)
    age = page.get_by_test_id("wall-age")
    expect(age).to_be_hidden()
    server.down()
    pass_time(page, 70)
    expect(age).to_be_visible()
    assert age.inner_text().startswith("Sist oppdatert ")
    expect(card(page, "c1")).to_be_visible()
    expect(page.locator("#offline")).to_be_hidden()
    pass_time(page, 600, step=20)
    expect(page.locator("#offline")).to_be_visible()
    server.show(make_card("c2", "Mens nettet var borte"))
    server.withdraw("c1")
    server.up()
    pass_time(page, 150)
    expect(card(page, "c2")).to_have_count(1)
    expect(card(page, "c1")).to_have_count(0)
    expect(age).to_be_hidden()
    expect(page.locator("#offline")).to_be_hidden()


def test_poll_keeps_wall_right_without_any_socket(page: Page, server: FakeWallServer) -> None:
    server.socket_open = False
    page.clock.install()
    page.goto(server.url)
    expect(page.locator("#stage")).to_be_visible()
    server.show(make_card("c1"), push=False)
    pass_time(page, 60)
    expect(card(page, "c1")).to_be_visible()
    pass_time(page, 120)
    expect(page.get_by_test_id("wall-age")).to_be_hidden()


def test_silent_socket_is_left_for_a_new_one(page: Page, server: FakeWallServer) -> None:
    page.clock.install()
    open_wall(page, server)
    pass_time(page, 90)
    wait_for(lambda: server.asked("/ws/screen/") >= 2)


def test_power_cut_without_network_still_shows_the_wall(
    context: BrowserContext, page: Page, server: FakeWallServer
) -> None:
    server.show(make_card("c1", "Dette så vi sist."))
    open_wall(page, server)
    expect(card(page, "c1")).to_be_visible()
    kept = "async () => (await caches.keys()).includes('vaffel-wall-b1')"
    wait_for(lambda: page.evaluate(kept) and page.evaluate("localStorage['vaffel.state']"))
    page.close()
    server.down()
    again = context.new_page()
    again.clock.install(time=time.time() + 300)
    again.goto(server.url)
    expect(card(again, "c1").locator(".words")).to_have_text("Dette så vi sist.")
    expect(again.get_by_test_id("wall-age")).to_be_visible()
    assert again.evaluate("document.fonts.check('20px \"Schibsted Grotesk\"')")
    server.show(make_card("c2", "Og så kom nettet."))
    server.up()
    pass_time(again, 60)
    expect(card(again, "c2")).to_be_visible()
    expect(again.get_by_test_id("wall-age")).to_be_hidden()


def test_revoked_screen_forgets_everything(page: Page, server: FakeWallServer) -> None:
    server.show(make_card("c1", "Bare for oss her inne."))
    open_wall(page, server)
    expect(card(page, "c1")).to_be_visible()
    wait_for(lambda: page.evaluate("localStorage['vaffel.state']"))
    server.paired = False
    server.close_sockets(4401)
    expect(page.get_by_test_id("pair-code")).to_be_visible()
    assert "Bare for oss" not in page.content()
    assert "Bare for oss" not in page.evaluate("JSON.stringify(localStorage)")


def test_pairing_shows_renews_and_ends_on_the_wall(page: Page, server: FakeWallServer) -> None:
    server.paired = False
    page.clock.install()
    page.goto(server.url)
    code = page.get_by_test_id("pair-code")
    expect(code).to_be_visible()
    first = code.inner_text()
    assert [len(part) for part in first.split()] == [4, 4]
    expect(page.get_by_test_id("pair-symbol")).to_have_text("🦊")
    assert page.evaluate("document.getElementById('pair-qr').naturalWidth") > 0
    pass_time(page, server.code_lives - 20, step=20)
    expect(code).to_have_text(first)
    pass_time(page, 20)
    expect(code).not_to_have_text(first)
    server.show(make_card("c1"), push=False)
    server.confirmed = True
    pass_time(page, 5)
    expect(card(page, "c1")).to_be_visible()
    expect(code).to_be_hidden()


def test_pairing_waits_calmly_without_network(page: Page, server: FakeWallServer) -> None:
    server.paired = False
    page.clock.install()
    page.goto(server.url)
    expect(page.get_by_test_id("pair-code")).to_be_visible()
    server.down()
    pass_time(page, 620, step=20)
    expect(page.locator("#waiting")).to_be_visible()
    server.up()
    pass_time(page, 90)
    expect(page.get_by_test_id("pair-code")).to_be_visible()


def test_night_blank_and_identify(page: Page, server: FakeWallServer) -> None:
    server.show(make_card("c1"))
    server.board |= {"night": {"from": "00:00", "to": "23:59"}, "screen": "Kantina"}
    page.goto(server.url)
    expect(page.locator("#night")).to_be_visible()
    server.board |= {"night": None, "version": 2}
    wait_for(lambda: server.sockets == 1)
    server.beat()
    expect(page.locator("#stage")).to_be_visible()
    server.push({"t": "do", "what": "blank"})
    expect(page.locator("#blank")).to_be_visible()
    server.push({"t": "do", "what": "unblank"})
    expect(page.locator("#stage")).to_be_visible()
    server.push({"t": "do", "what": "identify"})
    expect(page.locator("#identify-name")).to_have_text("Kantina")


def test_new_build_reloads_the_page(page: Page, server: FakeWallServer) -> None:
    page.clock.install()
    open_wall(page, server)
    server.build = "b2"
    server.beat()
    page.wait_for_timeout(100)
    with page.expect_navigation():
        pass_time(page, 70)
    expect(page.locator('html[data-build="b2"]')).to_have_count(1)


@pytest.mark.parametrize(
    ("width", "height", "preset"),
    [(1920, 1080, "normal"), (1366, 768, "near"), (1920, 1080, "far"), (1080, 1920, "normal")],
)
def test_any_text_fits_any_stage(
    browser: Browser, server: FakeWallServer, width: int, height: int, preset: str
) -> None:
    server.board["preset"] = preset
    server.board["quiet"] = True
    texts = [
        "Takk!",
        LONG[:180],
        (LONG * 3)[:400],
        "🧇🎉💛",
        "Å" * 120,
        "شكراً لك على مساعدتي",
        LONG * 9,
    ]
    names = {"to": PEOPLE, "to_label": ", ".join(one["name"] for one in PEOPLE)}
    long_names = {"to_label": "Maximiliana-Konstantina Wolfeschlegelste", "from_label": LONG[:90]}
    context = browser.new_context(
        viewport={"width": width, "height": height}, reduced_motion="reduce"
    )
    page = context.new_page()
    open_wall(page, server)
    for number, text in enumerate(texts):
        labels: dict[str, Any] = [{}, names, long_names][number % 3]
        server.cards.clear()
        server.show(make_card(f"c{number}", text, **labels), push=False)
        server.show(make_card(f"d{number}", text, at=now_ms() - 9000, **labels), push=False)
        server.board["version"] += 1
        server.beat()
        expect(page.locator(f'.hero[data-id="c{number}"]')).to_be_visible()
        expect(page.locator(f'.card[data-id="d{number}"]')).to_be_visible()
        assert page.evaluate(MISFITS) == [], text
        size = float(
            page.evaluate(
                "parseFloat(document.querySelector('.hero[data-id] .words').style.fontSize)"
            )
        )
        if text == LONG[:180] and (width, preset) == (1920, "normal"):
            assert size >= 0.073 * height - 0.1
            assert page.locator(".hero[data-id] .pages").inner_text() == ""
    context.close()


def test_an_open_survey_takes_its_turn_and_can_be_scanned(
    page: Page, server: FakeWallServer
) -> None:
    page.clock.install()
    for number in range(9):
        at = now_ms() - number * 60_000
        server.show(make_card(f"c{number}", f"Takk {number}", at=at), push=False)
    server.show(make_poster("s1"), push=False)
    open_wall(page, server)
    poster = page.locator('.hero[data-id="s1"] .poster')
    seen = set()
    for _ in range(30):
        pass_time(page, 5)
        seen |= set(page.locator(".hero[data-id]:not(.leave)").evaluate_all(DATA_ID))
        assert page.locator('.card[data-id="s1"]').count() == 0
        if poster.is_visible():
            break
    expect(poster.locator(".poster-title")).to_have_text("Hvordan har vi det?")
    assert len(seen) == 4
    assert poster.locator("img").evaluate("image => image.naturalWidth") > 0
    assert len(poster.locator("i").all_inner_texts()) == 12
    assert page.evaluate(MISFITS) == []
    assert not page.locator('.hero[data-id="s1"] .people').is_visible()
    server.withdraw("s1")
    expect(page.locator('[data-id="s1"]')).to_have_count(0)
    assert "Hvordan har vi det?" not in page.content()


def test_an_open_survey_alone_is_no_empty_wall(page: Page, server: FakeWallServer) -> None:
    server.show(make_poster("s1"), push=False)
    open_wall(page, server)
    expect(page.locator('.hero[data-id="s1"] .poster')).to_be_visible()
    expect(page.locator("#empty")).to_be_hidden()
    assert page.evaluate(MISFITS) == []


@pytest.mark.parametrize(
    ("width", "height", "preset"),
    [(1920, 1080, "normal"), (1366, 768, "near"), (1920, 1080, "far"), (1080, 1920, "normal")],
)
def test_a_survey_fits_any_stage(
    browser: Browser, server: FakeWallServer, width: int, height: int, preset: str
) -> None:
    server.board["preset"] = preset
    titles = {"title": "Psykososialt arbeidsmiljø og psykologisk trygghet i kundeservice " * 2}
    labels = {"label": "Undersøkelse for Fornebu, Trondheim, Tromsø og Bergen kundesenter"}
    server.show(make_poster("s1", **titles, **labels), push=False)
    server.show(make_card("c1", LONG), push=False)
    server.show(make_card("c2", LONG), push=False)
    context = browser.new_context(viewport={"width": width, "height": height})
    page = context.new_page()
    page.clock.install()
    open_wall(page, server)
    for _ in range(12):
        if page.locator('.hero[data-id="s1"] .poster').is_visible():
            break
        pass_time(page, 5)
    expect(page.locator('.hero[data-id="s1"] .poster')).to_be_visible()
    assert page.evaluate(MISFITS) == []
    context.close()


JUBILEES = {
    "years": {},
    "first day": {
        "label": "Velkommen",
        "number": "",
        "unit": "",
        "title": "Første dag i dag: Bartholomeus-Maximilian",
        "face": {"name": "B", "initials": "BM", "hue": 3},
    },
    "goal": {
        "kind": "goal",
        "number": "9\u00a0007\u00a0199\u00a0254\u00a0740\u00a0991",
        "unit": "",
        "title": "Fem millioner samtaler i kundeservice siden vi åpnet dørene. " * 3,
    },
}


@pytest.mark.parametrize("what", JUBILEES)
@pytest.mark.parametrize(
    ("width", "height", "preset"),
    [(1920, 1080, "normal"), (1366, 768, "near"), (1920, 1080, "far"), (1080, 1920, "normal")],
)
def test_a_jubilee_fits_any_stage(
    browser: Browser, server: FakeWallServer, what: str, width: int, height: int, preset: str
) -> None:
    server.board["preset"] = preset
    server.show(make_jubilee("j1", **JUBILEES[what]), push=False)
    for number in range(2):
        at = now_ms() - 7_200_000 - number
        server.show(make_card(f"c{number}", LONG, at=at), push=False)
    context = browser.new_context(viewport={"width": width, "height": height})
    page = context.new_page()
    page.clock.install()
    open_wall(page, server)
    jubilee = page.locator('.hero[data-id="j1"] .jubilee')
    for _ in range(12):
        if jubilee.is_visible():
            break
        pass_time(page, 5)
    expect(jubilee).to_be_visible()
    assert page.evaluate(MISFITS) == []
    assert page.locator('.card[data-id="j1"]').count() == 0
    assert not page.locator('.hero[data-id="j1"] .people').is_visible()
    server.withdraw("j1")
    expect(page.locator('[data-id="j1"]')).to_have_count(0)
    left = page.locator(".jubilee").evaluate_all("all => all.map((one) => one.innerText.trim())")
    assert left == ["", ""]
    context.close()


def test_everybody_whose_day_it_is_has_a_turn_however_many_thanks_come(
    page: Page, server: FakeWallServer
) -> None:
    page.clock.install()
    for number in range(20):
        at = now_ms() - number * 1000
        server.show(make_card(f"c{number}", f"Takk {number}", at=at), push=False)
    for number in range(5):
        server.show(make_jubilee(f"j{number}", title=f"Person {number} er ny"), push=False)
    open_wall(page, server)
    seen: set[str] = set()
    for turn in range(70):
        if turn % 15 == 14:
            # A new thank-you begins the round anew; nobody's day is lost by it.
            server.show(make_card(f"n{turn}", f"Ny takk {turn}", at=now_ms(), show_from=now_ms()))
        pass_time(page, 5)
        seen |= set(page.locator(".hero[data-id]:not(.leave)").evaluate_all(DATA_ID))
        assert page.locator("#dots i:not([hidden])").count() == 8
    assert {f"j{number}" for number in range(5)} - seen == set()
    assert {one for one in seen if one.startswith("c")} >= {"c0", "c1"}


def test_half_a_day_leaves_nothing_behind(page: Page, server: FakeWallServer) -> None:
    """Twelve hours in jumps of five minutes, each with a new card, a lost connection and a rotation."""
    # Begins at about five in the morning, wherever that is: the nightly reload stays out of it.
    offset = (5 - time.gmtime().tm_hour + 12) % 24 - 12
    server.board["timezone"] = f"Etc/GMT{-offset:+d}"
    page.clock.install()
    page.emulate_media(reduced_motion="reduce")
    open_wall(page, server)
    tools = page.context.new_cdp_session(page)
    tools.send("Performance.enable")

    def measure() -> dict[str, float]:
        tools.send("HeapProfiler.collectGarbage")
        metrics = tools.send("Performance.getMetrics")["metrics"]
        return {one["name"]: one["value"] for one in metrics}

    def live(hours: int, name: str) -> None:
        for turn in range(hours * 12):
            key = f"{name}{turn}"
            server.time_shift += 300_000
            at = now_ms() + server.time_shift
            server.show(make_card(key, LONG, at=at, show_from=at, show_until=at + 7_200_000))
            page.clock.fast_forward(280_000)
            page.clock.run_for(20_000)
            page.wait_for_timeout(8)

    parts = page.evaluate("document.querySelectorAll('*').length")
    live(3, "a")
    before = measure()
    live(9, "b")
    after = measure()
    assert page.evaluate("document.querySelectorAll('*').length") <= parts + 40
    assert after["Nodes"] <= before["Nodes"] + 60
    assert after["JSEventListeners"] <= before["JSEventListeners"] + 5
    assert after["JSHeapUsedSize"] <= before["JSHeapUsedSize"] * 1.25 + 300_000
    assert page.evaluate("localStorage['vaffel.state'].length") < 60_000
