"""What a site manager may change on a day of somebody else's series; and places that are new."""

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils.translation import override

from engagement.people.models import Person, RoleAssignment
from events import actions
from events.actions.changing import facts_of_day
from events.facts import JobFacts
from events.models import Event, Job, Series, SignUp, Sitting
from events.queries.versions import version_of
from tests import factories as people
from tests.conftest import Cast, sign_in
from tests.events.factories import make_signup
from tests.events.series.plans import MONDAY, day_now, facts_now, make_waffles, sitting
from tests.events.series.test_planning import event_of, sitting_of

State = SignUp.State


@pytest.fixture(autouse=True)
def _monday() -> Any:
    with time_machine.travel(MONDAY, tick=False), override("en"):
        yield


@pytest.fixture
def both_sites(cast: Cast) -> Series:
    """HR's waffles at two sites, one sitting at each, for everybody."""
    return make_waffles(
        cast.admin, cast.trondheim, invited=[],
        sittings=[sitting(cast.trondheim), sitting(cast.gjovik, dt.time(13))],
    )  # fmt: skip


def own_facts(event: Event, cast: Cast) -> Any:
    return next(one for one in facts_of_day(event) if one.site == cast.trondheim)


def test_manager_changes_the_sittings_of_their_site_and_no_other(
    cast: Cast, manager: Person, both_sites: Series
) -> None:
    event = event_of(both_sites)
    make_signup(sitting_of(event), cast.bob)
    there = sitting_of(event, "13:00")
    later = replace(own_facts(event, cast), starts_at=dt.time(14), ends_at=dt.time(14, 30))
    more = sitting(cast.trondheim, dt.time(18))
    actions.change_sittings(event=event, sittings=[later, more], by=manager, at=MONDAY)
    clocks = [(one.site, f"{one.starts_at:%H:%M}") for one in facts_of_day(event)]
    assert clocks == [
        (cast.gjovik, "13:00"), (cast.trondheim, "14:00"), (cast.trondheim, "18:00"),
    ]  # fmt: skip
    assert Sitting.objects.get(pk=there.pk).sequence == 0
    assert sitting_of(event, "14:00").sequence == 1
    event.refresh_from_db()
    assert (event.has_own_sittings, event.title) == (True, both_sites.title)


def test_manager_changes_nothing_elsewhere_nor_everywhere_at_once(
    cast: Cast, manager: Person, both_sites: Series
) -> None:
    event, before = event_of(both_sites), facts_of_day(event_of(both_sites))
    foreign = next(one for one in before if one.site == cast.gjovik)
    for wrong in (
        [foreign],
        [sitting(cast.gjovik, dt.time(18))],
        [replace(own_facts(event, cast), site=None)],
        [replace(foreign, site=cast.trondheim)],
        [],
    ):
        with pytest.raises(ValidationError) as refused:
            actions.change_sittings(event=event, sittings=wrong, by=manager, at=MONDAY)
        assert list(refused.value.message_dict) == ["sittings"]
    version = version_of(event)
    Sitting.objects.filter(event=event).update(place="Taket")
    with pytest.raises(ValidationError) as refused:
        actions.change_sittings(
            event=event, sittings=[own_facts(event, cast)], by=manager, at=MONDAY, version=version
        )
    assert refused.value.code == "stale"


def test_page_shows_the_manager_their_own_sittings_and_no_more(
    cast: Cast, manager: Person, both_sites: Series
) -> None:
    manager.language = "en"
    manager.save()
    client, event = sign_in(Client(), manager), event_of(both_sites)
    detail = client.get(f"/events/{event.key}/").content.decode()
    assert ('data-testid="event-edit"' in detail, 'data-testid="event-cancel"' in detail) == (
        True, False,
    )  # fmt: skip
    for scope in ("this", "following", "all"):
        shown = client.get(f"/events/{event.key}/edit/?scope={scope}").content.decode()
        assert (shown.count('value="12:00"'), shown.count('value="13:00"')) == (1, 0)
        assert 'name="title"' not in shown
        assert 'name="day"' not in shown
    mine = own_facts(event, cast)
    sent = {
        "sitting-0-known": mine.known, "sitting-0-site": cast.trondheim.key,
        "sitting-0-use": "1", "sitting-0-starts": "14:00", "sitting-0-ends": "14:30",
        "sitting-0-capacity": "10", "sitting-0-place": "Kantina", "version": version_of(event),
    }  # fmt: skip
    answer = client.post(f"/events/{event.key}/edit/?scope=all", sent | {"title": "Mine"})
    assert answer.status_code == 302
    assert [f"{one.starts_at:%H:%M}" for one in facts_of_day(event)] == ["13:00", "14:00"]
    assert event_of(both_sites).title == both_sites.title
    assert client.get(f"/events/{event.key}/cancel/").status_code == 403


def test_others_do_not_change_the_sittings_of_a_site(cast: Cast, both_sites: Series) -> None:
    event = event_of(both_sites)
    elsewhere = people.make_person("Brit", "Bø", unit=cast.partner_team)
    people.give_role(elsewhere, RoleAssignment.Role.SITE_MANAGER, site=people.make_site("Alta"))
    lead = people.make_person("Lars", "Lie", unit=cast.team)
    people.give_role(lead, RoleAssignment.Role.LEAD, unit=cast.team)
    for person in (elsewhere, lead, cast.bob):
        assert sign_in(Client(), person).get(f"/events/{event.key}/edit/").status_code == 403
        with pytest.raises(ValidationError):
            actions.change_sittings(
                event=event, sittings=[own_facts(event, cast)], by=person, at=MONDAY
            )


# --- more places ----------------------------------------------------------------------------------


def states_of(sitting: Sitting) -> dict[str, str]:
    found = SignUp.objects.filter(sitting=sitting).values_list("person__given_name", "state")
    return dict(found)


def test_a_place_more_is_offered_at_once(
    cast: Cast, manager: Person, django_capture_on_commit_callbacks: Any
) -> None:
    series = make_waffles(manager, cast.trondheim, sittings=[sitting(cast.trondheim, capacity=1)])
    event = event_of(series)
    noon = sitting_of(event)
    make_signup(noon, cast.alice)
    for person in (cast.bob, cast.keeper):
        make_signup(noon, person, state=State.WAITING)
    facts = day_now(event)
    for capacity, told in ((1, "waiting"), (2, "offered")):
        wanted = replace(facts, sittings=[replace(facts.sittings[0], capacity=capacity)])
        with django_capture_on_commit_callbacks(execute=True):
            actions.change_day(event=event, facts=wanted, by=manager, at=MONDAY)
        assert states_of(noon) == {"Alice": "placed", "Bob": told, "Kari": "waiting"}


def test_hands_more_in_all_the_series_are_offered_at_once(
    cast: Cast, manager: Person, django_capture_on_commit_callbacks: Any
) -> None:
    series = make_waffles(manager, cast.trondheim, jobs=[JobFacts("Steking", 1)])
    event = event_of(series)
    job = Job.objects.get(sitting=sitting_of(event))
    make_signup(sitting_of(event), cast.alice, job=job)
    make_signup(sitting_of(event), cast.bob, job=job, state=State.WAITING)
    with django_capture_on_commit_callbacks(execute=True):
        actions.change_all(
            event=event, facts=facts_now(series, jobs=[JobFacts("Steking", 2)]), by=manager,
            at=MONDAY,
        )  # fmt: skip
    assert states_of(sitting_of(event)) == {"Alice": "placed", "Bob": "offered"}
