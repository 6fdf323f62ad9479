"""Two clocks and two planners at the same time."""

import datetime as dt
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from engagement.people.models import RoleAssignment
from events import actions
from events.models import Event, Sitting
from events.queries.versions import version_of
from tests import factories as people
from tests.events.factories import FRIDAY
from tests.events.series.plans import MONDAY, facts_now, make_waffles

pytestmark = pytest.mark.django_db(transaction=True)


def together(*acts: Callable[[], Any]) -> list[Any]:
    """Runs ``acts`` at the same moment, each in a connection of its own."""
    ready = threading.Barrier(len(acts))
    answers: list[Any] = [None] * len(acts)

    def run(number: int, act: Callable[[], Any]) -> None:
        ready.wait()
        try:
            answers[number] = act()
        except ValidationError as error:
            answers[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number, act)) for number, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return answers


def planned_series(count: int) -> tuple[Any, list[Any]]:
    site = people.make_site("Trondheim")
    team = people.make_unit("Team Nordlys", site=site)
    hr = people.make_person("Hanne", "Haug", unit=team)
    people.give_role(hr, RoleAssignment.Role.HR)
    return hr, [make_waffles(hr, site, title=f"Vafler {number}") for number in range(count)]


def test_two_sweeps_make_every_day_once() -> None:
    _hr, made = planned_series(6)
    later = MONDAY + dt.timedelta(weeks=8)
    before = Event.objects.count()
    done = together(*[lambda: actions.extend_series(at=later)] * 3)
    actions.extend_series(at=later)
    assert sum(done) >= 6
    # Six more weeks of eight: 13 May is no Friday, but two of them are holidays already made.
    per_series = {one.events.count() for one in made}
    assert len(per_series) == 1
    assert Event.objects.count() > before
    rows = Event.objects.values_list("series", "rule_day")
    assert len(set(rows)) == len(rows)
    assert {event.sittings.count() for event in Event.objects.all()} == {2}


def test_of_two_planners_who_saw_the_same_one_is_asked_to_look_again() -> None:
    hr, [series] = planned_series(1)
    event = Event.objects.select_related("series").get(series=series, rule_day=FRIDAY)
    seen = version_of(event)
    answers = together(
        lambda: actions.change_all(
            event=event, facts=facts_now(series, title="A"), by=hr, at=MONDAY, version=seen
        ),
        lambda: actions.change_following(
            event=event, facts=facts_now(series, title="B"), by=hr, at=MONDAY, version=seen
        ),
        lambda: actions.cancel_event(event=event, reason="C", by=hr, at=MONDAY, version=seen),
    )
    refused = [one for one in answers if isinstance(one, ValidationError)]
    assert [one.code for one in refused] == ["stale", "stale"]


def test_series_that_is_being_changed_waits_for_the_next_sweep() -> None:
    hr, [series] = planned_series(1)
    event = Event.objects.select_related("series").get(series=series, rule_day=FRIDAY)
    later = MONDAY + dt.timedelta(days=1)
    facts = facts_now(series, rule="FREQ=WEEKLY;BYDAY=FR,TH")
    together(
        lambda: actions.change_all(event=event, facts=facts, by=hr, at=later),
        lambda: actions.extend_series(at=later + dt.timedelta(weeks=2)),
    )
    actions.extend_series(at=later + dt.timedelta(weeks=2))
    days = list(series.events.order_by("rule_day").values_list("rule_day", flat=True))
    assert {day.isoweekday() for day in days} == {4, 5}
    assert Sitting.objects.filter(event__series=series).count() == 2 * len(days)
