"""Sheets of codes on paper."""

import datetime as dt
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from engagement.people import actions
from engagement.people.forms.fields import (
    bound_field,
)
from engagement.people.models import (
    Person,
)


class SheetForm(forms.Form):
    """Who gets a new code on paper."""

    people = forms.MultipleChoiceField(
        label=gettext_lazy("People"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Choose at least one person.")},
    )
    MOST = 200

    def __init__(self, *data: Any, choosable: dict[str, Person], **options: Any) -> None:
        super().__init__(*data, **options)
        self.choosable = choosable
        bound_field(self, "people").choices = [(one.key, one.name) for one in choosable.values()]

    def clean_people(self) -> list[Person]:
        chosen = [self.choosable[key] for key in self.cleaned_data["people"]]
        if len(chosen) > self.MOST:
            raise ValidationError(_("At most %(count)d at a time.") % {"count": self.MOST})
        return chosen

    def issue(self, *, by: Person, at: dt.datetime) -> list[tuple[Person, str]]:
        """Each person as they were read, with their unit, and their new code."""
        people = {one.pk: one for one in self.cleaned_data["people"]}
        issued = actions.issue_activation_codes(people=list(people.values()), by=by, at=at)
        return [(people[person.pk], code) for person, code in issued]
