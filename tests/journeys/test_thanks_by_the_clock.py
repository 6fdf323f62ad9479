"""Mails in their hours, years of service on their day, and the whole of thanks as one walk.

Days pass in moments: product and browsers live by a clock that the journeys move.
"""

import datetime as dt
import re
import shutil
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from functools import partial

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys import thanks_desk as desk
from tests.journeys.conftest import Platform, Visits, new_folder, started
from tests.journeys.moved_clock import MovedClock
from tests.journeys.product_state import ProductState, eventually
from tests.journeys.thanks_desk import card_of, on_wall, pair, thank
from tests.look.ranking import ranked_in, ranked_on

# A Monday with no public holiday for weeks. The demo was founded 550 days before.
BEGINS = dt.datetime(2027, 1, 11, 8, tzinfo=dt.UTC)
THREE_YEARS = dt.datetime(2028, 7, 10, 6, 5, tzinfo=dt.UTC)
READ_SCOPES = ("kudos", "people", "units", "sites", "values", "notices")


@pytest.fixture(scope="module")
def clock() -> Iterator[MovedClock]:
    folder = new_folder()
    clock = MovedClock(folder)
    clock.move_to(BEGINS)
    yield clock
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def town(clock: MovedClock) -> Iterator[Platform]:
    with started(new_folder(), **clock.environment) as platform:
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


def wake_the_post(visit: Visits, state: ProductState, address: str) -> None:
    """Somebody asks for a sign-in code, which leaves at once, and takes along what is due."""
    before = len(state.mails_to(address))
    page = visit()
    page.goto("/accounts/login/code/")
    page.locator("input[name=email]").fill(address)
    page.get_by_test_id("send-code").click()
    eventually(lambda: len(state.mails_to(address)) > before)


def mail_about(state: ProductState, address: str, words: str) -> EmailMessage | None:
    found = [one for one in state.mails_to(address) if words in text_of(one)]
    assert len(found) <= 1
    return found[0] if found else None


def text_of(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def subject_of(mail: EmailMessage) -> str:
    # A folded line begins with a space.
    return str(mail["Subject"]).strip()


def left_at(mail: EmailMessage) -> dt.datetime:
    # Mails are dated in UTC, which is written as if nobody knew the zone.
    return parsedate_to_datetime(str(mail["Date"])).replace(tzinfo=dt.UTC)


def stop_link(mail: EmailMessage) -> str:
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    return str(mail["List-Unsubscribe"]).strip(" <>")


def way_of(page: Page, kind: str) -> str:
    """How the page of choices says that ``kind`` comes."""
    page.goto("/notices/choices/")
    return page.get_by_test_id(f"kind-{kind}").locator("input:checked").input_value()


def choose_way(page: Page, kind: str, way: str) -> None:
    page.goto("/notices/choices/")
    page.get_by_test_id(f"kind-{kind}").locator(f"input[value={way}]").check(force=True)


def save(page: Page) -> None:
    page.get_by_test_id("save-choices").click()
    expect(page.get_by_test_id("toasts")).to_be_visible()


# --- Mails ----------------------------------------------------------------------------------------

EVENING = "Takk for at dere ble igjen i kveld."
THREE = ("Jonas Berg", "Amina Hassan", "Nils Eide")


def test_mails_come_in_the_hours_that_each_has_chosen(
    visit: Visits, clock: MovedClock, state: ProductState
) -> None:
    """One thank-you to three: one wants it collected, one is asleep, one wants it at any hour."""
    colleague, keeper, agent = visit("colleague"), visit("keeper"), visit("agent")
    jonas, amina, nils, siri = map(state.address_of, (*THREE, "Siri Dahl"))
    choose_way(colleague, "kudos_received", "digest")
    colleague.locator("#id_quiet_from").fill("20:00")
    save(colleague)
    assert way_of(colleague, "kudos_received") == "digest"
    expect(colleague.locator("#id_quiet_from")).to_have_value("20:00")
    expect(colleague.get_by_test_id("next-digest")).to_contain_text("tirsdag 12. januar kl. 08:00")
    desk.look(colleague)
    keeper.goto("/notices/choices/")
    keeper.locator("#id_is_quiet").uncheck()
    save(keeper)

    clock.move_to(BEGINS.replace(hour=21))
    thank(agent, THREE, EVENING)
    desk.let_hold_pass(agent)
    wake_the_post(visit, state, siri)
    at_night = eventually(lambda: mail_about(state, nils, EVENING))
    assert left_at(at_night) < BEGINS.replace(hour=22)

    morning = BEGINS.replace(day=12, hour=6, minute=1)
    clock.move_to(morning)
    wake_the_post(visit, state, siri)
    after_quiet = eventually(lambda: mail_about(state, amina, EVENING))
    assert left_at(after_quiet) >= morning - dt.timedelta(minutes=1)
    assert mail_about(state, jonas, EVENING) is None

    shift = morning + dt.timedelta(hours=1)
    clock.move_to(shift)
    wake_the_post(visit, state, siri)
    collected = eventually(lambda: mail_about(state, jonas, EVENING))
    assert left_at(collected) >= shift - dt.timedelta(minutes=1)
    assert "til vakten din begynner" in text_of(collected)
    assert subject_of(collected) == "Ingrid Nilsen takker deg: " + EVENING

    stop_collected(visit, colleague, stop_link(collected))
    stop_one_kind(visit, visit("lead"), stop_link(after_quiet))


def stop_collected(visit: Visits, colleague: Page, link: str) -> None:
    """As a mail program does: with no cookie, and never by looking."""
    program = visit().request
    looked = program.get(link)
    assert (looked.status, looked.headers["referrer-policy"]) == (200, "no-referrer")
    assert way_of(colleague, "kudos_received") == "digest"
    assert program.post(link, form={"List-Unsubscribe": "One-Click"}).status == 200
    assert way_of(colleague, "kudos_received") == "none"


def stop_one_kind(visit: Visits, lead: Page, link: str) -> None:
    """As a person does, on somebody's telephone."""
    stranger = visit()
    stranger.goto(link)
    expect(stranger.locator("h1")).to_have_text("Stopp e-post som denne")
    desk.look(stranger)
    assert way_of(lead, "kudos_received") == "at_once"
    stranger.get_by_test_id("stop-mails").click()
    expect(stranger.locator("h1")).to_have_text("Denne e-posten er stoppet")
    desk.look(stranger)
    assert way_of(lead, "kudos_received") == "none"
    assert way_of(lead, "kudos_mentioned") == "at_once"


# --- All of it ------------------------------------------------------------------------------------

FOR_RASA = "Takk for at du tok portene våre mens vi flyttet."
PRAISE = "Ingrid var rolig og grundig, og nettet virker igjen."


def test_the_whole_of_thanks_as_one_walk(
    visit: Visits, clock: MovedClock, state: ProductState
) -> None:
    clock.move_to(BEGINS.replace(day=12, hour=17))
    names = state.names()
    agent, partner, lead = visit("agent"), visit("partner"), visit("lead")
    rasa, siri = state.address_of("Rasa Petrauskaitė"), state.address_of("Siri Dahl")
    wall = pair(visit, "Kundeservice Vilnius")

    def walk(page: Page, address: str = "") -> None:
        if address:
            page.goto(address)
        desk.look(page)
        assert ranked_on(page, names) == []

    choose_way(partner, "kudos_received", "digest")
    save(partner)
    partner.goto("/kudos/choices/")
    partner.locator("#id_keeps_private").check()
    walk(partner)
    partner.get_by_test_id("save-choices").click()
    thank(agent, "Rasa", FOR_RASA)
    desk.let_hold_pass(agent)

    # Eight in Vilnius, and seven where the agent is.
    shift = BEGINS.replace(day=13, hour=6, minute=1)
    clock.move_to(shift)
    wake_the_post(visit, state, siri)
    mail = eventually(lambda: mail_about(state, rasa, FOR_RASA))
    assert left_at(mail) >= shift - dt.timedelta(minutes=1)
    assert subject_of(mail) == "Ingrid Nilsen thanks you: " + FOR_RASA
    assert "Collected for you, for when your shift starts." in text_of(mail)

    [link] = re.findall(r"http\S+/notices/n\w+/", text_of(mail))
    walk(partner, link)
    expect(card_of(partner, FOR_RASA)).to_be_visible()
    expect(on_wall(wall, FOR_RASA)).to_be_hidden()
    partner.get_by_test_id("keep-private").click()
    expect(on_wall(wall, FOR_RASA)).to_be_visible(timeout=10_000)

    walk(partner, "/kudos/")
    report_another(partner, walk)
    for address in ("/", "/kudos/?scope=mine", "/notices/", "/notices/choices/", "/people/",
                    "/people/me/", "/kudos/goals/", "/kudos/mine/"):  # fmt: skip
        walk(partner, address)
    print_year(partner, walk)

    sender = desk.program(visit, "praise:write")
    facts = {"source": "nett", "external_id": "7", "text": f"{PRAISE} Hilsen Oddny Tangvik"}
    assert sender.post("praise", {**facts, "employee_number": "10001"})[0] == 201
    desk.pass_on(desk.find_praise(lead, PRAISE), PRAISE)
    desk.let_hold_pass(lead)
    walk(lead, "/kudos/")
    expect(card_of(lead, PRAISE).locator(".who")).to_have_text("En kunde takker Ingrid Nilsen")
    lead.get_by_test_id("coverage-link").click()
    expect(lead.locator(".coverage").first).to_contain_text(
        re.compile(r"(Omtrent|Mellom) .+\s+\d+ personer")
    )
    walk(lead)

    hers = desk.Program(visit(), state.token(rasa, *(f"{one}:read" for one in READ_SCOPES)))
    for path in ("kudos", "people", "units", "sites", "values", "notices", "notices/choices"):
        status, answer = hers.get(path)
        assert status == 200
        assert answer
        assert ranked_in(answer) == []


def report_another(partner: Page, walk: Callable[..., None]) -> None:
    other = partner.get_by_test_id("kudos-card").filter(has_not_text=FOR_RASA)
    other = other.filter(has_not=partner.locator(".who", has_text="Rasa")).first
    other.locator(".words a").click()
    words = partner.locator("h1.words").inner_text()
    partner.get_by_test_id("report-link").click()
    walk(partner)
    partner.get_by_label("Hurtful").check()
    partner.get_by_test_id("report-send").click()
    expect(partner.get_by_test_id("toasts")).to_contain_text("Somebody reads it")
    expect(partner.locator("h1.words")).to_have_text(words)


def print_year(partner: Page, walk: Callable[..., None]) -> None:
    """The book of this year begins with the cover and goes on with January."""
    partner.get_by_test_id("year-book").click()
    book = partner.get_by_test_id("year-book")
    expect(book).to_contain_text("2027")
    expect(book).to_contain_text(FOR_RASA)
    walk(partner)
    partner.emulate_media(media="print")
    expect(partner.get_by_test_id("print")).to_be_hidden()
    expect(partner.locator("nav").first).to_be_hidden()
    pages = re.findall(rb"/Type\s*/Page\b(?!s)", partner.pdf(prefer_css_page_size=True))
    assert len(pages) == 2
    partner.emulate_media(media="screen")


# --- Milestones -----------------------------------------------------------------------------------

YEARS = "Ingrid har vært her i 3 år"
GOAL = "Fem millioner samtaler. Takk til dere alle."


def test_years_and_goals_are_celebrated_once(
    visit: Visits, clock: MovedClock, state: ProductState
) -> None:
    agent = visit("agent")
    agent.goto("/kudos/choices/")
    agent.locator("#id_milestones").check()
    desk.look(agent)
    agent.get_by_test_id("save-choices").click()
    assert celebrated(state) == []

    clock.move_to(THREE_YEARS)
    wall = pair(visit)
    expect(on_wall(wall, YEARS)).to_be_visible(timeout=40_000)
    assert celebrated(state) == [("years", 3)]

    counting = desk.program(visit, "counters:read", "counters:write")
    status, counter = counting.get("counters/conversations")
    assert status == 200
    [ahead] = [one for one in counter["goals"] if one["reached_at"] is None]
    missing = {"by": ahead["target"] - counter["value"]}
    first = counting.post("counters/conversations/add", missing, once="den siste")
    again = counting.post("counters/conversations/add", missing, once="den siste")
    assert first == again
    assert first[1]["value"] == ahead["target"]
    expect(on_wall(wall, GOAL)).to_be_visible(timeout=10_000)
    counting.post("counters/conversations/add", {"by": 5})
    agent = visit("agent")
    agent.goto("/kudos/goals/")
    expect(agent.get_by_test_id("counter")).to_contain_text(GOAL)
    desk.look(agent)

    # The clock comes round again in the evening, and on the next day.
    for later in (dt.timedelta(hours=10), dt.timedelta(hours=26)):
        clock.move_to(THREE_YEARS + later)
        eventually(partial(state.swept_since, THREE_YEARS + later))
    tomorrows = pair(visit)
    # Nothing, or what is on that day.
    nothing = tomorrows.get_by_role("heading", name="Ingen takk ennå i dag.")
    expect(nothing.or_(tomorrows.locator("main article:visible")).first).to_be_visible()
    expect(tomorrows.locator("body")).not_to_contain_text(YEARS)
    assert celebrated(state) == [("years", 3)]
    for words in (YEARS, GOAL):
        assert state.number(CARDS, f"%{words}%") == 1


CARDS = "SELECT count(*) FROM live_celebration WHERE cards::text LIKE %s"


def celebrated(state: ProductState) -> list[tuple[object, ...]]:
    query = "SELECT kind, years FROM kudos_milestone AS one JOIN people_person AS person ON person.id = person_id WHERE employee_number = '10001' AND celebrated_at IS NOT NULL"
    return state.rows(query)


# --- The net itself -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "ranking",
    [
        "<ul><li>1. <a>Jonas Berg</a></li></ul>",
        "<ol><li><a>Jonas Berg</a></li></ol>",
        "<table><tr><td>Jonas Berg</td><td>12</td></tr></table>",
        "<p><b>Jonas Berg</b> 12 takk</p>",
        "<p>Toppliste</p>",
    ],
)
def test_a_ranking_on_a_page_would_be_noticed(chromium: Browser, ranking: str) -> None:
    page = chromium.new_page()
    page.set_content(f"<main><p>Jonas Berg <time>2 t</time></p>{ranking}</main>")
    assert len(ranked_on(page, ["Jonas Berg"])) == 1
    page.close()


def test_a_score_in_an_answer_would_be_noticed() -> None:
    person = {"given_name": "Jonas", "hue": 3, "is_me": False}
    assert ranked_in({"results": [person]}) == []
    assert len(ranked_in({"results": [{"agent": person | {"received": 12}}]})) == 1
