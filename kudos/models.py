"""A thank-you: who gives it, to whom, for what, and who may see it."""

import datetime as dt
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from engagement.keys import KeyMaker
from engagement.live.models import Stream
from engagement.people.models import HUES, Person, Unit

MESSAGE_LENGTH = 500
NOT_ON_CARDS = (
    "password", "last_login", "email", "phone", "title", "search_text", "sort_name",
)  # fmt: skip


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


class KudosQuerySet(models.QuerySet["Kudos"]):
    def standing(self) -> Self:
        """Those not withdrawn."""
        return self.filter(withdrawn_at__isnull=True)

    def shown(self, at: dt.datetime) -> Self:
        """Those whose hold is over and that were not withdrawn."""
        return self.standing().filter(show_from__lte=at)

    def with_everything(self) -> Self:
        """Loads what a card shows, in a constant number of queries."""
        # What no card shows is left in the database: the widest columns are among it.
        receivers = (
            KudosReceiver.objects.select_related("person__employer", "unit")
            .defer(*(f"person__{field}" for field in NOT_ON_CARDS))
            .order_by("pk")
        )
        return (
            self.select_related("giver__employer", "value")
            .defer(*(f"giver__{field}" for field in NOT_ON_CARDS))
            .prefetch_related(models.Prefetch("receivers", queryset=receivers))
        )


class Kudos(models.Model):
    """One thank-you. Held back until ``show_from``; until then only its giver sees it."""

    class Audience(models.TextChoices):
        TEAM = "team", _("The team")
        SITE = "site", _("The site")
        COMPANY = "company", _("Everybody")
        PRIVATE = "private", _("Only us")

    key = models.CharField(max_length=16, unique=True, default=KeyMaker("k"), editable=False)
    giver = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="kudos_given")
    message = models.CharField(_("message"), max_length=MESSAGE_LENGTH)
    value = models.ForeignKey(
        Value, null=True, blank=True, on_delete=models.PROTECT, related_name="kudos"
    )
    audience = models.CharField(max_length=7, choices=Audience.choices)
    wants_wall = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    show_from = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    # A form or client that sends the same thing twice says so by the same text here.
    once = models.CharField(max_length=64, null=True, blank=True, editable=False)  # noqa: DJ001 - NULL is unlike NULL, "" is not

    objects = KudosQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(audience__in=["team", "site", "company", "private"]),
                name="kudos_audience_known",
            ),
            models.CheckConstraint(
                condition=~Q(message=""),
                name="kudos_says_something",
                violation_error_message=_("Write a line about what you saw."),
            ),
            models.CheckConstraint(
                condition=Q(show_from__gte=F("created_at")), name="kudos_shown_after_it_is_made"
            ),
            models.CheckConstraint(
                condition=~Q(audience="private", wants_wall=True),
                name="kudos_private_stays_off_walls",
                violation_error_message=_("A private thank-you cannot go on a wall."),
            ),
            models.UniqueConstraint("giver", "once", name="kudos_sent_once"),
        ]
        indexes = [models.Index(fields=["giver", "-show_from", "-id"], name="kudos_by_giver")]

    def __str__(self) -> str:
        return self.key


class KudosReceiverQuerySet(models.QuerySet["KudosReceiver"]):
    def shown(self, at: dt.datetime) -> Self:
        """Those whose kudos is past its hold and was not withdrawn."""
        return self.filter(show_from__lte=at, kudos__withdrawn_at__isnull=True)


class KudosReceiver(models.Model):
    """A person or a unit that is thanked.

    The giver is repeated here so that the database itself refuses self-praise.
    """

    kudos = models.ForeignKey(Kudos, on_delete=models.CASCADE, related_name="receivers")
    giver = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="kudos_received"
    )
    unit = models.ForeignKey(
        Unit, null=True, blank=True, on_delete=models.PROTECT, related_name="kudos_received"
    )
    show_from = models.DateTimeField()
    # The receiver took this one off the walls; it stays in the feed.
    off_wall_at = models.DateTimeField(null=True, blank=True)

    objects = KudosReceiverQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(person__isnull=True) ^ Q(unit__isnull=True),
                name="kudos_receiver_is_person_or_unit",
            ),
            models.CheckConstraint(
                condition=Q(person__isnull=True) | ~Q(person=F("giver")),
                name="kudos_not_to_self",
                violation_error_message=_("You cannot thank yourself."),
            ),
            models.UniqueConstraint("kudos", "person", name="kudos_thanks_a_person_once"),
            models.UniqueConstraint("kudos", "unit", name="kudos_thanks_a_unit_once"),
        ]
        indexes = [
            models.Index(fields=["person", "-show_from", "-kudos"], name="kudos_by_receiver"),
            models.Index(fields=["unit", "-show_from", "-kudos"], name="kudos_by_receiving_unit"),
            models.Index(fields=["giver", "-id"], name="kudos_receivers_by_giver"),
        ]

    def __str__(self) -> str:
        return f"{self.kudos_id} → {self.person or self.unit}"


class KudosReach(models.Model):
    """An audience that may read a kudos: what makes each feed one bounded walk over an index."""

    kudos = models.ForeignKey(Kudos, on_delete=models.CASCADE, related_name="reaches")
    stream = models.ForeignKey(Stream, on_delete=models.CASCADE, related_name="+")
    show_from = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint("kudos", "stream", name="kudos_reaches_a_stream_once")
        ]
        indexes = [
            models.Index(fields=["stream", "-show_from", "-kudos"], name="kudos_reach_newest_first")
        ]

    def __str__(self) -> str:
        return f"{self.kudos_id} → {self.stream_id}"
