"""Who is still there to be thanked, said once for giving and for choosing."""

import datetime as dt

import pytest

from engagement import times
from engagement.people.models import Person, ShiftPattern, Unit
from engagement.people.receivers import is_here
from engagement.people.shifts import Shift
from kudos.queries import recent_receivers
from tests.conftest import Cast
from tests.kudos.test_giving import give

DAY = dt.date(2026, 6, 8)


@pytest.mark.parametrize(
    ("ends", "expected"),
    [
        (None, True),
        (DAY + dt.timedelta(days=1), True),
        (DAY, False),
        (DAY - dt.timedelta(days=1), False),
    ],
)
def test_somebody_is_here_until_the_last_day_is_over(
    cast: Cast, ends: dt.date | None, expected: bool
) -> None:
    cast.bob.left_on = cast.team.closed_on = cast.trondheim.closed_on = ends
    shift = Shift(cast.trondheim, ShiftPattern(key="kveld"))
    assert [is_here(one, DAY) for one in (cast.bob, cast.team, shift)] == [expected] * 3


def test_recent_ones_are_those_who_are_still_there(cast: Cast) -> None:
    day = times.today()
    give(cast, by=cast.keeper, to=[cast.bob])
    give(cast, by=cast.keeper, to=[cast.team])
    assert recent_receivers(cast.keeper, day=day) == [cast.team, cast.bob]
    Person.objects.filter(pk=cast.bob.pk).update(left_on=day + dt.timedelta(days=1))
    Unit.objects.filter(pk=cast.team.pk).update(closed_on=day)
    assert recent_receivers(cast.keeper, day=day) == [cast.bob]
    assert recent_receivers(cast.keeper, day=day + dt.timedelta(days=1)) == []
