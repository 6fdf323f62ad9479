"""What the pages of a planner send, translated into facts. Each form's last line calls an action."""

import datetime as dt
from collections.abc import Sequence
from typing import Any, NamedTuple

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from engagement import times
from engagement.people.forms import DayField
from engagement.people.models import Employer, Person, Site, Unit, sortable
from events import actions, recurrence
from events.blueprints import BLUEPRINTS, Blueprint
from events.day_forms import PlanForm
from events.facts import Audience, SeriesFacts, SittingFacts
from events.models import Emblem, Event, Idea
from events.queries.own_days import OwnDay, own_days
from events.queries.series import facts_of_series
from events.queries.suggesting import Suggestion, suggest_sittings
from events.queries.versions import version_of
from events.recurrence_words import in_words
from events.series_rows import (
    EVERYWHERE,
    JobRow,
    SittingRow,
    job_facts,
    read_jobs,
)

WEEKDAY_CODES = recurrence.WEEKDAYS
REPEATS = (
    ("once", pgettext_lazy("of an event", "Once")),
    ("weekly", gettext_lazy("Every week")),
    ("biweekly", gettext_lazy("Every other week")),
    ("monthly", gettext_lazy("Every month, the same weekday")),
    ("own", gettext_lazy("As it is now")),
)
BLANK_JOBS = 1
THOSE_AT_THE_SITES, EVERYBODY, AS_NOW = "sites", "everybody", "now"


def rule_for(repeat: str, day: dt.date, until: dt.date | None) -> str:
    """The rule of a choice on the page, for a first day ``day``."""
    code = WEEKDAY_CODES[day.weekday()]
    # The fifth of a month is its last; so is a fourth that no fifth follows only in some months.
    place = (day.day - 1) // 7 + 1
    rules = {
        "weekly": f"FREQ=WEEKLY;BYDAY={code}",
        "biweekly": f"FREQ=WEEKLY;INTERVAL=2;BYDAY={code}",
        "monthly": f"FREQ=MONTHLY;BYDAY={place if place < 5 else -1}{code}",
    }
    rule = rules.get(repeat, "")
    return f"{rule};UNTIL={until:%Y%m%d}" if rule and until else rule


def repeat_of(rule: str) -> tuple[str, dt.date | None]:
    """The reverse: which choice ``rule`` is, and until when."""
    if not rule:
        return "once", None
    read = recurrence.parse(rule)
    is_plain = (
        read.count is None
        and len(read.days) == 1
        and not any((read.months, read.month_days, read.year_days, read.weeks, read.positions))
    )
    if is_plain and read.frequency == "WEEKLY" and read.interval < 3:
        return ("weekly" if read.interval == 1 else "biweekly"), read.until
    if is_plain and read.frequency == "MONTHLY" and read.interval == 1 and read.days[0][0]:
        return "monthly", read.until
    return "own", None


class OwnDayRow(NamedTuple):
    """A day with sittings of its own on the page, the version that whoever looks has seen."""

    day: OwnDay
    version: str
    is_ticked: bool


class SeriesForm(PlanForm):
    """A whole series on one page."""

    emblem = forms.ChoiceField(
        label=gettext_lazy("Drawing"), choices=Emblem.choices, widget=forms.RadioSelect
    )
    repeat = forms.ChoiceField(
        label=gettext_lazy("How often?"), choices=REPEATS, widget=forms.RadioSelect
    )
    until = DayField(label=gettext_lazy("Last day"), required=False)
    skips_holidays = forms.BooleanField(
        label=gettext_lazy("Not on public holidays"), required=False
    )
    invited = forms.ChoiceField(label=gettext_lazy("Who is invited?"), widget=forms.RadioSelect)
    opens_days = forms.IntegerField(
        label=gettext_lazy("Sign-up opens, days before"), min_value=1, max_value=180
    )
    closes_minutes = forms.IntegerField(
        label=gettext_lazy("Sign-up closes, minutes before"), min_value=0, max_value=10080
    )
    is_drawn = forms.BooleanField(
        label=gettext_lazy("Places are drawn by lot"),
        required=False,
        help_text=gettext_lazy("Otherwise whoever is first gets one."),
    )
    shows_on_walls = forms.BooleanField(
        label=gettext_lazy("Show it on the walls on its day"), required=False
    )

    def __init__(
        self,
        data: QueryDict | None,
        *,
        viewer: Person,
        event: Event | None = None,
        blueprint: Blueprint | None = None,
        is_following: bool = False,
        idea: Idea | None = None,
    ) -> None:
        self.idea = idea
        self.was_stale = False
        self.blueprint = blueprint or BLUEPRINTS["waffle"]
        self.is_following = is_following
        self.first = times.today()
        super().__init__(data, viewer=viewer, event=event)
        self.initial = self._stored() if event else self._proposed()
        self.chosen = self._chosen_sites()
        if data is None and event is None:
            self.suggest()
        self.jobs: list[JobRow] = self._stored_jobs() if data is None else read_jobs(data)
        self.fields["invited"].choices = self._audiences()  # type: ignore[attr-defined]
        if self.initial["repeat"] != "own":
            self.fields["repeat"].choices = REPEATS[:-1]  # type: ignore[attr-defined]

    # --- what the page shows before anything is sent ----------------------------------------------

    def _proposed(self) -> dict[str, Any]:
        plan = self.blueprint
        everywhere = self.reach.is_everywhere or self.reach.sites
        return {
            "title": self.idea.title if self.idea else plan.named if plan.key != "course" else "",
            "description": self.idea.what if self.idea else plan.in_words(plan.description),
            "day": self._first_day(),
            "emblem": plan.emblem,
            "repeat": plan.repeat,
            "skips_holidays": True,
            "invited": THOSE_AT_THE_SITES if everywhere else self._first_audience(),
            "opens_days": 14,
            "closes_minutes": 0,
            "shows_on_walls": True,
        }

    def _first_day(self) -> dt.date:
        """The coming Friday for waffles, the coming Wednesday for everything else; not tomorrow."""
        weekday = 4 if self.blueprint.emblem == "waffle" else 2
        ahead = (weekday - self.today.weekday()) % 7
        return self.today + dt.timedelta(days=ahead or 7)

    def _stored(self) -> dict[str, Any]:
        assert self.event is not None
        series = self.event.series
        repeat, until = repeat_of(series.rule)
        facts = {
            name: getattr(series, name)
            for name in (
                "title", "description", "emblem", "skips_holidays", "opens_days",
                "closes_minutes", "is_drawn", "shows_on_walls",
            )
        }  # fmt: skip
        return facts | {
            "day": self.event.rule_day,
            "repeat": repeat,
            "until": until,
            "invited": AS_NOW,
            "version": version_of(self.event),
        }

    def _stored_jobs(self) -> list[JobRow]:
        if self.event is not None:
            stored = self.event.series.jobs.order_by("pk")
            named = [(job.name, job.capacity) for job in stored]
        else:
            named = [(self.blueprint.in_words(n), hands) for n, hands in self.blueprint.jobs]
        return [JobRow(n, job, str(hands)) for n, (job, hands) in enumerate(named)]

    @property
    def blank_job(self) -> JobRow:
        return JobRow(number=len(self.jobs))

    def known_sittings(self) -> Sequence[SittingFacts]:
        if self.event is None:
            return []
        return facts_of_series(self.event.series).sittings

    @property
    def rule_in_words(self) -> str:
        assert self.event is not None
        return in_words(self.event.series.rule, self.event.series.starts_on)

    # --- sites and their suggested sittings -------------------------------------------------------

    def _chosen_sites(self) -> list[str]:
        if self.sent is not None:
            return [key for key in self.sites if key in self.sent.getlist("site")]
        if self.event is not None:
            held = {row.site for row in self.rows}
            return [key for key in self.sites if key in held]
        return list(self.sites)

    def suggest(self) -> None:
        """Rows for the chosen sites: those that stand there stay, the others are proposed."""
        chosen = [self.sites[key] for key in self.chosen]
        there = {row.site for row in self.rows if not row.is_blank}
        kept = [row for row in self.rows if row.site in self.chosen or row.site == EVERYWHERE]
        missing = [site for site in chosen if site.key not in there]
        day = self._day()
        proposed = suggest_sittings(missing, self.blueprint, day=day, tree=self.tree)
        kept += [self._row_of(one) for one in proposed]
        order = {key: place for place, key in enumerate(self.sites)}
        kept.sort(key=lambda row: (order.get(row.site, -1), row.starts))
        for number, row in enumerate(kept):
            row.number = number
        self.rows = kept

    def _row_of(self, one: Suggestion) -> SittingRow:
        return SittingRow(
            number=0,
            site=one.site.key,
            site_name=one.site.name,
            shift=one.pattern.key if one.pattern else "",
            shift_name=str(one.pattern) if one.pattern else "",
            starts=f"{one.starts_at:%H:%M}",
            ends=f"{one.ends_at:%H:%M}",
            place=self.blueprint.in_words(self.blueprint.place),
            capacity=str(self.blueprint.capacity or ""),
            people=one.people,
        )

    def _day(self) -> dt.date:
        try:
            day = dt.date.fromisoformat(self.sent.get("day", "") if self.sent else "")
        except ValueError:
            day = self._first_day()
        return day if self.today <= day <= self.today + dt.timedelta(days=800) else self.today

    @property
    def own_days(self) -> list[OwnDay]:
        """The days that this change passes by unless they are ticked. Three queries at most."""
        if self.event is None:
            return []
        first = self.event.rule_day if self.is_following else dt.date.min
        return own_days(self.event.series, first=first, today=self.today)

    @property
    def own_day_rows(self) -> list[OwnDayRow]:
        """`own_days` as the page shows them. One that moved since it was shown is shown anew, unticked,
        once that was said."""
        rows = []
        for one in self.own_days:
            seen = self.seen.get(one.event.key)
            is_ticked = one.event.key in self.replacing
            if self.was_stale or seen is None:
                rows.append(OwnDayRow(one, one.version, is_ticked and seen == one.version))
            else:
                rows.append(OwnDayRow(one, seen, is_ticked))
        return rows

    @property
    def replacing(self) -> list[str]:
        """The keys of those that were ticked."""
        return self.sent.getlist("replace") if self.sent else []

    @property
    def seen(self) -> dict[str, str]:
        """The versions of the days that the page showed, by their keys."""
        pairs = (one.partition(":") for one in (self.sent.getlist("seen") if self.sent else []))
        return {key: version for key, _colon, version in pairs}

    def add_refusal(self, error: ValidationError) -> None:
        self.was_stale = getattr(error, "code", "") == "stale"
        super().add_refusal(error)

    # --- who is invited ---------------------------------------------------------------------------

    def _audiences(self) -> list[tuple[str, Any]]:
        choices: list[tuple[str, Any]] = []
        if self.event is not None:
            choices.append((AS_NOW, _("As now: %(names)s") % {"names": invited_names(self.event)}))
        if self.reach.is_everywhere or self.reach.sites:
            choices.append((THOSE_AT_THE_SITES, _("Everybody at the sites")))
        if self.reach.is_everywhere:
            choices.append((EVERYBODY, _("Everybody")))
        choices += [(one.key, one.name) for one in self._own_audiences()]
        return choices

    def _own_audiences(self) -> list[Audience]:
        """Units one leads and employers one works for; the whole tree would be too long a list."""
        if self.reach.is_everywhere:
            return list(Employer.objects.order_by("name"))
        employers = list(Employer.objects.filter(pk__in=self.reach.employers).order_by("name"))
        units = [unit for pk in self.reach.units if (unit := self.tree.unit(pk))]
        return [*employers, *sorted(units, key=lambda unit: sortable(unit.name))]

    def _first_audience(self) -> str:
        own = self._own_audiences()
        return own[0].key if own else ""

    def _invited(self) -> list[Audience]:
        choice = self.cleaned_data["invited"]
        if choice == EVERYBODY:
            return []
        if choice == AS_NOW and self.event is not None:
            rows = self.event.series.invitations.select_related("unit", "site", "employer")
            return [one for row in rows if (one := row.unit or row.site or row.employer)]
        if choice == THOSE_AT_THE_SITES:
            return list(dict.fromkeys(one.site for one in self.sittings if one.site))
        return [one for one in self._own_audiences() if one.key == choice]

    # --- what it says -----------------------------------------------------------------------------

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        self.hands = job_facts(self.jobs)
        if wrong := next((row.error for row in self.jobs if row.error), ""):
            self.add_error(None, wrong)
        return cleaned

    def facts(self) -> SeriesFacts:
        cleaned = self.cleaned_data
        day: dt.date = cleaned["day"]
        starts_on, rule = day, rule_for(cleaned["repeat"], day, cleaned["until"])
        if self.event is not None:
            series = self.event.series
            if cleaned["repeat"] == "own":
                rule = series.rule
            # The first day of all stays, and with it which weeks are the other ones.
            if rule and not self.is_following:
                starts_on = series.starts_on
        return SeriesFacts(
            title=cleaned["title"],
            description=cleaned["description"],
            emblem=cleaned["emblem"],
            rule=rule,
            starts_on=starts_on,
            skips_holidays=cleaned["skips_holidays"],
            opens_days=cleaned["opens_days"],
            closes_minutes=cleaned["closes_minutes"],
            is_drawn=cleaned["is_drawn"],
            shows_on_walls=cleaned["shows_on_walls"],
            sittings=self.sittings,
            jobs=self.hands,
            invited=self._invited(),
        )

    def perform(self, *, by: Person, at: dt.datetime) -> Event:
        """The first event of a new series, or the one that was changed."""
        version = self.cleaned_data["version"] or None
        if self.event is None:
            if self.idea is not None:
                series = actions.plan_idea(idea=self.idea, facts=self.facts(), by=by, at=at)
            else:
                series = actions.create_series(facts=self.facts(), by=by, at=at)
            return series.events.order_by("rule_day")[0]
        act = actions.change_following if self.is_following else actions.change_all
        return act(
            event=self.event, facts=self.facts(), version=version, replacing=self.replacing,
            seen=self.seen, by=by, at=at,
        )  # fmt: skip


def invited_names(event: Event) -> str:
    """Whom its series invites, in words."""
    rows = event.series.invitations.select_related("unit", "site", "employer").order_by("pk")
    found: list[Unit | Site | Employer] = [
        one for row in rows if (one := row.unit or row.site or row.employer)
    ]
    return ", ".join(one.name for one in found) or _("Everybody")
