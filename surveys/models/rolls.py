"""Who is asked, and in which cell. Nothing here knows when anybody answered, or what."""

from django.db import models
from django.db.models import Q

from engagement.people.models import Person
from surveys.models.surveys import Survey


class Cell(models.Model):
    """The group an answer is counted in, frozen before launch."""

    class Kind(models.TextChoices):
        TEAM = "team"
        MERGED = "merged"
        LEADERS = "leaders"

    survey = models.ForeignKey(Survey, on_delete=models.CASCADE, related_name="cells")
    key = models.CharField(max_length=8)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=7, choices=Kind.choices)
    # The node of the tree it hangs under: a unit's key, or "whole".
    parent_key = models.CharField(max_length=16)
    # [{"key": …, "name": …}] from the top of the tree down to the parent, named as they were when
    # the structure was frozen. Empty under "whole".
    parent_path = models.JSONField(default=list)
    # The same of the units whose people are counted here; for leaders, the units they belong to.
    units = models.JSONField(default=list)
    site_name = models.CharField(max_length=120, blank=True)
    invited_count = models.PositiveIntegerField()
    minutes = models.FloatField(default=0)
    # How many had collected a ballot when the survey closed; the roll itself is gone then.
    collected_count = models.PositiveIntegerField(null=True, blank=True)
    # RSA-2048 in PKCS#8: says "one ballot per invited person". Deleted when the survey closes.
    signing_key = models.BinaryField(null=True)
    modulus = models.BinaryField(max_length=256, null=True)

    class Meta:
        ordering = ("key",)
        constraints = [
            models.UniqueConstraint("survey", "key", name="cell_keyed_once_in_a_survey"),
            models.CheckConstraint(
                condition=Q(kind__in=["team", "merged", "leaders"]), name="cell_kind_known"
            ),
            models.CheckConstraint(condition=Q(invited_count__gte=5), name="cell_has_five_or_more"),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.name}"


class RollEntry(models.Model):
    """One invited person. No time anywhere: not even when a ballot was collected.

    Deleted when the survey closes.
    """

    survey = models.ForeignKey(Survey, on_delete=models.CASCADE, related_name="roll")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="roll_entries")
    cell = models.ForeignKey(Cell, on_delete=models.CASCADE, related_name="roll")
    is_collected = models.BooleanField(default=False)
    # SHA-256 of the blinded message: the same request again gets the same answer, another none.
    blinded_digest = models.BinaryField(max_length=32, null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("survey", "person", name="person_on_the_roll_once"),
            models.CheckConstraint(
                condition=Q(is_collected=False, blinded_digest__isnull=True)
                | Q(is_collected=True, blinded_digest__isnull=False),
                name="collected_with_a_digest",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.survey_id} {self.person_id}"
