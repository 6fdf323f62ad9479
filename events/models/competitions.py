"""A competition: contests between groups, never between people.

Nothing here says how much one person has contributed but `Entry`, which its person alone reads and
which is deleted soon after the end (docs/decisions/0091).
"""

import datetime as dt
from typing import Self

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from engagement.keys import KeyMaker
from engagement.people.models import OneRowInt8Range, Person, Site, Unit
from events.models.coverage import time_taken
from events.models.events import REASON_LENGTH
from events.models.series import DESCRIPTION_LENGTH, TITLE_LENGTH

UNIT_WORD_LENGTH = 20
GROUP_NAME_LENGTH = 60
# What one entry may be at most, whatever a competition allows.
MOST_VALUE = 1_000_000


class CompetitionEmblem(models.TextChoices):
    """The drawing beside its name (`templates/events/emblems`); each is a picture with its word."""

    CUP = "cup", _("Cup")
    WALK = "walk", _("Walk")
    GAME = "game", _("Game")
    QUIZ = "quiz", _("Quiz")
    LEARN = "learn", _("Learning")
    FOOD = "food", _("Food")
    WAFFLE = "waffle", _("Waffle")
    MUSIC = "music", _("Music")


class GroupKind(models.TextChoices):
    """Between whom a competition is."""

    UNITS = "units", _("Teams")
    SITES = "sites", _("Sites")
    MIXED = "mixed", pgettext_lazy("groups", "Mixed groups")


class TieRule(models.TextChoices):
    """What happens when two stand alike at the end."""

    SHARED = "shared", _("They share the place")
    FIRST = "first", _("Whoever reached it first")
    JUDGE = "judge", _("A judge decides")
    LOT = "lot", _("By lot")


class CompetitionQuerySet(models.QuerySet["Competition"]):
    def standing(self) -> Self:
        """Those that are held."""
        return self.filter(cancelled_at__isnull=True)

    def running(self, at: dt.datetime) -> Self:
        """Those that have begun and are not closed."""
        return self.standing().filter(starts_at__lte=at, closed_at__isnull=True)

    def to_close(self, at: dt.datetime) -> Self:
        """Those whose time is over by ``at`` and that nobody has closed yet."""
        return self.standing().filter(ends_at__lte=at, closed_at__isnull=True)


class Competition(models.Model):
    """What is counted, from when to when, and how a tie is decided.

    ``starts_at`` and ``ends_at`` are those of its first and last round. Its state follows from times:
    coming, running, closed (the standing is computed and frozen), told (people and walls know).
    """

    Emblem = CompetitionEmblem
    Kind = GroupKind
    Tie = TieRule

    key = models.CharField(max_length=16, unique=True, default=KeyMaker("x"), editable=False)
    title = models.CharField(_("title"), max_length=TITLE_LENGTH)
    description = models.TextField(_("description"), max_length=DESCRIPTION_LENGTH, blank=True)
    emblem = models.CharField(
        _("emblem"), max_length=10, choices=CompetitionEmblem.choices, default="cup"
    )
    unit_word = models.CharField(_("unit"), max_length=UNIT_WORD_LENGTH)
    kind = models.CharField(_("between"), max_length=6, choices=GroupKind.choices)
    # Who enters; at least one of them.
    by_people = models.BooleanField(_("people themselves"), default=True)
    by_judge = models.BooleanField(_("a judge"), default=False)
    by_api = models.BooleanField(_("a program"), default=False)
    # For mixed groups: whether people choose one themselves, and where those must belong.
    is_joined_freely = models.BooleanField(default=False)
    for_site = models.ForeignKey(
        Site, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    for_unit = models.ForeignKey(
        Unit, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    # Everybody may look at it, whether they take part or not.
    is_for_everybody = models.BooleanField(default=False)
    tie_rule = models.CharField(max_length=6, choices=TieRule.choices, default="shared")
    # Secret until it is closed; its SHA-256 is public from the start (`events.lots`).
    tie_seed = models.CharField(max_length=64, blank=True)
    most_per_entry = models.DecimalField(
        _("at most for one entry"), max_digits=12, decimal_places=2
    )
    most_per_day = models.DecimalField(
        _("at most for one person a day"), max_digits=12, decimal_places=2
    )
    shows_on_walls = models.BooleanField(_("on the walls"), default=True)
    organiser = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="competitions_organised"
    )
    created_at = models.DateTimeField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    # When the standing was last brought up to date, which follows any single entry and is shown to
    # nobody; and on which morning what waited overnight was told last.
    refreshed_at = models.DateTimeField(null=True, blank=True)
    flushed_on = models.DateField(null=True, blank=True)
    # Counts the cards of its standing: each hangs under a name of its own until the next is there.
    card_count = models.PositiveIntegerField(default=0)
    closed_at = models.DateTimeField(null=True, blank=True)
    # A tie for the first place may wait for a judge; until then nobody is told.
    told_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    # Empty when the clock called it off because too few had joined.
    cancel_reason = models.CharField(max_length=REASON_LENGTH, blank=True)
    # When entries, judges and who was out were deleted.
    erased_at = models.DateTimeField(null=True, blank=True)

    objects = CompetitionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(title=""), name="competition_has_a_title"),
            models.CheckConstraint(condition=~Q(unit_word=""), name="competition_counts_something"),
            models.CheckConstraint(
                condition=Q(emblem__in=CompetitionEmblem.values), name="competition_emblem_known"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=GroupKind.values), name="competition_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(tie_rule__in=TieRule.values), name="competition_tie_rule_known"
            ),
            models.CheckConstraint(
                condition=Q(by_people=True) | Q(by_judge=True) | Q(by_api=True),
                name="competition_has_a_way_of_entries",
                violation_error_message=_("Choose who enters what is counted."),
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="competition_ends_after_it_starts",
                violation_error_message=_("A competition ends after it starts."),
            ),
            models.CheckConstraint(
                condition=Q(most_per_entry__gt=0, most_per_entry__lte=MOST_VALUE)
                & Q(most_per_day__gte=F("most_per_entry")),
                name="competition_limits_can_be_kept",
            ),
            models.CheckConstraint(
                condition=~Q(tie_rule="lot") | Q(tie_seed__regex=r"^[0-9a-f]{64}$"),
                name="competition_lot_has_a_seed",
            ),
            models.CheckConstraint(
                condition=Q(for_site__isnull=True) | Q(for_unit__isnull=True),
                name="competition_is_for_one_place",
            ),
            models.CheckConstraint(
                condition=Q(is_joined_freely=False) | Q(kind="mixed"),
                name="competition_joined_only_when_mixed",
            ),
            models.CheckConstraint(
                condition=Q(cancelled_at__isnull=False) | Q(cancel_reason=""),
                name="competition_reason_only_when_cancelled",
            ),
            models.CheckConstraint(
                condition=Q(told_at__isnull=True) | Q(closed_at__isnull=False),
                name="competition_told_once_closed",
            ),
        ]
        indexes = [
            models.Index(
                fields=["ends_at"],
                name="competitions_to_close",
                condition=Q(closed_at__isnull=True, cancelled_at__isnull=True),
            ),
            models.Index(
                fields=["closed_at"],
                name="competitions_to_tell",
                condition=Q(told_at__isnull=True, closed_at__isnull=False),
            ),
            models.Index(
                fields=["ends_at"], name="competitions_to_erase", condition=Q(erased_at=None)
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def wall_source(self) -> str:
        """Under which name its present card hangs."""
        return f"{self.key}:{self.card_count}"

    @property
    def why_cancelled(self) -> str:
        """In the words of whoever did it, else the clock's, in the active language; or nothing."""
        if self.cancelled_at is None:
            return ""
        too_few = _("Fewer than two groups had five people when it was to start.")
        return self.cancel_reason or str(too_few)

    def is_over(self, at: dt.datetime) -> bool:
        return self.closed_at is not None or at >= self.ends_at


class Round(models.Model):
    """A stretch of a competition. The head counts of its groups are taken when it starts."""

    competition = models.ForeignKey(Competition, on_delete=models.CASCADE, related_name="rounds")
    number = models.PositiveSmallIntegerField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    counted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("competition", "number", name="round_numbered_once"),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="round_ends_after_it_starts",
                violation_error_message=_("A round ends after it starts."),
            ),
            ExclusionConstraint(
                name="competition_has_one_round_at_a_time",
                expressions=[
                    (OneRowInt8Range("competition"), RangeOperators.OVERLAPS),
                    (time_taken(), RangeOperators.OVERLAPS),
                ],
                violation_error_message=_("Two rounds are at the same time."),
            ),
        ]
        indexes = [
            models.Index(
                fields=["starts_at"], name="rounds_to_count", condition=Q(counted_at__isnull=True)
            )
        ]

    def __str__(self) -> str:
        return f"{self.competition} {self.number}"

    def is_running(self, at: dt.datetime) -> bool:
        return self.starts_at <= at < self.ends_at

    @property
    def last_at(self) -> dt.datetime:
        """Within its last day: a round that ends at midnight ends on the day before."""
        return self.ends_at - dt.timedelta(seconds=1)


class Group(models.Model):
    """Who competes: a unit with those below it, a site, or people who were put or came together.

    ``number`` gives its colour, its pattern and its letter (`events.palette`): never colour alone.
    """

    key = models.CharField(max_length=16, unique=True, default=KeyMaker("w"), editable=False)
    competition = models.ForeignKey(Competition, on_delete=models.CASCADE, related_name="groups")
    number = models.PositiveSmallIntegerField()
    name = models.CharField(_("name"), max_length=120)
    unit = models.ForeignKey(
        Unit, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    site = models.ForeignKey(
        Site, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    # Since when what its people entered is told; None while fewer than five have.
    told_at = models.DateTimeField(null=True, blank=True)
    # The last moment whose entries are in what is told.
    told_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("competition", "number", name="group_numbered_once"),
            models.UniqueConstraint(
                "competition", "name", name="group_named_once",
                violation_error_message=_("Two groups have the same name."),
            ),
            models.CheckConstraint(condition=~Q(name=""), name="group_has_a_name"),
            models.CheckConstraint(
                condition=Q(unit__isnull=True) | Q(site__isnull=True),
                name="group_is_one_thing",
            ),
            models.UniqueConstraint(
                "competition", "unit", condition=Q(unit__isnull=False), name="group_unit_once"
            ),
            models.UniqueConstraint(
                "competition", "site", condition=Q(site__isnull=False), name="group_site_once"
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name


class GroupSum(models.Model):
    """What is told of a group for one round: its heads, and the sums that count."""

    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="sums")
    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="sums")
    head_count = models.PositiveIntegerField()
    people_sum = models.DecimalField(max_digits=18, decimal_places=2, default=0)
    judged_sum = models.DecimalField(max_digits=18, decimal_places=2, default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint("round", "group", name="group_sum_once"),
            models.CheckConstraint(
                condition=Q(people_sum__gte=0, judged_sum__gte=0),
                name="group_sum_not_below_nothing",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.group} {self.round_id}: {self.head_count}"


class Result(models.Model):
    """The standing as it was frozen when the competition closed. Holds no person."""

    class State(models.TextChoices):
        COUNTED = "counted"
        TOO_FEW = "too_few"
        WAITING = "waiting"

    competition = models.ForeignKey(Competition, on_delete=models.CASCADE, related_name="results")
    group = models.OneToOneField(Group, on_delete=models.CASCADE, related_name="result")
    state = models.CharField(max_length=8, choices=State.choices)
    total = models.DecimalField(max_digits=18, decimal_places=2, default=0)
    per_head = models.DecimalField(max_digits=18, decimal_places=2, null=True, blank=True)
    place = models.PositiveSmallIntegerField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state="counted", per_head__isnull=False, place__isnull=False)
                | Q(
                    state__in=["too_few", "waiting"],
                    per_head__isnull=True,
                    place__isnull=True,
                    total=0,
                ),
                name="result_has_a_number_only_when_counted",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.place} {self.group}"
