"""What the pages of competitions send, translated. Each form's last line calls an action."""

import datetime as dt
import json
import random
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from engagement import times
from engagement.people.access import is_key, visible_people
from engagement.people.forms import DayField
from engagement.people.models import Person, Site, Unit
from engagement.people.queries import person_option, search_people
from engagement.people.tree import Tree
from events import mixed_groups
from events.access.planning import reach_of
from events.competition_facts import CompetitionFacts, GroupFacts, Span
from events.competition_word_forms import WordsForm
from events.entry_forms import NumberField
from events.models import (
    UNIT_WORD_LENGTH,
    Competition,
    GroupKind,
    TieRule,
)
from events.palette import MOST_GROUPS
from events.queries.competing_choices import (
    deal,
    people_at,
    site_choices,
    unit_choices,
)

CLOSES = dt.time(15)
USUAL_DAYS = 14
EVERYBODY = "everybody"
ONCE, WEEKLY = "once", "weekly"
JOINED, DEALT, LISTED, KEPT = "joined", "dealt", "listed", "kept"
ASSEMBLING = (
    (JOINED, gettext_lazy("They choose one themselves until it starts")),
    (DEALT, gettext_lazy("They are dealt out by lot, across teams")),
    (LISTED, gettext_lazy("You say who is in which")),
)
# At its last round all is still open; 52 short ones would be no rounds.
WEEK = dt.timedelta(days=7)


class CompetitionForm(WordsForm):
    """A whole competition on one page."""

    # Not called optional: there is no competition without them.
    expected = ("names", *mixed_groups.FIELDS)

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
        choices=ASSEMBLING,
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
            for name in ("place", "assembling"):
                self.fields[name].required = True
            mixed_groups.add_fields(self.fields)
            if self.now and not self.now.is_joined_freely:
                kept = (KEPT, _("They stay as they are"))
                self.fields["assembling"].choices = [kept, *ASSEMBLING]  # type: ignore[attr-defined]
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
                "names": _("Ravens\nOtters\nLynxes"), **self._lists(),
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
            "assembling": JOINED if now.is_joined_freely else KEPT,
            "by_people": now.by_people,
            "by_judge": now.by_judge,
            "by_api": now.by_api,
            "tie_rule": now.tie_rule,
            "most_per_entry": now.most_per_entry,
            "most_per_day": now.most_per_day,
            "is_for_everybody": now.is_for_everybody,
            "shows_on_walls": now.shows_on_walls,
            **self._lists(),
        }

    def _lists(self) -> dict[str, str]:
        if self.kind != GroupKind.MIXED:
            return {}
        names = _("Ravens\nOtters\nLynxes").splitlines()
        return mixed_groups.proposed(
            self.now, names, reach=self.reach, viewer=self.viewer, day=self.today
        )

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
    def rows(self) -> tuple[list[Any], list[Any]]:
        """The fields in which one says who is in which group: shown, and folded away."""
        return mixed_groups.rows_of(self)

    @property
    def gone(self) -> list[str]:
        """Who is in a group and on none of those lists."""
        return mixed_groups.gone(self.now, reach=self.reach, day=self.today)

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
        if self.kind == GroupKind.MIXED:
            self._clean_mixed(cleaned)
        return cleaned

    def _clean_mixed(self, cleaned: dict[str, Any]) -> None:
        how, names = cleaned.get("assembling"), self._names()
        if how == LISTED:
            self.listed = mixed_groups.read(
                cleaned,
                reach=self.reach,
                viewer=self.viewer,
                day=self.today,
                refuse=self.add_error,
            )
        elif not names:
            self.add_error("names", _("Name the groups, one on each line."))
        elif how == KEPT and self.now and len(names) != len(self.now.groups):
            self.add_error(
                "names",
                _("There are %(count)d groups now. To have more or fewer, say how people come "
                  "into them.") % {"count": len(self.now.groups)},
            )  # fmt: skip

    def _names(self) -> list[str]:
        lines = self.cleaned_data.get("names", "").splitlines()
        return [line.strip() for line in lines if line.strip()]

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
        if cleaned["assembling"] == LISTED:
            return self.listed
        names = self._names()
        if cleaned["assembling"] == JOINED:
            return [GroupFacts(name=name) for name in names]
        if cleaned["assembling"] == KEPT and self.now:
            return self._kept(names)
        if not 2 <= len(names) <= MOST_GROUPS:
            return [GroupFacts(name=name) for name in names]
        return deal(people_at(self._place(), self.tree), names, random.SystemRandom())

    def _kept(self, names: Sequence[str]) -> list[GroupFacts]:
        """The groups as they are, without those who have left since; perhaps under new names."""
        assert self.now is not None
        here = set(visible_people(self.today).values_list("pk", flat=True))
        return [
            GroupFacts(name, members=[one for one in group.members if one.pk in here])
            for name, group in zip(names, self.now.groups, strict=True)
        ]

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
