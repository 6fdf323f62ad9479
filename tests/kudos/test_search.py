"""Finding thanks by their words: what fits, for whom, and page by page."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engagement import times
from kudos import actions
from kudos.models import Kudos, Value
from kudos.queries import search, search_page
from tests import factories
from tests.conftest import Cast
from tests.kudos.test_giving import give


def found(cast: Cast, text: str, who: str = "alice", **facts: Any) -> list[str]:
    at = times.now() + dt.timedelta(minutes=1)
    page = search_page(getattr(cast, who), text, at=at, **facts)
    return [kudos.message for kudos in page.items]


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("kunde", True),
        ("kundene", True),
        ("KUNDER", True),
        ("kund", True),
        ("hjalp kundene", True),
        ("hjalp for", True),
        ("hjalp møtet", False),
        ("kaffetrakter", False),
        ("fjordtel", True),
        ("no", True),
        ("helped customers", False),
        ("hjalp -kundene", True),
        ('"hjalp kundene"', True),
    ],
)
def test_word_is_found_in_any_of_its_forms(cast: Cast, text: str, fits: bool) -> None:
    message = "Du hjalp alle kundene på fjordtel.no i går."
    give(cast, message=message)
    give(cast, message="Noe helt annet.")
    assert found(cast, text) == ([message] if fits else [])


def test_english_words_are_found_in_their_forms_too(cast: Cast) -> None:
    give(cast, message="You covered the queues while I was calming down.")
    assert len(found(cast, "covering queue")) == 1


def test_last_word_may_be_unfinished_and_the_others_not(cast: Cast) -> None:
    give(cast, message="Takk for kaffetrakteren.")
    assert len(found(cast, "takk kaffetr")) == 1
    assert found(cast, "kaffetr takk") == []


def test_words_that_say_nothing_count_only_alone(cast: Cast) -> None:
    give(cast, message="Kaffe hver dag.")
    give(cast, message="Den som venter.")
    assert found(cast, "kaffe til") == ["Kaffe hver dag."]
    assert found(cast, "som") == ["Den som venter."]


@pytest.mark.parametrize(
    ("audience", "readers"),
    [
        ("private", {"alice", "bob"}),
        ("team", {"alice", "bob"}),
        ("site", {"alice", "bob"}),
        ("company", {"alice", "bob", "charlie", "keeper"}),
    ],
)
@pytest.mark.parametrize("walked", [3_000, 1])
def test_search_finds_for_each_what_their_feed_shows(
    cast: Cast, audience: str, readers: set[str], walked: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both ways of looking: among the newest, and through the index of words."""
    monkeypatch.setattr(search, "WALKED", walked)
    give(cast, message="Blåbær", audience=audience)
    give(cast, message="Noe nyere")
    people = ("alice", "bob", "charlie", "keeper")
    assert {who for who in people if found(cast, "blåbær", who)} == readers


def test_search_never_finds_what_is_withdrawn_hidden_planned_or_on_hold(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = times.now()
    taken = give(cast, message="Blåbær en")
    actions.withdraw_kudos(kudos=taken, by=cast.alice, at=at)
    give(cast, message="Blåbær to", release_at=at + dt.timedelta(days=1))
    hidden = give(cast, message="Blåbær tre")
    hidden.reaches.all().delete()
    Kudos.objects.filter(pk=hidden.pk).update(hidden_at=at)
    give(cast, message="Blåbær fire")
    give(cast, message="Noe nyere")
    for walked in (3_000, 1):
        monkeypatch.setattr(search, "WALKED", walked)
        told = [
            [kudos.message for kudos in search_page(who, "blåbær", at=at).items]
            for who in (cast.alice, cast.bob)
        ]
        assert told == [["Blåbær fire"], []]


@pytest.mark.parametrize("walked", [3_000, 1])
def test_what_left_feeds_with_a_leaver_is_found_by_giver_and_thanked_only(
    cast: Cast, walked: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "WALKED", walked)
    gone = give(cast, message="Blåbær")
    give(cast, message="Noe nyere")
    Kudos.objects.filter(pk=gone.pk).update(left_feeds_at=times.now())
    people = ("alice", "bob", "charlie", "keeper")
    assert [who for who in people if found(cast, "blåbær", who)] == ["alice", "bob"]


def test_receiver_who_keeps_it_private_still_finds_it_and_others_do_not(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    kudos = give(cast, message="Blåbær")
    actions.keep_private(kudos=kudos, by=cast.bob, is_private=True, at=times.now())
    give(cast, message="Noe nyere")
    for walked in (3_000, 1):
        monkeypatch.setattr(search, "WALKED", walked)
        readers = {
            who
            for who in ("alice", "bob", "charlie", "keeper")
            if found(cast, "blåbær", who) == ["Blåbær"]
        }
        assert readers == {"alice", "bob"}


@pytest.mark.parametrize("walked", [3_000, 4, 1])
def test_pages_of_a_search_neither_repeat_nor_leave_out(
    cast: Cast, walked: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "WALKED", walked)
    at = times.now()
    for number in range(14):
        word = "blåbær" if number % 2 else "tyttebær"
        give(cast, message=f"{word} {number}", at=at - dt.timedelta(days=30 * number))
    seen, after = [], None
    while True:
        page = search_page(cast.bob, "blåbær", after=after, limit=2, at=at + dt.timedelta(days=1))
        seen += [kudos.message for kudos in page.items]
        after = page.next
        give(cast, message="blåbær nyere enn alt", at=at + dt.timedelta(hours=1))
        if after is None:
            break
    assert seen == [f"blåbær {number}" for number in range(1, 14, 2)]


@pytest.mark.parametrize("scope", ["team", "site", "mine"])
def test_search_stays_within_its_scope(
    cast: Cast, scope: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    give(cast, message="Blåbær herfra", audience="team")
    give(cast, by=cast.charlie, to=[cast.keeper], message="Blåbær derfra")
    give(cast, by=cast.bob, to=[cast.alice], message="Noe nyere", audience="team")
    for walked in (3_000, 1):
        monkeypatch.setattr(search, "WALKED", walked)
        assert found(cast, "blåbær", "bob", scope=scope) == ["Blåbær herfra"]


def test_value_and_words_narrow_together(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    values = [Value.objects.create(key=key, name_nb=key, name_en=key) for key in ("mot", "ro")]
    for value in (*values, None):
        give(cast, message=f"Blåbær {value}", value=value)
    give(cast, message="Noe nyere", value=values[0])
    for walked in (3_000, 1):
        monkeypatch.setattr(search, "WALKED", walked)
        assert found(cast, "blåbær", "bob", value=values[0]) == ["Blåbær mot"]


HOSTILE = [
    "\x00", "'", "''; DROP TABLE kudos_kudos; --", "a & | ! <-> :*", "(((", "\\", "\\'", ":*",
    "%", "%s %(words)s {readable}", "\u202e\u200b", "🧡", "²", "①", "ﬁ", "x" * 100_000,
    "' week 2900'", "week 2900", "&&&", "-", "--kaffe", '"', "ß", "İ", "٣",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_anything_typed_is_answered(as_alice: Client, cast: Cast, text: str) -> None:
    give(cast, message="Takk.")
    assert as_alice.get("/kudos/", {"q": text}).status_code == 200
    assert "Takk." not in found(cast, text)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=st.text(max_size=120))
def test_no_text_is_an_error(cast: Cast, text: str) -> None:
    search_page(cast.alice, text, at=times.now())


def test_feed_offers_people_whose_names_fit_at_most_three(as_alice: Client, cast: Cast) -> None:
    for name in ("Bobine", "Bobo", "Bobby"):
        factories.make_person(name, "Bakken", unit=cast.team)
    answer = as_alice.get("/kudos/", {"q": "bob"})
    page = answer.content.decode()
    assert len(answer.context["people"]) == 3
    assert f'href="/people/{cast.bob.key}/"' in page
    assert "Bob Berg" in page


def test_search_keeps_scope_value_and_words_on_the_way_on(as_alice: Client, cast: Cast) -> None:
    value = Value.objects.create(key="mot", name_nb="Mot", name_en="Brave")
    for number in range(14):
        give(cast, message=f"Blåbær {number}", value=value)
    asked = {"q": "blåbær", "scope": "mine", "value": "mot"}
    page = as_alice.get("/kudos/", asked).content.decode()
    assert 'href="/kudos/?scope=mine&amp;value=mot&amp;q=bl%C3%A5b%C3%A6r&amp;after=' in page
    assert 'href="/kudos/?scope=team&amp;value=mot&amp;q=bl%C3%A5b%C3%A6r"' in page
    assert 'href="/kudos/?scope=mine&amp;q=bl%C3%A5b%C3%A6r"' in page
    assert '<input type="hidden" name="scope" value="mine">' in page
    assert '<input type="hidden" name="value" value="mot">' in page


def test_nothing_that_fits_is_said_with_the_words(as_alice: Client, cast: Cast) -> None:
    give(cast, message="Takk.")
    page = as_alice.get("/kudos/", {"q": "<b>tyttebær"}).content.decode()
    assert page.count("&lt;b&gt;tyttebær") == 4  # title, field, said aloud, shown
    assert "<b>tyttebær" not in page
    assert "Takk." not in page


def test_search_asks_the_same_number_of_questions_however_long(
    as_alice: Client, cast: Cast, django_assert_num_queries: Any
) -> None:
    for expected_rows in (1, 3):
        while Kudos.objects.count() < expected_rows:
            give(cast)
        as_alice.get("/kudos/", {"q": "hjelpen"})
        with django_assert_num_queries(14):
            as_alice.get("/kudos/", {"q": "hjelpen"})


@pytest.mark.parametrize(
    "asked", [{"scope": "world"}, {"value": "no-such-value"}, {"value": "\x00"}, {"after": "x"}]
)
def test_feed_that_there_is_not_is_a_bad_request(as_alice: Client, asked: dict[str, str]) -> None:
    assert as_alice.get("/kudos/", asked).status_code == 400
