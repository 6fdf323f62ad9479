"""What the pages send on which something is entered in a competition."""

import datetime as dt
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from engagement.people.models import Person
from events import actions
from events.competition_numbers import number_words, read_number
from events.models import REASON_LENGTH, Competition, Entry


class NumberField(forms.CharField):
    """A number as people type it. Cleans to a Decimal; how large it may be the action says."""

    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})

    def clean(self, value: Any) -> Decimal | None:
        text = super().clean(value)
        if not text:
            return None
        try:
            return read_number(text)
        except ValueError as error:
            raise ValidationError(_("Write a number, such as 3 or 2,5.")) from error

    def prepare_value(self, value: Any) -> Any:
        return number_words(value) if isinstance(value, Decimal) else value


class EntryForm(forms.Form):
    """One number. ``once`` makes a second press of the button the same entry."""

    value = NumberField(label=gettext_lazy("How much?"))
    once = forms.RegexField(r"^[0-9a-z]{1,40}$", required=False, widget=forms.HiddenInput)

    def perform(self, *, competition: Competition, by: Person, at: dt.datetime) -> Entry:
        return actions.add_entry(
            competition=competition, value=self.cleaned_data["value"], by=by, at=at,
            external_id=self.cleaned_data["once"],
        )  # fmt: skip


class CorrectForm(forms.Form):
    """Another number for an entry."""

    value = NumberField(label=gettext_lazy("How much?"))

    def perform(self, *, entry: Entry, by: Person, at: dt.datetime) -> Entry:
        value = self.cleaned_data["value"]
        return actions.correct_entry(entry=entry, value=value, by=by, at=at)


class JudgeForm(forms.Form):
    """A number for each group; empty ones are left alone."""

    seen = forms.CharField(required=False, max_length=60, widget=forms.HiddenInput)

    def __init__(self, data: QueryDict | None, *, competition: Competition, seen: str) -> None:
        super().__init__(data, initial={"seen": seen})
        self.competition = competition
        for group in competition.groups.order_by("number"):
            self.fields[group.key] = NumberField(label=group.name, required=False)
        if data is not None and data.get("seen") != seen:
            # What was typed stays; the next press saves what is seen from here on.
            self.data = data.copy()
            self.data["seen"] = seen
            self.was_seen = data.get("seen", "")
        else:
            self.was_seen = seen

    @property
    def boxes(self) -> list[Any]:
        return [self[name] for name in self.fields if name != "seen"]

    def perform(self, *, by: Person, at: dt.datetime) -> int:
        """How many groups got something."""
        values = {
            name: value
            for name, value in self.cleaned_data.items()
            if name != "seen" and value is not None
        }
        made = actions.add_judged_entries(
            competition=self.competition, values=values, by=by, at=at, seen=self.was_seen
        )
        return len(made)


class AmendForm(forms.Form):
    """Another number for what somebody else entered for a group, or none, with the reason.

    ``is_hidden``: the number may be one person's and is not shown.
    """

    value = NumberField(label=gettext_lazy("The right number"), required=False)
    reason = forms.CharField(
        label=gettext_lazy("What was wrong?"), max_length=REASON_LENGTH,
        help_text=gettext_lazy("Judges read it, and it stands in the log. Name nobody."),
    )  # fmt: skip
    seen = forms.CharField(required=False, max_length=30, widget=forms.HiddenInput)

    def __init__(self, data: QueryDict | None, *, entry: Entry, is_hidden: bool) -> None:
        shown = {} if is_hidden else {"value": entry.value}
        super().__init__(data, initial={"seen": entry.version, **shown})
        self.entry = entry
        self.was_seen = data.get("seen", "") if data is not None else entry.version
        self.is_strike = data is not None and data.get("act") == "strike"
        if data is not None:
            # What was typed stays; the next press saves over what is seen from here on.
            self.data = data.copy()
            self.data["seen"] = entry.version

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.is_strike and "value" not in self.errors and cleaned.get("value") is None:
            self.add_error("value", _("Write the right number, or strike the entry."))
        return cleaned

    def add_refusal(self, error: ValidationError) -> None:
        """What the action refused, at the fields it concerns."""
        if not hasattr(error, "error_dict"):
            self.add_error(None, error)
            return
        for name, errors in error.error_dict.items():
            self.add_error(name if name in self.fields else None, errors)

    def perform(self, *, by: Person, at: dt.datetime) -> Entry:
        value = None if self.is_strike else self.cleaned_data["value"]
        return actions.amend_entry(
            entry=self.entry, value=value, reason=self.cleaned_data["reason"], by=by, at=at,
            seen=self.was_seen,
        )  # fmt: skip
