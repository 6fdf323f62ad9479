"""The pages of kudos: what the box answers to all that people type, and who sees what."""

from typing import Any

import pytest
from django.test import Client

from engagement import times
from kudos import actions
from kudos.models import Kudos
from kudos.queries import PAGE_LENGTH, feed_page
from tests import factories
from tests.conftest import Cast
from tests.kudos.test_giving import give


def post(client: Client, **changes: Any) -> Any:
    facts = {"message": "Takk for hjelpen.", "audience": "company", "wall": "on"}
    return client.post("/kudos/give/", facts | changes)


def test_box_gives_and_returns_to_the_feed(as_alice: Client, cast: Cast) -> None:
    answer = post(as_alice, to=cast.bob.key)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/kudos/")
    assert Kudos.objects.get().receivers.get().person == cast.bob


def test_box_works_without_script_by_full_name(as_alice: Client, cast: Cast) -> None:
    assert post(as_alice, to_text="bob BERG").status_code == 302
    assert Kudos.objects.get().receivers.get().person == cast.bob


def test_name_that_fits_several_is_asked_back_with_all_of_them(
    as_alice: Client, cast: Cast
) -> None:
    factories.make_person("Bob", "Bakken", unit=cast.team)
    answer = post(as_alice, to_text="Bob")
    assert answer.status_code == 422
    assert "Bob Berg" in answer.content.decode()
    assert "Bob Bakken" in answer.content.decode()
    assert Kudos.objects.count() == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"to_text": "Nobody Here"},
        {"to": "p" + "0" * 14},
        {"to": "'; DROP TABLE people_person; --"},
        {"to": "\x00"},
        {"to": ["x"] * 500},
        {"to_text": "B" * 5000},
        {"message": "x" * 10_000},
        {"message": "x" * 200_000},
        {"message": ""},
        {"audience": "world"},
        {"value": "no-such-value"},
        {"once": "x" * 500},
    ],
)
def test_bad_input_is_answered_on_the_page_and_nothing_is_given(
    as_alice: Client, cast: Cast, changes: dict[str, Any]
) -> None:
    answer = post(as_alice, **({"to": cast.bob.key} | changes))
    assert answer.status_code == 422
    assert Kudos.objects.count() == 0


def test_what_was_typed_is_kept_when_something_is_wrong(as_alice: Client, cast: Cast) -> None:
    page = post(as_alice, to=cast.bob.key, message="Takk " + "x" * 600).content.decode()
    assert "x" * 600 in page
    assert "Bob Berg" in page


def test_same_form_sent_twice_is_one_kudos(as_alice: Client, cast: Cast) -> None:
    for _ in range(2):
        assert post(as_alice, to=cast.bob.key, once="form-1").status_code == 302
    assert Kudos.objects.count() == 1


def test_markup_is_text(as_alice: Client, cast: Cast) -> None:
    post(as_alice, to=cast.bob.key, message="<script>alert(1)</script> & 'takk'")
    page = as_alice.get("/kudos/").content.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &#x27;takk&#x27;" in page
    assert "<script>alert" not in page


@pytest.mark.parametrize("next_page", ["https://evil.example/", "//evil.example/", "javascript:1"])
def test_box_never_leads_out_of_the_house(as_alice: Client, cast: Cast, next_page: str) -> None:
    assert post(as_alice, to=cast.bob.key, next=next_page).headers["Location"] == "/kudos/"


@pytest.mark.parametrize(
    ("audience", "readers"),
    [
        ("private", {"alice", "bob"}),
        ("team", {"alice", "bob"}),
        ("site", {"alice", "bob"}),
        ("company", {"alice", "bob", "charlie", "keeper"}),
    ],
)
def test_each_audience_reads_what_is_meant_for_it(
    cast: Cast, audience: str, readers: set[str]
) -> None:
    kudos = give(cast, audience=audience)
    at = kudos.show_from
    found = {
        name
        for name in ("alice", "bob", "charlie", "keeper")
        if kudos in feed_page(getattr(cast, name), at=at).items
    }
    assert found == readers


def test_feed_pages_go_on_where_the_last_one_ended(cast: Cast) -> None:
    given = [give(cast, message=f"Takk {n}").key for n in range(PAGE_LENGTH + 3)]
    at = times.now()
    first = feed_page(cast.alice, at=at)
    give(cast, message="Nyere enn siden")
    second = feed_page(cast.alice, after=first.next, at=at)
    seen = [kudos.key for kudos in [*first.items, *second.items]]
    assert seen == given[::-1]
    assert second.next is None


@pytest.mark.parametrize("cursor", ["x", "W10", "WzEsMl0x", "%00", "WzFlMzA5LDFd"])
def test_forged_feed_cursor_is_a_bad_request(as_alice: Client, cursor: str) -> None:
    assert as_alice.get("/kudos/", {"after": cursor}).status_code == 400


def test_giver_withdraws_and_others_cannot(
    as_alice: Client, as_bob: Client, as_charlie: Client, cast: Cast
) -> None:
    kudos = give(cast, audience="team")
    Kudos.objects.update(show_from=kudos.created_at)
    address = f"/kudos/{kudos.key}/withdraw/"
    assert as_bob.post(address).status_code == 403
    assert as_charlie.post(address).status_code == 404
    assert as_alice.post(address).status_code == 302
    assert as_alice.post(address).status_code == 404


def test_feed_asks_the_same_number_of_questions_however_long(
    as_alice: Client, cast: Cast, django_assert_num_queries: Any
) -> None:
    for expected_rows in (1, 3):
        while Kudos.objects.count() < expected_rows:
            give(cast)
        as_alice.get("/kudos/")
        with django_assert_num_queries(14):
            as_alice.get("/kudos/")
        with django_assert_num_queries(18):
            as_alice.get("/")


def test_box_asks_once_about_words_that_may_hurt(as_alice: Client, cast: Cast) -> None:
    actions.add_warned_word(language="nb", word="tosk", by=cast.admin, at=times.now())
    body = {"to": cast.bob.key, "message": "Takk, din tosk"}
    asked = post(as_alice, **body)
    assert (asked.status_code, Kudos.objects.count()) == (422, 0)
    question = asked.context["give_form"].asked
    assert "tosk" in question
    # Another text is asked about anew; the same one is let go.
    worse = post(as_alice, to=cast.bob.key, message="Takk, din t0sk og tosk", warned="Ja")
    assert (worse.status_code, Kudos.objects.count()) == (422, 0)
    assert post(as_alice, **body, warned=question).status_code == 302
    assert Kudos.objects.get().message == "Takk, din tosk"
