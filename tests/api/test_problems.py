"""Every error is a problem detail; nothing a client sends makes a 500."""

from collections.abc import Callable

import pytest
from django.test import Client

from engagement.people.models import Person
from tests.api.conftest import ApiClient

PROBLEM = "application/problem+json"


def is_problem(response: object, status: int) -> dict[str, object]:
    assert response.status_code == status, response.content  # type: ignore[attr-defined]
    assert response.headers["Content-Type"] == PROBLEM  # type: ignore[attr-defined]
    body: dict[str, object] = response.json()  # type: ignore[attr-defined]
    assert body["status"] == status
    assert body["title"]
    assert body["detail"]
    return body


@pytest.mark.django_db
def test_call_without_token_is_401_with_challenge(client: Client) -> None:
    response = client.get("/api/v1/people")
    is_problem(response, 401)
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="Vaffel"'


@pytest.mark.django_db
@pytest.mark.parametrize("secret", ["x", "vaf_x", "vaf_" + "a" * 5000, "vaf_æøå", ""])
def test_call_with_wrong_token_is_401(client: Client, secret: str) -> None:
    header = f"Bearer {secret}".encode().decode("latin-1")
    response = client.get("/api/v1/people", HTTP_AUTHORIZATION=header)
    is_problem(response, 401)
    assert 'error="invalid_token"' in response.headers["WWW-Authenticate"]


def test_unknown_path_is_problem(api: ApiClient) -> None:
    for path in ("nothing", "people/%00", "people/p%20x", "people/../../x", "kudos/kx/yy"):
        assert is_problem(api.call("GET", path), 404)["status"] == 404


def test_unknown_id_is_404(api: ApiClient) -> None:
    body = is_problem(api.call("GET", "people/pnobody"), 404)
    assert body["instance"] == "/api/v1/people/pnobody"


def test_wrong_method_is_405(api: ApiClient) -> None:
    response = api.call("PUT", "people", {})
    is_problem(response, 405)
    assert "GET" in response.headers["Allow"]


def test_other_media_types_are_415_and_406(api: ApiClient) -> None:
    response = api.post(
        "/api/v1/kudos", {"a": "b"}, headers={"Authorization": f"Bearer {api.secret}"}
    )
    is_problem(response, 415)
    is_problem(api.call("GET", "people", Accept="application/xml"), 406)


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"\xff\xfe",
        b'{"to": NaN}',
        b'{"message": "a", "message": "b"}',
        b'{"message": "\\u0000"}',
        b'{"message": "\\ud800"}',
        b"[" * 100_000,
        b'{"to": ' + b"[" * 30 + b"]" * 30 + b"}",
        b'{"to": ' + b"9" * 5000 + b"}",
        b"[]",
        b"null",
        b'"text"',
        b"",
    ],
)
def test_hostile_body_is_400(api: ApiClient, body: bytes) -> None:
    is_problem(api.call("POST", "kudos", body), 400)


def test_large_body_is_413(api: ApiClient) -> None:
    is_problem(api.call("POST", "kudos", b'{"message": "' + b"a" * 300_000 + b'"}'), 413)


def test_wrong_types_are_told_with_pointers(api: ApiClient, bob: Person) -> None:
    sent = {"to": [bob.key, 7, {}], "message": ["x"], "wall": "perhaps", "extra": 1}
    body = is_problem(api.call("POST", "kudos", sent), 400)
    assert body["errors"] == [
        {"pointer": "#/extra", "detail": "There is no such member.", "code": "unknown"}
    ]
    del sent["extra"]
    errors = is_problem(api.call("POST", "kudos", sent, Accept_Language="en"), 400)["errors"]
    assert [(e["pointer"], e["code"]) for e in errors] == [  # type: ignore[attr-defined]
        ("#/to/1", "invalid"),
        ("#/to/2", "invalid"),
        ("#/message", "invalid"),
        ("#/wall", "invalid"),
    ]


def test_missing_scope_is_named(as_person: Callable[..., ApiClient], alice: Person) -> None:
    client = as_person(alice, "people:read")
    body = is_problem(client.call("GET", "units"), 403)
    assert "units:read" in str(body["detail"])
    assert str(body["type"]).endswith("scope")
    assert client.call("GET", "people").status_code == 200


@pytest.mark.parametrize(
    "query",
    [
        "cursor=x",
        "cursor=%00",
        "cursor=" + "a" * 5000,
        "cursor=W10",
        "cursor=WyJuIiwxXQ",
        "cursor=bnVsbA",
        "page_size=0",
        "page_size=201",
        "page_size=x",
        "page_size=" + "9" * 400,
        "unit=%00",
        "unit=nobody",
        "site=nobody",
        "q=%00",
        "q=" + "a" * 101,
    ],
)
def test_wrong_query_is_400_that_names_the_parameter(api: ApiClient, query: str) -> None:
    body = is_problem(api.call("GET", f"people?{query}"), 400)
    assert body["errors"][0]["parameter"] == query.partition("=")[0]  # type: ignore[index]
