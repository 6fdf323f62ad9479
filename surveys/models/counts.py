"""What a count leaves: numbers of groups, loose comments, receipts. Never an answer sheet."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from engagement.people.models import Person
from surveys.models.surveys import Survey


class Count(models.Model):
    """One finished count. By a witness, or by the counting process (then ``by`` is empty)."""

    survey = models.OneToOneField(Survey, on_delete=models.CASCADE, related_name="count")
    by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()
    ballot_count = models.PositiveIntegerField()
    spoilt_count = models.PositiveIntegerField()
    # Bundle entries that were no ballots: {"signature": n, "duplicate": n, "cell": n}.
    refused = models.JSONField(default=dict)
    root = models.CharField(max_length=64)
    # The ballot box has the receipts and shows them.
    is_told = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(spoilt_count__lte=models.F("ballot_count")),
                name="count_spoils_at_most_all",
            )
        ]

    def __str__(self) -> str:
        return f"{self.survey_id} {self.ballot_count}"


class GroupStatistic(models.Model):
    """How many answered in one group: a cell of k or more, the rest of a node, or the whole."""

    class Kind(models.TextChoices):
        CELL = "cell"
        REST = "rest"
        WHOLE = "whole"

    count = models.ForeignKey(Count, on_delete=models.CASCADE, related_name="groups")
    key = models.CharField(max_length=16)
    kind = models.CharField(max_length=5, choices=Kind.choices)
    answered = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint("count", "kind", "key", name="group_counted_once"),
            models.CheckConstraint(
                condition=Q(kind__in=["cell", "rest", "whole"]), name="group_kind_known"
            ),
            models.CheckConstraint(condition=Q(answered__gte=5), name="group_of_five_or_more"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class ItemStatistic(models.Model):
    """How often each point of an item's scale was chosen in a group."""

    group = models.ForeignKey(GroupStatistic, on_delete=models.CASCADE, related_name="items")
    item_key = models.CharField(max_length=80)
    n = models.PositiveIntegerField()
    counts = ArrayField(models.PositiveIntegerField())

    class Meta:
        constraints = [
            models.UniqueConstraint("group", "item_key", name="item_counted_once_in_a_group"),
            models.CheckConstraint(condition=Q(n__gte=5), name="item_of_five_or_more"),
        ]

    def __str__(self) -> str:
        return f"{self.group_id} {self.item_key}"


class Comment(models.Model):
    """A loose comment. Its row number is random, so that no order tells anything."""

    id = models.BigIntegerField(primary_key=True)
    count = models.ForeignKey(Count, on_delete=models.CASCADE, related_name="comments")
    group_key = models.CharField(max_length=16)
    item_key = models.CharField(max_length=80)
    audience = models.CharField(max_length=12)
    text = models.TextField(max_length=1000)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(audience__in=["team", "site", "organisation"]),
                name="comment_audience_known",
            )
        ]

    def __str__(self) -> str:
        return str(self.pk)


class PublishedReceipt(models.Model):
    """A ballot that was counted, by the code that its writer can look for."""

    count = models.ForeignKey(Count, on_delete=models.CASCADE, related_name="receipts")
    receipt = models.CharField(max_length=20)

    class Meta:
        ordering = ("receipt",)
        constraints = [models.UniqueConstraint("count", "receipt", name="receipt_published_once")]

    def __str__(self) -> str:
        return self.receipt
