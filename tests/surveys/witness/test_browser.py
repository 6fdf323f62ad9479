"""The witness's way in a real browser: make the key, read it back, hand a copy on, count, send."""

import json
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import pytest
from django.db import connection
from django.test import Client
from playwright.sync_api import Page, expect

from engagement import times
from engagement.people.models import Person
from surveys.models import Comment, Count, Survey
from surveys.protocol import blind, client, manifest
from surveys.protocol.encoding import b64, canonical
from surveys.protocol.sheet import Remark, Sheet
from tests.conftest import sign_in
from tests.look.axe import assert_accessible, assert_fits
from tests.surveys.conftest import Asked
from tests.surveys.factories import COUNTING_KEYS, make_survey, manifest_document, signing_key
from tests.surveys.witness.browser import TOKEN, Box, Seat, chromium

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(chromium() is None, reason="there is no Chromium here"),
]
Found = TypeVar("Found")
PASSPHRASE = "seks vafler på fredag før klokka ti"


class Day:
    """Two witnesses, one survey, the box and the browser."""

    def __init__(self, asked: Asked, seat: Seat, box: Box, settings: Any, folder: Path) -> None:
        self.asked, self.seat, self.box, self.folder = asked, seat, box, folder
        self.settings = settings
        Person.objects.filter(pk__in=[asked.delegate.pk, asked.union.pk]).update(language="en")
        self.survey = make_survey("frozen", teams=[asked.nordlys, asked.fossen], counting_key=None)

    @property
    def file(self) -> Path:
        return self.folder / f"{self.survey.key}-key.json"

    @property
    def path(self) -> str:
        return f"/surveys/{self.survey.key}/count/"

    def does(self, person: Person, act: Callable[[Page], Found]) -> Found:
        """``person`` opens the witness page and does ``act``."""
        name = self.settings.SESSION_COOKIE_NAME
        value = sign_in(Client(), person).cookies[name].value

        def visit(page: Page) -> Found:
            page.goto(self.path)
            return act(page)

        return self.seat.does(visit, {"name": name, "value": value})

    def make_key(self, person: Person) -> None:
        self.does(person, lambda page: (self.save_key(page), self.take_key(page)))

    def save_key(self, page: Page) -> None:
        page.get_by_test_id("key-passphrase").fill(PASSPHRASE)
        page.get_by_test_id("key-again").fill(PASSPHRASE)
        with page.expect_download() as download:
            page.get_by_test_id("key-make").click()
        assert download.value.suggested_filename == self.file.name
        download.value.save_as(self.file)

    def take_key(self, page: Page, passphrase: str = PASSPHRASE) -> None:
        page.get_by_test_id("take-file").set_input_files(self.file)
        page.get_by_test_id("take-passphrase").fill(passphrase)
        with page.expect_navigation():
            page.get_by_test_id("key-take").click()
        expect(page.get_by_test_id("key-held")).to_be_visible()

    def start_count(self, page: Page, passphrase: str = PASSPHRASE) -> None:
        page.get_by_test_id("open-file").set_input_files(self.file)
        page.get_by_test_id("open-passphrase").fill(passphrase)
        page.get_by_test_id("count-start").click()

    def close(self, *, people: int = 8, given: int | None = None) -> None:
        """The survey was answered by the first ``people`` of Nordlys, and is over."""
        self.survey.refresh_from_db()
        over = make_survey("closed", teams=[])
        names = ("opens_at", "closes_at", "launched_at", "prepared_at", "opened_at", "closed_at")
        for name in (*names, "reviewed_at", "frozen_at"):
            setattr(self.survey, name, getattr(over, name))
        over.delete()
        document = manifest_document(self.survey, counting_key=b64(self.survey.counting_key or b""))
        self.survey.manifest = canonical(document)
        self.survey.save()
        self.survey.cells.update(collected_count=0)
        self.survey.cells.filter(key="c001").update(collected_count=given or people)
        self.manifest = manifest.parse(self.survey.manifest)
        self.ballots = [self.ballot(number) for number in range(people)]
        self.box.fill(self.survey.key, self.survey.manifest, self.ballots)

    def ballot(self, number: int) -> tuple[str, dict[str, str]]:
        first, _, text = self.manifest.items
        said = f"Hilsen Kari Nordmann i kassa {number}"
        prepared = client.prepare_ballot(
            self.manifest, "c001", Sheet({first: 1 + number % 5}, {text: Remark(said, "team")})
        )
        signature = blind.Signer(signing_key(1)).sign(prepared.blinded)
        return prepared.receipt, client.finish(prepared, signature)


@pytest.fixture
def day(asked: Asked, live_server: Any, settings: Any, tmp_path: Path) -> Iterator[Day]:
    box = Box(live_server.url)
    settings.BASE_URL = live_server.url
    settings.BALLOT_URL = settings.BALLOT_CONTROL_URL = box.url
    settings.BALLOT_CONTROL_TOKEN = TOKEN
    seat = Seat(live_server.url, tmp_path)
    with box.open(tmp_path / "box.log"), seat.open():
        yield Day(asked, seat, box, settings, tmp_path)
    assert seat.problems == []


def from_here(ask: Callable[[], Found]) -> Found:
    """What the database says, asked while the browser is in the middle of something."""

    def asked() -> Found:
        try:
            return ask()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asked).result()


def fresh(day: Day) -> Survey:
    return Survey.objects.get(pk=day.survey.pk)


def test_key_is_made_read_back_and_handed_on(day: Day) -> None:
    sent: list[str] = []

    def make(page: Page) -> None:
        page.on("request", lambda request: sent.append(request.post_data or ""))
        assert_accessible(page)
        assert_fits(page)
        day.save_key(page)
        assert from_here(lambda: fresh(day).counting_key) is None, "only a file that opens counts"
        page.get_by_test_id("take-file").set_input_files(day.file)
        page.get_by_test_id("take-passphrase").fill("not the passphrase")
        page.get_by_test_id("key-take").click()
        expect(page.get_by_role("alert")).to_contain_text("does not open")
        assert from_here(lambda: fresh(day).counting_key) is None
        day.take_key(page)
        assert_accessible(page)

    day.does(day.asked.delegate, make)
    file = json.loads(day.file.read_text())
    public = b64(fresh(day).counting_key or b"")
    assert file["public"] == public
    assert [json.loads(one) for one in sent if one] == [{"public": public, "instead_of": ""}]

    def check(page: Page) -> None:
        page.get_by_test_id("check-file").set_input_files(day.file)
        page.get_by_test_id("check-passphrase").fill(PASSPHRASE)
        page.get_by_test_id("key-check").click()
        expect(page.get_by_test_id("key-held")).to_contain_text(day.asked.delegate.name)

    day.does(day.asked.union, check)
    witnesses = fresh(day).reviews.filter(is_witness=True, key_checked_at__isnull=False)
    assert {one.person_id for one in witnesses} == {day.asked.delegate.pk, day.asked.union.pk}


def test_page_loaded_anew_after_saving_goes_on_with_the_file(day: Day) -> None:
    def make(page: Page) -> None:
        day.save_key(page)
        page.reload()
        day.take_key(page)

    day.does(day.asked.delegate, make)
    assert b64(fresh(day).counting_key or b"") == json.loads(day.file.read_text())["public"]


def test_weak_and_mistyped_passphrases_make_no_key(day: Day) -> None:
    def make(page: Page) -> None:
        for first, again, words in (
            ("kort", "kort", "At least 14"),
            ("aaaaaaaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaaaaaaa", "different"),
            (PASSPHRASE, PASSPHRASE + "x", "not the same"),
        ):
            page.get_by_test_id("key-passphrase").fill(first)
            page.get_by_test_id("key-again").fill(again)
            page.get_by_test_id("key-make").click()
            expect(page.get_by_role("alert")).to_contain_text(words)
        page.get_by_test_id("key-suggest").click()
        words = page.get_by_test_id("key-passphrase").input_value()
        assert len(words.split()) == 6
        assert page.get_by_test_id("key-again").input_value() == words

    day.does(day.asked.delegate, make)
    assert not day.file.exists()


def test_wrong_files_are_named(day: Day) -> None:
    day.make_key(day.asked.delegate)
    saved = json.loads(day.file.read_text())
    earlier = day.file.read_text()

    def check(page: Page) -> None:
        for text, words in (
            ("{}", "not a key file"),
            ("x" * 100_000, "not a key file"),
            (json.dumps({**saved, "survey": "sother", "title": "Puls 7"}), "Puls 7"),
            (json.dumps({**saved, "title": "changed"}), "does not open"),
            (json.dumps({**saved, "iterations": 1}), "not a key file"),
        ):
            day.file.write_text(text)
            page.get_by_test_id("check-file").set_input_files(day.file)
            page.get_by_test_id("check-passphrase").fill(PASSPHRASE)
            page.get_by_test_id("key-check").click()
            expect(page.get_by_role("alert")).to_contain_text(words)

    day.does(day.asked.union, check)

    def replace(page: Page) -> None:
        page.get_by_text("make a new one").click()
        day.save_key(page)
        day.take_key(page)

    day.does(day.asked.delegate, replace)
    assert b64(fresh(day).counting_key or b"") != saved["public"]
    day.file.write_text(earlier)

    def check_earlier(page: Page) -> None:
        page.get_by_test_id("check-file").set_input_files(day.file)
        page.get_by_test_id("check-passphrase").fill(PASSPHRASE)
        page.get_by_test_id("key-check").click()
        expect(page.get_by_role("alert")).to_contain_text("earlier key")

    day.does(day.asked.union, check_earlier)


def test_ballots_are_counted_read_and_sent(day: Day) -> None:
    day.make_key(day.asked.delegate)
    day.close(people=8)
    Survey.objects.filter(pk=day.survey.pk).update(title_nb="Puls i mai")
    # Ten respondents are needed for comments: let five do.
    document = json.loads(day.survey.manifest)
    document["rules"]["comment_respondents"] = 5
    day.survey.manifest = canonical(document)
    day.survey.save(update_fields=["manifest"])
    day.manifest = manifest.parse(day.survey.manifest)
    day.ballots = [day.ballot(number) for number in range(8)]
    forged = ("0" * 20, {**day.ballots[0][1], "sig": b64(b"\x01" * 256)})
    day.box.fill(day.survey.key, day.survey.manifest, [*day.ballots, forged])
    sent: list[str] = []

    def count(page: Page) -> str:
        page.on("request", lambda request: sent.append(request.post_data or ""))
        assert_accessible(page)
        assert_fits(page)
        day.start_count(page, "not the passphrase")
        expect(page.get_by_role("alert")).to_contain_text("does not open")
        day.start_count(page)
        expect(page.get_by_test_id("count-found")).to_be_focused()
        expect(page.locator("[data-found=ballots]")).to_have_text("8")
        expect(page.locator("[data-found=refused]")).to_have_text("1")
        assert_accessible(page)
        assert_fits(page)
        first = page.locator("[data-comment-list] > li").first
        first.get_by_role("button", name="Hide words").click()
        first.get_by_role("button", name="Kari").click()
        first.get_by_role("button", name="Nordmann").click()
        expect(first.locator(".said-text")).to_have_text(re.compile(r"^Hilsen \[…\] i kassa \d$"))
        second = page.locator("[data-comment-list] > li").nth(1)
        second.get_by_role("button", name="Hide it all").click()
        expect(second.locator(".said-text")).to_have_text("[…]")
        assert_accessible(page)
        assert_fits(page)
        page.get_by_test_id("count-send").click()
        expect(page.get_by_role("alert")).to_contain_text("Read the comments first")
        assert not from_here(Count.objects.exists)
        page.get_by_test_id("count-read").check()
        page.get_by_test_id("count-send").click()
        expect(page.get_by_test_id("count-kept")).to_be_visible()
        expect(page.get_by_test_id("count-ballots")).to_have_text("8")
        expect(page.get_by_test_id("count-refused")).to_have_text("1")
        assert_accessible(page)
        return page.get_by_test_id("count-root").inner_text()

    root = day.does(day.asked.delegate, count)
    kept = Count.objects.get()
    assert (kept.root, kept.by, kept.ballot_count) == (root, day.asked.delegate, 8)
    texts = sorted(Comment.objects.values_list("text", flat=True))
    assert (len(texts), sum("Kari" in one for one in texts), texts.count("[…]")) == (8, 6, 1)
    assert len([one for one in sent if one]) == 1, "nothing is sent before Send"
    assert "answers" not in "".join(sent)


def test_bundles_that_must_not_be_counted_are_refused_and_say_which(day: Day) -> None:
    day.make_key(day.asked.delegate)
    day.close(people=8, given=7)
    good = day.survey.manifest
    other = json.loads(good)
    other["cells"][0]["invited"] = 99

    def refused(words: str) -> Callable[[Page], None]:
        def count(page: Page) -> None:
            day.start_count(page)
            expect(page.get_by_role("alert")).to_contain_text(words)

        return count

    day.does(day.asked.delegate, refused("Nordlys (c001) has 8 ballots, but only 7 were given out"))
    day.box.fill(day.survey.key, canonical(other), [])
    day.does(day.asked.delegate, refused("different manifests"))
    Survey.objects.filter(pk=day.survey.pk).update(
        manifest=canonical({**json.loads(good), "counting_key": b64(COUNTING_KEYS[1])})
    )
    day.box.fill(day.survey.key, fresh(day).manifest, [])
    day.does(day.asked.delegate, refused("another counting key"))

    def cut(page: Page) -> None:
        page.route("**/bundle", lambda route: route.fulfill(
            body='{"survey":"', headers={"access-control-allow-origin": day.seat.origin}
        ))  # fmt: skip
        refused("cut off")(page)
        page.unroute("**/bundle")
        page.route("**/bundle", lambda route: route.abort())
        refused("does not answer")(page)

    Survey.objects.filter(pk=day.survey.pk).update(manifest=good)
    day.box.fill(day.survey.key, good, [])
    day.does(day.asked.delegate, cut)
    assert not Count.objects.exists()


def test_result_that_cannot_be_sent_stays_on_the_page(day: Day) -> None:
    day.make_key(day.asked.delegate)
    day.close(people=6)

    def count(page: Page) -> None:
        day.start_count(page)
        expect(page.get_by_test_id("count-found")).to_be_visible()
        page.route("**/count/", lambda route: route.abort())
        page.get_by_test_id("count-send").click()
        expect(page.get_by_role("alert")).to_contain_text("does not answer")
        page.unroute("**/count/")
        page.context.clear_cookies()
        page.get_by_test_id("count-send").click()
        expect(page.get_by_role("alert")).to_contain_text("signed out")
        page.context.add_cookies([cookie])
        page.get_by_test_id("count-send").click()
        expect(page.get_by_test_id("count-kept")).to_be_visible()

    name = day.settings.SESSION_COOKIE_NAME
    value = sign_in(Client(), day.asked.delegate).cookies[name].value
    cookie: Any = {"name": name, "value": value, "url": day.seat.origin}
    day.does(day.asked.delegate, count)
    assert Count.objects.get().ballot_count == 6


def test_nothing_to_do_before_closing_and_after_the_count(day: Day) -> None:
    at = times.now()
    Survey.objects.filter(pk=day.survey.pk).update(cancelled_at=at, cancel_reason="Feil.")
    day.does(day.asked.delegate, lambda page: expect(page.get_by_text("cancelled")).to_be_visible())
