"""Why somebody cannot go to a sitting: too few would be left on the phones."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from engagement import times
from engagement.people.models import Person
from events import slots
from events.models import CoverageRule, Sitting
from events.queries.coverage import (
    SlotLoad,
    Stand,
    TeamLoad,
    TeamToLoad,
    lifted,
    load_teams,
    stands_of,
)

MOST_OFFERED = 3


@dataclass(frozen=True)
class Refusal:
    """Why one person cannot go to one sitting. Names no colleague and counts none."""

    sitting: Sitting
    # From when to when the rule leaves no room.
    starts_at: dt.datetime
    ends_at: dt.datetime
    least_on_phones: int
    # The rule's least number is what holds; otherwise its share of those away.
    is_for_phones: bool
    # So few are on shift that the share lets nobody go.
    is_for_nobody: bool
    # Others of the same event that the person may take, those that start first.
    fitting: tuple[Sitting, ...] = ()
    zone: str | None = None

    @property
    def why(self) -> str:
        """In the language of the moment."""
        facts = {
            "starts": _clock(self.starts_at, self.zone),
            "ends": _clock(self.ends_at, self.zone),
            "count": self.least_on_phones,
        }
        if self.is_for_phones:
            return (
                _("From %(starts)s to %(ends)s your team needs at least %(count)s on the phones.")
                % facts
            )
        if self.is_for_nobody:
            return (
                _(
                    "From %(starts)s to %(ends)s too few of your team are on shift for anybody to go."
                )
                % facts
            )
        return (
            _("From %(starts)s to %(ends)s as many of your team are away as can be at once.")
            % facts
        )

    @property
    def instead(self) -> str:
        """Which sittings fit, in the language of the moment."""
        if not self.fitting:
            return _("No other sitting fits now. Try again later: places come free.")
        return _("These fit: %(times)s.") % {
            "times": ", ".join(self._when(one) for one in self.fitting)
        }

    def _when(self, sitting: Sitting) -> str:
        clock = _clock(sitting.starts_at, self.zone)
        day = times.local_date(sitting.starts_at, self.zone)
        if day == times.local_date(self.sitting.starts_at, self.zone):
            return clock
        return f"{date_format(day, 'SHORT_DATE_FORMAT')} {clock}"

    def __str__(self) -> str:
        return f"{self.why} {self.instead}"


def _clock(at: dt.datetime, zone: str | None) -> str:
    return f"{timezone.localtime(at, ZoneInfo(zone) if zone else None):%H:%M}"


@dataclass(frozen=True)
class Watch:
    """The guarded team of somebody on one day, and its rule."""

    stand: Stand
    rule: CoverageRule

    @property
    def team(self) -> TeamToLoad:
        return TeamToLoad(self.stand.team_id, self.rule, self.stand.zone)


Watches = dict[tuple[int, dt.date], Watch]


def day_of(sitting: Sitting) -> dt.date:
    """The day of a sitting by its own wall clock."""
    return times.local_date(sitting.starts_at, sitting.zone)


def watches(people: Collection[Person], sittings: Collection[Sitting]) -> Watches:
    """The guarded team of each person (row number) on each day of ``sittings``; those without a rule
    are left out. One query."""
    stands = stands_of({one.pk for one in people}, {day_of(one) for one in sittings})
    return {
        place: Watch(stand, stand.rule)
        for place, stand in stands.items()
        if stand.is_in_team and stand.rule
    }


class Guard:
    """What stands between people and sittings, for whom ``watched`` holds (see `watches`). Five
    queries to make, none where no rule holds, and none to ask it."""

    def __init__(self, watched: Watches, sittings: Sequence[Sitting]) -> None:
        self.watches = watched
        days = {day for _person, day in self.watches}
        guarded = [one for one in sittings if day_of(one) in days]
        self.loads: dict[int, TeamLoad] = {}
        self.lifted: dict[int, set[int]] = {}
        if guarded:
            line = {unit for watch in self.watches.values() for unit in watch.stand.units}
            self.lifted = lifted([one.pk for one in guarded], line)
            self.loads = load_teams(
                {watch.team.unit_id: watch.team for watch in self.watches.values()}.values(),
                starts_at=min(one.starts_at for one in guarded),
                ends_at=max(one.ends_at for one in guarded),
            )

    def refusal(self, person: Person, sitting: Sitting) -> Refusal | None:
        """Why ``person`` cannot go to ``sitting``."""
        watch = self.watches.get((person.pk, day_of(sitting)))
        if watch is None or self.lifted.get(sitting.pk, set()).intersection(watch.stand.units):
            return None
        full = self.loads[watch.stand.team_id].too_many_with(person.pk, _slots_of(sitting))
        if not full:
            return None
        return Refusal(
            sitting=sitting,
            starts_at=full[0].starts_at,
            ends_at=full[-1].starts_at + slots.LENGTH,
            least_on_phones=watch.rule.least_on_phones,
            is_for_phones=any(_needs_phones(one, watch.rule) for one in full),
            is_for_nobody=any(one.allowed == 0 for one in full),
            zone=watch.stand.zone,
        )

    def take(self, person: Person, sitting: Sitting) -> None:
        """Reckons from now on with ``person`` going to ``sitting``."""
        if watch := self.watches.get((person.pk, day_of(sitting))):
            self.loads[watch.stand.team_id].take(person.pk, _slots_of(sitting))

    def site_of(self, person: Person, sitting: Sitting) -> int | None:
        watch = self.watches.get((person.pk, day_of(sitting)))
        return watch.stand.site_id if watch else None


def _slots_of(sitting: Sitting) -> range:
    return slots.touched(sitting.starts_at, sitting.ends_at)


def _needs_phones(load: SlotLoad, rule: CoverageRule) -> bool:
    return 0 < rule.least_on_phones >= load.on_phones


def refusals(person: Person, sittings: Sequence[Sitting], at: dt.datetime) -> dict[int, Refusal]:
    """From which of ``sittings`` (by row number) the coverage rule keeps ``person``, and why.

    Each names those of the same event among ``sittings`` that fit. ``sittings`` have their ``site``
    loaded. One query where no rule holds, else six.
    """
    if not sittings:
        return {}
    return refusals_within(watches([person], sittings), person, sittings, at)


def refusals_within(
    watched: Watches, person: Person, sittings: Sequence[Sitting], at: dt.datetime
) -> dict[int, Refusal]:
    """As `refusals`, for somebody whose team is known. Five queries."""
    guard = Guard(watched, sittings)
    found = {one.pk: guard.refusal(person, one) for one in sittings}
    said = {pk: refusal for pk, refusal in found.items() if refusal}
    return {
        pk: replace(refusal, fitting=_fitting(refusal, sittings, said, guard, person, at))
        for pk, refusal in said.items()
    }


def _fitting(
    refusal: Refusal,
    sittings: Sequence[Sitting],
    refused: Collection[int],
    guard: Guard,
    person: Person,
    at: dt.datetime,
) -> tuple[Sitting, ...]:
    site_id = guard.site_of(person, refusal.sitting)
    fitting = [
        one
        for one in sorted(sittings, key=lambda one: (one.starts_at, one.pk))
        if one.event_id == refusal.sitting.event_id
        and one.pk not in refused
        and one.site_id in (None, site_id)
        and one.cancelled_at is None
        and one.opens_at <= at < one.closes_at
        and (one.free_count is None or one.free_count > 0)
    ]
    return tuple(fitting[:MOST_OFFERED])


def held_back(people: Sequence[Person], sitting: Sitting) -> set[int]:
    """Whom (row numbers) the rule keeps from ``sitting`` when everybody before them in ``people``
    who may go goes: for a queue and for lots. One query where no rule holds, else six, however many
    people."""
    guard = Guard(watches(people, [sitting]), [sitting])
    found = set()
    for person in people:
        if guard.refusal(person, sitting):
            found.add(person.pk)
        else:
            guard.take(person, sitting)
    return found
