"""What the forms of this room are made of: fields, and how a form calls its action."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy, ngettext

from engagement import times
from engagement.people.models import (
    Person,
    Site,
    Unit,
)
from engagement.people.tree import Tree


class DayField(forms.DateField):
    """A calendar day from the browser's own picker."""

    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")

    def __init__(self, **options: Any) -> None:
        super().__init__(input_formats=["%Y-%m-%d"], **options)


class UnitField(forms.ChoiceField):
    """A unit of a tree, written as its path. Cleans to the unit, or None."""

    def __init__(self, **options: Any) -> None:
        self.tree: Tree | None = None
        super().__init__(**options)

    def offer(self, tree: Tree, units: Iterable[Unit], empty: str) -> None:
        self.tree = tree
        # A figure space keeps the indentation in a list that shows only text.
        depths = {unit.pk: depth for depth, unit in tree.walk()}
        rows = [(unit.key, "\u2007\u2007" * depths.get(unit.pk, 0) + unit.name) for unit in units]
        self.choices = [("", empty), *rows]

    def clean(self, value: Any) -> Unit | None:
        key = super().clean(value)
        return self.tree.by_key(key) if key and self.tree else None


class KeyedChoiceField(forms.ModelChoiceField):
    """A row chosen by its public key."""

    def __init__(self, queryset: Any, **options: Any) -> None:
        super().__init__(queryset=queryset, to_field_name="key", **options)


def open_sites() -> Any:
    return Site.objects.filter(Q(closed_on__isnull=True) | Q(closed_on__gt=times.today())).order_by(
        "name"
    )


def bound_field(form: forms.Form, name: str) -> Any:
    """A field of ``form`` whose kind the type checker cannot know."""
    return form.fields[name]


class ActionForm(forms.Form):
    """A form that ends in one action; ``viewer`` decides what it offers."""

    title: Any = ""
    explanation: Any = ""
    button: Any = gettext_lazy("Save")
    is_grave = False
    # Whether the page shows what will happen and asks once more.
    asks_first = False

    def __init__(self, *data: Any, viewer: Person, **options: Any) -> None:
        self.viewer = viewer
        self.day = times.today()
        super().__init__(*data, **options)

    def consequences(self) -> list[str]:
        """What will happen, a sentence each, before it does."""
        return []

    def perform(self, *, by: Person, at: dt.datetime) -> str:
        """Calls the action and says what was done."""
        raise NotImplementedError

    def trial(self) -> Any:
        return self.perform(by=self.viewer, at=times.now())

    def add_refusal(self, error: ValidationError) -> None:
        """What an action refused, at the fields it concerns."""
        if not hasattr(error, "error_dict"):
            self.add_error(None, error)
            return
        for name, errors in error.error_dict.items():
            self.add_error(name if name in self.fields else None, errors)


# --- What people decide about themselves ----------------------------------------------------------


def people_count(count: int) -> str:
    return ngettext("%(count)d person", "%(count)d people", count) % {"count": count}


def day_told(day: dt.date) -> str:
    return date_format(day, "DATE_FORMAT")
