"""Exactly those it affects: against counting by hand, while people move, come and go."""

import random
from dataclasses import dataclass

import pytest
from django.core.exceptions import ValidationError

from engagement.people import actions as people_actions
from engagement.people.lists import find_listed, read_list
from engagement.people.models import Employer, Membership, Person, RoleAssignment, Site, Unit
from engagement.people.queries import placed_people
from engagement.people.tree import Tree
from events.access.announcing import in_force_for, people_reached, reaches
from events.access.planning import reach_of
from events.actions import announcing
from events.facts import Audience
from events.models import Announcement, AnnouncementRecipient
from events.queries.audiences import people_meant
from tests import factories as people
from tests.conftest import Cast
from tests.events.announcing.helpers import AT, DAY, draft, facts, names_sent_to, sent

TODAY = AT.date()


@dataclass
class World:
    units: list[Unit]
    sites: list[Site]
    employers: list[Employer]
    people: list[Person]
    # By row number, as they were made.
    parent: dict[int, int | None]
    site: dict[int, int | None]
    unit: dict[int, int | None]
    works: dict[int, bool]


def world(dice: random.Random) -> World:
    """A tree of units at sites and of employers, with people who have come, left, or are still to come."""
    employers = [
        people.make_employer("Fjordtel"),
        people.make_employer("Nordsvar", is_partner=True),
    ]
    sites = [people.make_site(name) for name in ("Trondheim", "Bergen", "Gjøvik")]
    units: list[Unit] = []
    parent: dict[int, int | None] = {}
    site: dict[int, int | None] = {}
    for number in range(9):
        above = dice.choice([None, *units])
        here = dice.choice([None, *sites])
        unit = people.make_unit(
            f"Unit {number}", parent=above, site=here, employer=dice.choice(employers)
        )
        parent[unit.pk], site[unit.pk] = above.pk if above else None, here.pk if here else None
        units.append(unit)
    everybody: list[Person] = []
    unit_of: dict[int, int | None] = {}
    works: dict[int, bool] = {}
    for number in range(40):
        at = dice.choice([None, *units])
        how = dice.choice(["here"] * 6 + ["left", "leaves", "starts"])
        person = people.make_person(
            f"P{number}",
            unit=at,
            employer=dice.choice(employers),
            from_on=TODAY + DAY if how == "starts" else people.LONG_AGO,
            left_on={"left": TODAY, "leaves": TODAY + DAY}.get(how),
        )
        unit_of[person.pk] = at.pk if at else None
        works[person.pk] = how in ("here", "leaves")
        everybody.append(person)
    return World(units, sites, employers, everybody, parent, site, unit_of, works)


def by_hand(world: World, groups: list[Audience], listed: list[Person]) -> set[int]:
    """The same by walking up from each person."""
    found = set()
    wanted = {(type(one), one.pk) for one in groups}
    for person in world.people:
        line, unit = [], world.unit[person.pk]
        while unit:
            line.append(unit)
            unit = world.parent[unit]
        site = next((world.site[one] for one in line if world.site[one]), None)
        is_meant = (
            any((Unit, one) in wanted for one in line)
            or (Site, site) in wanted
            or (Employer, person.employer_id) in wanted
            or person in listed
        )
        if is_meant and world.works[person.pk]:
            found.add(person.pk)
    return found


@pytest.mark.parametrize("seed", range(12))
def test_audience_is_the_union_counted_by_hand(db: None, seed: int) -> None:
    dice = random.Random(seed)
    made = world(dice)
    pool: list[Audience] = [*made.units, *made.sites, *made.employers]
    for _ in range(15):
        groups = dice.sample(pool, dice.choice([0, 1, 2, 3]))
        listed = dice.sample(made.people, dice.choice([0, 0, 3, 10]))
        meant = people_meant(audiences=groups, people=[one.pk for one in listed], day=TODAY)
        assert len(meant) == len(set(meant))
        assert set(meant) == by_hand(made, groups, listed)


def test_overlaps_are_told_once_and_the_author_not_at_all(
    cast: Cast, hr: Person, mona: Person
) -> None:
    news = sent(
        hr,
        audiences=[cast.team, cast.department, cast.trondheim, cast.employer],
        people=[cast.alice, cast.charlie],
    )
    assert names_sent_to(news) == ["Alice", "Anne", "Bob", "Charlie", "Kari", "Mona"]
    assert news.recipient_count == 6
    assert cast.bob.notices.filter(kind="announcement").count() == 1
    assert hr.notices.count() == 0


def test_stranger_outside_the_audience_gets_nothing(cast: Cast, mona: Person) -> None:
    news = sent(mona, audiences=[cast.team])
    assert names_sent_to(news) == ["Alice", "Bob"]
    assert cast.charlie.notices.count() == cast.keeper.notices.count() == 0


def test_transfer_on_the_publishing_day_counts_where_one_is_that_day(
    cast: Cast, hr: Person
) -> None:
    other = people.make_unit("Team Sør", parent=cast.department, site=cast.trondheim)
    Membership.objects.filter(person=cast.bob).update(to_on=TODAY)
    Membership.objects.create(person=cast.bob, unit=other, from_on=TODAY)
    leaving = people.make_person("Lars", unit=cast.team)
    Membership.objects.filter(person=leaving).update(to_on=TODAY + DAY)
    Membership.objects.create(person=leaving, unit=other, from_on=TODAY + DAY)
    assert names_sent_to(sent(hr, audiences=[cast.team])) == ["Alice", "Lars"]
    assert names_sent_to(sent(hr, audiences=[other])) == ["Bob"]


def test_leavers_and_future_starters_get_nothing(cast: Cast, hr: Person) -> None:
    people.make_person("Last", unit=cast.team, left_on=TODAY + DAY)
    people.make_person("Gone", unit=cast.team, left_on=TODAY)
    people.make_person("Next", unit=cast.team, from_on=TODAY + DAY)
    assert names_sent_to(sent(hr, audiences=[cast.team])) == ["Alice", "Bob", "Last"]


def test_recipients_stay_those_of_the_day(cast: Cast, mona: Person) -> None:
    news = sent(mona, audiences=[cast.team])
    later = people.make_person("Nora", unit=cast.team)
    people_actions.move_people(
        people=[cast.bob], unit=cast.department, on=TODAY, by=cast.admin, at=AT
    )
    assert names_sent_to(news) == ["Alice", "Bob"]
    # Who comes later reads what holds, and is told nothing of it; who went still has theirs.
    assert list(in_force_for(later, day=TODAY)) == [news]
    assert list(in_force_for(cast.bob, day=TODAY)) == [news]
    assert later.notices.count() == 0


def test_what_holds_for_newcomers_is_decisions_told_where_they_stand(
    cast: Cast, hr: Person
) -> None:
    decision = sent(hr, audiences=[cast.trondheim])
    sent(hr, audiences=[cast.team], kind=Announcement.Kind.ACTIVITY)
    sent(hr, people=[cast.alice])
    over = sent(hr, audiences=[cast.team])
    announcing.end_announcement(announcement=over, by=hr, at=AT)
    gone = sent(hr, audiences=[cast.team])
    announcing.withdraw_announcement(announcement=gone, reason="Nei", by=hr, at=AT)
    nora = people.make_person("Nora", unit=cast.team)
    assert list(in_force_for(nora, day=TODAY)) == [decision]
    assert list(in_force_for(cast.charlie, day=TODAY)) == []


def test_partners_people_see_nothing_but_what_is_theirs(cast: Cast, hr: Person) -> None:
    """A partner's team that sits at our site."""
    guests = people.make_unit(
        "Team Gjest", site=cast.trondheim, employer=cast.partner, parent=cast.department
    )
    here = sent(hr, audiences=[cast.trondheim])
    sent(hr, audiences=[cast.department])
    own = sent(hr, audiences=[guests, cast.partner])
    nora = people.make_person("Nora", unit=guests, employer=cast.partner)
    assert list(in_force_for(nora, day=TODAY)) == [own]
    assert here.recipients.filter(person=cast.charlie).exists() is False


# --- reach ----------------------------------------------------------------------------------------


def test_author_announces_to_those_they_answer_for_alone(
    cast: Cast, mona: Person, hr: Person
) -> None:
    lead = people.make_person("Leo", unit=cast.team)
    people.give_role(lead, RoleAssignment.Role.LEAD, unit=cast.team)
    assert draft(lead, audiences=[cast.team], people=[cast.bob])
    beyond: list[dict[str, list[object]]] = [
        {"audiences": [cast.trondheim]},
        {"audiences": [cast.department]},
        {"audiences": [cast.team, cast.employer]},
        {"people": [cast.charlie]},
        {"people": [cast.bob, cast.keeper]},
    ]
    for audience in beyond:
        with pytest.raises(ValidationError) as refused:
            draft(lead, **audience)
        assert set(refused.value.message_dict) == set(audience)
    with pytest.raises(ValidationError, match="Leads, site managers and HR"):
        draft(cast.bob, audiences=[cast.team])
    assert draft(mona, audiences=[cast.trondheim, cast.team])
    with pytest.raises(ValidationError):
        draft(mona, audiences=[cast.gjovik])
    assert draft(hr, audiences=[cast.gjovik, cast.partner])
    assert Announcement.objects.published().count() == AnnouncementRecipient.objects.count() == 0


# --- lists of people ------------------------------------------------------------------------------


def test_program_names_people_it_may_reach_and_hears_of_the_rest(
    cast: Cast, hr: Person, mona: Person
) -> None:
    twin = people.make_person("Tvilling", employee_number="777", employer=cast.employer)
    people.make_person("Tvilling", employee_number="777", employer=cast.partner)
    words = ["ALICE@fjordtel.example", cast.keeper.employee_number, "777", "nobody@x.no"]
    among = people_reached(reach_of(hr, tree=Tree.on(TODAY)), day=TODAY)
    found, unknown = find_listed(words, among=among, viewer=hr)
    assert [one.pk for one in found] == [cast.alice.pk, cast.keeper.pk, twin.pk]
    assert unknown == ["nobody@x.no"]
    # Somebody beyond one's reach is as unknown as nobody.
    mine = people_reached(reach_of(mona, tree=Tree.on(TODAY)), day=TODAY)
    found, unknown = find_listed(
        ["charlie@nordsvar.example", "bob@fjordtel.example"], among=mine, viewer=mona
    )
    assert ([one.pk for one in found], unknown) == ([cast.bob.pk], ["charlie@nordsvar.example"])


def test_reach_over_people_is_the_same_asked_of_all_and_of_one(
    cast: Cast, hr: Person, mona: Person
) -> None:
    lead = people.make_person("Leo", unit=cast.team)
    people.give_role(lead, RoleAssignment.Role.LEAD, unit=cast.team)
    lonely = people.make_person("Uten", employer=cast.partner)
    for author in (hr, mona, lead, cast.bob):
        reach = reach_of(author, tree=Tree.on(TODAY))
        each = [one.pk for one in placed_people(TODAY) if reaches(reach, one)]
        assert sorted(one.pk for one in people_reached(reach, day=TODAY)) == sorted(each)
        assert (lonely.pk in each) == (author == hr)


def test_five_thousand_addresses_are_found(cast: Cast, hr: Person) -> None:
    Person.objects.bulk_create(
        Person(
            given_name=f"N{number}",
            employee_number=f"L{number}",
            employer=cast.employer,
            email=f"n{number}@fjordtel.example",
            started_on=people.LONG_AGO,
        )
        for number in range(5000)
    )
    text = "\n".join(f"n{number}@fjordtel.example" for number in range(5000))
    among = people_reached(reach_of(hr, tree=Tree.on(TODAY)), day=TODAY)
    found = read_list(text, among=among, viewer=hr)
    assert (len(found.people), found.wrong, found.left) == (5000, [], "")
    news = sent(hr, people=found.people)
    assert (news.recipient_count, news.recipients.count()) == (5000, 5000)
    with pytest.raises(ValidationError, match="5000"):
        announcing.create_announcement(facts=facts(people=[*found.people, cast.bob]), by=hr, at=AT)
    one_more = read_list(f"{text}\nbob@fjordtel.example", among=among, viewer=hr)
    assert (one_more.people, [one.line for one in one_more.wrong]) == ((), [5001])


def test_audience_of_a_closed_unit_or_nobody_cannot_be_sent(cast: Cast, hr: Person) -> None:
    empty = people.make_unit("Team Tom", parent=cast.department)
    for audience in ({}, {"audiences": [empty]}, {"people": [hr]}):
        made = draft(hr, **audience)
        with pytest.raises(ValidationError):
            announcing.publish_announcement(announcement=made, by=hr, at=AT)
        assert made.recipients.count() == 0
