"""An event: one day of a series."""

import datetime as dt
from typing import Self

from django.db import models
from django.db.models import Q

from engagement.keys import KeyMaker
from events.models.series import DESCRIPTION_LENGTH, TITLE_LENGTH, Series

REASON_LENGTH = 200


class EventQuerySet(models.QuerySet["Event"]):
    def standing(self) -> Self:
        """Those that are held."""
        return self.filter(cancelled_at__isnull=True)

    def between(self, first: dt.date, last: dt.date) -> Self:
        """Those held from ``first`` to ``last``, both among them, in their order."""
        return self.filter(day__range=(first, last)).order_by("day", "pk")


class Event(models.Model):
    """What is held on one day. Says for itself only what differs from its series.

    ``rule_day`` is the day the rule gave, which names it for good (RECURRENCE-ID); ``day`` is when it
    is held.
    """

    key = models.CharField(max_length=16, unique=True, default=KeyMaker("e"), editable=False)
    series = models.ForeignKey(Series, on_delete=models.CASCADE, related_name="events")
    rule_day = models.DateField()
    day = models.DateField()
    # Empty: as the series says.
    own_title = models.CharField(max_length=TITLE_LENGTH, blank=True)
    own_description = models.TextField(max_length=DESCRIPTION_LENGTH, blank=True)
    # Its sittings were changed for this day alone; changes of the series pass them by.
    has_own_sittings = models.BooleanField(default=False)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancel_reason = models.CharField(max_length=REASON_LENGTH, blank=True)
    # Lots: the seed is secret until they are drawn; its SHA-256 is public from the start.
    draw_at = models.DateTimeField(null=True, blank=True)
    draw_seed = models.CharField(max_length=64, blank=True)
    drawn_at = models.DateTimeField(null=True, blank=True)

    objects = EventQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint("series", "rule_day", name="event_once_a_day"),
            models.CheckConstraint(
                condition=Q(cancelled_at__isnull=False) | Q(cancel_reason=""),
                name="event_reason_only_when_cancelled",
            ),
            models.CheckConstraint(
                condition=Q(drawn_at__isnull=True) | Q(draw_at__isnull=False) & ~Q(draw_seed=""),
                name="event_drawn_by_its_seed",
            ),
        ]
        indexes = [
            models.Index(fields=["day", "id"], name="events_by_day"),
            models.Index(
                fields=["draw_at"],
                name="events_to_draw",
                condition=Q(
                    draw_at__isnull=False, drawn_at__isnull=True, cancelled_at__isnull=True
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} {self.day}"

    @property
    def title(self) -> str:
        return self.own_title or self.series.title

    @property
    def description(self) -> str:
        return self.own_description or self.series.description
