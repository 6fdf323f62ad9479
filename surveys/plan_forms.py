"""What the pages of pulse plans send, translated into facts. Each form's last line calls an action."""

import datetime as dt
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from engagement import times
from engagement.people.forms import DayField
from engagement.people.models import Person
from surveys import actions
from surveys.forms import TEXT_LENGTH, PlacesForm, add_refusal, area, found_people
from surveys.instruments import templates
from surveys.models import BurdenLimit, InstrumentVersion, PulsePlan, Survey
from surveys.models.plans import (
    FEWEST_DAYS_OPEN,
    LONGEST_NAME,
    MOST_DAYS_OPEN,
    MOST_ITEMS_A_ROUND,
    MOST_PANELS,
    MOST_WEEKS,
)
from surveys.planned import PlannedPulse, pulse_of
from surveys.queries.planning import own_places
from surveys.queries.plans import items_of
from surveys.queries.sections import newest_versions
from surveys.workdays import next_working_day

DAYS_AHEAD = 21
TEMPLATE = "pulse"
TEXTS = ("purpose_nb", "purpose_en", "who_sees_nb", "who_sees_en")
RHYTHM = {
    "panel_count": MOST_PANELS,
    "weeks_between": MOST_WEEKS,
    "open_days": MOST_DAYS_OPEN,
    "items_a_round": MOST_ITEMS_A_ROUND,
}


class PlanForm(PlacesForm):
    """A new pulse plan on one page."""

    name_nb = forms.CharField(
        label=gettext_lazy("Name in Norwegian"), max_length=LONGEST_NAME,
        widget=forms.TextInput(attrs={"lang": "nb"}),
    )  # fmt: skip
    name_en = forms.CharField(
        label=gettext_lazy("Name in English"), max_length=LONGEST_NAME,
        widget=forms.TextInput(attrs={"lang": "en"}),
    )  # fmt: skip
    instruments = forms.MultipleChoiceField(
        label=gettext_lazy("Instruments to draw from"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Choose at least one instrument.")},
        help_text=gettext_lazy(
            "Each round takes a few questions, so that every theme is asked each quarter."
        ),
    )
    starts_on = DayField(label=gettext_lazy("First round"))
    panel_count = forms.IntegerField(
        label=gettext_lazy("Panels"), min_value=1, max_value=MOST_PANELS,
        help_text=gettext_lazy("Whole teams, dealt once. One panel is asked in each round."),
    )  # fmt: skip
    weeks_between = forms.IntegerField(
        label=gettext_lazy("Weeks between rounds"), min_value=1, max_value=MOST_WEEKS,
        help_text=gettext_lazy("Panels times weeks is the peace each person has: eight at least."),
    )  # fmt: skip
    open_days = forms.IntegerField(
        label=gettext_lazy("Days a round is open"),
        min_value=FEWEST_DAYS_OPEN,
        max_value=MOST_DAYS_OPEN,
        help_text=gettext_lazy("More where holidays would leave a shift with fewer than two days."),
    )
    items_a_round = forms.IntegerField(
        label=gettext_lazy("Questions in a round"), min_value=1, max_value=MOST_ITEMS_A_ROUND,
        help_text=gettext_lazy("Three minutes at most."),
    )  # fmt: skip
    level = forms.ChoiceField(
        label=gettext_lazy("Who holds the key to the answers?"),
        choices=[
            (Survey.Level.WITNESSED, gettext_lazy("Two representatives (witnessed)")),
            (Survey.Level.SEALED, gettext_lazy("The counting process (sealed)")),
        ],
        widget=forms.RadioSelect,
        help_text=gettext_lazy(
            "Witnessed: two representatives read each round, make its key and count it. Only then "
            "can we say: your employer cannot read your answer. Sealed: rounds run by themselves "
            "once a representative has read this plan."
        ),
    )
    discussed_on = DayField(label=gettext_lazy("Discussed with the representatives on"))
    feedback_days = forms.IntegerField(
        label=gettext_lazy("Days after a round until everybody hears the results"),
        min_value=1,
        max_value=60,
    )
    retention_months = forms.IntegerField(
        label=gettext_lazy("Months the numbers are kept"), min_value=1, max_value=120
    )
    purpose_nb = forms.CharField(label=gettext_lazy("Why we ask, in Norwegian"), widget=area())
    purpose_en = forms.CharField(label=gettext_lazy("Why we ask, in English"), widget=area())
    who_sees_nb = forms.CharField(label=gettext_lazy("Who sees what, in Norwegian"), widget=area())
    who_sees_en = forms.CharField(label=gettext_lazy("Who sees what, in English"), widget=area())

    def __init__(self, data: QueryDict | None = None, *, viewer: Person) -> None:
        today = times.today()
        self.first_day = next_working_day(today + dt.timedelta(days=DAYS_AHEAD))
        self.versions: list[InstrumentVersion] = newest_versions()
        super().__init__(data, viewer=viewer, day=today, owner=viewer, initial=self._proposed())
        choices = [(one.instrument.key, one.title) for one in self.versions]
        self.fields["instruments"].choices = choices  # type: ignore[attr-defined]
        for name in TEXTS:
            self.fields[name].widget.attrs |= {"lang": name[-2:], "maxlength": TEXT_LENGTH}

    def _proposed(self) -> dict[str, Any]:
        """The shipped pulse, every other week to a quarter of the people."""
        template = templates().get(TEMPLATE)
        proposed: dict[str, Any] = {
            "starts_on": self.first_day, "panel_count": 4, "weeks_between": 2, "open_days": 7,
            "items_a_round": 6, "level": Survey.Level.WITNESSED, "feedback_days": 14,
            "retention_months": 36,
        }  # fmt: skip
        if template is None:
            return proposed
        return proposed | {
            "name_nb": template.title["nb"], "name_en": template.title["en"],
            "instruments": [key for key, _items in template.sections][:1],
            "purpose_nb": template.purpose["nb"], "purpose_en": template.purpose["en"],
            "who_sees_nb": template.who_sees["nb"], "who_sees_en": template.who_sees["en"],
        }  # fmt: skip

    def stored(self) -> set[str]:
        return {place.key for place in own_places(self.viewer, self.places)}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if self.owner is None and "feedback_owner" not in self.errors:
            self.add_error("feedback_owner", _("Name who tells people the results."))
        return cleaned

    @property
    def planned(self) -> PlannedPulse | None:
        """What the page, as far as it is filled in, would mean for people; nothing is saved."""
        numbers = {name: self._number(name, most) for name, most in RHYTHM.items()}
        wanted = set(self["instruments"].value() or ())
        pool = items_of(one for one in self.versions if one.instrument.key in wanted)
        panels, weeks, _days, items = numbers.values()
        if not pool or panels is None or weeks is None or items is None:
            return None
        return pulse_of(
            self.chosen_places,
            pool,
            day=self.first_day,
            panel_count=panels,
            weeks_between=weeks,
            items_a_round=items,
            at=times.now(),
        )

    def _number(self, name: str, most: int) -> int | None:
        """As it stands on the page; None for what is no number within bounds."""
        text = str(self[name].value() or "")
        if not (text.isascii() and text.isdecimal() and len(text) < 4):
            return None
        return int(text) if 1 <= int(text) <= most else None

    def perform(self, *, by: Person, at: dt.datetime) -> PulsePlan | None:
        """The new plan; None when the action refused, which stands on the form."""
        cleaned = self.cleaned_data
        assert self.owner is not None
        try:
            return actions.create_plan(
                by=by,
                at=at,
                name_nb=cleaned["name_nb"],
                name_en=cleaned["name_en"],
                instruments=[
                    one.instrument
                    for one in self.versions
                    if one.instrument.key in cleaned["instruments"]
                ],
                places=self.chosen_places,
                level=cleaned["level"],
                starts_on=cleaned["starts_on"],
                texts={name: cleaned[name] for name in TEXTS},
                discussed_on=cleaned["discussed_on"],
                feedback_owner=self.owner,
                feedback_days=cleaned["feedback_days"],
                retention_months=cleaned["retention_months"],
                **{name: cleaned[name] for name in RHYTHM},
            )
        except ValidationError as error:
            add_refusal(self, error)
            return None


class PauseForm(forms.Form):
    reason = forms.CharField(
        label=pgettext_lazy("of pausing", "Why?"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": 500}),
        help_text=gettext_lazy("The representatives read it."),
    )

    def perform(self, *, plan: PulsePlan, by: Person, at: dt.datetime) -> None:
        actions.pause_plan(plan=plan, reason=self.cleaned_data["reason"], by=by, at=at)


class EndForm(forms.Form):
    ends_on = DayField(
        label=gettext_lazy("The last day on which a round may open"),
        help_text=gettext_lazy("Today ends it at once."),
    )

    def perform(self, *, plan: PulsePlan, by: Person, at: dt.datetime) -> None:
        actions.end_plan(plan=plan, on=self.cleaned_data["ends_on"], by=by, at=at)


class OwnerForm(forms.Form):
    """Who tells people the results of a plan's rounds."""

    feedback_owner = forms.CharField(required=False, max_length=40)
    feedback_owner_text = forms.CharField(required=False, max_length=100)

    def __init__(self, data: QueryDict | None = None, *, viewer: Person) -> None:
        self.viewer = viewer
        self.owner: Person | None = None
        super().__init__(data)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        typed = cleaned.get("feedback_owner_text", "").strip()
        people = found_people(cleaned.get("feedback_owner", ""), typed, viewer=self.viewer)
        if people:
            self.owner = people[0]
        else:
            self.add_error("feedback_owner", _("Choose one person from the list."))
        return cleaned

    def perform(self, *, plan: PulsePlan, by: Person, at: dt.datetime) -> None:
        assert self.owner is not None
        actions.set_feedback_owner(plan=plan, owner=self.owner, by=by, at=at)


class BurdenForm(forms.Form):
    minutes = forms.IntegerField(
        label=gettext_lazy("Minutes a person and quarter"), min_value=1, max_value=120
    )

    def perform(self, *, by: Person, at: dt.datetime) -> BurdenLimit:
        return actions.set_burden_limit(minutes=self.cleaned_data["minutes"], by=by, at=at)
