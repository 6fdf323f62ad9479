"""One survey from HR's first word to the last receipt, by twenty people and by the clock.

Days pass in moments: product and browsers live by a clock that the journey moves.
"""

import datetime as dt
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys import survey_desk as desk
from tests.journeys.conftest import Platform, Visits, new_folder, started
from tests.journeys.electorate import (
    COMMENTS,
    KEPT,
    NAME_IN_A_COMMENT,
    Electorate,
    histograms,
)
from tests.journeys.moved_clock import MovedClock
from tests.journeys.product_state import ProductState, eventually
from tests.journeys.voters import Voter, send_together

# A Monday with no public holiday for weeks: the journey is the same on every day it is made.
BEGINS = dt.datetime(2027, 1, 11, 8, tzinfo=dt.UTC)
TITLE, TITLE_EN = "Arbeidsmiljøet 2027", "Working here 2027"
OPENED = (f"{TITLE} er åpen", f"{TITLE_EN} is open")
REMINDER = (f"En påminnelse: {TITLE}", f"A reminder: {TITLE_EN}")
# Two teams in which many have no mail: slips for ten of them.
TEAMS_ON_PAPER = ("Team Fjellrev", "Team Havørn")
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture(scope="module")
def clock() -> Iterator[MovedClock]:
    folder = new_folder()
    clock = MovedClock(folder)
    clock.move_to(BEGINS)
    yield clock
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def town(clock: MovedClock) -> Iterator[Platform]:
    """A platform of its own, with no survey but the one of this journey."""
    with started(new_folder(), **clock.environment, DEMO_SCALE="70", DEMO_SURVEYS="0") as platform:
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


def test_a_survey_from_the_first_word_to_the_last_receipt(
    visit: Visits, clock: MovedClock, state: ProductState, tmp_path: Path
) -> None:
    hr, delegate, union = (visit(one, size=desk.DESK) for one in ("hr", "delegate", "union"))
    survey = write_and_hand_over(hr, clock)
    key = read_and_make_key(delegate, union, survey, tmp_path)
    words = desk.launch(hr, survey)
    plan = desk.manifest_of(hr, survey)

    clock.move_to(plan.opens_at + MINUTE)
    check_invited(state, survey)
    slips = [one for one in desk.print_slips(hr, survey) if one.team in TEAMS_ON_PAPER]
    town = Electorate(visit, survey, iter(slips))
    cut_off = answer_on_the_first_morning(town, words)
    assert state.ballot_count(survey) == 8

    clock.move_to(plan.reminders[0] + MINUTE)
    reminded = check_reminded(state, town, earlier=[])
    assert state.address_of(cut_off.name) in reminded
    answer_on_the_third_day(town, cut_off)
    assert state.ballot_count(survey) == 17

    clock.move_to(plan.reminders[1] + MINUTE)
    check_reminded(state, town, earlier=reminded)
    saved, receipt = answer_at_the_last_moment(town, tmp_path)
    assert state.ballot_count(survey) == 19
    cast_saved(visit(), plan.ballot_origin, saved, receipt=receipt)
    assert state.ballot_count(survey) == len(town.voters) == 20

    clock.move_to(plan.closes_at + MINUTE)
    check_closed(state, town)
    assert desk.count_ballots(delegate, key, hidden=NAME_IN_A_COMMENT) == 20
    find_receipts(union, town)
    check_statistics(state, town)
    comments = [text.replace(NAME_IN_A_COMMENT, "[…]") for text in COMMENTS]
    assert sorted(state.comments(survey)) == sorted(comments)


# --- Before it opens ------------------------------------------------------------------------------


def write_and_hand_over(hr: Page, clock: MovedClock) -> str:
    titles = (TITLE, TITLE_EN)
    survey = desk.write_survey(hr, titles=titles, kept=KEPT, discussed_on=clock.now.date())
    desk.read_preview(hr, TITLE)
    desk.hand_over(hr, survey)
    return survey


def read_and_make_key(delegate: Page, union: Page, survey: str, folder: Path) -> desk.Key:
    """Two witnesses: one makes the key, the other takes a copy of its file; both confirm."""
    desk.read_plan(delegate, TITLE)
    key = desk.make_key(delegate, folder)
    desk.confirm_plan(delegate, survey, "Bra at det er kort.")
    desk.read_plan(union, TITLE)
    desk.check_key(union, key)
    desk.confirm_plan(union, survey)
    return key


# --- While it is open -----------------------------------------------------------------------------


def check_invited(state: ProductState, survey: str) -> None:
    """It opened by itself, and everybody asked who has mail got one."""
    eventually(lambda: state.is_opened(survey))
    invited = state.addresses_on_roll(survey)
    eventually(lambda: sorted(state.mailed(*OPENED)) == invited)


def answer_on_the_first_morning(town: Electorate, words: list[str]) -> Voter:
    """Eight, at once, on telephones, by paper, on a shared computer; who was cut off comes back."""
    by_keys, switching = town.persona("agent"), town.persona("colleague")
    shared = town.persona("keeper")
    on_paper = [town.by_slip(is_typed=True), *(town.by_slip() for _ in range(4))]
    cut_off = town.persona("lead")
    by_keys.enter().compare(words).begin().answer_by_keys()
    switching.enter().begin().answer_by_keys(5).switch_language("English").answer_by_keys()
    shared.enter(is_shared=True).begin().answer_on_one_page()
    for voter in (cut_off, *on_paper):
        voter.enter().begin().answer_on_one_page()
    cut_off.lose_network().press_send().is_told_it_waits().put_away()
    send_together(by_keys, switching, shared, *on_paper)
    return cut_off


def answer_on_the_third_day(town: Electorate, cut_off: Voter) -> None:
    """Who was cut off only comes in, and what was sealed goes; eight more."""
    cut_off.take_out_again().enter().keep_receipt()
    later = [town.persona(one) for one in ("manager", "hr", "delegate", "union", "partner")]
    later += [town.by_slip() for _ in range(3)]
    for voter in later:
        voter.enter().begin().answer_on_one_page()
    send_together(*later)


def answer_at_the_last_moment(town: Electorate, folder: Path) -> tuple[Path, str]:
    """Two, and one whose sealed ballot goes into a file. That file and its receipt."""
    elsewhere = town.persona("admin")
    last = [town.by_slip(), town.by_slip()]
    for voter in (elsewhere, *last):
        voter.enter().begin().answer_on_one_page()
    send_together(*last)
    saved = elsewhere.save_for_elsewhere(folder)
    return saved, elsewhere.keep_receipt().receipt


def check_reminded(state: ProductState, town: Electorate, *, earlier: list[str]) -> list[str]:
    """The addresses reminded now: all with mail who have not collected, each once."""
    missing = state.addresses_on_roll(town.survey, is_collected=False)
    eventually(lambda: sorted(state.mailed(*REMINDER)) == sorted([*earlier, *missing]))
    answered = {state.address_of(one.name) for one in town.voters if one.receipt}
    assert answered
    assert not answered & set(missing)
    return missing


def cast_saved(page: Page, origin: str, file: Path, *, receipt: str) -> None:
    """From another device, which nobody is signed in on."""
    page.goto(f"{origin}/surveys/cast/")
    page.get_by_test_id("saved-file").set_input_files(file)
    expect(page.get_by_test_id("survey-receipt")).to_have_text(receipt)


# --- After it closed ------------------------------------------------------------------------------


def check_closed(state: ProductState, town: Electorate) -> None:
    """By itself; who was asked, and the keys that signed ballots, are gone."""
    eventually(lambda: state.is_closed(town.survey))
    assert state.roll_size(town.survey) == 0
    assert state.signing_keys(town.survey) == 0
    page = town.voters[0].page
    page.goto(f"/surveys/{town.survey}/me")
    expect(page.get_by_role("main")).to_contain_text("Listen over hvem som ble spurt")


def find_receipts(page: Page, town: Electorate) -> None:
    """Each receipt that a browser showed stands in the public list, and no other does."""
    page.goto(f"/surveys/{town.survey}/receipts/")
    field, answer = page.get_by_label("Kvitteringen din"), page.locator("[data-receipts-answer]")
    for voter in town.voters:
        field.fill(voter.receipt)
        expect(answer).to_have_text("Ja. Denne stemmeseddelen ble talt.")
    field.fill("0123 4567 89ab cdef 0123")
    expect(answer).to_contain_text("Ingen stemmeseddel har denne kvitteringen")
    expect(page.locator("[data-receipts-list] li")).to_have_count(len(town.voters))


def check_statistics(state: ProductState, town: Electorate) -> None:
    """What is stored is what was answered: of all, of each cell that is told, and no more."""
    groups = state.statistics(town.survey)
    [whole] = [group.items for group in groups if group.kind == "whole"]
    assert whole == histograms(town.voters)
    cells = [group for group in groups if group.kind == "cell"]
    assert "Team Fjellrev" in {group.name for group in cells}
    for group in cells:
        assert group.items == histograms([one for one in town.voters if one.cell == group.name])
    parts = [group.items for group in groups if group.kind != "whole"]
    assert whole == {key: summed([part[key] for part in parts]) for key in whole}


def summed(counts: list[list[int]]) -> list[int]:
    return [sum(column) for column in zip(*counts, strict=True)]
