"""The way out: each mail once, whatever the server, the network and the workers do."""

import datetime as dt
import random
import threading
from collections.abc import Callable

import pytest
from django.db import connection, connections
from pytest_django import Settings

from engagement.notices import actions
from engagement.notices.actions.sending import LEASE, claim_delivery, next_wait
from engagement.notices.kinds import Kind
from engagement.notices.models import Delivery, Notice, Outage
from engagement.notices.post import MailLine
from tests import factories
from tests.conftest import Cast
from tests.notices.conftest import NOON, Clock, deliver, greet
from tests.notices.smtp_server import OK, SmtpServer

ADDRESSES = ["alice@fjordtel.example", "bob@fjordtel.example", "charlie@nordsvar.example"]


def queue_code(at: dt.datetime = NOON, to: str = "bob@fjordtel.example") -> Delivery:
    return actions.queue_account_mail(
        to=to, subject="Your code", text="It is 482913.", html="<p>It is 482913.</p>", at=at
    )


# --- one good day ---------------------------------------------------------------------------------
def test_mail_is_written_in_the_readers_language(
    cast: Cast, greeting: Kind, clock: Clock, mail_server: SmtpServer
) -> None:
    cast.alice.language = "en"
    cast.alice.save()
    greet(cast.alice, cast.bob, kind=greeting, name="Åse & Ola")
    assert deliver(clock) == 2
    mails = {mail.to[0]: mail.message for mail in mail_server.mails}
    english, norwegian = mails["alice@fjordtel.example"], mails["bob@fjordtel.example"]
    assert english["Subject"] == "Hello from Åse & Ola"
    assert norwegian["Subject"] == "Hei fra Åse & Ola"
    text = norwegian.get_body(("plain",)).get_content()
    html = norwegian.get_body(("html",)).get_content()
    notice = Notice.objects.get(person=cast.bob)
    url = f"/notices/{notice.key}/"
    assert text.splitlines()[0] == "Hei fra Åse & Ola"
    assert url in text
    assert '<html lang="nb"' in html
    assert "<p>Hei fra Åse &amp; Ola</p>" in html
    assert url in html
    assert '<html lang="en"' in english.get_body(("html",)).get_content()


def test_mail_carries_what_mail_programs_need(
    cast: Cast, greeting: Kind, clock: Clock, mail_server: SmtpServer, settings: Settings
) -> None:
    greet(cast.bob, kind=greeting)
    deliver(clock)
    message = mail_server.mails[0].message
    delivery = Delivery.objects.get()
    assert message["Message-ID"] == f"<{delivery.message_id}>"
    assert delivery.message_id.startswith(f"{delivery.key}@")
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Reply-To"] is None
    assert message["To"] == "bob@fjordtel.example"
    assert (delivery.sent_at, delivery.attempt_count, delivery.reason) == (NOON, 1, "")


def test_many_mails_share_one_connection(
    cast: Cast, greeting: Kind, clock: Clock, mail_server: SmtpServer
) -> None:
    greet(cast.alice, cast.bob, cast.charlie, kind=greeting)
    assert deliver(clock) == 3
    assert mail_server.connection_count == 1
    assert mail_server.recipients == ADDRESSES


def test_nothing_due_bothers_no_server(
    cast: Cast, greeting: Kind, clock: Clock, mail_server: SmtpServer
) -> None:
    greet(cast.bob, kind=greeting, hold=dt.timedelta(seconds=8))
    assert deliver(clock) == 0
    assert mail_server.connection_count == 0


def test_account_mail_goes_before_all_others_and_is_erased(
    cast: Cast, greeting: Kind, clock: Clock, mail_server: SmtpServer
) -> None:
    greet(cast.alice, kind=greeting, at=NOON - dt.timedelta(minutes=5))
    queue_code()
    assert deliver(clock) == 2
    assert [mail.to[0] for mail in mail_server.mails] == [
        "bob@fjordtel.example",
        "alice@fjordtel.example",
    ]
    assert "482913" in mail_server.mails[0].message.get_body(("plain",)).get_content()
    sent = Delivery.objects.for_accounts().get()
    assert (sent.to, sent.subject, sent.text, sent.html) == ("", "", "", "")


# --- hostile words ---------------------------------------------------------------------------------
def test_hostile_subject_adds_no_header(
    cast: Cast, greeting: Kind, clock: Clock, mail_server: SmtpServer
) -> None:
    hostile = "Ola\r\nBcc: charlie@nordsvar.example\r\n\r\nHa\u2028ha\u202e" + "x" * 300
    greet(cast.bob, kind=greeting, name=hostile)
    actions.queue_account_mail(
        to="bob@fjordtel.example", subject=hostile, text="t", html="", at=NOON
    )
    assert deliver(clock) == 2
    for mail in mail_server.mails:
        assert mail.to == ("bob@fjordtel.example",)
        assert mail.message["Bcc"] is None
        subject = mail.message["Subject"].strip()
        assert "Bcc: charlie@nordsvar.example Ha ha" in subject
        assert "\u202e" not in subject
        assert len(subject) == 150


def test_markup_in_words_stays_text(
    cast: Cast, greeting: Kind, clock: Clock, mail_server: SmtpServer
) -> None:
    greet(cast.bob, kind=greeting, name='<script>x</script>"')
    deliver(clock)
    html = mail_server.mails[0].message.get_body(("html",)).get_content()
    assert "<script" not in html
    assert "&lt;script&gt;x&lt;/script&gt;&quot;" in html


@pytest.mark.parametrize(
    "address", ["bob@x\r\nRCPT TO:<eve@evil.example>", "no address", "a@b", "<eve@evil.example>"]
)
def test_invalid_address_is_given_up_at_once(
    cast: Cast, greeting: Kind, clock: Clock, mail_server: SmtpServer, address: str
) -> None:
    type(cast.bob).objects.filter(pk=cast.bob.pk).update(email=address)
    cast.bob.refresh_from_db()
    greet(cast.bob, cast.alice, kind=greeting)
    assert deliver(clock) == 1
    assert mail_server.recipients == ["alice@fjordtel.example"]
    [given_up] = Delivery.objects.given_up()
    assert (given_up.reason, given_up.gave_up_at) == ("bad_address", NOON)


# --- a server in trouble ---------------------------------------------------------------------------
def test_dead_server_for_an_hour_loses_nothing(
    cast: Cast, greeting: Kind, clock: Clock, mail_server: SmtpServer
) -> None:
    mail_server.stop()
    people = [factories.make_person("P", str(n), email=f"p{n}@x.example") for n in range(20)]
    greet(*people, kind=greeting)
    for _ in range(60 * 3):
        assert deliver(clock) == 0
        clock.forward(seconds=20)
    # The server was to blame: no mail has used up an attempt.
    assert set(Delivery.objects.values_list("attempt_count", "reason")) == {(0, "")}
    assert Outage.objects.get().since_at == NOON

    mail_server.start()
    for _ in range(9):
        deliver(clock)
        clock.forward(seconds=20)
    assert mail_server.recipients == sorted(person.email for person in people)
    assert Delivery.objects.filter(sent_at__isnull=False).count() == 20
    assert not Outage.objects.exists()


def test_dead_server_is_asked_once_a_minute(
    cast: Cast, greeting: Kind, clock: Clock, mail_server: SmtpServer
) -> None:
    mail_server.greeting = "554 go away"
    greet(cast.bob, kind=greeting)
    for _ in range(9):
        deliver(clock)
        clock.forward(seconds=20)
    assert mail_server.connection_count == 3


def test_outage_ends_when_the_server_answers_although_nothing_is_due(
    cast: Cast, clock: Clock, mail_server: SmtpServer
) -> None:
    mail_server.stop()
    queue_code()
    deliver(clock)
    assert Outage.objects.exists()
    mail_server.start()
    clock.forward(minutes=20)
    assert deliver(clock) == 0
    assert not Outage.objects.exists()


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("greeting", "421 not now"),
        ("on_hello", "550 who are you"),
        ("on_mail", "550 we do not send for you"),
        ("on_mail", "451 no room"),
        ("hangs_at", "connect"),
    ],
)
def test_server_that_takes_nothing_costs_no_mail_its_attempts(
    cast: Cast,
    greeting: Kind,
    clock: Clock,
    mail_server: SmtpServer,
    settings: Settings,
    attribute: str,
    value: str,
) -> None:
    settings.EMAIL_TIMEOUT = 1 if value == "connect" else 20
    good = getattr(mail_server, attribute)
    setattr(mail_server, attribute, value)
    greet(cast.alice, cast.bob, cast.charlie, kind=greeting)
    assert deliver(clock) == 0
    assert Outage.objects.count() == 1
    assert set(Delivery.objects.values_list("attempt_count", "gave_up_at")) == {(0, None)}
    setattr(mail_server, attribute, good)
    settings.EMAIL_TIMEOUT = 20
    clock.forward(minutes=1)
    assert deliver(clock) == 3
    assert mail_server.recipients == ADDRESSES


def test_hanging_server_stops_the_run_after_three_mails(
    cast: Cast, greeting: Kind, clock: Clock, mail_server: SmtpServer, settings: Settings
) -> None:
    settings.EMAIL_TIMEOUT = 1.5
    mail_server.hangs_at = "RCPT"
    people = [factories.make_person("P", str(n), email=f"p{n}@x.example") for n in range(5)]
    greet(*people, kind=greeting)
    assert deliver(clock) == 0
    assert sorted(Delivery.objects.values_list("attempt_count", flat=True)) == [0, 0, 1, 1, 1]
    assert Outage.objects.count() == 1
    # While it lasts, one mail at a time.
    clock.forward(minutes=2)
    deliver(clock)
    assert sum(Delivery.objects.values_list("attempt_count", flat=True)) == 4
    mail_server.hangs_at = ""
    mail_server.released.set()
    settings.EMAIL_TIMEOUT = 20
    clock.forward(minutes=2)
    assert deliver(clock) == 5


def test_one_mail_the_server_chokes_on_does_not_stop_the_others(
    cast: Cast, greeting: Kind, clock: Clock, mail_server: SmtpServer
) -> None:
    def choke(to: tuple[str, ...]) -> str:
        return "421 ouch" if to == ("bob@fjordtel.example",) else "250 OK"

    mail_server.on_data = choke
    greet(cast.alice, cast.bob, cast.charlie, kind=greeting)
    assert deliver(clock) == 2
    assert mail_server.recipients == [ADDRESSES[0], ADDRESSES[2]]
    assert not Outage.objects.exists()


def test_yes_that_was_never_heard_is_sent_again_with_the_same_id(
    cast: Cast, greeting: Kind, clock: Clock, mail_server: SmtpServer
) -> None:
    mail_server.drops_at = "AFTER DATA"
    greet(cast.bob, kind=greeting)
    assert deliver(clock) == 0
    mail_server.drops_at = ""
    clock.forward(minutes=1)
    assert deliver(clock) == 1
    first, second = mail_server.mails
    assert first.message["Message-ID"] == second.message["Message-ID"]


def test_temporary_refusal_is_tried_again_later(
    cast: Cast, greeting: Kind, clock: Clock, mail_server: SmtpServer
) -> None:
    mail_server.on_rcpt = lambda address: f"450 <{address}> try later"
    greet(cast.bob, kind=greeting)
    assert deliver(clock) == 0
    delivery = Delivery.objects.get()
    assert (delivery.reason, delivery.last_error) == ("busy", "450 <…> try later")
    assert dt.timedelta(seconds=15) <= delivery.next_attempt_at - NOON <= dt.timedelta(seconds=30)
    assert deliver(clock) == 0
    assert Delivery.objects.get().attempt_count == 1
    mail_server.on_rcpt = lambda address: "250 OK"
    clock.forward(seconds=30)
    assert deliver(clock) == 1


def test_waits_double_up_to_half_an_hour() -> None:
    rng = random.Random(7)
    for attempt, longest in [(1, 30), (2, 60), (3, 120), (6, 960), (7, 1800), (400, 1800)]:
        waits = [next_wait(attempt, rng).total_seconds() for _ in range(200)]
        assert longest / 2 <= min(waits) < max(waits) <= longest
        assert len(set(waits)) > 100


def test_three_days_of_refusals_are_enough(
    cast: Cast, greeting: Kind, clock: Clock, mail_server: SmtpServer
) -> None:
    mail_server.on_rcpt = lambda address: "452 mailbox full"
    greet(cast.bob, kind=greeting)
    while Delivery.objects.waiting().exists():
        deliver(clock)
        clock.forward(minutes=15)
    delivery = Delivery.objects.get()
    assert delivery.reason == "no_luck"
    assert delivery.last_error == "452 mailbox full"
    tried_for = delivery.gave_up_at - NOON
    assert dt.timedelta(days=3) <= tried_for <= dt.timedelta(days=3, hours=1)


def test_permanent_refusal_gives_up_at_once_and_tells_no_address(
    cast: Cast, greeting: Kind, clock: Clock, mail_server: SmtpServer
) -> None:
    mail_server.on_rcpt = lambda address: (
        f"550 5.1.1 <{address}>: unknown" if address.startswith("bob") else "250 OK"
    )
    greet(cast.alice, cast.bob, cast.charlie, kind=greeting)
    assert deliver(clock) == 2
    [given_up] = Delivery.objects.given_up()
    assert given_up.reason == "bad_address"
    assert given_up.last_error == "550 5.1.1 <…>: unknown"
    clock.forward(days=1)
    assert deliver(clock) == 0


def test_refused_content_gives_up(
    cast: Cast, greeting: Kind, clock: Clock, mail_server: SmtpServer
) -> None:
    mail_server.on_data = lambda to: "554 looks like spam"
    greet(cast.bob, kind=greeting)
    deliver(clock)
    assert Delivery.objects.get().reason == "refused"


def test_retry_starts_anew(
    cast: Cast, greeting: Kind, clock: Clock, mail_server: SmtpServer, rings: list[str]
) -> None:
    mail_server.on_rcpt = lambda address: "550 unknown"
    greet(cast.bob, kind=greeting)
    deliver(clock)
    mail_server.on_rcpt = lambda address: "250 OK"
    clock.forward(days=5)
    rings.clear()
    assert actions.retry_delivery(delivery=Delivery.objects.get(), at=clock())
    assert rings == ["engagement.notices.tasks.deliver_mail"]
    assert deliver(clock) == 1
    assert not actions.retry_delivery(delivery=Delivery.objects.get(), at=clock())
    assert mail_server.recipients == ["bob@fjordtel.example"]


# --- changed meanwhile -----------------------------------------------------------------------------
def test_leavers_and_people_without_address_get_no_mail(
    cast: Cast, greeting: Kind, clock: Clock, mail_server: SmtpServer
) -> None:
    greet(cast.alice, cast.bob, cast.charlie, kind=greeting)
    cast.bob.left_on = NOON.date()
    cast.bob.save()
    cast.charlie.email = ""
    cast.charlie.save()
    assert deliver(clock) == 1
    assert mail_server.recipients == ["alice@fjordtel.example"]
    cancelled = Delivery.objects.filter(cancelled_at__isnull=False)
    assert set(cancelled.values_list("reason", flat=True)) == {"left", "no_address"}


def test_mail_goes_to_the_address_of_today(
    cast: Cast, greeting: Kind, clock: Clock, mail_server: SmtpServer
) -> None:
    greet(cast.bob, kind=greeting)
    cast.bob.email = "bob.berg@fjordtel.example"
    cast.bob.save()
    deliver(clock)
    assert mail_server.recipients == ["bob.berg@fjordtel.example"]


def test_what_is_gone_is_not_sent(
    cast: Cast, greeting: Kind, clock: Clock, mail_server: SmtpServer
) -> None:
    greet(cast.bob, kind=greeting, name="")
    greet(cast.bob, kind=greeting, source="2")
    assert deliver(clock) == 1
    assert Delivery.objects.get(cancelled_at__isnull=False).reason == "gone"


def test_mail_that_cannot_be_written_stops_no_other(
    cast: Cast,
    greeting: Kind,
    clock: Clock,
    mail_server: SmtpServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    broken = Kind(key="broken", title="No templates")
    greet(cast.bob, kind=broken, source="1")
    greet(cast.bob, kind=greeting, source="2")
    assert deliver(clock) == 1
    failing = Delivery.objects.failing().get()
    assert (failing.reason, failing.last_error) == ("not_written", "KeyError")


def test_late_code_is_given_up_and_erased(
    cast: Cast, clock: Clock, mail_server: SmtpServer
) -> None:
    mail_server.stop()
    queue_code()
    deliver(clock)
    clock.forward(minutes=14, seconds=59)
    deliver(clock)
    assert Delivery.objects.get().text == "It is 482913."
    clock.forward(seconds=1)
    mail_server.start()
    assert deliver(clock) == 0
    delivery = Delivery.objects.get()
    assert (delivery.reason, delivery.gave_up_at) == ("too_old", clock())
    assert (delivery.subject, delivery.text, delivery.html) == ("", "", "")
    assert mail_server.mails == []
    assert actions.retry_deliveries(at=clock()) == 0


# --- many rows --------------------------------------------------------------------------------------
@pytest.mark.parametrize("words", ["for_notices", "for_accounts"])
def test_next_mail_is_found_by_an_index_however_many_were_sent(
    cast: Cast, greeting: Kind, words: str
) -> None:
    def rows(count: int, **facts: object) -> list[Delivery]:
        return [
            Delivery(
                message_id=f"{words}-{len(facts)}-{number}@x",
                created_at=NOON,
                due_at=NOON,
                next_attempt_at=NOON,
                **facts,
            )
            for number in range(count)
        ]

    Delivery.objects.bulk_create(rows(3000, sent_at=NOON))
    digest = Delivery.objects.create(
        reader=cast.bob, slot_at=NOON, message_id="digest@x", created_at=NOON, due_at=NOON,
        next_attempt_at=NOON,
    )  # fmt: skip
    people = [factories.make_person("P", str(n), email=f"p{n}@x.example") for n in range(30)]
    greet(*people, kind=greeting)
    queue_code()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE notices_delivery")
    due = getattr(Delivery.objects.due(NOON), words)()
    plan = due.select_for_update(skip_locked=True)[:1].explain()
    index = {"for_notices": "delivery_waiting_notices", "for_accounts": "delivery_waiting_accounts"}
    assert f"Index Scan using {index[words]}" in plan
    assert "Seq Scan" not in plan
    assert "Sort" not in plan
    assert (digest in due) == (words == "for_notices")


# --- killed, and side by side ----------------------------------------------------------------------
class Killed(BaseException):
    pass


def test_worker_killed_before_the_stamp_sends_again_under_the_same_id(
    cast: Cast,
    greeting: Kind,
    clock: Clock,
    mail_server: SmtpServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    greet(cast.bob, kind=greeting)

    def die(*args: object, **kwargs: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr("engagement.notices.actions.sending._stamp_sent", die)
        with pytest.raises(Killed):
            deliver(clock)
    clock.forward(seconds=LEASE.total_seconds() - 1)
    assert deliver(clock) == 0
    clock.forward(seconds=1)
    assert deliver(clock) == 1
    clock.forward(days=1)
    assert deliver(clock) == 0
    ids = [mail.message["Message-ID"] for mail in mail_server.mails]
    assert len(ids) == 2
    assert len(set(ids)) == 1


def test_late_news_of_a_lost_lease_changes_nothing(
    cast: Cast, greeting: Kind, clock: Clock, mail_server: SmtpServer
) -> None:
    greet(cast.bob, kind=greeting)
    lost = claim_delivery(at=clock())
    assert lost is not None
    clock.forward(minutes=3)
    claimed = claim_delivery(at=clock())
    assert claimed == lost
    actions.sending._cancel(lost, Delivery.Reason.GONE, at=clock())
    assert Delivery.objects.get().cancelled_at is None


@pytest.mark.django_db(transaction=True)
def test_database_lost_between_yes_and_stamp_does_not_send_twice(
    greeting: Kind, mail_server: SmtpServer
) -> None:
    greet(factories.make_person(email="amina@x.example"), kind=greeting)
    connection.ensure_connection()
    ours = connection.connection.info.backend_pid

    def say_yes_and_cut(to: tuple[str, ...]) -> str:
        other = connection.copy()
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", [ours])
        other.close()
        return OK

    mail_server.on_data = say_yes_and_cut
    assert deliver(Clock(NOON)) == 1
    assert Delivery.objects.get().sent_at is not None
    assert len(mail_server.mails) == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_send_each_mail_once(
    greeting: Kind, mail_server: SmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [factories.make_person("P", str(n), email=f"p{n:02}@x.example") for n in range(40)]
    greet(*people, kind=greeting)
    real_send = MailLine.send
    in_transaction: list[bool] = []

    def send(line: MailLine, message: object) -> None:
        in_transaction.append(connection.in_atomic_block)
        real_send(line, message)  # type: ignore[arg-type]

    monkeypatch.setattr(MailLine, "send", send)
    sent = side_by_side(4, lambda: deliver(Clock(NOON)))
    assert sum(sent) == 40
    assert sum(1 for count in sent if count) >= 2
    assert mail_server.recipients == [person.email for person in people]
    assert in_transaction == [False] * 40
    assert set(Delivery.objects.values_list("attempt_count", flat=True)) == {1}


@pytest.mark.django_db(transaction=True)
def test_two_senders_of_the_same_news_tell_once(greeting: Kind) -> None:
    person = factories.make_person(email="amina@x.example")
    told = side_by_side(4, lambda: greet(person, kind=greeting))
    assert sum(told) == 1
    assert Delivery.objects.count() == 1


def side_by_side(count: int, act: Callable[[], int]) -> list[int]:
    """What ``act`` returned in each of ``count`` threads that began together."""
    barrier = threading.Barrier(count)
    answers: list[int] = []

    def run() -> None:
        try:
            barrier.wait(10)
            answers.append(act())
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(answers) == count
    return answers
