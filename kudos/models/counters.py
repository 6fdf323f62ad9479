"""What the whole centre counts together, and the goals on the way. Never of a person or a team."""

from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from engagement.keys import KeyMaker

# The largest whole number that every program that reads JSON keeps exactly.
MOST_COUNTED = 2**53 - 1


class Counter(models.Model):
    """A number of the whole centre, such as all conversations since it opened."""

    key = models.SlugField(_("key"), max_length=40, unique=True)
    name_nb = models.CharField(_("name in Norwegian"), max_length=80)
    name_en = models.CharField(_("name in English"), max_length=80)
    value = models.PositiveBigIntegerField(_("number so far"), default=0)
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(value__gte=0, value__lte=MOST_COUNTED),
                name="counter_stays_exact",
                violation_error_message=_("The number is too large."),
            ),
            models.CheckConstraint(
                condition=~Q(name_nb="") & ~Q(name_en=""),
                name="counter_has_names",
                violation_error_message=_("A counter needs a name in both languages."),
            ),
        ]

    # Loaded by `queries.counters_with_goals`.
    goal_list: list["Goal"]

    def __str__(self) -> str:
        return self.name_en if get_language() == "en" else self.name_nb

    @property
    def next_goal(self) -> "Goal | None":
        """The nearest goal not reached yet, of those loaded with it."""
        return next((goal for goal in self.goal_list if goal.reached_at is None), None)

    @property
    def missing(self) -> int:
        """How far it is to the nearest goal; 0 without one."""
        return self.next_goal.target - self.value if self.next_goal else 0

    @property
    def reached(self) -> list["Goal"]:
        """The goals reached, the largest first, of those loaded with it."""
        return [goal for goal in reversed(self.goal_list) if goal.reached_at is not None]


class Goal(models.Model):
    """A number worth celebrating when its counter gets there. Reached once, whatever comes after."""

    key = models.CharField(max_length=16, unique=True, default=KeyMaker("g"), editable=False)
    # The constraint below begins with it.
    counter = models.ForeignKey(
        Counter, on_delete=models.CASCADE, related_name="goals", db_index=False
    )
    target = models.PositiveBigIntegerField(_("goal"))
    # What the wall says: "Five million conversations. Thank you, all of you."
    words_nb = models.CharField(_("words in Norwegian"), max_length=140)
    words_en = models.CharField(_("words in English"), max_length=140)
    created_at = models.DateTimeField()
    reached_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "counter",
                "target",
                name="goal_set_once_a_number",
                violation_error_message=_("There is a goal at this number already."),
            ),
            models.CheckConstraint(
                condition=Q(target__gte=1, target__lte=MOST_COUNTED),
                name="goal_can_be_counted_to",
                violation_error_message=_("The number is too large."),
            ),
            models.CheckConstraint(
                condition=~Q(words_nb="") & ~Q(words_en=""),
                name="goal_has_words",
                violation_error_message=_("A goal needs words in both languages."),
            ),
        ]

    def __str__(self) -> str:
        return self.words_en if get_language() == "en" else self.words_nb

    def words_in(self, language: str) -> str:
        return self.words_en if language == "en" else self.words_nb
