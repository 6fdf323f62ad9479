"""What a calendar program reads, and which sign-ups somebody has been reminded of."""

import datetime as dt
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from engagement.people.models import Person
from events.models.signups import SignUp

# Minutes before a sitting at which a calendar program may ring. None: never, which is the rule.
ALARMS = (10, 30, 60)


class CalendarLinkQuerySet(models.QuerySet["CalendarLink"]):
    def dead(self, day: dt.date) -> Self:
        """Those whose person has left by ``day``."""
        return self.filter(person__left_on__lte=day)


class CalendarLink(models.Model):
    """The secret address at which one calendar program reads where a person has a place.

    Only the SHA-256 of its 256 random bits is kept. One for each kind of program, so that a new
    one can be made for the office without breaking the one on the phone (docs/decisions/0088).
    """

    class Program(models.TextChoices):
        APPLE = "apple", _("iPhone, iPad or Mac")
        GOOGLE = "google", _("Google Calendar")
        OUTLOOK = "outlook", _("Outlook")
        OTHER = "other", _("Another program")

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="calendar_links")
    program = models.CharField(max_length=8, choices=Program.choices)
    secret_hash = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    # The day a program last asked; tells its person whether it works.
    last_read_on = models.DateField(null=True, blank=True)
    alarm_minutes = models.PositiveSmallIntegerField(null=True, blank=True)

    objects = CalendarLinkQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint("person", "program", name="calendar_link_one_a_program"),
            models.CheckConstraint(
                condition=Q(program__in=["apple", "google", "outlook", "other"]),
                name="calendar_link_program_known",
            ),
            models.CheckConstraint(
                condition=Q(alarm_minutes__isnull=True) | Q(alarm_minutes__in=ALARMS),
                name="calendar_link_alarm_known",
                violation_error_message=_("Choose one of the times in the list."),
            ),
            models.CheckConstraint(
                condition=Q(("secret_hash__regex", r"^[0-9a-f]{64}$")),
                name="calendar_link_keeps_a_hash",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.get_program_display()}"


class Reminder(models.Model):
    """That somebody was reminded of their sign-up, while it stands.

    It goes when the sitting is over, cancelled or moved, or the place given up; a sitting that was
    moved is then reminded of anew.
    """

    signup = models.OneToOneField(SignUp, on_delete=models.CASCADE, related_name="reminder")
    # When the sitting was to begin when it was told.
    starts_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.signup} {self.starts_at:%Y-%m-%d %H:%M}"

    @property
    def source(self) -> str:
        """What its notice tells of (`Notice.source`): another one each time it is told anew."""
        return f"sitting-reminder:{self.pk}"
