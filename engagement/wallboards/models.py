"""Screens on walls, what each shows, and how it was let in."""

import datetime as dt
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from engagement.keys import KeyMaker
from engagement.people.models import Person, Site, Unit, hue_of

# A screen that has not been heard of for so long is reported to its keepers.
SILENT_AFTER = dt.timedelta(minutes=10)


class Board(models.Model):
    """What a group of screens shows: one place's celebrations, in one language."""

    class Preset(models.TextChoices):
        NEAR = "near", _("Near (a desk)")
        NORMAL = "normal", _("Normal (a room)")
        FAR = "far", _("Far (a hall)")

    key = models.CharField(max_length=16, unique=True, default=KeyMaker("b"), editable=False)
    name = models.CharField(_("name"), max_length=80)
    site = models.ForeignKey(Site, null=True, blank=True, on_delete=models.PROTECT)
    unit = models.ForeignKey(Unit, null=True, blank=True, on_delete=models.PROTECT)
    language = models.CharField(
        _("language"), max_length=2, choices=Person.Language.choices, default="nb"
    )
    preset = models.CharField(
        _("distance"), max_length=6, choices=Preset.choices, default=Preset.NORMAL
    )
    is_quiet = models.BooleanField(_("quiet: no celebration effects"), default=False)
    night_from = models.TimeField(_("black from"), null=True, blank=True)
    night_to = models.TimeField(_("to"), null=True, blank=True)
    # Counts changes: a screen that sees another number fetches everything anew.
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(night_from__isnull=True, night_to__isnull=True)
                | Q(night_from__isnull=False, night_to__isnull=False),
                name="board_night_has_both_ends",
                violation_error_message=_("Give both times, or none."),
            ),
            models.CheckConstraint(
                condition=Q(preset__in=["near", "normal", "far"]), name="board_preset_known"
            ),
            models.CheckConstraint(
                condition=Q(language__in=["nb", "en"]), name="board_language_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def hue(self) -> int:
        return hue_of(self.key)


class ScreenQuerySet(models.QuerySet["Screen"]):
    def hanging(self) -> Self:
        """Those not revoked."""
        return self.filter(revoked_at__isnull=True)

    def silent(self, at: dt.datetime) -> Self:
        """Those not heard of for a while (`SILENT_AFTER`)."""
        return self.hanging().filter(last_seen_at__lt=at - SILENT_AFTER)


class Screen(models.Model):
    """A paired device: a principal of its own that may read one board, and nothing else."""

    key = models.CharField(max_length=16, unique=True, default=KeyMaker("s"), editable=False)
    name = models.CharField(_("name"), max_length=80)
    symbol = models.CharField(max_length=16, blank=True)
    board = models.ForeignKey(Board, on_delete=models.PROTECT, related_name="screens")
    key_hash = models.CharField(max_length=64, unique=True)
    paired_at = models.DateTimeField()
    paired_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    last_seen_at = models.DateTimeField()
    is_blank = models.BooleanField(default=False)
    silence_told_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    # What the screen says of itself.
    build = models.CharField(max_length=40, blank=True)
    uptime_s = models.PositiveIntegerField(null=True, blank=True)
    heap_mb = models.PositiveIntegerField(null=True, blank=True)
    last_error = models.CharField(max_length=300, blank=True)

    objects = ScreenQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name


class Pairing(models.Model):
    """A device that shows a code and waits to be let in (the shape of RFC 8628)."""

    code = models.CharField(max_length=8, unique=True)
    symbol = models.CharField(max_length=16)
    device_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)
    screen = models.OneToOneField(Screen, null=True, blank=True, on_delete=models.CASCADE)

    def __str__(self) -> str:
        return self.code
