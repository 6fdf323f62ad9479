"""What a person wants to get, and when: only what differs from how it is without a choice."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from engagement.notices.hours import QUIET_FROM, QUIET_TO
from engagement.notices.kinds import Way


class NoticeChoice(models.Model):
    """How one person gets one kind of notices.

    ``kind`` is the key of a kind, or `kinds.DIGEST` with the way ``none``: no digests at all.
    """

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="notice_choices",
        db_index=False,  # the constraint below has one
    )
    kind = models.CharField(max_length=40)
    way = models.CharField(max_length=10, choices=Way.choices)

    class Meta:
        constraints = [
            models.UniqueConstraint("person", "kind", name="notice_choice_once_a_kind"),
            models.CheckConstraint(
                condition=Q(way__in=["at_once", "digest", "none", "off"]),
                name="notice_choice_way_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.way}"


class NoticeHours(models.Model):
    """When somebody wants no mails, on the wall clock of their site."""

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="notice_hours",
    )
    is_quiet = models.BooleanField(default=True)
    quiet_from = models.TimeField(default=QUIET_FROM)
    quiet_to = models.TimeField(default=QUIET_TO)

    class Meta:
        verbose_name_plural = "notice hours"
        constraints = [
            models.CheckConstraint(
                condition=~Q(quiet_from=F("quiet_to")),
                name="notice_hours_end_at_another_time",
                violation_error_message=_("Quiet hours must end at another time than they begin."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.quiet_from:%H:%M}–{self.quiet_to:%H:%M}" if self.is_quiet else "–"
