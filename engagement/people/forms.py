"""What pages send, translated into facts. Each form's last line calls the action."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from engagement import times
from engagement.people import access, actions, queries
from engagement.people.models import (
    Employer,
    Person,
    RoleAssignment,
    ShiftPattern,
    Site,
    Unit,
)
from engagement.people.tree import Tree

Role = RoleAssignment.Role


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


def _field(form: forms.Form, name: str) -> Any:
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


class UnitForm(ActionForm):
    """Something about one unit from a day on."""

    on = DayField(label=gettext_lazy("From"))

    def __init__(self, *data: Any, unit: Unit, **options: Any) -> None:
        super().__init__(*data, **options)
        self.unit = unit
        self.tree = Tree.on(self.day)
        if "on" in self.fields:
            self.fields["on"].initial = max(self.day, unit.opened_on)

    def offer_units(
        self, name: str, *, without: Iterable[int] = (), empty: str, only_managed: bool = True
    ) -> None:
        hidden = set(without)
        offered = [
            one
            for _depth, one in self.tree.walk()
            if one.pk not in hidden
            and one.stated_headcount is None
            and (not only_managed or access.can_manage_unit(self.viewer, one, tree=self.tree))
        ]
        field = self.fields[name]
        assert isinstance(field, UnitField)
        field.offer(self.tree, offered, empty)

    @property
    def members(self) -> list[Person]:
        day = self.cleaned_data.get("on") or self.day
        return [one for one in queries.members_on(day, unit=self.unit) if self._is_direct(one)]

    def _is_direct(self, person: Person) -> bool:
        return bool(queries.unit_id_of(person) == self.unit.pk)


def _people_count(count: int) -> str:
    return ngettext("%(count)d person", "%(count)d people", count) % {"count": count}


def _day(day: dt.date) -> str:
    return date_format(day, "DATE_FORMAT")


class OpenUnitForm(ActionForm):
    title = gettext_lazy("New unit")
    button = gettext_lazy("Open the unit")
    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    parent = UnitField(label=gettext_lazy("Stands under"), required=False)
    employer = KeyedChoiceField(Employer.objects.none(), label=gettext_lazy("Employer"))
    site = KeyedChoiceField(
        Site.objects.none(),
        label=gettext_lazy("Site"),
        required=False,
        empty_label=gettext_lazy("Same as the unit above"),
    )
    on = DayField(label=gettext_lazy("From"))

    def __init__(self, *data: Any, viewer: Person, **options: Any) -> None:
        super().__init__(*data, viewer=viewer, **options)
        self.tree = Tree.on(self.day)
        managed = [
            one
            for _depth, one in self.tree.walk()
            if access.can_manage_unit(viewer, one, tree=self.tree) and one.stated_headcount is None
        ]
        parent = self.fields["parent"]
        assert isinstance(parent, UnitField)
        parent.offer(self.tree, managed, _("At the top"))
        employers = [one.pk for one in queries.administered_employers(viewer)]
        _field(self, "employer").queryset = Employer.objects.filter(pk__in=employers)
        self.fields["employer"].initial = viewer.employer.key
        _field(self, "site").queryset = open_sites()
        self.fields["on"].initial = self.day

    def perform(self, *, by: Person, at: dt.datetime) -> str:
        unit = actions.open_unit(**self.cleaned_data, by=by, at=at)
        return _("%(unit)s is open from %(day)s.") % {
            "unit": unit.name, "day": _day(unit.opened_on)
        }  # fmt: skip


class RenameUnitForm(UnitForm):
    title = gettext_lazy("Rename")
    explanation = gettext_lazy("The new name is shown everywhere at once, also in what is past.")
    on = None  # type: ignore[assignment]
    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)

    def __init__(self, *data: Any, unit: Unit, **options: Any) -> None:
        super().__init__(*data, unit=unit, **options)
        self.fields["name"].initial = unit.name

    def perform(self, *, by: Person, at: dt.datetime) -> str:
        unit = actions.rename_unit(unit=self.unit, name=self.cleaned_data["name"], by=by, at=at)
        return _("The unit is now called %(unit)s.") % {"unit": unit.name}


class MoveUnitForm(UnitForm):
    title = gettext_lazy("Move")
    explanation = gettext_lazy(
        "The unit, its people and all units below it get a new place from that day. "
        "What was before stays as it was."
    )
    button = gettext_lazy("Move the unit")
    asks_first = True
    parent = UnitField(label=gettext_lazy("Stands under"), required=False)
    site = KeyedChoiceField(
        Site.objects.none(),
        label=gettext_lazy("Site"),
        required=False,
        empty_label=gettext_lazy("Same as the unit above"),
    )

    def __init__(self, *data: Any, unit: Unit, **options: Any) -> None:
        super().__init__(*data, unit=unit, **options)
        self.offer_units("parent", without=self.tree.descendant_ids(unit.pk), empty=_("At the top"))
        _field(self, "site").queryset = open_sites()
        if node := self.tree.nodes.get(unit.pk):
            above = self.tree.parent(unit.pk)
            self.fields["parent"].initial = above.key if above else ""
            here = self.tree.sites.get(node.own_site_id or 0)
            self.fields["site"].initial = here.key if here else ""
        self.order_fields(["parent", "site", "on"])

    def consequences(self) -> list[str]:
        parent, site = self.cleaned_data["parent"], self.cleaned_data["site"]
        moving = len(queries.members_on(self.cleaned_data["on"], unit=self.unit))
        below = len(self.tree.descendants(self.unit.pk))
        said = [
            _("From %(day)s %(unit)s stands under %(parent)s.")
            % {
                "day": _day(self.cleaned_data["on"]),
                "unit": self.unit.name,
                "parent": parent.name if parent else _("nothing: it is at the top"),
            },
            _("It concerns %(people)s.") % {"people": _people_count(moving)},
        ]
        if below:
            said.append(
                ngettext("%(count)d unit below moves along.", "%(count)d units below move along.",
                         below) % {"count": below}
            )  # fmt: skip
        new_site = site or (self.tree.site_of(parent.pk) if parent else None)
        old_site = self.tree.site_of(self.unit.pk)
        if new_site != old_site and new_site is not None:
            said.append(_("Their site becomes %(site)s.") % {"site": new_site.name})
        return said

    def perform(self, *, by: Person, at: dt.datetime) -> str:
        actions.move_unit(
            unit=self.unit,
            parent=self.cleaned_data["parent"],
            site=self.cleaned_data["site"],
            on=self.cleaned_data["on"],
            by=by,
            at=at,
        )
        return _("%(unit)s moves on %(day)s.") % {
            "unit": self.unit.name, "day": _day(self.cleaned_data["on"])
        }  # fmt: skip


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
            % {"unit": self.unit.name, "day": _day(self.cleaned_data["on"])}
        ]
        if self.members and self.cleaned_data["move_to"]:
            said.append(
                _("%(people)s move to %(unit)s.")
                % {
                    "people": _people_count(len(self.members)),
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
            "unit": self.unit.name, "day": _day(self.cleaned_data["on"])
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
                "people": _people_count(len(self.members)),
                "unit": self.unit.name,
                "into": into.name,
                "day": _day(self.cleaned_data["on"]),
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
        _field(self, "people").choices = [(one.key, one.name) for one in direct]
        self.order_fields(["name", "on", "people"])

    def consequences(self) -> list[str]:
        going = len(self.cleaned_data["people"])
        staying = len(self.choosable) - going
        facts = {
            "people": _people_count(going),
            "name": self.cleaned_data["name"],
            "day": _day(self.cleaned_data["on"]),
            "unit": self.unit.name,
        }
        said = [_("From %(day)s %(people)s belong to the new unit %(name)s.") % facts]
        if staying:
            rest = {"people": _people_count(staying), "unit": self.unit.name}
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
        _field(self, "shift_pattern").queryset = ShiftPattern.objects.order_by("starts_at", "key")

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
        _field(self, "employer").queryset = Employer.objects.filter(pk__in=employers)
        self.fields["employer"].initial = viewer.employer.key
        self.fields["started_on"].initial = self.day

    def perform(self, *, by: Person, at: dt.datetime) -> str:
        placed = {name: self.cleaned_data[name] for name in ("employer", "unit", "started_on")}
        facts = actions.PersonFacts(**self.facts(), **placed)
        person = actions.hire_person(facts=facts, by=by, at=at)
        return _("%(person)s starts on %(day)s.") % {
            "person": person.name, "day": _day(person.started_on)
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
            "person": self.person.name, "unit": unit.name, "day": _day(on)
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
            % {"day": _day(self.cleaned_data["last_day"]), "person": name}
        ]
        said += [
            _("The role %(role)s ends.") % {"role": one.get_role_display()}
            for one in access.roles_of(self.person)
        ]
        if count := self.person.reports.employed_on(self.left_on).count():
            said.append(
                _("%(people)s have %(person)s as their manager and need another.")
                % {"people": _people_count(count), "person": name}
            )
        return said

    def perform(self, *, by: Person, at: dt.datetime) -> str:
        actions.end_employment(person=self.person, on=self.left_on, by=by, at=at)
        return _("Registered: %(person)s leaves.") % {"person": self.person.name}


# --- Employers and sites --------------------------------------------------------------------------


class EmployerForm(ActionForm):
    title = gettext_lazy("New employer")
    button = gettext_lazy("Add the employer")
    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    is_partner = forms.BooleanField(
        label=gettext_lazy("A partner whose people serve our customers"),
        help_text=gettext_lazy("Its people's e-mail and phone stay within the partner."),
        required=False,
    )

    def perform(self, *, by: Person, at: dt.datetime) -> str:
        employer = actions.create_employer(**self.cleaned_data, by=by, at=at)
        return _("%(name)s is added.") % {"name": employer.name}


class SiteForm(ActionForm):
    title = gettext_lazy("New site")
    button = gettext_lazy("Add the site")
    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    city = forms.CharField(label=gettext_lazy("City"), max_length=120, required=False)
    timezone = forms.ChoiceField(label=gettext_lazy("Time zone"), initial="Europe/Oslo")

    def __init__(self, *data: Any, site: Site | None = None, **options: Any) -> None:
        super().__init__(*data, **options)
        self.site = site
        zones = sorted(zone for zone in available_timezones() if zone.startswith("Europe/"))
        others = sorted(
            zone for zone in available_timezones() if "/" in zone and zone not in zones
            and not zone.startswith(("Etc/", "posix", "right", "SystemV", "US/"))
        )  # fmt: skip
        _field(self, "timezone").choices = [(zone, zone) for zone in (*zones, *others)]
        if site is not None:
            self.title, self.button = gettext_lazy("Change the site"), gettext_lazy("Save")
            for name in ("name", "city", "timezone"):
                self.fields[name].initial = getattr(site, name)

    def perform(self, *, by: Person, at: dt.datetime) -> str:
        if self.site is None:
            site = actions.create_site(**self.cleaned_data, by=by, at=at)
            return _("%(name)s is added.") % {"name": site.name}
        actions.change_site(site=self.site, **self.cleaned_data, by=by, at=at)
        return _("Saved.")


class CloseSiteForm(ActionForm):
    title = gettext_lazy("Close the site")
    explanation = gettext_lazy("Units must have moved or closed by then.")
    button = gettext_lazy("Close the site")
    is_grave = True
    on = DayField(label=gettext_lazy("From"))

    def __init__(self, *data: Any, site: Site, **options: Any) -> None:
        super().__init__(*data, **options)
        self.site = site
        self.fields["on"].initial = self.day

    def perform(self, *, by: Person, at: dt.datetime) -> str:
        actions.close_site(site=self.site, on=self.cleaned_data["on"], by=by, at=at)
        return _("%(name)s closes on %(day)s.") % {
            "name": self.site.name, "day": _day(self.cleaned_data["on"])
        }  # fmt: skip


# --- Roles and codes ------------------------------------------------------------------------------


class GiveRoleForm(ActionForm):
    title = gettext_lazy("Give a role")
    button = gettext_lazy("Give the role")
    role = forms.ChoiceField(label=gettext_lazy("Role"))
    scope = forms.ChoiceField(label=gettext_lazy("Where"), required=False)

    def __init__(self, *data: Any, viewer: Person, **options: Any) -> None:
        super().__init__(*data, viewer=viewer, **options)
        _field(self, "role").choices = [
            (value, label) for value, label in Role.choices if access.can_give_role(viewer, value)
        ]
        self._offer_scopes()
        self.person: Person | None = None
        self.people_errors: list[str] = []

    def _offer_scopes(self) -> None:
        self.tree = Tree.on(self.day)
        self.scopes: dict[str, Employer | Site | Unit] = {}
        groups: list[tuple[Any, Any]] = []
        if access.can_administer_everybody(self.viewer):
            groups.append(("", _("The whole organisation")))
        units = [
            unit
            for _depth, unit in self.tree.walk()
            if access.can_manage_unit(self.viewer, unit, tree=self.tree)
        ]
        sites = list(open_sites()) if access.can_administer_everybody(self.viewer) else []
        for label, ones in (
            (_("Employers"), queries.administered_employers(self.viewer)),
            (_("Sites"), sites),
            (_("Units"), units),
        ):
            if ones:
                groups.append((label, [(one.key, one.name) for one in ones]))
                self.scopes.update({one.key: one for one in ones})
        _field(self, "scope").choices = groups

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        try:
            self.person = one_person(
                key=self.data.get("person", ""),
                text=self.data.get("person_text", ""),
                viewer=self.viewer,
            )
        except ValidationError as error:
            self.people_errors = error.messages
            self.add_error(None, error)
        scope = self.scopes.get(cleaned.get("scope", ""))
        if (
            self.person is not None
            and "role" in cleaned
            and not access.can_give_role_in(
                self.viewer, cleaned["role"], receiver=self.person, scope=scope
            )
        ):
            self.add_error(None, _("You cannot give this role to this person there."))
        return cleaned

    def perform(self, *, by: Person, at: dt.datetime) -> str:
        assert self.person is not None
        scope = self.scopes.get(self.cleaned_data["scope"])
        given = actions.assign_role(
            person=self.person, role=self.cleaned_data["role"], scope=scope, by=by, at=at
        )
        return _("%(person)s is now %(role)s.") % {
            "person": self.person.name, "role": given.get_role_display()
        }  # fmt: skip


def one_person(*, key: str, text: str, viewer: Person) -> Person:
    """The person chosen in a type-ahead field, or the only one the text in it fits."""
    if key:
        found = access.visible_people().filter(key=key).first() if access.is_key(key) else None
        if found is None:
            raise ValidationError(_("This person does not work here any more."))
        return found
    hits = (
        queries.search_people(text, viewer=viewer, day=times.today(), limit=2)
        if queries.words_of(text)
        else []
    )
    if not hits:
        raise ValidationError(_("Choose a person."))
    if len(hits) > 1:
        raise ValidationError(_("Several people fit. Choose one of the list."))
    return hits[0].person


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
        _field(self, "people").choices = [(one.key, one.name) for one in choosable.values()]

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
