"""A sitting: one time slot of an event, with its places and its jobs."""

import datetime as dt
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from engagement.keys import KeyMaker
from engagement.people.models import ShiftPattern, Site
from events.models.events import Event
from events.models.series import MOST_PLACES, PLACE_LENGTH, SittingPlan


class SittingQuerySet(models.QuerySet["Sitting"]):
    def standing(self) -> Self:
        """Those that are held."""
        return self.filter(cancelled_at__isnull=True)

    def open(self, at: dt.datetime) -> Self:
        """Those one can sign up for at ``at``."""
        return self.standing().filter(opens_at__lte=at, closes_at__gt=at)

    def overlapping(self, starts_at: dt.datetime, ends_at: dt.datetime) -> Self:
        """Those that have a moment in common with the time from ``starts_at`` to ``ends_at``."""
        return self.filter(starts_at__lt=ends_at, ends_at__gt=starts_at)


class Sitting(models.Model):
    """One time slot. ``taken_count`` are the places that somebody has or is offered.

    Whatever changes who has a place holds this row and counts here; the database itself refuses
    one too many. ``sequence`` grows with every change that a calendar must hear of (RFC 5545).
    """

    key = models.CharField(max_length=16, unique=True, default=KeyMaker("s"), editable=False)
    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="sittings")
    # Gone when it was added for one day alone, or when its plan was taken away.
    plan = models.ForeignKey(
        SittingPlan, null=True, blank=True, on_delete=models.SET_NULL, related_name="sittings"
    )
    site = models.ForeignKey(
        Site, null=True, blank=True, on_delete=models.PROTECT, related_name="sittings"
    )
    shift_pattern = models.ForeignKey(
        ShiftPattern, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("to"))
    place = models.CharField(_("place"), max_length=PLACE_LENGTH, blank=True)
    capacity = models.PositiveIntegerField(_("places"), null=True, blank=True)
    taken_count = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    cancelled_at = models.DateTimeField(null=True, blank=True)
    sequence = models.PositiveIntegerField(default=0, db_default=0)
    changed_at = models.DateTimeField()

    objects = SittingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="sitting_ends_after_it_starts",
                violation_error_message=_("A sitting ends after it starts."),
            ),
            models.CheckConstraint(
                condition=Q(capacity__isnull=True) | Q(capacity__range=(1, MOST_PLACES)),
                name="sitting_has_places",
                violation_error_message=_("A sitting has between 1 and 5000 places."),
            ),
            models.CheckConstraint(
                condition=Q(capacity__isnull=True) | Q(taken_count__lte=F("capacity")),
                name="sitting_never_too_full",
                violation_error_message=_("More people have a place than this. Free some first."),
            ),
            models.CheckConstraint(
                condition=Q(opens_at__lte=F("closes_at"), closes_at__lte=F("ends_at")),
                name="sitting_closes_in_time",
                violation_error_message=_("Sign-up opens before it closes, and closes in time."),
            ),
        ]
        indexes = [
            models.Index(fields=["starts_at", "id"], name="sittings_by_start"),
            models.Index(fields=["site", "starts_at"], name="sittings_by_site"),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.starts_at:%H:%M}"

    @property
    def zone(self) -> str | None:
        """The name of the wall clock it is told by; None for the organisation's own."""
        return self.site.timezone if self.site else None

    @property
    def free_count(self) -> int | None:
        """Places nobody has; None when there is no limit."""
        return None if self.capacity is None else self.capacity - self.taken_count


class Job(models.Model):
    """Hands wanted at a sitting, counted like its places."""

    key = models.CharField(max_length=16, unique=True, default=KeyMaker("j"), editable=False)
    sitting = models.ForeignKey(Sitting, on_delete=models.CASCADE, related_name="jobs")
    name = models.CharField(_("job"), max_length=40)
    capacity = models.PositiveSmallIntegerField(_("hands"), default=1)
    taken_count = models.PositiveSmallIntegerField(default=0, db_default=0, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint("sitting", "name", name="job_once"),
            models.CheckConstraint(
                condition=Q(taken_count__lte=F("capacity")), name="job_never_too_many"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def event(self) -> Event:
        return self.sitting.event
