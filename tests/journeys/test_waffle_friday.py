"""Waffle Friday from its plan to "I am here", on phones, by a clock that the journey moves; and what
goes wrong on the way."""

import datetime as dt
import re
import shutil
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys import waffle_desk as desk
from tests.journeys.conftest import PHONE, Platform, Visits, new_folder, started
from tests.journeys.moved_clock import MovedClock
from tests.journeys.product_state import ProductState, eventually
from tests.journeys.waffle_desk import expect_number, look, sign_up, sitting

# A Tuesday with no public holiday for weeks: the journey is the same on every day it is made.
BEGINS = dt.datetime(2027, 1, 12, 8, tzinfo=dt.UTC)
TITLE = "Vafler på taket"
SHIFTS = (("10:00", "10:30"), ("12:00", "12:30"), ("18:00", "18:30"))
NOON = "12:00"
NORDLYS = "Team Nordlys"
WEEK = dt.timedelta(weeks=1)
REASON = "De andre teamene svarer for dem i lunsjen."
PLACE_LINK = re.compile(r"http://\S+/events/place/\S+/")


@pytest.fixture(scope="module")
def clock() -> Iterator[MovedClock]:
    folder = new_folder()
    clock = MovedClock(folder)
    clock.move_to(BEGINS)
    yield clock
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def town(clock: MovedClock) -> Iterator[Platform]:
    with started(new_folder(), **clock.environment, DEMO_SCALE="90") as platform:
        yield platform


@pytest.fixture(scope="module")
def state(town: Platform) -> ProductState:
    return ProductState(town)


@pytest.fixture
def visit(town: Platform, clock: MovedClock, launch: Callable[..., Browser]) -> Iterator[Visits]:
    browser = launch(env=clock.environment)
    visits = Visits(town, browser)
    yield visits
    visits.close()
    browser.close()
    assert visits.problems + visits.logged_errors() == []


def friday_after(clock: MovedClock) -> dt.date:
    """The first at least three days ahead."""
    day = clock.now.date() + dt.timedelta(days=3)
    return day + dt.timedelta(days=(4 - day.weekday()) % 7)


def at_oslo(day: dt.date, hour: int, minute: int = 0) -> dt.datetime:
    """In January its clock is an hour ahead."""
    return dt.datetime.combine(day, dt.time(hour, minute), tzinfo=dt.UTC) - dt.timedelta(hours=1)


# --- as it should go ------------------------------------------------------------------------------


def test_waffle_friday_from_the_plan_to_the_first_waffle(
    visit: Visits, town: Platform, clock: MovedClock, state: ProductState
) -> None:
    friday = friday_after(clock)
    manager, keeper, lead = (visit(one, size=PHONE) for one in ("manager", "keeper", "lead"))
    agent, colleague = visit("agent", size=PHONE), visit("colleague", size=PHONE)
    first = desk.plan_waffles(manager, TITLE, friday, SHIFTS, places=2, repeat="weekly", looks=True)
    second = desk.next_day_of(manager, first)
    let_nordlys_go(manager, friday)
    wait_in_vain(agent, first, (keeper, lead))

    clock.move_to(at_oslo(friday + dt.timedelta(days=4), 9))
    friday += WEEK
    stand_in_line_again(second, (keeper, lead), colleague, agent)
    give_up_a_place(lead)
    accept_by_mail(visit, state, agent, second)
    colleague.goto(second)
    expect_number(sitting(colleague, NOON), 1)

    hold_back(manager, friday)
    explain(colleague, second, state)
    lift(manager, friday)
    come_after_all(manager, colleague, second)

    move_in_calendar(visit(), agent, manager, second, friday)
    clock.move_to(at_oslo(friday, 12))
    say_i_am_here(town, clock, manager, agent, second)


def let_nordlys_go(manager: Page, friday: dt.date) -> None:
    """Its own rule for these weeks: nobody is held back."""
    desk.open_team(manager, NORDLYS, friday)
    look(manager)
    desk.set_rule(manager, percent=100, least=0)


def wait_in_vain(agent: Page, event: str, others: tuple[Page, ...]) -> None:
    for page in others:
        here = sign_up(page, event, NOON)
        expect(here.get_by_test_id("place")).to_be_visible()
    look(page)
    agent.goto(event)
    expect(sitting(agent, NOON)).to_contain_text("Fullt")
    look(agent)
    here = sign_up(agent, event, NOON)
    expect_number(here, 1)
    expect(agent.get_by_test_id("toasts")).to_contain_text("nummer 1")
    look(agent)


def stand_in_line_again(event: str, others: tuple[Page, ...], colleague: Page, agent: Page) -> None:
    """Who asks last stands first: they missed the last time."""
    for page in others:
        expect(sign_up(page, event, NOON).get_by_test_id("place")).to_be_visible()
    expect_number(sign_up(colleague, event, NOON), 1)
    here = sign_up(agent, event, NOON)
    expect_number(here, 1)
    expect(here).to_contain_text("Du fikk ikke plass sist")
    look(agent)
    colleague.reload()
    expect_number(sitting(colleague, NOON), 2)
    colleague.goto("/events/mine/")
    expect(colleague.get_by_test_id("my-place").filter(has_text=TITLE)).to_have_count(1)
    look(colleague)


def give_up_a_place(lead: Page) -> None:
    """Undone at first; then for good."""
    here = sitting(lead, NOON)
    here.get_by_test_id("event-leave").click()
    lead.get_by_test_id("undo").last.click()
    expect(here.get_by_test_id("place")).to_be_visible()
    here.get_by_test_id("event-leave").click()
    expect(here.get_by_test_id("event-signup")).to_be_visible()
    look(lead)


def accept_by_mail(visit: Visits, state: ProductState, agent: Page, event: str) -> None:
    """The mail's link needs no sign-in, and looking at it changes nothing."""
    address = state.address_of("Ingrid Nilsen")

    def link() -> str | None:
        texts = [str(one.get_body(("plain",)).get_content()) for one in state.mails_to(address)]  # type: ignore[union-attr]
        found = [PLACE_LINK.search(text) for text in texts if TITLE in text]
        return next((one[0] for one in found if one), None)

    mail = visit()
    mail.goto(eventually(link))
    expect(mail.get_by_role("heading", level=1)).to_have_text("Det er blitt plass til deg")
    look(mail)
    agent.goto(event)
    expect(sitting(agent, NOON).get_by_test_id("offer")).to_be_visible()
    look(agent)
    mail.get_by_test_id("offer-accept").click()
    expect(mail.get_by_role("heading", level=1)).to_have_text("Du har plass")
    look(mail)
    agent.reload()
    expect(sitting(agent, NOON).get_by_test_id("place")).to_be_visible()


def hold_back(manager: Page, friday: dt.date) -> None:
    """As many of the team must stay as there are without the one who goes."""
    desk.open_team(manager, NORDLYS, friday)
    desk.set_rule(manager, percent=100, least=desk.on_shift(manager, NOON) - 1)
    look(manager)


def explain(colleague: Page, event: str, state: ProductState) -> None:
    """Why, and what fits; no colleague is named."""
    colleague.goto(event)
    here = sitting(colleague, NOON)
    here.get_by_test_id("event-leave").click()
    why = here.get_by_test_id("held-back")
    expect(why).to_contain_text("teamet ditt")
    expect(why).to_contain_text("Disse passer: 10:00, 18:00")
    expect(here.get_by_test_id("event-signup")).to_have_count(0)
    said = why.inner_text()
    assert [name for name in state.names() if name in said] == []
    look(colleague)


def lift(manager: Page, friday: dt.date) -> None:
    desk.open_team(manager, NORDLYS, friday)
    here = manager.get_by_test_id("coverage-sitting").filter(has_text=f"{NOON}–12:30 {TITLE}")
    here.get_by_test_id("coverage-lift").click()
    look(manager)
    manager.locator("#id_reason").fill(REASON)
    manager.get_by_test_id("lift").click()
    expect(here).to_contain_text(REASON)
    look(manager)


def come_after_all(manager: Page, colleague: Page, event: str) -> None:
    """First in line; one more place, and it is theirs to take at once."""
    expect_number(sign_up(colleague, event, NOON), 1)
    desk.change_sitting(manager, event, 1, capacity="3")

    def is_offered() -> bool:
        colleague.reload()
        return sitting(colleague, NOON).get_by_test_id("offer").count() == 1

    eventually(is_offered, 5)
    look(colleague)
    sitting(colleague, NOON).get_by_test_id("offer-accept").click()
    expect(sitting(colleague, NOON).get_by_test_id("place")).to_be_visible()


def move_in_calendar(
    program: Page, agent: Page, manager: Page, event: str, friday: dt.date
) -> None:
    """The same entry at another time, in a calendar that asks again and in one that was given a file."""
    address = desk.calendar_address(agent)
    agent.goto(event)
    file = sitting(agent, NOON).get_by_role("link", name="I kalenderen min").get_attribute("href")
    before, single = (
        desk.read_calendar(program, address, TITLE, friday),
        desk.read_calendar(agent, str(file), TITLE, friday),
    )
    assert single["UID"] == before["UID"]
    desk.change_sitting(manager, event, 1, starts="12:15", ends="12:45")
    for page, path in ((program, address), (agent, str(file))):
        after = desk.read_calendar(page, path, TITLE, friday)
        assert after["UID"] == before["UID"]
        assert int(after["SEQUENCE"]) > int(before["SEQUENCE"])
        assert after["DTSTART"].dt - before["DTSTART"].dt == dt.timedelta(minutes=15)
        assert f"{after['DTSTART'].dt:%H:%M}" == "12:15"
    agent.goto("/events/calendar/")
    look(agent)


def say_i_am_here(
    town: Platform, clock: MovedClock, manager: Page, agent: Page, event: str
) -> None:
    manager.goto(event)
    here = sitting(manager, "12:15")
    here.get_by_test_id("guests").locator("summary").click()
    look(manager)
    here.get_by_role("link", name="Skilt til døra").click()
    expect(manager.get_by_test_id("came-count")).to_contain_text("0")
    look(manager)
    key = manager.url.split("/")[-3]
    agent.goto(desk.read_square(manager, town, key, clock.now))
    look(agent)
    agent.get_by_test_id("check-in").click()
    expect(agent.get_by_test_id("checked-in")).to_be_visible()
    look(agent)
    manager.reload()
    expect(manager.get_by_test_id("came-count")).to_contain_text("1 kom")


# --- what goes wrong ------------------------------------------------------------------------------


def one_sitting(manager: Page, clock: MovedClock, title: str, *, places: int) -> str:
    return desk.plan_waffles(manager, title, friday_after(clock), [(NOON, "12:30")], places=places)


def test_two_tap_the_last_place_at_once(visit: Visits, clock: MovedClock) -> None:
    manager, keeper = visit("manager"), visit("keeper", size=PHONE)
    event = one_sitting(manager, clock, "Siste plass", places=1)
    for page in (manager, keeper):
        page.goto(event)
        expect(page.get_by_test_id("event-signup")).to_be_visible()
    for page in (manager, keeper):
        # Does not wait for the answer.
        page.get_by_test_id("event-signup").evaluate(
            "(button) => setTimeout(() => button.click(), 50)"
        )
    for page in (manager, keeper):
        expect(page.get_by_test_id("event-leave")).to_be_visible()
    has_place = [page.get_by_test_id("place").count() for page in (manager, keeper)]
    waits = [page.get_by_test_id("waitlist-place").count() for page in (manager, keeper)]
    assert sorted(zip(has_place, waits, strict=True)) == [(0, 1), (1, 0)]
    for page in (manager, keeper):
        if page.get_by_test_id("waitlist-place").count():
            expect_number(sitting(page, NOON), 1)


def test_network_that_goes_and_taps_that_come_twice_lose_nothing(
    visit: Visits, clock: MovedClock, state: ProductState
) -> None:
    manager, keeper = visit("manager"), visit("keeper", size=PHONE)
    event = one_sitting(manager, clock, "I tunnelen", places=5)
    keeper.goto(event)
    keeper.context.set_offline(True)
    keeper.get_by_test_id("event-signup").click()
    expect(keeper.get_by_test_id("toasts")).to_contain_text("nett")
    expect(keeper.get_by_test_id("event-signup")).to_be_visible()
    look(keeper)
    keeper.context.set_offline(False)
    keeper.get_by_test_id("event-signup").dblclick()
    expect(keeper.get_by_test_id("place")).to_be_visible()
    keeper.goto("/events/")
    look(keeper)
    keeper.go_back()
    expect(keeper.get_by_role("heading", level=1)).to_have_text("I tunnelen")
    if keeper.get_by_test_id("event-signup").count():
        # The browser kept the page as it was: the same tap once more is the same place.
        keeper.get_by_test_id("event-signup").click()
    expect(keeper.get_by_test_id("place")).to_be_visible()
    rows = "SELECT count(*) FROM events_signup AS one JOIN events_event AS event ON event.id = one.event_id WHERE event.key = %s"
    assert state.number(rows, event.split("/")[-2]) == 1


def test_late_and_cancelled_are_said_on_the_page_that_is_open(
    visit: Visits, clock: MovedClock
) -> None:
    manager, keeper, lead = (visit(one, size=PHONE) for one in ("manager", "keeper", "lead"))
    day = friday_after(clock)
    event = desk.plan_waffles(manager, "Avlyst", day, [(NOON, "12:30")], places=5, repeat="weekly")
    keeper.goto(event)
    lead.goto(desk.next_day_of(lead, event))
    press_cancel(manager, event)
    for page in (keeper, lead):
        page.get_by_test_id("event-signup").click()
        expect(page.get_by_test_id("toasts").locator(".is-error")).to_be_visible()
        look(page)
    expect(keeper.get_by_test_id("toasts")).to_contain_text("Dette er avlyst")
    keeper.reload()
    expect(keeper.get_by_test_id("event-cancelled")).to_contain_text("Det er streik")

    late = one_sitting(manager, clock, "For sent", places=5)
    keeper.goto(late)
    clock.move_to(at_oslo(day, 12, 1))
    keeper.get_by_test_id("event-signup").click()
    expect(keeper.get_by_test_id("toasts")).to_contain_text("Påmeldingen stengte")
    expect(keeper.get_by_test_id("event-signup")).to_have_count(0)
    look(keeper)


def press_cancel(manager: Page, event: str) -> None:
    """This day and all after it."""
    manager.goto(event)
    desk.press(manager, "event-cancel")
    manager.locator("#id_reason").fill("Det er streik")
    manager.locator("[name=scope][value=following]").check(force=True)
    desk.press(manager, "save")
    expect(manager.get_by_test_id("event-cancelled")).to_be_visible()


def test_who_has_no_right_reads_so_and_changes_nothing(visit: Visits, clock: MovedClock) -> None:
    manager, keeper, stranger = visit("manager"), visit("keeper", size=PHONE), visit("delegate")
    event = one_sitting(manager, clock, "Bare for oss", places=5)
    assert stranger.goto(event).status == 404  # type: ignore[union-attr]
    look(stranger)
    keeper.goto(event)
    expect(keeper.get_by_test_id("event-edit")).to_have_count(0)
    expect(keeper.get_by_test_id("guests")).to_have_count(0)
    for path in (f"{event}edit/", f"{event}cancel/", "/events/coverage/"):
        assert keeper.goto(path).status == 403  # type: ignore[union-attr]
    look(keeper)
