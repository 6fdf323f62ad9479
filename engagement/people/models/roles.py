"""What somebody may do, and where."""

import datetime as dt
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from engagement.people.models.persons import Person
from engagement.people.models.places import Employer, Site, Unit


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
