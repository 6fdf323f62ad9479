"""Counters and goals, as forms. Each form's last line calls an action."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from engagement.people.models import Person
from kudos import actions
from kudos.models import MOST_COUNTED, Counter


class NumberField(forms.IntegerField):
    """A large number, also as people write it: with spaces between the thousands."""

    widget = forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"})

    def __init__(self, **options: Any) -> None:
        super().__init__(
            min_value=0,
            max_value=MOST_COUNTED,
            error_messages={
                "invalid": _("Write a whole number, such as 5 000 000."),
                "max_value": _("The number is too large."),
                "min_value": _("Write a whole number, such as 5 000 000."),
            },
            **options,
        )

    def to_python(self, value: Any) -> int | None:
        return super().to_python("".join(value.split()) if isinstance(value, str) else value)


class ActForm(forms.Form):
    """A form that ends in an action; what the action refuses stands at its field."""

    def act(self, *, by: Person, at: dt.datetime) -> bool:
        try:
            self.perform(by=by, at=at)
        except ValidationError as error:
            for name, errors in getattr(error, "error_dict", {None: error}).items():
                self.add_error(name if name in self.fields else None, errors)
            return False
        return True

    def perform(self, *, by: Person, at: dt.datetime) -> None:
        raise NotImplementedError


class CounterForm(ActForm):
    """A new counter."""

    name_nb = forms.CharField(
        label=_("What is counted, in Norwegian"),
        max_length=80,
        widget=forms.TextInput(attrs={"placeholder": "Kundesamtaler siden 2012"}),
    )
    name_en = forms.CharField(
        label=_("What is counted, in English"),
        max_length=80,
        widget=forms.TextInput(attrs={"placeholder": "Customer conversations since 2012"}),
    )
    key = forms.SlugField(
        label=_("Key for programs"),
        max_length=40,
        help_text=_("Small letters, figures and hyphens. Programs count under this name."),
        widget=forms.TextInput(attrs={"placeholder": "conversations"}),
    )
    value = NumberField(label=_("Number so far"), initial=0)

    def perform(self, *, by: Person, at: dt.datetime) -> None:
        actions.create_counter(**self.cleaned_data, by=by, at=at)


class NumberForm(ActForm):
    """The number, by hand."""

    value = NumberField(label=_("Number now"))
    is_reset = forms.BooleanField(
        label=_("It may become smaller than it was"),
        help_text=_("For a number that was wrong. Goals that were reached stay reached."),
        required=False,
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, counter: Counter) -> None:
        super().__init__(data, initial={"value": counter.value})
        self.counter = counter

    def perform(self, *, by: Person, at: dt.datetime) -> None:
        actions.set_counter(counter=self.counter, **self.cleaned_data, by=by, at=at)


class GoalForm(ActForm):
    """A goal ahead."""

    target = NumberField(label=_("Which number is worth celebrating?"))
    words_nb = forms.CharField(
        label=_("What the wall says, in Norwegian"),
        max_length=140,
        widget=forms.TextInput(
            attrs={"placeholder": "Fem millioner samtaler. Takk til dere alle."}
        ),
    )
    words_en = forms.CharField(
        label=_("What the wall says, in English"),
        max_length=140,
        widget=forms.TextInput(
            attrs={"placeholder": "Five million conversations. Thank you, all of you."}
        ),
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, counter: Counter) -> None:
        super().__init__(data)
        self.counter = counter

    def perform(self, *, by: Person, at: dt.datetime) -> None:
        actions.set_goal(counter=self.counter, **self.cleaned_data, by=by, at=at)
