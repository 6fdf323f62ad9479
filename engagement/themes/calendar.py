"""The plan as pages and walls ask it: all theme days in memory, and which look a day has where.

Whoever changes the plan forgets it at once in their own process, and rings the others
(`engagement.live`). A process that did not hear it reads the plan again at most `KEPT_S` seconds
later. A request costs no query but that one. What a transaction has changed and not committed it alone
sees: rolled back, it never was.
"""

import datetime as dt
import hashlib
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db import connection, transaction
from django.utils.translation import get_language

from engagement import times
from engagement.people.models import Person, Site
from engagement.people.queries import place_of
from engagement.themes.looks import LOOKS
from engagement.themes.models import ThemeDay
from engagement.themes.rules import Rule

# How long a process goes by what it has read, where no ring was heard.
KEPT_S = 30
# A move to another site shows after this; people do not move at midnight.
PLACE_KEPT_S = 300
MOST_PLACES = 5000
MOST_DAYS_KEPT = 1000
# As far ahead as a wall is told: it may be without network for long.
WALL_DAYS = 60


@dataclass(frozen=True, eq=False)
class Theme:
    """A theme day as it is worn. ``sites`` empty means everywhere."""

    pk: int
    key: str
    look: str
    names: dict[str, str]
    greetings: dict[str, str]
    rule: Rule
    position: int
    is_on: bool
    sites: frozenset[int]

    @property
    def name(self) -> str:
        """In the reader's language."""
        return self.names[_language()]

    @property
    def greeting(self) -> str:
        """In the reader's language; empty when there is none."""
        return self.greetings[_language()]


@dataclass(frozen=True)
class Plan:
    """All theme days, and the time zone of each site that is open."""

    themes: tuple[Theme, ...] = ()
    zones: dict[int, str] = field(default_factory=dict)
    _answers: dict[tuple[dt.date, int | None], Theme | None] = field(default_factory=dict)
    _stamps: dict[tuple[int | None, str], str] = field(default_factory=dict)

    def on(self, day: dt.date, site_id: int | None) -> Theme | None:
        """Whose look ``day`` has at a site; None is a person or a wall without one."""
        asked = (day, site_id)
        if asked not in self._answers:
            if len(self._answers) >= MOST_DAYS_KEPT:
                self._answers.clear()
            self._answers[asked] = self._find(day, site_id)
        return self._answers[asked]

    def _find(self, day: dt.date, site_id: int | None) -> Theme | None:
        meeting = [
            (span.days_count, not theme.sites, theme.position, theme.pk, theme)
            for theme in self.themes
            if theme.is_on
            and theme.look in LOOKS
            and (not theme.sites or site_id in theme.sites)
            and (span := theme.rule.covering(day))
        ]
        # Row numbers differ, so themes themselves are never compared.
        return min(meeting)[-1] if meeting else None

    def stamp(self, site_id: int | None, language: str) -> str:
        """Names all that a wall at a site may be told: another one as soon as any of it changes.

        The same in every process, and on every day.
        """
        asked = (site_id, language)
        if asked not in self._stamps:
            told = [
                (theme.pk, theme.look, theme.names[language], theme.greetings[language],
                 theme.rule, theme.position, bool(theme.sites))
                for theme in sorted(self.themes, key=lambda theme: theme.pk)
                if theme.is_on and (not theme.sites or site_id in theme.sites)
            ]  # fmt: skip
            self._stamps[asked] = hashlib.sha256(repr(told).encode()).hexdigest()[:12]
        return self._stamps[asked]

    def seen(self, at: dt.datetime) -> set[Theme | None]:
        """The looks of this moment, those of every site and of those without one."""
        looks = {self.on(times.local_date(at), None)}
        for site_id, zone in self.zones.items():
            looks.add(self.on(times.local_date(at, zone), site_id))
        return looks

    @property
    def differs_by_site(self) -> bool:
        """Whether any day that is on is for chosen sites only."""
        return any(theme.is_on and theme.sites for theme in self.themes)

    def by_key(self, key: str) -> Theme | None:
        """Also one that is switched off."""
        return next((theme for theme in self.themes if theme.key == key), None)


class _Kept:
    plan: Plan | None = None
    read_at = 0.0  # monotonic seconds
    # Which plan that is being read is still worth keeping: none that was forgotten meanwhile.
    turn = 0
    lock = threading.Lock()
    places: dict[int, tuple[float, int | None, str | None]] = {}


def forget_plan() -> None:
    """Makes this process read the plan, and where people work, again."""
    with _Kept.lock:
        _Kept.turn += 1
        _Kept.plan = None
        _Kept.places = {}


def keep_plan(plan: Plan) -> None:
    """Goes by ``plan`` for the next `KEPT_S` seconds."""
    _Kept.plan, _Kept.read_at = plan, time.monotonic()


class _Change:
    """That the transaction changes the plan, and the plan as it alone sees it. It stands among what is
    done on commit: rolled back, it stands there no more."""

    plan: Plan | None = None
    read_at = 0.0  # monotonic seconds
    turn = -1

    def __call__(self) -> None:
        forget_plan()


def change_plan() -> None:
    """For whoever has changed it: this transaction reads it anew at once, this process on commit."""
    forget_plan()
    transaction.on_commit(_Change(), robust=True)


def _last_change() -> _Change | None:
    acts = (waiting[1] for waiting in reversed(connection.run_on_commit))
    return next((act for act in acts if isinstance(act, _Change)), None)


def current_plan() -> Plan:
    """All theme days as they were at most `KEPT_S` seconds ago."""
    plan = plan_in_memory()
    if plan is None:
        turn, change = _Kept.turn, _last_change()
        plan = _read()
        with _Kept.lock:
            if change is not None:
                change.plan, change.read_at, change.turn = plan, time.monotonic(), turn
            elif turn == _Kept.turn:
                keep_plan(plan)
    return plan


def plan_in_memory() -> Plan | None:
    """The same without ever asking: None when it is not known just now."""
    change = _last_change()
    if change is not None and change.turn != _Kept.turn:
        return None
    kept: _Change | type[_Kept] = change or _Kept
    plan = kept.plan
    is_old = time.monotonic() - kept.read_at > KEPT_S
    return None if is_old else plan


def _read() -> Plan:
    days = list(ThemeDay.objects.with_sites())
    if not days:
        return Plan()
    zones = dict(Site.objects.filter(closed_on=None).values_list("pk", "timezone"))
    return Plan(tuple(_theme(day) for day in days), zones)


def _theme(day: ThemeDay) -> Theme:
    return Theme(
        pk=day.pk,
        key=day.key,
        look=day.look,
        names={"nb": day.name_nb, "en": day.name_en},
        greetings={"nb": day.greeting_nb, "en": day.greeting_en},
        rule=day.when,
        position=day.position,
        is_on=day.is_on,
        sites=frozenset(site.pk for site in day.sites.all()),
    )


def theme_for(person: Person, at: dt.datetime) -> Theme | None:
    """The look of this moment for ``person``, by the wall clock of their site.

    Where they work is asked only when sites differ at this moment.
    """
    plan = current_plan()
    if not any(theme.is_on for theme in plan.themes):
        return None
    seen = plan.seen(at)
    if len(seen) == 1:
        return seen.pop()
    site_id, zone = _where(person, at)
    return plan.on(times.local_date(at, zone), site_id)


def theme_for_everybody(at: dt.datetime) -> Theme | None:
    """The look of this moment where nobody has signed in: a day of the whole company, by the clock
    of Norway. Raises what the database raises."""
    return current_plan().on(times.local_date(at), None)


def theme_in_memory(person: Person | None, at: dt.datetime) -> Theme | None:
    """As `theme_for`, or `theme_for_everybody` for None, from memory alone: None when it is not known
    without asking. For pages that must not ask."""
    plan = plan_in_memory()
    if plan is None:
        return None
    if person is None:
        return plan.on(times.local_date(at), None)
    seen = plan.seen(at)
    if len(seen) == 1:
        return seen.pop()
    kept = _Kept.places.get(person.pk)
    return plan.on(times.local_date(at, kept[2]), kept[1]) if kept else None


def looks_open_to(person: Person, moments: Iterable[dt.datetime]) -> set[str]:
    """The looks that cards of ``person`` may have at these moments, because of their day."""
    themes = [theme_for(person, moment) for moment in moments]
    return {theme.look for theme in themes if theme}


def _where(person: Person, at: dt.datetime) -> tuple[int | None, str | None]:
    kept = _Kept.places.get(person.pk)
    now = time.monotonic()
    if kept is None or now - kept[0] > PLACE_KEPT_S:
        site = place_of(person, times.local_date(at)).site
        if len(_Kept.places) >= MOST_PLACES:
            _Kept.places.clear()
        kept = (now, site.pk if site else None, site.timezone if site else None)
        _Kept.places[person.pk] = kept
    return kept[1], kept[2]


def coming_for_wall(
    site_id: int | None, zone: str | None, *, language: str, at: dt.datetime
) -> list[dict[str, object]]:
    """The looks of a wall from today on, by its own wall clock, for `WALL_DAYS` days.

    ``[{"from": ms, "until": ms, "look", "name", "greeting"}]``, in order and apart. Midnights are
    told as moments, so that the wall needs neither calendar nor network to change.
    """
    plan = current_plan()
    told: list[dict[str, object]] = []
    if not any(theme.is_on for theme in plan.themes):
        return told
    today = times.local_date(at, zone)
    before: Theme | None = None
    for day in (today + dt.timedelta(days=number) for number in range(WALL_DAYS)):
        theme = plan.on(day, site_id)
        until = times.moment_of(day + dt.timedelta(days=1), dt.time(), zone)
        if theme is None:
            before = None
            continue
        if before is theme:
            told[-1]["until"] = times.milliseconds(until)
        else:
            starts = times.moment_of(day, dt.time(), zone)
            told.append(
                {
                    "from": times.milliseconds(starts),
                    "until": times.milliseconds(until),
                    "look": theme.look,
                    "name": theme.names[language],
                    "greeting": theme.greetings[language] or theme.names[language],
                }
            )
        before = theme
    return told


def _language() -> str:
    return "en" if (get_language() or "nb").startswith("en") else "nb"
