"""The list of notices, opening one, and the page for those who look after deliveries."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client

from engagement import times
from engagement.notices import actions
from engagement.notices.kinds import Kind
from engagement.notices.models import Delivery, Notice, NoticeChoice, Outage
from engagement.notices.queries import (
    PAGE_SIZE,
    delivery_status,
    masked,
    notice_page,
    unread_count,
)
from engagement.people.models import Person, RoleAssignment
from tests import factories
from tests.conftest import Cast, sign_in
from tests.notices.conftest import NOON, Clock, deliver, greet
from tests.notices.smtp_server import SmtpServer


@pytest.fixture(autouse=True)
def noon(time_machine: Any) -> None:
    """Pages look at the real time, which is daytime here whenever the tests run."""
    time_machine.move_to(NOON)


@pytest.fixture
def clock(noon: None) -> Clock:
    return Clock(times.now() - dt.timedelta(minutes=5))


def html_of(client: Client, path: str, **headers: str) -> str:
    response = client.get(path, headers=headers)
    assert response.status_code == 200
    return response.content.decode()


# --- the list --------------------------------------------------------------------------------------
def test_list_shows_own_notices_only(cast: Cast, as_bob: Client, greeting: Kind) -> None:
    at = times.now()
    greet(cast.bob, kind=greeting, at=at, name="Ola <b>")
    greet(cast.alice, kind=greeting, at=at, source="2", name="Kari")
    html = html_of(as_bob, "/notices/")
    assert html.count('data-testid="notice"') == 1
    assert "Hei fra Ola &lt;b&gt;" in html
    assert "Kari" not in html


def test_list_says_when_there_is_nothing(cast: Cast, as_bob: Client) -> None:
    html = html_of(as_bob, "/notices/")
    assert 'data-testid="notices-empty"' in html
    assert 'data-testid="read-all"' not in html


def test_list_leaves_out_held_withdrawn_and_gone(cast: Cast, greeting: Kind, clock: Clock) -> None:
    hold = dt.timedelta(seconds=8)
    greet(cast.bob, kind=greeting, at=clock(), source="held", hold=hold)
    greet(cast.bob, kind=greeting, at=clock(), source="taken back")
    greet(cast.bob, kind=greeting, at=clock(), source="gone", name="")
    greet(cast.bob, kind=greeting, at=clock(), source="stays", name="Kari")
    greet(cast.bob, kind=Kind(key="forgotten", title=""), at=clock(), source="no kind")
    actions.withdraw_notices(source="taken back", at=clock())
    page = notice_page(cast.bob, at=clock())
    assert [line.notice.source for day in page.days for line in day.lines] == ["stays"]


def test_list_goes_on_where_it_stopped(cast: Cast, greeting: Kind, clock: Clock) -> None:
    for number in range(2 * PAGE_SIZE + 1):
        greet(cast.bob, kind=greeting, at=clock(), source=f"{number:03}")
        if number % 3 == 0:  # some at the very same moment
            clock.forward(hours=1)
    seen: list[str] = []
    before, pages = "", 0
    while pages == 0 or before:
        page = notice_page(cast.bob, at=clock(), before=before)
        seen += [line.notice.source for day in page.days for line in day.lines]
        assert page.days[0].is_continued is False or before
        before, pages = page.next_cursor, pages + 1
    assert pages == 3
    assert seen == [f"{number:03}" for number in reversed(range(2 * PAGE_SIZE + 1))]


def test_list_groups_by_day_and_does_not_repeat_its_heading(
    cast: Cast, as_bob: Client, greeting: Kind
) -> None:
    at = times.now()
    for number in range(PAGE_SIZE + 1):
        greet(cast.bob, kind=greeting, at=at, source=f"{number:03}")
    first = html_of(as_bob, "/notices/")
    assert first.count("<h2") == 1
    oldest_shown = Notice.objects.get(source="001")
    rest = html_of(as_bob, f"/notices/?before={oldest_shown.key}", **{"HX-Request": "true"})
    assert rest.count('data-testid="notice"') == 1
    assert "<h2" not in rest
    assert "<html" not in rest


def test_cursor_of_somebody_else_starts_at_the_top(
    cast: Cast, greeting: Kind, clock: Clock
) -> None:
    greet(cast.bob, kind=greeting, at=clock())
    greet(cast.alice, kind=greeting, at=clock())
    theirs = Notice.objects.get(person=cast.alice)
    for forged in (theirs.key, "nonsense", "\x00"[1:], "n" * 500):
        page = notice_page(cast.bob, at=clock(), before=forged)
        assert sum(len(day.lines) for day in page.days) == 1


@pytest.mark.parametrize("count", [1, 3])
def test_list_takes_a_constant_number_of_queries(
    cast: Cast, as_bob: Client, greeting: Kind, django_assert_num_queries, count: int
) -> None:
    for number in range(count):
        greet(cast.bob, kind=greeting, at=times.now(), source=str(number))
    with django_assert_num_queries(2):
        notice_page(cast.bob, at=times.now())


def test_unread_count_is_one_query(
    cast: Cast, greeting: Kind, clock: Clock, django_assert_num_queries
) -> None:
    for number in range(3):
        greet(cast.bob, kind=greeting, at=clock(), source=str(number))
    with django_assert_num_queries(1):
        assert unread_count(cast.bob) == 3


def test_opening_marks_read_and_leads_on(cast: Cast, as_bob: Client, greeting: Kind) -> None:
    greet(cast.bob, kind=greeting, at=times.now())
    notice = Notice.objects.get()
    response = as_bob.get(f"/notices/{notice.key}/")
    assert (response.status_code, response["Location"]) == (302, "/kudos/")
    first_read = Notice.objects.get().read_at
    assert first_read is not None
    as_bob.get(f"/notices/{notice.key}/")
    assert Notice.objects.get().read_at == first_read


def test_opening_another_persons_notice_is_404(
    cast: Cast, as_alice: Client, as_admin: Client, greeting: Kind
) -> None:
    greet(cast.bob, kind=greeting, at=times.now())
    notice = Notice.objects.get()
    for client in (as_alice, as_admin):
        assert client.get(f"/notices/{notice.key}/").status_code == 404
    assert Notice.objects.get().read_at is None


def test_mark_all_read_leaves_others_and_what_is_held(
    cast: Cast, as_bob: Client, greeting: Kind
) -> None:
    at = times.now()
    greet(cast.alice, cast.bob, kind=greeting, at=at)
    greet(cast.bob, kind=greeting, at=at, source="held", hold=dt.timedelta(hours=1))
    assert as_bob.post("/notices/read/").status_code == 302
    assert unread_count(cast.bob) == 0
    assert unread_count(cast.alice) == 1
    assert Notice.objects.get(source="held").read_at is None
    assert as_bob.get("/notices/read/").status_code == 405


# --- deliveries ------------------------------------------------------------------------------------
def test_status_is_for_hr_and_administrators_of_everything(
    cast: Cast, as_alice: Client, as_keeper: Client, as_admin: Client, greeting: Kind
) -> None:
    greet(cast.bob, kind=greeting, at=times.now())
    delivery = Delivery.objects.get()
    partner_hr = sign_in(Client(), cast.charlie)
    factories.give_role(cast.charlie, RoleAssignment.Role.HR, employer=cast.partner)
    for client in (as_alice, as_keeper, partner_hr):
        assert client.get("/notices/status/").status_code == 403
        assert client.post("/notices/status/retry/").status_code == 403
        assert client.post(f"/notices/status/{delivery.key}/retry/").status_code == 403
        assert client.post("/notices/status/m0/retry/").status_code == 403
    assert as_admin.get("/notices/status/").status_code == 200
    assert as_admin.post("/notices/status/m0/retry/").status_code == 404
    assert as_admin.get("/notices/status/retry/").status_code == 405


def test_status_tells_what_is_wrong_without_addresses(
    cast: Cast, as_admin: Client, greeting: Kind, clock: Clock, mail_server: SmtpServer
) -> None:
    mail_server.on_rcpt = lambda address: (
        f"550 <{address}> unknown" if address.startswith("bob") else f"450 {address} later"
    )
    greet(cast.bob, cast.charlie, kind=greeting, at=clock())
    deliver(clock)
    html = html_of(as_admin, "/notices/status/")
    assert html.count('data-testid="trouble"') == 2
    assert '<dd data-testid="failing-count">1</dd>' in html
    assert '<dd data-testid="given-up-count">1</dd>' in html
    assert "BB @fj….example" in html
    assert "550 &lt;…&gt; unknown" in html
    assert "bob@" not in html
    assert "charlie@" not in html
    assert "nordsvar.example" not in html
    assert "Bob" not in html


def test_retry_button_sends_again(
    cast: Cast, as_admin: Client, greeting: Kind, clock: Clock, mail_server: SmtpServer
) -> None:
    mail_server.on_rcpt = lambda address: "550 unknown"
    greet(cast.bob, cast.charlie, kind=greeting, at=clock())
    deliver(clock)
    mail_server.on_rcpt = lambda address: "250 OK"
    of_bob = Delivery.objects.get(notice__person=cast.bob)
    as_admin.post(f"/notices/status/{of_bob.key}/retry/")
    clock.forward(minutes=10)
    assert deliver(clock) == 1
    assert mail_server.recipients == ["bob@fjordtel.example"]
    as_admin.post("/notices/status/retry/")
    assert deliver(clock) == 1
    assert mail_server.recipients == ["bob@fjordtel.example", "charlie@nordsvar.example"]
    # Pressed twice, nothing is sent twice.
    as_admin.post("/notices/status/retry/")
    as_admin.post(f"/notices/status/{of_bob.key}/retry/")
    assert deliver(clock) == 0


def test_status_says_since_when_the_server_is_away(cast: Cast, as_admin: Client) -> None:
    assert 'data-testid="mail-outage"' not in html_of(as_admin, "/notices/status/")
    since = dt.datetime(2026, 11, 23, 9, 42, tzinfo=dt.UTC)
    Outage.objects.create(
        channel="mail", since_at=since, last_tried_at=since, last_error="Connection refused"
    )
    html = html_of(as_admin, "/notices/status/")
    assert 'data-testid="mail-outage"' in html
    assert "10:42" in html


def digest_for(person: Person, kind: Kind, at: dt.datetime) -> Delivery:
    NoticeChoice.objects.get_or_create(person=person, kind=kind.key, way="digest")
    greet(person, kind=kind, at=at, source="1")
    greet(person, kind=kind, at=at, source="2")
    return Delivery.objects.get(reader=person)


def test_status_counts_a_digest_as_the_one_mail_it_is(
    cast: Cast, as_admin: Client, greeting: Kind, clock: Clock, mail_server: SmtpServer
) -> None:
    digest = digest_for(cast.bob, greeting, clock())
    html = html_of(as_admin, "/notices/status/")
    assert '<dd data-testid="digest-count">1</dd>' in html
    assert '<dd data-testid="due-count">0</dd>' in html
    assert "Bob" not in html
    assert "bob@" not in html
    clock.at = max(digest.due_at, clock())
    mail_server.on_rcpt = lambda address: f"550 <{address}> unknown"
    deliver(clock)
    html = html_of(as_admin, "/notices/status/")
    assert html.count('data-testid="trouble"') == 1
    assert '<dd data-testid="given-up-count">1</dd>' in html
    assert '<dd data-testid="digest-count">0</dd>' in html
    assert "BB @fj….example" in html
    assert "Bob" not in html
    mail_server.on_rcpt = lambda address: "250 OK"
    as_admin.post(f"/notices/status/{digest.key}/retry/")
    assert deliver(clock) == 1
    assert mail_server.recipients == ["bob@fjordtel.example"]
    status = delivery_status(at=clock())
    assert (status.sent_count, status.troubles) == (1, [])


def test_nothing_is_sent_again_for_what_rides_in_a_digest(
    cast: Cast, as_admin: Client, greeting: Kind, clock: Clock
) -> None:
    digest = digest_for(cast.bob, greeting, clock())
    for rider in digest.riders.all():
        as_admin.post(f"/notices/status/{rider.key}/retry/")
    assert set(digest.riders.values_list("due_at", flat=True)) == {digest.due_at}


@pytest.mark.parametrize("count", [1, 3])
def test_status_takes_a_constant_number_of_queries(
    cast: Cast, as_admin: Client, greeting: Kind, django_assert_num_queries, count: int
) -> None:
    for number in range(count):
        greet(cast.bob, kind=greeting, at=times.now(), source=str(number))
    Delivery.objects.update(reason="busy", attempt_count=1)
    with django_assert_num_queries(3):
        assert len(delivery_status(at=times.now()).troubles) == count


def test_addresses_are_masked() -> None:
    assert masked("bob@fjordtel.example") == "@fj….example"
    assert masked("bob@mail.fjordtel.no") == "@ma….no"
    assert masked("") == "…"
    assert masked("no address") == "…"
