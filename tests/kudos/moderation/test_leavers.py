"""Leavers: off the walls at once, in feeds as HR has chosen, and back when they come back."""

import datetime as dt
from typing import Any
from unittest import mock

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import transaction
from django.test import Client
from django.utils.translation import override

from engagement import times
from engagement.celery import app
from engagement.live.models import Celebration
from engagement.people import actions as people
from engagement.people.actions.roster_bulk import change_last_days
from engagement.people.models import Person
from kudos import actions, queries
from kudos.models import Kudos, KudosPolicy
from tests import factories
from tests.conftest import Cast
from tests.kudos.moderation.cases import given, said
from tests.kudos.moderation.test_reporting import on_walls

DAY = dt.timedelta(days=1)


def leave(person: Person, days_ago: int = 0) -> None:
    Person.objects.filter(pk=person.pk).update(left_on=times.today() - days_ago * DAY)


def come_back(person: Person) -> None:
    Person.objects.filter(pk=person.pk).update(left_on=None)


def labels(kudos: Kudos) -> list[str]:
    current = Celebration.objects.current(times.now()).filter(source=kudos.key)
    return [card.cards["nb"]["to_label"] for card in current]


def feed(person: Person, **scope: Any) -> list[Kudos]:
    person = Person.objects.get(pk=person.pk)
    return queries.feed_page(person, at=times.now(), **scope).items


def choose(leavers: str, days: int = 30) -> None:
    KudosPolicy.objects.update_or_create(
        pk=1, defaults={"leavers": leavers, "gone_after_days": days}
    )


# --- walls ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("days_ago", [0, 1, 10, 400])
def test_leavers_card_goes_whenever_they_left(cast: Cast, days_ago: int) -> None:
    """Also when it became known late, or the worker was away for days."""
    kudos, other = given(cast), given(cast, to=[cast.charlie], by=cast.keeper)
    leave(cast.bob, days_ago)
    assert actions.withdraw_leavers_cards(at=times.now()) == 1
    assert (on_walls(kudos), on_walls(other)) == (0, 1)
    assert actions.withdraw_leavers_cards(at=times.now()) == 0


def test_givers_card_goes(cast: Cast) -> None:
    kudos = given(cast)
    leave(cast.alice)
    actions.withdraw_leavers_cards(at=times.now())
    assert on_walls(kudos) == 0


def test_card_that_does_not_name_its_giver_stays(cast: Cast) -> None:
    kudos = given(cast, from_unit=cast.team)
    leave(cast.alice)
    assert actions.withdraw_leavers_cards(at=times.now()) == 0
    assert on_walls(kudos) == 1


def test_card_that_mentions_a_leaver_goes(cast: Cast) -> None:
    kudos = given(cast, message="Takk, også til @Kari", mentioned=[cast.keeper])
    assert on_walls(kudos) == 1
    leave(cast.keeper)
    assert actions.withdraw_leavers_cards(at=times.now()) == 1
    assert on_walls(kudos) == 0
    assert actions.withdraw_leavers_cards(at=times.now()) == 0


def test_others_thanked_with_a_leaver_stay_on_a_card_of_their_own(cast: Cast) -> None:
    kudos = given(cast, to=[cast.bob, cast.charlie])
    assert labels(kudos) == ["Bob og Charlie"]
    leave(cast.bob)
    actions.withdraw_leavers_cards(at=times.now())
    assert labels(kudos) == ["Charlie"]
    assert actions.withdraw_leavers_cards(at=times.now()) == 0


def test_leaver_returns_to_no_wall_when_somebody_else_chooses(cast: Cast) -> None:
    kudos = given(cast, to=[cast.bob, cast.charlie])
    leave(cast.bob)
    actions.choose_wall(by=cast.charlie, choice="any", at=times.now())
    assert labels(kudos) == ["Charlie"]
    leave(cast.alice)
    actions.choose_wall(by=cast.charlie, choice="any", at=times.now())
    assert labels(kudos) == []


def test_card_goes_the_day_somebody_leaves(cast: Cast) -> None:
    at = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
    with time_machine.travel(at, tick=False):
        kudos = given(cast, at=at)
        people.end_employment(person=cast.bob, on=dt.date(2026, 11, 21), by=None, at=at)
    midnight = dt.datetime(2026, 11, 20, 23, tzinfo=dt.UTC)  # in Norway
    assert actions.withdraw_leavers_cards(at=midnight - dt.timedelta(seconds=1)) == 0
    assert actions.withdraw_leavers_cards(at=midnight) == 1
    assert Celebration.objects.standing().filter(source=kudos.key).count() == 0


@pytest.mark.django_db(transaction=True)
def test_worker_is_woken_when_somebody_leaves_or_returns() -> None:
    unit = factories.make_unit()
    persons = [factories.make_person(name, unit=unit) for name in ("Olga", "Rita")]
    at = times.now()
    rung: list[str] = []
    with mock.patch.object(app, "send_task", lambda name, **_options: rung.append(name)):
        people.end_employments(people=persons, on=times.today(), by=None, at=at)
        ended, rung[:] = list(rung), []
        person = Person.objects.get(pk=persons[0].pk)
        people.rehire_person(person=person, on=times.today(), by=None, at=at)
        rehired, rung[:] = list(rung), []
        change_last_days(changes=[(person, times.today())], by=None, at=at)
    every = [
        "kudos.tasks.withdraw_leavers_cards",
        "kudos.tasks.apply_leavers_policy",
        "events.tasks.leave_for_leavers",
        "events.tasks.take_down_leavers_photos",
    ]
    assert (ended, rehired, rung) == (every, every, every)


@pytest.mark.django_db(transaction=True)
def test_worker_is_woken_once_for_many() -> None:
    unit = factories.make_unit()
    persons = [factories.make_person(f"L{number}", unit=unit) for number in range(3)]
    rung: list[str] = []
    with (
        mock.patch.object(app, "send_task", lambda name, **_options: rung.append(name)),
        transaction.atomic(),
    ):
        for person in persons:
            people.end_employment(person=person, on=times.today(), by=None, at=times.now())
    assert len(rung) == 4


def test_everything_that_is_rung_is_a_task_of_the_clock(settings: Any) -> None:
    scheduled = {entry["task"]: entry["schedule"] for entry in app.conf.beat_schedule.values()}
    assert {name: scheduled[name] for name in settings.RUNG_WHEN_PEOPLE_LEAVE} == {
        "kudos.tasks.withdraw_leavers_cards": 60,
        "kudos.tasks.apply_leavers_policy": 60,
        "events.tasks.leave_for_leavers": 60,
        "events.tasks.take_down_leavers_photos": 60,
    }


# --- feeds ----------------------------------------------------------------------------------------


def test_thanks_stay_with_the_name_unless_hr_chose_otherwise(cast: Cast) -> None:
    kudos = given(cast)
    leave(cast.alice, 40)
    assert actions.apply_leavers_policy(at=times.now()) == 0
    assert [one.giver.name for one in feed(cast.charlie)] == ["Alice Aas"]
    assert feed(cast.charlie) == [kudos]


def test_thanks_stay_without_the_name(cast: Cast, as_charlie: Client) -> None:
    kudos = given(cast, to=[cast.bob, cast.keeper])
    said(kudos, cast.admin)
    actions.react_to_kudos(kudos=kudos, by=cast.admin, kind="heart", is_on=True, at=times.now())
    for person in (cast.alice, cast.keeper, cast.admin):
        leave(person)
    assert [one.giver.name for one in feed(cast.charlie)] == ["Alice Aas"]
    choose("unnamed")
    people.choose_language(person=cast.charlie, language="en", by=cast.charlie, at=times.now())
    with override("en"):
        [one] = feed(cast.charlie)
        assert one.giver.name == "Former colleague"
        assert [row.one.name for row in one.named] == ["Bob Berg", "Former colleague"]
        assert queries.comments_on(kudos)[0].author.name == "Former colleague"
        assert queries.people_who_reacted(kudos)[0].people[0].name == "Former colleague"
    for address in ("/kudos/", f"/kudos/{kudos.key}/", f"/kudos/to/{cast.bob.key}/"):
        page = as_charlie.get(address).content.decode()
        assert "Former colleague" in page
        for trace in ("Alice", "Aas", "Kari", "Keeper"):
            assert trace not in page
    api = as_charlie.get("/api/v1/kudos/").content.decode()
    assert "Alice" not in api
    # Nothing is written: the name is there again when it should be.
    come_back(cast.alice)
    assert [one.giver.name for one in feed(cast.charlie)] == ["Alice Aas"]


def test_receiver_keeps_reading_who_thanked_them(cast: Cast) -> None:
    given(cast)
    leave(cast.alice)
    choose("unnamed")
    assert [one.giver.name for one in feed(cast.bob)] == ["Alice Aas"]


def test_thanks_go_from_feeds_after_some_days_and_stay_with_the_receiver(cast: Cast) -> None:
    kudos = given(cast)
    choose("gone", 7)
    at = times.now()
    leave(cast.alice, 6)
    assert actions.apply_leavers_policy(at=at) == 0
    leave(cast.alice, 7)
    assert actions.apply_leavers_policy(at=at) == 1
    assert actions.apply_leavers_policy(at=at) == 0
    for scope in ("all", "site", "team"):
        assert feed(cast.charlie, scope=scope) == feed(cast.keeper, scope=scope) == []
    assert feed(cast.bob, scope="mine") == [kudos]
    assert queries.thanks_to_person(cast.bob, cast.bob, at=at).items == [kudos]
    assert queries.thanks_to_person(cast.charlie, cast.bob, at=at).items == [kudos]


def test_thanks_return_with_the_person_or_the_choice(cast: Cast) -> None:
    kudos, at = given(cast), times.now()
    choose("gone", 0)
    leave(cast.alice)
    actions.apply_leavers_policy(at=at)
    assert feed(cast.charlie) == []
    come_back(cast.alice)
    assert actions.apply_leavers_policy(at=at) == 1
    assert feed(cast.charlie) == [kudos]
    leave(cast.alice)
    actions.apply_leavers_policy(at=at)
    choose("named")
    assert actions.apply_leavers_policy(at=at) == 1
    assert feed(cast.charlie) == [kudos]


def test_thanks_that_also_thank_somebody_here_stay_without_the_leaver(cast: Cast) -> None:
    both, only = given(cast, to=[cast.bob, cast.keeper]), given(cast, to=[cast.keeper])
    team = given(cast, to=[cast.keeper, cast.team])
    choose("gone", 3)
    leave(cast.keeper, 3)
    assert actions.apply_leavers_policy(at=times.now()) == 1
    assert set(feed(cast.charlie)) == {both, team}
    assert only not in feed(cast.charlie)
    with override("en"):
        named = {row.one.name for one in feed(cast.charlie) for row in one.named}
    assert named == {"Bob Berg", "Former colleague", "Team Nordlys"}


def test_page_stays_whole_when_thanks_have_gone(cast: Cast) -> None:
    """They are left out before a page is cut, not after."""
    for _ in range(queries.PAGE_LENGTH):
        given(cast, by=cast.keeper)
    old = [given(cast) for _ in range(3)]
    choose("gone", 0)
    leave(cast.alice)
    assert actions.apply_leavers_policy(at=times.now()) == len(old)
    page = queries.feed_page(cast.charlie, at=times.now())
    assert (len(page.items), page.next) == (queries.PAGE_LENGTH, None)


def test_many_go_in_batches(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kudos.actions.leavers.BATCH", 2)
    for _ in range(5):
        given(cast)
    choose("gone", 0)
    leave(cast.alice)
    assert actions.apply_leavers_policy(at=times.now()) == 5
    come_back(cast.alice)
    assert actions.apply_leavers_policy(at=times.now()) == 5


def test_feed_with_leavers_takes_one_query_more_however_many(
    cast: Cast, django_assert_num_queries: Any
) -> None:
    def another() -> None:
        who = factories.make_person("Olga", unit=cast.team)
        given(cast, by=who)
        leave(who)

    def read(number: int) -> None:
        reader = Person.objects.get(pk=cast.charlie.pk)
        with django_assert_num_queries(number):
            queries.feed_page(reader, at=at + DAY)

    at = times.now()
    given(cast)
    read(7)
    choose("unnamed")
    another()
    read(8)
    another()
    another()
    read(8)


@pytest.mark.parametrize("days", [-1, 366, 100_000])
def test_policy_refuses_days_out_of_range(cast: Cast, days: int) -> None:
    with pytest.raises(ValidationError) as caught:
        actions.save_policy(leavers="gone", gone_after_days=days, by=cast.admin, at=times.now())
    assert list(caught.value.message_dict) == ["gone_after_days"]
    assert KudosPolicy.objects.count() == 0


def test_policy_refuses_what_is_no_choice(cast: Cast) -> None:
    with pytest.raises(ValidationError) as caught:
        actions.save_policy(leavers="x", gone_after_days=1, by=cast.admin, at=times.now())
    assert "leavers" in caught.value.message_dict
