"""What colleagues report about ideas, and what was hidden and shown again."""

import datetime as dt
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from engagement.people.models import Person
from events.models.events import REASON_LENGTH
from events.models.ideas import Idea
from events.models.series import Series

NOTE_LENGTH = 300


class IdeaReportQuerySet(models.QuerySet["IdeaReport"]):
    def waiting(self) -> Self:
        """Those that nobody has decided about."""
        return self.filter(outcome=IdeaReport.Outcome.WAITING)

    def shown(self, at: dt.datetime) -> Self:
        """Those of them that those who decide see at ``at``."""
        return self.waiting().filter(shown_from__lte=at)

    def decided_by(self, limit: dt.datetime) -> Self:
        """Those that were decided about at ``limit`` or before."""
        return self.filter(settled_at__lte=limit)


class IdeaReport(models.Model):
    """Somebody says that an idea should not stand. Once a person and idea.

    Who it was is told to nobody, those who decide included; of when only the day and the next full
    hour are kept (docs/decisions/0104).
    """

    class Reason(models.TextChoices):
        HURTFUL = "hurtful", _("Hurtful")
        PERSONAL = "personal", _("Personal information")
        ADVERTISING = "advertising", _("Advertising")
        OTHER = "other", _("Something else")

    class Outcome(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        HIDDEN = "hidden", _("Hidden")
        KEPT = "kept", _("Kept")
        TAKEN_BACK = "taken_back", _("Taken back by its author")
        SHOWN_AGAIN = "shown_again", _("Shown again")

    idea = models.ForeignKey(Idea, on_delete=models.CASCADE, related_name="reports", db_index=False)
    reporter = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+", db_index=False)
    reason = models.CharField(_("reason"), max_length=11, choices=Reason.choices)
    note = models.CharField(_("note"), max_length=NOTE_LENGTH, blank=True)
    reported_on = models.DateField()
    # The next full hour: at the minute itself those who decide would see who stood at the screen.
    shown_from = models.DateTimeField()
    outcome = models.CharField(
        max_length=11, choices=Outcome.choices, default=Outcome.WAITING, editable=False
    )
    settled_at = models.DateTimeField(null=True, blank=True)

    objects = IdeaReportQuerySet.as_manager()

    class Meta:
        constraints = [
            # Its index also answers for all reports about an idea.
            models.UniqueConstraint("idea", "reporter", name="idea_report_once_a_person"),
            models.CheckConstraint(
                condition=Q(reason__in=["hurtful", "personal", "advertising", "other"]),
                name="idea_report_reason_known",
                violation_error_message=_("Choose what is wrong."),
            ),
            models.CheckConstraint(
                condition=Q(outcome="waiting", settled_at__isnull=True)
                | Q(
                    outcome__in=["hidden", "kept", "taken_back", "shown_again"],
                    settled_at__isnull=False,
                ),
                name="idea_report_settled_at_some_time",
            ),
        ]
        indexes = [
            models.Index(
                fields=["reported_on"], name="idea_reports_waiting", condition=Q(outcome="waiting")
            ),
            models.Index(fields=["reporter", "reported_on"], name="idea_reports_of_a_person"),
            models.Index(fields=["settled_at"], name="idea_reports_by_settling"),
        ]

    def __str__(self) -> str:
        return f"{self.idea} {self.reason}"


class IdeaHiding(models.Model):
    """That an idea was hidden, what it was before, and whether it is shown again. Goes with the idea."""

    idea = models.ForeignKey(Idea, on_delete=models.CASCADE, related_name="hidings")
    hidden_at = models.DateTimeField()
    hidden_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=REASON_LENGTH)
    shown_at = models.DateTimeField(null=True, blank=True)
    shown_by = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    was_state = models.CharField(max_length=9, choices=Idea.State.choices)
    was_settled_at = models.DateTimeField(null=True, blank=True)
    was_settled_by = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    was_reason = models.CharField(max_length=REASON_LENGTH, blank=True)
    was_series = models.ForeignKey(
        Series, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "idea", name="idea_hidden_once", condition=Q(shown_at__isnull=True)
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="idea_hiding_says_why"),
            models.CheckConstraint(
                condition=Q(shown_at__isnull=True, shown_by__isnull=True)
                | Q(shown_at__isnull=False, shown_by__isnull=False),
                name="idea_shown_again_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(was_state__in=["open", "picked", "declined", "lapsed"]),
                name="idea_hiding_was_told_before",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.idea}: {self.reason}"
