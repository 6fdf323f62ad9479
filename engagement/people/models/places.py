"""Employers, sites, units and shifts."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from engagement.keys import KeyMaker
from engagement.people.models.periods import OneRowInt8Range, PeriodQuerySet, period
from engagement.people.models.words import hue_of


class Employer(models.Model):
    """A legal employer: the company itself, or a partner whose people serve its customers."""

    key = models.CharField(max_length=16, unique=True, default=KeyMaker("e"), editable=False)
    name = models.CharField(_("name"), max_length=120, unique=True)
    is_partner = models.BooleanField(_("partner"), default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(name=""),
                name="employer_has_name",
                violation_error_message=_("An employer needs a name."),
            )
        ]

    def __str__(self) -> str:
        return self.name


class Site(models.Model):
    """A physical place with a wall clock of its own."""

    key = models.CharField(max_length=16, unique=True, default=KeyMaker("t"), editable=False)
    name = models.CharField(_("name"), max_length=120, unique=True)
    city = models.CharField(_("city"), max_length=120, blank=True)
    timezone = models.CharField(_("time zone"), max_length=60, default="Europe/Oslo")
    closed_on = models.DateField(_("closed on"), null=True, blank=True)

    def __str__(self) -> str:
        return self.name


class Unit(models.Model):
    """A node of the organisation tree. Where it stands in the tree is a `UnitPlacement`."""

    key = models.CharField(max_length=16, unique=True, default=KeyMaker("u"), editable=False)
    name = models.CharField(_("name"), max_length=120)
    employer = models.ForeignKey(Employer, on_delete=models.PROTECT, related_name="units")
    opened_on = models.DateField(_("opened on"))
    closed_on = models.DateField(_("closed on"), null=True, blank=True)
    # For a part of the company that is one line in the tree: its people are not in the product.
    stated_headcount = models.PositiveIntegerField(_("stated head count"), null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(closed_on__isnull=True) | Q(closed_on__gte=F("opened_on")),
                name="unit_closes_after_it_opens",
                violation_error_message=_("A unit cannot close before it opens."),
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def initials(self) -> str:
        """Two letters of the last word, which is the one that tells teams apart."""
        words = self.name.split()
        return (words[-1] if words else self.name)[:2].upper()

    @property
    def hue(self) -> int:
        return hue_of(self.key)


class UnitPlacement(models.Model):
    """Under which parent, and at which site, a unit stood in a period."""

    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="placements")
    parent = models.ForeignKey(
        Unit, null=True, blank=True, on_delete=models.PROTECT, related_name="child_placements"
    )
    site = models.ForeignKey(
        Site, null=True, blank=True, on_delete=models.PROTECT, related_name="placements"
    )
    from_on = models.DateField()
    to_on = models.DateField(null=True, blank=True)

    objects = PeriodQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(to_on__isnull=True) | Q(to_on__gt=F("from_on")),
                name="unit_placement_ends_after_it_starts",
                violation_error_message=_("A period must end after it starts."),
            ),
            models.CheckConstraint(
                condition=Q(parent__isnull=True) | ~Q(parent=F("unit")),
                name="unit_placement_not_under_itself",
                violation_error_message=_("A unit cannot stand under itself."),
            ),
            ExclusionConstraint(
                name="unit_stands_in_one_place_at_a_time",
                expressions=[
                    (OneRowInt8Range("unit"), RangeOperators.OVERLAPS),
                    (period(), RangeOperators.OVERLAPS),
                ],
                violation_error_message=_("The unit already has a place in that period."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.unit} {self.from_on}–{self.to_on or ''}"


class ShiftPattern(models.Model):
    """A person's usual shift: which weekdays (ISO, Monday is 1), from when to when."""

    key = models.SlugField(max_length=30, unique=True)
    name_nb = models.CharField(max_length=60)
    name_en = models.CharField(max_length=60)
    weekdays = ArrayField(models.PositiveSmallIntegerField())
    starts_at = models.TimeField()
    ends_at = models.TimeField()

    def __str__(self) -> str:
        return self.name_en if get_language() == "en" else self.name_nb
