"""What HR decides about kudos: words that warn, and what becomes of leavers' thanks."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

WORD_LENGTH = 60


class WarnedWord(models.Model):
    """A word that is asked about before it is sent. It never stops anybody."""

    class Language(models.TextChoices):
        NORWEGIAN = "nb", _("Norwegian")
        ENGLISH = "en", _("English")

    language = models.CharField(_("language"), max_length=2, choices=Language.choices)
    word = models.CharField(_("word"), max_length=WORD_LENGTH)
    # As `kudos.wording` compares it.
    folded = models.CharField(max_length=2 * WORD_LENGTH, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "language",
                "folded",
                name="warned_word_once_a_language",
                violation_error_message=_("The word is on the list already."),
            ),
            models.CheckConstraint(condition=Q(language__in=["nb", "en"]), name="warned_word_language_known"),
            models.CheckConstraint(
                condition=~Q(folded=""),
                name="warned_word_has_letters",
                violation_error_message=_("Write one word with letters in it."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.word


class KudosPolicy(models.Model):
    """What becomes of leavers' thanks in feeds. One row, or none for the beginning's choice."""

    class Leavers(models.TextChoices):
        NAMED = "named", _("They stay, with the name")
        UNNAMED = "unnamed", _("They stay, without the name")
        GONE = "gone", _("They go from feeds")

    DAYS_MOST = 365

    leavers = models.CharField(
        _("thanks of people who have left"),
        max_length=7,
        choices=Leavers.choices,
        default=Leavers.NAMED,
    )
    # Days after the first day away; only for those that go.
    gone_after_days = models.PositiveSmallIntegerField(default=30)
    changed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(pk=1), name="kudos_policy_is_one_row"),
            models.CheckConstraint(
                condition=Q(leavers__in=["named", "unnamed", "gone"]),
                name="kudos_policy_leavers_known",
            ),
            models.CheckConstraint(
                condition=Q(gone_after_days__lte=365), name="kudos_policy_days_sensible"
            ),
        ]

    def __str__(self) -> str:
        return self.leavers
