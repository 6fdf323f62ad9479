"""The link at the foot of a mail: works without sign-in, for one reader and kind, and by itself."""

import re
from typing import Any

import pytest
from django.core import signing
from django.test import Client
from pytest_django import Settings

from engagement.notices import actions
from engagement.notices.kinds import DIGEST, KINDS, Kind, Way
from engagement.notices.links import read_stop_token, stop_token, stop_url
from engagement.notices.models import NoticeChoice
from tests.conftest import Cast, sign_in
from tests.notices.conftest import NOON, Clock, deliver, greet
from tests.notices.smtp_server import SmtpServer


def chosen(cast: Cast) -> dict[str, str]:
    return dict(NoticeChoice.objects.filter(person=cast.bob).values_list("kind", "way"))


def path_of(url: str) -> str:
    return "/" + url.split("/", 3)[3]


@pytest.fixture
def anybody() -> Client:
    """Nobody signed in, and a site that insists on its CSRF token."""
    return Client(enforce_csrf_checks=True)


# --- in the mail ----------------------------------------------------------------------------------
def test_mail_carries_the_link_in_its_foot_and_in_its_headers(
    cast: Cast, greeting: Kind, clock: Clock, mail_server: SmtpServer, settings: Settings
) -> None:
    settings.BASE_URL = "https://vaffel.a-rather-long-name.fjordtel.example"
    greet(cast.bob, kind=greeting)
    deliver(clock)
    message = mail_server.mails[0].message
    url = stop_url(cast.bob, greeting.key)
    assert message["List-Unsubscribe"].strip() == f"<{url}>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    text = message.get_body(("plain",)).get_content()
    html = message.get_body(("html",)).get_content()
    assert url in text.splitlines()
    assert f'href="{url}"' in html
    for body in (text, html):
        assert f"{settings.BASE_URL}/notices/choices/" in body


def test_digest_carries_the_link_that_stops_digests(
    cast: Cast, greeting: Kind, clock: Clock, mail_server: SmtpServer
) -> None:
    NoticeChoice.objects.create(person=cast.bob, kind=greeting.key, way=Way.DIGEST)
    greet(cast.bob, kind=greeting)
    clock.forward(days=1)
    deliver(clock)
    message = mail_server.mails[0].message
    assert message["List-Unsubscribe"].strip() == f"<{stop_url(cast.bob, DIGEST)}>"


def test_duty_carries_no_link_and_says_why(
    cast: Cast,
    greeting: Kind,
    clock: Clock,
    mail_server: SmtpServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    duty = Kind(
        key=greeting.key,
        title="Duty",
        load=greeting.load,
        may_refuse=False,
        why_always="The law asks for it.",
    )
    monkeypatch.setitem(KINDS, duty.key, duty)
    greet(cast.bob, kind=duty)
    deliver(clock)
    message = mail_server.mails[0].message
    assert (message["List-Unsubscribe"], message["List-Unsubscribe-Post"]) == (None, None)
    text = message.get_body(("plain",)).get_content()
    html = message.get_body(("html",)).get_content()
    assert "/notices/stop/" not in text + html
    assert "The law asks for it." in text
    assert "The law asks for it." in html


def test_mail_that_hides_its_reader_carries_nothing_of_theirs(
    cast: Cast,
    greeting: Kind,
    clock: Clock,
    mail_server: SmtpServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Mail programs fetch every link: the log would be a list of those who have not answered."""
    hidden = Kind(key=greeting.key, title="Hidden", load=greeting.load, hides_reader=True)
    monkeypatch.setitem(KINDS, hidden.key, hidden)
    greet(cast.bob, kind=hidden)
    deliver(clock)
    message = mail_server.mails[0].message
    raw = mail_server.mails[0].raw.decode()
    assert (message["List-Unsubscribe"], message["List-Unsubscribe-Post"]) == (None, None)
    assert "/notices/stop/" not in raw
    assert cast.bob.key not in raw
    assert "/notices/choices/" in message.get_body(("plain",)).get_content()


def test_sign_in_mail_carries_no_link(cast: Cast, clock: Clock, mail_server: SmtpServer) -> None:
    actions.queue_account_mail(
        to="bob@fjordtel.example", subject="Code", text="1", html="", at=NOON
    )
    deliver(clock)
    assert mail_server.mails[0].message["List-Unsubscribe"] is None
    assert "/notices/" not in mail_server.mails[0].raw.decode()


# --- the page behind it ---------------------------------------------------------------------------
def test_looking_changes_nothing_and_tells_no_other_page(
    cast: Cast, greeting: Kind, anybody: Client
) -> None:
    answer = anybody.get(path_of(stop_url(cast.bob, greeting.key)))
    assert answer.status_code == 200
    assert 'data-testid="stop-mails"' in answer.content.decode()
    assert "Greeting" in answer.content.decode()
    assert answer["Referrer-Policy"] == "no-referrer"
    assert answer["Cache-Control"] == "no-store"
    assert chosen(cast) == {}


@pytest.mark.parametrize("body", [{}, {"List-Unsubscribe": "One-Click"}])
def test_posting_stops_the_kind_without_sign_in_or_cookie(
    cast: Cast, greeting: Kind, anybody: Client, body: dict[str, str]
) -> None:
    answer = anybody.post(path_of(stop_url(cast.bob, greeting.key)), body)
    assert answer.status_code == 200
    assert answer["Referrer-Policy"] == "no-referrer"
    assert chosen(cast) == {greeting.key: "none"}
    html = answer.content.decode()
    assert '<input type="hidden" name="way" value="at_once">' in html
    # Whoever reads it over somebody's shoulder learns no name.
    for secret in ("Bob", "Berg", "bob@"):
        assert secret not in html


def test_undo_brings_back_what_was_chosen_before(
    cast: Cast, greeting: Kind, anybody: Client
) -> None:
    actions.choose_ways(ways={greeting.key: Way.DIGEST}, by=cast.bob)
    path = path_of(stop_url(cast.bob, greeting.key))
    html = anybody.post(path).content.decode()
    way = re.search(r'name="way" value="(\w+)"', html)
    assert way
    assert way[1] == "digest"
    anybody.post(path, {"way": way[1]})
    assert chosen(cast) == {greeting.key: "digest"}


def test_stopping_twice_offers_no_undo(cast: Cast, greeting: Kind, anybody: Client) -> None:
    path = path_of(stop_url(cast.bob, greeting.key))
    anybody.post(path)
    assert 'data-testid="undo"' not in anybody.post(path).content.decode()
    assert chosen(cast) == {greeting.key: "none"}


@pytest.mark.parametrize("way", ["off", "pigeon", "none", "\x00"])
def test_link_gives_no_other_power(cast: Cast, greeting: Kind, anybody: Client, way: str) -> None:
    anybody.post(path_of(stop_url(cast.bob, greeting.key)), {"way": way})
    assert chosen(cast) == {}


def test_digests_are_stopped_and_begun_as_a_whole(
    cast: Cast, greeting: Kind, anybody: Client
) -> None:
    actions.choose_ways(ways={greeting.key: Way.DIGEST}, by=cast.bob)
    path = path_of(stop_url(cast.bob, DIGEST))
    assert 'name="way" value="digest"' in anybody.post(path).content.decode()
    assert chosen(cast) == {greeting.key: "digest", DIGEST: "none"}
    anybody.post(path, {"way": "digest"})
    assert chosen(cast) == {greeting.key: "digest"}


def test_stopped_digest_does_not_leave(
    cast: Cast, greeting: Kind, clock: Clock, mail_server: SmtpServer, anybody: Client
) -> None:
    actions.choose_ways(ways={greeting.key: Way.DIGEST}, by=cast.bob)
    greet(cast.bob, kind=greeting)
    anybody.post(path_of(stop_url(cast.bob, DIGEST)))
    clock.forward(days=1)
    assert deliver(clock) == 0
    assert mail_server.mails == []


def test_page_speaks_the_language_of_the_mail(cast: Cast, greeting: Kind, anybody: Client) -> None:
    cast.bob.language = "en"
    cast.bob.save()
    html = anybody.get(
        path_of(stop_url(cast.bob, greeting.key)), headers={"Accept-Language": "nb"}
    ).content.decode()
    assert '<html lang="en">' in html
    assert "Stop these mails" in html


# --- forged, old, changed -------------------------------------------------------------------------
def test_forged_links_are_told_so_and_change_nothing(
    cast: Cast, greeting: Kind, anybody: Client, settings: Settings
) -> None:
    good = stop_token(cast.bob, greeting.key)
    person, kind, signature = good.split(".")
    forged = [
        good[:-1] + ("A" if good[-1] != "A" else "B"),
        f"{cast.alice.key}.{kind}.{signature}",
        f"{person}.{DIGEST}.{signature}",
        f"{person}.{kind}",
        "x" * 5000,
        "..",
        signing.Signer(sep=".").sign(f"{person}.{kind}"),
        signing.Signer(sep=".", salt="engagement.notices.stop").sign(f"{person}.unknown"),
        signing.Signer(sep=".", salt="engagement.notices.stop").sign("p0.greeting"),
    ]
    settings.SECRET_KEY_FALLBACKS = []
    for token in forged:
        for send in (anybody.get, anybody.post):
            answer = send(f"/notices/stop/{token}/")
            assert answer.status_code == 404, token
            assert 'data-testid="error-page"' in answer.content.decode()
            assert answer["Referrer-Policy"] == "no-referrer"
    assert NoticeChoice.objects.count() == 0


def test_token_is_the_same_for_ever_and_another_for_each_reader_and_kind(
    cast: Cast, greeting: Kind
) -> None:
    tokens = {
        stop_token(person, kind)
        for _ in range(2)
        for person in (cast.alice, cast.bob)
        for kind in (greeting.key, DIGEST)
    }
    assert len(tokens) == 4
    stop = read_stop_token(stop_token(cast.bob, greeting.key))
    assert stop is not None
    assert (stop.person_key, stop.kind) == (cast.bob.key, greeting.key)


@pytest.mark.parametrize("facts", [{"may_refuse": False}, {"hides_reader": True}])
def test_kind_that_has_become_a_duty_is_not_stopped_by_old_links(
    cast: Cast,
    greeting: Kind,
    anybody: Client,
    monkeypatch: pytest.MonkeyPatch,
    facts: dict[str, Any],
) -> None:
    token = stop_token(cast.bob, greeting.key)
    monkeypatch.setitem(KINDS, greeting.key, Kind(key=greeting.key, title="Greeting", **facts))
    assert anybody.post(f"/notices/stop/{token}/").status_code == 404
    assert NoticeChoice.objects.count() == 0


def test_link_of_a_leaver_leads_nowhere(cast: Cast, greeting: Kind, anybody: Client) -> None:
    cast.bob.left_on = NOON.date().replace(year=2025)
    cast.bob.save()
    assert anybody.post(path_of(stop_url(cast.bob, greeting.key))).status_code == 404
    assert NoticeChoice.objects.count() == 0


def test_link_stops_its_own_readers_mails_whoever_is_signed_in(cast: Cast, greeting: Kind) -> None:
    as_alice = sign_in(Client(), cast.alice)
    as_alice.post(path_of(stop_url(cast.bob, greeting.key)))
    assert list(NoticeChoice.objects.values_list("person", flat=True)) == [cast.bob.pk]
