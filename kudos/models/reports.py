"""What people report, and what moderators decide."""

import datetime as dt
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from engagement.keys import KeyMaker
from engagement.people.models import Person
from kudos.models.kudos import Kudos
from kudos.models.talk import Comment

NOTE_LENGTH = 300


class Reason(models.TextChoices):
    """Why something should not stand, in the words of whoever reports or hides it."""

    HURTFUL = "hurtful", _("Hurtful")
    PERSONAL = "personal", _("Personal information")
    UNTRUE = "untrue", _("Not true")
    ADVERTISING = "advertising", _("Advertising")
    OTHER = "other", _("Something else")


class DecisionQuerySet(models.QuerySet["Decision"]):
    def of(self, thing: Kudos | Comment) -> Self:
        """Those about ``thing`` itself, not about what was said under it."""
        if isinstance(thing, Kudos):
            return self.filter(kudos=thing, comment__isnull=True)
        return self.filter(comment=thing)

    def hiding(self) -> Self:
        """Those that keep something hidden now."""
        return self.filter(outcome=Decision.Outcome.HIDDEN, undone_at__isnull=True)


class Decision(models.Model):
    """What came of reports about a kudos or a comment, or that a moderator hid it unasked.

    Its author taking the thing back settles the reports as well; nobody decided that.
    """

    class Outcome(models.TextChoices):
        HIDDEN = "hidden", _("Hidden")
        KEPT = "kept", _("Kept")
        TAKEN_BACK = "taken_back", _("Taken back by its author")

    key = models.CharField(max_length=16, unique=True, default=KeyMaker("d"), editable=False)
    kudos = models.ForeignKey(Kudos, on_delete=models.CASCADE, related_name="decisions")
    # Set when it is about what was said under the kudos.
    comment = models.ForeignKey(
        Comment, null=True, blank=True, on_delete=models.CASCADE, related_name="decisions"
    )
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    reason = models.CharField(max_length=11, choices=Reason.choices, blank=True)
    by = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    at = models.DateTimeField()
    # Shown again after all; the reports stay settled.
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    objects = DecisionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome="hidden", by__isnull=False)
                & Q(reason__in=["hurtful", "personal", "untrue", "advertising", "other"])
                | Q(outcome="kept", by__isnull=False, reason="")
                | Q(outcome="taken_back", by__isnull=True, reason=""),
                name="decision_says_what_and_why",
            ),
            models.CheckConstraint(
                condition=Q(undone_at__isnull=True, undone_by__isnull=True)
                | Q(undone_at__isnull=False, undone_by__isnull=False, outcome="hidden"),
                name="decision_undoes_hiding_only",
            ),
            models.UniqueConstraint(
                "kudos",
                "comment",
                name="decision_hides_once",
                condition=Q(outcome="hidden", undone_at__isnull=True),
                nulls_distinct=False,
            ),
        ]
        indexes = [models.Index(fields=["-at", "-id"], name="decision_newest_first")]

    def __str__(self) -> str:
        return f"{self.kudos_id} {self.outcome}"

    @property
    def thing(self) -> Kudos | Comment:
        return self.comment or self.kudos

    @property
    def is_hiding(self) -> bool:
        """Whether the thing is hidden by it now."""
        return self.outcome == self.Outcome.HIDDEN and self.undone_at is None


class ReportQuerySet(models.QuerySet["Report"]):
    def about(self, thing: Kudos | Comment) -> Self:
        """Those about ``thing`` itself, not about what was said under it."""
        if isinstance(thing, Kudos):
            return self.filter(kudos=thing, comment__isnull=True)
        return self.filter(comment=thing)

    def open(self) -> Self:
        """Those that nobody has decided, about what others can still read."""
        return self.filter(
            Q(comment__isnull=True)
            | Q(comment__withdrawn_at__isnull=True, comment__hidden_at__isnull=True),
            decision__isnull=True,
            kudos__withdrawn_at__isnull=True,
            kudos__hidden_at__isnull=True,
        )

    def since(self, at: dt.datetime) -> Self:
        return self.filter(created_at__gt=at)


class Report(models.Model):
    """Somebody says that a kudos or a comment should not stand. Once a person and thing.

    Who it was is for moderators only.
    """

    kudos = models.ForeignKey(
        Kudos, on_delete=models.CASCADE, related_name="reports", db_index=False
    )
    # Set when it is about what was said under the kudos.
    comment = models.ForeignKey(
        Comment, null=True, blank=True, on_delete=models.CASCADE, related_name="reports"
    )
    reporter = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+", db_index=False)
    reason = models.CharField(_("reason"), max_length=11, choices=Reason.choices)
    note = models.CharField(_("note"), max_length=NOTE_LENGTH, blank=True)
    created_at = models.DateTimeField()
    decision = models.ForeignKey(
        Decision, null=True, blank=True, on_delete=models.SET_NULL, related_name="reports"
    )

    objects = ReportQuerySet.as_manager()

    class Meta:
        constraints = [
            # Its index also answers for all reports about a kudos.
            models.UniqueConstraint(
                "kudos", "comment", "reporter", name="report_once_a_person", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=Q(reason__in=["hurtful", "personal", "untrue", "advertising", "other"]),
                name="report_reason_known",
                violation_error_message=_("Choose what is wrong."),
            ),
        ]
        indexes = [
            models.Index(
                fields=["created_at"], name="report_open", condition=Q(decision__isnull=True)
            ),
            models.Index(fields=["reporter", "-created_at"], name="report_by_reporter"),
        ]

    def __str__(self) -> str:
        return f"{self.kudos_id} {self.reason}"
