"""Who works where, since when, and what they may do.

Places and memberships are periods, never overwritten: who was where on any date stays answerable.
Periods are half open: ``from_on`` is the first day, ``to_on`` the first day after.
"""

import datetime as dt
import unicodedata
import zlib
from typing import Any, ClassVar, Self

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.fields.json import JSONField
from django.db.models.functions import Lower
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from engagement import times
from engagement.keys import KeyMaker

HUES = 12


def folded(text: str) -> str:
    """``text`` as the directory searches it: lower case, without accents, ø as o, æ as ae, å as a."""
    lowered = text.casefold().replace("ø", "o").replace("æ", "ae").replace("ð", "d")
    decomposed = unicodedata.normalize("NFKD", lowered)
    return " ".join("".join(c for c in decomposed if not unicodedata.combining(c)).split())


NORWEGIAN_ORDER = str.maketrans({"æ": "{1", "ä": "{1", "ø": "{2", "ö": "{2", "å": "{3"})


def sortable(text: str) -> str:
    """``text`` so that comparing bytes gives the Norwegian order: … z, æ, ø, å."""
    return folded(
        unicodedata.normalize("NFC", text).casefold().replace("aa", "å").translate(NORWEGIAN_ORDER)
    )


class OneRowInt8Range(Func):
    """A range that holds one row number: lets a plain GiST index compare it (no btree_gist)."""

    function = "int8range"
    template = "%(function)s(%(expressions)s, '[]')"

    def __init__(self, column: str) -> None:
        super().__init__(F(column), F(column))


def hue_of(key: str) -> int:
    """The colour of whatever has ``key``, 0–11: the same everywhere and for good."""
    return zlib.crc32(key.encode()) % HUES


def period() -> Func:
    """The days from ``from_on`` up to, without, ``to_on``."""
    return Func(
        F("from_on"), F("to_on"), Value("[)"), function="daterange", output_field=DateRangeField()
    )


class PeriodQuerySet(models.QuerySet[Any]):
    """Words for rows that hold from one date to another."""

    def on(self, day: dt.date) -> Self:
        """Those that held on ``day``."""
        return self.filter(Q(to_on__isnull=True) | Q(to_on__gt=day), from_on__lte=day)


class Employer(models.Model):
    """A legal employer: the company itself, or a partner whose people serve its customers."""

    key = models.CharField(max_length=16, unique=True, default=KeyMaker("e"), editable=False)
    name = models.CharField(_("name"), max_length=120, unique=True)
    is_partner = models.BooleanField(_("partner"), default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(name=""),
                name="employer_has_name",
                violation_error_message=_("An employer needs a name."),
            )
        ]

    def __str__(self) -> str:
        return self.name


class Site(models.Model):
    """A physical place with a wall clock of its own."""

    key = models.CharField(max_length=16, unique=True, default=KeyMaker("t"), editable=False)
    name = models.CharField(_("name"), max_length=120, unique=True)
    city = models.CharField(_("city"), max_length=120, blank=True)
    timezone = models.CharField(_("time zone"), max_length=60, default="Europe/Oslo")
    closed_on = models.DateField(_("closed on"), null=True, blank=True)

    def __str__(self) -> str:
        return self.name


class Unit(models.Model):
    """A node of the organisation tree. Where it stands in the tree is a `UnitPlacement`."""

    key = models.CharField(max_length=16, unique=True, default=KeyMaker("u"), editable=False)
    name = models.CharField(_("name"), max_length=120)
    employer = models.ForeignKey(Employer, on_delete=models.PROTECT, related_name="units")
    opened_on = models.DateField(_("opened on"))
    closed_on = models.DateField(_("closed on"), null=True, blank=True)
    # For a part of the company that is one line in the tree: its people are not in the product.
    stated_headcount = models.PositiveIntegerField(_("stated head count"), null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(closed_on__isnull=True) | Q(closed_on__gte=F("opened_on")),
                name="unit_closes_after_it_opens",
                violation_error_message=_("A unit cannot close before it opens."),
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def initials(self) -> str:
        """Two letters of the last word, which is the one that tells teams apart."""
        words = self.name.split()
        return (words[-1] if words else self.name)[:2].upper()

    @property
    def hue(self) -> int:
        return hue_of(self.key)


class UnitPlacement(models.Model):
    """Under which parent, and at which site, a unit stood in a period."""

    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="placements")
    parent = models.ForeignKey(
        Unit, null=True, blank=True, on_delete=models.PROTECT, related_name="child_placements"
    )
    site = models.ForeignKey(
        Site, null=True, blank=True, on_delete=models.PROTECT, related_name="placements"
    )
    from_on = models.DateField()
    to_on = models.DateField(null=True, blank=True)

    objects = PeriodQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(to_on__isnull=True) | Q(to_on__gt=F("from_on")),
                name="unit_placement_ends_after_it_starts",
                violation_error_message=_("A period must end after it starts."),
            ),
            models.CheckConstraint(
                condition=Q(parent__isnull=True) | ~Q(parent=F("unit")),
                name="unit_placement_not_under_itself",
                violation_error_message=_("A unit cannot stand under itself."),
            ),
            ExclusionConstraint(
                name="unit_stands_in_one_place_at_a_time",
                expressions=[
                    (OneRowInt8Range("unit"), RangeOperators.OVERLAPS),
                    (period(), RangeOperators.OVERLAPS),
                ],
                violation_error_message=_("The unit already has a place in that period."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.unit} {self.from_on}–{self.to_on or ''}"


class ShiftPattern(models.Model):
    """A person's usual shift: which weekdays (ISO, Monday is 1), from when to when."""

    key = models.SlugField(max_length=30, unique=True)
    name_nb = models.CharField(max_length=60)
    name_en = models.CharField(max_length=60)
    weekdays = ArrayField(models.PositiveSmallIntegerField())
    starts_at = models.TimeField()
    ends_at = models.TimeField()

    def __str__(self) -> str:
        return self.name_en if get_language() == "en" else self.name_nb


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


class RoleQuerySet(models.QuerySet["RoleAssignment"]):
    def held(self, at: dt.datetime) -> Self:
        """Those that hold at ``at``."""
        return self.filter(Q(to_at__isnull=True) | Q(to_at__gt=at), from_at__lte=at)


class RoleAssignment(models.Model):
    """A right with a scope. Everybody employed is a member without a row here."""

    class Role(models.TextChoices):
        LEAD = "lead", _("Team lead")
        SITE_MANAGER = "site_manager", _("Site manager")
        HR = "hr", _("HR")
        SAFETY_DELEGATE = "safety_delegate", _("Safety delegate")
        UNION_REPRESENTATIVE = "union_representative", _("Union representative")
        SCREEN_KEEPER = "screen_keeper", _("Screen keeper")
        ADMINISTRATOR = "administrator", _("Administrator")

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="roles")
    role = models.CharField(_("role"), max_length=24, choices=Role.choices)
    # No scope at all means the whole organisation.
    employer = models.ForeignKey(Employer, null=True, blank=True, on_delete=models.CASCADE)
    site = models.ForeignKey(Site, null=True, blank=True, on_delete=models.CASCADE)
    unit = models.ForeignKey(Unit, null=True, blank=True, on_delete=models.CASCADE)
    from_at = models.DateTimeField()
    to_at = models.DateTimeField(null=True, blank=True)

    objects = RoleQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    role__in=[
                        "lead",
                        "site_manager",
                        "hr",
                        "safety_delegate",
                        "union_representative",
                        "screen_keeper",
                        "administrator",
                    ]
                ),
                name="role_known",
            ),
            models.CheckConstraint(
                condition=Q(employer__isnull=True, site__isnull=True)
                | Q(employer__isnull=True, unit__isnull=True)
                | Q(site__isnull=True, unit__isnull=True),
                name="role_has_one_scope",
                violation_error_message=_("Give one scope: an employer, a site or a unit."),
            ),
            models.CheckConstraint(
                condition=~Q(role="lead") | Q(unit__isnull=False),
                name="lead_leads_a_unit",
                violation_error_message=_("A team lead needs a unit."),
            ),
            models.CheckConstraint(
                condition=~Q(role="site_manager") | Q(site__isnull=False),
                name="site_manager_manages_a_site",
                violation_error_message=_("A site manager needs a site."),
            ),
            models.UniqueConstraint(
                "person",
                "role",
                "employer",
                "site",
                "unit",
                condition=Q(to_at__isnull=True),
                nulls_distinct=False,
                name="role_held_once",
                violation_error_message=_("The person already has this role here."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.role}"

    @property
    def scope(self) -> "Employer | Site | Unit | None":
        return self.unit or self.site or self.employer


class ActivationCode(models.Model):
    """A code on paper that lets a person without work mail in. Used once; only its hash is kept."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="activation_codes")
    code_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(
        Person, null=True, on_delete=models.SET_NULL, related_name="issued_activation_codes"
    )
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            # A new code replaces the old one: two sheets of paper are never valid at once.
            models.UniqueConstraint(
                "person", condition=Q(used_at__isnull=True), name="one_unused_code_a_person"
            )
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.created_at:%Y-%m-%d}"


class RosterImport(models.Model):
    """One roster file from upload to its end. The file is kept only until it is applied or refused."""

    key = models.CharField(max_length=16, unique=True, default=KeyMaker("r"), editable=False)
    filename = models.CharField(max_length=200)
    content = models.BinaryField(null=True)
    uploaded_by = models.ForeignKey(
        Person, null=True, on_delete=models.SET_NULL, related_name="roster_imports"
    )
    # Run by whoever holds the server, not by a person with a role: no employer boundary.
    is_from_terminal = models.BooleanField(default=False)
    uploaded_at = models.DateTimeField()
    # Claimed by a worker until then; a killed worker's claim runs out and the next one goes on.
    lease_until = models.DateTimeField(null=True, blank=True)
    # A file that brings down its worker every time is given up after a few claims.
    attempt_count = models.PositiveSmallIntegerField(default=0)
    rows_read = models.PositiveIntegerField(default=0)
    row_count = models.PositiveIntegerField(null=True, blank=True)
    compared_at = models.DateTimeField(null=True, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    confirmed_mass_leave = models.BooleanField(default=False)
    # The people had changed when it was to be applied: a new preview is waiting to be looked at.
    overtaken_at = models.DateTimeField(null=True, blank=True)
    applied_at = models.DateTimeField(null=True, blank=True)
    abandoned_at = models.DateTimeField(null=True, blank=True)
    # File, errors and differences hold personal data; then they were deleted. Counts stay.
    purged_at = models.DateTimeField(null=True, blank=True)
    # [{"row": 12, "column": "email", "value": "…", "reason": "email_taken", "facts": {…}}]
    errors = JSONField(default=list)
    error_count = models.PositiveIntegerField(default=0)
    # {"new": […], "changed": […], "moved": […], "leaving": […]} as shown in the preview
    differences = JSONField(default=dict)
    # {"new": 12, "changed": 3, …}: counts, nothing personal
    summary = JSONField(default=dict)
    # Fingerprint of the differences as previewed; another import in between changes them.
    compared_with = models.CharField(max_length=64, blank=True)
    # Why it could not be carried out, as a key of `people.roster.reasons`.
    failure = models.TextField(blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["uploaded_at"],
                name="roster_import_waiting",
                condition=Q(applied_at__isnull=True, abandoned_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return f"{self.filename} {self.uploaded_at:%Y-%m-%d}"


class AuditEntry(models.Model):
    """An administrative act. The database refuses to change or delete these rows."""

    at = models.DateTimeField()
    actor = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="audited_acts"
    )
    verb = models.CharField(max_length=60)
    subject = models.CharField(max_length=200, blank=True)
    detail = JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["-at", "-id"], name="audit_entry_newest_first")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.verb} {self.subject}"


def audit_detail(**facts: Any) -> dict[str, Any]:
    """``facts`` without the empty ones, as an audit entry keeps them."""
    return {name: value for name, value in facts.items() if value not in (None, "", [])}
