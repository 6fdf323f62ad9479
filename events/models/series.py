"""A recurrence: what is held, on which days, with which sittings, and for whom."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from engagement.keys import KeyMaker
from engagement.people.models import Employer, Person, ShiftPattern, Site, Unit

TITLE_LENGTH = 80
DESCRIPTION_LENGTH = 2000
PLACE_LENGTH = 80
MOST_PLACES = 5000


class Emblem(models.TextChoices):
    """The drawing beside an event's name (`events/static`); each is a picture with its word."""

    WAFFLE = "waffle", _("Waffle")
    CAKE = "cake", _("Cake")
    COFFEE = "coffee", _("Coffee")
    FOOD = "food", _("Food")
    QUIZ = "quiz", _("Quiz")
    GAME = "game", _("Game")
    MUSIC = "music", _("Music")
    WALK = "walk", _("Walk")
    LEARN = "learn", _("Learning")
    PARTY = "party", _("Party")


class Series(models.Model):
    """An activity and the days it is held on. What is held once is a series of one day.

    ``rule`` is an RRULE (RFC 5545, dates only, `events.recurrence`) counted from ``starts_on``;
    empty for one day. Its events stand in the database up to ``made_until``; the clock makes more.
    """

    key = models.CharField(max_length=16, unique=True, default=KeyMaker("r"), editable=False)
    title = models.CharField(_("title"), max_length=TITLE_LENGTH)
    description = models.TextField(_("description"), max_length=DESCRIPTION_LENGTH, blank=True)
    emblem = models.CharField(
        _("emblem"), max_length=10, choices=Emblem.choices, default=Emblem.WAFFLE
    )
    rule = models.CharField(_("recurrence"), max_length=200, blank=True)
    starts_on = models.DateField(_("first day"))
    # Norwegian public holidays fall out; those of other days stay where the rule puts them.
    skips_holidays = models.BooleanField(_("not on public holidays"), default=True)
    # Days before a sitting on which one can sign up for it, and minutes before it when that ends.
    opens_days = models.PositiveSmallIntegerField(_("open for sign-up, days before"), default=14)
    closes_minutes = models.PositiveSmallIntegerField(
        _("closed for sign-up, minutes before"), default=0
    )
    # Places are drawn instead of going to whoever is first.
    is_drawn = models.BooleanField(_("places are drawn by lot"), default=False)
    shows_on_walls = models.BooleanField(_("on the walls on its day"), default=True)
    organiser = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="series_organised")
    # "This and following" ends one series and begins another.
    continues = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="continued_by"
    )
    created_at = models.DateTimeField()
    made_until = models.DateField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(title=""), name="series_has_a_title"),
            models.CheckConstraint(
                condition=Q(emblem__in=Emblem.values), name="series_emblem_known"
            ),
        ]
        indexes = [
            # What the clock still has to make.
            models.Index(
                fields=["made_until"],
                name="series_to_extend",
                condition=Q(cancelled_at__isnull=True) & ~Q(rule=""),
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Invitation(models.Model):
    """Who is invited to a series: a unit with those below it, a site, or an employer.

    A series without invitations invites everybody.
    """

    series = models.ForeignKey(Series, on_delete=models.CASCADE, related_name="invitations")
    unit = models.ForeignKey(
        Unit, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    site = models.ForeignKey(
        Site, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    employer = models.ForeignKey(
        Employer, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(unit__isnull=False, site__isnull=True, employer__isnull=True)
                | Q(unit__isnull=True, site__isnull=False, employer__isnull=True)
                | Q(unit__isnull=True, site__isnull=True, employer__isnull=False),
                name="invitation_names_one_audience",
            ),
            models.UniqueConstraint(
                "series", "unit", "site", "employer",
                name="invitation_once", nulls_distinct=False,
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.series}: {self.unit or self.site or self.employer}"


class SittingPlan(models.Model):
    """A sitting that each event of a series gets: where and when by the wall clock of its site.

    Without a site it is for everybody, on the organisation's own clock. One that ends before it
    starts ends on the next day.
    """

    series = models.ForeignKey(Series, on_delete=models.CASCADE, related_name="plans")
    site = models.ForeignKey(
        Site, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    # The shift it is meant for; others may come as well.
    shift_pattern = models.ForeignKey(
        ShiftPattern, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    starts_at = models.TimeField(_("from"))
    ends_at = models.TimeField(_("to"))
    place = models.CharField(_("place"), max_length=PLACE_LENGTH, blank=True)
    # Empty: as many as come.
    capacity = models.PositiveIntegerField(_("places"), null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(starts_at=F("ends_at")),
                name="sitting_plan_lasts",
                violation_error_message=_("A sitting ends at another time than it starts."),
            ),
            models.CheckConstraint(
                condition=Q(capacity__isnull=True) | Q(capacity__range=(1, MOST_PLACES)),
                name="sitting_plan_has_places",
                violation_error_message=_("A sitting has between 1 and 5000 places."),
            ),
            models.UniqueConstraint(
                "series", "site", "starts_at", "place",
                name="sitting_plan_once", nulls_distinct=False,
                violation_error_message=_("There is a sitting at this time and place already."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.series} {self.starts_at:%H:%M}"


class JobPlan(models.Model):
    """A job that each sitting of a series wants hands for."""

    series = models.ForeignKey(Series, on_delete=models.CASCADE, related_name="jobs")
    name = models.CharField(_("job"), max_length=40)
    capacity = models.PositiveSmallIntegerField(_("hands"), default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "series", "name", name="job_plan_once",
                violation_error_message=_("This job is there already."),
            ),
            models.CheckConstraint(
                condition=~Q(name="") & Q(capacity__range=(1, 50)),
                name="job_plan_wants_hands",
                violation_error_message=_("A job has a name and wants 1 to 50 hands."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name
