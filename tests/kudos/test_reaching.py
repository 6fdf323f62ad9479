"""Shifts, teams that thank, days to come, and what those thanked decide about who reads it."""

import datetime as dt
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from engagement import times
from engagement.live.models import Celebration
from engagement.notices.models import Notice
from engagement.people import actions as people
from engagement.people.models import Person, ShiftPattern
from engagement.people.receivers import resolve_receivers, search_receivers
from engagement.people.shifts import Shift, members_of, shifts_by_key
from engagement.people.tree import Tree
from kudos import actions
from kudos.models import Kudos
from kudos.queries import feed_page, thanks_to_person
from tests import factories
from tests.conftest import Cast
from tests.kudos.test_giving import choose, give, named_on_walls
from tests.kudos.test_talking import shown, told


@pytest.fixture
def evening(cast: Cast) -> Shift:
    """The evening shift in Trondheim: Bob's."""
    pattern = ShiftPattern.objects.create(
        key="kveld", name_nb="Kveldsvakt", name_en="Evening shift", weekdays=[1, 2, 3, 4, 5],
        starts_at=dt.time(14), ends_at=dt.time(22),
    )  # fmt: skip
    cast.bob.shift_pattern = pattern
    cast.bob.save(update_fields=["shift_pattern"])
    return Shift(cast.trondheim, pattern)


def feed_of(person: Person, scope: Any = "all") -> list[str]:
    page = feed_page(Person.objects.get(pk=person.pk), scope=scope, at=times.now())
    return [kudos.key for kudos in page.items]


# --- shifts --------------------------------------------------------------------------------------
def test_shift_is_found_by_its_own_name_and_thanked(cast: Cast, evening: Shift) -> None:
    found = search_receivers("kveld trond", viewer=cast.alice, day=times.today())
    assert [(one.id, one.kind, one.name) for one in found] == [
        (evening.key, "shift", "Kveldsvakt, Trondheim")
    ]
    assert search_receivers("trond", viewer=cast.alice, day=times.today()) == []
    assert resolve_receivers([evening.key, "x.y", "."], day=times.today())[2:] == (
        [evening], ["x.y", "."],
    )  # fmt: skip
    kudos = shown(cast, to=[evening], audience="team")
    assert [row.one for row in kudos.receivers.all()] == [evening]
    assert told(cast.bob) == ["group_thanked"]


def test_shift_is_thanked_until_its_site_closes(cast: Cast, evening: Shift) -> None:
    today = times.today()
    cast.trondheim.closed_on = today + dt.timedelta(days=1)
    cast.trondheim.save(update_fields=["closed_on"])
    for day, found in ((today, [evening]), (cast.trondheim.closed_on, [])):
        _people, _units, shifts, unknown = resolve_receivers([evening.key], day=day)
        assert (shifts, unknown) == (found, [] if found else [evening.key])
    # What is read later still has its name.
    assert shifts_by_key([evening.key]) == {evening.key: evening}


def test_shift_that_nobody_works_is_not_offered(cast: Cast, evening: Shift) -> None:
    cast.bob.shift_pattern = None
    cast.bob.save(update_fields=["shift_pattern"])
    assert search_receivers("kveld", viewer=cast.alice, day=times.today()) == []
    assert members_of(evening, tree=Tree.on(times.today())) == []


def test_shifts_own_thanks_are_read_by_its_people_only(cast: Cast, evening: Shift) -> None:
    keys = {
        audience: shown(cast, to=[evening], audience=audience).key for audience in ("team", "site")
    }
    mate = factories.make_person("Day", "Dagsen", unit=cast.team)
    assert feed_of(cast.bob) == [keys["site"], keys["team"]]
    assert feed_of(cast.bob, "mine") == [keys["site"], keys["team"]]
    assert feed_of(mate) == [keys["site"]]
    assert feed_of(cast.charlie) == []


def test_shift_goes_on_the_walls_of_its_site(cast: Cast, evening: Shift) -> None:
    give(cast, to=[evening], audience="site")
    assert named_on_walls() == ["Kveldsvakt, Trondheim"]


# --- a team that thanks --------------------------------------------------------------------------
def test_team_thanks_by_its_own_name(cast: Cast) -> None:
    choose(cast.charlie, "any")
    kudos = give(cast, to=[cast.charlie], from_unit=cast.team)
    assert kudos.sender_name == "Team Nordlys"
    card = Celebration.objects.get().cards["nb"]
    assert (card["from_label"], card["from"]["name"]) == ("fra Team Nordlys", "Team Nordlys")


@pytest.mark.parametrize("wrong", ["other team", "itself"])
def test_team_is_spoken_for_by_its_own_people_and_not_to_itself(cast: Cast, wrong: str) -> None:
    facts = {
        "other team": {"from_unit": cast.partner_team},
        "itself": {"from_unit": cast.team, "to": [cast.team]},
    }
    with pytest.raises(ValidationError):
        give(cast, **facts[wrong])
    assert Kudos.objects.count() == 0


# --- days to come --------------------------------------------------------------------------------
def test_planned_kudos_is_nowhere_until_its_time(cast: Cast, as_alice: Client) -> None:
    choose(cast.bob, "any")
    at = times.now()
    kudos = give(cast, at=at, release_at=at + dt.timedelta(days=2))
    assert (feed_of(cast.alice), feed_of(cast.bob), named_on_walls(), told(cast.bob)) == (
        [], [], [], [],
    )  # fmt: skip
    assert kudos.message in as_alice.get("/kudos/planned/").content.decode()
    assert actions.release_planned_kudos(at=at + dt.timedelta(days=1)) == 0
    later = at + dt.timedelta(days=2, seconds=1)
    for expected in (1, 0):
        assert actions.release_planned_kudos(at=later) == expected
    assert (named_on_walls(), told(cast.bob)) == (["Bob"], ["kudos_received"])
    page = feed_page(cast.bob, at=later)
    assert [one.key for one in page.items] == [kudos.key]


def test_planned_kudos_is_taken_back_before_anybody_saw_it(cast: Cast) -> None:
    at = times.now()
    kudos = give(cast, at=at, release_at=at + dt.timedelta(days=2))
    actions.withdraw_kudos(kudos=kudos, by=cast.alice, at=at)
    assert actions.release_planned_kudos(at=at + dt.timedelta(days=3)) == 0
    assert told(cast.bob) == []


def test_planned_kudos_passes_over_those_who_left_and_tells_when_nobody_is_left(
    cast: Cast,
) -> None:
    at = times.now()
    soon = at + dt.timedelta(days=2)
    both = give(cast, at=at, to=[cast.bob, cast.keeper], release_at=soon)
    alone = give(cast, at=at, to=[cast.bob], release_at=soon)
    Person.objects.filter(pk=cast.bob.pk).update(left_on=times.local_date(at))
    assert actions.release_planned_kudos(at=soon) == 2
    assert [row.person for row in both.receivers.all()] == [cast.keeper]
    alone.refresh_from_db()
    assert (alone.withdrawn_at, alone.released_at) == (soon, None)
    notice = Notice.objects.get(person=cast.alice)
    assert (notice.kind, notice.parameters) == ("kudos_not_sent", {"names": "Bob Berg"})


@pytest.mark.parametrize("days", [-1, 0, 400])
def test_plan_is_for_a_time_to_come_within_a_year(cast: Cast, days: int) -> None:
    at = times.now()
    with pytest.raises(ValidationError) as error:
        give(cast, at=at, release_at=at + dt.timedelta(days=days))
    assert list(error.value.message_dict) == ["release_at"]


# --- what those thanked decide -------------------------------------------------------------------
def keep(person: Person, **changes: bool) -> None:
    facts = {"keeps_private": False, "by_partners": True, "milestones": False} | changes
    people.choose_thanks(person=person, by=person, at=times.now(), **facts)


def test_kept_private_by_default_is_read_by_the_two_alone(cast: Cast) -> None:
    keep(cast.bob, keeps_private=True)
    choose(cast.bob, "any")
    kudos = shown(cast)
    assert (feed_of(cast.alice), feed_of(cast.bob)) == ([kudos.key], [kudos.key])
    assert (feed_of(cast.charlie), named_on_walls()) == ([], [])
    assert thanks_to_person(cast.charlie, cast.bob, at=times.now()).items == []


def test_among_several_only_who_keeps_it_private_is_left_out(cast: Cast, client: Client) -> None:
    keep(cast.bob, keeps_private=True)
    kudos = shown(cast, to=[cast.bob, cast.keeper])
    client.force_login(cast.charlie)
    page = client.get(f"/kudos/{kudos.key}/").content.decode()
    assert (cast.keeper.name in page, cast.bob.name in page) == (True, False)
    assert thanks_to_person(cast.charlie, cast.bob, at=times.now()).items == []
    client.force_login(cast.bob)
    assert cast.bob.name in client.get(f"/kudos/{kudos.key}/").content.decode()


def test_receiver_keeps_one_to_herself_and_opens_it_again(cast: Cast, as_bob: Client) -> None:
    choose(cast.bob, "any")
    kudos = shown(cast)
    address = f"/kudos/{kudos.key}/private/"
    as_bob.post(address, {"private": "yes"})
    assert (feed_of(cast.charlie), named_on_walls()) == ([], [])
    as_bob.post(address, {"private": "no"})
    assert (feed_of(cast.charlie), named_on_walls()) == ([kudos.key], ["Bob"])


def test_others_cannot_keep_it_private(cast: Cast, client: Client) -> None:
    kudos = shown(cast)
    for person, status in ((cast.charlie, 403), (cast.alice, 403)):
        client.force_login(person)
        assert client.post(f"/kudos/{kudos.key}/private/", {"private": "yes"}).status_code == status
    assert feed_of(cast.charlie) == [kudos.key]


def test_who_keeps_to_the_own_employer_is_not_found_nor_thanked_by_partners(cast: Cast) -> None:
    keep(cast.bob, by_partners=False)
    bob = Person.objects.get(pk=cast.bob.pk)
    assert search_receivers("bob", viewer=cast.charlie, day=times.today()) == []
    with pytest.raises(ValidationError) as error:
        give(cast, by=cast.charlie, to=[bob])
    assert "Bob Berg" in error.value.message_dict["to"][0]
    assert give(cast, to=[bob]).pk


# --- bad input -----------------------------------------------------------------------------------
@pytest.mark.parametrize(("changes", "field"), [({"look": "gold"}, "look"), ({"look": ""}, "look")])
def test_unknown_card_is_refused(cast: Cast, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as error:
        give(cast, **changes)
    assert list(error.value.message_dict) == [field]


def test_box_takes_card_team_time_and_mentions(as_alice: Client, cast: Cast) -> None:
    when = (times.now() + dt.timedelta(days=3)).astimezone(times.local_zone())
    answer = as_alice.post(
        "/kudos/give/",
        {
            "to": cast.charlie.key, "message": "Takk, @Bob", "audience": "company", "look": "sun",
            "from_team": "on", "release_at": when.strftime("%Y-%m-%dT%H:%M"),
            "mention": [cast.bob.key, "p" + "0" * 14],
        },
    )  # fmt: skip
    assert (answer.status_code, answer.headers["Location"]) == (302, "/kudos/planned/")
    kudos = Kudos.objects.get()
    assert (kudos.look, kudos.from_unit, kudos.is_planned) == ("sun", cast.team, True)
    assert kudos.show_from == when.replace(second=0, microsecond=0)
    assert [mention.person for mention in kudos.mentions.all()] == [cast.bob]


@pytest.mark.parametrize("when", ["yesterday", "2020-01-01T10:00", "9999-12-31T23:59"])
def test_box_explains_a_time_that_cannot_be(as_alice: Client, cast: Cast, when: str) -> None:
    answer = as_alice.post(
        "/kudos/give/",
        {"to": cast.bob.key, "message": "Takk", "audience": "company", "release_at": when},
    )
    assert (answer.status_code, Kudos.objects.count()) == (422, 0)
    assert '<details class="give-more" open' in answer.content.decode()


def test_newcomer_is_thanked_from_the_first_day_on(cast: Cast) -> None:
    at = times.now()
    first = times.local_date(at) + dt.timedelta(days=3)
    newcomer = factories.make_person("Nina", "Ny", unit=cast.team, from_on=first)
    for release_at in (None, at + dt.timedelta(days=1)):
        with pytest.raises(ValidationError) as error:
            give(cast, at=at, to=[newcomer], release_at=release_at)
        assert "Nina Ny" in error.value.message_dict["release_at"][0]
    assert give(cast, at=at, to=[newcomer], release_at=at + dt.timedelta(days=4)).is_planned
