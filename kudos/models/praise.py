"""What customers say about agents, as another system sends it, until somebody has looked at it."""

from typing import Any, Final, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Case, Q, When
from django.db.models import Value as Constant
from django.utils.translation import gettext_lazy as _

from engagement.keys import KeyMaker
from engagement.people.models import Person
from kudos.models.kudos import Kudos

PRAISE_LENGTH = 4000

WAITING: Final = "waiting"
ASIDE: Final = "aside"
HANDLED: Final = "handled"
IS_HANDLED = Q(approved_at__isnull=False) | Q(dismissed_at__isnull=False)
# Its own column, kept by the database: what lists filter by and an index begins with.
TRAY = Case(
    When(IS_HANDLED, then=Constant(HANDLED)),
    When(set_aside_at__isnull=False, then=Constant(ASIDE)),
    default=Constant(WAITING),
)


class PraiseQuerySet(models.QuerySet["Praise"]):
    def waiting(self) -> Self:
        """Those that nobody has decided about and no rule has set aside."""
        return self.filter(tray=WAITING)

    def unhandled(self) -> Self:
        """Those neither passed on nor dismissed, set aside or not."""
        return self.exclude(tray=HANDLED)


class Praise(models.Model):
    """One text of a customer about an agent (or nobody in particular).

    States follow from times: set aside by a rule at its arrival, passed on as a kudos, or
    dismissed; neither is waiting. ``flags`` are the parts that look like personal data, as
    ``{"start", "end", "kind"}`` in letters of ``text``; see `kudos.scrubbing`.
    """

    key = models.CharField(max_length=16, unique=True, default=KeyMaker("f"), editable=False)
    source = models.SlugField(max_length=40, db_index=False)
    external_id = models.CharField(max_length=100)
    text = models.CharField(max_length=PRAISE_LENGTH)
    # As the sender tells it, such as "nb"; empty when it does not.
    language = models.CharField(max_length=3, blank=True, default="")
    # The indexes below begin with it.
    agent = models.ForeignKey(
        Person,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="praise",
        db_index=False,
    )
    topic = models.CharField(max_length=60, blank=True, default="")
    # How sure the sender is that it is praise worth reading: 0 not at all, 1 wholly.
    score = models.FloatField(null=True, blank=True)
    happened_at = models.DateTimeField(null=True, blank=True)
    received_at = models.DateTimeField()
    flags = models.JSONField(default=list)
    set_aside_at = models.DateTimeField(null=True, blank=True)
    # What the rule said that set it aside, as `PraiseRule.facts`; the rule may change afterwards.
    set_aside_reason = models.JSONField(default=dict)
    approved_at = models.DateTimeField(null=True, blank=True)
    approved_by = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    kudos = models.OneToOneField(
        Kudos, null=True, blank=True, on_delete=models.CASCADE, related_name="praise"
    )
    dismissed_at = models.DateTimeField(null=True, blank=True)
    dismissed_by = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    tray = models.GeneratedField(
        expression=TRAY, output_field=models.CharField(max_length=8), db_persist=True
    )

    objects = PraiseQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint("source", "external_id", name="praise_arrives_once"),
            models.CheckConstraint(
                condition=~Q(source="") & ~Q(external_id=""), name="praise_comes_from_somewhere"
            ),
            models.CheckConstraint(
                condition=~Q(text=""),
                name="praise_says_something",
                violation_error_message=_("The text is empty."),
            ),
            models.CheckConstraint(
                condition=Q(score__isnull=True) | Q(score__gte=0, score__lte=1),
                name="praise_score_from_0_to_1",
            ),
            models.CheckConstraint(
                condition=Q(approved_at__isnull=True, approved_by__isnull=True, kudos__isnull=True)
                | Q(approved_at__isnull=False, approved_by__isnull=False, kudos__isnull=False),
                name="praise_passed_on_has_its_kudos",
            ),
            models.CheckConstraint(
                condition=Q(dismissed_at__isnull=True, dismissed_by__isnull=True)
                | Q(dismissed_at__isnull=False, dismissed_by__isnull=False),
                name="praise_dismissed_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(approved_at__isnull=True) | Q(dismissed_at__isnull=True),
                name="praise_ends_one_way",
            ),
            models.CheckConstraint(
                condition=Q(agent__isnull=True)
                | Q(approved_by__isnull=True)
                | ~Q(approved_by=models.F("agent")),
                name="praise_not_passed_on_to_self",
            ),
        ]
        indexes = [
            models.Index(fields=["tray", "-received_at", "-id"], name="praise_newest_first"),
            models.Index(
                fields=["agent", "tray", "-received_at", "-id"], name="praise_newest_of_agent"
            ),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def is_handled(self) -> bool:
        return self.approved_at is not None or self.dismissed_at is not None

    @property
    def state(self) -> str:
        """``waiting``, ``set_aside``, ``approved`` or ``dismissed``."""
        if self.approved_at:
            return "approved"
        if self.dismissed_at:
            return "dismissed"
        return "set_aside" if self.set_aside_at else "waiting"


class PraiseRule(models.Model):
    """What sets praise aside at its arrival. Rules are asked in order; the first that fits decides."""

    class Kind(models.TextChoices):
        TOO_SHORT = "too_short", _("Short texts")
        TOO_LONG = "too_long", _("Long texts")
        LOW_SCORE = "low_score", _("A low score from the sender")
        WITHOUT_WORDS = "without_words", _("Texts without certain words")
        WITH_WORDS = "with_words", _("Texts with certain words")
        WEEKLY = "weekly", _("More than so many a week for one person")

    COUNTING = (Kind.TOO_SHORT, Kind.TOO_LONG, Kind.WEEKLY)
    NAMING_WORDS = (Kind.WITHOUT_WORDS, Kind.WITH_WORDS)

    key = models.CharField(max_length=16, unique=True, default=KeyMaker("g"), editable=False)
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=13, choices=Kind.choices)
    # Empty: whoever sends it.
    source = models.SlugField(max_length=40, blank=True, default="", db_index=False)
    count = models.PositiveSmallIntegerField(null=True, blank=True)
    score = models.FloatField(null=True, blank=True)
    words = ArrayField(models.CharField(max_length=60), default=list, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    kind__in=["too_short", "too_long", "weekly"],
                    count__isnull=False,
                    count__gte=1,
                    score__isnull=True,
                    words=[],
                )
                | Q(
                    kind="low_score",
                    count__isnull=True,
                    score__isnull=False,
                    score__gt=0,
                    score__lte=1,
                    words=[],
                )
                | Q(
                    kind__in=["without_words", "with_words"],
                    count__isnull=True,
                    score__isnull=True,
                    words__len__gt=0,
                ),
                name="praise_rule_says_how_much",
                violation_error_message=_("Say how many, or which words."),
            ),
        ]
        indexes = [models.Index(fields=["position", "id"], name="praise_rules_in_order")]

    def __str__(self) -> str:
        return self.key

    @property
    def facts(self) -> dict[str, Any]:
        """What it looks for, as a reason that outlives the rule."""
        found: dict[str, Any] = {"kind": self.kind}
        if self.kind in self.COUNTING:
            found["count"] = self.count
        elif self.kind in self.NAMING_WORDS:
            found["words"] = list(self.words)
        else:
            found["score"] = self.score
        return found
