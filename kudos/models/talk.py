"""What people say to a kudos: reactions, comments, and who is mentioned."""

from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from engagement.keys import KeyMaker
from engagement.people.models import Person
from kudos.mentions import Piece, Span, pieces_of
from kudos.models.kudos import MESSAGE_LENGTH, Kudos


class Reaction(models.Model):
    """One of a fixed palette, by one person to one kudos."""

    class Kind(models.TextChoices):
        HEART = "heart", _("Heart")
        CLAP = "clap", _("Applause")
        WAFFLE = "waffle", _("Waffle")
        SMILE = "smile", _("Smile")
        STRONG = "strong", _("Strong")
        STAR = "star", _("Star")

    kudos = models.ForeignKey(
        Kudos, on_delete=models.CASCADE, related_name="reactions", db_index=False
    )
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            # Its index also answers for all reactions to a kudos.
            models.UniqueConstraint("kudos", "person", "kind", name="kudos_reacted_to_once_a_kind"),
            models.CheckConstraint(
                condition=Q(kind__in=["heart", "clap", "waffle", "smile", "strong", "star"]),
                name="reaction_kind_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kudos_id} {self.kind}"


class CommentQuerySet(models.QuerySet["Comment"]):
    def standing(self) -> Self:
        """Those neither withdrawn by their author nor hidden by a moderator."""
        return self.filter(withdrawn_at__isnull=True, hidden_at__isnull=True)


class Comment(models.Model):
    """A line under a kudos. Whoever may read the kudos may read and write them."""

    key = models.CharField(max_length=16, unique=True, default=KeyMaker("c"), editable=False)
    kudos = models.ForeignKey(
        Kudos, on_delete=models.CASCADE, related_name="comments", db_index=False
    )
    author = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="kudos_comments")
    text = models.CharField(_("comment"), max_length=MESSAGE_LENGTH)
    created_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    hidden_at = models.DateTimeField(null=True, blank=True)
    # As `Kudos.once`.
    once = models.CharField(max_length=64, null=True, blank=True, editable=False)  # noqa: DJ001 - NULL is unlike NULL, "" is not

    objects = CommentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(text=""),
                name="comment_says_something",
                violation_error_message=_("Write something."),
            ),
            models.UniqueConstraint("author", "once", name="comment_sent_once"),
        ]
        indexes = [models.Index(fields=["kudos", "id"], name="kudos_comments_in_order")]

    def __str__(self) -> str:
        return self.key

    @property
    def pieces(self) -> list[Piece]:
        """The text, cut at the names in it."""
        named = (Span(one.person, one.starts_at, one.ends_at) for one in self.mentions.all())
        return pieces_of(self.text, named)


class Mention(models.Model):
    """Somebody named with @ in a message or a comment: which letters of it are their name."""

    kudos = models.ForeignKey(
        Kudos, on_delete=models.CASCADE, related_name="mentions", db_index=False
    )
    comment = models.ForeignKey(
        Comment, null=True, blank=True, on_delete=models.CASCADE, related_name="mentions"
    )
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    # Letters of the text, the @ among them: text[starts_at:ends_at].
    starts_at = models.PositiveSmallIntegerField()
    ends_at = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "kudos", "comment", "starts_at", name="mention_stands_alone", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="mention_has_letters"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kudos_id} @{self.person}"
