"""What is held, as those who may come and those who plan meet it."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db.models import Prefetch, Q, QuerySet
from django.utils import timezone

from engagement import times
from engagement.http.templatetags import vaffel
from engagement.people.lines import line_of
from engagement.people.models import Person
from engagement.people.tree import Tree
from events.access.planning import Reach, can_create_events, meant_for, reach_of, seen_by
from events.holidays import holiday
from events.models import Event, SignUp, Sitting

DAYS_SHOWN = 28
MOST_THIS_WEEK = 3


@dataclass
class Slot:
    """A sitting as a list shows it, by the wall clock of its site."""

    sitting: Sitting
    mine: SignUp | None = None
    is_my_shift: bool = False

    @property
    def clock(self) -> str:
        zone = self.sitting.zone
        starts_at = times.local_clock(self.sitting.starts_at, zone)
        ends_at = times.local_clock(self.sitting.ends_at, zone)
        return f"{starts_at:%H:%M}–{ends_at:%H:%M}"

    @property
    def is_full(self) -> bool:
        return self.sitting.free_count == 0


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
    def holiday(self) -> str:
        return holiday(self.day)


def _rows(first: dt.date, last: dt.date) -> QuerySet[Event]:
    sittings = Sitting.objects.standing().select_related("site", "shift_pattern")
    between = Event.objects.between(first, last)
    return between.select_related("series").prefetch_related(
        Prefetch("sittings", sittings.order_by("starts_at", "pk"), to_attr="held")
    )


def agenda(person: Person, *, first: dt.date, days: int = DAYS_SHOWN) -> list[AgendaDay]:
    """What ``person`` may come to in ``days`` days from ``first``, day by day. Days with nothing are
    left out; a cancelled event stands there with its reason. Four queries."""
    last = first + dt.timedelta(days=days - 1)
    events = _rows(first, last).filter(meant_for(person, day=first))
    return _by_day(_entries(events, person, day=first), today=times.today())


def planned(person: Person, *, first: dt.date, days: int = DAYS_SHOWN) -> list[AgendaDay]:
    """The same of all that ``person`` plans: what they made, and what is held where their role
    reaches."""
    last = first + dt.timedelta(days=days - 1)
    events = _rows(first, last).filter(planned_by(person, day=first))
    found = [Entry(event, [Slot(one) for one in held_of(event)]) for event in events]
    return _by_day(found, today=times.today())


def readable_by(person: Person, *, day: dt.date) -> Q:
    """The events ``person`` may read: what they may come to and what they plan. A few queries, when
    it is made."""
    return seen_by(person, day=day) | planned_by(person, day=day)


def planned_by(person: Person, *, day: dt.date) -> Q:
    """What ``person`` made, and what is held where their role reaches."""
    if not can_create_events(person):
        return Q(series__organiser=person)
    reach: Reach = reach_of(person, tree=Tree.on(day))
    if reach.is_everywhere:
        return Q(pk__gt=0)
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
        if entry.event.cancelled_at is None and any(s.sitting.ends_at > at for s in entry.slots)
    ]
    return found[:MOST_THIS_WEEK]


def held_of(event: Event) -> list[Sitting]:
    """The standing sittings that were loaded with ``event``."""
    held: list[Sitting] = getattr(event, "held", [])
    return held


def _entries(events: Iterable[Event], person: Person, *, day: dt.date) -> list[Entry]:
    found = list(events)
    if not found:
        return []
    signups = SignUp.objects.live().filter(person=person, event__in=found)
    mine = {one.sitting_id: one for one in signups}
    site, shift = line_of(person, day=day).site, person.shift_pattern_id
    return [_entry(event, mine, site, shift) for event in found]


def _entry(event: Event, mine: dict[int, SignUp], site: int | None, shift: int | None) -> Entry:
    slots = [Slot(one, mine.get(one.pk), _is_in_shift(one, site, shift)) for one in held_of(event)]
    near = [slot for slot in slots if slot.mine or slot.sitting.site_id in (None, site)]
    # Somebody without a site, or of another one, sees all there is.
    shown = near or slots
    return Entry(event, shown, len(slots) - len(shown))


def _is_in_shift(sitting: Sitting, site: int | None, shift: int | None) -> bool:
    return shift is not None and (sitting.site_id, sitting.shift_pattern_id) == (site, shift)


def _by_day(entries: Sequence[Entry], *, today: dt.date) -> list[AgendaDay]:
    days: dict[dt.date, AgendaDay] = {}
    for entry in entries:
        day = entry.event.day
        days.setdefault(day, AgendaDay(day, day == today)).entries.append(entry)
    for one in days.values():
        one.entries.sort(key=lambda entry: (_first_start(entry), entry.event.pk))
    return list(days.values())


def _first_start(entry: Entry) -> dt.datetime:
    return min((slot.sitting.starts_at for slot in entry.slots), default=times.EPOCH)


def when_of(sitting: Sitting) -> str:
    """Day and times as they are said: "fredag 27. november 12:00–12:30", where it is held."""
    day = times.local_date(sitting.starts_at, sitting.zone)
    with timezone.override(sitting.zone):
        return f"{vaffel.long_date(day)} {Slot(sitting).clock}"


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
