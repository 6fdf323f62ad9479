"""An idea for something to do together, and who wants it."""

import datetime as dt
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from engagement.keys import KeyMaker
from engagement.people.models import Person, Site
from events.models.events import REASON_LENGTH
from events.models.series import TITLE_LENGTH, Series

WHAT_LENGTH = 1000
# Fewer than so many votes are told as "fewer than five".
FEWEST_VOTES = 5


class IdeaQuerySet(models.QuerySet["Idea"]):
    def open(self) -> Self:
        """Those that wait for somebody to decide."""
        return self.filter(state=Idea.State.OPEN)

    def told(self) -> Self:
        """Those that colleagues may read: neither hidden nor taken back."""
        return self.exclude(state__in=[Idea.State.HIDDEN, Idea.State.WITHDRAWN])

    def reported(self, at: dt.datetime) -> Self:
        """Those that colleagues may read and that a report waits about which is shown at ``at``."""
        waiting = Q(reports__outcome="waiting", reports__shown_from__lte=at)
        return self.told().filter(pk__in=self.model.objects.filter(waiting).values("pk"))

    def too_old(self, limit: dt.datetime) -> Self:
        """Open ones from ``limit`` or before."""
        return self.open().filter(created_at__lte=limit)


class Idea(models.Model):
    """What somebody proposes, for a site or (without one) for everybody.

    Who wants to stay unnamed is kept only while it is open, and told to nobody; votes likewise
    (docs/decisions/0097). ``vote_count`` stays.
    """

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        PICKED = "picked", _("It happens")
        DECLINED = "declined", _("Not this time")
        WITHDRAWN = "withdrawn", _("Taken back")
        LAPSED = "lapsed", _("Closed by age")
        HIDDEN = "hidden", _("Hidden")

    key = models.CharField(max_length=16, unique=True, default=KeyMaker("i"), editable=False)
    title = models.CharField(_("title"), max_length=TITLE_LENGTH)
    what = models.TextField(_("what"), max_length=WHAT_LENGTH, blank=True)
    site = models.ForeignKey(
        Site, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    proposer = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="ideas_proposed"
    )
    is_named = models.BooleanField(default=True)
    state = models.CharField(max_length=9, choices=State.choices, default=State.OPEN)
    vote_count = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    created_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="ideas_settled"
    )
    reason = models.CharField(max_length=REASON_LENGTH, blank=True)
    # What it has become.
    series = models.ForeignKey(
        Series, null=True, blank=True, on_delete=models.SET_NULL, related_name="ideas"
    )

    objects = IdeaQuerySet.as_manager()

    # Whether the reader has voted; set by `queries.ideas`.
    is_mine_voted: bool = False

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(title=""), name="idea_has_a_title"),
            models.CheckConstraint(
                condition=Q(
                    state__in=["open", "picked", "declined", "withdrawn", "lapsed", "hidden"]
                ),
                name="idea_state_known",
            ),
            models.CheckConstraint(
                condition=Q(state="open", settled_at__isnull=True)
                | ~Q(state="open") & Q(settled_at__isnull=False),
                name="idea_settled_at_some_time",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["declined", "hidden"]) | ~Q(reason=""),
                name="idea_declined_with_a_reason",
                violation_error_message=_("Say why: those who wanted it read it."),
            ),
            models.CheckConstraint(
                condition=Q(is_named=False) | Q(proposer__isnull=False),
                name="idea_named_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(state="open") | Q(is_named=True) | Q(proposer__isnull=True),
                name="idea_forgets_who_is_not_named",
            ),
        ]
        indexes = [
            models.Index(
                fields=["created_at"], name="ideas_open_by_age", condition=Q(state="open")
            ),
            models.Index(fields=["-settled_at"], name="ideas_by_settling"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def author(self) -> Person | None:
        """Who is shown to have proposed it; None for who wants to stay unnamed."""
        return self.proposer if self.is_named else None

    @property
    def votes_told(self) -> int | None:
        """How many want it; None for fewer than five."""
        return self.vote_count if self.vote_count >= FEWEST_VOTES else None

    @property
    def is_open(self) -> bool:
        return self.state == self.State.OPEN


class IdeaVote(models.Model):
    """That somebody wants an idea. No time: nobody is ever told who, and it goes when it is settled."""

    idea = models.ForeignKey(Idea, on_delete=models.CASCADE, related_name="votes")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "idea",
                "person",
                name="idea_vote_once",
                violation_error_message=_("You have voted for it already."),
            )
        ]

    def __str__(self) -> str:
        return str(self.idea)
