"""The form for a new token: shape only."""

import datetime as dt

from django import forms
from django.utils.translation import gettext_lazy as _

from engagement.api.models import ApiToken, Scope

LIVES = [
    ("30", _("30 days")),
    ("90", _("90 days")),
    ("365", _("One year")),
    ("0", _("Until it is revoked")),
]


class TokenForm(forms.Form):
    name = forms.CharField(
        label=_("What is it for?"),
        max_length=ApiToken._meta.get_field("name").max_length,
        help_text=_("So that you know it again in a year: the program and who runs it."),
    )
    scopes = forms.MultipleChoiceField(
        label=_("What may it do?"),
        choices=Scope.choices,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("As little as the program needs. It never may more than you."),
    )
    life = forms.ChoiceField(label=_("How long does it work?"), choices=LIVES, initial="365")

    def expires_at(self, at: dt.datetime) -> dt.datetime | None:
        """The chosen end, counted from ``at``."""
        days = int(self.cleaned_data["life"])
        return at + dt.timedelta(days=days) if days else None
