"""What happened, in order, for whom."""

import datetime as dt
from typing import Self

from django.db import models
from django.db.models import F, Q

from engagement.keys import KeyMaker
from engagement.people.models import Employer, Site, Unit


class Stream(models.Model):
    """The celebrations of one audience: a unit, a site, an employer, or (none of them) everybody.

    ``seq`` counts the events of the stream. It is taken by ``UPDATE … RETURNING`` in the
    transaction that writes the event: a reader that has seen n has seen everything up to n,
    which an identity column does not promise.
    """

    unit = models.OneToOneField(Unit, null=True, blank=True, on_delete=models.CASCADE)
    site = models.OneToOneField(Site, null=True, blank=True, on_delete=models.CASCADE)
    employer = models.OneToOneField(Employer, null=True, blank=True, on_delete=models.CASCADE)
    seq = models.PositiveBigIntegerField(default=0, db_default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(unit__isnull=True, site__isnull=True)
                | Q(unit__isnull=True, employer__isnull=True)
                | Q(site__isnull=True, employer__isnull=True),
                name="stream_has_one_audience",
            ),
            models.UniqueConstraint(
                "unit", "site", "employer", nulls_distinct=False, name="stream_unique_audience"
            ),
        ]

    def __str__(self) -> str:
        return str(self.unit or self.site or self.employer or "everybody")


class CelebrationQuerySet(models.QuerySet["Celebration"]):
    def standing(self) -> Self:
        """Those not withdrawn."""
        return self.filter(withdrawn_at__isnull=True)

    def current(self, at: dt.datetime) -> Self:
        """Those that a wall may show now or, after their hold, soon."""
        return self.standing().filter(show_until__gt=at)


class Celebration(models.Model):
    """Anything that may appear on a wall, rendered once for each language."""

    key = models.CharField(max_length=16, unique=True, default=KeyMaker("c"), editable=False)
    kind = models.CharField(max_length=20)
    # The key of what is celebrated; a feature withdraws by it.
    source = models.CharField(max_length=40)
    # {"nb": {…}, "en": {…}}: the cards as every screen gets them, see docs/wall-protocol.md. Empty
    # once it is withdrawn.
    cards = models.JSONField()
    show_from = models.DateTimeField()
    show_until = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = CelebrationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(show_until__gt=F("show_from")), name="celebration_ends_after_it_starts"
            )
        ]
        indexes = [
            models.Index(fields=["source"], name="celebration_by_source"),
            models.Index(fields=["show_until"], name="celebration_by_end"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.source}"


class StreamEvent(models.Model):
    """A card shown in a stream, or taken away again."""

    class Op(models.TextChoices):
        SHOW = "show"
        WITHDRAW = "withdraw"

    stream = models.ForeignKey(Stream, on_delete=models.CASCADE, related_name="events")
    seq = models.PositiveBigIntegerField()
    celebration = models.ForeignKey(Celebration, on_delete=models.CASCADE, related_name="events")
    op = models.CharField(max_length=8, choices=Op.choices)

    class Meta:
        constraints = [
            models.UniqueConstraint("stream", "seq", name="stream_event_unique_seq"),
            models.CheckConstraint(
                condition=Q(op__in=["show", "withdraw"]), name="stream_event_op_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.stream_id}:{self.seq} {self.op}"
