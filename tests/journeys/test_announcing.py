"""A site manager announces to two teams; whom it affects reads it and says so, nobody else sees it, and
the author learns how many, never who."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import PHONE, Visitor
from tests.journeys.thanks_desk import NORDLYS, look, on_wall, pair

TITLE = "Kantina åpner klokka sju"


@pytest.fixture
def wall(visit: Visitor) -> Page:
    """The wall of the agent's own team."""
    return pair(visit)


ONE = re.compile(r"/events/decisions/v\w+/$")
LIST = re.compile(r"/events/decisions/$")


def press(page: Page, testid: str, leads_to: re.Pattern[str] | str) -> None:
    """By the keyboard alone, until the page that it leads to is there."""
    page.get_by_test_id(testid).first.focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(leads_to), timeout=15_000)
    page.wait_for_load_state()


def choose_whom(manager: Page) -> None:
    """Two teams, one of them taken off again and chosen anew; by the keyboard alone."""
    chosen = manager.get_by_test_id("audience-chosen").get_by_role("button")
    for team in (f'[data-name="{NORDLYS}"]', f'[data-name^="Team"]:not([data-name="{NORDLYS}"])'):
        box = manager.locator(f"input[name=audience]{team}").first
        box.focus()
        manager.keyboard.press("Space")
    expect(chosen).to_have_count(2)
    manager.get_by_test_id("audience-chosen").get_by_role("button", name=NORDLYS).focus()
    manager.keyboard.press("Enter")
    expect(chosen).to_have_count(1)
    expect(chosen.first).to_be_focused()
    manager.locator(f'input[name=audience][data-name="{NORDLYS}"]').check()
    expect(chosen).to_have_count(2)
    # Somebody by name, taken off by the keyboard; then from a list with a line nobody is found by.
    typed = manager.get_by_test_id("people-text")
    typed.press_sequentially("a")
    manager.get_by_test_id("combobox-option").first.wait_for()
    typed.press("Enter")
    tokens = manager.locator(".picker .token")
    expect(tokens).to_have_count(1)
    typed.press("Backspace")
    expect(tokens).to_have_count(0)
    manager.locator(".picker-many > summary").press("Enter")
    area = manager.get_by_test_id("people-list")
    area.fill("Ingen Slik\n")
    manager.locator("[data-look-up]").press("Enter")
    expect(manager.locator(".picker [data-wrong] li")).to_have_count(1)
    expect(area).to_have_value("Ingen Slik")
    look(manager)
    area.fill("")


def write(manager: Page) -> None:
    """Four short answers, and whom it is for."""
    manager.goto("/events/")
    press(manager, "announcements", LIST)
    look(manager)
    press(manager, "announcement-new", "/new/$")
    look(manager)
    manager.locator("#id_title").fill(TITLE)
    manager.locator("#id_decided").fill("Kantina åpner klokka sju i stedet for åtte.")
    manager.locator("#id_affects").fill("Du som begynner tidlig.")
    choose_whom(manager)
    manager.locator("input[name=on_walls]").check()
    press(manager, "save", ONE)
    expect(manager.get_by_test_id("announcement-preview")).to_contain_text(TITLE)
    look(manager)


def test_hr_finds_a_unit_among_many(visit: Visitor) -> None:
    hr = visit("hr", size=PHONE)
    hr.goto("/events/decisions/new/")
    place = hr.locator("[data-place]").first
    expect(place).not_to_have_attribute("open", "")
    find = hr.get_by_test_id("audience-filter")
    find.fill("nordl")
    box = hr.locator(".reach-choice input:visible")
    found = box.and_(hr.locator(f'[data-name="{NORDLYS}"]'))
    expect(found).to_be_visible()
    look(hr)
    # Enter looks for it, and sends nothing.
    find.press("Enter")
    expect(hr).to_have_url(re.compile("/new/$"))
    found.focus()
    hr.keyboard.press("Space")
    find.fill("")
    expect(place).not_to_have_attribute("open", "")
    chosen = hr.get_by_test_id("audience-chosen").get_by_role("button")
    expect(chosen).to_have_count(1)
    find.fill("finnes ikke")
    expect(hr.locator(".reach-choice:visible")).to_have_count(0)
    look(hr)


def test_announcement_reaches_those_it_affects_and_its_author_learns_how_many(
    visit: Visitor, wall: Page
) -> None:
    manager, agent = visit("manager", size=PHONE), visit("agent", size=PHONE)
    write(manager)
    # Why is what people ask first: without it nothing is sent.
    press(manager, "announcement-publish", "/publish/$")
    expect(manager.get_by_test_id("form-errors")).to_be_visible()
    press(manager, "announcement-edit", "/edit/$")
    manager.locator("#id_why").fill("Mange kommer rett fra bussen.")
    press(manager, "save", ONE)
    goes_to = manager.get_by_test_id("announcement-people")
    expect(goes_to).to_have_text(re.compile(r"^\d+ \w+"))
    press(manager, "announcement-publish", ONE)
    expect(manager.get_by_test_id("announcement-reach")).to_be_visible()
    address = manager.url
    look(manager)

    # The wall of that team, and the agent's phone.
    expect(on_wall(wall, TITLE)).to_be_visible(timeout=20_000)
    expect(wall.locator("body")).not_to_contain_text("Mange kommer rett fra bussen.")
    agent.goto("/")
    today = agent.get_by_test_id("announcement-today")
    expect(today).to_contain_text(TITLE)
    look(agent)
    today.get_by_role("link", name=TITLE).click()
    expect(agent).to_have_url(ONE)
    expect(agent.locator("body")).to_contain_text("Mange kommer rett fra bussen.")
    look(agent)
    press(agent, "announcement-read", LIST)
    expect(agent.get_by_test_id("announcement-entry").filter(has_text=TITLE)).to_be_visible()
    look(agent)
    agent.goto("/")
    expect(agent.locator("body")).not_to_contain_text(TITLE)

    # Somebody elsewhere knows nothing of it.
    partner = visit("partner", size=PHONE)
    expect(partner.locator("body")).not_to_contain_text(TITLE)
    partner.goto("/events/decisions/?show=in-force")
    expect(partner.locator("body")).not_to_contain_text(TITLE)
    answer = partner.goto(address)
    assert answer is not None
    assert answer.status == 404

    # A correction reaches whoever had read it, and the wall.
    press(manager, "announcement-correct", "/correct/$")
    look(manager)
    manager.locator("#id_decided").fill("Kantina åpner klokka seks i stedet for åtte.")
    manager.locator("#id_note").fill("Klokkeslettet var feil.")
    press(manager, "save", ONE)
    expect(manager.get_by_test_id("announcement-correction")).to_contain_text(
        "Klokkeslettet var feil."
    )
    agent.goto("/")
    agent.get_by_test_id("announcement-today").get_by_role("link", name=TITLE).click()
    expect(agent).to_have_url(ONE)
    correction = agent.get_by_test_id("announcement-correction")
    expect(correction).to_contain_text("Klokkeslettet var feil.")
    correction.locator("summary").click()
    expect(correction.locator("del")).to_contain_text("sju")
    expect(correction.locator("ins")).to_contain_text("seks")
    look(agent)
    press(agent, "announcement-read", LIST)

    # Numbers come after a day, blurred; names never.
    manager.reload()
    reach = manager.get_by_test_id("announcement-reach")
    expect(reach).to_be_visible()
    agent.goto("/people/me/")
    name = agent.get_by_role("heading", level=1).inner_text()
    expect(manager.locator("main")).not_to_contain_text(name)

    press(manager, "announcement-withdraw", "/withdraw/$")
    look(manager)
    manager.locator("#id_reason").fill("Kokken er syk.")
    press(manager, "save", ONE)
    expect(manager.get_by_test_id("announcement-withdrawn")).to_contain_text("Kokken er syk.")
    expect(on_wall(wall, TITLE)).to_be_hidden(timeout=20_000)
    agent.goto(address)
    expect(agent.get_by_test_id("announcement-withdrawn")).to_contain_text("Kokken er syk.")
    look(agent)
