"""What an author says of an announcement, before anything of it is written."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from engagement.people.models import Person
from events.facts import Audience
from events.models import Announcement, Series

WORDS = ("title", "decided", "why", "affects", "next_step", "next_on", "body_name")


@dataclass(frozen=True, kw_only=True)
class Words:
    """What readers read; a correction changes nothing else."""

    title: str
    decided: str = ""
    why: str = ""
    affects: str = ""
    next_step: str = ""
    next_on: dt.date | None = None
    body_name: str = ""


@dataclass(frozen=True, kw_only=True)
class AnnouncementFacts(Words):
    """All of a draft. It goes to whoever is in any of ``audiences`` or among ``people``."""

    kind: str = Announcement.Kind.DECISION
    audiences: Sequence[Audience] = field(default_factory=tuple)
    people: Sequence[Person] = field(default_factory=tuple)
    series: Series | None = None
    # None: not on walls.
    wall_days: int | None = None
    ends_on: dt.date | None = None
