"""Days with sittings of their own: shown before a series is changed, kept unless they are ticked."""

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.template.loader import render_to_string
from django.test import Client
from django.utils.translation import override

from engagement.notices.kinds import KINDS
from engagement.notices.models import Notice
from engagement.notices.words import lines_of, plain_words
from engagement.people.models import Person, RoleAssignment
from events import actions
from events.actions.changing import facts_of_day
from events.models import Event, Series, SignUp, Sitting
from events.queries.own_days import own_days
from tests import factories as people
from tests.conftest import Cast, sign_in
from tests.events.factories import FRIDAY, make_signup
from tests.events.series.plans import MONDAY, facts_now, make_waffles, sitting
from tests.events.series.test_planning import event_of, sitting_of

NEXT = FRIDAY + dt.timedelta(days=7)
LAST = FRIDAY + dt.timedelta(days=14)
KIND = "own_sittings_replaced"


@pytest.fixture(autouse=True)
def _monday() -> Any:
    with time_machine.travel(MONDAY, tick=False), override("en"):
        yield


@pytest.fixture
def series(cast: Cast) -> Series:
    """HR's waffles at two sites, one sitting at each, for everybody."""
    return make_waffles(
        cast.admin, cast.trondheim, invited=[],
        sittings=[sitting(cast.trondheim), sitting(cast.gjovik, dt.time(13))],
    )  # fmt: skip


@pytest.fixture
def gunn(cast: Cast) -> Person:
    person = people.make_person("Gunn", "Gran", unit=cast.partner_team)
    people.give_role(person, RoleAssignment.Role.SITE_MANAGER, site=cast.gjovik)
    return person


def change_own(event: Event, by: Person, cast: Cast, hour: int = 14, *more: Any) -> None:
    """``by`` moves the sitting in Trondheim to another hour on one day."""
    mine = next(one for one in facts_of_day(event) if one.site == cast.trondheim)
    moved = replace(mine, starts_at=dt.time(hour), ends_at=dt.time(hour, 30))
    actions.change_sittings(event=event, sittings=[moved, *more], by=by, at=MONDAY)


def change_series(series: Series, by: Person, *, replacing: list[str], **changed: Any) -> None:
    facts = facts_now(series, **changed)
    actions.change_all(event=event_of(series), facts=facts, replacing=replacing, by=by, at=MONDAY)


def clocks(event: Event) -> list[str]:
    return [f"{one.starts_at:%H:%M}" for one in facts_of_day(event)]


def told(person: Person) -> list[str]:
    notices = list(Notice.objects.filter(person=person, kind=KIND).order_by("pk"))
    return [plain_words(line) for line in lines_of(notices)]


def test_days_and_sites_that_differ_are_named(
    cast: Cast, manager: Person, gunn: Person, series: Series
) -> None:
    assert own_days(series, first=dt.date.min, today=FRIDAY) == []
    change_own(event_of(series), manager, cast)
    theirs = [one for one in facts_of_day(event_of(series, NEXT)) if one.site == cast.gjovik]
    actions.change_sittings(
        event=event_of(series, NEXT), sittings=[*theirs, sitting(cast.gjovik, dt.time(18))],
        by=gunn, at=MONDAY,
    )  # fmt: skip
    found = own_days(series, first=dt.date.min, today=FRIDAY)
    assert [(one.event.day, one.names) for one in found] == [
        (FRIDAY, "Trondheim"), (NEXT, "Gjøvik"),
    ]  # fmt: skip
    assert [one.event.day for one in own_days(series, first=NEXT, today=FRIDAY)] == [NEXT]
    assert [one.event.day for one in own_days(series, first=FRIDAY, today=NEXT)] == [NEXT]


def test_own_days_stay_unless_they_are_ticked(
    cast: Cast, manager: Person, gunn: Person, series: Series
) -> None:
    first, second = event_of(series), event_of(series, NEXT)
    for event in (first, second):
        change_own(event, manager, cast)
    noon, later = facts_now(series).sittings
    moved = [replace(noon, starts_at=dt.time(11), ends_at=dt.time(11, 30)), later]
    change_series(series, cast.admin, replacing=[], sittings=moved)
    assert (clocks(first), clocks(second)) == (["13:00", "14:00"], ["13:00", "14:00"])
    assert clocks(event_of(series, LAST)) == ["11:00", "13:00"]
    assert told(manager) == []
    change_series(series, cast.admin, replacing=[second.key], title="Vafler")
    assert (clocks(first), clocks(second)) == (["13:00", "14:00"], ["11:00", "13:00"])
    second.refresh_from_db()
    assert second.has_own_sittings is False
    assert told(manager) == [
        "Vafler: your own sittings at your site are as in the series again. Friday, December 4"
    ]
    # Whoever manages a site where nothing was changed hears nothing; nor does who did it.
    assert (told(gunn), told(cast.admin)) == ([], [])


def test_those_signed_up_stay_and_hear_of_it(cast: Cast, manager: Person, series: Series) -> None:
    event = event_of(series)
    signup = make_signup(sitting_of(event), cast.bob)
    extra = sitting(cast.trondheim, dt.time(18))
    change_own(event, manager, cast, 14, extra)
    late = make_signup(sitting_of(event, "18:00"), cast.alice)
    change_series(series, cast.admin, replacing=[event.key])
    assert clocks(event) == ["12:00", "13:00"]
    signup.refresh_from_db()
    assert (signup.state, f"{signup.sitting.starts_at:%H:%M}") == (SignUp.State.PLACED, "11:00")
    # One more than the series has goes, and is cancelled for who was there.
    assert Sitting.objects.get(pk=late.sitting_id).cancelled_at == MONDAY
    kinds = {
        person: list(
            Notice.objects.filter(person=person).order_by("pk").values_list("kind", flat=True)
        )
        for person in (cast.bob, cast.alice)
    }
    assert kinds == {cast.bob: ["event_changed", "event_changed"], cast.alice: ["event_cancelled"]}


def test_sitting_made_anew_becomes_that_of_the_series(
    cast: Cast, manager: Person, series: Series
) -> None:
    """The site took the sitting away and made another: whoever signed up for that one stays."""
    event = event_of(series)
    actions.change_sittings(
        event=event, sittings=[sitting(cast.trondheim, dt.time(15))], by=manager, at=MONDAY
    )
    signup = make_signup(sitting_of(event, "15:00"), cast.bob)
    change_series(series, cast.admin, replacing=[event.key])
    assert clocks(event) == ["12:00", "13:00"]
    signup.refresh_from_db()
    assert (signup.sitting.cancelled_at, f"{signup.sitting.starts_at:%H:%M}") == (None, "11:00")
    assert event.sittings.standing().count() == 2


def test_fewer_places_than_people_refuses_all_of_it(
    cast: Cast, manager: Person, series: Series
) -> None:
    event = event_of(series)
    [mine] = [one for one in facts_of_day(event) if one.site == cast.trondheim]
    actions.change_sittings(
        event=event, sittings=[replace(mine, capacity=12)], by=manager, at=MONDAY
    )
    for n in range(11):
        make_signup(sitting_of(event), people.make_person(f"Nr{n}", unit=cast.team))
    with pytest.raises(ValidationError) as refused:
        change_series(series, cast.admin, replacing=[event.key], title="Vafler")
    assert list(refused.value.message_dict) == ["sittings"]
    event.refresh_from_db()
    assert (event.has_own_sittings, event.title, told(manager)) == (True, "Vaffelfredag", [])


def test_following_takes_only_later_days(cast: Cast, manager: Person, series: Series) -> None:
    first, last = event_of(series), event_of(series, LAST)
    for event in (first, last):
        change_own(event, manager, cast)
    facts = replace(facts_now(series), starts_on=NEXT)
    actions.change_following(
        event=event_of(series, NEXT), facts=facts, replacing=[first.key, last.key], by=cast.admin,
        at=MONDAY,
    )  # fmt: skip
    assert (clocks(first), clocks(last)) == (["13:00", "14:00"], ["12:00", "13:00"])
    assert ["December 11" in words for words in told(manager)] == [True]


def sent_from(form: Any, day: dt.date, cast: Cast, **changed: Any) -> dict[str, Any]:
    """What a browser sends from the page of ``form``, with what is ``changed``."""
    sent: dict[str, Any] = {
        "title": "Vafler", "day": day.isoformat(), "repeat": "weekly", "emblem": "waffle",
        "invited": "now", "opens_days": "14", "closes_minutes": "0", "description": "",
        "version": form.initial["version"], "site": [cast.trondheim.key, cast.gjovik.key],
        "seen": [f"{row.day.event.key}:{row.version}" for row in form.own_day_rows],
    }  # fmt: skip
    for row in form.rows:
        sent |= {
            f"{row.name}-known": row.known or "", f"{row.name}-site": row.site,
            f"{row.name}-use": "1", f"{row.name}-starts": row.starts, f"{row.name}-ends": row.ends,
            f"{row.name}-capacity": row.capacity, f"{row.name}-place": row.place,
        }  # fmt: skip
    return sent | changed


def test_page_shows_them_before_anything_is_saved(
    cast: Cast, manager: Person, series: Series
) -> None:
    event = event_of(series)
    client = sign_in(Client(), cast.admin)
    address = f"/events/{event.key}/edit/?scope=all"
    assert 'data-testid="own-days"' not in client.get(address).content.decode()
    for one in (event, event_of(series, NEXT)):
        change_own(one, manager, cast)
    page = client.get(address).content.decode()
    assert page.count('name="replace"') == 2
    assert f'name="replace" value="{event.key}"' in page
    assert "checked" not in page.split('name="replace"')[1].split(">")[0]
    later = client.get(f"/events/{event_of(series, NEXT).key}/edit/?scope=following")
    assert later.content.decode().count('name="replace"') == 1
    this = client.get(f"/events/{event.key}/edit/?scope=this")
    assert 'name="replace"' not in this.content.decode()
    form = client.get(address).context["form"]
    sent = sent_from(form, event.day, cast, replace=[event.key, "e000unknown"])
    # Refused for something else: what was ticked stays ticked.
    refused = client.post(address, sent | {"opens_days": "x"})
    assert refused.status_code == 422
    assert f'value="{event.key}" checked' in refused.content.decode()
    answer = client.post(address, sent)
    assert answer.status_code == 302
    assert clocks(event) == ["12:00", "13:00"]
    assert clocks(event_of(series, NEXT)) == ["13:00", "14:00"]
    assert len(told(manager)) == 1


def test_day_that_moved_since_it_was_shown_is_not_replaced_unseen(
    cast: Cast, manager: Person, series: Series
) -> None:
    event, other = event_of(series), event_of(series, NEXT)
    change_own(other, manager, cast)
    client = sign_in(Client(), cast.admin)
    address = f"/events/{event.key}/edit/?scope=all"
    form = client.get(address).context["form"]
    sent = sent_from(form, event.day, cast, replace=[other.key])
    change_own(other, manager, cast, 16)
    # Refused for something else meanwhile: what was seen stays what is compared, and ticked.
    again = client.post(address, sent | {"opens_days": "x"}).context["form"].own_day_rows
    assert [(f"{row.day.event.key}:{row.version}", row.is_ticked) for row in again] == [
        (sent["seen"][0], True)
    ]
    for unseen in (sent, sent | {"seen": []}):
        refused = client.post(address, unseen)
        assert (refused.status_code, clocks(other)) == (422, ["13:00", "16:00"])
        [said] = refused.context["form"].non_field_errors()
        assert "4. desember" in said
        assert f'value="{other.key}" checked' not in refused.content.decode()
    assert told(manager) == []
    anew = refused.context["form"].own_day_rows
    sent["seen"] = [f"{row.day.event.key}:{row.version}" for row in anew]
    assert client.post(address, sent).status_code == 302
    assert clocks(other) == ["12:00", "13:00"]


def mailed(person: Person) -> str:
    notice = Notice.objects.filter(person=person, kind=KIND).get()
    [told] = KINDS[KIND].load([{**notice.parameters, "reader_id": person.pk}])
    return " ".join(render_to_string(f"notices/{KIND}.txt", dict(told or {})).split())


@pytest.mark.parametrize("has_signups", [False, True])
def test_managers_hear_of_days_that_go_with_their_sittings(
    cast: Cast, manager: Person, series: Series, has_signups: bool
) -> None:
    """Deleted when nobody was signed up, else cancelled: what they changed is told of all the same."""
    first, second = event_of(series), event_of(series, NEXT)
    for event in (first, second):
        change_own(event, manager, cast)
    if has_signups:
        make_signup(sitting_of(second, "14:00"), cast.bob)
    change_series(
        series, cast.admin, replacing=[first.key, second.key], title="Vafler",
        rule="FREQ=WEEKLY;INTERVAL=2;BYDAY=FR",
    )  # fmt: skip
    assert Event.objects.filter(pk=second.pk).exists() is has_signups
    assert told(manager) == [
        "Vafler: your own sittings at your site are as in the series again. Friday, November 27."
        " Not held any more: Friday, December 4"
    ]
    notice = Notice.objects.get(person=manager, kind=KIND)
    assert notice.link == f"/events/{first.key}/"
    assert mailed(manager).endswith(
        "Whoever is signed up is told of another time or place, and of what is not held. You can"
        " change your sittings again."
    )


def test_managers_hear_of_days_of_which_none_is_left(
    cast: Cast, manager: Person, series: Series
) -> None:
    event = event_of(series, NEXT)
    change_own(event, manager, cast)
    changed = {"rule": "FREQ=WEEKLY;INTERVAL=2;BYDAY=FR"}
    change_series(series, cast.admin, replacing=[event.key], **changed)
    assert told(manager) == [
        "Vaffelfredag: days whose sittings you had changed are not held any more. Friday, December 4"
    ]
    link = Notice.objects.get(person=manager, kind=KIND).link
    assert link == f"/events/{event_of(series).key}/"
    assert sign_in(Client(), manager).get(link).status_code == 200
    assert "You can change" not in mailed(manager)


def test_managers_who_see_nothing_of_the_series_any_more_are_sent_to_the_list(
    cast: Cast, manager: Person, series: Series
) -> None:
    event = event_of(series)
    change_own(event, manager, cast)
    [_noon, theirs] = facts_now(series).sittings
    gjovik = {"sittings": [theirs], "invited": [cast.gjovik]}
    change_series(series, cast.admin, replacing=[event.key], **gjovik)
    assert Notice.objects.get(person=manager, kind=KIND).link == "/events/"


@pytest.mark.parametrize("count", [1, 3])
def test_asks_the_same_however_many(
    cast: Cast, manager: Person, series: Series, count: int, django_assert_num_queries: Any
) -> None:
    for event in series.events.order_by("day")[:count]:
        change_own(event, manager, cast)
    with django_assert_num_queries(3):
        found = own_days(series, first=dt.date.min, today=FRIDAY)
        assert [one.names for one in found] == ["Trondheim"] * count
