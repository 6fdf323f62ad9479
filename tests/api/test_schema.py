"""The OpenAPI document: committed, complete, and kept to by the server."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.test import Client
from django.utils import translation
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiYamlRenderer
from drf_spectacular.validation import validate_schema
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from engagement.api.models import Scope
from engagement.notices.models import Notice
from engagement.people.models import Person, Site, Unit
from engagement.themes.models import ThemeDay
from engagement.times import now, today
from engagement.wallboards.models import Board, Screen
from events.actions.announcing import create_announcement
from events.announcement_facts import AnnouncementFacts
from events.models import Idea
from kudos.actions import create_counter, give_kudos
from kudos.models import Praise, Value
from tests.api.conftest import ApiClient, give_role
from tests.api.test_idempotency import body_for
from tests.events.factories import (
    make_competition,
    make_event,
    make_series,
    make_signup,
    make_sitting,
)
from tests.surveys.factories import content, make_survey, make_version

COMMITTED = Path(__file__).resolve().parents[2] / "docs" / "openapi.yaml"
EXAMPLES = 8


def generated() -> dict[str, Any]:
    document: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    return document


@pytest.mark.parametrize("language", ["nb", "en"])
def test_document_is_the_committed_one(language: str) -> None:
    with translation.override(language):
        document = generated()
    validate_schema(document)
    text = OpenApiYamlRenderer().render(document, renderer_context={}).decode()
    assert text == COMMITTED.read_text(), (
        "The API changed. Run: python manage.py spectacular --validate --fail-on-warn "
        "--file docs/openapi.yaml"
    )


def operations() -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (method, path, operation)
        for path, item in generated()["paths"].items()
        for method, operation in item.items()
    ]


def test_every_operation_tells_scope_problems_and_security() -> None:
    for method, path, operation in operations():
        place = f"{method} {path}"
        assert not path.endswith("/"), place
        assert operation["security"] == [{"token": []}, {"session": []}], place
        scopes = [scope for scope in Scope.values if f"`{scope}`" in operation["description"]]
        assert len(scopes) == 1, place
        assert scopes[0].endswith(":read" if method == "get" else ":write"), place
        for code in ("400", "401", "403", "429"):
            assert set(operation["responses"][code]["content"]) == {"application/problem+json"}
        names = [parameter["name"] for parameter in operation.get("parameters", [])]
        assert ("Idempotency-Key" in names) == (method == "post"), place
        assert ("cursor" in names) == operation["operationId"].endswith("_list"), place


def test_every_scope_is_used() -> None:
    told = " ".join(operation["description"] for _method, _path, operation in operations())
    assert [scope for scope in Scope.values if f"`{scope}`" not in told] == []


@pytest.mark.django_db
def test_document_is_served_to_all(client: Client) -> None:
    response = client.get("/api/schema/", headers={"Accept": "application/vnd.oai.openapi+json"})
    assert response.status_code == 200
    assert response.json()["info"]["title"] == "Vaffel"


@pytest.fixture
def world(
    as_person: Callable[..., ApiClient],
    alice: Person,
    bob: Person,
    charlie: Person,
    trondheim: Site,
    nordlys: Unit,
    lift: Value,
) -> dict[str, str]:
    """Something of everything; the ids stand in for the ones that cannot be guessed."""
    for role in ("administrator", "hr", "screen_keeper"):
        give_role(alice, role)
    client = as_person(alice)
    board = Board.objects.create(name="Kantina", site=trondheim)
    screen = Screen.objects.create(
        name="TV",
        board=board,
        key_hash="x",
        paired_at=now(),
        paired_by=alice,
        last_seen_at=now(),
    )
    kudos = client.call("POST", "kudos", body_for(bob)).json()["id"]
    give_kudos(by=bob, to=[alice], message="Takk", value=None, audience="team", wants_wall=False,
               at=now(), hold=timedelta())  # fmt: skip
    series = make_series(alice, starts_on=now().date())
    sitting = make_sitting(make_event(series, now().date() + timedelta(days=3)))
    units = [nordlys, Unit.objects.exclude(pk=nordlys.pk)[0]]
    entry = make_competition(alice, units, entered_by=alice)
    return {
        "secret": client.secret,
        "sittings": sitting.key,
        "signups": make_signup(sitting, alice).key,
        "announcements": create_announcement(
            facts=AnnouncementFacts(title="Ny pauseliste", audiences=[nordlys]), by=alice, at=now()
        ).key,
        "people": bob.key,
        "units": Unit.objects.first().key,  # type: ignore[union-attr]
        "sites": trondheim.key,
        "values": lift.key,
        "kudos": kudos,
        "notices": Notice.objects.get(person=alice).key,
        "praise": Praise.objects.create(
            source="stemmen", external_id="1", text="Takk", agent=bob, received_at=now()
        ).key,
        "screens": screen.key,
        "boards": board.key,
        "surveys": make_survey("draft", teams=[nordlys], by=alice).key,
        "counters": create_counter(
            key="talks", name_nb="Samtaler", name_en="Talks", by=alice, at=now()
        ).key,
        "competitions": entry.competition.key,
        "entries": entry.key,
        "events": make_event(
            make_series(alice, starts_on=today() + timedelta(days=3)), today() + timedelta(days=3)
        ).key,
        "theme-days": ThemeDay.objects.create(
            name_nb="Vaffeldagen", name_en="Waffle Day", look="festive", month=3, day=25
        ).key,
        "ideas": Idea.objects.create(title="Quiz", proposer=bob, created_at=now()).key,
        "instruments": make_version(content("ours")).instrument.key,
    }


@pytest.fixture
def one_connection(world: dict[str, str]) -> Iterator[None]:
    """The test's transaction outlives each request, as it does under Django's own test client.

    After ``world``: that client connects the signals anew each time.
    """
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.usefixtures("one_connection")
@pytest.mark.parametrize("is_known", [True, False])
def test_server_keeps_to_the_document(world: dict[str, str], is_known: bool, settings: Any) -> None:
    settings.API_REQUESTS_PER_MINUTE = settings.API_BURST = 1_000_000
    settings.API_KUDOS_PER_MINUTE = 1_000_000
    document = schemathesis.openapi.from_wsgi("/api/schema/", get_wsgi_application())
    tried = 0
    for result in document.get_all_operations():
        operation = result.ok()
        if is_known and "{key}" not in operation.path:
            continue
        tried += 1
        call_many(operation, world, is_known)
    assert tried >= 7


def call_many(operation: Any, world: dict[str, str], is_known: bool) -> None:
    """A few made-up requests to one operation, the same in every run."""

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def call(case: Any) -> None:
        if is_known:
            case.path_parameters["key"] = world[operation.path.split("/")[3]]
        token = f"Bearer {world['secret']}"
        response = case.call(headers={"Authorization": token, "Accept-Encoding": "identity"})
        case.validate_response(
            response,
            checks=(
                not_a_server_error,
                content_type_conformance,
                status_code_conformance,
                response_schema_conformance,
            ),
        )

    call()
