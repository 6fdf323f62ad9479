"""Who is on shift when, and how many of a team may be off the phones in the same slot."""

import datetime as dt

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils.translation import gettext_lazy as _

from engagement.keys import KeyMaker
from engagement.people.models import OneRowInt8Range, Person, Unit
from events.models.events import REASON_LENGTH
from events.models.sittings import Sitting

# Longer than this is a start and an end that have changed places, not a shift.
LONGEST_SHIFT = dt.timedelta(hours=14)
MOST_ON_PHONES = 999
MOST_COUNTED = 5000


def time_taken() -> Func:
    """The time from ``starts_at`` up to, without, ``ends_at``."""
    return Func(
        F("starts_at"), F("ends_at"), Value("[)"),
        function="tstzrange", output_field=DateTimeRangeField(),
    )  # fmt: skip


class RosterDay(models.Model):
    """That the roster says when ``person`` works on ``day``; without shifts it says they are off.

    Where it says nothing, the person's usual shift pattern counts. A shift belongs to the day on
    which it starts, by the wall clock of the person's site.
    """

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="roster_days")
    day = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint("person", "day", name="roster_speaks_once_a_day")]
        indexes = [models.Index(fields=["day"], name="roster_days_by_day")]

    def __str__(self) -> str:
        return f"{self.person} {self.day}"


class RosterShift(models.Model):
    """A shift of one person. Gone fourteen days after it (`actions.rosters.purge_shifts`)."""

    roster_day = models.ForeignKey(RosterDay, on_delete=models.CASCADE, related_name="shifts")
    # That of the day, so that the database itself keeps people to one shift at a time.
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="roster_shifts")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="shift_ends_after_it_starts",
                violation_error_message=_("A shift ends after it starts."),
            ),
            models.CheckConstraint(
                condition=Q(ends_at__lte=F("starts_at") + Value(LONGEST_SHIFT)),
                name="shift_lasts_at_most_14_hours",
                violation_error_message=_("A shift lasts at most 14 hours."),
            ),
            # btree_gist is not there: the row number is compared as a range of one.
            ExclusionConstraint(
                name="person_is_on_one_shift_at_a_time",
                expressions=[
                    (OneRowInt8Range("person"), RangeOperators.OVERLAPS),
                    (time_taken(), RangeOperators.OVERLAPS),
                ],
                violation_error_message=_("The person has another shift at that time."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.starts_at:%Y-%m-%d %H:%M}"


class HeadCount(models.Model):
    """How many of a team are on shift in a slot, where nobody tells who."""

    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="head_counts")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    count = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="head_count_ends_after_it_starts",
                violation_error_message=_("A slot ends after it starts."),
            ),
            models.CheckConstraint(
                condition=Q(count__lte=MOST_COUNTED), name="head_count_can_be",
                violation_error_message=_("A head count is at most 5000."),
            ),
            ExclusionConstraint(
                name="unit_is_counted_once_at_a_time",
                expressions=[
                    (OneRowInt8Range("unit"), RangeOperators.OVERLAPS),
                    (time_taken(), RangeOperators.OVERLAPS),
                ],
                violation_error_message=_("The team has another head count at that time."),
            ),
        ]  # fmt: skip
        indexes = [models.Index(fields=["unit", "starts_at"], name="head_counts_by_unit")]

    def __str__(self) -> str:
        return f"{self.unit} {self.starts_at:%Y-%m-%d %H:%M}: {self.count}"


class CoverageRule(models.Model):
    """How many of each team may be away in the same slot. Holds for the unit and, team by team, for
    those below it that have none of their own. Both limits hold; 100 and 0 limit nothing."""

    unit = models.OneToOneField(Unit, on_delete=models.CASCADE, related_name="coverage_rule")
    most_away_percent = models.PositiveSmallIntegerField(
        _("at most away, per cent"), default=20, validators=[MaxValueValidator(100)]
    )
    least_on_phones = models.PositiveSmallIntegerField(
        _("at least on the phones"), default=0, validators=[MaxValueValidator(MOST_ON_PHONES)]
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(most_away_percent__lte=100, least_on_phones__lte=MOST_ON_PHONES),
                name="coverage_rule_can_be_kept",
                violation_error_message=_("Up to 100 per cent away and 999 on the phones."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.unit}: {self.most_away_percent} %, {self.least_on_phones}"

    def allowed_away(self, on_shift: int) -> int:
        """How many of ``on_shift`` may be away at once. Never rounded up."""
        share = on_shift * self.most_away_percent // 100
        return max(0, min(share, on_shift - self.least_on_phones))


class CoverageLift(models.Model):
    """That the rule does not hold for one sitting and a unit with those below it.

    Who lifted it stands in the audit log.
    """

    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="coverage_lifts")
    sitting = models.ForeignKey(Sitting, on_delete=models.CASCADE, related_name="coverage_lifts")
    reason = models.CharField(_("reason"), max_length=REASON_LENGTH)
    lifted_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "sitting", "unit", name="coverage_lifted_once",
                violation_error_message=_("The rule is lifted for this sitting already."),
            ),
            models.CheckConstraint(
                condition=~Q(reason=""), name="coverage_lifted_for_a_reason",
                violation_error_message=_("Say why the rule is lifted."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.unit}, {self.sitting}"


class CoverageBreach(models.Model):
    """That more of a team are away at a sitting than its rule allows, from when to when: a shift or a
    rule changed after they had signed up.

    Found by the clock (`actions.watching.watch_coverage`) and gone as soon as it is so no more, or
    over; when it comes again it is another one.
    """

    key = models.CharField(max_length=16, unique=True, default=KeyMaker("b"), editable=False)
    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="coverage_breaches")
    sitting = models.ForeignKey(Sitting, on_delete=models.CASCADE, related_name="coverage_breaches")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    # When the managers of the site were told; empty until then.
    told_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("sitting", "unit", name="coverage_breach_stands_once"),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="coverage_breach_ends_after_it_starts",
            ),
        ]
        indexes = [
            models.Index(
                fields=["starts_at"], name="coverage_breaches_to_tell",
                condition=Q(told_at__isnull=True),
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.unit}, {self.sitting}"


class ShiftFile(models.Model):
    """A roster file between its preview and the answer to it. Then it is gone."""

    key = models.CharField(max_length=16, unique=True, default=KeyMaker("f"), editable=False)
    filename = models.CharField(max_length=200)
    content = models.BinaryField()
    uploaded_by = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="shift_files")
    uploaded_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["uploaded_at"], name="shift_files_by_age")]

    def __str__(self) -> str:
        return self.filename
