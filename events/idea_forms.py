"""What the pages of ideas send."""

import datetime as dt
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from engagement.people.models import Person
from engagement.text import clean_line
from events import actions
from events.access.ideas import sites_to_propose_for
from events.models import (
    NOTE_LENGTH,
    REASON_LENGTH,
    TITLE_LENGTH,
    WHAT_LENGTH,
    Idea,
    IdeaReport,
)
from events.queries.ideas import ideas_like

EVERYBODY = "everybody"
NAMED, UNNAMED = "named", "unnamed"
NO_LIMIT = 20  # times what fits: the action says by how much, and nothing typed is cut off


class IdeaForm(forms.Form):
    """An idea. ``seen`` comes back once those that are like it have been shown."""

    title = forms.CharField(
        label=gettext_lazy("What would you like to do?"),
        max_length=NO_LIMIT * TITLE_LENGTH,
        widget=forms.TextInput(attrs={"autocomplete": "off", "data-testid": "idea-title"}),
        help_text=gettext_lazy("In a few words, such as “Board games on Thursdays”."),
    )
    what = forms.CharField(
        label=gettext_lazy("Tell more"),
        required=False,
        max_length=NO_LIMIT * WHAT_LENGTH,
        widget=forms.Textarea(
            attrs={"rows": 3, "data-testid": "idea-what", "data-counter": WHAT_LENGTH}
        ),
    )
    site = forms.ChoiceField(label=gettext_lazy("For whom?"), widget=forms.RadioSelect)
    shown = forms.ChoiceField(
        label=gettext_lazy("Your name"),
        choices=[
            (NAMED, gettext_lazy("Show that it is mine")),
            (UNNAMED, gettext_lazy("Do not show it")),
        ],
        initial=NAMED,
        widget=forms.RadioSelect,
        help_text=gettext_lazy(
            "Not shown means to nobody, managers and programs included. The database keeps who it was "
            "while the idea is open, so that you can take it back; then it is erased."
        ),
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput, max_length=5)

    def __init__(self, data: QueryDict | None, *, viewer: Person, day: dt.date) -> None:
        self.viewer, self.day = viewer, day
        self.sites = {site.key: site for site in sites_to_propose_for(viewer, day=day)}
        own = [(key, site.name) for key, site in self.sites.items()]
        super().__init__(data, initial={"site": next(iter(self.sites), EVERYBODY)})
        choices = [*own, (EVERYBODY, _("Everybody"))]
        self.fields["site"].choices = choices  # type: ignore[attr-defined]
        self.alike: list[Idea] = []

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        title = clean_line(cleaned.get("title", ""))
        if not cleaned.get("seen") and title:
            self.alike = ideas_like(title, viewer=self.viewer, day=self.day)
        return cleaned

    def perform(self, *, by: Person, at: dt.datetime) -> Idea:
        cleaned = self.cleaned_data
        return actions.propose_idea(
            title=cleaned["title"],
            what=cleaned["what"],
            site=self.sites.get(cleaned["site"]),
            is_named=cleaned["shown"] == NAMED,
            by=by,
            at=at,
        )


class WhyForm(forms.Form):
    """Why an idea does not happen, or is hidden."""

    reason = forms.CharField(
        label=gettext_lazy("Why not?"),
        max_length=NO_LIMIT * REASON_LENGTH,
        widget=forms.TextInput(attrs={"data-testid": "idea-reason"}),
        help_text=gettext_lazy("Those who wanted it read it."),
    )

    def perform(self, *, idea: Idea, is_hiding: bool, by: Person, at: dt.datetime) -> Idea:
        act = actions.hide_idea if is_hiding else actions.decline_idea
        return act(idea=idea, reason=self.cleaned_data["reason"], by=by, at=at)


class ReportIdeaForm(forms.Form):
    """What is wrong with an idea, from a short list, and a note if one likes."""

    reason = forms.ChoiceField(
        label=gettext_lazy("What is wrong?"),
        choices=IdeaReport.Reason.choices,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose what is wrong.")},
    )
    note = forms.CharField(
        label=gettext_lazy("Do you want to say more?"),
        required=False,
        max_length=NO_LIMIT * NOTE_LENGTH,
        widget=forms.Textarea(
            attrs={"rows": 2, "data-testid": "report-note", "data-counter": NOTE_LENGTH}
        ),
        help_text=gettext_lazy("Read by those who decide, without your name."),
    )

    def perform(self, *, idea: Idea, by: Person, at: dt.datetime) -> IdeaReport | None:
        """The report; None when something was refused, which then stands at its field."""
        reason, note = self.cleaned_data["reason"], self.cleaned_data["note"]
        try:
            return actions.report_idea(idea=idea, reason=reason, note=note, by=by, at=at)
        except ValidationError as error:
            self.add_error(None, error)
            return None
