"""What of somebody's time here has been celebrated."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from engagement.keys import KeyMaker
from engagement.people.models import Person


class Milestone(models.Model):
    """Somebody's first day, or a number of years on it, celebrated or declined. Each once.

    Only those who want it have any. Without ``celebrated_at`` the person was asked and said no.
    """

    class Kind(models.TextChoices):
        FIRST_DAY = "first_day", _("First day")
        YEARS = "years", _("Years of service")

    key = models.CharField(max_length=16, unique=True, default=KeyMaker("j"), editable=False)
    # The constraint below begins with it.
    person = models.ForeignKey(
        Person, on_delete=models.CASCADE, related_name="milestones", db_index=False
    )
    kind = models.CharField(max_length=9, choices=Kind.choices)
    # 0 for the first day.
    years = models.PositiveSmallIntegerField(default=0)
    # The day itself, which may lie before the moment it was celebrated.
    on = models.DateField()
    celebrated_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("person", "kind", "on", name="milestone_celebrated_once"),
            models.CheckConstraint(
                condition=Q(kind="first_day", years=0) | Q(kind="years", years__gte=1),
                name="milestone_kind_and_years_fit",
            ),
            models.CheckConstraint(
                condition=Q(kind="first_day") | Q(celebrated_at__isnull=False),
                name="milestone_only_first_days_are_declined",
            ),
        ]
        indexes = [
            models.Index("celebrated_at", name="milestone_by_celebration"),
            models.Index("on", name="milestone_by_day"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.kind} {self.years}"
