"""Reads for the page on deliveries."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, Q
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from engagement.notices.kinds import KINDS, kinds_that_hide_their_reader
from engagement.notices.models import Delivery, Notice, Outage

TROUBLES_MOST = 100


@dataclass(frozen=True)
class Trouble:
    """A delivery that fails or was given up, without saying who it is for more than needed."""

    delivery: Delivery
    title: str | Promise
    recipient: str
    can_retry: bool
    is_due: bool


@dataclass(frozen=True)
class Status:
    outage: Outage | None
    due_count: int
    held_count: int
    # Digests that wait for a shift to start.
    digest_count: int
    failing_count: int
    given_up_count: int
    sent_count: int
    troubles: list[Trouble]
    # Whether any fails or was given up, of the kinds that nobody may see the readers of. Not how
    # many: that of a reminder tells how many have answered.
    has_unnamed_trouble: bool
    can_retry_any: bool


def delivery_status(*, at: dt.datetime) -> Status:
    """What is waiting, failing, given up, and went out in the last 24 hours; kinds that hide their
    reader are not in the counts. A digest counts as the one mail it is. Three queries.
    """
    named = ~_unnamed() & Q(digest__isnull=True)
    later = {"reason": "", "due_at__gt": at}
    counts = Delivery.objects.filter(
        Q(sent_at__isnull=True) | Q(sent_at__gt=at - dt.timedelta(days=1)),
        cancelled_at__isnull=True,
    ).aggregate(
        due=Count("pk", filter=named & _waiting(reason="", due_at__lte=at)),
        held=Count("pk", filter=named & _waiting(**later, reader__isnull=True)),
        digests=Count("pk", filter=named & _waiting(**later, reader__isnull=False)),
        failing=Count("pk", filter=named & _waiting() & ~Q(reason="")),
        given_up=Count("pk", filter=named & Q(gave_up_at__isnull=False)),
        sent=Count("pk", filter=named & Q(sent_at__isnull=False)),
        unnamed=Count("pk", filter=Q(sent_at__isnull=True) & ~Q(reason="") & _unnamed()),
    )
    rows = (
        Delivery.objects.filter(sent_at__isnull=True, cancelled_at__isnull=True)
        .exclude(reason="")
        .exclude(_unnamed())
        .select_related("notice__person", "reader")
        .order_by("-created_at", "-pk")
    )
    troubles = [_trouble(row, at) for row in rows[:TROUBLES_MOST]]
    return Status(
        outage=Outage.objects.filter(channel=Delivery.Channel.MAIL).first(),
        due_count=counts["due"],
        held_count=counts["held"],
        digest_count=counts["digests"],
        failing_count=counts["failing"],
        given_up_count=counts["given_up"],
        sent_count=counts["sent"],
        troubles=troubles,
        has_unnamed_trouble=counts["unnamed"] > 0,
        can_retry_any=counts["unnamed"] > 0 or any(trouble.can_retry for trouble in troubles),
    )


def _waiting(**also: object) -> Q:
    return Q(sent_at__isnull=True, gave_up_at__isnull=True, **also)


def _unnamed() -> Q:
    # A mail of an account has no notice.
    return Q(notice__isnull=False, notice__kind__in=kinds_that_hide_their_reader())


def _trouble(delivery: Delivery, at: dt.datetime) -> Trouble:
    is_due = delivery.next_attempt_at <= at
    person = delivery.recipient
    if person is None:
        recipient = masked(delivery.to)
        return Trouble(delivery, _("Sign-in"), recipient, bool(delivery.text), is_due)
    recipient = f"{person.initials} {masked(person.email)}"
    return Trouble(delivery, _what(delivery.notice), recipient, True, is_due)


def _what(notice: Notice | None) -> str | Promise:
    if notice is None:
        return _("Collected notices")
    return KINDS[notice.kind].title if notice.kind in KINDS else notice.kind


def masked(address: str) -> str:
    """Enough of an address to tell a wrong domain from a full mailbox: ``@fj….no``."""
    domain = address.rpartition("@")[2]
    name, dot, end = domain.rpartition(".")
    return f"@{name[:2]}…{dot}{end}" if dot else "…"
