"""What is held, as those who may come and those who plan meet it."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db.models import Q, QuerySet
from django.utils import timezone

from engagement import times
from engagement.http.templatetags import vaffel
from engagement.people.lines import line_of
from engagement.people.models import Person
from engagement.people.tree import Tree
from events.access.planning import (
    Reach,
    can_create_events,
    meant_for,
    plans_everywhere,
    reach_of,
    seen_by,
)
from events.holidays import holiday
from events.models import Event, SignUp, Sitting

DAYS_SHOWN = 28
MOST_THIS_WEEK = 3


@dataclass(slots=True)
class Slot:
    """A sitting as a list shows it, by the wall clock of its site."""

    sitting_id: int
    site_id: int | None
    shift_pattern_id: int | None
    starts_at: dt.datetime
    ends_at: dt.datetime
    clock: str
    where: str
    is_full: bool
    mine: SignUp | None = None
    is_my_shift: bool = False

    @property
    def is_marked(self) -> bool:
        """Whether there is more to say of it than when and where."""
        return self.is_my_shift or self.is_full or self.mine is not None


@dataclass
class Entry:
    """An event on a day. ``slots`` are the sittings that concern the reader; ``others`` counts the
    rest."""

    event: Event
    slots: list[Slot]
    others: int = 0

    @property
    def mine(self) -> Slot | None:
        """The reader's own place, or their place in the queue."""
        return next((slot for slot in self.slots if slot.mine and not slot.mine.job_id), None)

    @property
    def nearest(self) -> Slot:
        """Their place, else the sitting in their shift, else the first."""
        in_shift = next((slot for slot in self.slots if slot.is_my_shift), None)
        return self.mine or in_shift or self.slots[0]


@dataclass
class AgendaDay:
    day: dt.date
    is_today: bool
    entries: list[Entry] = field(default_factory=list)

    @property
    def anchor(self) -> str:
        return f"day-{self.day:%Y%m%d}"

    @property
    def holiday(self) -> str:
        return holiday(self.day)


def _rows(first: dt.date, last: dt.date) -> QuerySet[Event]:
    """With what a list says of an event and nothing else."""
    between = Event.objects.between(first, last).select_related("series")
    return between.only(
        "key", "day", "own_title", "cancelled_at", "cancel_reason", "series__title",
        "series__emblem",
    )  # fmt: skip


def agenda(person: Person, *, first: dt.date, days: int = DAYS_SHOWN) -> list[AgendaDay]:
    """What ``person`` may come to in ``days`` days from ``first``, day by day. Days with nothing are
    left out; a cancelled event stands there with its reason. Four queries."""
    last = first + dt.timedelta(days=days - 1)
    line = line_of(person, day=first)
    events = list(_rows(first, last).filter(meant_for(person, day=first)))
    return _by_day(_entries(events, person, line.site), today=times.today())


def planned(person: Person, *, first: dt.date, days: int = DAYS_SHOWN) -> list[AgendaDay]:
    """The same of all that ``person`` plans: what they made, and what is held where their role
    reaches."""
    last = first + dt.timedelta(days=days - 1)
    events = list(_rows(first, last).filter(planned_by(person, day=first)))
    held = _held(events)
    return _by_day([Entry(one, held.get(one.pk, [])) for one in events], today=times.today())


def readable_by(person: Person, *, day: dt.date) -> Q:
    """The events ``person`` may read: what they may come to and what they plan. A few queries, when
    it is made."""
    return seen_by(person, day=day) | planned_by(person, day=day)


def planned_by(person: Person, *, day: dt.date) -> Q:
    """What ``person`` made, and what is held where their role reaches."""
    if not can_create_events(person):
        return Q(series__organiser=person)
    if plans_everywhere(person):
        return Q(pk__gt=0)
    reach: Reach = reach_of(person, tree=Tree.on(day))
    here = Event.objects.filter(sittings__site__in=reach.held_at)
    return Q(series__organiser=person) | Q(pk__in=here.values("pk"))


def this_week(person: Person, *, at: dt.datetime) -> list[Entry]:
    """At most three of what ``person`` may come to until Sunday, that is not over; today's first."""
    today = times.local_date(at)
    days = 7 - today.weekday()
    found = [
        entry
        for day in agenda(person, first=today, days=days)
        for entry in day.entries
        if entry.event.cancelled_at is None and any(slot.ends_at > at for slot in entry.slots)
    ]
    return found[:MOST_THIS_WEEK]


def _held(events: Iterable[Event]) -> dict[int, list[Slot]]:
    """The standing sittings of ``events`` by the event's row number, in their order. One query, read
    without model rows: a page of a planner has some three hundred."""
    sittings = Sitting.objects.standing().filter(event__in=[one.pk for one in events])
    rows = sittings.order_by("starts_at", "pk").values_list(
        "event_id", "pk", "site_id", "shift_pattern_id", "starts_at", "ends_at", "site__name",
        "site__timezone", "place", "capacity", "taken_count",
    )  # fmt: skip
    held: dict[int, list[Slot]] = {}
    for event, pk, site, shift, starts_at, ends_at, name, zone, place, capacity, taken in rows:
        where = ", ".join(part for part in (name, place) if part)
        clock, is_full = _clock(starts_at, ends_at, zone), taken == capacity
        slot = Slot(pk, site, shift, starts_at, ends_at, clock, where, is_full)
        held.setdefault(event, []).append(slot)
    return held


def _clock(starts_at: dt.datetime, ends_at: dt.datetime, zone: str | None) -> str:
    return f"{times.wall_clock(starts_at, zone)}–{times.wall_clock(ends_at, zone)}"


def _entries(events: Sequence[Event], person: Person, site: int | None) -> list[Entry]:
    held = _held(events)
    signups = SignUp.objects.live().filter(person=person, event__in=[one.pk for one in events])
    mine = {one.sitting_id: one for one in signups}
    for slot in (slot for slots in held.values() for slot in slots):
        slot.mine = mine.get(slot.sitting_id)
        slot.is_my_shift = _is_in_shift(slot, site, person.shift_pattern_id)
    return [_entry(event, held.get(event.pk, []), site) for event in events]


def _entry(event: Event, slots: list[Slot], site: int | None) -> Entry:
    near = [slot for slot in slots if slot.mine or slot.site_id in (None, site)]
    # Somebody without a site, or of another one, sees all there is.
    shown = near or slots
    return Entry(event, shown, len(slots) - len(shown))


def _is_in_shift(slot: Slot, site: int | None, shift: int | None) -> bool:
    return shift is not None and (slot.site_id, slot.shift_pattern_id) == (site, shift)


def _by_day(entries: Sequence[Entry], *, today: dt.date) -> list[AgendaDay]:
    days: dict[dt.date, AgendaDay] = {}
    for entry in entries:
        day = entry.event.day
        days.setdefault(day, AgendaDay(day, day == today)).entries.append(entry)
    for one in days.values():
        one.entries.sort(key=lambda entry: (_first_start(entry), entry.event.pk))
    return list(days.values())


def _first_start(entry: Entry) -> dt.datetime:
    return min((slot.starts_at for slot in entry.slots), default=times.EPOCH)


def when_of(sitting: Sitting) -> str:
    """Day and times as they are said: "fredag 27. november 12:00–12:30", where it is held."""
    day = times.local_date(sitting.starts_at, sitting.zone)
    with timezone.override(sitting.zone):
        clock = _clock(sitting.starts_at, sitting.ends_at, sitting.zone)
        return f"{vaffel.long_date(day)} {clock}"


def next_after(event: Event) -> Event | None:
    """The next day of the same series that is held."""
    later = event.series.events.standing().filter(day__gt=event.day)
    found: Event | None = later.order_by("day", "pk").first()
    return found


def signed_up_count(event: Event) -> int:
    """How many would be told if it were cancelled."""
    live = event.signups.live()
    count: int = live.values("person").distinct().count()
    return count
