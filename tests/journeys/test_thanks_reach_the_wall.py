"""The chain that everything stands on: somebody thanks a colleague, and a wall shows it."""

import os
import signal
import time

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import HOLD_SECONDS, Platform, Visitor
from tests.journeys.thanks_desk import on_wall, pair, thank
from tests.look.axe import assert_accessible


@pytest.fixture
def wall(visit: Visitor) -> Page:
    return pair(visit)


def test_thanks_given_by_keyboard_on_a_phone_appear_on_the_wall(visit: Visitor, wall: Page) -> None:
    agent = visit("agent")
    assert_accessible(agent)
    thank(agent, "Jonas", "Du ventet på meg etter vakta.")
    sent = time.monotonic()
    expect(on_wall(wall, "Du ventet på meg etter vakta.")).to_be_visible(
        timeout=(HOLD_SECONDS + 3) * 1000
    )
    assert time.monotonic() - sent > HOLD_SECONDS - 1.5, "shown before the hold was over"
    expect(wall.locator("body")).not_to_contain_text("Nilsen")
    colleague = visit("colleague")
    expect(colleague.get_by_test_id("kudos-card").first).to_contain_text(
        "Du ventet på meg etter vakta."
    )


def test_undone_thanks_never_reach_anybody(visit: Visitor, wall: Page) -> None:
    agent = visit("agent")
    thank(agent, "Jonas", "Dette angrer jeg på.")
    agent.get_by_test_id("undo").click()
    expect(agent.get_by_test_id("toasts")).to_contain_text("Trukket")
    wall.wait_for_timeout((HOLD_SECONDS + 2) * 1000)
    expect(wall.locator("body")).not_to_contain_text("Dette angrer jeg på.")
    colleague = visit("colleague")
    colleague.goto("/kudos/")
    expect(colleague.locator("body")).not_to_contain_text("Dette angrer jeg på.")


def test_receiver_takes_thanks_off_the_wall_within_two_seconds(visit: Visitor, wall: Page) -> None:
    agent, colleague = visit("agent"), visit("colleague")
    thank(agent, "Jonas", "Bare for oss to, egentlig.")
    expect(on_wall(wall, "Bare for oss to, egentlig.")).to_be_visible(timeout=10_000)
    colleague.goto("/kudos/")
    colleague.get_by_text("Bare for oss to, egentlig.").click()
    assert_accessible(colleague)
    colleague.get_by_test_id("off-walls").click()
    expect(on_wall(wall, "Bare for oss to, egentlig.")).to_be_hidden(timeout=2_000)


def test_receiver_is_asked_once_before_any_wall(visit: Visitor, wall: Page) -> None:
    """The team lead of the demo has not chosen yet."""
    agent = visit("agent")
    thank(agent, "Amina", "Takk for at du ledet morgenmøtet.")
    wall.wait_for_timeout((HOLD_SECONDS + 2) * 1000)
    expect(wall.locator("body")).not_to_contain_text("Takk for at du ledet morgenmøtet.")
    lead = visit("lead")
    # Not through what waits on Today: an open survey stands there first.
    lead.get_by_text("Takk for at du ledet morgenmøtet.").click()
    lead.get_by_test_id("wall-any").click()
    expect(on_wall(wall, "Takk for at du ledet morgenmøtet.")).to_be_visible(timeout=5_000)


def test_wall_without_network_says_so_and_catches_up(visit: Visitor, wall: Page) -> None:
    agent = visit("agent")
    wall.context.set_offline(True)
    thank(agent, "Jonas", "Mens veggen var borte.")
    wall.wait_for_timeout((HOLD_SECONDS + 1) * 1000)
    expect(wall.locator("body")).not_to_contain_text("Mens veggen var borte.")
    wall.context.set_offline(False)
    expect(on_wall(wall, "Mens veggen var borte.")).to_be_visible(timeout=45_000)
    cards = wall.locator("[data-testid=wall-card]:visible").filter(
        has_text="Mens veggen var borte."
    )
    assert cards.count() == 1


@pytest.mark.outage
def test_nothing_is_lost_when_valkey_and_postgresql_restart(
    platform: Platform, visit: Visitor, wall: Page
) -> None:
    agent = visit("agent")
    thank(agent, "Jonas", "Før omstarten.")
    os.kill(platform.process_id("valkey"), signal.SIGKILL)
    os.kill(platform.process_id("postgres"), signal.SIGINT)
    for _ in range(60):
        if agent.request.get("/readyz").ok:
            break
        time.sleep(0.5)
    thank(agent, "Jonas", "Etter omstarten.")
    expect(on_wall(wall, "Før omstarten.")).to_be_visible(timeout=45_000)
    expect(on_wall(wall, "Etter omstarten.")).to_be_visible(timeout=45_000)


def test_revoked_screen_forgets_everything(visit: Visitor, wall: Page) -> None:
    keeper = visit("keeper")
    keeper.goto("/walls/")
    assert_accessible(keeper)
    rows = keeper.get_by_test_id("screen-row")
    while rows.count():
        rows.first.get_by_role("link").click()
        keeper.locator("a[href$='/revoke/']").click()
        keeper.get_by_test_id("revoke-confirm").click()
        keeper.wait_for_url("**/walls/")
    expect(wall.get_by_test_id("pair-code")).to_be_visible(timeout=5_000)
    expect(wall.locator("[data-testid=wall-card]:visible")).to_have_count(0)
