"""Whatever rosters, rules and wishes there are: the rule is kept, and nobody is held back for nothing.

The truth is worked out minute by minute from what was made up, not from the code's own slots.
"""

import datetime as dt
from dataclasses import dataclass, field

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engagement.people.models import Person, ShiftPattern
from events.actions.guarding import hold_and_check, lift_rule
from events.models import CoverageRule, Sitting
from tests import factories as people
from tests.conftest import Cast
from tests.events import factories
from tests.events.conftest import WaffleFriday
from tests.events.guard.shifts import add_shift

AT = dt.datetime(2026, 11, 20, 9, tzinfo=dt.UTC)
QUARTER = 15
OPENS, CLOSES = 8 * 60, 16 * 60
MOST = 7

minutes = st.integers(OPENS // 5, CLOSES // 5 - 1).map(lambda n: n * 5)


@dataclass
class Place:
    starts: int
    length: int
    is_lifted: bool

    @property
    def ends(self) -> int:
        return self.starts + self.length


@dataclass
class Colleague:
    """``kind``: what is known. ``shift`` in minutes of the day."""

    kind: str
    shift: tuple[int, int]
    wishes: list[int] = field(default_factory=list)

    def works(self, slot: int) -> bool:
        starts, ends = self.shift
        return self.kind in ("rostered", "usual") and starts <= slot and slot + QUARTER <= ends


shifts = st.tuples(minutes, st.integers(3, 60)).map(lambda one: (one[0], one[0] + one[1] * 5))
places = st.builds(Place, minutes, st.integers(1, 12).map(lambda n: n * 5), st.booleans())
colleagues = st.builds(
    Colleague,
    st.sampled_from(["rostered", "rostered", "usual", "off", "unknown"]),
    shifts,
    st.lists(st.integers(0, 2), max_size=3, unique=True),
)


def clock(minute: int) -> dt.time:
    return dt.time(minute // 60, minute % 60)


def away_in(slot: int, team: list[Colleague], held: set[tuple[int, int]], at: list[Place]) -> int:
    return len(
        {
            person
            for person, place in held
            if team[person].works(slot)
            and at[place].starts < slot + QUARTER
            and at[place].ends > slot
        }
    )


def allowed_in(slot: int, team: list[Colleague], percent: int, least: int) -> int:
    there = sum(one.works(slot) for one in team)
    return max(0, min(int(there * percent / 100 + 1e-9), there - least))


@pytest.fixture
def members(cast: Cast) -> list[Person]:
    unit = people.make_unit("Team Prøve", parent=cast.department, site=cast.trondheim)
    return [people.make_person(f"P{n}", unit=unit) for n in range(MOST)]


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    team=st.lists(colleagues, min_size=1, max_size=MOST),
    at=st.lists(places, min_size=3, max_size=3),
    percent=st.sampled_from([0, 10, 20, 25, 34, 50, 100]),
    least=st.integers(0, 4),
)
def test_never_more_away_than_the_rule_allows(
    cast: Cast,
    waffles: WaffleFriday,
    members: list[Person],
    team: list[Colleague],
    at: list[Place],
    percent: int,
    least: int,
) -> None:
    with transaction.atomic():
        CoverageRule.objects.create(
            unit=cast.department, most_away_percent=percent, least_on_phones=least
        )
        sittings = [_make(waffles, cast, place, n) for n, place in enumerate(at)]
        for person, one in zip(members, team, strict=False):
            _employ(person, one)
        _walk(members, team, at, sittings, percent, least)
        transaction.set_rollback(True)


def _make(waffles: WaffleFriday, cast: Cast, place: Place, number: int) -> Sitting:
    series = factories.make_series(waffles.manager, f"Nr {number}")
    sitting = factories.make_sitting(
        factories.make_event(series), site=cast.trondheim, starts=clock(place.starts),
        minutes=place.length, capacity=50,
    )  # fmt: skip
    if place.is_lifted:
        lift_rule(unit=cast.department, sitting=sitting, reason="Fest", by=waffles.manager, at=AT)
    return sitting


def _employ(person: Person, one: Colleague) -> None:
    span = (clock(one.shift[0]), clock(one.shift[1]))
    if one.kind == "rostered":
        add_shift(person, clock=span)
    elif one.kind == "off":
        add_shift(person, clock=None)
    elif one.kind == "usual":
        person.shift_pattern = ShiftPattern.objects.create(
            key=f"p{person.pk}", name_nb="x", name_en="x", weekdays=[5], starts_at=span[0],
            ends_at=span[1],
        )  # fmt: skip
        person.save()


def _walk(
    members: list[Person],
    team: list[Colleague],
    at: list[Place],
    sittings: list[Sitting],
    percent: int,
    least: int,
) -> None:
    """Everybody asks for what they wish, in turns; each answer is compared with the truth."""
    held: set[tuple[int, int]] = set()
    asks = [
        (turn, person, place)
        for person, one in enumerate(team)
        for turn, place in enumerate(one.wishes)
    ]
    for _turn, person, place in sorted(asks):
        before = {slot for slot in _slots() if _is_over(slot, team, held, at, percent, least)}
        after = held | {(person, place)}
        breaks = {
            slot
            for slot in _slots()
            if _is_over(slot, team, after, at, percent, least)
            and away_in(slot, team, after, at) > away_in(slot, team, held, at)
        }
        try:
            with transaction.atomic():
                hold_and_check(person=members[person], sitting=sittings[place], at=AT)
                factories.make_signup(sittings[place], members[person])
        except ValidationError:
            assert breaks, "held back for nothing"
            assert not at[place].is_lifted
        else:
            assert not breaks or at[place].is_lifted
            held = after
        if not any(one.is_lifted for one in at):
            assert before == set()


def _slots() -> range:
    return range(OPENS - 60, CLOSES + 360, QUARTER)


def _is_over(
    slot: int,
    team: list[Colleague],
    held: set[tuple[int, int]],
    at: list[Place],
    percent: int,
    least: int,
) -> bool:
    return away_in(slot, team, held, at) > allowed_in(slot, team, percent, least)
