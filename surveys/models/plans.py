"""Pulse plans: short surveys that come round, each time to another share of the people."""

import datetime as dt

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.lookups import GreaterThanOrEqual
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from engagement.keys import KeyMaker
from engagement.people.models import Person, Unit

FEWEST_WEEKS_BETWEEN = 8
# So long before it opens a round is made: witnesses have time to read it and make a key.
LEAD = dt.timedelta(days=14)
# A round is called after its plan, with its number.
LONGEST_NAME = 110
MOST_PANELS = MOST_WEEKS = 26
FEWEST_DAYS_OPEN, MOST_DAYS_OPEN = 2, 21
# Three minutes of questions on a scale.
MOST_ITEMS_A_ROUND = 15
# What the audit log says of a round that was not made, and of one that could not be launched.
PASSED_OVER, LAPSED = "pulse-round-passed-over", "pulse-round-lapsed"


class Reason(models.TextChoices):
    """Why a round was passed over."""

    LATE = "late", _("Its day had passed")
    ANNUAL = "annual", _("An annual survey is near")
    FEW = "few", _("Too few people were left to ask")
    NOTHING = "nothing", _("Nothing was left to ask")
    CLASH = "clash", _("Two instruments did not fit together")


class PulsePlan(models.Model):
    """A rotation: panels (sets of whole cells) are asked in turn, drivers are covered each quarter."""

    key = models.CharField(max_length=16, unique=True, default=KeyMaker("q"), editable=False)
    name_nb = models.CharField(_("name in Norwegian"), max_length=120)
    name_en = models.CharField(_("name in English"), max_length=120)
    panel_count = models.PositiveSmallIntegerField(_("panels"), default=4)
    # A round every so many weeks; a person's turn comes every weeks_between × panel_count weeks.
    weeks_between = models.PositiveSmallIntegerField(_("weeks between rounds"), default=2)
    open_days = models.PositiveSmallIntegerField(_("days open"), default=7)
    items_a_round = models.PositiveSmallIntegerField(_("items in a round"), default=6)
    instruments = models.ManyToManyField("surveys.Instrument", related_name="plans")
    # What every round says on its launch list; the same as on `Survey`.
    level = models.CharField(max_length=9)
    facts = models.JSONField(default=dict)
    starts_on = models.DateField(_("first round"))
    # May lie before the first round: then there never was one.
    ends_on = models.DateField(_("last day"), null=True, blank=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="pulse_plans"
    )
    paused_at = models.DateTimeField(null=True, blank=True)
    pause_reason = models.CharField(max_length=500, blank=True)
    # A representative has read the plan: its sealed rounds need no further confirmation.
    confirmed_at = models.DateTimeField(null=True, blank=True)
    confirmed_by = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    # Rounds up to this number are made, or were passed over.
    handled_round_count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(panel_count__gte=1, weeks_between__gte=1, open_days__gte=1),
                name="pulse_plan_moves",
            ),
            models.CheckConstraint(
                condition=GreaterThanOrEqual(
                    F("weeks_between") * F("panel_count"), FEWEST_WEEKS_BETWEEN
                ),
                name="pulse_plan_asks_nobody_within_eight_weeks",
                violation_error_message=_(
                    "Each person must have eight weeks of peace: more panels, or more weeks "
                    "between the rounds."
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def name(self) -> str:
        """In the language of the page."""
        return self.name_en if get_language() == "en" else self.name_nb

    @property
    def purpose(self) -> str:
        """Why its rounds ask, in the language of the page."""
        return self._said("purpose")

    @property
    def who_sees(self) -> str:
        return self._said("who_sees")

    def _said(self, name: str) -> str:
        return str(self.facts.get(f"{name}_{'en' if get_language() == 'en' else 'nb'}", ""))

    @property
    def discussed_on(self) -> dt.date:
        return dt.date.fromisoformat(self.facts["discussed_on"])

    @property
    def weeks_of_turn(self) -> int:
        """After how many weeks a person's turn comes again."""
        return self.weeks_between * self.panel_count

    def has_ended(self, day: dt.date) -> bool:
        """Whether no round may open on ``day`` or later."""
        return self.ends_on is not None and self.ends_on < day


class Panel(models.Model):
    """The units whose people are asked in one turn. Units are whole, so that cells are."""

    plan = models.ForeignKey(PulsePlan, on_delete=models.CASCADE, related_name="panels")
    number = models.PositiveSmallIntegerField()
    units = models.ManyToManyField(Unit, related_name="+")
    # The items this panel has had, by key, oldest first: what comes next is what it lacks.
    asked_items = ArrayField(models.CharField(max_length=80), default=list)

    class Meta:
        constraints = [models.UniqueConstraint("plan", "number", name="panel_numbered_once")]

    def __str__(self) -> str:
        return f"{self.plan} {self.number}"
