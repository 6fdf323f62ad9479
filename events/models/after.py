"""What is left of an event when it is over: how it was, in numbers, and its photos."""

import datetime as dt
from typing import Self

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from engagement.keys import KeyMaker
from engagement.live.models import Stream
from engagement.people.models import Person
from events.models.events import Event

ALT_LENGTH = 200
# Fewer answers, or fewer who came, are told to nobody.
FEWEST_TOLD = 5


class TallyQuerySet(models.QuerySet["Tally"]):
    def open(self, at: dt.datetime) -> Self:
        """Those that can be answered at ``at``."""
        return self.filter(closed_at__isnull=True, closes_at__gt=at)

    def to_close(self, at: dt.datetime) -> Self:
        return self.filter(closed_at__isnull=True, closes_at__lte=at)


class Tally(models.Model):
    """How an event was, in numbers: made when it is over, told once it has closed, and not before.

    Closed with fewer than five answers it holds none (docs/decisions/0098).
    """

    class Opinion(models.TextChoices):
        GOOD = "good", _("Good")
        FINE = "fine", _("Fine")
        NOT_MINE = "not_mine", _("Not for me")

    event = models.OneToOneField(Event, on_delete=models.CASCADE, related_name="tally")
    asked_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    # Of those who checked in; 0 also for fewer than five.
    came_count = models.PositiveIntegerField(default=0)
    good_count = models.PositiveIntegerField(default=0, db_default=0)
    fine_count = models.PositiveIntegerField(default=0, db_default=0)
    not_mine_count = models.PositiveIntegerField(default=0, db_default=0)

    objects = TallyQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(closes_at__gt=F("asked_at")), name="tally_closes_after_it_asks"
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True)
                | Q(good_count=0, fine_count=0, not_mine_count=0)
                | Q(
                    good_count__gte=FEWEST_TOLD - F("fine_count") - F("not_mine_count"),
                ),
                name="tally_closed_tells_of_five_or_nobody",
            ),
            models.CheckConstraint(
                condition=Q(came_count=0) | Q(came_count__gte=FEWEST_TOLD),
                name="tally_came_five_or_not_told",
            ),
        ]
        indexes = [
            models.Index(
                fields=["closes_at"],
                name="tallies_to_close",
                condition=Q(closed_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return f"{self.event}: {self.answer_count}"

    @property
    def answer_count(self) -> int:
        return self.good_count + self.fine_count + self.not_mine_count


class TallyMark(models.Model):
    """That somebody has answered. Not what, not when; gone when the tally closes."""

    tally = models.ForeignKey(Tally, on_delete=models.CASCADE, related_name="marks")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "tally",
                "person",
                name="tally_answered_once",
                violation_error_message=_("You have answered already."),
            )
        ]

    def __str__(self) -> str:
        return str(self.tally.event)


class PhotoQuerySet(models.QuerySet["Photo"]):
    def standing(self) -> Self:
        """Those nobody has taken down."""
        return self.filter(hidden_at__isnull=True)

    def agreed(self, day: dt.date) -> Self:
        """Those everybody may see who may see the event: all on it have agreed, and work here."""
        missing = PhotoTag.objects.filter(photo=OuterRef("pk")).filter(
            Q(agreed_at__isnull=True) | Q(person__left_on__lte=day)
        )
        return self.standing().exclude(Exists(missing))

    def on_walls(self, day: dt.date) -> Self:
        """Those that hang on walls: all on it have agreed to that too, and work here."""
        missing = PhotoTag.objects.filter(photo=OuterRef("pk"), wall_agreed_at__isnull=True)
        return self.agreed(day).filter(hung_at__isnull=False).exclude(Exists(missing))

    def with_leavers(self, day: dt.date) -> Self:
        """Those that somebody is on who has left by ``day``."""
        gone = PhotoTag.objects.filter(photo=OuterRef("pk"), person__left_on__lte=day)
        return self.standing().filter(Exists(gone))

    def unanswered(self) -> Self:
        """Those that wait for somebody's yes."""
        waiting = PhotoTag.objects.filter(photo=OuterRef("pk"), agreed_at__isnull=True)
        return self.standing().filter(Exists(waiting))


class Photo(models.Model):
    """A picture of an event. Taken down, its picture and who was on it are deleted at once; the row
    tells its uploader so for a week, without its words (docs/decisions/0099)."""

    key = models.CharField(max_length=16, unique=True, default=KeyMaker("h"), editable=False)
    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="photos")
    uploader = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="photos_uploaded")
    # What it shows, in words, for those who do not see it; empty once it is taken down.
    alt = models.CharField(max_length=ALT_LENGTH)
    width = models.PositiveSmallIntegerField()
    height = models.PositiveSmallIntegerField()
    uploaded_at = models.DateTimeField()
    hidden_at = models.DateTimeField(null=True, blank=True)
    # Since when the organiser wants it on the walls, and since when it hangs there: all on it have
    # agreed to that too.
    wall_asked_at = models.DateTimeField(null=True, blank=True)
    hung_at = models.DateTimeField(null=True, blank=True)
    # The walls that those on it were asked about.
    wall_streams = models.ManyToManyField(Stream, blank=True, related_name="+")

    objects = PhotoQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(alt="") | Q(hidden_at__isnull=False), name="photo_says_what_it_shows"
            ),
            models.CheckConstraint(condition=Q(width__gt=0, height__gt=0), name="photo_has_a_size"),
            models.CheckConstraint(
                condition=Q(hung_at__isnull=True)
                | Q(wall_asked_at__isnull=False, hidden_at__isnull=True),
                name="photo_hangs_when_asked_for",
            ),
        ]
        indexes = [
            models.Index(fields=["event", "uploaded_at"], name="photos_of_event"),
            models.Index(fields=["uploaded_at"], name="photos_by_age"),
        ]

    def __str__(self) -> str:
        return self.alt or self.key

    @property
    def source(self) -> str:
        """What notices that ask about it are told of."""
        return f"photo:{self.key}"

    @property
    def wall_source(self) -> str:
        """What its card on walls, and notices that ask about that, are known by."""
        return f"photo-wall:{self.key}"


class PhotoFile(models.Model):
    """The picture itself, drawn anew as WebP: large, and small for lists."""

    photo = models.OneToOneField(Photo, on_delete=models.CASCADE, related_name="file")
    full = models.BinaryField()
    small = models.BinaryField()

    def __str__(self) -> str:
        return str(self.photo)


class PhotoTag(models.Model):
    """That somebody is on a photo, and since when they agree to it, and to walls."""

    photo = models.ForeignKey(Photo, on_delete=models.CASCADE, related_name="tags")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="photo_tags")
    agreed_at = models.DateTimeField(null=True, blank=True)
    wall_agreed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("photo", "person", name="photo_tag_once"),
            models.CheckConstraint(
                condition=Q(wall_agreed_at__isnull=True) | Q(agreed_at__isnull=False),
                name="photo_tag_agrees_to_walls_after_the_rest",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.photo.key}"
