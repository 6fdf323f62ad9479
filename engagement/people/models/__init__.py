"""Who works where, since when, and what they may do.

Places and memberships are periods, never overwritten: who was where on any date stays answerable.
Periods are half open: ``from_on`` is the first day, ``to_on`` the first day after.
"""

from engagement.people.models.periods import OneRowInt8Range, PeriodQuerySet, period
from engagement.people.models.persons import Membership, Person, PersonManager, PersonQuerySet
from engagement.people.models.places import Employer, ShiftPattern, Site, Unit, UnitPlacement
from engagement.people.models.records import ActivationCode, AuditEntry, RosterImport, audit_detail
from engagement.people.models.roles import RoleAssignment, RoleQuerySet
from engagement.people.models.words import HUES, folded, hue_of, sortable

__all__ = [
    "HUES",
    "ActivationCode",
    "AuditEntry",
    "Employer",
    "Membership",
    "OneRowInt8Range",
    "PeriodQuerySet",
    "Person",
    "PersonManager",
    "PersonQuerySet",
    "RoleAssignment",
    "RoleQuerySet",
    "RosterImport",
    "ShiftPattern",
    "Site",
    "Unit",
    "UnitPlacement",
    "audit_detail",
    "folded",
    "hue_of",
    "period",
    "sortable",
]
