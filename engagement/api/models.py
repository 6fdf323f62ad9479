"""Who may call the API, what was answered to a repeated call, and how fast calls may come."""

import datetime as dt
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from engagement.keys import KeyMaker
from engagement.people.models import Person

IDEMPOTENCY_KEY_LENGTH = 255


class Scope(models.TextChoices):
    """What a token may do. The one list: a room that brings a resource adds its scopes here."""

    PEOPLE_READ = "people:read", _("Read people")
    UNITS_READ = "units:read", _("Read units")
    SITES_READ = "sites:read", _("Read sites")
    KUDOS_READ = "kudos:read", _("Read thanks")
    KUDOS_WRITE = "kudos:write", _("Give and withdraw thanks")
    PRAISE_READ = "praise:read", _("Read customer praise that waits")
    PRAISE_WRITE = "praise:write", _("Send customer praise")
    VALUES_READ = "values:read", _("Read values")
    VALUES_WRITE = "values:write", _("Change values")
    NOTICES_READ = "notices:read", _("Read one's own notices")
    NOTICES_WRITE = "notices:write", _("Mark own notices as read, choose what comes by mail")
    COUNTERS_READ = "counters:read", _("Read what the centre counts")
    COUNTERS_WRITE = "counters:write", _("Count for the centre")
    EVENTS_READ = "events:read", _("Read events and sittings")
    EVENTS_WRITE = "events:write", _("Plan and change events")
    SIGNUPS_READ = "signups:read", _("Read one's own places at events")
    SIGNUPS_WRITE = "signups:write", _("Sign up and leave")
    COMPETITIONS_READ = "competitions:read", _("Read competitions and standings")
    COMPETITIONS_WRITE = "competitions:write", _("Make and cancel competitions")
    ENTRIES_READ = (
        "entries:read",
        _("Read entries one has made, and those for groups where one runs the competition"),
    )
    ENTRIES_WRITE = (
        "entries:write",
        _("Enter in competitions, and correct what is entered for groups where one runs them"),
    )
    ANNOUNCEMENTS_READ = "announcements:read", _("Read decisions and activities")
    ANNOUNCEMENTS_WRITE = "announcements:write", _("Announce, correct and withdraw")
    IDEAS_READ = "ideas:read", _("Read ideas, never who voted")
    IDEAS_WRITE = "ideas:write", _("Propose ideas, vote, decide about them")
    SHIFTS_READ = "shifts:read", _("Read shift rosters")
    SHIFTS_WRITE = "shifts:write", _("Send shift rosters")
    THEME_DAYS_READ = "theme-days:read", _("Read theme days")
    THEME_DAYS_WRITE = "theme-days:write", _("Plan theme days")
    BOARDS_READ = "boards:read", _("Read boards")
    SCREENS_READ = "screens:read", _("Read screens")
    SCREENS_WRITE = "screens:write", _("Revoke screens")
    SURVEYS_READ = "surveys:read", _("Read surveys, never answers")
    SURVEYS_WRITE = "surveys:write", _("Plan, launch and end surveys")
    INSTRUMENTS_READ = "instruments:read", _("Read instruments")
    INSTRUMENTS_WRITE = "instruments:write", _("Write instruments")


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def valid(self, at: dt.datetime) -> Self:
        """Those neither revoked nor expired. Whether the person still works here is not asked."""
        return self.filter(Q(expires_at__isnull=True) | Q(expires_at__gt=at), revoked_at=None)


class ApiToken(models.Model):
    """A key for a machine. It acts as its person, within its scopes, and never beyond either."""

    key = models.CharField(max_length=16, unique=True, default=KeyMaker("a"), editable=False)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(_("name"), max_length=80)
    # The first characters of the secret, for recognising it in a list; too few to guess the rest.
    prefix = models.CharField(max_length=12)
    token_hash = models.CharField(max_length=64, unique=True)
    scopes = ArrayField(models.CharField(max_length=40), verbose_name=_("scopes"))
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    # A date is enough to find forgotten tokens, and costs one write a day.
    last_used_on = models.DateField(null=True, blank=True)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(name=""),
                name="api_token_has_name",
                violation_error_message=_("A token needs a name."),
            ),
            models.CheckConstraint(
                condition=Q(scopes__len__gt=0),
                name="api_token_has_scope",
                violation_error_message=_("Choose at least one scope."),
            ),
            models.CheckConstraint(
                condition=Q(expires_at__isnull=True) | Q(expires_at__gt=F("created_at")),
                name="api_token_expires_after_it_is_made",
                violation_error_message=_("A token cannot expire before it is made."),
            ),
        ]
        indexes = [models.Index(fields=["-created_at"], name="api_token_newest_first")]

    def __str__(self) -> str:
        return f"{self.name} (vaf_{self.prefix}…)"

    def is_valid(self, at: dt.datetime) -> bool:
        """Neither revoked nor expired at ``at``."""
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > at)


class IdempotentAnswer(models.Model):
    """The answer to a POST with an ``Idempotency-Key``, kept for a day.

    The row is written in the transaction of the act itself: either both are there or neither is.
    """

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    # Empty for calls from a browser session.
    token = models.ForeignKey(
        ApiToken, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    method = models.CharField(max_length=8)
    path = models.CharField(max_length=300)
    key = models.CharField(max_length=IDEMPOTENCY_KEY_LENGTH)
    body_hash = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    status = models.PositiveSmallIntegerField(default=0)
    headers = models.JSONField(default=dict)
    body = models.TextField(default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "person",
                "token",
                "method",
                "path",
                "key",
                nulls_distinct=False,
                name="idempotent_answer_once",
            )
        ]
        indexes = [models.Index(fields=["created_at"], name="idempotent_answer_by_age")]

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.key}"


class RateBucket(models.Model):
    """How far somebody is ahead of the allowed rate, told by when the bucket is full again."""

    name = models.CharField(max_length=80, primary_key=True)
    full_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["full_at"], name="rate_bucket_by_age")]

    def __str__(self) -> str:
        return self.name
