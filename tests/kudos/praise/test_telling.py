"""Leads are told once a day how much waits, and nothing of what it says."""

import datetime as dt

import time_machine
from django.test import Client

from engagement import times
from engagement.notices.models import Notice
from kudos.actions import dismiss_praise, tell_of_waiting_praise
from tests import factories
from tests.conftest import Cast, sign_in
from tests.kudos.praise.conftest import Checkers, arrives

DAY = times.today() + dt.timedelta(days=3)
MORNING = dt.datetime.combine(DAY, dt.time(8, 30), tzinfo=times.local_zone())


def told() -> list[str]:
    return sorted(
        f"{one.person.given_name} {one.source}"
        for one in Notice.objects.filter(kind="praise_waiting", withdrawn_at=None)
    )


def test_nearest_lead_is_told_once_a_day(cast: Cast, checkers: Checkers) -> None:
    above = factories.make_person("Odd", unit=cast.department)
    factories.give_role(above, "lead", unit=cast.department)
    for _ in range(3):
        arrives(cast.bob, "Hemmelig ros fra Kari", at=MORNING)
    assert tell_of_waiting_praise(at=MORNING) == 1
    assert tell_of_waiting_praise(at=MORNING + dt.timedelta(hours=3)) == 0
    assert told() == [f"Lena praise:{DAY}"]
    assert tell_of_waiting_praise(at=MORNING + dt.timedelta(days=1)) == 1
    assert told() == [f"Lena praise:{DAY + dt.timedelta(days=1)}"]
    assert "Kari" not in str(list(Notice.objects.values()))


def test_nobody_is_told_at_night_or_of_nothing(cast: Cast, checkers: Checkers) -> None:
    assert tell_of_waiting_praise(at=MORNING) == 0
    arrives(cast.bob, at=MORNING)
    assert tell_of_waiting_praise(at=MORNING - dt.timedelta(hours=1)) == 0


def test_praise_of_a_lead_is_told_above(cast: Cast, checkers: Checkers) -> None:
    arrives(checkers.lena, at=MORNING)
    tell_of_waiting_praise(at=MORNING)
    assert told() == [f"Stig praise:{DAY}"]


def test_notice_counts_when_it_is_read(cast: Cast, checkers: Checkers) -> None:
    checkers.lena.language = "en"
    checkers.lena.save()
    first, second = arrives(cast.bob, at=MORNING), arrives(cast.alice, at=MORNING)
    tell_of_waiting_praise(at=MORNING)
    with time_machine.travel(MORNING + dt.timedelta(hours=1), tick=False):
        client = sign_in(Client(), checkers.lena)
        assert "2 praises from customers wait for you" in client.get("/notices/").content.decode()
        dismiss_praise(praises=[first, second], by=checkers.lena, at=MORNING)
        page = client.get("/notices/").content.decode()
    assert "No praise from customers waits for you any more" in page
