"""What stands between words and a wall: a lead who reads, a colleague who objects, who decides."""

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Visitor
from tests.journeys.thanks_desk import (
    card_of,
    choose_walls,
    find_praise,
    let_hold_pass,
    look,
    on_wall,
    pair,
    pass_on,
    program,
    thank,
)

JONAS = "10002"
SAID = (
    "Jonas hørte på meg i en halvtime og fant feilen i ruteren."
    " Ring gjerne 99 00 00 12 eller skriv til oddny.tangvik@epost.example.\n"
    "Hilsen Oddny Tangvik"
)
PASSED_ON = "Jonas hørte på meg i en halvtime og fant feilen i ruteren."
PERSONAL = ("99 00 00 12", "oddny.tangvik@epost.example", "Oddny Tangvik")

UNKIND = "Takk for at du endelig gjorde jobben din."
NOTE = "Dette var ment som et stikk, og det så alle."
REPORTER = "Nils Eide"


@pytest.fixture
def wall(visit: Visitor) -> Page:
    return pair(visit)


def test_praise_of_a_customer_becomes_a_card(visit: Visitor, wall: Page) -> None:
    sender = program(visit, "praise:write")
    praise = {"source": "rutere", "external_id": "1", "text": SAID, "employee_number": JONAS}
    first, again = sender.post("praise", praise), sender.post("praise", praise)
    assert (first[0], again[0]) == (201, 200)
    assert first[1] == again[1]
    assert sender.post("praise", {**praise, "text": "Noe annet."})[0] == 409
    assert sender.get("praise")[0] == 403

    colleague = visit("colleague")
    choose_walls(colleague, "never")
    edit_down_and_pass_on(visit("lead"))
    let_hold_pass(wall)

    colleague.goto("/kudos/?scope=mine")
    card = card_of(colleague, PASSED_ON)
    expect(card.locator(".who")).to_have_text("En kunde takker Jonas Berg")
    card.locator(".words a").click()
    expect(card_of(colleague, PASSED_ON).locator(".meta")).to_contain_text(
        "Formidlet av Amina Hassan"
    )
    look(colleague)
    expect(on_wall(wall, PASSED_ON)).to_be_hidden()
    choose_walls(colleague, "any")
    expect(on_wall(wall, PASSED_ON)).to_be_visible(timeout=5_000)
    expect(on_wall(wall, PASSED_ON)).to_contain_text("fra en kunde")
    for personal in PERSONAL:
        expect(wall.locator("body")).not_to_contain_text(personal)
        expect(colleague.locator("body")).not_to_contain_text(personal)


def edit_down_and_pass_on(lead: Page) -> None:
    """What looks personal is marked, out of the suggestion, and asked about when it comes back."""
    item = find_praise(lead, "feilen i ruteren")
    expect(item.locator("mark.flag")).to_have_text(
        [
            "99 00 00 12 (et telefonnummer)",
            "oddny.tangvik@epost.example (en e-postadresse)",
            "Oddny Tangvik (et navn)",
        ]
    )
    message = item.get_by_test_id("praise-message")
    for personal in PERSONAL:
        assert personal not in message.input_value()
    message.fill(f"{PASSED_ON} Ring 99 00 00 12.")
    item.get_by_test_id("praise-approve").click()
    asked = lead.get_by_test_id("praise-remaining")
    expect(asked).to_contain_text("99 00 00 12")
    look(lead)
    pass_on(lead.locator("form.praise-check"), PASSED_ON)
    lead.goto("/kudos/praise/?tray=handled")
    expect(lead.get_by_test_id("praise-item").first).to_contain_text("Amina Hassan")
    look(lead)


def test_reported_thanks_wait_for_a_decision(visit: Visitor, wall: Page) -> None:
    agent, colleague = visit("agent"), visit("colleague")
    thank(agent, "Jonas", UNKIND)
    expect(on_wall(wall, UNKIND)).to_be_visible(timeout=10_000)
    colleague.goto("/kudos/")
    colleague.get_by_text(UNKIND).click()
    address = colleague.url

    report(visit("keeper"), address)
    expect(on_wall(wall, UNKIND)).to_be_hidden(timeout=2_000)
    colleague.goto("/kudos/")
    expect(card_of(colleague, UNKIND)).to_be_visible()
    assert_nobody_sees_who_reported([agent, colleague, visit("lead"), visit("partner")], address)

    manager = visit("manager")
    manager.goto("/kudos/")
    manager.get_by_test_id("waiting-reports").click()
    case = manager.get_by_test_id("report-case").filter(has_text=UNKIND)
    expect(case.locator(".notes")).to_contain_text(REPORTER)
    expect(case.locator(".notes")).to_contain_text(NOTE)
    look(manager)
    case.get_by_role("link", name="Skjul av en annen grunn").click()
    look(manager)
    manager.get_by_label("Sårende").check()
    manager.get_by_test_id("hide-send").click()
    expect(manager.get_by_test_id("toasts")).to_contain_text("Skjult.")
    expect(case).to_have_count(0)
    for page in (agent, colleague):
        page.goto("/kudos/?scope=mine")
        expect(card_of(page, UNKIND)).to_have_count(0)
        assert page.goto(address).status == 404  # type: ignore[union-attr]

    manager.goto("/kudos/reports/?tab=decided")
    decision = manager.get_by_test_id("decision").filter(has_text=UNKIND)
    expect(decision).to_contain_text("Sårende")
    look(manager)
    decision.get_by_test_id("restore").click()
    expect(manager.get_by_test_id("toasts")).to_contain_text("Vises igjen")
    for page in (agent, colleague):
        page.goto("/kudos/?scope=mine")
        expect(card_of(page, UNKIND)).to_be_visible()
    expect(on_wall(wall, UNKIND)).to_be_visible(timeout=5_000)
    assert_nobody_sees_who_reported([agent, colleague], address)


def report(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_test_id("report-link").click()
    look(page)
    page.get_by_label("Sårende").check()
    page.get_by_test_id("report-note").fill(NOTE)
    page.get_by_test_id("report-send").click()
    expect(page.get_by_test_id("toasts")).to_contain_text("Noen leser det")


def assert_nobody_sees_who_reported(pages: list[Page], address: str) -> None:
    for page in pages:
        assert page.goto(address).status == 200  # type: ignore[union-attr]
        expect(page.locator("main")).to_contain_text(UNKIND)
        for seen in (address, "/notices/"):
            page.goto(seen)
            expect(page.locator("main")).not_to_contain_text(REPORTER)
            expect(page.locator("main")).not_to_contain_text(NOTE)
        assert page.goto("/kudos/reports/").status == 403  # type: ignore[union-attr]
        assert NOTE not in page.request.get("/people/me/export/").text()
