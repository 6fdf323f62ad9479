"""What planners fill in."""

import datetime as dt
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.dates import MONTHS, WEEKDAYS
from django.utils.translation import gettext_lazy as _

from engagement.people.forms import open_sites
from engagement.people.models import Site
from engagement.text import clean_line
from engagement.themes.looks import LOOKS
from engagement.themes.models import GREETING_LENGTH, NAME_LENGTH, ThemeDay
from engagement.themes.rules import MOST_DAYS

NTHS = [
    ("", "–"),
    (1, _("the first")),
    (2, _("the second")),
    (3, _("the third")),
    (4, _("the fourth")),
    (-1, _("the last")),
]
LINES = {
    "name_nb": NAME_LENGTH,
    "name_en": NAME_LENGTH,
    "greeting_nb": GREETING_LENGTH,
    "greeting_en": GREETING_LENGTH,
    "reference": 160,
}


def _line(field: forms.Field, length: int) -> None:
    """Too much is told of with how much fits, and nothing typed is cut off."""
    field.widget.attrs["maxlength"] = length
    field.widget.attrs["autocomplete"] = "off"


class ThemeDayForm(forms.ModelForm):
    """A day, its look, and when it is. Which parts of *when* are asked follows from the kind."""

    month = forms.TypedChoiceField(
        label=_("Month"), choices=[("", "–"), *MONTHS.items()], coerce=int, empty_value=None,
        required=False,
    )  # fmt: skip
    weekday = forms.TypedChoiceField(
        label=_("Weekday"), choices=[("", "–"), *WEEKDAYS.items()], coerce=int, empty_value=None,
        required=False,
    )  # fmt: skip
    nth = forms.TypedChoiceField(
        label=_("Which one"), choices=NTHS, coerce=int, empty_value=None, required=False
    )
    look = forms.ChoiceField(
        label=_("Look"),
        choices=[(look.key, look.name) for look in LOOKS.values()],
        widget=forms.RadioSelect,
    )
    sites = forms.ModelMultipleChoiceField(
        label=_("Only at these sites"),
        queryset=Site.objects.none(),
        to_field_name="key",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None chosen means everywhere."),
    )

    class Meta:
        model = ThemeDay
        fields = [
            "name_nb", "name_en", "greeting_nb", "greeting_en", "look", "rule", "month", "day",
            "nth", "weekday", "offset", "starts_on", "ends_on", "days_count", "sites", "position",
            "reference", "is_on",
        ]  # fmt: skip
        widgets = {
            "rule": forms.RadioSelect,
            "starts_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "ends_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "day": forms.NumberInput(attrs={"min": 1, "max": 31, "inputmode": "numeric"}),
            "days_count": forms.NumberInput(attrs={"min": 1, "max": MOST_DAYS}),
        }
        help_texts = {
            "greeting_nb": _("One short line, on Today and beside the wall's clock."),
            "offset": _("0 is Easter Sunday itself, -2 Good Friday, 49 Whit Sunday."),
            "ends_on": _("Empty means one day."),
            "position": _("Lower goes first where two of the same length meet."),
            "reference": _("A law, a decision, a custom. For those who ask."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, length in LINES.items():
            _line(self.fields[name], length)
        # What the page showed comes back with it: somebody may have switched the day meanwhile.
        self.fields["is_on"].show_hidden_initial = True
        chosen: list[int] = []
        if self.instance.pk:
            chosen = [site.pk for site in self.instance.sites.all()]
            self.initial["sites"] = [site.key for site in self.instance.sites.all()]
        # A site that has closed stays choosable where it was chosen already.
        self.fields["sites"].queryset = (  # type: ignore[attr-defined]
            open_sites() | Site.objects.filter(pk__in=chosen).order_by("name")
        ).distinct()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for name in LINES:
            if name in cleaned:
                cleaned[name] = clean_line(cleaned[name])
        for name in ("name_nb", "name_en"):
            if name in cleaned and not cleaned[name]:
                self.add_error(name, ValidationError(_("Write a name.")))
        if cleaned.get("days_count") is None and "days_count" not in self.errors:
            cleaned["days_count"] = 1
        return cleaned

    def changes(self) -> dict[str, Any]:
        """What was changed, by field; its sites are told apart."""
        changed = (name for name in self.changed_data if name != "sites")
        return {name: self.cleaned_data[name] for name in changed}


def year_of(raw: str, *, today: dt.date, first: int, last: int) -> int:
    """The year written in ``raw``; this one for anything else."""
    if len(raw) == 4 and raw.isascii() and raw.isdigit() and first <= int(raw) <= last:
        return int(raw)
    return today.year
