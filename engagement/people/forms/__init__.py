"""What pages send, translated into facts. Each form's last line calls the action."""

from engagement.people.forms.fields import ActionForm, DayField, open_sites
from engagement.people.forms.own import CodeForm, FirstAdministratorForm, SignInForm, WallForm
from engagement.people.forms.people import (
    ChangePersonForm,
    EndEmploymentForm,
    HirePersonForm,
    MovePersonForm,
)
from engagement.people.forms.picking import PeopleField
from engagement.people.forms.places import CloseSiteForm, EmployerForm, SiteForm
from engagement.people.forms.roles import GiveRoleForm
from engagement.people.forms.sheet import SheetForm
from engagement.people.forms.unit_ends import CloseUnitForm, MergeUnitForm, SplitUnitForm
from engagement.people.forms.units import MoveUnitForm, OpenUnitForm, RenameUnitForm

__all__ = [
    "ActionForm",
    "ChangePersonForm",
    "CloseSiteForm",
    "CloseUnitForm",
    "CodeForm",
    "DayField",
    "EmployerForm",
    "EndEmploymentForm",
    "FirstAdministratorForm",
    "GiveRoleForm",
    "HirePersonForm",
    "MergeUnitForm",
    "MovePersonForm",
    "MoveUnitForm",
    "OpenUnitForm",
    "PeopleField",
    "RenameUnitForm",
    "SheetForm",
    "SignInForm",
    "SiteForm",
    "SplitUnitForm",
    "WallForm",
    "open_sites",
]
