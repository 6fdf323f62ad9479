"""The standing cast: Alice acts, Bob is a colleague, Charlie is a stranger in another house."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.test import Client

from engagement.people.models import Employer, Person, RoleAssignment, Site, Unit
from engagement.themes.calendar import Plan, forget_plan, keep_plan
from events.queries.competing_now import forget_running, keep_running
from tests import factories


@dataclass
class Cast:
    """Alice and Bob share a team in Trondheim; Charlie works for a partner in Gjøvik."""

    employer: Employer
    partner: Employer
    trondheim: Site
    gjovik: Site
    department: Unit
    team: Unit
    partner_team: Unit
    alice: Person
    bob: Person
    charlie: Person
    keeper: Person
    admin: Person


@pytest.fixture(autouse=True)
def no_theme_days() -> Iterator[None]:
    """Nobody else's plan in the memory of this process, and no question for one: what a page asks
    the database does not depend on which test ran before. An action that plans ends this."""
    keep_plan(Plan())
    yield
    forget_plan()


@pytest.fixture(autouse=True)
def no_competition_runs() -> Iterator[None]:
    """The same for what Today goes by; a test that opens Today on one forgets it first."""
    keep_running(())
    yield
    forget_running()


@pytest.fixture
def cast(db: None) -> Cast:
    employer = factories.make_employer("Fjordtel")
    partner = factories.make_employer("Nordsvar", is_partner=True)
    trondheim, gjovik = factories.make_site("Trondheim"), factories.make_site("Gjøvik")
    department = factories.make_unit("Kundeservice", employer=employer)
    team = factories.make_unit("Team Nordlys", parent=department, site=trondheim)
    partner_team = factories.make_unit("Team Mjøsa", site=gjovik, employer=partner)
    everybody = Cast(
        employer=employer,
        partner=partner,
        trondheim=trondheim,
        gjovik=gjovik,
        department=department,
        team=team,
        partner_team=partner_team,
        alice=factories.make_person("Alice", "Aas", unit=team, email="alice@fjordtel.example"),
        bob=factories.make_person("Bob", "Berg", unit=team, email="bob@fjordtel.example"),
        charlie=factories.make_person(
            "Charlie", "Dahl", unit=partner_team, email="charlie@nordsvar.example"
        ),
        keeper=factories.make_person("Kari", "Keeper", unit=department),
        admin=factories.make_person(
            "Anne", "Admin", unit=department, email="anne@fjordtel.example"
        ),
    )
    factories.give_role(everybody.keeper, RoleAssignment.Role.SCREEN_KEEPER)
    factories.give_role(everybody.admin, RoleAssignment.Role.ADMINISTRATOR)
    return everybody


def sign_in(client: Client, person: Person) -> Client:
    """Signs ``person`` in without a password, as the demo's buttons do."""
    client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


@pytest.fixture
def as_alice(client: Client, cast: Cast) -> Client:
    return sign_in(client, cast.alice)


@pytest.fixture
def as_bob(cast: Cast) -> Client:
    return sign_in(Client(), cast.bob)


@pytest.fixture
def as_charlie(cast: Cast) -> Client:
    return sign_in(Client(), cast.charlie)


@pytest.fixture
def as_keeper(cast: Cast) -> Client:
    return sign_in(Client(), cast.keeper)


@pytest.fixture
def as_admin(cast: Cast) -> Client:
    return sign_in(Client(), cast.admin)
