"""What a planner says of a competition, before anything of it is written."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from engagement.people.models import Person, Site, Unit

Span = tuple[dt.datetime, dt.datetime]


@dataclass(frozen=True)
class GroupFacts:
    """A unit, a site, or (neither) people under a ``name``."""

    name: str = ""
    unit: Unit | None = None
    site: Site | None = None
    members: Sequence[Person] = field(default_factory=tuple)

    @property
    def called(self) -> str:
        place = self.unit or self.site
        return self.name or (place.name if place else "")


@dataclass(frozen=True)
class CompetitionFacts:
    """All of a competition. ``rounds`` are from–until, one after the other.

    ``for_site`` or ``for_unit`` say whom a mixed competition is for; neither: everybody.
    """

    title: str
    unit_word: str
    kind: str
    groups: Sequence[GroupFacts]
    rounds: Sequence[Span]
    description: str = ""
    emblem: str = "cup"
    by_people: bool = True
    by_judge: bool = False
    by_api: bool = False
    judges: Sequence[Person] = field(default_factory=tuple)
    tie_rule: str = "shared"
    most_per_entry: Decimal = Decimal(100)
    most_per_day: Decimal = Decimal(200)
    is_joined_freely: bool = False
    for_site: Site | None = None
    for_unit: Unit | None = None
    is_for_everybody: bool = False
    shows_on_walls: bool = True
