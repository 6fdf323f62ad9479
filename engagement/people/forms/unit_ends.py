"""Closing, merging and splitting units."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from engagement import times
from engagement.people import actions, queries
from engagement.people.forms.fields import (
    UnitField,
    bound_field,
    day_told,
    people_count,
)
from engagement.people.forms.units import UnitForm
from engagement.people.models import (
    Person,
    Unit,
)


class CloseUnitForm(UnitForm):
    title = gettext_lazy("Close")
    explanation = gettext_lazy(
        "From that day the unit is no more. Who belonged to it until then stays readable."
    )
    button = gettext_lazy("Close the unit")
    is_grave = asks_first = True
    move_to = UnitField(label=gettext_lazy("Its people go to"), required=False)

    def __init__(self, *data: Any, unit: Unit, **options: Any) -> None:
        super().__init__(*data, unit=unit, **options)
        below = self.tree.descendant_ids(unit.pk)
        self.offer_units("move_to", without=below, empty=_("Nobody is left"))
        self.order_fields(["on", "move_to"])

    def consequences(self) -> list[str]:
        said = [
            _("%(unit)s closes on %(day)s.")
            % {"unit": self.unit.name, "day": day_told(self.cleaned_data["on"])}
        ]
        if self.members and self.cleaned_data["move_to"]:
            said.append(
                _("%(people)s move to %(unit)s.")
                % {
                    "people": people_count(len(self.members)),
                    "unit": self.cleaned_data["move_to"].name,
                }
            )
        return [*said, *_ending_leads([self.unit])]

    def perform(self, *, by: Person, at: dt.datetime) -> str:
        actions.close_unit(
            unit=self.unit,
            on=self.cleaned_data["on"],
            move_to=self.cleaned_data["move_to"],
            by=by,
            at=at,
        )
        return _("%(unit)s closes on %(day)s.") % {
            "unit": self.unit.name, "day": day_told(self.cleaned_data["on"])
        }  # fmt: skip


def _ending_leads(units: Sequence[Unit]) -> list[str]:
    leads = queries.leads_of(units, at=times.now())
    return [
        _("%(person)s is no longer team lead there.") % {"person": person.name}
        for unit in units
        for person in leads.get(unit.pk, [])
    ]


class MergeUnitForm(UnitForm):
    title = gettext_lazy("Merge into another unit")
    explanation = gettext_lazy(
        "From that day everybody belongs to the other unit, and this one closes. "
        "Thanks, and who was where, stay as they are."
    )
    button = gettext_lazy("Merge the units")
    is_grave = asks_first = True
    into = UnitField(label=gettext_lazy("Merge into"))

    def __init__(self, *data: Any, unit: Unit, **options: Any) -> None:
        super().__init__(*data, unit=unit, **options)
        without = self.tree.descendant_ids(unit.pk)
        self.offer_units("into", without=without, empty=_("Choose a unit"))
        self.order_fields(["into", "on"])

    def consequences(self) -> list[str]:
        into = self.cleaned_data["into"]
        said = [
            _("%(people)s of %(unit)s belong to %(into)s from %(day)s.")
            % {
                "people": people_count(len(self.members)),
                "unit": self.unit.name,
                "into": into.name,
                "day": day_told(self.cleaned_data["on"]),
            },
            _("%(unit)s closes.") % {"unit": self.unit.name},
        ]
        below = self.tree.children(self.unit.pk)
        if below:
            names = ", ".join(one.name for one in below[:5])
            said.append(_("%(units)s stand below %(into)s.") % {"units": names, "into": into.name})
        return [*said, *_ending_leads([self.unit])]

    def perform(self, *, by: Person, at: dt.datetime) -> str:
        into = self.cleaned_data["into"]
        actions.merge_units(units=[self.unit], into=into, on=self.cleaned_data["on"], by=by, at=at)
        return _("%(unit)s becomes part of %(into)s.") % {
            "unit": self.unit.name, "into": into.name
        }  # fmt: skip


class SplitUnitForm(UnitForm):
    title = gettext_lazy("Split")
    explanation = gettext_lazy(
        "Those you tick go to a new unit beside this one. The others stay. "
        "Do it again to divide into three."
    )
    button = gettext_lazy("Split the unit")
    asks_first = True
    name = forms.CharField(label=gettext_lazy("Name of the new unit"), max_length=120)
    people = forms.MultipleChoiceField(
        label=gettext_lazy("Who goes there"), widget=forms.CheckboxSelectMultiple, required=False
    )

    def __init__(self, *data: Any, unit: Unit, **options: Any) -> None:
        super().__init__(*data, unit=unit, **options)
        day = max(self.day, unit.opened_on)
        direct = [one for one in queries.members_on(day, unit=unit) if self._is_direct(one)]
        self.choosable = {one.key: one for one in direct}
        bound_field(self, "people").choices = [(one.key, one.name) for one in direct]
        self.order_fields(["name", "on", "people"])

    def consequences(self) -> list[str]:
        going = len(self.cleaned_data["people"])
        staying = len(self.choosable) - going
        facts = {
            "people": people_count(going),
            "name": self.cleaned_data["name"],
            "day": day_told(self.cleaned_data["on"]),
            "unit": self.unit.name,
        }
        said = [_("From %(day)s %(people)s belong to the new unit %(name)s.") % facts]
        if staying:
            rest = {"people": people_count(staying), "unit": self.unit.name}
            said.append(_("%(people)s stay in %(unit)s.") % rest)
        elif not self.tree.children(self.unit.pk):
            said.append(_("Nobody stays, so %(unit)s closes.") % facts)
        return said

    def perform(self, *, by: Person, at: dt.datetime) -> str:
        people = [self.choosable[key] for key in self.cleaned_data["people"]]
        part = actions.Part(self.cleaned_data["name"], people)
        actions.split_unit(unit=self.unit, parts=[part], on=self.cleaned_data["on"], by=by, at=at)
        return _("%(unit)s is a unit of its own.") % {"unit": part.name}


# --- People ---------------------------------------------------------------------------------------
