"""What leaves the house: mails with their attempts, and the state of the server that takes them."""

import datetime as dt
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from engagement.keys import KeyMaker
from engagement.notices.models.notices import Notice
from engagement.people.models import Person


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def waiting(self) -> Self:
        """Those that have not come to any end."""
        return self.filter(sent_at__isnull=True, gave_up_at__isnull=True, cancelled_at__isnull=True)

    def untouched(self) -> Self:
        """Those that nobody has begun to send: a digest takes notices until then."""
        return self.waiting().filter(attempt_count=0)

    def due(self, at: dt.datetime) -> Self:
        """Those to send now, the longest waiting first; one that somebody is sending is not due."""
        return (
            self.waiting()
            .filter(digest__isnull=True, next_attempt_at__lte=at)
            .filter(Q(lease_until__isnull=True) | Q(lease_until__lte=at))
            .order_by("next_attempt_at", "pk")
        )

    def for_accounts(self) -> Self:
        """Sign-in mails: somebody is sitting there waiting for them."""
        return self.filter(notice__isnull=True, reader__isnull=True)

    def for_notices(self) -> Self:
        """Mails of notices, and digests."""
        return self.filter(Q(notice__isnull=False) | Q(reader__isnull=False))

    def outside_digests(self) -> Self:
        """Those that are a mail of their own: what rides in a digest is left out."""
        return self.filter(digest__isnull=True)

    def failing(self) -> Self:
        """Those that were tried without luck and will be tried again."""
        return self.waiting().exclude(reason="")

    def given_up(self) -> Self:
        return self.filter(gave_up_at__isnull=False)

    def retriable(self, at: dt.datetime) -> Self:
        """Those worth another try by hand: failing or given up, and their words still exist."""
        return self.filter(
            Q(notice__isnull=False) | Q(reader__isnull=False) | ~Q(text=""),
            Q(lease_until__isnull=True) | Q(lease_until__lte=at),
            sent_at__isnull=True,
            cancelled_at__isnull=True,
        ).exclude(reason="")

    def ended(self, *, before: dt.datetime) -> Self:
        """Those that came to their end at ``before`` or earlier."""
        return self.filter(
            Q(sent_at__lte=before) | Q(gave_up_at__lte=before) | Q(cancelled_at__lte=before)
        )


class Delivery(models.Model):
    """One message on its way out of the house: a notice, a digest, or a sign-in mail.

    It waits until ``next_attempt_at``; is being sent until ``lease_until``; and ends in exactly
    one of ``sent_at``, ``gave_up_at`` and ``cancelled_at``.

    A digest has a ``reader`` and a ``slot_at``, the start of the shift it is for. A notice that
    rides in it keeps a delivery of its own, which points to the digest and is never due itself: it
    is stamped as sent with the digest, or cancelled with its own reason. While its digest waits or
    was given up, so is it.
    """

    class Channel(models.TextChoices):
        MAIL = "mail", _("Mail")

    class Reason(models.TextChoices):
        """Why the last attempt failed, or why there will be none."""

        BUSY = "busy", _("The mail server asked us to come back later")
        INTERRUPTED = "interrupted", _("The mail server hung up halfway")
        REFUSED = "refused", _("The mail server refused the mail")
        BAD_ADDRESS = "bad_address", _("The address cannot receive mail")
        NOT_WRITTEN = "not_written", _("The mail could not be written")
        TOO_OLD = "too_old", _("Too old to be of use")
        NO_LUCK = "no_luck", _("Tried for three days")
        LEFT = "left", _("The person has left")
        NO_ADDRESS = "no_address", _("The person has no e-mail address")
        WITHDRAWN = "withdrawn", _("Taken back")
        GONE = "gone", _("What it tells of is gone")
        READ = "read", _("Read before the mail left")
        UNWANTED = "unwanted", _("The person wants no such mails")
        EMPTY = "empty", _("Nothing was left to tell")

    key = models.CharField(max_length=16, unique=True, default=KeyMaker("m"), editable=False)
    channel = models.CharField(max_length=10, choices=Channel.choices, default=Channel.MAIL)
    notice = models.ForeignKey(
        Notice,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="deliveries",
        db_index=False,  # the constraint below has one
    )
    reader = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,  # the constraint below has one
    )
    slot_at = models.DateTimeField(null=True, blank=True)
    digest = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="riders",
        db_index=False,  # a partial one below
    )
    # Sign-in mails only, erased when the delivery ends. A notice's mail is written when it is sent,
    # to the address the person has then.
    to = models.CharField(max_length=254, blank=True)
    subject = models.CharField(max_length=200, blank=True)
    text = models.TextField(blank=True)
    html = models.TextField(blank=True)

    # The Message-ID without its angle brackets: the same on every attempt, so that mail programs
    # fold a mail that went out twice.
    message_id = models.CharField(max_length=255, unique=True)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField()
    next_attempt_at = models.DateTimeField()
    attempt_count = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    gave_up_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=20, choices=Reason.choices, blank=True)
    # What the server answered, shortened and without addresses.
    last_error = models.CharField(max_length=200, blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint("notice", "channel", name="notice_leaves_once_a_channel"),
            models.UniqueConstraint(
                "reader", "slot_at", "channel", name="digest_leaves_once_a_shift"
            ),
            models.CheckConstraint(
                condition=Q(reader__isnull=True, slot_at__isnull=True)
                | Q(reader__isnull=False, slot_at__isnull=False, notice__isnull=True),
                name="digest_has_reader_and_slot",
            ),
            models.CheckConstraint(
                condition=Q(digest__isnull=True) | Q(notice__isnull=False),
                name="only_notices_ride_in_a_digest",
            ),
            models.CheckConstraint(
                condition=Q(channel__in=["mail"]), name="delivery_channel_known"
            ),
            models.CheckConstraint(
                condition=Q(notice__isnull=True, reader__isnull=True)
                | Q(to="", subject="", text="", html=""),
                name="delivery_of_a_notice_keeps_no_words",
            ),
            models.CheckConstraint(
                condition=Q(sent_at__isnull=True, gave_up_at__isnull=True)
                | Q(sent_at__isnull=True, cancelled_at__isnull=True)
                | Q(gave_up_at__isnull=True, cancelled_at__isnull=True),
                name="delivery_ends_one_way",
            ),
            models.CheckConstraint(
                condition=Q(
                    sent_at__isnull=True,
                    gave_up_at__isnull=True,
                    cancelled_at__isnull=True,
                )
                | Q(subject="", text="", html=""),
                name="delivery_forgets_its_words_at_the_end",
            ),
        ]
        indexes = [
            models.Index(
                "next_attempt_at",
                "id",
                name="delivery_waiting_notices",
                condition=(Q(notice__isnull=False) | Q(reader__isnull=False))
                & Q(
                    digest__isnull=True,
                    sent_at__isnull=True,
                    gave_up_at__isnull=True,
                    cancelled_at__isnull=True,
                ),
            ),
            models.Index(
                "next_attempt_at",
                "id",
                name="delivery_waiting_accounts",
                condition=Q(
                    notice__isnull=True,
                    reader__isnull=True,
                    sent_at__isnull=True,
                    gave_up_at__isnull=True,
                    cancelled_at__isnull=True,
                ),
            ),
            models.Index(
                fields=["-gave_up_at"],
                name="delivery_given_up",
                condition=Q(gave_up_at__isnull=False),
            ),
            models.Index("sent_at", name="delivery_sent", condition=Q(sent_at__isnull=False)),
            models.Index("digest", name="delivery_riders", condition=Q(digest__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.key}"

    @property
    def recipient(self) -> Person | None:
        """Whom it is for; None for a sign-in mail, which knows only an address."""
        return self.notice.person if self.notice else self.reader


class Outage(models.Model):
    """A channel whose server does not answer. The row is there as long as the trouble lasts."""

    channel = models.CharField(max_length=10, primary_key=True, choices=Delivery.Channel.choices)
    since_at = models.DateTimeField()
    last_tried_at = models.DateTimeField()
    last_error = models.CharField(max_length=200, blank=True)

    def __str__(self) -> str:
        return f"{self.channel} {self.since_at:%Y-%m-%d %H:%M}"


def erased() -> dict[str, Any]:
    """What of a delivery is emptied when it ends."""
    return {"subject": "", "text": "", "html": "", "lease_until": None}
