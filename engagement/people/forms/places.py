"""Employers and sites."""

import datetime as dt
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from engagement.people import actions
from engagement.people.forms.fields import (
    ActionForm,
    DayField,
    bound_field,
    day_told,
)
from engagement.people.models import (
    Person,
    Site,
)


class EmployerForm(ActionForm):
    title = gettext_lazy("New employer")
    button = gettext_lazy("Add the employer")
    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    is_partner = forms.BooleanField(
        label=gettext_lazy("A partner whose people serve our customers"),
        help_text=gettext_lazy("Its people's e-mail and phone stay within the partner."),
        required=False,
    )

    def perform(self, *, by: Person, at: dt.datetime) -> str:
        employer = actions.create_employer(**self.cleaned_data, by=by, at=at)
        return _("%(name)s is added.") % {"name": employer.name}


class SiteForm(ActionForm):
    title = gettext_lazy("New site")
    button = gettext_lazy("Add the site")
    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    city = forms.CharField(label=gettext_lazy("City"), max_length=120, required=False)
    timezone = forms.ChoiceField(label=gettext_lazy("Time zone"), initial="Europe/Oslo")

    def __init__(self, *data: Any, site: Site | None = None, **options: Any) -> None:
        super().__init__(*data, **options)
        self.site = site
        zones = sorted(zone for zone in available_timezones() if zone.startswith("Europe/"))
        others = sorted(
            zone for zone in available_timezones() if "/" in zone and zone not in zones
            and not zone.startswith(("Etc/", "posix", "right", "SystemV", "US/"))
        )  # fmt: skip
        bound_field(self, "timezone").choices = [(zone, zone) for zone in (*zones, *others)]
        if site is not None:
            self.title, self.button = gettext_lazy("Change the site"), gettext_lazy("Save")
            for name in ("name", "city", "timezone"):
                self.fields[name].initial = getattr(site, name)

    def perform(self, *, by: Person, at: dt.datetime) -> str:
        if self.site is None:
            site = actions.create_site(**self.cleaned_data, by=by, at=at)
            return _("%(name)s is added.") % {"name": site.name}
        actions.change_site(site=self.site, **self.cleaned_data, by=by, at=at)
        return _("Saved.")


class CloseSiteForm(ActionForm):
    title = gettext_lazy("Close the site")
    explanation = gettext_lazy("Units must have moved or closed by then.")
    button = gettext_lazy("Close the site")
    is_grave = True
    on = DayField(label=gettext_lazy("From"))

    def __init__(self, *data: Any, site: Site, **options: Any) -> None:
        super().__init__(*data, **options)
        self.site = site
        self.fields["on"].initial = self.day

    def perform(self, *, by: Person, at: dt.datetime) -> str:
        actions.close_site(site=self.site, on=self.cleaned_data["on"], by=by, at=at)
        return _("%(name)s closes on %(day)s.") % {
            "name": self.site.name, "day": day_told(self.cleaned_data["on"])
        }  # fmt: skip


# --- Roles and codes ------------------------------------------------------------------------------
