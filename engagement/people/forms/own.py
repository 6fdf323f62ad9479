"""What people send about themselves: signing in, codes, walls."""

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from engagement.people import actions
from engagement.people.forms.fields import (
    ActionForm,
)
from engagement.people.models import (
    Person,
)


class WallForm(forms.Form):
    choice = forms.ChoiceField(
        label=gettext_lazy("When somebody thanks you, walls may show"),
        choices=Person.WallChoice.choices,
        widget=forms.RadioSelect,
    )


class SignInForm(ActionForm):
    email = forms.EmailField(label=gettext_lazy("E-mail"), max_length=254)
    password = forms.CharField(
        label=gettext_lazy("New password"),
        max_length=128,
        help_text=gettext_lazy("At least ten characters. A few words in a row are good."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    button = gettext_lazy("Save the password")

    def __init__(self, *data: Any, viewer: Person, **options: Any) -> None:
        super().__init__(*data, viewer=viewer, **options)
        self.fields["email"].widget.attrs["autocomplete"] = "email"
        if viewer.email:
            del self.fields["email"]

    def perform(self, *, by: Person, at: dt.datetime) -> str:
        actions.choose_sign_in(
            person=by,
            email=self.cleaned_data.get("email", ""),
            password=self.cleaned_data["password"],
            by=by,
            at=at,
        )
        return _("Saved. Next time you can sign in with your e-mail and this password.")


class CodeForm(forms.Form):
    code = forms.CharField(
        label=gettext_lazy("Code from the paper"),
        max_length=40,
        widget=forms.TextInput(
            attrs={
                "autocomplete": "one-time-code",
                "autocapitalize": "characters",
                "spellcheck": "false",
                "placeholder": "XXXX-XXXX-XXXX",
                "data-testid": "activation-code",
            }
        ),
    )


class FirstAdministratorForm(forms.Form):
    token = forms.CharField(max_length=500, widget=forms.HiddenInput)
    organisation = forms.CharField(label=gettext_lazy("Name of the organisation"), max_length=120)
    given_name = forms.CharField(label=gettext_lazy("Your first name"), max_length=80)
    family_name = forms.CharField(label=gettext_lazy("Your last name"), max_length=80)
    employee_number = forms.CharField(
        label=gettext_lazy("Your employee number"),
        help_text=gettext_lazy("As in the roster, so that the first import finds you."),
        max_length=40,
        required=False,
    )
    email = forms.EmailField(
        label=gettext_lazy("Your e-mail"), widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )
    password = forms.CharField(
        label=gettext_lazy("A password"),
        help_text=gettext_lazy("At least ten characters. A few words in a row are good."),
        max_length=128,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


# --- Units ---------------------------------------------------------------------------------------
