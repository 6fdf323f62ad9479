"""Units merge, split, move and close; people move; who was where on any date stays answerable."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.utils import translation

from engagement import times
from engagement.people import actions, queries
from engagement.people.models import (
    AuditEntry,
    Membership,
    Person,
    RoleAssignment,
    Unit,
    UnitPlacement,
)
from engagement.people.tree import Tree
from tests import factories
from tests.conftest import Cast

AT = dt.datetime(2026, 11, 2, 9, tzinfo=dt.UTC)
BEFORE, DAY, AFTER = dt.date(2026, 11, 30), dt.date(2026, 12, 1), dt.date(2026, 12, 2)


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


def names_on(day: dt.date, **where: Any) -> list[str]:
    return [person.given_name for person in queries.members_on(day, **where)]


def test_members_on_is_one_query(cast: Cast, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        people = queries.members_on(DAY, unit=cast.department)
        places = [(person.given_name, person.unit_id, person.site_id) for person in people]
    assert places == [
        ("Alice", cast.team.pk, cast.trondheim.pk),
        ("Anne", cast.department.pk, None),
        ("Bob", cast.team.pk, cast.trondheim.pk),
        ("Kari", cast.department.pk, None),
    ]


def test_members_on_follows_site_of_nearest_unit_above(cast: Cast) -> None:
    desk = factories.make_unit("Skranken", parent=cast.team)
    factories.make_person("Siri", unit=desk)
    assert names_on(DAY, site=cast.trondheim) == ["Alice", "Bob", "Siri"]
    assert names_on(DAY, site=cast.gjovik) == ["Charlie"]


def test_move_of_a_person_leaves_the_past(cast: Cast) -> None:
    other = factories.make_unit("Team Fjellrev", parent=cast.department)
    actions.move_person(person=cast.bob, unit=other, on=DAY, by=cast.admin, at=AT)
    assert names_on(BEFORE, unit=cast.team) == ["Alice", "Bob"]
    assert names_on(DAY, unit=cast.team) == ["Alice"]
    assert names_on(DAY, unit=other) == ["Bob"]
    assert queries.place_of(cast.bob, BEFORE).unit == cast.team
    assert queries.place_of(cast.bob, DAY).unit == other


def test_move_to_the_same_unit_changes_nothing(cast: Cast) -> None:
    before = AuditEntry.objects.count()
    actions.move_person(person=cast.bob, unit=cast.team, on=DAY, by=cast.admin, at=AT)
    assert cast.bob.memberships.count() == 1
    assert AuditEntry.objects.count() == before


def test_move_on_the_first_day_corrects_it(cast: Cast) -> None:
    other = factories.make_unit("Team Fjellrev", parent=cast.department)
    first = factories.LONG_AGO
    actions.move_person(person=cast.bob, unit=other, on=first, by=cast.admin, at=AT)
    assert [(one.unit, one.from_on) for one in cast.bob.memberships.all()] == [(other, first)]


def test_move_before_a_later_move_is_refused(cast: Cast) -> None:
    other = factories.make_unit("Team Fjellrev", parent=cast.department)
    actions.move_person(person=cast.bob, unit=other, on=DAY, by=cast.admin, at=AT)
    with pytest.raises(ValidationError, match=r"1.*2026"):
        actions.move_person(person=cast.bob, unit=cast.department, on=BEFORE, by=None, at=AT)


def test_move_outside_employment_is_refused(cast: Cast) -> None:
    with pytest.raises(ValidationError):
        actions.move_person(
            person=cast.bob, unit=cast.department, on=dt.date(2019, 1, 1), by=None, at=AT
        )


def test_move_of_a_unit_takes_its_people_and_keeps_the_past(cast: Cast) -> None:
    actions.move_unit(
        unit=cast.team, parent=cast.partner_team, site=None, on=DAY, by=cast.admin, at=AT
    )
    assert names_on(BEFORE, unit=cast.department) == ["Alice", "Anne", "Bob", "Kari"]
    assert names_on(BEFORE, site=cast.trondheim) == ["Alice", "Bob"]
    assert names_on(DAY, unit=cast.department) == ["Anne", "Kari"]
    assert names_on(DAY, site=cast.gjovik) == ["Alice", "Bob", "Charlie"]


def test_unit_cannot_stand_below_itself(cast: Cast) -> None:
    with pytest.raises(ValidationError):
        actions.move_unit(unit=cast.department, parent=cast.team, site=None, on=DAY, by=None, at=AT)


def test_unit_cannot_come_below_itself_by_a_later_move(cast: Cast) -> None:
    other = factories.make_unit("Salg")
    # From AFTER, Salg stands below the team; so the department cannot go below Salg before that.
    actions.move_unit(unit=other, parent=cast.team, site=None, on=AFTER, by=None, at=AT)
    with pytest.raises(ValidationError):
        actions.move_unit(unit=cast.department, parent=other, site=None, on=DAY, by=None, at=AT)


def test_merge_keeps_who_was_where(cast: Cast) -> None:
    other = factories.make_unit("Team Fjellrev", parent=cast.department, site=cast.trondheim)
    factories.make_person("Erik", unit=other)
    below = factories.make_unit("Natt", parent=other)
    factories.make_person("Nina", unit=below)
    factories.give_role(cast.bob, RoleAssignment.Role.LEAD, unit=other)
    actions.merge_units(units=[other], into=cast.team, on=DAY, by=cast.admin, at=AT)
    assert names_on(BEFORE, unit=other) == ["Erik", "Nina"]
    assert names_on(DAY, unit=other) == []
    assert names_on(DAY, unit=cast.team) == ["Alice", "Bob", "Erik", "Nina"]
    other.refresh_from_db()
    assert other.closed_on == DAY
    assert not RoleAssignment.objects.filter(unit=other).held(
        dt.datetime(2026, 12, 1, 12, tzinfo=dt.UTC)
    )
    assert Tree.on(DAY).path_name(below.pk) == "Kundeservice / Team Nordlys / Natt"


def test_merge_into_a_unit_below_is_refused(cast: Cast) -> None:
    with pytest.raises(ValidationError):
        actions.merge_units(units=[cast.department], into=cast.team, on=DAY, by=None, at=AT)


def test_split_divides_people_and_keeps_the_past(cast: Cast) -> None:
    new = actions.split_unit(
        unit=cast.team, parts=[actions.Part("Team Sørlys", [cast.bob])], on=DAY, by=None, at=AT
    )[0]
    assert names_on(BEFORE, unit=cast.team) == ["Alice", "Bob"]
    assert names_on(DAY, unit=cast.team) == ["Alice"]
    assert names_on(DAY, unit=new) == ["Bob"]
    assert Tree.on(DAY).site_of(new.pk) == cast.trondheim


def test_split_of_everybody_closes_the_unit(cast: Cast) -> None:
    parts = [actions.Part("En", [cast.alice]), actions.Part("To", [cast.bob])]
    actions.split_unit(unit=cast.team, parts=parts, on=DAY, by=None, at=AT)
    cast.team.refresh_from_db()
    assert cast.team.closed_on == DAY
    assert names_on(BEFORE, unit=cast.team) == ["Alice", "Bob"]


def test_split_refuses_strangers_and_doubles(cast: Cast) -> None:
    for parts in (
        [actions.Part("En", [cast.charlie])],
        [actions.Part("En", [cast.bob]), actions.Part("To", [cast.bob])],
        [],
    ):
        with pytest.raises(ValidationError):
            actions.split_unit(unit=cast.team, parts=parts, on=DAY, by=None, at=AT)
    assert not Unit.objects.filter(name__in=["En", "To"]).exists()


def test_close_refuses_with_people_or_units_left(cast: Cast) -> None:
    for unit in (cast.team, cast.department):
        with pytest.raises(ValidationError):
            actions.close_unit(unit=unit, on=DAY, by=None, at=AT)


def test_close_counts_people_who_come_later(cast: Cast) -> None:
    empty = factories.make_unit("Tom", parent=cast.department)
    actions.move_person(person=cast.bob, unit=empty, on=AFTER, by=None, at=AT)
    with pytest.raises(ValidationError):
        actions.close_unit(unit=empty, on=DAY, by=None, at=AT)


def test_close_moves_people_and_ends_the_place(cast: Cast) -> None:
    actions.close_unit(unit=cast.team, on=DAY, move_to=cast.department, by=cast.admin, at=AT)
    assert names_on(BEFORE, unit=cast.team) == ["Alice", "Bob"]
    assert names_on(DAY, unit=cast.department) == ["Alice", "Anne", "Bob", "Kari"]
    assert cast.team.pk not in Tree.on(DAY).nodes
    assert cast.team.pk in Tree.on(BEFORE).nodes


def test_nobody_moves_into_a_closed_unit(cast: Cast) -> None:
    actions.close_unit(unit=cast.team, on=DAY, move_to=cast.department, by=None, at=AT)
    with pytest.raises(ValidationError):
        actions.move_person(person=cast.charlie, unit=cast.team, on=DAY, by=None, at=AT)


def test_site_closes_only_without_units(cast: Cast) -> None:
    with pytest.raises(ValidationError, match="Team Nordlys"):
        actions.close_site(site=cast.trondheim, on=DAY, by=None, at=AT)
    actions.move_unit(
        unit=cast.team, parent=cast.department, site=cast.gjovik, on=DAY, by=None, at=AT
    )
    assert actions.close_site(site=cast.trondheim, on=DAY, by=None, at=AT).closed_on == DAY


def test_siblings_have_different_names(cast: Cast) -> None:
    for name in ("team  NORDLYS", "Team Nordlys"):
        with pytest.raises(ValidationError):
            actions.open_unit(
                name=name, employer=cast.employer, parent=cast.department, on=DAY, by=None, at=AT
            )
    assert actions.open_unit(name="Team Nordlys", employer=cast.employer, on=DAY, by=None, at=AT)


@pytest.mark.parametrize("name", ["", "  ", "a/b", "\u202e"])
def test_unit_names_are_checked(cast: Cast, name: str) -> None:
    with pytest.raises(ValidationError):
        actions.open_unit(name=name, employer=cast.employer, on=DAY, by=None, at=AT)


def test_database_refuses_two_units_at_a_time(cast: Cast) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.create(person=cast.bob, unit=cast.department, from_on=DAY)
    Membership.objects.filter(person=cast.bob).update(to_on=DAY)
    Membership.objects.create(person=cast.bob, unit=cast.department, from_on=DAY)


def test_database_refuses_two_places_at_a_time(cast: Cast) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        UnitPlacement.objects.create(unit=cast.team, parent=None, from_on=DAY)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE people_auditentry SET verb = 'nothing'",
        "DELETE FROM people_auditentry",
    ],
)
def test_audit_log_refuses_change(cast: Cast, statement: str) -> None:
    actions.record(verb="test", by=cast.admin, at=AT)
    with (
        pytest.raises(IntegrityError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert AuditEntry.objects.get().verb == "test"


def test_end_of_employment_ends_all(cast: Cast) -> None:
    role = factories.give_role(cast.bob, RoleAssignment.Role.LEAD, unit=cast.team)
    today = times.today()
    actions.issue_activation_codes(people=[cast.bob], by=None, at=times.now())
    actions.end_employment(person=cast.bob, on=today, by=cast.admin, at=times.now())
    role.refresh_from_db()
    assert role.to_at is not None
    assert role.to_at <= times.now()
    assert not cast.bob.is_active
    assert not cast.bob.activation_codes.exists()
    assert names_on(today, unit=cast.team) == ["Alice"]
    assert "Bob" in names_on(today - dt.timedelta(days=1), unit=cast.team)


def test_end_before_the_first_day_is_refused(cast: Cast) -> None:
    with pytest.raises(ValidationError):
        actions.end_employment(person=cast.bob, on=dt.date(2019, 1, 1), by=None, at=AT)


def test_rehire_keeps_history_and_asks_for_a_new_sign_in(cast: Cast) -> None:
    cast.bob.set_password("a long password")
    cast.bob.save()
    today = times.today()
    gone = today - dt.timedelta(days=30)
    actions.end_employment(person=cast.bob, on=gone, by=None, at=times.now())
    actions.rehire_person(person=cast.bob, on=today, unit=cast.team, by=None, at=times.now())
    cast.bob.refresh_from_db()
    assert cast.bob.is_active
    assert not cast.bob.has_usable_password()
    assert cast.bob.memberships.count() == 2


def facts(cast: Cast, number: str, **more: Any) -> actions.PersonFacts:
    return actions.PersonFacts(
        **{
            "employer": cast.employer, "employee_number": number, "given_name": "Ny",
            "started_on": DAY, "unit": cast.team, **more,
        }  # type: ignore[arg-type]
    )  # fmt: skip


def test_hiring_many_takes_few_queries(cast: Cast, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(12):
        people = actions.hire_people(
            facts=[facts(cast, f"n{n}") for n in range(500)], by=cast.admin, at=AT
        )
    assert len(people) == 500
    assert len(names_on(DAY, unit=cast.team)) == 502


def test_hiring_starts_in_a_unit_when_it_opens(cast: Cast) -> None:
    unit = actions.open_unit(name="Ny enhet", employer=cast.employer, on=DAY, by=None, at=AT)
    person = actions.hire_person(
        facts=facts(cast, "n1", unit=unit, started_on=dt.date(2015, 1, 1)), by=None, at=AT
    )
    assert person.memberships.get().from_on == DAY


def test_taken_number_and_email_are_explained(cast: Cast) -> None:
    with pytest.raises(ValidationError, match="number is taken"):
        actions.hire_person(facts=facts(cast, cast.bob.employee_number), by=None, at=AT)
    with pytest.raises(ValidationError, match="e-mail"):
        actions.hire_person(facts=facts(cast, "n2", email="BOB@Fjordtel.example"), by=None, at=AT)


def test_addresses_can_be_swapped(cast: Cast) -> None:
    alice, bob = cast.alice.email, cast.bob.email
    actions.change_people(
        changes=[(cast.alice, {"email": bob}), (cast.bob, {"email": alice})], by=None, at=AT
    )
    cast.alice.refresh_from_db()
    cast.bob.refresh_from_db()
    assert (cast.alice.email, cast.bob.email) == (bob, alice)


def test_same_facts_again_change_nothing(cast: Cast) -> None:
    before = AuditEntry.objects.count()
    assert (
        actions.change_people(
            changes=[(cast.bob, {"email": cast.bob.email, "given_name": "Bob"})], by=None, at=AT
        )
        == []
    )
    assert AuditEntry.objects.count() == before


def test_changed_name_is_found(cast: Cast) -> None:
    actions.change_person(person=cast.bob, family_name="Øvergård", by=None, at=AT)
    cast.bob.refresh_from_db()
    assert "overgard" in cast.bob.search_text


@pytest.mark.parametrize("name", ["\u202eeliA", "Ali\0ce", "A\nB", " A  B "])
def test_names_are_plain(cast: Cast, name: str) -> None:
    person = actions.hire_person(facts=facts(cast, "n3", given_name=name), by=None, at=AT)
    person.refresh_from_db()
    assert person.given_name in {"eliA", "Alice", "A B"}


def test_empty_name_and_wrong_address_are_refused(cast: Cast) -> None:
    for wrong in ({"given_name": " "}, {"email": "nobody"}, {"language": "tlh"}):
        with pytest.raises(ValidationError):
            actions.hire_person(facts=facts(cast, "n4", **wrong), by=None, at=AT)
    assert not Person.objects.filter(employee_number="n4").exists()


def test_last_administrator_stays(cast: Cast) -> None:
    role = RoleAssignment.objects.get(role="administrator")
    with pytest.raises(ValidationError, match="last administrator"):
        actions.end_role(assignment=role, by=cast.admin, at=times.now())
    factories.give_role(cast.bob, RoleAssignment.Role.ADMINISTRATOR)
    assert actions.end_role(assignment=role, by=cast.admin, at=times.now()).to_at is not None


def test_role_is_held_once(cast: Cast) -> None:
    actions.assign_role(person=cast.bob, role="hr", by=cast.admin, at=AT)
    with pytest.raises(ValidationError):
        actions.assign_role(person=cast.bob, role="hr", by=cast.admin, at=AT)
    with pytest.raises(ValidationError):
        actions.assign_role(person=cast.bob, role="lead", by=cast.admin, at=AT)
