"""A notice: one message to one person."""

import datetime as dt
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from engagement.keys import KeyMaker


class NoticeQuerySet(models.QuerySet["Notice"]):
    def shown(self, at: dt.datetime) -> Self:
        """Those that may be seen at ``at``: their hold is over and nobody took them back."""
        return self.filter(withdrawn_at__isnull=True, show_from__lte=at)

    def unread(self) -> Self:
        """Those nobody has opened."""
        return self.filter(read_at__isnull=True)

    def newest_first(self) -> Self:
        return self.order_by("-show_from", "-pk")


class Notice(models.Model):
    """One message to one person. Its words are made when it is read, in the reader's language.

    ``parameters`` holds keys rather than copied words; the kind turns them into words.
    ``source`` names what it tells of, such as ``kudos:k4f…``, so that it can be taken back.
    """

    key = models.CharField(max_length=16, unique=True, default=KeyMaker("n"), editable=False)
    # The indexes below begin with it.
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notices", db_index=False
    )
    kind = models.CharField(max_length=40)
    source = models.CharField(max_length=80)
    parameters = models.JSONField(default=dict)
    link = models.CharField(max_length=200)
    created_at = models.DateTimeField()
    show_from = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "person",
                "kind",
                "source",
                name="notice_tells_once",
                violation_error_message=_("This person has been told already."),
            ),
            # A single slash: "//host" would lead out of the house.
            models.CheckConstraint(
                condition=Q(link__regex=r"^/([^/\\]|$)"),
                name="notice_link_stays_in_the_house",
                violation_error_message=_("A notice can only link to a page of Vaffel."),
            ),
            models.CheckConstraint(
                condition=~Q(kind="") & ~Q(source=""), name="notice_has_kind_and_source"
            ),
        ]
        indexes = [
            models.Index(
                fields=["person", "-show_from", "-id"],
                name="notice_newest_first",
                condition=Q(withdrawn_at__isnull=True),
            ),
            models.Index(
                "person",
                "show_from",
                name="notice_unread",
                condition=Q(read_at__isnull=True, withdrawn_at__isnull=True),
            ),
            models.Index("source", name="notice_by_source"),
            models.Index("read_at", name="notice_read_by_age", condition=Q(read_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"

    @property
    def facts(self) -> dict[str, Any]:
        """What its kind loads its words from."""
        return {**self.parameters, "reader_id": self.person_id}
