"""The rule of a unit and its lifting, as forms. Each form's last line calls an action."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from engagement.people.models import Person, Unit
from events.actions import guarding as actions
from events.models import CoverageRule, Sitting
from events.models.coverage import MOST_ON_PHONES
from events.models.events import REASON_LENGTH

WHOLE = _("Write a whole number.")


class GuardForm(forms.Form):
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


def _number(label: Any, help_text: Any, most: int) -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        help_text=help_text,
        min_value=0,
        max_value=most,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        error_messages={"invalid": WHOLE},
    )


class RuleForm(GuardForm):
    """How many of the team may be away at once; for other teams too, if wished."""

    most_away_percent = _number(
        _("At most away, per cent"),
        _("Of those on shift, each quarter of an hour. Never rounded up: 20 per cent of 9 is 1."),
        100,
    )
    least_on_phones = _number(
        _("At least on the phones"),
        _("So many always stay, whatever the share says. 0 if the share is enough."),
        MOST_ON_PHONES,
    )
    for_others = forms.BooleanField(required=False)

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        unit: Unit,
        held: CoverageRule | None,
        others: Sequence[Unit],
    ) -> None:
        standing = held or CoverageRule()
        initial = {
            "most_away_percent": standing.most_away_percent,
            "least_on_phones": standing.least_on_phones,
        }
        super().__init__(data, initial=initial)
        self.unit, self.others = unit, others
        if others:
            self.fields["for_others"].label = ngettext(
                "The same for the other team at this site",
                "The same for the other %(count)d teams at this site",
                len(others),
            ) % {"count": len(others)}
        else:
            del self.fields["for_others"]

    def perform(self, *, by: Person, at: dt.datetime) -> None:
        limits = {
            name: self.cleaned_data[name] for name in ("most_away_percent", "least_on_phones")
        }
        units = [self.unit, *(self.others if self.cleaned_data.get("for_others") else ())]
        actions.set_rules(units=units, **limits, by=by, at=at)


class LiftForm(GuardForm):
    """Why the rule does not hold this once."""

    reason = forms.CharField(
        label=_("Why?"),
        help_text=_("One line. It stands on the team's page and in the log."),
        # Longer than what fits: the action says by how much, and nothing typed is cut off.
        max_length=20 * REASON_LENGTH,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, unit: Unit, sitting: Sitting
    ) -> None:
        super().__init__(data)
        self.unit, self.sitting = unit, sitting

    def perform(self, *, by: Person, at: dt.datetime) -> None:
        actions.lift_rule(
            unit=self.unit, sitting=self.sitting, reason=self.cleaned_data["reason"], by=by, at=at
        )
