"""What the company stands for, as kudos name it."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from engagement.people.models import HUES


class ValueQuerySet(models.QuerySet["Value"]):
    def in_use(self) -> Self:
        """Those that can be named in a new kudos, in their order."""
        return self.filter(retired_at__isnull=True).order_by("position", "key")


class Value(models.Model):
    """A company value that a kudos can name."""

    key = models.SlugField(max_length=40, unique=True)
    name_nb = models.CharField(_("name in Norwegian"), max_length=60)
    name_en = models.CharField(_("name in English"), max_length=60)
    hue = models.PositiveSmallIntegerField(_("colour"), default=0)
    emblem = models.SlugField(_("emblem"), max_length=20, default="waffle")
    position = models.PositiveSmallIntegerField(default=0)
    retired_at = models.DateTimeField(null=True, blank=True)

    objects = ValueQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(hue__lt=HUES), name="value_hue_in_palette")
        ]

    def __str__(self) -> str:
        return self.name_in(get_language() or "nb")

    def name_in(self, language: str) -> str:
        return self.name_en if language == "en" else self.name_nb
