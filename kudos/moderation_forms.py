"""Forms to report, to hide, and for what HR decides about words and leavers."""

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from engagement.people.models import Person
from kudos import actions
from kudos.models import (
    NOTE_LENGTH,
    WORD_LENGTH,
    Decision,
    KudosPolicy,
    Reason,
    Report,
    WarnedWord,
)
from kudos.moderators import Thing


class ReasonForm(forms.Form):
    """What is wrong, from a short list."""

    reason = forms.ChoiceField(
        label=_("What is wrong?"),
        choices=Reason.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what is wrong.")},
    )


class ReportForm(ReasonForm):
    note = forms.CharField(
        label=_("Do you want to say more?"),
        required=False,
        # Longer than what fits: the action says by how much, and nothing typed is cut off.
        max_length=20 * NOTE_LENGTH,
        widget=forms.Textarea(
            attrs={"rows": 2, "data-testid": "report-note", "data-counter": NOTE_LENGTH}
        ),
    )

    def perform(self, *, thing: Thing, by: Person, at: dt.datetime) -> Report:
        return actions.report_thing(
            thing=thing,
            by=by,
            reason=self.cleaned_data["reason"],
            note=self.cleaned_data["note"],
            at=at,
        )


class HideForm(ReasonForm):
    def perform(self, *, thing: Thing, by: Person, at: dt.datetime) -> Decision | None:
        reason = self.cleaned_data["reason"]
        return actions.hide_thing(thing=thing, by=by, reason=reason, at=at)


class WordForm(forms.Form):
    word = forms.CharField(
        label=_("A word to ask about"),
        error_messages={"required": _("Write one word with letters in it.")},
        max_length=20 * WORD_LENGTH,
        widget=forms.TextInput(attrs={"autocomplete": "off", "data-testid": "word"}),
    )
    language = forms.ChoiceField(label=_("Language"), choices=WarnedWord.Language.choices)

    def perform(self, *, by: Person, at: dt.datetime) -> WarnedWord:
        return actions.add_warned_word(**self.cleaned_data, by=by, at=at)


class PolicyForm(forms.Form):
    leavers = forms.ChoiceField(
        label=_("Thanks in feeds, when somebody has left"),
        choices=KudosPolicy.Leavers.choices,
        widget=forms.RadioSelect,
    )
    gone_after_days = forms.IntegerField(
        label=_("Days until they go"),
        help_text=_("Counts only when they go from feeds. 0 is at once."),
        required=False,
        min_value=0,
        max_value=KudosPolicy.DAYS_MOST,
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("gone_after_days") is None and "gone_after_days" not in self.errors:
            if cleaned.get("leavers") == KudosPolicy.Leavers.GONE:
                self.add_error("gone_after_days", _("Write after how many days."))
            cleaned["gone_after_days"] = KudosPolicy().gone_after_days
        return cleaned

    def perform(self, *, by: Person, at: dt.datetime) -> KudosPolicy:
        return actions.save_policy(**self.cleaned_data, by=by, at=at)
