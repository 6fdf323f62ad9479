"""What is kept, and for how long."""

import datetime as dt

from engagement.clock.models import Sweep
from engagement.notices import actions
from engagement.notices.kinds import Kind
from engagement.notices.models import Delivery, Notice, NoticeChoice, NoticeHours
from tests.conftest import Cast
from tests.notices.conftest import NOON, Clock, deliver, greet
from tests.notices.smtp_server import SmtpServer

SECOND = dt.timedelta(seconds=1)


def days(count: int) -> dt.datetime:
    return NOON + dt.timedelta(days=count)


def test_read_notices_go_after_ninety_days(cast: Cast, greeting: Kind) -> None:
    greet(cast.alice, cast.bob, kind=greeting)
    actions.read_all_notices(by=cast.bob, at=NOON)
    Delivery.objects.all().delete()
    assert actions.purge_notices(at=days(90) - SECOND) == 0
    assert actions.purge_notices(at=days(90)) == 1
    assert Notice.objects.get().person == cast.alice
    assert actions.purge_notices(at=days(365)) == 1


def test_withdrawn_notices_go_after_thirty_days(cast: Cast, greeting: Kind) -> None:
    greet(cast.bob, kind=greeting)
    actions.withdraw_notices(source="greeting:1", at=NOON)
    actions.purge_notices(at=days(30) - SECOND)
    assert Notice.objects.count() == 1
    actions.purge_notices(at=days(30))
    assert (Notice.objects.count(), Delivery.objects.count()) == (0, 0)


def test_ended_deliveries_go_after_thirty_days_and_waiting_ones_stay(
    cast: Cast, greeting: Kind, clock: Clock, mail_server: SmtpServer
) -> None:
    mail_server.on_rcpt = lambda address: {"a": "250 OK", "b": "550 no"}.get(address[0], "450 wait")
    greet(cast.alice, cast.bob, cast.charlie, kind=greeting)
    deliver(clock)
    assert actions.purge_notices(at=days(30) - SECOND) == 0
    assert actions.purge_notices(at=days(30)) == 2
    assert Delivery.objects.get().notice.person == cast.charlie
    assert Notice.objects.count() == 3
    assert Sweep.objects.get(name="purge_notices").last_ran_at == days(30)


def test_choices_of_leavers_go_thirty_days_after_the_last_day(cast: Cast, greeting: Kind) -> None:
    for person in (cast.alice, cast.bob):
        NoticeChoice.objects.create(person=person, kind="kudos_received", way="none")
        NoticeHours.objects.create(person=person, is_quiet=False)
    cast.bob.left_on = NOON.date()
    cast.bob.save()
    actions.purge_notices(at=days(29))
    assert (NoticeChoice.objects.count(), NoticeHours.objects.count()) == (2, 2)
    actions.purge_notices(at=days(30))
    assert NoticeChoice.objects.get().person == cast.alice
    assert NoticeHours.objects.get().person == cast.alice


def test_digest_goes_with_what_was_in_it(
    cast: Cast, greeting: Kind, clock: Clock, mail_server: SmtpServer
) -> None:
    NoticeChoice.objects.create(person=cast.bob, kind=greeting.key, way="digest")
    greet(cast.bob, kind=greeting)
    mail_server.on_rcpt = lambda address: "550 no"
    clock.at = days(1)
    deliver(clock)
    assert Delivery.objects.count() == 2
    actions.purge_notices(at=days(31))
    assert (Delivery.objects.count(), Notice.objects.count()) == (0, 1)
