"""Every page of the room answers, to the right people, with constant query counts."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from engagement import times
from engagement.people import actions
from engagement.people.models import Person, RoleAssignment
from tests import factories
from tests.conftest import Cast, sign_in

Role = RoleAssignment.Role

EVERYBODY = ["directory", "me", "me-sign-in", "options"]
PEOPLE_ADMINISTRATION = [
    "administration", "roles", "give-role", "activation", "organisation", "open-unit",
    "hire-person",
]  # fmt: skip
WHOLE_ORGANISATION = ["audit", "create-employer", "create-site"]


@pytest.mark.parametrize("name", [*EVERYBODY, *PEOPLE_ADMINISTRATION, *WHOLE_ORGANISATION])
def test_page_answers_the_administrator(as_admin: Client, name: str) -> None:
    assert as_admin.get(reverse(f"people:{name}")).status_code == 200


@pytest.mark.parametrize("name", EVERYBODY)
def test_page_answers_everybody(as_alice: Client, name: str) -> None:
    assert as_alice.get(reverse(f"people:{name}")).status_code == 200


@pytest.mark.parametrize("name", [*PEOPLE_ADMINISTRATION, *WHOLE_ORGANISATION])
def test_administration_is_closed_to_colleagues(as_alice: Client, name: str) -> None:
    assert as_alice.get(reverse(f"people:{name}")).status_code == 403


@pytest.mark.parametrize("name", WHOLE_ORGANISATION)
def test_whole_organisation_is_closed_to_hr_of_one_employer(cast: Cast, name: str) -> None:
    factories.give_role(cast.bob, Role.HR, employer=cast.employer)
    client = sign_in(Client(), cast.bob)
    assert client.get(reverse(f"people:{name}")).status_code == 403
    assert client.get(reverse("people:administration")).status_code == 200


@pytest.mark.parametrize("role", [Role.HR, Role.ADMINISTRATOR])
def test_administration_offers_only_doors_that_open(cast: Cast, role: RoleAssignment.Role) -> None:
    factories.give_role(cast.bob, role)
    client = sign_in(Client(), cast.bob)
    doors = client.get(reverse("people:administration")).context["doors"]
    assert [(one["url"], client.get(one["url"]).status_code) for one in doors] == [
        (one["url"], 200) for one in doors
    ]


@pytest.mark.parametrize("name", [*EVERYBODY, *PEOPLE_ADMINISTRATION, *WHOLE_ORGANISATION])
def test_page_sends_strangers_to_the_door(client: Client, db: None, name: str) -> None:
    answer = client.get(reverse(f"people:{name}"))
    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("account_login"))


@pytest.mark.parametrize("verb", ["rename", "move", "split", "merge", "close"])
def test_unit_change_is_for_those_who_administer_its_employer(cast: Cast, verb: str) -> None:
    factories.give_role(cast.bob, Role.HR, employer=cast.employer)
    own = reverse("people:change-unit", args=[cast.team.key, verb])
    foreign = reverse("people:change-unit", args=[cast.partner_team.key, verb])
    hr, alice = sign_in(Client(), cast.bob), sign_in(Client(), cast.alice)
    assert hr.get(own).status_code == 200
    assert hr.get(foreign).status_code == 403
    assert alice.get(own).status_code == 403


@pytest.mark.parametrize("verb", ["change", "move", "leave"])
def test_person_change_is_for_those_who_administer_the_employer(cast: Cast, verb: str) -> None:
    factories.give_role(cast.bob, Role.HR, employer=cast.employer)
    hr, alice = sign_in(Client(), cast.bob), sign_in(Client(), cast.alice)
    assert hr.get(reverse("people:change-person", args=[cast.alice.key, verb])).status_code == 200
    foreign = reverse("people:change-person", args=[cast.charlie.key, verb])
    assert hr.get(foreign).status_code == 403
    assert alice.get(foreign).status_code == 403


def test_unknown_verb_is_not_found(as_admin: Client, cast: Cast) -> None:
    for url in (
        reverse("people:change-unit", args=[cast.team.key, "explode"]),
        reverse("people:change-person", args=[cast.alice.key, "explode"]),
    ):
        assert as_admin.get(url).status_code == 404


def test_unknown_key_is_not_found(as_admin: Client, cast: Cast) -> None:
    for name, args in (
        ("person", ["p00000000000000"]),
        ("unit", ["u00000000000000"]),
        ("manage-unit", ["u00000000000000"]),
        ("change-site", ["t00000000000000"]),
    ):
        assert as_admin.get(reverse(f"people:{name}", args=args)).status_code == 404


def test_leaver_is_not_found_and_not_listed(as_bob: Client, cast: Cast) -> None:
    actions.end_employment(person=cast.alice, on=times.today(), by=None, at=times.now())
    assert as_bob.get(reverse("people:person", args=[cast.alice.key])).status_code == 404
    page = as_bob.get(reverse("people:directory")).content.decode()
    assert "Alice Aas" not in page
    assert "Bob Berg" in page
    assert "Alice" not in as_bob.get(reverse("people:options"), {"q": "ali"}).content.decode()


def test_somebody_who_has_not_started_is_not_found(as_bob: Client, cast: Cast) -> None:
    later = factories.make_person("Line", unit=None, from_on=times.today() + dt.timedelta(days=3))
    assert as_bob.get(reverse("people:person", args=[later.key])).status_code == 404


def test_contact_stays_within_the_employer(cast: Cast) -> None:
    page = reverse("people:person", args=[cast.alice.key])
    colleague = sign_in(Client(), cast.bob).get(page).content.decode()
    stranger = sign_in(Client(), cast.charlie).get(page).content.decode()
    assert "alice@fjordtel.example" in colleague
    assert "alice@fjordtel.example" not in stranger
    assert "Alice Aas" in stranger


def test_person_page_offers_thanks_to_others_only(as_alice: Client, cast: Cast) -> None:
    thank = f"{reverse('kudos:give')}?to={cast.bob.key}"
    assert thank in as_alice.get(reverse("people:person", args=[cast.bob.key])).content.decode()
    own = as_alice.get(reverse("people:person", args=[cast.alice.key])).content.decode()
    assert "thank-person" not in own


def test_directory_shows_fifty_and_the_way_to_the_rest(as_alice: Client, cast: Cast) -> None:
    factories_people(cast, 60)
    first = as_alice.get(reverse("people:directory")).content.decode()
    assert first.count('<li><a class="person"') == 50
    assert "start=50" in first
    second = as_alice.get(reverse("people:directory"), {"start": "50"}).content.decode()
    assert second.count('<li><a class="person"') == 15
    assert "start=100" not in second


def factories_people(cast: Cast, count: int) -> list[Person]:
    facts = [
        actions.PersonFacts(
            employer=cast.employer, employee_number=f"x{n}", given_name=f"Kollega{n}",
            family_name="Nilsen", started_on=dt.date(2024, 1, 1), unit=cast.team,
        )
        for n in range(count)
    ]  # fmt: skip
    return actions.hire_people(facts=facts, by=None, at=times.now())


QUERIES = {
    "directory": {},
    "directory?view=units": {"view": "units"},
    "directory?q=": {"q": "kol"},
}


@pytest.mark.parametrize("name", QUERIES)
@pytest.mark.parametrize("count", [1, 3, 60])
def test_directory_query_count_is_constant(
    as_alice: Client, cast: Cast, name: str, count: int, django_assert_max_num_queries: Any
) -> None:
    factories_people(cast, count)
    with django_assert_max_num_queries(9):
        answer = as_alice.get(reverse("people:directory"), QUERIES[name])
    assert answer.status_code == 200
    assert len(answer.content) < 100_000


@pytest.mark.parametrize("count", [1, 3, 60])
def test_unit_page_query_count_is_constant(
    as_alice: Client, cast: Cast, count: int, django_assert_max_num_queries: Any
) -> None:
    factories_people(cast, count)
    with django_assert_max_num_queries(9):
        answer = as_alice.get(reverse("people:unit", args=[cast.team.key]))
    assert answer.status_code == 200


@pytest.mark.parametrize("count", [1, 3, 60])
@pytest.mark.parametrize("name", ["organisation", "roles", "audit", "activation"])
def test_administration_query_count_is_constant(
    as_admin: Client, cast: Cast, count: int, name: str, django_assert_max_num_queries: Any
) -> None:
    people = factories_people(cast, count)
    for person in people[:20]:
        actions.assign_role(
            person=person, role=Role.LEAD, scope=cast.team, by=cast.admin, at=times.now()
        )
    with django_assert_max_num_queries(12):
        answer = as_admin.get(reverse(f"people:{name}"), {"unit": cast.team.key})
    assert answer.status_code == 200


def test_move_shows_consequences_before_it_moves(as_admin: Client, cast: Cast) -> None:
    url = reverse("people:change-unit", args=[cast.team.key, "move"])
    on = times.today() + dt.timedelta(days=1)
    facts = {"parent": "", "site": cast.gjovik.key, "on": on.isoformat()}
    preview = as_admin.post(url, facts)
    assert preview.status_code == 200
    assert "consequences" in preview.content.decode()
    assert cast.team.placements.count() == 1
    assert as_admin.post(url, {**facts, "confirm": "1"}).status_code == 302
    assert cast.team.placements.count() == 2


def test_refused_change_says_why(as_admin: Client, cast: Cast) -> None:
    url = reverse("people:change-unit", args=[cast.team.key, "close"])
    answer = as_admin.post(url, {"on": times.today().isoformat(), "move_to": ""})
    assert answer.status_code == 422
    assert 'data-testid="form-errors"' in answer.content.decode()


def test_split_by_page_makes_a_unit(as_admin: Client, cast: Cast) -> None:
    url = reverse("people:change-unit", args=[cast.team.key, "split"])
    facts = {"name": "Team Sørlys", "on": times.today().isoformat(), "people": [cast.bob.key]}
    assert as_admin.post(url, facts).status_code == 200
    assert as_admin.post(url, {**facts, "confirm": "1"}).status_code == 302
    assert cast.bob.memberships.get(to_on=None).unit.name == "Team Sørlys"


def test_leave_by_page_ends_after_the_last_day(as_admin: Client, cast: Cast) -> None:
    url = reverse("people:change-person", args=[cast.bob.key, "leave"])
    last_day = times.today() + dt.timedelta(days=10)
    facts = {"last_day": last_day.isoformat(), "confirm": "1"}
    assert as_admin.post(url, facts).status_code == 302
    cast.bob.refresh_from_db()
    assert cast.bob.left_on == last_day + dt.timedelta(days=1)


def test_role_is_given_by_typing_a_name(as_admin: Client, cast: Cast) -> None:
    facts = {"person_text": "berg bob", "role": "lead", "scope": cast.team.key}
    assert as_admin.post(reverse("people:give-role"), facts).status_code == 302
    assert cast.bob.roles.get().scope == cast.team


def test_role_is_not_given_to_an_ambiguous_name(as_admin: Client, cast: Cast) -> None:
    factories.make_person("Bob", "Bakke", unit=cast.team)
    facts = {"person_text": "bob", "role": "lead", "scope": cast.team.key}
    assert as_admin.post(reverse("people:give-role"), facts).status_code == 422
    assert not RoleAssignment.objects.filter(role="lead").exists()


def test_hr_cannot_make_administrators(cast: Cast) -> None:
    factories.give_role(cast.bob, Role.HR)
    client = sign_in(Client(), cast.bob)
    facts = {"person": cast.bob.key, "role": "administrator", "scope": ""}
    assert client.post(reverse("people:give-role"), facts).status_code == 422
    administrator = RoleAssignment.objects.get(role="administrator")
    assert client.post(reverse("people:end-role", args=[administrator.pk])).status_code == 403


def test_hr_of_one_employer_cannot_give_roles_elsewhere(cast: Cast) -> None:
    factories.give_role(cast.bob, Role.HR, employer=cast.employer)
    client = sign_in(Client(), cast.bob)
    for facts in (
        {"person": cast.charlie.key, "role": "lead", "scope": cast.team.key},
        {"person": cast.alice.key, "role": "lead", "scope": cast.partner_team.key},
        {"person": cast.alice.key, "role": "hr", "scope": ""},
    ):
        assert client.post(reverse("people:give-role"), facts).status_code == 422
    assert not RoleAssignment.objects.filter(person__in=[cast.alice, cast.charlie]).exists()


def test_wall_choice_is_saved(as_alice: Client, cast: Cast) -> None:
    as_alice.post(reverse("kudos:choose-wall"), {"choice": "team"})
    cast.alice.refresh_from_db()
    assert cast.alice.wall_choice == "team"
    as_alice.post(reverse("kudos:choose-wall"), {"choice": "everywhere"})
    cast.alice.refresh_from_db()
    assert cast.alice.wall_choice == "team"


def test_audit_page_tells_names(as_admin: Client, cast: Cast) -> None:
    actions.assign_role(
        person=cast.bob, role=Role.LEAD, scope=cast.team, by=cast.admin, at=times.now()
    )
    page = as_admin.get(reverse("people:audit")).content.decode()
    assert "Bob Berg" in page
    assert "Anne Admin" in page
    assert cast.bob.key not in page
