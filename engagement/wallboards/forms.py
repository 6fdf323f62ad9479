"""What keepers fill in."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from engagement.people.models import Site, Unit
from engagement.wallboards.models import Board


class BoardForm(forms.ModelForm):  # type: ignore[type-arg]
    """Site and unit decide whose celebrations are shown; none of them means everybody's."""

    class Meta:
        model = Board
        fields = [
            "name", "site", "unit", "language", "preset", "is_quiet", "night_from", "night_to",
        ]  # fmt: skip
        labels = {"site": _("Site"), "unit": _("Team or department")}
        help_texts = {
            "site": _("Shows what is for this site and for everybody."),
            "unit": _("Shows what is for this team, its department, its site and everybody."),
            "night_from": _("The screen is black at night. Leave both empty to keep it lit."),
        }
        widgets = {
            "night_from": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
            "night_to": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["site"].queryset = Site.objects.filter(closed_on=None).order_by("name")
        self.fields["unit"].queryset = Unit.objects.filter(closed_on=None).order_by("name")
        self.fields["site"].empty_label = _("No particular site")
        self.fields["unit"].empty_label = _("No particular team")


class ScreenForm(forms.Form):
    """Where a screen hangs and what it shows."""

    name = forms.CharField(
        label=_("Name of the screen"),
        max_length=80,
        required=False,
        help_text=_("Where it hangs, such as: canteen, 2nd floor."),
    )
    board = forms.ModelChoiceField(
        label=_("Board"),
        queryset=Board.objects.order_by("name"),
        to_field_name="key",
        empty_label=None,
    )


class PairForm(ScreenForm):
    """The code from the screen, and what it is to show."""

    code = forms.CharField(
        label=_("Code on the screen"),
        max_length=20,
        widget=forms.TextInput(
            attrs={
                "autocomplete": "off",
                "autocapitalize": "characters",
                "spellcheck": "false",
                "placeholder": "BCDF GHJK",
            }
        ),
    )
    field_order = ["code", "name", "board"]
