"""A survey from draft to count: what is asked, of whom, why, and when."""

import datetime as dt
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from engagement.keys import KeyMaker
from engagement.people.models import Employer, Person, Site, Unit
from surveys.models.instruments import InstrumentVersion
from surveys.models.plans import PulsePlan

LONGEST_DAYS_OPEN = 60
# Ballots are destroyed at the latest this long after the count.
DAYS_TO_DESTRUCTION = 30


class SurveyQuerySet(models.QuerySet["Survey"]):
    def standing(self) -> Self:
        return self.filter(cancelled_at__isnull=True)

    def open(self, at: dt.datetime) -> Self:
        """Those that can be answered at ``at``."""
        return self.standing().filter(
            opened_at__isnull=False, opens_at__lte=at, closes_at__gt=at, closed_at__isnull=True
        )

    def due_to_prepare(self) -> Self:
        """Launched, and still without manifest: the worker makes keys and manifest."""
        return self.standing().filter(launched_at__isnull=False, prepared_at__isnull=True)

    def due_to_open(self, at: dt.datetime) -> Self:
        return self.standing().filter(
            prepared_at__isnull=False, opened_at__isnull=True, opens_at__lte=at
        )

    def due_to_close(self, at: dt.datetime) -> Self:
        return self.standing().filter(
            opened_at__isnull=False, closed_at__isnull=True, closes_at__lte=at
        )


class Survey(models.Model):
    """One launched questionnaire, or one that is going to be.

    Each state is entered once and has its time and, where a person chose it, its actor.
    """

    class Kind(models.TextChoices):
        ANNUAL = "annual", _("Annual survey")
        PULSE = "pulse", _("Pulse")
        OWN = "own", _("Our own survey")

    class Level(models.TextChoices):
        WITNESSED = "witnessed", _("Witnessed")
        SEALED = "sealed", _("Sealed")

    class State(models.TextChoices):
        """Derived from the times below; never stored."""

        DRAFT = "draft", _("Draft")
        FROZEN = "frozen", _("Ready to be read")
        REVIEWED = "reviewed", _("Read and confirmed")
        LAUNCHED = "launched", _("Launched")
        OPEN = "open", _("Open")
        CLOSED = "closed", _("Closed")
        COUNTED = "counted", _("Counted")
        PUBLISHED = "published", _("Published")
        CANCELLED = "cancelled", _("Cancelled")

    key = models.CharField(max_length=16, unique=True, default=KeyMaker("s"), editable=False)
    kind = models.CharField(max_length=6, choices=Kind.choices)
    level = models.CharField(max_length=9, choices=Level.choices, default=Level.WITNESSED)
    title_nb = models.CharField(_("title in Norwegian"), max_length=120)
    title_en = models.CharField(_("title in English"), max_length=120)
    # The launch list. Empty while drafting; none may be empty at launch.
    purpose_nb = models.TextField(_("purpose in Norwegian"), max_length=1000, blank=True)
    purpose_en = models.TextField(_("purpose in English"), max_length=1000, blank=True)
    who_sees_nb = models.TextField(_("who sees what, in Norwegian"), max_length=1000, blank=True)
    who_sees_en = models.TextField(_("who sees what, in English"), max_length=1000, blank=True)
    discussed_on = models.DateField(_("discussed with representatives on"), null=True, blank=True)
    feedback_on = models.DateField(_("feedback by"), null=True, blank=True)
    feedback_owner = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    retention_months = models.PositiveSmallIntegerField(
        _("months the published numbers are kept"), null=True, blank=True
    )
    opens_at = models.DateTimeField(_("opens"), null=True, blank=True)
    closes_at = models.DateTimeField(_("closes"), null=True, blank=True)
    # Why the burden limit was lifted for this one; everybody who is asked can read it.
    over_limit_reason = models.TextField(max_length=500, blank=True)
    plan = models.ForeignKey(
        PulsePlan, null=True, blank=True, on_delete=models.SET_NULL, related_name="rounds"
    )
    round_number = models.PositiveIntegerField(null=True, blank=True)

    created_at = models.DateTimeField()
    created_by = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="surveys"
    )
    # The structure is frozen and ready to be read by a representative.
    frozen_at = models.DateTimeField(null=True, blank=True)
    frozen_by = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    reviewed_at = models.DateTimeField(null=True, blank=True)
    launched_at = models.DateTimeField(null=True, blank=True)
    launched_by = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    # Keys, manifest and ballot box are ready.
    prepared_at = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    counted_at = models.DateTimeField(null=True, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancelled_by = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    cancel_reason = models.TextField(max_length=500, blank=True)
    # After the count: ballots and keys are gone, with proof in the audit log.
    destroyed_at = models.DateTimeField(null=True, blank=True)

    # Public half of the counting key, made by the witness's browser or the counting process.
    counting_key = models.BinaryField(max_length=32, null=True)
    # The manifest as it is served, byte for byte.
    manifest = models.BinaryField(null=True)
    # How often each step that talks to the ballot box failed, for the page of what is waiting.
    attempt_count = models.PositiveSmallIntegerField(default=0)
    last_problem = models.CharField(max_length=300, blank=True)

    objects = SurveyQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["annual", "pulse", "own"]), name="survey_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(level__in=["witnessed", "sealed"]), name="survey_level_known"
            ),
            models.CheckConstraint(
                condition=Q(opens_at__isnull=True)
                | Q(closes_at__isnull=True)
                | Q(closes_at__gt=F("opens_at")),
                name="survey_closes_after_it_opens",
                violation_error_message=_("A survey cannot close before it opens."),
            ),
            models.CheckConstraint(
                condition=Q(launched_at__isnull=True)
                | Q(
                    frozen_at__isnull=False,
                    counting_key__isnull=False,
                    opens_at__isnull=False,
                    closes_at__isnull=False,
                    discussed_on__isnull=False,
                    feedback_on__isnull=False,
                    feedback_owner__isnull=False,
                    retention_months__isnull=False,
                )
                & ~Q(purpose_nb="")
                & ~Q(purpose_en="")
                & ~Q(who_sees_nb="")
                & ~Q(who_sees_en=""),
                name="survey_launches_with_a_full_list",
                violation_error_message=_("The launch list is not complete."),
            ),
            models.CheckConstraint(
                condition=Q(prepared_at__isnull=True) | Q(manifest__isnull=False),
                name="survey_is_prepared_with_a_manifest",
            ),
            models.CheckConstraint(
                condition=Q(cancelled_at__isnull=True) | ~Q(cancel_reason=""),
                name="survey_cancelled_with_a_reason",
                violation_error_message=_("Say why: everybody who was asked can read it."),
            ),
            models.UniqueConstraint("plan", "round_number", name="survey_round_once"),
        ]
        indexes = [models.Index(fields=["-created_at", "-id"], name="survey_newest_first")]

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        """In the language of the page."""
        return self._in_language("title")

    @property
    def purpose(self) -> str:
        return self._in_language("purpose")

    @property
    def who_sees(self) -> str:
        return self._in_language("who_sees")

    def _in_language(self, name: str) -> str:
        text: str = getattr(self, f"{name}_{'en' if get_language() == 'en' else 'nb'}")
        return text

    @property
    def state(self) -> "Survey.State":
        """The furthest state entered."""
        for time, state in (
            (self.cancelled_at, self.State.CANCELLED),
            (self.published_at, self.State.PUBLISHED),
            (self.counted_at, self.State.COUNTED),
            (self.closed_at, self.State.CLOSED),
            (self.opened_at, self.State.OPEN),
            (self.launched_at, self.State.LAUNCHED),
            (self.reviewed_at, self.State.REVIEWED),
            (self.frozen_at, self.State.FROZEN),
        ):
            if time is not None:
                return state
        return self.State.DRAFT

    def is_open(self, at: dt.datetime) -> bool:
        """Whether ballots are given out at ``at``."""
        return (
            self.state == self.State.OPEN
            and self.opens_at is not None
            and self.closes_at is not None
            and self.opens_at <= at < self.closes_at
        )


class SurveyInstrument(models.Model):
    """A version that a survey asks, in its place. ``item_keys`` empty means all items."""

    survey = models.ForeignKey(Survey, on_delete=models.CASCADE, related_name="sections")
    version = models.ForeignKey(InstrumentVersion, on_delete=models.PROTECT, related_name="asked")
    position = models.PositiveSmallIntegerField()
    item_keys = models.JSONField(default=list, blank=True)

    class Meta:
        ordering = ("position",)
        constraints = [
            models.UniqueConstraint(
                "survey",
                "version",
                name="survey_asks_a_version_once",
                violation_error_message=_("This survey already asks that instrument."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.survey_id} {self.version}"


class SurveyAudience(models.Model):
    """Somebody's place who is asked: a unit with all below it, a site, or an employer."""

    survey = models.ForeignKey(Survey, on_delete=models.CASCADE, related_name="audience")
    unit = models.ForeignKey(Unit, null=True, blank=True, on_delete=models.PROTECT)
    site = models.ForeignKey(Site, null=True, blank=True, on_delete=models.PROTECT)
    employer = models.ForeignKey(Employer, null=True, blank=True, on_delete=models.PROTECT)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(unit__isnull=False, site__isnull=True, employer__isnull=True)
                | Q(unit__isnull=True, site__isnull=False, employer__isnull=True)
                | Q(unit__isnull=True, site__isnull=True, employer__isnull=False),
                name="survey_audience_is_one_place",
            ),
            models.UniqueConstraint(
                "survey", "unit", "site", "employer", nulls_distinct=False,
                name="survey_audience_once",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return str(self.unit or self.site or self.employer)


class Review(models.Model):
    """A representative read the frozen plan: the review that must be there before launch.

    A witness also holds a copy of the counting key; ``key_checked_at`` is when their own key file
    was last seen to fit, in their browser.
    """

    survey = models.ForeignKey(Survey, on_delete=models.CASCADE, related_name="reviews")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="survey_reviews")
    role = models.CharField(max_length=24)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    remark = models.TextField(max_length=1000, blank=True)
    is_witness = models.BooleanField(default=False)
    key_checked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("survey", "person", name="survey_reviewed_once_by_each"),
            models.CheckConstraint(
                condition=Q(role__in=["safety_delegate", "union_representative"]),
                name="survey_reviewed_by_a_representative",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.survey_id} {self.person_id}"


class Reminder(models.Model):
    """A fixed, announced time at which those who have not collected a ballot are reminded."""

    survey = models.ForeignKey(Survey, on_delete=models.CASCADE, related_name="reminders")
    send_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    # How many; never who.
    sent_count = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ("send_at",)
        constraints = [
            models.UniqueConstraint("survey", "send_at", name="survey_reminds_once_at_a_time")
        ]

    def __str__(self) -> str:
        return f"{self.survey_id} {self.send_at:%Y-%m-%d %H:%M}"


class BurdenLimit(models.Model):
    """Minutes of answering a person may be asked for in a quarter. One row, or none for 15."""

    DEFAULT_MINUTES = 15

    minutes = models.PositiveSmallIntegerField(default=DEFAULT_MINUTES)
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(pk=1), name="burden_limit_is_one_row"),
            models.CheckConstraint(
                condition=Q(minutes__gte=1, minutes__lte=120), name="burden_limit_is_sensible"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.minutes} min"
