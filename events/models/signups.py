"""A sign-up: a person's place, or their place in the queue."""

import datetime as dt
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from engagement import times
from engagement.keys import KeyMaker
from engagement.people.models import Person
from events.models.events import Event
from events.models.sittings import Job, Sitting


class SignUpQuerySet(models.QuerySet["SignUp"]):
    def live(self) -> Self:
        """Those that have, are offered, or wait for a place."""
        return self.filter(state__in=SignUp.LIVE)

    def holding(self) -> Self:
        """Those whose place nobody else can have: taken or offered."""
        return self.filter(state__in=SignUp.HOLDING)

    def in_line(self) -> Self:
        """Those that wait, in the order in which they are offered a place."""
        waiting = self.filter(state=SignUp.State.WAITING)
        return waiting.order_by(
            models.F("lot").asc(nulls_last=True), "-missed_last", "asked_at", "pk"
        )

    def lapsed(self, at: dt.datetime) -> Self:
        """Those whose offer ran out unanswered by ``at``."""
        return self.filter(state=SignUp.State.OFFERED, offer_until__lte=at)


class SignUp(models.Model):
    """One person and one sitting, as a guest or for a job.

    Who missed the series last time stands before everybody else in the queue, then whoever asked
    first. With lots the order is that of ``lot`` once they are drawn. Whoever leaves and comes again
    keeps ``key``, so that nobody gets another lot by it.
    """

    class State(models.TextChoices):
        PLACED = "placed", _("Has a place")
        OFFERED = "offered", _("Is offered a place")
        WAITING = "waiting", _("Is waiting")
        LEFT = "left", _("Has left")
        LAPSED = "lapsed", _("Did not answer the offer")

    class Wish(models.TextChoices):
        """What a kitchen must know. Organisers see how many, never who."""

        VEGETARIAN = "vegetarian", _("Vegetarian")
        VEGAN = "vegan", _("Vegan")
        GLUTEN = "gluten", _("No gluten")
        LACTOSE = "lactose", _("No lactose")
        NUTS = "nuts", _("No nuts")
        EGG = "egg", _("No egg")
        HALAL = "halal", _("Halal")

    LIVE = (State.PLACED, State.OFFERED, State.WAITING)
    HOLDING = (State.PLACED, State.OFFERED)

    key = models.CharField(max_length=16, unique=True, default=KeyMaker("g"), editable=False)
    # That of the sitting, so that the database itself keeps people to one place an event.
    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="signups")
    sitting = models.ForeignKey(Sitting, on_delete=models.CASCADE, related_name="signups")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="signups")
    job = models.ForeignKey(
        Job, null=True, blank=True, on_delete=models.CASCADE, related_name="signups"
    )
    state = models.CharField(max_length=8, choices=State.choices)
    missed_last = models.BooleanField(default=False)
    lot = models.PositiveIntegerField(null=True, blank=True)
    # Erased when the sitting is over: they may tell of health or faith.
    wishes = ArrayField(
        models.CharField(max_length=12, choices=Wish.choices), default=list, blank=True
    )
    asked_at = models.DateTimeField()
    placed_at = models.DateTimeField(null=True, blank=True)
    offered_at = models.DateTimeField(null=True, blank=True)
    offer_until = models.DateTimeField(null=True, blank=True)
    left_at = models.DateTimeField(null=True, blank=True)
    came_at = models.DateTimeField(null=True, blank=True)

    objects = SignUpQuerySet.as_manager()

    # Where it stands in its queue, from 1; set by `queries.places.with_positions`.
    position: int | None = None

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["placed", "offered", "waiting", "left", "lapsed"]),
                name="signup_state_known",
            ),
            models.CheckConstraint(
                condition=~Q(state="placed") | Q(placed_at__isnull=False),
                name="signup_placed_at_some_time",
            ),
            models.CheckConstraint(
                condition=~Q(state="offered")
                | Q(offered_at__isnull=False, offer_until__isnull=False),
                name="signup_offer_runs_out",
            ),
            models.UniqueConstraint(
                "event",
                "person",
                name="signup_one_place_an_event",
                condition=Q(state__in=["placed", "offered", "waiting"], job__isnull=True),
                violation_error_message=_("You are signed up for this already."),
            ),
            models.UniqueConstraint(
                "job",
                "person",
                name="signup_one_of_a_job",
                condition=Q(state__in=["placed", "offered", "waiting"], job__isnull=False),
                violation_error_message=_("You have this job already."),
            ),
        ]
        indexes = [
            models.Index(
                "sitting",
                "job",
                models.F("lot").asc(nulls_last=True),
                models.F("missed_last").desc(),
                "asked_at",
                "id",
                name="signups_in_line",
                condition=Q(state="waiting"),
            ),
            models.Index(
                fields=["offer_until"], name="signups_offered", condition=Q(state="offered")
            ),
            models.Index(fields=["person", "-asked_at"], name="signups_by_person"),
            # What is still to be erased.
            models.Index(fields=["sitting"], name="signups_with_wishes", condition=~Q(wishes=[])),
        ]

    def __str__(self) -> str:
        return f"{self.person} → {self.sitting}"

    @property
    def had_place(self) -> bool:
        """Whether a place came of the last asking, though it may have been left since."""
        return self.placed_at is not None and self.placed_at >= self.asked_at

    @property
    def offer_source(self) -> str:
        """What notices of its present offer are told of."""
        assert self.offered_at is not None
        return f"{self.key}.{times.milliseconds(self.offered_at)}"

    @property
    def place_source(self) -> str:
        """What the notice of a place from the queue is told of."""
        assert self.placed_at is not None
        return f"{self.key}.{times.milliseconds(self.placed_at)}"
