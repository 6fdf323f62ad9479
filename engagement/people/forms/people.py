"""Hiring, changing, moving people, and ending employments."""

import datetime as dt
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from engagement.people import access, actions, queries
from engagement.people.forms.fields import (
    ActionForm,
    DayField,
    KeyedChoiceField,
    UnitField,
    bound_field,
    day_told,
    people_count,
)
from engagement.people.models import (
    Employer,
    Person,
    ShiftPattern,
)
from engagement.people.tree import Tree


class PersonFactsForm(ActionForm):
    """The facts of somebody new, or of somebody who is here."""

    given_name = forms.CharField(label=gettext_lazy("First name"), max_length=80)
    family_name = forms.CharField(label=gettext_lazy("Last name"), max_length=80, required=False)
    employee_number = forms.CharField(label=gettext_lazy("Employee number"), max_length=40)
    title_text = forms.CharField(label=gettext_lazy("Title"), max_length=120, required=False)
    email = forms.EmailField(label=gettext_lazy("E-mail"), required=False, max_length=254)
    phone = forms.CharField(label=gettext_lazy("Phone"), max_length=40, required=False)
    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=Person.Language.choices)
    shift_pattern = KeyedChoiceField(
        ShiftPattern.objects.none(),
        label=gettext_lazy("Usual shift"),
        required=False,
        empty_label=gettext_lazy("Not known"),
    )

    def __init__(self, *data: Any, **options: Any) -> None:
        super().__init__(*data, **options)
        bound_field(self, "shift_pattern").queryset = ShiftPattern.objects.order_by(
            "starts_at", "key"
        )

    def facts(self) -> dict[str, Any]:
        names = (
            "given_name", "family_name", "employee_number", "email", "phone", "language",
            "shift_pattern",
        )  # fmt: skip
        found = {name: self.cleaned_data[name] for name in names}
        return {**found, "title": self.cleaned_data["title_text"]}


class HirePersonForm(PersonFactsForm):
    title = gettext_lazy("New person")
    button = gettext_lazy("Add the person")
    employer = KeyedChoiceField(Employer.objects.none(), label=gettext_lazy("Employer"))
    unit = UnitField(label=gettext_lazy("Unit"))
    started_on = DayField(label=gettext_lazy("First day"))

    def __init__(self, *data: Any, viewer: Person, **options: Any) -> None:
        super().__init__(*data, viewer=viewer, **options)
        tree = Tree.on(self.day)
        offered = [
            one
            for _depth, one in tree.walk()
            if access.can_manage_unit(viewer, one, tree=tree) and one.stated_headcount is None
        ]
        unit = self.fields["unit"]
        assert isinstance(unit, UnitField)
        unit.offer(tree, offered, _("Choose a unit"))
        employers = [one.pk for one in queries.administered_employers(viewer)]
        bound_field(self, "employer").queryset = Employer.objects.filter(pk__in=employers)
        self.fields["employer"].initial = viewer.employer.key
        self.fields["started_on"].initial = self.day

    def perform(self, *, by: Person, at: dt.datetime) -> str:
        placed = {name: self.cleaned_data[name] for name in ("employer", "unit", "started_on")}
        facts = actions.PersonFacts(**self.facts(), **placed)
        person = actions.hire_person(facts=facts, by=by, at=at)
        return _("%(person)s starts on %(day)s.") % {
            "person": person.name, "day": day_told(person.started_on)
        }  # fmt: skip


class ChangePersonForm(PersonFactsForm):
    title = gettext_lazy("Change")
    explanation = gettext_lazy("The next roster import overwrites what the roster says otherwise.")

    def __init__(self, *data: Any, person: Person, **options: Any) -> None:
        super().__init__(*data, **options)
        self.person = person
        for name in ("given_name", "family_name", "employee_number", "email", "phone", "language"):
            self.fields[name].initial = getattr(person, name)
        self.fields["title_text"].initial = person.title
        pattern = person.shift_pattern
        self.fields["shift_pattern"].initial = pattern.key if pattern else ""

    def perform(self, *, by: Person, at: dt.datetime) -> str:
        actions.change_person(person=self.person, by=by, at=at, **self.facts())
        return _("Saved.")


class MovePersonForm(ActionForm):
    title = gettext_lazy("Move to another unit")
    button = gettext_lazy("Move")
    unit = UnitField(label=gettext_lazy("New unit"))
    on = DayField(label=gettext_lazy("From"))

    def __init__(self, *data: Any, person: Person, viewer: Person, **options: Any) -> None:
        super().__init__(*data, viewer=viewer, **options)
        self.person = person
        tree = Tree.on(self.day)
        offered = [
            one
            for _depth, one in tree.walk()
            if access.can_manage_unit(viewer, one, tree=tree) and one.stated_headcount is None
        ]
        unit = self.fields["unit"]
        assert isinstance(unit, UnitField)
        unit.offer(tree, offered, _("Choose a unit"))
        self.fields["on"].initial = max(self.day, person.started_on)

    def perform(self, *, by: Person, at: dt.datetime) -> str:
        unit, on = self.cleaned_data["unit"], self.cleaned_data["on"]
        actions.move_person(person=self.person, unit=unit, on=on, by=by, at=at)
        return _("%(person)s belongs to %(unit)s from %(day)s.") % {
            "person": self.person.name, "unit": unit.name, "day": day_told(on)
        }  # fmt: skip


class EndEmploymentForm(ActionForm):
    title = gettext_lazy("Leaves")
    explanation = gettext_lazy(
        "After the last day the person cannot sign in and is no longer shown. "
        "Thanks they gave and got stay."
    )
    button = gettext_lazy("Register")
    is_grave = asks_first = True
    last_day = DayField(label=gettext_lazy("Last day"))

    def __init__(self, *data: Any, person: Person, **options: Any) -> None:
        super().__init__(*data, **options)
        self.person = person
        self.fields["last_day"].initial = self.day

    @property
    def left_on(self) -> dt.date:
        last_day: dt.date = self.cleaned_data["last_day"]
        return last_day + dt.timedelta(days=1)

    def clean_last_day(self) -> dt.date:
        last_day: dt.date = self.cleaned_data["last_day"]
        if last_day.year >= dt.MAXYEAR:
            raise ValidationError(_("Choose an earlier day."))
        return last_day

    def consequences(self) -> list[str]:
        name = self.person.name
        said = [
            _("%(day)s is the last day %(person)s can sign in.")
            % {"day": day_told(self.cleaned_data["last_day"]), "person": name}
        ]
        said += [
            _("The role %(role)s ends.") % {"role": one.get_role_display()}
            for one in access.roles_of(self.person)
        ]
        if count := self.person.reports.employed_on(self.left_on).count():
            said.append(
                _("%(people)s have %(person)s as their manager and need another.")
                % {"people": people_count(count), "person": name}
            )
        return said

    def perform(self, *, by: Person, at: dt.datetime) -> str:
        actions.end_employment(person=self.person, on=self.left_on, by=by, at=at)
        return _("Registered: %(person)s leaves.") % {"person": self.person.name}


# --- Employers and sites --------------------------------------------------------------------------
