"""What people have chosen, and when they may be bothered."""

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from django.contrib.postgres.aggregates import JSONBAgg
from django.db.models import F, Q
from django.db.models.functions import JSONObject

from engagement import times
from engagement.notices.hours import QuietHours, Shift, after_quiet_hours, next_digest_at
from engagement.notices.kinds import KINDS, Kind, Way
from engagement.notices.models import NoticeChoice, NoticeHours
from engagement.people.models import Person
from engagement.people.queries import time_zones_on


@dataclass(frozen=True)
class Reader:
    """When somebody works, when it is quiet, and what they have chosen."""

    zone: ZoneInfo
    shift: Shift | None = None
    quiet: QuietHours | None = None
    # Ways by the keys of kinds, as far as somebody has chosen.
    choices: Mapping[str, str] = field(default_factory=dict)

    def next_digest_at(self, after: dt.datetime) -> dt.datetime:
        """When the shift starts that the next digest is for."""
        return next_digest_at(self.shift, after, zone=self.zone)

    def not_before(self, at: dt.datetime) -> dt.datetime:
        """``at``, or the end of the quiet hours it lies in."""
        return after_quiet_hours(self.quiet, self.shift, at, zone=self.zone)


def readers_of(person_ids: Collection[int], *, at: dt.datetime) -> dict[int, Reader]:
    """The people behind ``person_ids``, by row number. Two queries."""
    zones = time_zones_on(times.local_date(at), person_ids)
    chosen = JSONBAgg(
        JSONObject(kind="notice_choices__kind", way="notice_choices__way"),
        filter=Q(notice_choices__isnull=False),
    )
    rows = (
        Person.objects.filter(pk__in=person_ids)
        .annotate(
            chosen=chosen,
            weekdays=F("shift_pattern__weekdays"),
            starts_at=F("shift_pattern__starts_at"),
            ends_at=F("shift_pattern__ends_at"),
            is_quiet=F("notice_hours__is_quiet"),
            quiet_from=F("notice_hours__quiet_from"),
            quiet_to=F("notice_hours__quiet_to"),
        )
        .values_list(
            "pk", "weekdays", "starts_at", "ends_at", "is_quiet", "quiet_from", "quiet_to", "chosen"
        )
    )
    return {
        pk: Reader(
            zone=ZoneInfo(zones.get(pk) or str(times.local_zone())),
            shift=Shift(tuple(weekdays), starts_at, ends_at) if weekdays else None,
            quiet=_quiet(is_quiet, quiet_from, quiet_to),
            choices={one["kind"]: one["way"] for one in chosen or ()},
        )
        for pk, weekdays, starts_at, ends_at, is_quiet, quiet_from, quiet_to, chosen in rows
    }


def _quiet(
    is_quiet: bool | None, starts_at: dt.time | None, ends_at: dt.time | None
) -> QuietHours | None:
    if is_quiet is False:
        return None
    return QuietHours(starts_at, ends_at) if starts_at and ends_at else QuietHours()


def chosen_ways(person: Person) -> dict[str, str]:
    """The ways ``person`` has chosen, by the keys of kinds."""
    return dict(NoticeChoice.objects.filter(person=person).values_list("kind", "way"))


def hours_of(person: Person) -> NoticeHours:
    """The quiet hours of ``person``; those of everybody while nothing else was chosen."""
    return NoticeHours.objects.filter(person=person).first() or NoticeHours(person=person)


@dataclass(frozen=True)
class ComingDigest:
    """When the next digest of somebody leaves, on the wall clock of their site."""

    at: dt.datetime
    has_shift: bool

    @property
    def day(self) -> dt.date:
        return self.at.date()

    @property
    def time(self) -> str:
        return f"{self.at:%H:%M}"


def coming_digest(person: Person, *, at: dt.datetime) -> ComingDigest:
    """When a digest of what happens at ``at`` would leave."""
    reader = readers_of([person.pk], at=at)[person.pk]
    leaves_at = reader.not_before(reader.next_digest_at(at))
    return ComingDigest(leaves_at.astimezone(reader.zone), reader.shift is not None)


@dataclass(frozen=True)
class Offer:
    """A kind, and how somebody gets it now."""

    kind: Kind
    way: Way

    @property
    def is_choice(self) -> bool:
        return len(self.kind.ways) > 1


def offers_for(person: Person) -> list[Offer]:
    """All kinds that ``person`` may come to get, in the order they were made known."""
    choices = chosen_ways(person)
    return [Offer(kind, kind.way_for(choices)) for kind in KINDS.values() if kind.is_for(person)]


# --- one's own data -------------------------------------------------------------------------------
def own_hours(person: Person) -> dict[str, object] | None:
    """The quiet hours ``person`` has chosen; None for those of everybody."""
    hours = NoticeHours.objects.filter(person=person).first()
    if hours is None:
        return None
    return {
        "is_quiet": hours.is_quiet,
        "from": f"{hours.quiet_from:%H:%M}",
        "to": f"{hours.quiet_to:%H:%M}",
    }
