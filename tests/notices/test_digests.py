"""What waits for a shift leaves in one mail, once, whatever servers, workers and readers do."""

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from engagement.notices import actions
from engagement.notices.actions.sending import LEASE
from engagement.notices.kinds import KINDS, Kind, Way
from engagement.notices.models import Delivery, Notice, NoticeChoice, NoticeHours
from engagement.people.models import Person, ShiftPattern
from tests import factories
from tests.conftest import Cast
from tests.notices.conftest import Clock, deliver, greet
from tests.notices.smtp_server import SmtpServer
from tests.notices.test_sending import Killed

# NOON is Monday 23 November, 12:00 in Oslo.
TOMORROW_SEVEN = dt.datetime(2026, 11, 24, 6, 0, tzinfo=dt.UTC)
DAY_AFTER = TOMORROW_SEVEN + dt.timedelta(days=1)
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def day_shift(db: None) -> ShiftPattern:
    return ShiftPattern.objects.create(
        key="dag", name_nb="Dag", name_en="Day", weekdays=[1, 2, 3, 4, 5],
        starts_at=dt.time(7), ends_at=dt.time(15),
    )  # fmt: skip


@pytest.fixture
def collected(cast: Cast, greeting: Kind, day_shift: ShiftPattern) -> Kind:
    """Greetings that Alice and Bob, who work from seven, get in a digest."""
    for person in (cast.alice, cast.bob):
        wants_digest(person, greeting, day_shift)
    return greeting


def wants_digest(person: Person, kind: Kind, shift: ShiftPattern | None) -> None:
    person.shift_pattern = shift
    person.save(update_fields=["shift_pattern"])
    NoticeChoice.objects.create(person=person, kind=kind.key, way=Way.DIGEST)


def texts(server: SmtpServer) -> list[str]:
    return [mail.message.get_body(("plain",)).get_content() for mail in server.mails]


def digests() -> Any:
    return Delivery.objects.filter(reader__isnull=False)


def riders() -> Any:
    return Delivery.objects.filter(digest__isnull=False)


@pytest.fixture
def another(greeting: Kind, monkeypatch: pytest.MonkeyPatch) -> Kind:
    """Another kind with the words of a greeting; there is nothing to send it alone."""
    kind = Kind(key="greeting_too", title="Greeting too", load=greeting.load)
    monkeypatch.setitem(KINDS, kind.key, kind)
    return kind


# --- one good day ---------------------------------------------------------------------------------
def test_digest_leaves_when_the_shift_starts_with_all_in_order(
    cast: Cast, collected: Kind, clock: Clock, mail_server: SmtpServer
) -> None:
    for number, name in enumerate(["Ola", "Kari", "Per & Pål"]):
        greet(cast.bob, kind=collected, source=str(number), name=name, at=clock())
        clock.forward(hours=1)
    assert deliver(clock) == 0
    clock.at = TOMORROW_SEVEN - dt.timedelta(seconds=1)
    assert deliver(clock) == 0
    clock.forward(seconds=1)
    assert deliver(clock) == 1
    [text] = texts(mail_server)
    places = [text.index(f"Hei fra {name}") for name in ("Ola", "Kari", "Per & Pål")]
    assert places == sorted(places)
    for notice in Notice.objects.all():
        assert text.count(f"/notices/{notice.key}/") == 1
    message = mail_server.mails[0].message
    html = message.get_body(("html",)).get_content()
    assert "Hei fra Per &amp; Pål" in html
    assert '<html lang="nb"' in html
    assert set(riders().values_list("sent_at", "reason")) == {(TOMORROW_SEVEN, "")}
    clock.forward(days=1)
    assert deliver(clock) == 0


def test_digest_is_written_in_the_readers_language(
    cast: Cast, collected: Kind, clock: Clock, mail_server: SmtpServer
) -> None:
    cast.bob.language = "en"
    cast.bob.save()
    greet(cast.bob, kind=collected, source="1", name="Ola")
    greet(cast.bob, kind=collected, source="2", name="Kari")
    clock.at = TOMORROW_SEVEN
    deliver(clock)
    assert mail_server.mails[0].message["Subject"] == "2 notices for you"
    assert "Hello from Ola" in texts(mail_server)[0]


def test_digest_of_one_says_it_in_the_subject(
    cast: Cast, collected: Kind, clock: Clock, mail_server: SmtpServer
) -> None:
    greet(cast.bob, kind=collected, name="Ola\r\nBcc: eve@evil.example")
    clock.at = TOMORROW_SEVEN
    deliver(clock)
    message = mail_server.mails[0].message
    assert message["Subject"] == "Hei fra Ola Bcc: eve@evil.example"
    assert message["Bcc"] is None


def test_each_reader_and_each_shift_has_a_digest_of_its_own(
    cast: Cast, collected: Kind, clock: Clock, mail_server: SmtpServer
) -> None:
    greet(cast.alice, cast.bob, kind=collected, source="1")
    greet(cast.alice, kind=collected, source="2", at=TOMORROW_SEVEN)
    assert sorted(digests().values_list("reader__given_name", "slot_at")) == [
        ("Alice", TOMORROW_SEVEN),
        ("Alice", DAY_AFTER),
        ("Bob", TOMORROW_SEVEN),
    ]
    clock.at = TOMORROW_SEVEN
    assert deliver(clock) == 2
    clock.at = DAY_AFTER
    assert deliver(clock) == 1


def test_digest_follows_the_wall_clock_of_the_site(
    cast: Cast, collected: Kind, clock: Clock
) -> None:
    cast.trondheim.timezone = "Europe/Vilnius"
    cast.trondheim.save()
    greet(cast.bob, kind=collected)
    assert digests().get().slot_at == TOMORROW_SEVEN - dt.timedelta(hours=1)


def test_site_of_the_unit_above_counts_where_a_team_has_none(
    cast: Cast, greeting: Kind, day_shift: ShiftPattern
) -> None:
    vilnius = factories.make_site("Vilnius", timezone="Europe/Vilnius")
    above = factories.make_unit("Vilnius", site=vilnius)
    person = factories.make_person(
        "Ruta", unit=factories.make_unit("Team Neris", parent=above), email="ruta@x.example"
    )
    wants_digest(person, greeting, day_shift)
    greet(person, kind=greeting)
    assert digests().get().slot_at == TOMORROW_SEVEN - dt.timedelta(hours=1)


def test_night_shift_gets_its_digest_at_night(
    cast: Cast, greeting: Kind, clock: Clock, mail_server: SmtpServer
) -> None:
    night = ShiftPattern.objects.create(
        key="natt", name_nb="Natt", name_en="Night", weekdays=[1, 2, 3, 4],
        starts_at=dt.time(23), ends_at=dt.time(7),
    )  # fmt: skip
    wants_digest(cast.bob, greeting, night)
    greet(cast.bob, kind=greeting)
    clock.at = dt.datetime(2026, 11, 23, 22, 0, tzinfo=dt.UTC)
    assert deliver(clock) == 1


def test_without_a_shift_it_is_weekdays_at_nine_but_never_in_quiet_hours(
    cast: Cast, greeting: Kind, clock: Clock
) -> None:
    wants_digest(cast.alice, greeting, None)
    wants_digest(cast.bob, greeting, None)
    NoticeHours.objects.create(person=cast.bob, quiet_from=dt.time(20), quiet_to=dt.time(10))
    greet(cast.alice, cast.bob, kind=greeting)
    nine = dt.datetime(2026, 11, 24, 8, 0, tzinfo=dt.UTC)
    assert sorted(digests().values_list("reader__given_name", "slot_at", "due_at")) == [
        ("Alice", nine, nine),
        ("Bob", nine, nine + dt.timedelta(hours=1)),
    ]


def test_notify_for_digests_takes_a_constant_number_of_queries(
    cast: Cast, collected: Kind, django_assert_num_queries: Any
) -> None:
    # As without, and: the digests made, the digests held, what rides in them.
    with django_assert_num_queries(7):
        greet(cast.alice, kind=collected, source="one")
    people = [factories.make_person("P", str(n), email=f"p{n}@x.example") for n in range(60)]
    NoticeChoice.objects.bulk_create(
        NoticeChoice(person=person, kind=collected.key, way=Way.DIGEST) for person in people
    )
    with django_assert_num_queries(7):
        assert greet(*people, kind=collected, source="sixty") == 60
    assert riders().count() == 61


# --- what is left out -----------------------------------------------------------------------------
def test_withdrawn_read_gone_and_refused_are_left_out_each_with_its_reason(
    cast: Cast, collected: Kind, clock: Clock, mail_server: SmtpServer, another: Kind
) -> None:
    for source in ("withdrawn", "read", "stays"):
        greet(cast.bob, kind=collected, source=source, name=source)
    greet(cast.bob, kind=collected, source="gone", name="")
    NoticeChoice.objects.create(person=cast.bob, kind=another.key, way=Way.DIGEST)
    greet(cast.bob, kind=another, source="unwanted", name="unwanted")
    actions.withdraw_notices(source="withdrawn", at=clock())
    actions.read_notice(notice=Notice.objects.get(source="read"), at=clock())
    actions.choose_ways(ways={another.key: Way.NONE}, by=cast.bob)
    clock.at = TOMORROW_SEVEN
    assert deliver(clock) == 1
    [text] = texts(mail_server)
    assert "Hei fra stays" in text
    for word in ("withdrawn", "read", "unwanted"):
        assert f"Hei fra {word}" not in text
    ends = {one.notice.source: (one.reason, one.sent_at is None) for one in riders()}
    assert ends == {
        "withdrawn": ("withdrawn", True),
        "read": ("read", True),
        "gone": ("gone", True),
        "unwanted": ("unwanted", True),
        "stays": ("", False),
    }


def test_what_is_read_is_mailed_all_the_same_where_reading_is_nobodys_business(
    cast: Cast, collected: Kind, clock: Clock, mail_server: SmtpServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setitem(KINDS, collected.key, replace(collected, mails_when_read=True))
    for source in ("read", "withdrawn"):
        greet(cast.bob, kind=collected, source=source, name=source)
        actions.read_notice(notice=Notice.objects.get(source=source), at=clock())
    actions.withdraw_notices(source="withdrawn", at=clock())
    clock.at = TOMORROW_SEVEN
    assert deliver(clock) == 1
    ends = {one.notice.source: (one.reason, one.sent_at is None) for one in riders()}
    assert ends == {"withdrawn": ("withdrawn", True), "read": ("", False)}
    # Muted stays muted.
    greet(cast.bob, kind=collected, source="muted", at=clock())
    actions.choose_ways(ways={collected.key: Way.NONE}, by=cast.bob)
    clock.forward(days=2)
    assert deliver(clock) == 0
    assert riders().get(notice__source="muted").reason == "unwanted"


def test_empty_digest_is_not_sent(
    cast: Cast, collected: Kind, clock: Clock, mail_server: SmtpServer
) -> None:
    greet(cast.bob, kind=collected)
    actions.read_all_notices(by=cast.bob, at=clock())
    clock.at = TOMORROW_SEVEN
    assert deliver(clock) == 0
    assert mail_server.mails == []
    digest = digests().get()
    assert (digest.cancelled_at, digest.reason) == (TOMORROW_SEVEN, "empty")
    assert riders().get().reason == "read"
    clock.forward(days=1)
    assert deliver(clock) == 0
    assert actions.retry_deliveries(at=clock()) == 0


def test_digest_of_a_leaver_ends_with_all_that_is_in_it(
    cast: Cast, collected: Kind, clock: Clock, mail_server: SmtpServer
) -> None:
    greet(cast.bob, kind=collected, source="1")
    greet(cast.bob, kind=collected, source="2")
    cast.bob.left_on = TOMORROW_SEVEN.date()
    cast.bob.save()
    clock.at = TOMORROW_SEVEN
    assert deliver(clock) == 0
    assert set(Delivery.objects.values_list("reason", "cancelled_at")) == {("left", TOMORROW_SEVEN)}


def test_what_cannot_be_written_stops_no_other(
    cast: Cast,
    collected: Kind,
    clock: Clock,
    mail_server: SmtpServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    broken = Kind(key="broken", title="No templates", mail_default=Way.DIGEST)
    monkeypatch.setitem(KINDS, "broken", broken)
    greet(cast.bob, kind=collected, source="1", name="Ola")
    greet(cast.bob, kind=broken, source="2")
    clock.at = TOMORROW_SEVEN
    assert deliver(clock) == 1
    assert "Hei fra Ola" in texts(mail_server)[0]
    assert riders().get(notice__kind="broken").reason == "not_written"


def test_kinds_that_hide_their_reader_never_wait_in_a_digest(
    cast: Cast, collected: Kind, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    hidden = Kind(key="hidden", title="Hidden", hides_reader=True, mail_default=Way.DIGEST)
    NoticeChoice.objects.create(person=cast.bob, kind="hidden", way=Way.DIGEST)
    night = dt.datetime(2026, 11, 24, 2, 0, tzinfo=dt.UTC)
    greet(cast.bob, kind=hidden, at=night)
    assert digests().count() == 0
    assert Delivery.objects.get().due_at == night


# --- trouble --------------------------------------------------------------------------------------
def test_dead_server_for_an_hour_loses_and_doubles_no_digest(
    cast: Cast, collected: Kind, clock: Clock, mail_server: SmtpServer
) -> None:
    greet(cast.alice, cast.bob, kind=collected)
    mail_server.stop()
    clock.at = TOMORROW_SEVEN
    for _ in range(60 * 3):
        assert deliver(clock) == 0
        clock.forward(seconds=20)
    mail_server.start()
    for _ in range(9):
        deliver(clock)
        clock.forward(seconds=20)
    assert mail_server.recipients == ["alice@fjordtel.example", "bob@fjordtel.example"]
    assert riders().filter(sent_at__isnull=False).count() == 2


def test_digest_that_failed_takes_nothing_in_any_more_and_is_tried_again(
    cast: Cast, collected: Kind, clock: Clock, mail_server: SmtpServer
) -> None:
    mail_server.on_rcpt = lambda address: "450 later"
    greet(cast.bob, kind=collected, source="1", name="Ola")
    clock.at = TOMORROW_SEVEN
    deliver(clock)
    greet(cast.bob, kind=collected, source="2", name="Kari", at=TOMORROW_SEVEN - MINUTE)
    assert sorted(digests().values_list("slot_at", flat=True)) == [TOMORROW_SEVEN, DAY_AFTER]
    mail_server.on_rcpt = lambda address: "250 OK"
    clock.forward(minutes=1)
    assert deliver(clock) == 1
    assert "Kari" not in texts(mail_server)[0]
    clock.at = DAY_AFTER
    assert deliver(clock) == 1
    assert "Ola" not in texts(mail_server)[1]


def test_digest_that_was_given_up_can_be_sent_again(
    cast: Cast, collected: Kind, clock: Clock, mail_server: SmtpServer
) -> None:
    mail_server.on_rcpt = lambda address: "550 unknown"
    greet(cast.bob, kind=collected, source="1")
    greet(cast.bob, kind=collected, source="2", name="Kari")
    clock.at = TOMORROW_SEVEN
    deliver(clock)
    digest = digests().get()
    assert (digest.reason, digest.gave_up_at) == ("bad_address", TOMORROW_SEVEN)
    mail_server.on_rcpt = lambda address: "250 OK"
    actions.withdraw_notices(source="1", at=clock())
    assert actions.retry_deliveries(at=clock()) == 1
    assert deliver(clock) == 1
    assert "Ola" not in texts(mail_server)[0]
    assert not actions.retry_delivery(delivery=digest, at=clock())


def test_worker_killed_before_the_stamp_sends_the_digest_again_under_the_same_id(
    cast: Cast,
    collected: Kind,
    clock: Clock,
    mail_server: SmtpServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    greet(cast.bob, kind=collected)
    clock.at = TOMORROW_SEVEN

    def die(*args: object, **kwargs: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr("engagement.notices.actions.sending._stamp_sent", die)
        with pytest.raises(Killed):
            deliver(clock)
    # Said meanwhile, while the lease runs: it goes into the next one, not into the one that left.
    greet(cast.bob, kind=collected, source="2", name="Kari", at=TOMORROW_SEVEN - MINUTE)
    clock.forward(seconds=LEASE.total_seconds())
    assert deliver(clock) == 1
    first, second = texts(mail_server)
    assert "Kari" not in first + second
    ids = {mail.message["Message-ID"] for mail in mail_server.mails}
    assert len(ids) == 1
    clock.at = DAY_AFTER
    assert deliver(clock) == 1
    assert "Kari" in texts(mail_server)[2]


def test_late_mail_waits_for_the_end_of_quiet_hours(
    cast: Cast, greeting: Kind, clock: Clock, mail_server: SmtpServer
) -> None:
    evening = dt.datetime(2026, 11, 23, 19, 30, tzinfo=dt.UTC)
    mail_server.stop()
    greet(cast.bob, kind=greeting, at=evening)
    clock.at = evening
    deliver(clock)
    mail_server.start()
    clock.at = evening + dt.timedelta(hours=2)
    assert deliver(clock) == 0
    waiting = Delivery.objects.get()
    assert (waiting.due_at, waiting.attempt_count, waiting.reason) == (TOMORROW_SEVEN, 0, "")
    clock.at = TOMORROW_SEVEN
    assert deliver(clock) == 1
