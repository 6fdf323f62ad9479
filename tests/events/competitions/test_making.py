"""Making, changing and cancelling competitions, and what is refused."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.http import Http404

from engagement.people.models import AuditEntry, RoleAssignment
from events import actions
from events.access import competing as access
from events.competition_facts import GroupFacts
from events.models import Competition, GroupMember, Round
from events.queries.competing_choices import facts_of
from tests import factories
from tests.conftest import Cast
from tests.events.competitions.arena import DAY, ENDS, HOUR, MADE, MIDDLE, RUNS, STARTS, Arena


def refused(arena: Arena, **facts: Any) -> dict[str, list[str]]:
    with pytest.raises(ValidationError) as error:
        arena.make(**facts)
    assert Competition.objects.count() == 0
    return error.value.message_dict


def test_competition_keeps_what_its_maker_said(arena: Arena) -> None:
    made = arena.make(rounds=[(MIDDLE, ENDS), (STARTS, MIDDLE)], judges=[arena.manager])
    assert (made.title, made.unit_word, made.starts_at, made.ends_at) == (
        "Til Nordkapp", "km", STARTS, ENDS,
    )  # fmt: skip
    assert list(made.rounds.order_by("number").values_list("number", "starts_at")) == [
        (1, STARTS), (2, MIDDLE),
    ]  # fmt: skip
    assert list(made.groups.order_by("number").values_list("name", flat=True)) == [
        "Team Nordlys", "Team Sørlys",
    ]  # fmt: skip
    assert facts_of(made) == replace(
        arena.facts(rounds=[(STARTS, MIDDLE), (MIDDLE, ENDS)], judges=[arena.manager]),
        groups=[GroupFacts(unit=arena.nordlys, members=[]), GroupFacts(unit=arena.sorlys, members=[])],
    )  # fmt: skip
    entry = AuditEntry.objects.get(verb="competition-created")
    assert (entry.actor, entry.subject) == (arena.manager, made.key)


@pytest.mark.parametrize(
    ("facts", "part"),
    [
        ({"title": " \u200b "}, "title"),
        ({"title": "x" * 81}, "title"),
        ({"unit_word": ""}, "unit_word"),
        ({"unit_word": "x" * 21}, "unit_word"),
        ({"description": "x" * 2001}, "description"),
        ({"emblem": "skull"}, "emblem"),
        ({"rounds": []}, "rounds"),
        ({"rounds": [(ENDS, STARTS)]}, "rounds"),
        ({"rounds": [(STARTS, STARTS)]}, "rounds"),
        ({"rounds": [(STARTS, MIDDLE + HOUR), (MIDDLE, ENDS)]}, "rounds"),
        ({"rounds": [(MADE - 2 * DAY, ENDS)]}, "rounds"),
        ({"rounds": [(STARTS, STARTS + 367 * DAY)]}, "rounds"),
        ({"rounds": [(STARTS + 800 * DAY, ENDS + 800 * DAY)]}, "rounds"),
        ({"rounds": [(STARTS + n * HOUR, STARTS + (n + 1) * HOUR) for n in range(13)]}, "rounds"),
        ({"by_people": False}, "ways"),
        ({"by_judge": True}, "judges"),
        ({"tie_rule": "judge"}, "judges"),
        ({"tie_rule": "dice"}, "tie_rule"),
        ({"most_per_entry": Decimal(0)}, "limits"),
        ({"most_per_entry": Decimal("NaN")}, "limits"),
        ({"most_per_entry": Decimal("Infinity")}, "limits"),
        ({"most_per_entry": Decimal("1e30")}, "limits"),
        ({"most_per_entry": Decimal(300)}, "limits"),
        ({"kind": "people"}, "groups"),
        ({"kind": "sites"}, "groups"),
        ({"kind": "mixed"}, "groups"),
        ({"is_joined_freely": True}, "groups"),
        ({"is_for_everybody": True}, "groups"),
        ({"groups": []}, "groups"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(arena: Arena, facts: dict[str, Any], part: str) -> None:
    assert list(refused(arena, **facts)) == [part]


def test_group_of_four_is_refused(arena: Arena, cast: Cast) -> None:
    small = factories.make_unit("Team Fire", parent=cast.department, site=arena.site)
    for n in range(4):
        factories.make_person(f"Fire{n}", unit=small)
    groups = [GroupFacts(unit=arena.nordlys), GroupFacts(unit=small)]
    [text] = refused(arena, groups=groups)["groups"]
    assert "Team Fire" in text
    factories.make_person("Femte", unit=small)
    assert arena.make(groups=groups).groups.count() == 2


def test_one_group_is_no_competition(arena: Arena) -> None:
    assert list(refused(arena, groups=[GroupFacts(unit=arena.nordlys)])) == ["groups"]


def test_team_inside_another_is_refused(arena: Arena, cast: Cast) -> None:
    """Its people would be in two groups."""
    inside = factories.make_unit("Team Inni", parent=arena.nordlys, site=arena.site)
    for n in range(5):
        factories.make_person(f"Inni{n}", unit=inside)
    refused(arena, groups=[GroupFacts(unit=arena.nordlys), GroupFacts(unit=inside)])
    refused(arena, groups=[GroupFacts(unit=arena.nordlys), GroupFacts(unit=arena.nordlys)])


def test_person_in_two_mixed_groups_is_refused(arena: Arena) -> None:
    people = arena.ours + arena.theirs
    mixed = {"kind": "mixed", "for_site": arena.site}
    groups = [GroupFacts("Ravn", members=people[:6]), GroupFacts("Oter", members=people[5:])]
    assert list(refused(arena, groups=groups, **mixed)) == ["groups"]
    groups = [GroupFacts("Ravn", members=people[:6]), GroupFacts("Oter", members=people[6:])]
    made = arena.make(groups=groups, **mixed)
    assert made.members.count() == 12
    other = made.groups.get(name="Oter")
    with pytest.raises(IntegrityError, match="person_in_one_group"), transaction.atomic():
        GroupMember.objects.create(competition=made, group=other, person=people[0])


def test_mixed_group_holds_only_those_one_plans_for(arena: Arena, cast: Cast) -> None:
    people = [*arena.ours, *arena.theirs[:5], cast.charlie]
    groups = [GroupFacts("Ravn", members=people[:6]), GroupFacts("Oter", members=people[6:])]
    assert list(refused(arena, groups=groups, kind="mixed", for_site=arena.site)) == ["groups"]


def test_database_itself_refuses_two_rounds_at_once(arena: Arena) -> None:
    made = arena.make()
    with pytest.raises(IntegrityError, match="one_round_at_a_time"), transaction.atomic():
        Round.objects.create(competition=made, number=2, starts_at=MIDDLE, ends_at=ENDS + DAY)


def test_leads_and_members_make_none_beyond_their_reach(arena: Arena, cast: Cast) -> None:
    for person in (cast.alice, cast.keeper):
        with pytest.raises(ValidationError):
            arena.make(by=person)
    factories.give_role(cast.bob, RoleAssignment.Role.LEAD, unit=arena.nordlys)
    with pytest.raises(ValidationError) as error:
        arena.make(by=cast.bob)
    assert list(error.value.message_dict) == ["groups"]
    assert Competition.objects.count() == 0
    assert arena.make(by=cast.admin, is_for_everybody=True).organiser == cast.admin


def test_those_concerned_read_it_and_nobody_else(arena: Arena, cast: Cast) -> None:
    made = arena.make(judges=[cast.keeper])
    for person in (cast.alice, arena.theirs[0], cast.keeper, arena.manager, cast.admin):
        assert access.get_competition_to_view(person, made.key) == made
    with pytest.raises(Http404):
        access.get_competition_to_view(cast.charlie, made.key)
    with pytest.raises(PermissionDenied):
        access.get_competition_to_change(cast.alice, made.key)
    with pytest.raises(PermissionDenied):
        access.get_competition_to_judge(arena.manager, made.key)
    assert access.get_competition_to_judge(cast.keeper, made.key) == made
    Competition.objects.update(is_for_everybody=True)
    assert access.get_competition_to_view(cast.charlie, made.key) == made


def test_all_of_it_changes_before_it_starts(arena: Arena) -> None:
    made = arena.make()
    facts = arena.facts(
        title="Til Lindesnes", unit_word="mil", rounds=[(STARTS + DAY, ENDS + DAY)],
        groups=[GroupFacts(unit=arena.sorlys), GroupFacts(unit=arena.nordlys)],
    )  # fmt: skip
    changed = actions.change_competition(
        competition=made, facts=facts, by=arena.manager, at=MADE + HOUR
    )
    assert (changed.title, changed.unit_word, changed.starts_at) == (
        "Til Lindesnes", "mil", STARTS + DAY,
    )  # fmt: skip
    assert [group.name for group in changed.groups.order_by("number")] == [
        "Team Sørlys", "Team Nordlys",
    ]  # fmt: skip


def test_only_words_and_a_later_end_change_once_it_runs(arena: Arena) -> None:
    made = arena.started()
    facts = arena.facts(title="Til Kirkenes", unit_word="mil", rounds=[(STARTS, ENDS + DAY)])
    changed = actions.change_competition(competition=made, facts=facts, by=arena.manager, at=RUNS)
    assert (changed.title, changed.unit_word, changed.ends_at) == ("Til Kirkenes", "km", ENDS + DAY)
    assert changed.rounds.get().ends_at == ENDS + DAY
    earlier = arena.facts(rounds=[(STARTS, ENDS - HOUR)])
    with pytest.raises(ValidationError) as error:
        actions.change_competition(competition=made, facts=earlier, by=arena.manager, at=RUNS)
    assert list(error.value.message_dict) == ["rounds"]
    with pytest.raises(ValidationError) as error:
        actions.change_competition(
            competition=made, facts=facts, by=arena.manager, at=ENDS + 2 * DAY
        )
    assert error.value.code == "over"


def test_cancelled_with_a_reason_and_once(arena: Arena) -> None:
    made = arena.started()
    with pytest.raises(ValidationError):
        actions.cancel_competition(competition=made, reason=" \u200f", by=arena.manager, at=RUNS)
    for at in (RUNS, RUNS + HOUR):
        gone = actions.cancel_competition(
            competition=made, reason="Glatt føre", by=arena.manager, at=at
        )
        assert (gone.cancelled_at, gone.cancel_reason) == (RUNS, "Glatt føre")
    assert AuditEntry.objects.filter(verb="competition-cancelled").count() == 1
    assert actions.close_competitions(at=ENDS + HOUR) == 0


def test_hostile_words_are_made_safe(arena: Arena) -> None:
    made = arena.make(title="Til\u202e <b>Nord\x00kapp</b>\n", unit_word=" k\u200bm ")
    assert made.title == "Til <b>Nordkapp</b>"
    assert made.unit_word == "km"


def test_longest_time_is_a_year(arena: Arena) -> None:
    assert arena.make(rounds=[(STARTS, STARTS + dt.timedelta(days=366))]).pk
