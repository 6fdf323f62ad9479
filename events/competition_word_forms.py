"""What can be said of a competition at any time: its words, a later end, and why it is cancelled."""

import datetime as dt
from dataclasses import replace
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext_lazy

from engagement import times
from engagement.people.forms import DayField
from engagement.people.models import Person
from events import actions
from events.competition_facts import CompetitionFacts
from events.models import (
    DESCRIPTION_LENGTH,
    REASON_LENGTH,
    TITLE_LENGTH,
    Competition,
    CompetitionEmblem,
)
from events.queries.competing_choices import facts_of, version_of


class WordsForm(forms.Form):
    """What can be changed at any time before it is over: its words and a later end."""

    title = forms.CharField(label=gettext_lazy("What is it called?"), max_length=TITLE_LENGTH)
    last_day = DayField(label=gettext_lazy("Last day"))
    closes = forms.TimeField(
        label=gettext_lazy("Closes at"),
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )
    description = forms.CharField(
        label=gettext_lazy("What is it about?"), required=False, max_length=DESCRIPTION_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip
    emblem = forms.ChoiceField(
        label=gettext_lazy("Drawing"), choices=CompetitionEmblem.choices, widget=forms.RadioSelect
    )

    version = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)

    # At which field the page shows what the action says of a part.
    places = {"rounds": "last_day"}

    def __init__(
        self, data: QueryDict | None, *, viewer: Person, competition: Competition | None = None
    ) -> None:
        self.viewer, self.competition, self.sent = viewer, competition, data
        self.now = facts_of(competition) if competition else None
        super().__init__(data, initial=self.proposed())
        if competition is not None:
            self.initial["version"] = version_of(competition)
            if data is not None:
                # What was typed stays; the next press saves over what is seen from here on.
                self.data = data.copy()
                self.data["version"] = self.initial["version"]

    def proposed(self) -> dict[str, Any]:
        assert self.now is not None
        ends_at = self.now.rounds[-1][1]
        return {
            "title": self.now.title,
            "description": self.now.description,
            "emblem": self.now.emblem,
            "last_day": times.local_date(ends_at),
            "closes": times.local_clock(ends_at),
        }

    @property
    def ends_at(self) -> dt.datetime:
        return times.moment_of(self.cleaned_data["last_day"], self.cleaned_data["closes"])

    def facts(self) -> CompetitionFacts:
        assert self.now is not None
        cleaned, rounds = self.cleaned_data, list(self.now.rounds)
        return replace(
            self.now,
            title=cleaned["title"],
            description=cleaned["description"],
            emblem=cleaned["emblem"],
            rounds=[*rounds[:-1], (rounds[-1][0], self.ends_at)],
        )

    def add_refusal(self, error: ValidationError) -> None:
        """What an action refused, at the fields it concerns."""
        if not hasattr(error, "error_dict"):
            self.add_error(None, error)
            return
        for name, errors in error.error_dict.items():
            field = self.places.get(name, name)
            self.add_error(field if field in self.fields else None, errors)

    @property
    def has_rare_errors(self) -> bool:
        """Whether something is wrong among what is folded away."""
        rare = {"description", "emblem", "rounds", "tie_rule", "most_per_entry", "most_per_day"}
        return bool(rare & set(self.errors))

    def perform(self, *, by: Person, at: dt.datetime) -> Competition:
        if self.competition is None:
            return actions.create_competition(facts=self.facts(), by=by, at=at)
        return actions.change_competition(
            competition=self.competition, facts=self.facts(), by=by, at=at,
            version=self.sent.get("version") if self.sent else None,
        )  # fmt: skip


class CancelCompetitionForm(forms.Form):
    """Why it ends."""

    reason = forms.CharField(
        label=gettext_lazy("Why is it cancelled?"), max_length=REASON_LENGTH,
        help_text=gettext_lazy("Those who take part read it."),
    )  # fmt: skip

    def perform(self, *, competition: Competition, by: Person, at: dt.datetime) -> Competition:
        reason = self.cleaned_data["reason"]
        return actions.cancel_competition(competition=competition, reason=reason, by=by, at=at)
