"""What keepers fill in."""

from django import forms
from django.utils.translation import gettext_lazy as _

from engagement.people.models import Site, Unit
from engagement.wallboards.models import Board


class BoardForm(forms.ModelForm):
    """Site and unit decide whose celebrations are shown; none of them means everybody's."""

    site = forms.ModelChoiceField(
        label=_("Site"),
        queryset=Site.objects.filter(closed_on=None).order_by("name"),
        required=False,
        empty_label=_("No particular site"),
        help_text=_("Shows what is for this site and for everybody."),
    )
    unit = forms.ModelChoiceField(
        label=_("Team or department"),
        queryset=Unit.objects.filter(closed_on=None).order_by("name"),
        required=False,
        empty_label=_("No particular team"),
        help_text=_("Shows what is for this team, its department, its site and everybody."),
    )

    class Meta:
        model = Board
        fields = [
            "name", "site", "unit", "language", "preset", "is_quiet", "night_from", "night_to",
        ]  # fmt: skip
        help_texts = {
            "night_from": _("The screen is black at night. Leave both empty to keep it lit."),
        }
        widgets = {
            "night_from": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
            "night_to": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        }


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
