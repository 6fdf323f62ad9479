"""Messages to people: what they read in the product, and what leaves the house.

A notice is one message to one person. A delivery is its way out by mail; a sign-in mail is a
delivery without a notice. States follow from the times that are set, see `Delivery`.
"""

import datetime as dt
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from engagement.keys import KeyMaker


class NoticeQuerySet(models.QuerySet["Notice"]):
    def shown(self, at: dt.datetime) -> Self:
        """Those that may be seen at ``at``: their hold is over and nobody took them back."""
        return self.filter(withdrawn_at__isnull=True, show_from__lte=at)

    def unread(self) -> Self:
        """Those nobody has opened."""
        return self.filter(read_at__isnull=True)

    def newest_first(self) -> Self:
        return self.order_by("-show_from", "-pk")


class Notice(models.Model):
    """One message to one person. Its words are made when it is read, in the reader's language.

    ``parameters`` holds keys rather than copied words; the kind turns them into words.
    ``source`` names what it tells of, such as ``kudos:k4f…``, so that it can be taken back.
    """

    key = models.CharField(max_length=16, unique=True, default=KeyMaker("n"), editable=False)
    # The indexes below begin with it.
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notices", db_index=False
    )
    kind = models.CharField(max_length=40)
    source = models.CharField(max_length=80)
    parameters = models.JSONField(default=dict)
    link = models.CharField(max_length=200)
    created_at = models.DateTimeField()
    show_from = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "person",
                "kind",
                "source",
                name="notice_tells_once",
                violation_error_message=_("This person has been told already."),
            ),
            # A single slash: "//host" would lead out of the house.
            models.CheckConstraint(
                condition=Q(link__regex=r"^/([^/\\]|$)"),
                name="notice_link_stays_in_the_house",
                violation_error_message=_("A notice can only link to a page of Vaffel."),
            ),
            models.CheckConstraint(
                condition=~Q(kind="") & ~Q(source=""), name="notice_has_kind_and_source"
            ),
        ]
        indexes = [
            models.Index(
                fields=["person", "-show_from", "-id"],
                name="notice_newest_first",
                condition=Q(withdrawn_at__isnull=True),
            ),
            models.Index(
                "person",
                "show_from",
                name="notice_unread",
                condition=Q(read_at__isnull=True, withdrawn_at__isnull=True),
            ),
            models.Index("source", name="notice_by_source"),
            models.Index("read_at", name="notice_read_by_age", condition=Q(read_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"

    @property
    def facts(self) -> dict[str, Any]:
        """What its kind loads its words from."""
        return {**self.parameters, "reader_id": self.person_id}


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def waiting(self) -> Self:
        """Those that have not come to any end."""
        return self.filter(sent_at__isnull=True, gave_up_at__isnull=True, cancelled_at__isnull=True)

    def due(self, at: dt.datetime) -> Self:
        """Those to send now, the longest waiting first; one that somebody is sending is not due."""
        return (
            self.waiting()
            .filter(next_attempt_at__lte=at)
            .filter(Q(lease_until__isnull=True) | Q(lease_until__lte=at))
            .order_by("next_attempt_at", "pk")
        )

    def for_accounts(self) -> Self:
        """Sign-in mails: somebody is sitting there waiting for them."""
        return self.filter(notice__isnull=True)

    def for_notices(self) -> Self:
        return self.filter(notice__isnull=False)

    def failing(self) -> Self:
        """Those that were tried without luck and will be tried again."""
        return self.waiting().exclude(reason="")

    def given_up(self) -> Self:
        return self.filter(gave_up_at__isnull=False)

    def retriable(self, at: dt.datetime) -> Self:
        """Those worth another try by hand: failing or given up, and their words still exist."""
        return self.filter(
            Q(notice__isnull=False) | ~Q(text=""),
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
    """One message on its way out of the house.

    It waits until ``next_attempt_at``; is being sent until ``lease_until``; and ends in exactly
    one of ``sent_at``, ``gave_up_at`` and ``cancelled_at``.
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
            models.CheckConstraint(
                condition=Q(channel__in=["mail"]), name="delivery_channel_known"
            ),
            models.CheckConstraint(
                condition=Q(notice__isnull=True) | Q(to="", subject="", text="", html=""),
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
                condition=Q(
                    notice__isnull=False,
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
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.key}"


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
