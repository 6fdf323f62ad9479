"""What a planner says of a series, before anything of it is written."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from engagement.people.models import Employer, ShiftPattern, Site, Unit

Audience = Unit | Site | Employer


@dataclass(frozen=True)
class SittingFacts:
    """Where and when, by the wall clock of ``site`` (the organisation's own without one).

    ``known`` is the row number of the plan (for a series) or the sitting (for one day) that this
    is; None for a new one. ``capacity`` None: as many as come.
    """

    site: Site | None
    starts_at: dt.time
    ends_at: dt.time
    place: str = ""
    capacity: int | None = None
    shift_pattern: ShiftPattern | None = None
    known: int | None = None


@dataclass(frozen=True)
class JobFacts:
    """A job and how many hands it wants."""

    name: str
    capacity: int = 1


@dataclass(frozen=True)
class SeriesFacts:
    """All of a series. ``invited`` empty: everybody."""

    title: str
    starts_on: dt.date
    sittings: Sequence[SittingFacts]
    description: str = ""
    emblem: str = "waffle"
    rule: str = ""
    skips_holidays: bool = True
    opens_days: int = 14
    closes_minutes: int = 0
    is_drawn: bool = False
    shows_on_walls: bool = True
    jobs: Sequence[JobFacts] = field(default_factory=tuple)
    invited: Sequence[Audience] = field(default_factory=tuple)


@dataclass(frozen=True)
class DayFacts:
    """What one day has for itself. ``title`` and ``description`` empty: as the series says."""

    day: dt.date
    sittings: Sequence[SittingFacts]
    title: str = ""
    description: str = ""
