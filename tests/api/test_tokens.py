"""Tokens: made, shown once, kept as a hash, revoked, expired, and dead with their person's job."""

import datetime as dt
import hashlib
import re
from collections.abc import Callable
from io import StringIO

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from engagement.api.actions import create_token, revoke_token
from engagement.api.models import ApiToken
from engagement.api.tokens import digest, new_secret
from engagement.people.models import AuditEntry, Person, RoleAssignment
from engagement.times import now, today
from tests.api.conftest import ApiClient, give_role, token_for

PAGE = "/people/administration/tokens/"


def test_token_is_256_bits_and_kept_as_hash_only(alice: Person) -> None:
    token, secret = token_for(alice, "people:read")
    assert re.fullmatch(r"vaf_[A-Za-z0-9]{43}", secret)
    assert 62**43 >= 2**256
    assert token.token_hash == hashlib.sha256(secret.encode()).hexdigest()
    row = ApiToken.objects.filter(pk=token.pk).values().get()
    assert not any(secret[4:] in str(value) for value in row.values())
    assert secret.startswith(f"vaf_{token.prefix}")
    assert new_secret() != new_secret()


def test_use_is_noted_once_a_day(
    alice: Person, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    token, secret = token_for(alice, "sites:read")
    client = ApiClient(secret)
    # token, day of use, bucket, sites
    with django_assert_num_queries(4):
        assert client.call("GET", "sites").status_code == 200
    token.refresh_from_db()
    assert token.last_used_on == today()
    with django_assert_num_queries(3):
        client.call("GET", "sites")


@pytest.mark.parametrize("how", ["revoked", "expired", "left"])
def test_dead_token_is_401(alice: Person, bob: Person, how: str) -> None:
    at = now()
    long_ago = at - dt.timedelta(days=2)
    token, secret = token_for(
        alice, expires_at=at - dt.timedelta(days=1) if how == "expired" else None, at=long_ago
    )
    if how == "revoked":
        revoke_token(token=token, by=bob, at=at)
    if how == "left":
        Person.objects.filter(pk=alice.pk).update(left_on=today())
    assert ApiClient(secret).call("GET", "people").status_code == 401
    assert ApiClient(token_for(bob)[1]).call("GET", "people").status_code == 200


def test_token_acts_with_its_persons_rights(
    as_person: Callable[..., ApiClient], alice: Person
) -> None:
    client = as_person(alice)
    assert client.call("GET", "screens").status_code == 403
    give_role(alice, RoleAssignment.Role.SCREEN_KEEPER)
    assert client.call("GET", "screens").status_code == 200


def test_action_refuses_leavers_unknown_scopes_and_nothing(alice: Person) -> None:
    facts = {"by": None, "person": alice, "name": "x", "secret": new_secret(), "at": now()}
    with pytest.raises(ValidationError) as caught:
        create_token(scopes=["people:eat"], **facts)  # type: ignore[arg-type]
    assert "people:eat" in str(caught.value)
    with pytest.raises(ValidationError):
        create_token(scopes=[], **facts)  # type: ignore[arg-type]
    alice.left_on = today()
    with pytest.raises(ValidationError):
        create_token(scopes=["people:read"], **facts)  # type: ignore[arg-type]
    assert not ApiToken.objects.exists()


def test_command_prints_token_alone_on_last_line(alice: Person) -> None:
    out = StringIO()
    call_command(
        "create_api_token",
        "--email",
        alice.email.upper(),
        "--scope",
        "people:read",
        "units:read",
        "--scope",
        "kudos:write",
        stdout=out,
        stderr=StringIO(),
    )
    secret = out.getvalue().rstrip("\n").splitlines()[-1]
    token = ApiToken.objects.get()
    assert token.token_hash == digest(secret)
    assert token.scopes == ["people:read", "units:read", "kudos:write"]
    assert token.person == alice
    assert AuditEntry.objects.get().verb == "create_api_token"


@pytest.mark.django_db
def test_command_says_what_is_wrong(alice: Person) -> None:
    def run(email: str, scope: str) -> str:
        with pytest.raises(CommandError) as caught:
            call_command("create_api_token", "--email", email, "--scope", scope)
        return str(caught.value)

    assert "nobody@example.com" in run("nobody@example.com", "people:read")
    assert "e-mail" in run("", "people:read")
    assert "people:eat" in run(alice.email, "people:eat")
    Person.objects.filter(pk=alice.pk).update(left_on=today())
    assert "Alice Aas" in run(alice.email, "people:read")
    assert not ApiToken.objects.exists()


def test_administrator_makes_sees_and_revokes_tokens(
    client: Client, alice: Person, bob: Person
) -> None:
    give_role(alice, RoleAssignment.Role.ADMINISTRATOR)
    others, _secret = token_for(bob, "people:read")
    client.force_login(alice)
    page = client.post(
        PAGE, {"name": "Payroll", "scopes": ["people:read", "units:read"], "life": "30"}
    )
    secret = page.context["secret"]
    assert secret in page.content.decode()
    token = ApiToken.objects.get(name="Payroll")
    assert (token.person, token.created_by) == (alice, alice)
    assert token.expires_at is not None
    assert (token.expires_at - token.created_at).days == 30
    assert (
        page.headers["Cache-Control"] == "max-age=0, no-cache, no-store, must-revalidate, private"
    )
    again = client.get(PAGE).content.decode()
    assert secret not in again
    assert token.prefix in again
    assert others.prefix in again
    for key in (token.key, others.key):
        assert client.post(f"{PAGE}{key}/revoke/").status_code == 302
    assert ApiToken.objects.filter(revoked_at=None).count() == 0
    assert ApiClient(secret).call("GET", "people").status_code == 401


def test_form_tells_what_is_missing(client: Client, alice: Person) -> None:
    give_role(alice, RoleAssignment.Role.ADMINISTRATOR)
    client.force_login(alice)
    page = client.post(PAGE, {"name": "", "life": "7"})
    assert page.status_code == 422
    assert set(page.context["form"].errors) == {"name", "scopes", "life"}
    assert not ApiToken.objects.exists()


@pytest.mark.parametrize("role", [None, "hr", "administrator of an employer"])
def test_others_make_and_revoke_no_tokens(
    client: Client, alice: Person, bob: Person, role: str | None
) -> None:
    if role == "hr":
        give_role(alice, role)
    elif role:
        give_role(alice, RoleAssignment.Role.ADMINISTRATOR)
        RoleAssignment.objects.update(employer=alice.employer)
    token, _secret = token_for(bob)
    client.force_login(alice)
    assert client.get(PAGE).status_code == 403
    assert client.post(PAGE, {"name": "x", "scopes": ["people:read"]}).status_code == 403
    assert client.post(f"{PAGE}{token.key}/revoke/").status_code == 403
    assert client.post(f"{PAGE}unknown/revoke/").status_code == 403
    assert ApiToken.objects.valid(now()).get() == token


def test_session_reads_and_writes_only_with_csrf(alice: Person) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    assert client.get("/api/v1/people").status_code == 200
    response = client.post("/api/v1/kudos", {}, content_type="application/json")
    assert response.status_code == 403
    assert response.headers["Content-Type"] == "application/problem+json"
    csrf = {"X-CSRFToken": str(client.get("/api/docs/?script=").context["csrf_token"])}
    response = client.post("/api/v1/kudos", {}, content_type="application/json", headers=csrf)
    assert response.status_code == 400
