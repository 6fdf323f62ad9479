"""What people do with a waffle Friday: planning it at a desk or on a phone, and taking part on phones."""

import base64
import datetime as dt
import re
from collections.abc import Sequence

import icalendar
import segno
from django.utils.crypto import salted_hmac
from playwright.sync_api import Locator, Page, expect

from tests.journeys.conftest import Platform
from tests.journeys.survey_now import environment_of
from tests.look.axe import assert_accessible, assert_fits

EVENT = re.compile(r"/events/e\w+/$")
Clocks = Sequence[tuple[str, str]]


def look(page: Page) -> None:
    """As somebody does who cannot see it, or has it in one hand."""
    assert_accessible(page)
    assert_fits(page)


def press(page: Page, testid: str) -> None:
    """By the keyboard alone."""
    page.get_by_test_id(testid).focus()
    page.keyboard.press("Enter")


# --- who plans ------------------------------------------------------------------------------------


def plan_waffles(
    manager: Page,
    title: str,
    day: dt.date,
    clocks: Clocks,
    *,
    places: int,
    repeat: str = "once",
    looks: bool = False,
) -> str:
    """From the plan for waffles: a sitting at each of ``clocks``. The address of the first day."""
    see = look if looks else _pass_by
    manager.goto("/events/")
    see(manager)
    press(manager, "event-new")
    expect(manager.get_by_test_id("template-waffle")).to_be_visible()
    see(manager)
    press(manager, "template-waffle")
    expect(manager.locator("#id_title")).to_be_visible()
    see(manager)
    manager.locator("#id_title").fill(title)
    manager.locator("#id_day").fill(day.isoformat())
    manager.locator(f"[name=repeat][value={repeat}]").check(force=True)
    rows = manager.locator("#sittings .sitting-row:not(.is-blank)")
    assert rows.count() >= len(clocks)
    for number in range(rows.count()):
        manager.locator(f"[name=sitting-{number}-use]").set_checked(
            number < len(clocks), force=True
        )
    for number, (starts, ends) in enumerate(clocks):
        manager.locator(f"[name=sitting-{number}-starts]").fill(starts)
        manager.locator(f"[name=sitting-{number}-ends]").fill(ends)
        manager.locator(f"[name=sitting-{number}-capacity]").fill(str(places))
    press(manager, "save")
    expect(manager).to_have_url(EVENT)
    expect(manager.get_by_test_id("sitting")).to_have_count(len(clocks))
    see(manager)
    return manager.url


def _pass_by(page: Page) -> None:
    return None


def change_sitting(manager: Page, event: str, number: int, **fields: str) -> None:
    """This day alone: ``starts``, ``ends``, ``capacity`` of one sitting."""
    manager.goto(event)
    press(manager, "event-edit")
    for name, value in fields.items():
        manager.locator(f"[name=sitting-{number}-{name}]").fill(value)
    press(manager, "save")
    expect(manager).to_have_url(event)


def next_day_of(page: Page, event: str) -> str:
    """The address of the day after ``event`` in its series."""
    page.goto(event)
    page.locator("dl.facts a[href^='/events/e']").last.click()
    expect(page).not_to_have_url(event)
    return page.url


def open_team(manager: Page, team: str, day: dt.date) -> None:
    manager.goto(f"/events/coverage/?day={day}")
    manager.get_by_test_id("coverage-teams").get_by_role("link", name=team).click()
    expect(manager.get_by_role("heading", level=1)).to_have_text(team)


def on_shift(manager: Page, clock: str) -> int:
    """How many of the team on the page are on shift at ``clock``."""
    for row in manager.get_by_test_id("load-table").locator("tbody tr").all():
        starts, ends = row.locator("th").inner_text().split("–")
        if starts <= clock < ends:
            return int(row.locator("td").first.inner_text())
    return 0


def set_rule(manager: Page, *, percent: int, least: int) -> None:
    """Of the team on the page."""
    manager.get_by_test_id("coverage-rule-change").click()
    manager.locator("#id_most_away_percent").fill(str(percent))
    manager.locator("#id_least_on_phones").fill(str(least))
    manager.get_by_test_id("save").click()
    expect(manager.get_by_test_id("coverage-rule")).to_be_visible()


# --- who comes ------------------------------------------------------------------------------------


def sitting(page: Page, clock: str) -> Locator:
    return page.get_by_test_id("sitting").filter(has=page.get_by_role("heading", name=clock))


def sign_up(page: Page, event: str, clock: str) -> Locator:
    """One tap; where one is then."""
    page.goto(event)
    here = sitting(page, clock)
    here.get_by_test_id("event-signup").click()
    expect(here.get_by_test_id("event-leave")).to_be_visible()
    return here


def expect_number(here: Locator, number: int) -> None:
    expect(here.get_by_test_id("waitlist-place")).to_have_attribute("data-position", str(number))


# --- what programs and phones read ----------------------------------------------------------------


def calendar_address(page: Page) -> str:
    """A new address for a program of one's own."""
    page.goto("/events/calendar/links/")
    look(page)
    page.get_by_test_id("make-other").click()
    expect(page.get_by_test_id("new-address")).to_be_visible()
    look(page)
    return page.get_by_test_id("calendar-address").input_value()


def read_calendar(program: Page, address: str, title: str, day: dt.date) -> icalendar.Event:
    """The one entry of ``title`` on ``day``, in what is read at ``address``."""
    answer = program.request.get(address)
    assert (answer.status, answer.headers["content-type"]) == (200, "text/calendar; charset=utf-8")
    read = icalendar.Calendar.from_ical(answer.body())
    [found] = [
        one
        for one in read.walk("VEVENT")
        if title in str(one["SUMMARY"]) and one["DTSTART"].dt.date() == day
    ]
    assert isinstance(found, icalendar.Event)
    return found


def read_square(door: Page, platform: Platform, key: str, now: dt.datetime) -> str:
    """The address in the square on the page: what the product would seal now, and exactly that drawn."""
    environment = environment_of(platform.process_id("web"))
    drawn = door.get_by_test_id("door").locator("svg.qr path").get_attribute("d")
    for turn in (int(now.timestamp()) // 120, int(now.timestamp()) // 120 - 1):
        whole = salted_hmac(
            "events.checkin", f"{key}.{turn}", environment["SECRET_KEY"], algorithm="sha256"
        ).digest()
        seal = base64.urlsafe_b64encode(whole[:12]).decode()
        address = f"{platform.url}/events/here/{key}.{seal}/"
        square = segno.make(address, error="m", micro=False)
        if f'd="{drawn}"' in square.svg_inline(scale=4, border=2, omitsize=True, lineclass=None):
            return address
    raise AssertionError("the square is of something else")
