"""Telling people, holding, taking back."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from engagement.notices import actions
from engagement.notices.kinds import Kind, register_kind
from engagement.notices.models import Delivery, Notice
from engagement.notices.queries import unread_count
from tests.conftest import Cast
from tests.notices.conftest import NOON, Clock, deliver, greet
from tests.notices.smtp_server import SmtpServer

HOLD = dt.timedelta(seconds=8)


def test_notify_tells_each_person_once(cast: Cast, greeting: Kind, rings: list[str]) -> None:
    assert greet(cast.alice, cast.bob, cast.bob, kind=greeting) == 2
    assert greet(cast.alice, cast.bob, kind=greeting) == 0
    assert Notice.objects.count() == 2
    assert Delivery.objects.count() == 2
    assert rings == ["engagement.notices.tasks.deliver_mail"]


def test_notify_adds_only_those_not_told_before(cast: Cast, greeting: Kind) -> None:
    greet(cast.alice, kind=greeting)
    assert greet(cast.alice, cast.bob, kind=greeting) == 1
    assert Delivery.objects.count() == 2


def test_notify_without_address_stays_in_the_product(cast: Cast, greeting: Kind) -> None:
    assert greet(cast.keeper, kind=greeting) == 1
    assert Delivery.objects.count() == 0
    assert unread_count(cast.keeper, at=NOON) == 1


def test_notify_passes_over_leavers(cast: Cast, greeting: Kind) -> None:
    cast.bob.left_on = NOON.date()
    assert greet(cast.bob, kind=greeting) == 0
    assert Notice.objects.count() == 0


def test_notify_for_history_sends_no_mail(cast: Cast, greeting: Kind) -> None:
    actions.notify(people=[cast.bob], kind=greeting, source="s", link="/", by_mail=False, at=NOON)
    assert Delivery.objects.count() == 0


def test_notify_on_hold_rings_nobody_and_shows_nothing(
    cast: Cast, greeting: Kind, rings: list[str]
) -> None:
    greet(cast.bob, kind=greeting, hold=HOLD)
    assert rings == []
    assert unread_count(cast.bob, at=NOON + HOLD - dt.timedelta(microseconds=1)) == 0
    assert unread_count(cast.bob, at=NOON + HOLD) == 1


def test_notify_takes_a_constant_number_of_queries(
    cast: Cast, greeting: Kind, django_assert_num_queries
) -> None:
    # Who they are and where, two writes, one read.
    with django_assert_num_queries(5):
        greet(cast.alice, kind=greeting, source="one")
    with django_assert_num_queries(5):
        greet(cast.alice, cast.bob, cast.charlie, kind=greeting, source="three")


@pytest.mark.parametrize("link", ["https://evil.example/", "//evil.example", "/\\evil", "", "x"])
def test_notice_cannot_link_out_of_the_house(cast: Cast, greeting: Kind, link: str) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        actions.notify(people=[cast.bob], kind=greeting, source="s", link=link, at=NOON)


def test_withdrawn_within_the_hold_never_leaves(
    cast: Cast, greeting: Kind, clock: Clock, mail_server: SmtpServer
) -> None:
    greet(cast.bob, kind=greeting, hold=HOLD)
    greet(cast.bob, kind=greeting, hold=HOLD, source="greeting:2", name="Kari")
    assert deliver(clock) == 0
    clock.forward(seconds=7)
    assert actions.withdraw_notices(source="greeting:1", at=clock()) == 1
    clock.forward(hours=1)
    assert deliver(clock) == 1
    assert [mail.message["Subject"] for mail in mail_server.mails] == ["Hei fra Kari"]
    assert unread_count(cast.bob, at=clock()) == 1
    delivery = Delivery.objects.get(notice__source="greeting:1")
    assert (delivery.cancelled_at, delivery.reason) == (NOON + dt.timedelta(seconds=7), "withdrawn")
    # Saying it again does not bring it back.
    assert greet(cast.bob, kind=greeting, at=clock()) == 0


def test_withdrawn_after_giving_up_cannot_be_retried(
    cast: Cast, greeting: Kind, clock: Clock, mail_server: SmtpServer
) -> None:
    mail_server.on_rcpt = lambda address: "550 No such user"
    greet(cast.bob, kind=greeting)
    deliver(clock)
    actions.withdraw_notices(source="greeting:1", at=clock())
    assert actions.retry_deliveries(at=clock()) == 0


def test_account_mail_is_due_at_once_and_rings(cast: Cast, rings: list[str]) -> None:
    delivery = actions.queue_account_mail(
        to="bob@fjordtel.example", subject="Code", text="Your code is 123", html="", at=NOON
    )
    assert list(Delivery.objects.due(NOON)) == [delivery]
    assert rings == ["engagement.notices.tasks.deliver_mail"]


def test_account_mail_without_html_gets_the_look_of_the_others(cast: Cast) -> None:
    delivery = actions.queue_account_mail(
        to="bob@fjordtel.example",
        subject="Reset",
        text="Hello <b>\n\nhttp://x.example/reset/a-b/",
        html="",
        at=NOON,
    )
    assert "Hello &lt;b&gt;" in delivery.html
    assert '<a href="http://x.example/reset/a-b/">' in delivery.html
    assert '<html lang="nb"' in delivery.html
    assert "/notices/" not in delivery.html


def test_delivery_of_a_notice_keeps_no_words(cast: Cast, greeting: Kind) -> None:
    greet(cast.bob, kind=greeting)
    delivery = Delivery.objects.get()
    delivery.text = "A copy"
    with pytest.raises(ValidationError):
        delivery.full_clean()


def test_kind_with_a_taken_key_is_refused(greeting: Kind) -> None:
    assert register_kind(greeting) is greeting
    with pytest.raises(ValueError, match="two kinds"):
        register_kind(Kind(key=greeting.key, title="Another"))
