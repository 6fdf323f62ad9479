"""Cancelling a day by mistake: undone in time, nobody has heard of it."""

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils.translation import override

from engagement.notices.models import Delivery
from engagement.notices.queries import unread_count
from engagement.people.models import Person
from events import actions
from events.actions.holding import UNDO_LASTS
from events.models import Event, Series, SignUp, Sitting
from tests.conftest import Cast, sign_in
from tests.events.factories import make_signup
from tests.events.series.plans import MONDAY, make_waffles
from tests.events.series.test_planning import NEXT, event_of, sitting_of

MOMENT = dt.timedelta(seconds=1)
IN_TIME, TOO_LATE = MONDAY + UNDO_LASTS - MOMENT, MONDAY + UNDO_LASTS


@pytest.fixture
def called_off(series: Series, cast: Cast) -> Event:
    event = event_of(series)
    make_signup(sitting_of(event), cast.bob)
    return actions.cancel_event(event=event, reason="Feil dag", by=cast.admin, at=MONDAY)


def test_in_time_all_is_as_it_was_and_nobody_was_told(
    series: Series, cast: Cast, called_off: Event
) -> None:
    assert unread_count(cast.bob, at=IN_TIME) == 0
    for _again in range(2):
        event = actions.restore_event(event=called_off, by=cast.admin, at=IN_TIME)
    assert (event.cancelled_at, event.cancel_reason) == (None, "")
    assert set(event.sittings.values_list("cancelled_at", "sequence")) == {(None, 2)}
    assert SignUp.objects.get().state == SignUp.State.PLACED
    assert unread_count(cast.bob, at=MONDAY + dt.timedelta(days=1)) == 0
    assert set(Delivery.objects.values_list("reason", flat=True)) <= {"withdrawn"}
    # Called off again, it is told.
    actions.cancel_event(event=event, reason="Strømbrudd", by=cast.admin, at=IN_TIME)
    with time_machine.travel(IN_TIME + UNDO_LASTS, tick=False):
        assert unread_count(cast.bob) == 1


def test_a_sitting_that_was_cancelled_before_stays_so(series: Series, cast: Cast) -> None:
    event = event_of(series)
    before = MONDAY - dt.timedelta(hours=1)
    Sitting.objects.filter(pk=sitting_of(event, "18:00").pk).update(cancelled_at=before)
    actions.cancel_event(event=event, reason="Feil dag", by=cast.admin, at=MONDAY)
    actions.restore_event(event=event, by=cast.admin, at=IN_TIME)
    assert list(event.sittings.standing()) == [sitting_of(event)]


def test_told_is_told(cast: Cast, called_off: Event) -> None:
    with override("en"), pytest.raises(ValidationError) as refused:
        actions.restore_event(event=called_off, by=cast.admin, at=TOO_LATE)
    assert refused.value.messages == ["Those signed up are told by now. Make a new one instead."]
    called_off.refresh_from_db()
    assert called_off.cancelled_at == MONDAY
    assert unread_count(cast.bob, at=TOO_LATE) == 1


def test_what_was_cancelled_with_all_after_it_is_not_half_undone(
    series: Series, cast: Cast
) -> None:
    event = event_of(series, NEXT)
    actions.cancel_following(event=event, reason="Feil dag", by=cast.admin, at=MONDAY)
    with override("en"), pytest.raises(ValidationError) as refused:
        actions.restore_event(event=event, by=cast.admin, at=IN_TIME)
    assert refused.value.messages == [
        "It was cancelled with all after it. Make a new series instead."
    ]
    single = make_waffles(cast.admin, cast.trondheim, rule="", title="En gang")
    once = event_of(single)
    actions.cancel_following(event=once, reason="Feil dag", by=cast.admin, at=MONDAY)
    actions.restore_event(event=once, by=cast.admin, at=IN_TIME)
    single.refresh_from_db()
    assert single.cancelled_at is None


def test_page_offers_undo_for_one_day_and_takes_it_back(
    cast: Cast, manager: Person, series: Series
) -> None:
    manager.language = "en"
    manager.save()
    client, event = sign_in(Client(), manager), event_of(series)
    undo = f"/events/{event.key}/restore/"
    cancel = f"/events/{event.key}/cancel/"
    with time_machine.travel(MONDAY, tick=False):
        told = client.post(cancel, {"reason": "Feil", "scope": "this"}, follow=True)
        assert told.content.decode().count(f'action="{undo}"') == 1
        assert sign_in(Client(), cast.bob).post(undo).status_code == 403
        assert sign_in(Client(), cast.charlie).post(undo).status_code == 404
        back = client.post(undo, follow=True).content.decode()
        assert "It is held. Nobody was told." in back
        told = client.post(cancel, {"reason": "Feil", "scope": "following"}, follow=True)
        assert undo not in told.content.decode()


@pytest.fixture(autouse=True)
def _monday() -> Any:
    with time_machine.travel(MONDAY, tick=False):
        yield
