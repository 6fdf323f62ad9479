"""Two teams of six in Trondheim that walk against one another, and those around them."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from engagement.people.models import Person, RoleAssignment, Site, Unit
from events import actions
from events.competition_facts import CompetitionFacts, GroupFacts
from events.models import Competition, Group
from events.queries.competing import Row, rows_of, with_standing
from tests import factories
from tests.conftest import Cast

# A Thursday morning; the competition runs for two weeks from the Monday after.
MADE = dt.datetime(2026, 11, 26, 8, tzinfo=dt.UTC)
STARTS = dt.datetime(2026, 11, 29, 23, tzinfo=dt.UTC)
MIDDLE = dt.datetime(2026, 12, 6, 23, tzinfo=dt.UTC)
ENDS = dt.datetime(2026, 12, 11, 14, tzinfo=dt.UTC)
RUNS = dt.datetime(2026, 12, 1, 11, tzinfo=dt.UTC)
MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)


@dataclass
class Arena:
    """Nordlys is Alice's and Bob's team; Mona manages the site; nobody has entered anything."""

    manager: Person
    site: Site
    nordlys: Unit
    sorlys: Unit
    ours: list[Person]
    theirs: list[Person]

    def facts(self, **facts: Any) -> CompetitionFacts:
        given: dict[str, Any] = {
            "title": "Til Nordkapp",
            "unit_word": "km",
            "kind": "units",
            "groups": [GroupFacts(unit=self.nordlys), GroupFacts(unit=self.sorlys)],
            "rounds": [(STARTS, ENDS)],
        }
        return CompetitionFacts(**given | facts)

    def make(self, *, by: Person | None = None, **facts: Any) -> Competition:
        return actions.create_competition(facts=self.facts(**facts), by=by or self.manager, at=MADE)

    def started(self, **facts: Any) -> Competition:
        competition = self.make(**facts)
        actions.count_rounds(at=STARTS)
        competition.refresh_from_db()
        return competition


def make_arena(cast: Cast) -> Arena:
    manager = factories.make_person("Mona", "Moe", unit=cast.department, email="mona@x.example")
    factories.give_role(manager, RoleAssignment.Role.SITE_MANAGER, site=cast.trondheim)
    sorlys = factories.make_unit("Team Sørlys", parent=cast.department, site=cast.trondheim)
    ours = [cast.alice, cast.bob]
    ours += [factories.make_person(f"Ola{n}", "Nord", unit=cast.team) for n in range(4)]
    theirs = [factories.make_person(f"Kari{n}", "Sør", unit=sorlys) for n in range(6)]
    return Arena(manager, cast.trondheim, cast.team, sorlys, ours, theirs)


def group_of_unit(competition: Competition, unit: Unit) -> Group:
    return competition.groups.get(unit=unit)


def enter(
    competition: Competition, people: Sequence[Person], value: str = "10", *,
    at: dt.datetime = RUNS, **facts: Any,
) -> None:  # fmt: skip
    for person in people:
        actions.add_entry(competition=competition, value=Decimal(value), by=person, at=at, **facts)


def rows(competition: Competition) -> list[Row]:
    return rows_of(with_standing(Competition.objects.filter(pk=competition.pk)).get())


def told(competition: Competition) -> list[tuple[str, str, str | None, int | None]]:
    """Name, state, number and place of each group, as everybody sees them."""
    return [
        (
            row.group.name,
            row.line.state,
            None if row.line.per_head is None else str(row.line.per_head),
            row.line.place,
        )
        for row in rows(competition)
    ]
