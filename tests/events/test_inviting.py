import datetime as dt

import pytest

from engagement.people.models import Person
from events.access.inviting import inviting
from events.models import Event, Invitation, Series, Sitting
from tests.conftest import Cast
from tests.events import factories
from tests.events.conftest import WaffleFriday


def invited(cast: Cast, day: dt.date = factories.FRIDAY) -> set[Person]:
    everybody = (cast.alice, cast.bob, cast.charlie, cast.keeper)
    return {
        person for person in everybody if Series.objects.filter(inviting(person, day=day)).exists()
    }


@pytest.mark.parametrize(
    ("audience", "names"),
    [
        ({}, {"alice", "bob", "charlie", "keeper"}),
        ({"unit": "team"}, {"alice", "bob"}),
        ({"unit": "department"}, {"alice", "bob", "keeper"}),
        ({"site": "trondheim"}, {"alice", "bob"}),
        ({"employer": "partner"}, {"charlie"}),
    ],
)
def test_series_invites_its_audience(
    cast: Cast, waffles: WaffleFriday, audience: dict[str, str], names: set[str]
) -> None:
    for kind, name in audience.items():
        Invitation.objects.create(series=waffles.series, **{kind: getattr(cast, name)})
    assert invited(cast) == {getattr(cast, name) for name in names}


def test_two_audiences_are_invited_together_and_events_and_sittings_follow(
    cast: Cast, waffles: WaffleFriday
) -> None:
    Invitation.objects.create(series=waffles.series, site=cast.trondheim)
    Invitation.objects.create(series=waffles.series, employer=cast.partner)
    assert invited(cast) == {cast.alice, cast.bob, cast.charlie}
    for person, count in ((cast.charlie, 1), (cast.keeper, 0)):
        events = inviting(person, day=factories.FRIDAY, series="series")
        sittings = inviting(person, day=factories.FRIDAY, series="event__series")
        assert Event.objects.filter(events).count() == count
        assert Sitting.objects.filter(sittings).count() == count
