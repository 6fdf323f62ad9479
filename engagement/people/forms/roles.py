"""Giving roles."""

import datetime as dt
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from engagement import times
from engagement.people import access, actions, queries
from engagement.people.forms.fields import (
    ActionForm,
    bound_field,
    open_sites,
)
from engagement.people.models import (
    Employer,
    Person,
    RoleAssignment,
    Site,
    Unit,
)
from engagement.people.tree import Tree

Role = RoleAssignment.Role


class GiveRoleForm(ActionForm):
    title = gettext_lazy("Give a role")
    button = gettext_lazy("Give the role")
    role = forms.ChoiceField(label=gettext_lazy("Role"))
    scope = forms.ChoiceField(label=gettext_lazy("Where"), required=False)

    def __init__(self, *data: Any, viewer: Person, **options: Any) -> None:
        super().__init__(*data, viewer=viewer, **options)
        bound_field(self, "role").choices = [
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
        bound_field(self, "scope").choices = groups

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
