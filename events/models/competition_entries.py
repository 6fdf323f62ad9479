"""Who takes part in a competition, who judges, and what was entered."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from engagement import times
from engagement.keys import KeyMaker
from engagement.people.models import Person
from events.competition_numbers import number_words
from events.models.competitions import MOST_VALUE, Competition, Group, Round
from events.models.events import REASON_LENGTH

EXTERNAL_ID_LENGTH = 80


class GroupMember(models.Model):
    """Somebody in a mixed group. Units and sites have the members they have."""

    competition = models.ForeignKey(Competition, on_delete=models.CASCADE, related_name="members")
    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="members")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="competition_groups")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "competition", "person", name="person_in_one_group",
                violation_error_message=_("Somebody is in two groups."),
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.person}: {self.group}"


class Judge(models.Model):
    """Somebody who enters for groups and decides a tie. Named to everybody concerned."""

    competition = models.ForeignKey(Competition, on_delete=models.CASCADE, related_name="judges")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="competitions_judged")

    class Meta:
        constraints = [models.UniqueConstraint("competition", "person", name="judge_once")]

    def __str__(self) -> str:
        return f"{self.person}: {self.competition}"


class OptOut(models.Model):
    """That somebody takes no part for a while. Nobody but that person ever reads it."""

    competition = models.ForeignKey(Competition, on_delete=models.CASCADE, related_name="opt_outs")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    out_at = models.DateTimeField()
    back_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "competition", "person", condition=Q(back_at__isnull=True), name="out_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.competition_id}"


class EntryQuerySet(models.QuerySet["Entry"]):
    def counted(self) -> Self:
        """Those that were not withdrawn."""
        return self.filter(withdrawn_at__isnull=True)

    def own_of(self, person: Person) -> Self:
        """What ``person`` entered for their own group."""
        return self.filter(by=person, way=Entry.Way.PEOPLE)

    def for_groups(self) -> Self:
        """What judges and programs entered."""
        return self.exclude(way=Entry.Way.PEOPLE)

    def judged_by(self, person: Person) -> Self:
        """What ``person`` entered for groups, as judge or with a program."""
        return self.filter(by=person).exclude(way=Entry.Way.PEOPLE)


class Entry(models.Model):
    """A contribution. Deleted two weeks after the competition is over; sums stay (`GroupSum`)."""

    class Way(models.TextChoices):
        PEOPLE = "people", _("Own")
        JUDGE = "judge", _("By a judge")
        API = "api", _("By a program")

    key = models.CharField(max_length=16, unique=True, default=KeyMaker("y"), editable=False)
    competition = models.ForeignKey(Competition, on_delete=models.CASCADE, related_name="entries")
    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="entries")
    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="entries")
    way = models.CharField(max_length=6, choices=Way.choices)
    # Who contributed (people), or who entered it for the group (judge, api).
    by = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="competition_entries")
    value = models.DecimalField(max_digits=12, decimal_places=2)
    entered_at = models.DateTimeField()
    # Entered, corrected or withdrawn last.
    changed_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    # Named by whoever sends it, so that the same twice is one.
    external_id = models.CharField(max_length=EXTERNAL_ID_LENGTH, blank=True)

    objects = EntryQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(value__gt=0, value__lte=MOST_VALUE),
                name="entry_is_more_than_nothing",
                violation_error_message=_("An entry is more than nothing."),
            ),
            models.CheckConstraint(
                condition=Q(way__in=["people", "judge", "api"]), name="entry_way_known"
            ),
            models.UniqueConstraint(
                "competition", "by", "external_id",
                condition=~Q(external_id=""), name="entry_external_id_once",
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["competition", "changed_at"], name="entries_by_change"),
            models.Index(fields=["by", "competition", "-entered_at"], name="entries_by_person"),
        ]

    def __str__(self) -> str:
        return f"{self.group} {self.value}"

    @property
    def words(self) -> str:
        """Its value as people read it, in the active language."""
        return number_words(self.value)

    @property
    def version(self) -> str:
        """Changes whenever it is corrected, taken back, struck or counted again."""
        return str(times.microseconds(self.changed_at))


class EntryChange(models.Model):
    """What an entry was before it was corrected, or struck by whoever runs the competition."""

    entry = models.ForeignKey(Entry, on_delete=models.CASCADE, related_name="changes")
    value = models.DecimalField(max_digits=12, decimal_places=2)
    until = models.DateTimeField()
    # Who did it and why, where that was somebody else than whoever entered it.
    by = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.CASCADE, related_name="entries_amended"
    )
    reason = models.CharField(max_length=REASON_LENGTH, blank=True)
    is_strike = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(by__isnull=True, reason="", is_strike=False)
                | (Q(by__isnull=False) & ~Q(reason="")),
                name="entry_change_by_another_says_why",
            )
        ]

    def __str__(self) -> str:
        return f"{self.entry_id}: {self.value}"

    @property
    def words(self) -> str:
        """What it was, as people read it, in the active language."""
        return number_words(self.value)
