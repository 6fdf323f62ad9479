"""An unnamed idea becomes an event; a photo of last week's waffles is asked about, seen, and taken down."""

import io
import re

from PIL import Image
from playwright.sync_api import Page, expect

from tests.journeys.conftest import PHONE, Visitor
from tests.look.axe import assert_accessible, assert_fits

IDEA = re.compile(r"/events/ideas/i\w+/$")
EVENT = re.compile(r"/events/e\w+/$")
OF_A_PHOTO = re.compile("bilde|photo")
PHOTO = r"/events/photos/h\w+/$"
TITLE = "Bordtennisbord ved trappa"


def look(page: Page) -> None:
    assert_accessible(page)
    assert_fits(page)


def press(page: Page, testid: str, then: str = "") -> None:
    """By the keyboard alone; ``then`` is the address it leads to."""
    page.get_by_test_id(testid).first.focus()
    page.keyboard.press("Enter")
    if then:
        expect(page).to_have_url(re.compile(then))


def open_notice(page: Page, text: str | re.Pattern[str], then: str) -> None:
    page.goto("/notices/")
    page.get_by_test_id("notice").filter(has_text=text).first.click()
    expect(page).to_have_url(re.compile(then))


def test_idea_is_wanted_and_happens(visit: Visitor) -> None:
    agent, colleague, manager = (
        visit(persona, size=PHONE) for persona in ("agent", "colleague", "manager")
    )
    agent.goto("/events/")
    press(agent, "ideas", "/events/ideas/$")
    look(agent)
    press(agent, "idea-new", "/new/$")
    agent.get_by_test_id("idea-title").press_sequentially("brettspill torsdag")
    expect(agent.get_by_test_id("ideas-alike")).to_contain_text("Brettspill på torsdager")
    look(agent)
    agent.get_by_test_id("idea-title").fill(TITLE)
    expect(agent.get_by_test_id("ideas-alike")).to_have_count(0)
    agent.locator("[name=shown][value=unnamed]").check(force=True)
    press(agent, "idea-send")
    expect(agent).to_have_url(IDEA)
    look(agent)
    address = agent.url

    colleague.goto("/events/ideas/?show=newest")
    wanted = colleague.get_by_test_id("idea").filter(has_text=TITLE)
    heart = wanted.get_by_test_id("idea-vote")
    expect(heart).to_have_attribute("aria-pressed", "false")
    heart.focus()
    colleague.keyboard.press("Enter")
    expect(heart).to_have_attribute("aria-pressed", "true")
    look(colleague)
    name = agent.locator(".menu-who b").first.text_content()
    colleague.goto(address)
    assert name
    expect(colleague.locator("main")).not_to_contain_text(name)
    look(colleague)

    manager.goto("/events/ideas/?show=decide")
    look(manager)
    manager.get_by_role("link", name=TITLE).click()
    expect(manager).to_have_url(IDEA)
    look(manager)
    press(manager, "idea-pick", "/events/new/")
    press(manager, "template-coffee")
    expect(manager.locator("#id_title")).to_have_value(TITLE)
    look(manager)
    press(manager, "save")
    expect(manager).to_have_url(EVENT)

    for one in (agent, colleague):
        open_notice(one, TITLE, "/events/ideas/i")
        assert one.url == address
        expect(one.get_by_test_id("idea-outcome").get_by_role("link")).to_contain_text(TITLE)
        look(one)


def picture() -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (1800, 1200), "#d99a3d").save(written, "JPEG")
    return written.getvalue()


def test_photo_is_seen_after_a_yes_and_gone_after_a_no(visit: Visitor) -> None:
    agent, colleague, manager = (
        visit(persona, size=PHONE) for persona in ("agent", "colleague", "manager")
    )
    open_notice(agent, OF_A_PHOTO, PHOTO)
    look(agent)
    press(agent, "photo-yes")
    expect(agent.get_by_test_id("photo-take-down")).to_be_visible()
    agent.locator("a.back").click()
    expect(agent.get_by_test_id("opinion-counts")).to_contain_text("4")
    expect(agent.get_by_test_id("photo")).to_have_count(2)
    look(agent)
    event = agent.url

    name = colleague.locator(".menu-who b").first.text_content()
    assert name
    press(agent, "photo-add", "/photos/add/$")
    look(agent)
    agent.get_by_test_id("photo-file").set_input_files(
        {"name": "vafler.jpg", "mimeType": "image/jpeg", "buffer": picture()}
    )
    agent.get_by_test_id("photo-people").focus()
    agent.keyboard.type(name, delay=20)
    expect(agent.get_by_role("option").first).to_contain_text(name)
    agent.keyboard.press("Enter")
    agent.get_by_test_id("photo-all-named").check()
    agent.get_by_test_id("photo-alt").fill("En gul vaffel")
    press(agent, "photo-send")
    expect(agent).to_have_url(event)
    expect(agent.get_by_test_id("photo")).to_have_count(3)
    look(agent)

    manager.goto(event)
    expect(manager.get_by_test_id("photo")).to_have_count(2)
    open_notice(colleague, OF_A_PHOTO, PHOTO)
    look(colleague)
    photo = colleague.url
    press(colleague, "photo-yes")
    expect(colleague.get_by_test_id("photo-take-down")).to_be_visible()
    manager.reload()
    expect(manager.get_by_test_id("photo")).to_have_count(3)
    assert manager.request.get(f"{photo}full/").status == 200
    manager.goto(photo)
    look(manager)
    expect(manager.locator("main")).not_to_contain_text(name)

    press(colleague, "photo-take-down")
    expect(colleague).to_have_url(event)
    assert [manager.request.get(f"{photo}{what}").status for what in ("", "full/", "small/")] == [
        404, 404, 404,
    ]  # fmt: skip
    manager.goto(event)
    expect(manager.get_by_test_id("photo")).to_have_count(2)
    agent.goto("/notices/")
    told = agent.get_by_test_id("notice").filter(has_text=OF_A_PHOTO).first
    expect(told).not_to_contain_text(name)
