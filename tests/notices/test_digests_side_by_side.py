"""Digests with several tellers and several workers: nothing lost, nothing doubled."""

import datetime as dt
import threading
from typing import Any

import pytest
from django.db import connection, connections, transaction

from engagement.notices import actions
from engagement.notices.actions.sending import claim_delivery
from engagement.notices.kinds import Kind
from engagement.notices.models import Delivery, Notice
from engagement.notices.post import MailLine
from engagement.people.models import Person, ShiftPattern
from tests import factories
from tests.notices.conftest import Clock, deliver, greet
from tests.notices.smtp_server import SmtpServer
from tests.notices.test_digests import (
    DAY_AFTER,
    MINUTE,
    TOMORROW_SEVEN,
    digests,
    riders,
    texts,
    wants_digest,
)
from tests.notices.test_sending import side_by_side


@pytest.fixture
def readers(greeting: Kind, transactional_db: None) -> list[Person]:
    people = [factories.make_person("P", str(n), email=f"p{n:02}@x.example") for n in range(12)]
    shift = ShiftPattern.objects.create(
        key="dag", name_nb="Dag", name_en="Day", weekdays=[1, 2, 3, 4, 5],
        starts_at=dt.time(7), ends_at=dt.time(15),
    )  # fmt: skip
    for person in people:
        wants_digest(person, greeting, shift)
    return people


def test_two_tellers_at_once_make_one_digest(greeting: Kind, readers: list[Person]) -> None:
    numbers = iter(range(4))
    lock = threading.Lock()

    def tell() -> int:
        with lock:
            number = next(numbers)
        # Each in another order: they wait for each other, and never in a ring.
        people = readers if number % 2 else readers[::-1]
        return greet(*people, kind=greeting, source=str(number))

    assert side_by_side(4, tell) == [12] * 4
    assert digests().count() == 12
    assert riders().count() == 48
    assert set(digests().values_list("slot_at", flat=True)) == {TOMORROW_SEVEN}


def test_two_workers_and_two_beats_send_each_digest_once(
    greeting: Kind, readers: list[Person], mail_server: SmtpServer
) -> None:
    greet(*readers, kind=greeting, source="1")
    greet(*readers, kind=greeting, source="2", name="Kari")
    assert sum(side_by_side(4, lambda: deliver(Clock(TOMORROW_SEVEN)))) == 12
    assert mail_server.recipients == [person.email for person in readers]
    assert set(Delivery.objects.values_list("sent_at", "reason")) == {(TOMORROW_SEVEN, "")}
    assert all("Kari" in text and "Ola" in text for text in texts(mail_server))


def test_nobody_begins_to_send_a_digest_that_is_being_filled(
    greeting: Kind, readers: list[Person]
) -> None:
    reader = readers[0]
    greet(reader, kind=greeting, source="1")
    with transaction.atomic():
        greet(reader, kind=greeting, source="2")
        claimed: list[Delivery | None] = []

        def claim() -> None:
            try:
                claimed.append(claim_delivery(at=TOMORROW_SEVEN))
            finally:
                connections.close_all()

        thread = threading.Thread(target=claim)
        thread.start()
        thread.join(30)
        assert claimed == [None]
    assert claim_delivery(at=TOMORROW_SEVEN) == digests().get()


def test_telling_while_digests_leave_loses_nothing(
    greeting: Kind, readers: list[Person], mail_server: SmtpServer
) -> None:
    """Notices of the last moment before seven meet the workers of seven o'clock."""
    greet(*readers, kind=greeting, source="first")
    numbers = iter(range(6))
    lock = threading.Lock()

    def act() -> int:
        with lock:
            number = next(numbers)
        if number % 2:
            return deliver(Clock(TOMORROW_SEVEN))
        greet(*readers, kind=greeting, source=str(number), at=TOMORROW_SEVEN - MINUTE)
        return 0

    side_by_side(6, act)
    deliver(Clock(DAY_AFTER))
    assert Notice.objects.count() == 48
    assert riders().filter(sent_at__isnull=False).count() == 48
    written = "".join(texts(mail_server))
    for notice in Notice.objects.all():
        assert written.count(f"/notices/{notice.key}/") == 1


def test_withdrawal_while_the_digest_is_on_its_way_arrives_and_is_told_so(
    greeting: Kind, readers: list[Person], mail_server: SmtpServer, monkeypatch: Any
) -> None:
    greet(readers[0], kind=greeting)
    real_send = MailLine.send

    def send(line: MailLine, message: Any) -> None:
        real_send(line, message)
        assert not connection.in_atomic_block
        actions.withdraw_notices(source="greeting:1", at=TOMORROW_SEVEN)

    monkeypatch.setattr(MailLine, "send", send)
    assert deliver(Clock(TOMORROW_SEVEN)) == 1
    rider = riders().get()
    assert (rider.sent_at, rider.cancelled_at, rider.reason) == (TOMORROW_SEVEN, None, "")
