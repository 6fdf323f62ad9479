"""Days with a look of their own."""

from typing import Any, Self

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from engagement.keys import KeyMaker
from engagement.people.models import Site
from engagement.themes import rules
from engagement.themes.looks import LOOKS
from engagement.themes.rules import Rule

NAME_LENGTH = 60
# What fits beside a wall's clock on one line.
GREETING_LENGTH = 60


class ThemeDayQuerySet(models.QuerySet["ThemeDay"]):
    def with_sites(self) -> Self:
        return self.prefetch_related("sites")


class ThemeDay(models.Model):
    """One rule of the calendar with the look of its days. ``sites`` empty means everywhere.

    Where two meet on a day the shorter one wins; then one for chosen sites before one for all;
    then the lower ``position``; then the older.
    """

    class RuleKind(models.TextChoices):
        FIXED = rules.FIXED, _("The same date every year")
        NTH = rules.NTH, _("A weekday of a month")
        EASTER = rules.EASTER, _("Counted from Easter")
        ADVENT = rules.ADVENT, _("A Sunday of Advent")
        DATE = rules.DATE, _("Once, on chosen days")

    key = models.CharField(max_length=16, unique=True, default=KeyMaker("h"), editable=False)
    # Which day of the default plan it was made from; empty for one's own.
    seed = models.SlugField(max_length=30, blank=True, editable=False)
    name_nb = models.CharField(_("name in Norwegian"), max_length=NAME_LENGTH)
    name_en = models.CharField(_("name in English"), max_length=NAME_LENGTH)
    greeting_nb = models.CharField(
        _("greeting in Norwegian"), max_length=GREETING_LENGTH, blank=True
    )
    greeting_en = models.CharField(_("greeting in English"), max_length=GREETING_LENGTH, blank=True)
    look = models.SlugField(_("look"), max_length=30)
    # Where it stands that this is a day: a law, a resolution, a custom.
    reference = models.CharField(_("where it comes from"), max_length=160, blank=True)
    rule = models.CharField(_("when"), max_length=10, choices=RuleKind, default=RuleKind.FIXED)
    month = models.PositiveSmallIntegerField(
        _("month"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(12)]
    )
    day = models.PositiveSmallIntegerField(
        _("day"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(31)]
    )
    # From Monday, 0.
    weekday = models.PositiveSmallIntegerField(
        _("weekday"), null=True, blank=True, validators=[MaxValueValidator(6)]
    )
    nth = models.SmallIntegerField(
        pgettext_lazy("of the month", "which one"), null=True, blank=True
    )
    offset = models.SmallIntegerField(
        _("days after Easter Sunday"),
        null=True,
        blank=True,
        validators=[
            MinValueValidator(-rules.EASTER_REACH),
            MaxValueValidator(rules.EASTER_REACH),
        ],
    )
    starts_on = models.DateField(_("first day"), null=True, blank=True)
    ends_on = models.DateField(_("last day"), null=True, blank=True)
    days_count = models.PositiveSmallIntegerField(
        _("how many days"),
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(rules.MOST_DAYS)],
    )
    is_on = models.BooleanField(_("switched on"), default=False)
    position = models.PositiveSmallIntegerField(_("order"), default=0)
    sites = models.ManyToManyField(Site, verbose_name=_("sites"), blank=True, related_name="+")

    objects = ThemeDayQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                Lower("name_nb"),
                name="theme_day_has_its_own_name_nb",
                violation_error_message=_("There is a theme day of this name already."),
            ),
            models.UniqueConstraint(
                Lower("name_en"),
                name="theme_day_has_its_own_name_en",
                violation_error_message=_("There is a theme day of this name already."),
            ),
            models.UniqueConstraint(
                "seed", name="theme_day_made_once_from_its_seed", condition=~Q(seed="")
            ),
            models.CheckConstraint(
                condition=~Q(name_nb="") & ~Q(name_en=""), name="theme_day_has_names"
            ),
            models.CheckConstraint(
                condition=Q(days_count__range=(1, rules.MOST_DAYS)),
                name="theme_day_lasts_a_while_at_most",
            ),
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")),
                name="theme_day_ends_after_it_starts",
                violation_error_message=_("The last day comes before the first."),
            ),
            models.CheckConstraint(
                # What is unknown passes a check, so that each is said to be known as well.
                condition=(
                    Q(rule=rules.FIXED, month__isnull=False, day__isnull=False)
                    & Q(month__range=(1, 12), day__range=(1, 31))
                    | Q(rule=rules.NTH, month__isnull=False, weekday__isnull=False)
                    & Q(month__range=(1, 12), weekday__range=(0, 6), nth__isnull=False)
                    & Q(nth__in=(-1, 1, 2, 3, 4))
                    | Q(rule=rules.EASTER, offset__isnull=False)
                    & Q(offset__range=(-rules.EASTER_REACH, rules.EASTER_REACH))
                    | Q(rule=rules.ADVENT, nth__isnull=False, nth__range=(1, 4))
                    | Q(rule=rules.DATE, starts_on__isnull=False)
                ),
                name="theme_day_rule_gives_days",
            ),
        ]
        indexes = [models.Index(fields=["position", "id"], name="theme_day_in_order")]

    def __str__(self) -> str:
        return self.name_in(get_language() or "nb")

    @property
    def name(self) -> str:
        """In the reader's language."""
        return str(self)

    @property
    def greeting(self) -> str:
        """In the reader's language; empty when there is none."""
        return self.greeting_in(get_language() or "nb")

    def name_in(self, language: str) -> str:
        return self.name_en if language.startswith("en") else self.name_nb

    def greeting_in(self, language: str) -> str:
        return self.greeting_en if language.startswith("en") else self.greeting_nb

    @property
    def when(self) -> Rule:
        """Its rule as days can be counted by."""
        facts = {name: getattr(self, name) for name in rules.FACTS[self.rule]}
        return Rule(kind=self.rule, **facts)

    def clean(self) -> None:
        """One kind of rule and what belongs to it; what belongs to another kind goes."""
        problems: dict[str, Any] = {}
        if self.look not in LOOKS:
            problems["look"] = _("There is no such look. Choose one of those that are drawn.")
        for name in ("greeting_nb", "greeting_en"):
            if "!" in getattr(self, name):
                problems[name] = _("Without exclamation marks: the walls are calm.")
        if self.rule in rules.FACTS:
            problems |= self._rule_problems()
        if problems:
            raise ValidationError(problems)
        for name in rules.ALL_FACTS:
            if name not in rules.FACTS[self.rule]:
                setattr(self, name, 1 if name == "days_count" else None)

    def _rule_problems(self) -> dict[str, Any]:
        needed = [one for one in rules.FACTS[self.rule] if one not in ("ends_on", "days_count")]
        missing = {name: _("This is missing.") for name in needed if getattr(self, name) is None}
        if missing:
            return dict(missing)
        if self.rule == rules.FIXED:
            assert self.month is not None
            assert self.day is not None
            if not rules.exists_every_year(self.month, self.day):
                return {"day": _("Not every year has this day. Choose the one before or after.")}
        if self.rule == rules.ADVENT and self.nth not in (1, 2, 3, 4):
            return {"nth": _("Advent has four Sundays: choose the first to the fourth.")}
        if self.rule == rules.NTH and self.nth not in (-1, 1, 2, 3, 4):
            return {"nth": _("Choose the first to the fourth, or the last.")}
        if self.rule == rules.DATE and self.ends_on:
            assert self.starts_on is not None
            if self.ends_on < self.starts_on:
                return {"ends_on": _("The last day comes before the first.")}
            if (self.ends_on - self.starts_on).days >= rules.MOST_DAYS:
                return {"ends_on": _("At most %(most)d days.") % {"most": rules.MOST_DAYS}}
        return {}
