"""Today's events on the walls of their sites."""

import datetime as dt
from dataclasses import replace

from engagement import times
from engagement.live.models import Celebration, StreamEvent
from events import actions
from events.models import Series
from tests.conftest import Cast
from tests.events.factories import FRIDAY
from tests.events.series.plans import day_now
from tests.events.series.test_planning import event_of

SIX = times.moment_of(FRIDAY, dt.time(6))


def test_event_hangs_at_its_site_from_the_morning_until_it_is_over(
    series: Series, cast: Cast
) -> None:
    assert actions.show_events(at=SIX - dt.timedelta(minutes=1)) == 0
    assert actions.show_events(at=SIX) == 1
    assert actions.show_events(at=SIX + dt.timedelta(minutes=1)) == 0
    [card] = Celebration.objects.all()
    assert (card.kind, card.source) == ("event", event_of(series).key)
    assert card.show_until == times.moment_of(FRIDAY, dt.time(18, 30))
    shown = card.cards["en"]
    assert (shown["title"], shown["facts"]) == ("Vaffelfredag", "12:00 and 18:00. Kantina.")
    assert [event.stream.site for event in StreamEvent.objects.all()] == [cast.trondheim]
    assert actions.show_events(at=times.moment_of(FRIDAY, dt.time(19))) == 0


def test_cancelled_event_leaves_the_walls_and_a_changed_one_comes_anew(
    series: Series, cast: Cast
) -> None:
    actions.show_events(at=SIX)
    later = SIX + dt.timedelta(minutes=5)
    event = event_of(series)
    facts = day_now(event)
    wanted = replace(facts, sittings=facts.sittings[:1])
    actions.change_day(event=event, facts=wanted, by=cast.admin, at=later)
    assert Celebration.objects.standing().count() == 0
    assert actions.show_events(at=later) == 1
    [card] = Celebration.objects.standing()
    assert card.cards["en"]["facts"] == "12:00. Kantina."
    actions.cancel_event(event=event, reason="Jernet er ødelagt", by=cast.admin, at=later)
    assert Celebration.objects.standing().count() == 0
    assert actions.show_events(at=later) == 0


def test_series_may_stay_off_the_walls(series: Series) -> None:
    series.shows_on_walls = False
    series.save()
    assert actions.show_events(at=SIX) == 0
