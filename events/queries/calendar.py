"""Months and weeks of sittings, as one person sees them."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import holidays
from django.conf import settings
from django.db.models import Exists, OuterRef, Q
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.translation import gettext_lazy as _

from engagement import times
from engagement.people.lines import line_of
from engagement.people.models import Person, hue_of
from events.access.calendar import seeing
from events.models import SignUp, Sitting
from events.queries.feed import event_path

DAY, WEEK = dt.timedelta(days=1), dt.timedelta(days=7)
# A wall clock east or west of ours may show another day.
SLACK = dt.timedelta(hours=14)
# What counts when somebody has several: helps and waits, say.
BEST_FIRST = (SignUp.State.PLACED, SignUp.State.OFFERED, SignUp.State.WAITING)
MINE_WORDS = {
    "placed": _("You have a place"),
    "offered": _("You are offered a place"),
    "waiting": _("You are on the waiting list"),
}
HOLIDAY_LANGUAGES = {"nb": "no", "en": "en_US"}
FACTS = (
    "pk", "key", "starts_at", "ends_at", "place", "cancelled_at", "site__name", "site__timezone",
    "event__key", "event__own_title", "event__cancelled_at", "event__series__title",
    "event__series__key",
)  # fmt: skip


class Slot(NamedTuple):
    """One sitting by its own wall clock. ``mine`` is a state of `SignUp`, or empty."""

    key: str
    event_key: str
    title: str
    hue: int
    starts: dt.datetime
    ends: dt.datetime
    place: str
    site: str
    mine: str
    is_cancelled: bool

    @property
    def url(self) -> str:
        return event_path(self.event_key)

    @property
    def mine_words(self) -> str:
        return str(MINE_WORDS.get(self.mine, ""))

    # Templates would tell aware moments by the organisation's own clock.
    @property
    def from_clock(self) -> str:
        return f"{self.starts:%H:%M}"

    @property
    def to_clock(self) -> str:
        return f"{self.ends:%H:%M}"


class Entry(NamedTuple):
    """An event on one day: the viewer's own sitting of it, else the first; and how many more."""

    slot: Slot
    more_count: int


@dataclass
class Day:
    day: dt.date
    is_today: bool
    # Of a month: a day of the month before or after that fills its week.
    is_outside: bool
    holiday: str
    slots: list[Slot] = field(default_factory=list)

    @property
    def weekday(self) -> str:
        """``fri``, in the active language."""
        return str(WEEKDAYS_ABBR[self.day.weekday()])

    @property
    def entries(self) -> list[Entry]:
        """The day's events, by the time of the sitting that is shown of each."""
        by_event: dict[str, list[Slot]] = {}
        for slot in self.slots:
            by_event.setdefault(slot.event_key, []).append(slot)
        entries = [Entry(_foremost(slots), len(slots) - 1) for slots in by_event.values()]
        return sorted(entries, key=lambda entry: entry.slot.starts)


@dataclass
class Week:
    """Monday to Sunday."""

    days: list[Day]

    @property
    def number(self) -> int:
        return self.days[0].day.isocalendar().week

    @property
    def name(self) -> str:
        """``2026-W48``, as pages are asked for it."""
        return week_name(self.days[0].day)


def week_name(day: dt.date) -> str:
    year, week, _weekday = day.isocalendar()
    return f"{year}-W{week:02}"


def month_of(
    person: Person, first: dt.date, *, today: dt.date, language: str, everywhere: bool = False
) -> list[Week]:
    """The weeks that hold the month beginning on ``first``, with what ``person`` sees in them.

    Sittings of other sites than the person's own are left out, but for those they signed up for;
    ``everywhere`` shows all. Four queries.
    """
    after = times.months_before(first, -1)
    monday = first - DAY * first.weekday()
    count = (after - monday + WEEK - DAY) // WEEK
    weeks = _weeks(monday, count, today=today, language=language)
    for week in weeks:
        for day in week.days:
            day.is_outside = not first <= day.day < after
    _fill(weeks, person, today=today, everywhere=everywhere)
    return weeks


def week_of(
    person: Person, monday: dt.date, *, today: dt.date, language: str, everywhere: bool = False
) -> Week:
    """The week that begins on ``monday``, as `month_of`."""
    weeks = _weeks(monday, 1, today=today, language=language)
    _fill(weeks, person, today=today, everywhere=everywhere)
    return weeks[0]


def _weeks(monday: dt.date, count: int, *, today: dt.date, language: str) -> list[Week]:
    def day(day: dt.date) -> Day:
        return Day(day, day == today, is_outside=False, holiday=holiday_name(day, language))

    return [
        Week([day(monday + WEEK * week + DAY * one) for one in range(7)]) for week in range(count)
    ]


def holiday_name(day: dt.date, language: str) -> str:
    """What a Norwegian public holiday is called in ``language``; empty for other days."""
    return str(_holidays(day.year, language).get(day, ""))


@lru_cache(maxsize=32)
def _holidays(year: int, language: str) -> dict[dt.date, str]:
    found = holidays.country_holidays("NO", years=year, language=HOLIDAY_LANGUAGES.get(language))
    return dict(found.items())


def _fill(weeks: list[Week], person: Person, *, today: dt.date, everywhere: bool) -> None:
    days = {day.day: day for week in weeks for day in week.days}
    first, last = min(days), max(days)
    since = times.moment_of(first, dt.time(0)) - SLACK
    until = times.moment_of(last + DAY, dt.time(0)) + SLACK
    mine = _my_states(person, since, until)
    rows = Sitting.objects.filter(seeing(person, day=today), starts_at__range=(since, until))
    if not everywhere:
        rows = rows.filter(_nearby(person, day=today))
    for facts in rows.order_by("starts_at", "pk").values_list(*FACTS):
        slot = _slot(facts, mine)
        if day := days.get(slot.starts.date()):
            day.slots.append(slot)


def _nearby(person: Person, *, day: dt.date) -> Q:
    """Sittings at ``person``'s own site, those for everybody, and those they signed up for."""
    site = line_of(person, day=day).site
    if site is None:
        return Q()
    own = SignUp.objects.live().filter(sitting=OuterRef("pk"), person=person)
    return Q(site__isnull=True) | Q(site=site) | Q(Exists(own))


def _my_states(person: Person, since: dt.datetime, until: dt.datetime) -> dict[int, str]:
    """By sitting, the best that ``person`` has there."""
    live = SignUp.objects.live().filter(person=person, sitting__starts_at__range=(since, until))
    found: dict[int, str] = {}
    for pk, state in live.values_list("sitting_id", "state"):
        found[pk] = min(found.get(pk, state), state, key=BEST_FIRST.index)
    return found


def _slot(facts: tuple[Any, ...], mine: dict[int, str]) -> Slot:
    (pk, key, starts_at, ends_at, place, cancelled_at, site, zone, event_key, own_title,
     event_cancelled_at, title, series_key) = facts  # fmt: skip
    clock = ZoneInfo(zone or settings.TIME_ZONE)
    return Slot(
        key=key,
        event_key=event_key,
        title=own_title or title,
        hue=hue_of(series_key),
        starts=starts_at.astimezone(clock),
        ends=ends_at.astimezone(clock),
        place=place,
        site=site or "",
        mine=mine.get(pk, ""),
        is_cancelled=bool(cancelled_at or event_cancelled_at),
    )


def _foremost(slots: Iterable[Slot]) -> Slot:
    """The viewer's own, else one that is held, else the first."""
    ranks = {str(state): rank for rank, state in enumerate(BEST_FIRST)}
    return min(slots, key=lambda one: (one.is_cancelled, ranks.get(one.mine, 9), one.starts))
