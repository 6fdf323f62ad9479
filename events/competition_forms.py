"""What the pages of competitions send, translated. Each form's last line calls an action."""

import datetime as dt
import json
import random
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from engagement import times
from engagement.people.access import is_key, visible_people
from engagement.people.forms import DayField
from engagement.people.models import Person, Site, Unit
from engagement.people.queries import person_option, search_people
from engagement.people.tree import Tree
from events import actions
from events.access.planning import reach_of
from events.competition_facts import CompetitionFacts, GroupFacts, Span
from events.entry_forms import NumberField
from events.models import (
    DESCRIPTION_LENGTH,
    REASON_LENGTH,
    TITLE_LENGTH,
    UNIT_WORD_LENGTH,
    Competition,
    CompetitionEmblem,
    GroupKind,
    TieRule,
)
from events.palette import MOST_GROUPS
from events.queries.competing_choices import (
    deal,
    facts_of,
    people_at,
    site_choices,
    unit_choices,
    version_of,
)

CLOSES = dt.time(15)
USUAL_DAYS = 14
EVERYBODY = "everybody"
ONCE, WEEKLY = "once", "weekly"
JOINED, DEALT = "joined", "dealt"
# At its last round all is still open; 52 short ones would be no rounds.
WEEK = dt.timedelta(days=7)


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


class CompetitionForm(WordsForm):
    """A whole competition on one page."""

    unit_word = forms.CharField(
        label=gettext_lazy("What is counted?"), max_length=UNIT_WORD_LENGTH,
        help_text=gettext_lazy("A short word: km, points, books."),
    )  # fmt: skip
    first_day = DayField(label=gettext_lazy("First day"))
    rounds = forms.ChoiceField(
        label=gettext_lazy("Rounds"),
        choices=[
            (ONCE, gettext_lazy("One, from the first day to the last")),
            (WEEKLY, gettext_lazy("One a week")),
        ],
        widget=forms.RadioSelect,
        help_text=gettext_lazy("How many take part is counted anew when a round begins."),
    )
    groups = forms.MultipleChoiceField(
        label=gettext_lazy("Who competes?"), required=False, widget=forms.CheckboxSelectMultiple
    )
    place = forms.ChoiceField(label=gettext_lazy("Whom is it for?"), required=False)
    names = forms.CharField(
        label=gettext_lazy("The groups"), required=False, max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}), help_text=gettext_lazy("One on each line."),
    )  # fmt: skip
    assembling = forms.ChoiceField(
        label=gettext_lazy("How do people come into a group?"),
        choices=[
            (JOINED, gettext_lazy("They choose one themselves until it starts")),
            (DEALT, gettext_lazy("They are dealt out by lot, across teams")),
        ],
        widget=forms.RadioSelect,
        required=False,
    )
    by_people = forms.BooleanField(label=gettext_lazy("People themselves"), required=False)
    by_judge = forms.BooleanField(label=gettext_lazy("A judge"), required=False)
    by_api = forms.BooleanField(label=gettext_lazy("A program"), required=False)
    judges_text = forms.CharField(required=False, max_length=100, widget=forms.HiddenInput)
    tie_rule = forms.ChoiceField(
        label=gettext_lazy("When two stand alike"),
        choices=TieRule.choices,
        widget=forms.RadioSelect,
    )
    most_per_entry = NumberField(label=gettext_lazy("At most at once"))
    most_per_day = NumberField(label=gettext_lazy("At most a person and day"))
    is_for_everybody = forms.BooleanField(
        label=gettext_lazy("Everybody may look at it"), required=False
    )
    shows_on_walls = forms.BooleanField(label=gettext_lazy("Show it on the walls"), required=False)

    places = {
        "rounds": "last_day",
        "limits": "most_per_entry",
        "ways": "by_people",
        "judges": "judges_text",
    }

    def __init__(
        self,
        data: QueryDict | None,
        *,
        viewer: Person,
        kind: str,
        competition: Competition | None = None,
    ) -> None:
        self.kind, self.today = kind, times.today()
        self.tree = Tree.on(self.today)
        self.reach = reach_of(viewer, tree=self.tree)
        self.units = {unit.key: (unit, heads) for unit, heads in self._units()}
        self.sites = {site.key: (site, heads) for site, heads in self._sites()}
        super().__init__(data, viewer=viewer, competition=competition)
        self.judges = self._chosen_judges() if data is not None else list(self._judges_now())
        self._fit()

    def _units(self) -> list[tuple[Unit, int]]:
        return unit_choices(self.reach, self.tree) if self.kind == GroupKind.UNITS else []

    def _sites(self) -> list[tuple[Site, int]]:
        return site_choices(self.reach, self.tree) if self.kind != GroupKind.UNITS else []

    def _fit(self) -> None:
        """Leaves only the fields of this kind of groups."""
        if self.kind == GroupKind.MIXED:
            del self.fields["groups"]
            self.fields["place"].choices = self._places()  # type: ignore[attr-defined]
            for name in ("place", "names", "assembling"):
                self.fields[name].required = True
        else:
            for name in ("place", "names", "assembling"):
                del self.fields[name]
            self.fields["groups"].choices = [  # type: ignore[attr-defined]
                (key, f"{place.name} ({heads})")
                for key, (place, heads) in (self.units or self.sites).items()
            ]
        if not self.reach.is_everywhere:
            del self.fields["is_for_everybody"]

    def _places(self) -> list[tuple[str, Any]]:
        found: list[tuple[str, Any]] = [(key, site.name) for key, (site, _n) in self.sites.items()]
        if self.reach.is_everywhere:
            return [*found, (EVERYBODY, _("Everybody"))]
        own = [unit for pk in self.reach.units if (unit := self.tree.unit(pk))]
        tops = [
            one for one in own if not set(self.tree.ancestor_ids(one.pk)[1:]) & self.reach.units
        ]
        return [*found, *((one.key, one.name) for one in tops)]

    # --- what the page shows before anything is sent ----------------------------------------------

    def proposed(self) -> dict[str, Any]:
        if self.now is None:
            first = self.today + dt.timedelta(days=1)
            return {
                "title": "", "unit_word": "", "description": "", "emblem": "cup",
                "first_day": first, "last_day": first + dt.timedelta(days=USUAL_DAYS - 1),
                "closes": CLOSES, "rounds": ONCE, "by_people": True, "tie_rule": TieRule.SHARED,
                "most_per_entry": Decimal(100), "most_per_day": Decimal(200),
                "shows_on_walls": True, "groups": self._groups_near(), "assembling": JOINED,
                "names": _("Ravens\nOtters\nLynxes"),
            }  # fmt: skip
        now = self.now
        place = now.for_site or now.for_unit
        return super().proposed() | {
            "unit_word": now.unit_word,
            "first_day": times.local_date(now.rounds[0][0]),
            "rounds": ONCE if len(now.rounds) == 1 else WEEKLY,
            "groups": [one.key for group in now.groups if (one := group.unit or group.site)],
            "names": "\n".join(one.called for one in now.groups),
            "place": place.key if place else EVERYBODY,
            "assembling": JOINED if now.is_joined_freely else DEALT,
            "by_people": now.by_people,
            "by_judge": now.by_judge,
            "by_api": now.by_api,
            "tie_rule": now.tie_rule,
            "most_per_entry": now.most_per_entry,
            "most_per_day": now.most_per_day,
            "is_for_everybody": now.is_for_everybody,
            "shows_on_walls": now.shows_on_walls,
        }

    def _groups_near(self) -> list[str]:
        """All there are, when they fit on a wall; a longer list begins empty."""
        keys = list(self.units or self.sites)
        return keys if len(keys) <= 6 else []

    def _judges_now(self) -> Sequence[Person]:
        return self.now.judges if self.now else ()

    @property
    def judges_json(self) -> str:
        """Who is chosen, for the type-ahead field."""
        return json.dumps([person_option(one, None, None).as_dict() for one in self.judges])

    @property
    def ways(self) -> list[Any]:
        return [self["by_people"], self["by_judge"], self["by_api"]]

    # --- what it says -----------------------------------------------------------------------------

    def _chosen_judges(self) -> list[Person]:
        """Those chosen from the list, and the only one that what was typed can mean."""
        assert self.sent is not None
        keys = [key for key in self.sent.getlist("judges") if is_key(key)]
        found = list(visible_people().filter(key__in=keys).order_by("sort_name", "pk"))
        typed = self.sent.get("judges_text", "").strip()[:100]
        if typed:
            hits = search_people(typed, viewer=self.viewer, day=self.today, limit=2, tree=self.tree)
            found += [one.person for one in hits] if len(hits) == 1 else []
        return found

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("judges_text", "").strip() and not self.judges:
            self.add_error("judges_text", _("Choose one person from the list."))
        return cleaned

    def _spans(self) -> list[Span]:
        cleaned = self.cleaned_data
        starts_at, ends_at = times.moment_of(cleaned["first_day"], dt.time.min), self.ends_at
        if cleaned["rounds"] == ONCE or ends_at <= starts_at:
            return [(starts_at, ends_at)]
        days = (cleaned["last_day"] - cleaned["first_day"]).days
        starts = [
            times.moment_of(cleaned["first_day"] + week * WEEK, dt.time.min)
            for week in range(days // 7 + 1)
        ]
        return list(zip(starts, [*starts[1:], ends_at], strict=True))

    def _groups(self) -> list[GroupFacts]:
        cleaned = self.cleaned_data
        if self.kind == GroupKind.UNITS:
            return [GroupFacts(unit=self.units[key][0]) for key in cleaned["groups"]]
        if self.kind == GroupKind.SITES:
            return [GroupFacts(site=self.sites[key][0]) for key in cleaned["groups"]]
        names = [line.strip() for line in cleaned["names"].splitlines() if line.strip()]
        if cleaned["assembling"] == JOINED:
            return [GroupFacts(name=name) for name in names]
        if self.now and not self.now.is_joined_freely:
            same = [one.called for one in self.now.groups] == names
            if same and (self.now.for_site or self.now.for_unit) == self._place():
                return list(self.now.groups)
        if not 2 <= len(names) <= MOST_GROUPS:
            return [GroupFacts(name=name) for name in names]
        return deal(people_at(self._place(), self.tree), names, random.SystemRandom())

    def _place(self) -> Unit | Site | None:
        key = self.cleaned_data.get("place", "")
        return self.sites[key][0] if key in self.sites else self.tree.by_key(key)

    def facts(self) -> CompetitionFacts:
        cleaned = self.cleaned_data
        same = (
            "title", "description", "emblem", "unit_word", "by_people", "by_judge", "by_api",
            "tie_rule", "most_per_entry", "most_per_day", "shows_on_walls",
        )  # fmt: skip
        place = self._place()
        # Whoever may not choose it leaves it as it is.
        is_now = self.now is not None and self.now.is_for_everybody
        return CompetitionFacts(
            **{name: cleaned[name] for name in same},
            kind=self.kind,
            groups=self._groups(),
            rounds=self._spans(),
            judges=self.judges,
            is_joined_freely=cleaned.get("assembling") == JOINED,
            for_site=place if isinstance(place, Site) else None,
            for_unit=place if isinstance(place, Unit) else None,
            is_for_everybody=cleaned.get("is_for_everybody", is_now),
        )


class CancelCompetitionForm(forms.Form):
    """Why it ends."""

    reason = forms.CharField(
        label=gettext_lazy("Why is it cancelled?"), max_length=REASON_LENGTH,
        help_text=gettext_lazy("Those who take part read it."),
    )  # fmt: skip

    def perform(self, *, competition: Competition, by: Person, at: dt.datetime) -> Competition:
        reason = self.cleaned_data["reason"]
        return actions.cancel_competition(competition=competition, reason=reason, by=by, at=at)
