"""What all pages of a planner share, and those that change or cancel one day."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext_lazy

from engagement import times
from engagement.people.forms import DayField
from engagement.people.models import Person, Site, sortable
from engagement.people.tree import Tree
from events import actions
from events.access.planning import Reach, managed_sites, reach_of
from events.actions.changing import facts_of_day
from events.facts import DayFacts, SittingFacts
from events.models import DESCRIPTION_LENGTH, REASON_LENGTH, TITLE_LENGTH, Event
from events.queries.versions import version_of
from events.series_rows import (
    SittingRow,
    read_sittings,
    row_of_facts,
    sitting_facts,
)


class PlanForm(forms.Form):
    """What all pages of a planner share: words, a day, and the rows of sittings."""

    title = forms.CharField(label=gettext_lazy("What is it called?"), max_length=TITLE_LENGTH)
    description = forms.CharField(
        label=gettext_lazy("What happens?"), required=False, max_length=DESCRIPTION_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip
    day = DayField(label=gettext_lazy("Day"))
    version = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)

    def __init__(
        self, data: QueryDict | None, *, viewer: Person, event: Event | None = None, **options: Any
    ) -> None:
        super().__init__(data, **options)
        self.viewer, self.event, self.sent = viewer, event, data
        self.today = times.today()
        self.tree = Tree.on(self.today)
        self.reach: Reach = reach_of(viewer, tree=self.tree)
        self.sites = {site.key: site for site in self._open_sites()}
        self.rows: list[SittingRow] = (
            self.stored_rows() if data is None else read_sittings(data, self.sites)
        )

    def _open_sites(self) -> list[Site]:
        there = {one.site for one in self.known_sittings() if one.site}
        found = [
            site
            for site in self.tree.sites.values()
            if site.closed_on is None and (self.reach.holds_at(site) or site in there)
        ]
        return sorted(found, key=lambda site: sortable(site.name))

    def known_sittings(self) -> Sequence[SittingFacts]:
        """What stands in the database before anything is sent."""
        return []

    def stored_rows(self) -> list[SittingRow]:
        return [row_of_facts(n, one) for n, one in enumerate(self.known_sittings())]

    @property
    def blank(self) -> SittingRow:
        """One more sitting, of one's own making. Not used until its box is ticked."""
        only = next(iter(self.sites), "") if len(self.sites) == 1 else ""
        return SittingRow(number=len(self.rows), is_used=False, site=only)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        self.sittings = sitting_facts(self.rows, self.sites)
        if wrong := next((row.error for row in self.rows if row.error), ""):
            self.add_error(None, wrong)
        return cleaned

    def add_refusal(self, error: ValidationError) -> None:
        """What an action refused, at the fields it concerns."""
        if not hasattr(error, "error_dict"):
            self.add_error(None, error)
            return
        places = {"rule": "repeat", "starts_on": "day"}
        for name, errors in error.error_dict.items():
            field = places.get(name, name)
            self.add_error(field if field in self.fields else None, errors)


class DayForm(PlanForm):
    """One day of a series, for itself."""

    def __init__(self, data: QueryDict | None, *, viewer: Person, event: Event) -> None:
        initial = {
            "title": event.title,
            "description": event.description,
            "day": event.day,
            "version": version_of(event),
        }
        super().__init__(data, viewer=viewer, event=event, initial=initial)

    def known_sittings(self) -> Sequence[SittingFacts]:
        assert self.event is not None
        return facts_of_day(self.event)

    def perform(self, *, by: Person, at: dt.datetime) -> Event:
        assert self.event is not None
        cleaned = self.cleaned_data
        facts = DayFacts(
            day=cleaned["day"],
            sittings=self.sittings,
            title=cleaned["title"],
            description=cleaned["description"],
        )
        return actions.change_day(
            event=self.event, facts=facts, version=cleaned["version"] or None, by=by, at=at
        )


class SiteDayForm(DayForm):
    """The sittings of one day at the sites one manages; the rest is whoever's who made the series."""

    def __init__(self, data: QueryDict | None, *, viewer: Person, event: Event) -> None:
        self.managed = managed_sites(viewer)
        super().__init__(data, viewer=viewer, event=event)
        for name in ("title", "description", "day"):
            del self.fields[name]

    def known_sittings(self) -> Sequence[SittingFacts]:
        return [one for one in super().known_sittings() if one.site and one.site.pk in self.managed]

    def _open_sites(self) -> list[Site]:
        return [site for site in super()._open_sites() if site.pk in self.managed]

    def perform(self, *, by: Person, at: dt.datetime) -> Event:
        assert self.event is not None
        version = self.cleaned_data["version"] or None
        return actions.change_sittings(
            event=self.event, sittings=self.sittings, version=version, by=by, at=at
        )


class CancelForm(forms.Form):
    """Why it is not held, and how much of it."""

    reason = forms.CharField(
        label=gettext_lazy("Why is it cancelled?"), max_length=REASON_LENGTH,
        help_text=gettext_lazy("Those signed up read it."),
    )  # fmt: skip
    scope = forms.ChoiceField(
        label=gettext_lazy("How much of it?"),
        choices=[
            ("this", gettext_lazy("This day only")),
            ("following", gettext_lazy("This day and all after it")),
        ],
        widget=forms.RadioSelect,
        initial="this",
    )

    def __init__(self, data: QueryDict | None, *, event: Event) -> None:
        super().__init__(data)
        if not event.series.rule:
            del self.fields["scope"]

    @property
    def can_be_undone(self) -> bool:
        """One day can; with all after it most of them are gone at once."""
        return bool(self.cleaned_data.get("scope", "this") == "this")

    def perform(self, *, event: Event, by: Person, at: dt.datetime) -> Event:
        following = self.cleaned_data.get("scope", "following") == "following"
        act = actions.cancel_following if following else actions.cancel_event
        return act(event=event, reason=self.cleaned_data["reason"], by=by, at=at)
