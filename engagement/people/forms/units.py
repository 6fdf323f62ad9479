"""Opening, renaming and moving units."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from engagement.people import access, actions, queries
from engagement.people.forms.fields import (
    ActionForm,
    DayField,
    KeyedChoiceField,
    UnitField,
    bound_field,
    day_told,
    open_sites,
    people_count,
)
from engagement.people.models import (
    Employer,
    Person,
    Site,
    Unit,
)
from engagement.people.tree import Tree


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
        bound_field(self, "employer").queryset = Employer.objects.filter(pk__in=employers)
        self.fields["employer"].initial = viewer.employer.key
        bound_field(self, "site").queryset = open_sites()
        self.fields["on"].initial = self.day

    def perform(self, *, by: Person, at: dt.datetime) -> str:
        unit = actions.open_unit(**self.cleaned_data, by=by, at=at)
        return _("%(unit)s is open from %(day)s.") % {
            "unit": unit.name, "day": day_told(unit.opened_on)
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
        bound_field(self, "site").queryset = open_sites()
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
                "day": day_told(self.cleaned_data["on"]),
                "unit": self.unit.name,
                "parent": parent.name if parent else _("nothing: it is at the top"),
            },
            _("It concerns %(people)s.") % {"people": people_count(moving)},
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
            "unit": self.unit.name, "day": day_told(self.cleaned_data["on"])
        }  # fmt: skip
