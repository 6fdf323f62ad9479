"""Somebody who works here, and in which unit since when."""

import datetime as dt
from collections.abc import Iterable
from typing import ClassVar, Self

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from engagement import times
from engagement.keys import KeyMaker
from engagement.people.models.periods import OneRowInt8Range, PeriodQuerySet, period
from engagement.people.models.places import Employer, ShiftPattern, Unit
from engagement.people.models.words import folded, hue_of, sortable


class PersonManager(BaseUserManager["Person"]):
    def get_by_natural_key(self, username: str | None) -> "Person":
        return self.get(key=username)


class PersonQuerySet(models.QuerySet["Person"]):
    def employed_on(self, day: dt.date) -> Self:
        """Those employed on ``day``."""
        return self.filter(Q(left_on__isnull=True) | Q(left_on__gt=day), started_on__lte=day)

    def with_place_on(self, day: dt.date) -> Self:
        """Loads each person's unit and site on ``day`` into ``places`` in two further queries."""
        return self.select_related("employer").prefetch_related(
            models.Prefetch(
                "memberships",
                queryset=Membership.objects.on(day).select_related("unit"),
                to_attr="places",
            )
        )


class Person(AbstractBaseUser):
    """Somebody who works here, or did; the same row signs in."""

    class Language(models.TextChoices):
        NORWEGIAN = "nb", _("Norwegian")
        ENGLISH = "en", _("English")

    class WallChoice(models.TextChoices):
        """What of a person may be seen on wall screens. Empty until the person has chosen."""

        ANY = "any", _("My first name, on any wall")
        TEAM = "team", _("My first name, on my own team's wall")
        NEVER = "never", _("Never")

    key = models.CharField(max_length=16, unique=True, default=KeyMaker("p"), editable=False)
    employee_number = models.CharField(_("employee number"), max_length=40)
    employer = models.ForeignKey(Employer, on_delete=models.PROTECT, related_name="people")
    given_name = models.CharField(_("first name"), max_length=80)
    family_name = models.CharField(_("last name"), max_length=80, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    title = models.CharField(_("title"), max_length=120, blank=True)
    language = models.CharField(
        _("language"), max_length=2, choices=Language.choices, default=Language.NORWEGIAN
    )
    manager = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="reports"
    )
    shift_pattern = models.ForeignKey(
        ShiftPattern, null=True, blank=True, on_delete=models.SET_NULL, related_name="people"
    )
    wall_choice = models.CharField(
        max_length=5, choices=WallChoice.choices, blank=True, default="", db_default=""
    )
    # What the person decides about being thanked; see `actions.preferences`.
    keeps_thanks_private = models.BooleanField(default=False, db_default=False)
    is_thanked_by_partners = models.BooleanField(default=True, db_default=True)
    celebrates_milestones = models.BooleanField(default=False, db_default=False)
    started_on = models.DateField(_("first day"))
    left_on = models.DateField(_("left on"), null=True, blank=True)
    # Both derived by `derive_texts`. Search compares the beginnings of words, each after a space;
    # sort_name puts æ, ø, å after z whatever collation the database was made with.
    search_text = models.TextField(editable=False, default="")
    sort_name = models.TextField(editable=False, default="", db_collation="C")

    objects = PersonManager.from_queryset(PersonQuerySet)()

    USERNAME_FIELD = "key"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "employer",
                "employee_number",
                name="employee_number_unique_within_employer",
                violation_error_message=_("This employee number is taken at this employer."),
            ),
            models.UniqueConstraint(
                Lower("email"),
                condition=~Q(email=""),
                name="email_belongs_to_one_person",
                violation_error_message=_("Somebody else has this e-mail address."),
            ),
            models.CheckConstraint(
                condition=Q(left_on__isnull=True) | Q(left_on__gte=F("started_on")),
                name="person_leaves_after_starting",
                violation_error_message=_("The last day cannot be before the first."),
            ),
            models.CheckConstraint(
                condition=Q(wall_choice__in=["", "any", "team", "never"]),
                name="person_wall_choice_known",
            ),
            models.CheckConstraint(
                condition=Q(language__in=["nb", "en"]), name="person_language_known"
            ),
        ]
        indexes = [
            models.Index(fields=["sort_name", "id"], name="people_person_by_name"),
            models.Index(fields=["employer", "left_on"], name="people_person_by_employer"),
        ]

    def refresh_from_db(
        self,
        using: str | None = None,
        fields: Iterable[str] | None = None,
        from_queryset: models.QuerySet[Self] | None = None,
    ) -> None:
        """The whole row anew also forgets where they stood (`people.lines`)."""
        super().refresh_from_db(using, fields, from_queryset)
        if fields is None:
            self.__dict__.pop("_line", None)

    # allauth's templates and Django's mail helpers ask for these two.
    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.given_name or self.name

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """First and last name; somebody who was forgotten (`actions.forget_leavers`) has none."""
        return self._written_name or gettext("Former colleague")

    @property
    def _written_name(self) -> str:
        return f"{self.given_name} {self.family_name}".strip()

    @property
    def is_forgotten(self) -> bool:
        """Whether the name was deleted, a year after they left."""
        return not self.given_name

    def derive_texts(self) -> None:
        """Sets what search and sorting compare; whoever changes a name, number or e-mail calls it."""
        local_part = self.email.partition("@")[0]
        self.search_text = " " + folded(f"{self._written_name} {self.employee_number} {local_part}")
        self.sort_name = sortable(self._written_name)

    @property
    def initials(self) -> str:
        first = self.given_name[:1]
        last = self.family_name.split()[-1][:1] if self.family_name.split() else ""
        return (first + (last or self.given_name[1:2])).upper()

    @property
    def hue(self) -> int:
        return hue_of(self.key)

    @property
    def is_active(self) -> bool:  # type: ignore[override]
        return self.left_on is None or self.left_on > times.today()

    @property
    def unit(self) -> "Unit | None":
        """The unit loaded by `PersonQuerySet.with_place_on`."""
        places: list[Membership] = getattr(self, "places", [])
        return places[0].unit if places else None


class Membership(models.Model):
    """A person's place in a unit in a period. One at a time."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="memberships")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="memberships")
    from_on = models.DateField()
    to_on = models.DateField(null=True, blank=True)

    objects = PeriodQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(to_on__isnull=True) | Q(to_on__gt=F("from_on")),
                name="membership_ends_after_it_starts",
                violation_error_message=_("A period must end after it starts."),
            ),
            ExclusionConstraint(
                name="person_is_in_one_unit_at_a_time",
                expressions=[
                    (OneRowInt8Range("person"), RangeOperators.OVERLAPS),
                    (period(), RangeOperators.OVERLAPS),
                ],
                violation_error_message=_("The person already belongs to a unit in that period."),
            ),
        ]
        indexes = [models.Index(fields=["unit", "from_on"], name="people_membership_by_unit")]

    def __str__(self) -> str:
        return f"{self.person} {self.unit} {self.from_on}–{self.to_on or ''}"
