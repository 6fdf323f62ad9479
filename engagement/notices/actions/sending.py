"""Sending mail. The table is the queue; this may run in any number of workers at once.

A mail is claimed with a lease, sent outside any transaction, and stamped. Killed between the
server's yes and the stamp, it is sent once more when the lease is over, under the same Message-ID.
"""

import datetime as dt
import random
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import structlog
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import Q

from engagement import times
from engagement.clock.actions import stamp
from engagement.notices.kinds import hides_reader
from engagement.notices.mails import NothingToSay, name_in_logs, write_mail
from engagement.notices.models import Delivery, DeliveryQuerySet, Outage, erased
from engagement.notices.post import MailFailed, MailLine, MailServerDown
from engagement.notices.queries import readers_of

log = structlog.get_logger(__name__)

Clock = Callable[[], dt.datetime]

# Longer than one mail can take: five waits of EMAIL_TIMEOUT (15 s) once the line is open.
LEASE = dt.timedelta(minutes=2)
FIRST_WAIT = dt.timedelta(seconds=30)
LONGEST_WAIT = dt.timedelta(minutes=30)
TRY_FOR = dt.timedelta(days=3)
ACCOUNT_MAIL_LASTS = dt.timedelta(minutes=15)
# While the server is down it is asked once a minute, with one mail.
ASK_AGAIN_AFTER = dt.timedelta(minutes=1)
HANG_UPS_MOST = 3
# A mail that leaves so long after its time may have got into quiet hours.
LATE = dt.timedelta(minutes=10)
RUN_SECONDS = 60
# For so long it is tried to write down that a mail has left.
STAMP_SECONDS = 90


def deliver_mail(*, clock: Clock = times.now, rng: random.Random | None = None) -> int:
    """Sends what is due and returns how many mails the server took.

    Stops after a minute (the next run goes on), and at once when the server is down: then no mail
    has been touched, and none has used up an attempt. ``clock`` tells the time; ``rng`` spreads the
    next attempts.
    """
    at = clock()
    _give_up_late_account_mails(at)
    stamp("deliver_mail", at=at)
    outage = Outage.objects.filter(channel=Delivery.Channel.MAIL).first()
    if outage is None and not _is_anything_due(at):
        return 0
    if outage is not None and outage.last_tried_at > at - ASK_AGAIN_AFTER:
        return 0
    return _Run(clock, rng or random.SystemRandom(), is_probe=outage is not None).go()


class _Run:
    """One pass over what is due, on one line to the server."""

    def __init__(self, clock: Clock, rng: random.Random, *, is_probe: bool) -> None:
        self.clock = clock
        self.rng = rng
        self.has_outage = is_probe
        self.hang_ups_left = 1 if is_probe else HANG_UPS_MOST
        self.sent_count = 0

    def go(self) -> int:
        end = time.monotonic() + RUN_SECONDS
        try:
            with MailLine() as line:
                while time.monotonic() < end:
                    line.open()
                    delivery = claim_delivery(at=self.clock())
                    if delivery is None:
                        # The line opened and nothing is left to ask it.
                        self._server_is_well()
                        break
                    self._deliver(delivery, line)
        except MailServerDown as down:
            self._server_is_down(str(down))
        return self.sent_count

    def _deliver(self, delivery: Delivery, line: MailLine) -> None:
        carried: Sequence[Delivery] = ()
        try:
            if (loud_at := _quiet_until(delivery, at=self.clock())) is not None:
                _wait(delivery, loud_at)
                return
            letter = write_mail(delivery, at=self.clock())
            carried = letter.carried
            _leave_out(letter.left_out, at=self.clock())
            line.send(letter.message)
        except NothingToSay as silence:
            _leave_out(silence.left_out, at=self.clock())
            _cancel(delivery, silence.reason, at=self.clock())
        except MailFailed as failure:
            self._fail(delivery, failure)
        except MailServerDown:
            _give_back(delivery, at=self.clock())
            raise
        else:
            _stamp_sent(delivery, carried, at=self.clock())
            self.sent_count += 1
            self._server_answered()

    def _fail(self, delivery: Delivery, failure: MailFailed) -> None:
        _note_failure(delivery, failure, at=self.clock(), rng=self.rng)
        if failure.reason == Delivery.Reason.INTERRUPTED:
            self.hang_ups_left -= 1
            if self.hang_ups_left <= 0:
                raise MailServerDown(failure.answer)
        elif failure.answer:
            self._server_answered()

    def _server_answered(self) -> None:
        self.hang_ups_left = HANG_UPS_MOST
        self._server_is_well()

    def _server_is_well(self) -> None:
        if self.has_outage:
            Outage.objects.filter(channel=Delivery.Channel.MAIL).delete()
            self.has_outage = False
            log.info("mail_server_back")

    def _server_is_down(self, answer: str) -> None:
        at = self.clock()
        trouble = Outage(
            channel=Delivery.Channel.MAIL, since_at=at, last_tried_at=at, last_error=answer
        )
        Outage.objects.bulk_create(
            [trouble],
            update_conflicts=True,
            unique_fields=["channel"],
            update_fields=["last_tried_at", "last_error"],
        )
        log.warning("mail_server_down", reason=answer)


def claim_delivery(*, at: dt.datetime) -> Delivery | None:
    """Takes the next mail for two minutes; nobody else gets it meanwhile. Sign-in mails first."""
    due = Delivery.objects.due(at).filter(channel=Delivery.Channel.MAIL)
    unheld = due.select_for_update(skip_locked=True, of=("self",))
    with transaction.atomic(durable=True):
        delivery = (
            unheld.for_accounts().first()
            or unheld.for_notices().select_related("notice__person", "reader").first()
        )
        if delivery is not None:
            delivery.lease_until = at + LEASE
            delivery.attempt_count += 1
            delivery.save(update_fields=["lease_until", "attempt_count"])
        return delivery


def next_wait(attempt_count: int, rng: random.Random) -> dt.timedelta:
    """The wait after the n-th failed attempt: 30 s · 2ⁿ⁻¹ up to 30 min, less up to a half."""
    whole = min(FIRST_WAIT * 2 ** min(attempt_count - 1, 20), LONGEST_WAIT)
    return whole * rng.uniform(0.5, 1.0)


def _stamp_sent(delivery: Delivery, carried: Sequence[Delivery], *, at: dt.datetime) -> None:
    # True whatever has happened to the rows meanwhile: a lease that ran out, a withdrawal.
    sent = [delivery.pk, *(rider.pk for rider in carried)]
    unstamped = Delivery.objects.filter(pk__in=sent, sent_at__isnull=True)
    stamped = {"sent_at": at, "gave_up_at": None, "cancelled_at": None, "reason": "", "last_error": "", "to": ""}  # fmt: skip
    end = time.monotonic() + STAMP_SECONDS
    while True:
        try:
            if _hides_reader(delivery):
                Delivery.objects.filter(pk=delivery.pk).delete()
            else:
                unstamped.update(**stamped, **erased())
        except (OperationalError, InterfaceError) as error:
            # It has left: a database that is away for a moment must not make us send it twice.
            if time.monotonic() > end or connection.in_atomic_block:
                raise
            log.warning("mail_not_stamped", delivery=name_in_logs(delivery), reason=str(error))
            connection.close()
            time.sleep(1)
        else:
            return


def _note_failure(
    delivery: Delivery, failure: MailFailed, *, at: dt.datetime, rng: random.Random
) -> None:
    told: dict[str, Any] = {"reason": failure.reason, "last_error": failure.answer}
    if failure.is_final:
        _settle(delivery, gave_up_at=at, **told, **erased())
    elif at - delivery.due_at >= TRY_FOR:
        told["reason"] = Delivery.Reason.NO_LUCK
        _settle(delivery, gave_up_at=at, **told, **erased())
    else:
        wait = next_wait(delivery.attempt_count, rng)
        _settle(delivery, next_attempt_at=at + wait, lease_until=None, **told)
    log.info(
        "mail_failed",
        delivery=name_in_logs(delivery),
        reason=str(failure.reason),
        final=failure.is_final,
    )


@transaction.atomic
def _cancel(delivery: Delivery, reason: Delivery.Reason, *, at: dt.datetime) -> None:
    if _hides_reader(delivery):
        _held(delivery).delete()
    elif _settle(delivery, cancelled_at=at, reason=reason, **erased()):
        # Of a digest: nobody is there to read what is in it.
        Delivery.objects.waiting().filter(digest=delivery).update(cancelled_at=at, reason=reason)


def _leave_out(left_out: Mapping[Delivery.Reason, Sequence[Delivery]], *, at: dt.datetime) -> None:
    """Ends those that a digest does not tell of, each with its reason."""
    for reason, riders in left_out.items():
        waiting = Delivery.objects.waiting().filter(pk__in=[rider.pk for rider in riders])
        waiting.update(cancelled_at=at, reason=reason)


def _quiet_until(delivery: Delivery, *, at: dt.datetime) -> dt.datetime | None:
    """The end of its reader's quiet hours, for a mail that is late and has got into them.

    One that is on time was planned around them, or is sent at once by hand.
    """
    person = delivery.recipient
    if person is None or _hides_reader(delivery) or at - delivery.due_at < LATE:
        return None
    loud_at = readers_of([person.pk], at=at)[person.pk].not_before(at)
    return loud_at if loud_at > at else None


def _wait(delivery: Delivery, until: dt.datetime) -> None:
    """Puts a mail back, untried. The three days of one that failed before go on."""
    due = {} if delivery.reason else {"due_at": until}
    _settle(
        delivery,
        attempt_count=delivery.attempt_count - 1,
        next_attempt_at=until,
        lease_until=None,
        **due,
    )


def _give_back(delivery: Delivery, *, at: dt.datetime) -> None:
    """The server was to blame, not this mail: its attempt does not count."""
    _settle(
        delivery,
        attempt_count=delivery.attempt_count - 1,
        next_attempt_at=at + FIRST_WAIT,
        lease_until=None,
    )


def _settle(delivery: Delivery, **fields: Any) -> bool:
    """Writes how an attempt ended, unless its lease ran out and somebody else has the row now."""
    return _held(delivery).update(**fields) > 0


def _is_anything_due(at: dt.datetime) -> bool:
    # Two questions, each answered by an index of its own.
    due = Delivery.objects.due(at)
    return due.for_accounts().exists() or due.for_notices().exists()


def _held(delivery: Delivery) -> DeliveryQuerySet:
    return Delivery.objects.waiting().filter(pk=delivery.pk, lease_until=delivery.lease_until)


def _hides_reader(delivery: Delivery) -> bool:
    return delivery.notice is not None and hides_reader(delivery.notice.kind)


def _give_up_late_account_mails(at: dt.datetime) -> None:
    late = Delivery.objects.waiting().for_accounts().filter(due_at__lte=at - ACCOUNT_MAIL_LASTS)
    late.filter(Q(lease_until__isnull=True) | Q(lease_until__lte=at)).update(
        gave_up_at=at, reason=Delivery.Reason.TOO_OLD, **erased()
    )
