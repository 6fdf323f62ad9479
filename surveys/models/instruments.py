"""What can be asked: instruments and their versions."""

from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from engagement.people.models import Person


class InstrumentQuerySet(models.QuerySet["Instrument"]):
    def in_use(self) -> Self:
        """Those that a new survey may ask."""
        return self.filter(retired_at__isnull=True)


class Instrument(models.Model):
    """A citable set of items under one key. What it asks is in its versions."""

    key = models.SlugField(_("key"), max_length=40, unique=True)
    # Came as a data file with the product; HR cannot edit it, only copy it.
    is_shipped = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(
        Person, null=True, on_delete=models.SET_NULL, related_name="instruments"
    )
    retired_at = models.DateTimeField(null=True, blank=True)

    objects = InstrumentQuerySet.as_manager()

    def __str__(self) -> str:
        return self.key


class InstrumentVersion(models.Model):
    """One wording of an instrument. From its first launch on, the database refuses to change it.

    ``content`` is a document as `surveys.instruments.parse` accepts it: source, rights, scales,
    items with texts, reversals, drivers and factors, scoring and missing rules.
    """

    instrument = models.ForeignKey(Instrument, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveSmallIntegerField()
    content = models.JSONField()
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(
        Person, null=True, on_delete=models.SET_NULL, related_name="instrument_versions"
    )
    first_asked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "instrument", "number", name="instrument_version_numbered_once"
            ),
            models.CheckConstraint(condition=Q(number__gte=1), name="instrument_version_from_one"),
            models.CheckConstraint(
                condition=Q(first_asked_at__isnull=True) | Q(first_asked_at__gte=F("created_at")),
                name="instrument_version_asked_after_it_is_made",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.instrument} {self.number}"

    @property
    def title(self) -> str:
        """In the language of the page."""
        titles: dict[str, str] = self.content["title"]
        return titles["en" if get_language() == "en" else "nb"]

    @property
    def item_count(self) -> int:
        return len(self.content["items"])
