"""The lead's queue, the page of one, and the rules: what they show, and what they answer to anything."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from engagement import times
from kudos.models import Kudos, Praise, PraiseRule
from kudos.queries import PRAISE_PAGE
from tests.conftest import Cast
from tests.kudos.praise.conftest import Checkers, arrives, make_rule

# Session, person, roles, notices; the tree, the people, their praise, its facts.
QUERIES = 8


def post(client: Client, praise: Praise, **changes: Any) -> Any:
    facts = {"message": "Takk for hjelpen.", "audience": "team", "wall": "on"}
    return client.post(f"/kudos/praise/{praise.key}/", facts | changes)


def body(answer: Any) -> str:
    return str(answer.content.decode())


# --- the queue ------------------------------------------------------------------------------------


def test_queue_is_empty_with_a_word(as_lena: Client) -> None:
    for tray in ("waiting", "aside", "handled"):
        page = body(as_lena.get(f"/kudos/praise/?tray={tray}"))
        assert 'class="empty"' in page
        assert "praise-item" not in page


@pytest.mark.parametrize("number", [1, 3])
def test_queue_asks_the_database_as_often_however_many(
    as_lena: Client,
    cast: Cast,
    number: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for _ in range(number):
        arrives(cast.bob, "Takk, ring Kari på 912 34 567")
    as_lena.get("/kudos/praise/")
    with django_assert_num_queries(QUERIES):
        page = body(as_lena.get("/kudos/praise/"))
    assert page.count('data-testid="praise-item"') == number


def test_queue_marks_what_looks_personal(as_lena: Client, cast: Cast) -> None:
    arrives(cast.bob, "Takk <b>Bob</b>, ring 912 34 567")
    page = body(as_lena.get("/kudos/praise/"))
    assert '<mark class="flag">912 34 567<span class="visually-hidden">' in page
    assert "<b>Bob</b>" not in page
    assert '<span class="flag-colleague">Bob</span>' in page


def test_queue_shows_a_lead_nothing_of_others(
    as_lena: Client, cast: Cast, checkers: Checkers
) -> None:
    arrives(cast.bob, "Ros om Bob")
    arrives(cast.charlie, "Ros om Charlie")
    arrives(checkers.lena, "Ros om Lena")
    arrives(None, "Ros om ingen")
    page = body(as_lena.get("/kudos/praise/"))
    assert [
        who
        for who in ("Bob", "Charlie", "Lena", "ingen")
        if "Ros om " in page and who in _words(page)
    ] == ["Bob"]


def _words(page: str) -> str:
    """The texts of customers on a page."""
    return " ".join(part.split("</blockquote>")[0] for part in page.split("<blockquote")[1:])


def test_pages_go_on_where_the_last_ended(as_lena: Client, cast: Cast) -> None:
    at = times.now()
    texts = [f"Ros nummer {n:03}" for n in range(PRAISE_PAGE + 3)]
    for n, text in enumerate(texts):
        arrives(cast.bob, text, at=at - dt.timedelta(minutes=n))
    first = body(as_lena.get("/kudos/praise/"))
    address = first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    arrives(cast.bob, "Ros som kom i mellomtiden")
    second = body(as_lena.get(address))
    shown = [text for page in (first, second) for text in texts if text in _words(page)]
    assert shown == texts
    assert 'rel="next"' not in second


@pytest.mark.parametrize("query", ["tray=all", "after=x", "after=" + "9" * 500, "tray=%00"])
def test_forged_addresses_are_refused(as_lena: Client, query: str) -> None:
    assert as_lena.get(f"/kudos/praise/?{query}").status_code == 400


def test_feed_shows_the_way_to_those_who_check(
    as_lena: Client, as_alice: Client, cast: Cast
) -> None:
    arrives(cast.bob)
    feeds = [client.get("/kudos/") for client in (as_lena, as_alice)]
    assert [feed.context["waiting_praise"] for feed in feeds] == [1, None]


# --- putting away ---------------------------------------------------------------------------------


def test_many_are_put_away_at_once_and_back(as_lena: Client, cast: Cast) -> None:
    praises = [arrives(cast.bob) for _ in range(3)] + [arrives(cast.charlie)]
    keys = [praise.key for praise in praises]
    answer = as_lena.post("/kudos/praise/dismiss/", {"keys": keys}, follow=True)
    states = [praise.state for praise in Praise.objects.order_by("pk")]
    assert states == ["dismissed", "dismissed", "dismissed", "waiting"]
    undo = body(answer).split('<form method="post" action="/kudos/praise/reopen/?')[1].split('"')[0]
    as_lena.post(f"/kudos/praise/reopen/?{undo}")
    assert [praise.state for praise in Praise.objects.all()] == ["waiting"] * 4


@pytest.mark.parametrize("keys", [[], ["\x00"], ["x" * 5000], ["k"] * 500, ["'; DROP TABLE"]])
def test_keys_of_nothing_put_nothing_away(as_lena: Client, cast: Cast, keys: list[str]) -> None:
    arrives(cast.bob)
    for act in ("dismiss", "reopen"):
        assert as_lena.post(f"/kudos/praise/{act}/", {"keys": keys}).status_code == 302
    assert Praise.objects.get().state == "waiting"


def test_colleagues_put_nothing_away(as_bob: Client, as_charlie: Client, cast: Cast) -> None:
    praise = arrives(cast.alice)
    for client in (as_bob, as_charlie):
        assert client.post("/kudos/praise/dismiss/", {"keys": praise.key}).status_code == 403
        assert post(client, praise).status_code == 403
    assert Praise.objects.get().state == "waiting"


# --- one ------------------------------------------------------------------------------------------


def test_form_has_the_text_without_what_looks_personal(as_lena: Client, cast: Cast) -> None:
    praise = arrives(cast.bob, "Takk Bob, ring 912 34 567")
    page = body(as_lena.get(f"/kudos/praise/{praise.key}/"))
    assert ">Takk Bob, ring …</textarea>" in page
    part = body(as_lena.get(f"/kudos/praise/{praise.key}/", headers={"HX-Request": "true"}))
    assert part.startswith(("\n<form", "<form", "{#")) or "<form" in part[:200]
    assert "<html" not in part


def test_passing_on_returns_to_the_queue_with_an_undo(as_lena: Client, cast: Cast) -> None:
    praise = arrives(cast.bob)
    answer = post(as_lena, praise)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/kudos/praise/")
    assert f'action="/kudos/praise/reopen/?keys={praise.key}"' in body(
        as_lena.get("/kudos/praise/")
    )
    assert Kudos.objects.get().is_from_customer


def test_what_still_looks_personal_is_asked_about_once(as_lena: Client, cast: Cast) -> None:
    praise = arrives(cast.bob)
    answer = post(as_lena, praise, message="Takk, ring 912 34 567")
    assert answer.status_code == 422
    assert "912 34 567</li>" in body(answer)
    assert ">Takk, ring 912 34 567</textarea>" in body(answer)
    sure = answer.context["form"].sure_of
    other = post(as_lena, praise, message="Takk, ring 412 34 567", sure=sure)
    assert other.status_code == 422
    assert post(as_lena, praise, message="Takk, ring 912 34 567", sure=sure).status_code == 302
    assert Kudos.objects.get().message == "Takk, ring 912 34 567"


def test_part_is_taken_back_and_nothing_typed_is_lost(as_lena: Client, cast: Cast) -> None:
    praise = arrives(cast.bob, "Ring Kari på 912 34 567")
    answer = post(as_lena, praise, message="Hei! Ring … på …", audience="site", take_back="0")
    assert answer.status_code == 200
    assert ">Hei! Ring Kari på …</textarea>" in body(answer)
    assert '<option value="site" selected>' in body(answer)
    assert [part.text for part, _kind in answer.context["form"].taken_out] == ["912 34 567"]
    again = post(as_lena, praise, message="Hei! Ring Kari på …", taken_back=["0"], take_back="1")
    assert ">Hei! Ring Kari på 912 34 567</textarea>" in body(again)
    assert Kudos.objects.count() == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"message": ""},
        {"message": "a" * 501},
        {"message": "a" * 200_000},
        {"message": "\x00"},
        {"audience": "world"},
        {"value": "no-such"},
        {"sure": "x" * 500},
        {"taken_back": ["x", "9" * 500, "-1", "٣"], "message": ""},
    ],
)
def test_bad_input_is_answered_on_the_page(
    as_lena: Client, cast: Cast, changes: dict[str, Any]
) -> None:
    assert post(as_lena, arrives(cast.bob), **changes).status_code == 422
    assert Kudos.objects.count() == 0


@pytest.mark.parametrize("number", ["x", "999", "-1", "", "٣", "0" * 500])
def test_forged_part_is_no_part(as_lena: Client, cast: Cast, number: str) -> None:
    answer = post(as_lena, arrives(cast.bob, "Hilsen Kari"), take_back=number)
    assert answer.status_code == 200
    assert ">Takk for hjelpen.</textarea>" in body(answer)


def test_hr_says_whom_praise_for_nobody_is_for(as_hanne: Client, cast: Cast) -> None:
    praise = arrives(None)
    assert post(as_hanne, praise).status_code == 422
    assert post(as_hanne, praise, to_text="alice aas").status_code == 302
    assert Kudos.objects.get().receivers.get().person == cast.alice


def test_handled_is_told_on_its_page(as_lena: Client, as_hanne: Client, cast: Cast) -> None:
    praise = arrives(cast.bob)
    post(as_lena, praise)
    assert "<textarea" not in body(as_hanne.get(f"/kudos/praise/{praise.key}/"))
    assert post(as_hanne, praise).status_code == 422
    assert "Lena Lund" in body(as_hanne.get("/kudos/praise/?tray=handled"))


# --- rules ----------------------------------------------------------------------------------------


def test_rule_is_tried_before_it_is_saved(as_hanne: Client, cast: Cast) -> None:
    arrives(cast.bob, "Kort")
    arrives(cast.bob, "En lengre tekst med ros i.")
    address = "/kudos/praise/rules/add/?kind=too_short"
    tried = as_hanne.post(address, {"count": "10", "try": "1"})
    assert (tried.context["kept"], tried.context["before"], tried.context["tried"]) == (1, 2, 2)
    assert PraiseRule.objects.count() == 0
    assert as_hanne.post(address, {"count": "10"}).status_code == 302
    rule = PraiseRule.objects.get()
    assert as_hanne.post(f"/kudos/praise/rules/{rule.key}/", {"count": "12"}).status_code == 302
    rule.refresh_from_db()
    assert rule.count == 12


@pytest.mark.parametrize(
    ("kind", "facts", "is_fine"),
    [
        ("too_short", {"count": "0"}, False),
        ("too_short", {"count": "99999999999999999999"}, False),
        ("low_score", {"score": "0.5"}, True),
        ("low_score", {"score": "1.5"}, False),
        ("low_score", {"score": "nan"}, False),
        ("with_words", {"words": "takk, , bra jobb"}, True),
        ("with_words", {"words": " , !"}, False),
        ("without_words", {"words": ",".join(["x"] + [str(n) for n in range(40)])}, False),
        ("weekly", {"count": "3", "source": "Ikke en slug!"}, False),
        ("weekly", {"count": "3", "source": "stemmen"}, True),
    ],
)
def test_rules_are_checked(
    as_hanne: Client, kind: str, facts: dict[str, str], is_fine: bool
) -> None:
    answer = as_hanne.post(f"/kudos/praise/rules/add/?kind={kind}", facts)
    assert answer.status_code == (302 if is_fine else 422)
    assert PraiseRule.objects.count() == is_fine


def test_rules_are_listed_moved_and_deleted(as_hanne: Client) -> None:
    first, second = make_rule("too_short", count=10), make_rule("weekly", count=2)
    as_hanne.post(f"/kudos/praise/rules/{second.key}/move/", {"to": "up"})
    page = as_hanne.get("/kudos/praise/rules/")
    assert [rule for rule, _words in page.context["rules"]] == [second, first]
    as_hanne.post(f"/kudos/praise/rules/{second.key}/delete/")
    assert list(PraiseRule.objects.all()) == [first]


def test_rules_are_closed_to_leads(as_lena: Client) -> None:
    rule = make_rule("too_short", count=10)
    for address in ("", "add/", f"{rule.key}/"):
        assert as_lena.get(f"/kudos/praise/rules/{address}").status_code == 403
    for act in ("move", "delete"):
        assert as_lena.post(f"/kudos/praise/rules/{rule.key}/{act}/").status_code == 403
    assert as_lena.get("/kudos/praise/rules/add/?kind=x").status_code == 403
