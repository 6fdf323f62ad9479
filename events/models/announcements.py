"""An announcement: what was decided or will be done, told to exactly those it affects."""

import datetime as dt
from typing import Self

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from engagement.keys import KeyMaker
from engagement.people.models import Employer, Person, Site, Unit
from events.models.events import REASON_LENGTH
from events.models.series import TITLE_LENGTH, Series

ANSWER_LENGTH = 600
SHORT_ANSWER_LENGTH = 300
BODY_LENGTH = 80
MOST_WALL_DAYS = 14
# So long something that was told counts as new to those who have not read it, and so long it is
# kept who has.
NEW_FOR = dt.timedelta(days=90)


class AnnouncementQuerySet(models.QuerySet["Announcement"]):
    def drafts(self) -> Self:
        """Those that nobody has been sent, waiting for their time or for their author."""
        return self.filter(published_at__isnull=True)

    def due(self, at: dt.datetime) -> Self:
        """Those whose time to be published has come."""
        return self.drafts().filter(publish_at__lte=at)

    def published(self) -> Self:
        """Those that were sent, also what is over or was withdrawn since."""
        return self.filter(published_at__isnull=False)

    def standing(self) -> Self:
        """Those that hold: sent, and neither over nor withdrawn."""
        return self.published().filter(withdrawn_at__isnull=True, ended_at__isnull=True)

    def unread_by(self, person: Person, at: dt.datetime) -> Self:
        """Those that hold and were sent or corrected lately, as ``person`` has not read them."""
        read = Reading.objects.filter(
            announcement=OuterRef("pk"), person=person, revision__gte=OuterRef("revision")
        )
        return self.standing().filter(
            ~Exists(read), recipients__person=person, told_at__gt=at - NEW_FOR
        )

    def latest_first(self) -> Self:
        return self.order_by("-told_at", "-pk")


class Announcement(models.Model):
    """A draft until it is published; from then on its words change by corrections alone.

    Where it stands follows from its times. ``version`` counts every change, so that a page can say
    what it has seen; ``revision`` counts what readers were told: 1 when it was published, one more
    with each correction, the last of them at ``told_at``.
    """

    class Kind(models.TextChoices):
        DECISION = "decision", _("A decision")
        ACTIVITY = "activity", _("An activity")

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        SCHEDULED = "scheduled", _("Waits for its time")
        PUBLISHED = "published", _("Sent")
        ENDED = "ended", _("Over")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    key = models.CharField(max_length=16, unique=True, default=KeyMaker("v"), editable=False)
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.DECISION)
    title = models.CharField(max_length=TITLE_LENGTH)
    decided = models.TextField(max_length=ANSWER_LENGTH, blank=True)
    why = models.TextField(max_length=ANSWER_LENGTH, blank=True)
    affects = models.TextField(max_length=SHORT_ANSWER_LENGTH, blank=True)
    next_step = models.TextField(max_length=SHORT_ANSWER_LENGTH, blank=True)
    next_on = models.DateField(null=True, blank=True)
    # Who decided, where it was not the author alone.
    body_name = models.CharField(max_length=BODY_LENGTH, blank=True)
    series = models.ForeignKey(
        Series, null=True, blank=True, on_delete=models.SET_NULL, related_name="announcements"
    )
    author = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="announcements_written"
    )
    # None: not on walls. A list of people never is.
    wall_days = models.PositiveSmallIntegerField(null=True, blank=True)
    # The last day on which it holds; empty for as long as nobody ends it.
    ends_on = models.DateField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    revision = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    scheduled_at = models.DateTimeField(null=True, blank=True)
    scheduled_by = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    publish_at = models.DateTimeField(null=True, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    told_at = models.DateTimeField(null=True, blank=True)
    recipient_count = models.PositiveIntegerField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    # Empty where ``ends_on`` ended it.
    ended_by = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    withdraw_reason = models.CharField(max_length=REASON_LENGTH, blank=True)

    objects = AnnouncementQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(title=""), name="announcement_has_a_title"),
            models.CheckConstraint(
                condition=Q(kind__in=["decision", "activity"]), name="announcement_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(wall_days__isnull=True) | Q(wall_days__range=(1, MOST_WALL_DAYS)),
                name="announcement_hangs_for_some_days",
            ),
            models.CheckConstraint(
                condition=Q(
                    publish_at__isnull=True, scheduled_at__isnull=True, scheduled_by__isnull=True
                )
                | Q(
                    publish_at__isnull=False,
                    scheduled_at__isnull=False,
                    scheduled_by__isnull=False,
                ),
                name="announcement_scheduled_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(
                    published_at__isnull=True,
                    published_by__isnull=True,
                    told_at__isnull=True,
                    recipient_count__isnull=True,
                    revision=0,
                )
                | Q(
                    published_at__isnull=False,
                    published_by__isnull=False,
                    told_at__gte=F("published_at"),
                    recipient_count__gt=0,
                    revision__gte=1,
                ),
                name="announcement_published_to_somebody",
            ),
            models.CheckConstraint(
                condition=Q(published_at__isnull=True, publish_at__isnull=True)
                | (~Q(decided="") & ~Q(why="") & ~Q(affects="")),
                name="announcement_is_whole_when_sent",
            ),
            models.CheckConstraint(
                condition=Q(
                    withdrawn_at__isnull=True, withdrawn_by__isnull=True, withdraw_reason=""
                )
                | Q(
                    withdrawn_at__isnull=False,
                    withdrawn_by__isnull=False,
                    published_at__isnull=False,
                )
                & ~Q(withdraw_reason=""),
                name="announcement_withdrawn_with_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_by__isnull=True)
                | Q(ended_at__isnull=False, published_at__isnull=False, withdrawn_at__isnull=True),
                name="announcement_ends_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["publish_at"],
                name="announcements_to_publish",
                condition=Q(publish_at__isnull=False, published_at__isnull=True),
            ),
            models.Index(
                fields=["ends_on"],
                name="announcements_to_end",
                condition=Q(
                    ends_on__isnull=False,
                    published_at__isnull=False,
                    ended_at__isnull=True,
                    withdrawn_at__isnull=True,
                ),
            ),
            models.Index(fields=["-told_at", "-id"], name="announcements_latest_first"),
            models.Index(fields=["author", "-changed_at"], name="announcements_by_author"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def state(self) -> State:
        if self.withdrawn_at:
            return self.State.WITHDRAWN
        if self.ended_at:
            return self.State.ENDED
        if self.published_at:
            return self.State.PUBLISHED
        return self.State.SCHEDULED if self.publish_at else self.State.DRAFT

    @property
    def is_corrected(self) -> bool:
        return self.revision > 1

    @property
    def source(self) -> str:
        """What the notices and the card of its present revision are told of."""
        return f"announcement:{self.key}:{self.revision}"

    def sources_to(self, revision: int) -> list[str]:
        """What its readers were told of, up to ``revision``, and that it was withdrawn."""
        told: list[int | str] = [*range(1, revision + 1), "withdrawn"]
        return [f"announcement:{self.key}:{one}" for one in told]


class AnnouncementAudience(models.Model):
    """Whom it is for: a unit with those below it, a site, an employer, or one person of a list.

    Several together mean whoever is in any of them.
    """

    announcement = models.ForeignKey(
        Announcement, on_delete=models.CASCADE, related_name="audiences"
    )
    unit = models.ForeignKey(
        Unit, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    site = models.ForeignKey(
        Site, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    employer = models.ForeignKey(
        Employer, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    person = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    unit__isnull=False,
                    site__isnull=True,
                    employer__isnull=True,
                    person__isnull=True,
                )
                | Q(
                    unit__isnull=True,
                    site__isnull=False,
                    employer__isnull=True,
                    person__isnull=True,
                )
                | Q(
                    unit__isnull=True,
                    site__isnull=True,
                    employer__isnull=False,
                    person__isnull=True,
                )
                | Q(
                    unit__isnull=True,
                    site__isnull=True,
                    employer__isnull=True,
                    person__isnull=False,
                ),
                name="announcement_audience_is_one_thing",
            ),
            models.UniqueConstraint(
                "announcement", "unit", "site", "employer", "person",
                name="announcement_audience_once", nulls_distinct=False,
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.announcement}: {self.unit or self.site or self.employer or self.person}"


class AnnouncementRevision(models.Model):
    """What readers were told, word for word: when it was published, and with each correction."""

    announcement = models.ForeignKey(
        Announcement, on_delete=models.CASCADE, related_name="revisions"
    )
    number = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=TITLE_LENGTH)
    decided = models.TextField(max_length=ANSWER_LENGTH)
    why = models.TextField(max_length=ANSWER_LENGTH)
    affects = models.TextField(max_length=SHORT_ANSWER_LENGTH)
    next_step = models.TextField(max_length=SHORT_ANSWER_LENGTH, blank=True)
    next_on = models.DateField(null=True, blank=True)
    body_name = models.CharField(max_length=BODY_LENGTH, blank=True)
    # What was corrected, and why; empty for the first.
    note = models.CharField(max_length=REASON_LENGTH, blank=True)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "announcement", "number", name="announcement_revision_has_a_number"
            ),
            models.CheckConstraint(
                condition=Q(number=1, note="") | Q(number__gt=1) & ~Q(note=""),
                name="announcement_correction_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.announcement} {self.number}"


class AnnouncementRecipient(models.Model):
    """Somebody it was sent to, as they stood on the day it was published. Never changes."""

    announcement = models.ForeignKey(
        Announcement, on_delete=models.CASCADE, related_name="recipients"
    )
    # The constraint below begins with it.
    person = models.ForeignKey(
        Person, on_delete=models.CASCADE, related_name="announcements_got", db_index=False
    )

    class Meta:
        constraints = [
            models.UniqueConstraint("person", "announcement", name="announcement_sent_once"),
        ]

    def __str__(self) -> str:
        return f"{self.announcement} → {self.person}"


class Reading(models.Model):
    """That somebody has read it, and which revision. Its person's own business: nobody else is shown
    it, and it is deleted after 90 days."""

    announcement = models.ForeignKey(
        Announcement, on_delete=models.CASCADE, related_name="readings"
    )
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+", db_index=False)
    read_at = models.DateTimeField()
    revision = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint("person", "announcement", name="announcement_read_once"),
            models.CheckConstraint(
                condition=Q(revision__gte=1), name="announcement_read_after_it_was_sent"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.announcement} {self.revision}"


class ReadCount(models.Model):
    """About how many had read it so many days after it was published (`events.read_counts`).

    ``step`` is blurred before it is stored. The true number is nowhere.
    """

    announcement = models.ForeignKey(
        Announcement, on_delete=models.CASCADE, related_name="read_counts"
    )
    days = models.PositiveSmallIntegerField()
    step = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint("announcement", "days", name="announcement_counted_once"),
        ]

    def __str__(self) -> str:
        return f"{self.announcement} {self.days} {self.step}"
