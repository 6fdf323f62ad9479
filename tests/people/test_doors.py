"""Codes on paper, the first administrator, the language, and who is kept out."""

import datetime as dt
import threading
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.password_validation import validate_password
from django.core.cache import cache
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test import Client
from django.urls import reverse

from engagement import times
from engagement.people import actions, queries
from engagement.people.actions.activation import CODE_LENGTH, new_code
from engagement.people.models import (
    ActivationCode,
    AuditEntry,
    Employer,
    Person,
    RoleAssignment,
)
from tests import factories
from tests.conftest import Cast, sign_in

ACTIVATE = "/people/activate/"
PASSWORD = "seks vafler med brunost"


@pytest.fixture(autouse=True)
def no_limits_from_before(db: None) -> None:
    cache.clear()


def code_for(person: Person, at: dt.datetime | None = None) -> str:
    return actions.issue_activation_codes(people=[person], by=None, at=at or times.now())[0][1]


def test_code_has_more_than_fifty_bits_and_no_confusable_letters() -> None:
    code = new_code().replace("-", "")
    assert len(code) == CODE_LENGTH
    assert not set("".join(new_code() for _ in range(200))) & set("01OIL5S2ZB8U") - {"8"}
    assert 23**CODE_LENGTH > 2**50


def test_only_a_hash_is_kept(cast: Cast) -> None:
    code = code_for(cast.bob)
    stored = ActivationCode.objects.get()
    assert code.replace("-", "") not in stored.code_hash.upper()
    assert len(stored.code_hash) == 64
    assert code not in str(AuditEntry.objects.values_list("detail", flat=True))


def test_code_signs_in_and_works_once(client: Client, cast: Cast) -> None:
    code = code_for(cast.bob)
    prefilled = client.get(ACTIVATE, {"code": code})
    assert code in prefilled.content.decode()
    assert ActivationCode.objects.get().used_at is None
    answer = client.post(ACTIVATE, {"code": code.lower().replace("-", " ")})
    assert answer.status_code == 302
    assert client.session[SESSION_KEY] == str(cast.bob.pk)
    again = Client()
    assert again.post(ACTIVATE, {"code": code}).status_code == 422
    assert SESSION_KEY not in again.session


def test_new_code_replaces_the_old(cast: Cast) -> None:
    old, new = code_for(cast.bob), code_for(cast.bob)
    with pytest.raises(ValidationError):
        actions.redeem_activation_code(code=old, at=times.now())
    assert actions.redeem_activation_code(code=new, at=times.now()) == cast.bob


def test_code_expires_after_fourteen_days(cast: Cast) -> None:
    now = times.now()
    code = code_for(cast.bob, now)
    with pytest.raises(ValidationError):
        actions.redeem_activation_code(code=code, at=now + dt.timedelta(days=14))
    assert (
        actions.redeem_activation_code(code=code, at=now + dt.timedelta(days=13, hours=23))
        == cast.bob
    )


def test_leaver_cannot_use_a_code(cast: Cast) -> None:
    code = code_for(cast.bob)
    Person.objects.filter(pk=cast.bob.pk).update(left_on=times.today())
    with pytest.raises(ValidationError):
        actions.redeem_activation_code(code=code, at=times.now())
    assert ActivationCode.objects.get().used_at is None


@pytest.mark.django_db(transaction=True)
def test_code_used_twice_at_once_lets_one_in(cast: Cast) -> None:
    code = code_for(cast.bob)
    start = threading.Barrier(4)
    outcomes: list[bool] = []

    def redeem() -> None:
        start.wait()
        try:
            actions.redeem_activation_code(code=code, at=times.now())
            outcomes.append(True)
        except ValidationError:
            outcomes.append(False)
        finally:
            connection.close()

    threads = [threading.Thread(target=redeem) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == [False, False, False, True]


def test_wrong_codes_are_limited_by_address(client: Client, cast: Cast, settings: Any) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"activation_code": "3/10m/ip"}
    answers = [client.post(ACTIVATE, {"code": new_code()}).status_code for _ in range(4)]
    assert answers == [422] * 3 + [429]
    good = code_for(cast.bob)
    assert client.post(ACTIVATE, {"code": good}).status_code == 429
    elsewhere = client.post(ACTIVATE, {"code": good}, REMOTE_ADDR="10.1.2.3")
    assert elsewhere.status_code == 302


def test_wrong_codes_have_a_limit(settings: Any) -> None:
    assert settings.ACCOUNT_RATE_LIMITS["activation_code"] == "30/10m/ip"


def test_right_codes_are_not_limited(cast: Cast, settings: Any) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"activation_code": "2/10m/ip"}
    for _ in range(3):
        code = code_for(cast.bob)
        assert Client().post(ACTIVATE, {"code": code}).status_code == 302


HOSTILE = ["", "\0", "A\0B", "‮ABC", "<script>alert(1)</script>", "X" * 5000, "æøå🧇", "%00", "'--"]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_are_refused_at_the_doors(client: Client, cast: Cast, text: str) -> None:
    for answer in (
        client.get(ACTIVATE, {"code": text}),
        client.post(ACTIVATE, {"code": text}),
        client.get("/people/first-administrator/", {"token": text}),
        client.post("/people/first-administrator/", {"token": text, "email": text}),
        client.post("/people/language/", {"language": text, "next": text}),
    ):
        assert answer.status_code in {200, 302, 400, 403, 422}
        assert "<script>alert" not in answer.content.decode()


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_do_no_harm_inside(as_admin: Client, cast: Cast, text: str) -> None:
    unit, person = cast.team.key, cast.bob.key
    today = times.today().isoformat()
    for answer in (
        as_admin.get("/people/", {"q": text, "site": text, "start": text, "view": text}),
        as_admin.get("/people/options/", {"q": text}),
        as_admin.get(f"/people/units/{unit}/", {"start": text}),
        as_admin.get("/people/audit/", {"before": text}),
        as_admin.get("/people/activation/", {"unit": text}),
        as_admin.get("/people/organisation/units/", {"parent": text}),
        as_admin.post("/people/activation/sheet/", {"unit": text, "people": text}),
        as_admin.post("/people/activation/sheet/", {"unit": unit, "people": text}),
        as_admin.post("/people/me/wall/", {"choice": text}),
        as_admin.post("/people/me/sign-in/", {"password": text}),
        as_admin.post("/people/roles/give/", {"person": text, "role": text, "scope": text}),
        as_admin.post("/people/roles/give/", {"person_text": text, "role": "hr", "scope": ""}),
        as_admin.post(f"/people/organisation/units/{unit}/rename/", {"name": text}),
        as_admin.post(
            f"/people/organisation/units/{unit}/split/",
            {"name": text, "on": today, "people": text},
        ),
        as_admin.post(
            f"/people/organisation/units/{unit}/move/",
            {"parent": text, "site": text, "on": text},
        ),
        as_admin.post(
            f"/people/organisation/people/{person}/change/",
            {"given_name": text, "employee_number": text, "email": text, "language": text,
             "shift_pattern": text},
        ),
        as_admin.post("/people/organisation/sites/", {"name": text, "timezone": text}),
        as_admin.post("/people/organisation/employers/", {"name": text}),
        as_admin.post(
            f"/people/organisation/people/{person}/leave/", {"last_day": "9999-12-31"}
        ),
        as_admin.get("/people/" + text.replace("\0", "%00").replace("/", "") + "/"),
    ):  # fmt: skip
        assert answer.status_code in {200, 302, 400, 404, 422}
        assert "<script>alert" not in answer.content.decode()


def test_password_of_ones_own_after_a_code(client: Client, cast: Cast) -> None:
    factory_worker = factories.make_person("Ola", "Nordmann", unit=cast.team)
    client.post(ACTIVATE, {"code": code_for(factory_worker)})
    facts = {"email": "Ola@privat.example", "password": PASSWORD}
    assert client.post("/people/me/sign-in/", facts).status_code == 302
    # Still signed in here, and the new way in works.
    assert client.get("/people/me/").status_code == 200
    facts = {"login": "ola@privat.example", "password": PASSWORD}
    answer = Client().post(reverse("account_login"), facts)
    assert answer.status_code == 302


def test_somebody_elses_address_cannot_be_chosen(cast: Cast) -> None:
    worker = factories.make_person("Ola", "Nordmann", unit=cast.team)
    client = sign_in(Client(), worker)
    facts = {"email": cast.bob.email.upper(), "password": PASSWORD}
    assert client.post("/people/me/sign-in/", facts).status_code == 422
    worker.refresh_from_db()
    assert worker.email == ""


def test_weak_password_is_refused(as_alice: Client, cast: Cast) -> None:
    assert as_alice.post("/people/me/sign-in/", {"password": "1234567890"}).status_code == 422


def test_leaver_is_signed_out_at_once(as_bob: Client, cast: Cast) -> None:
    assert as_bob.get("/people/me/").status_code == 200
    Person.objects.filter(pk=cast.bob.pk).update(left_on=times.today())
    assert as_bob.get("/people/me/").status_code == 302


def test_leaver_cannot_sign_in_with_a_password(cast: Cast) -> None:
    cast.bob.set_password(PASSWORD)
    cast.bob.left_on = times.today()
    cast.bob.save()
    client = Client()
    client.post(reverse("account_login"), {"login": cast.bob.email, "password": PASSWORD})
    assert SESSION_KEY not in client.session


def test_session_ends_with_the_employment_even_after_coming_back(
    as_bob: Client, cast: Cast
) -> None:
    now = times.now()
    actions.end_employment(person=cast.bob, on=times.today(), by=None, at=now)
    actions.rehire_person(person=cast.bob, on=times.today(), by=None, at=now)
    assert as_bob.get("/people/me/").status_code == 302


def test_replaced_address_opens_no_door(cast: Cast) -> None:
    EmailAddress.objects.create(user=cast.bob, email=cast.bob.email, verified=True, primary=True)
    actions.change_person(
        person=cast.bob, email="bob.new@fjordtel.example", by=None, at=times.now()
    )
    assert not EmailAddress.objects.filter(user=cast.bob).exists()


def test_language_is_kept_for_the_person_and_the_browser(as_alice: Client, cast: Cast) -> None:
    answer = as_alice.post("/people/language/", {"language": "en", "next": "/people/me/"})
    assert answer["Location"] == "/people/me/"
    assert answer.cookies["vaffel_language"].value == "en"
    cast.alice.refresh_from_db()
    assert cast.alice.language == "en"


@pytest.mark.parametrize(
    "following", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "/\\evil"]
)
def test_language_leads_nowhere_else(client: Client, db: None, following: str) -> None:
    answer = client.post("/people/language/", {"language": "en", "next": following})
    assert answer["Location"] == "/"


def test_nobody_chooses_for_others(cast: Cast) -> None:
    for act in (
        lambda: actions.choose_wall(person=cast.alice, choice="any", by=cast.admin, at=times.now()),
        lambda: actions.choose_language(
            person=cast.alice, language="en", by=cast.admin, at=times.now()
        ),
    ):
        with pytest.raises(PermissionDenied):
            act()


# --- Sheets --------------------------------------------------------------------------------------


def test_sheet_shows_a_slip_a_person_once(as_admin: Client, cast: Cast) -> None:
    Person.objects.filter(pk=cast.bob.pk).update(language="en")
    answer = as_admin.post(
        "/people/activation/sheet/",
        {"unit": cast.team.key, "people": [cast.alice.key, cast.bob.key]},
    )
    page = answer.content.decode()
    assert page.count('data-testid="slip-code"') == 2
    assert page.count("<svg") >= 2
    assert 'class="slip" lang="en"' in page
    assert "no-store" in answer["Cache-Control"]
    assert ActivationCode.objects.count() == 2


def test_sheet_gives_no_codes_outside_the_chosen_unit_or_scope(cast: Cast) -> None:
    factories.give_role(cast.bob, RoleAssignment.Role.HR, employer=cast.employer)
    hr = sign_in(Client(), cast.bob)
    for unit, person in (
        (cast.team, cast.charlie),
        (cast.partner_team, cast.charlie),
        (cast.team, cast.keeper),
    ):
        answer = hr.post("/people/activation/sheet/", {"unit": unit.key, "people": [person.key]})
        assert answer.status_code == 422
    assert not ActivationCode.objects.exists()


def test_sheet_is_closed_to_colleagues(as_alice: Client, cast: Cast) -> None:
    facts = {"unit": cast.team.key, "people": [cast.bob.key]}
    assert as_alice.post("/people/activation/sheet/", facts).status_code == 403
    assert as_alice.get("/people/activation/sheet/").status_code == 405


# --- The first administrator ---------------------------------------------------------------------


def token_of(link: str) -> str:
    return parse_qs(urlsplit(link).query)["token"][0]


FIRST = {
    "organisation": "Fjordtel",
    "given_name": "Åse",
    "family_name": "Ødegård",
    "email": "ase@fjordtel.example",
    "password": PASSWORD,
}


def test_first_administrator_is_made_by_the_link_once(client: Client, db: None) -> None:
    link = actions.issue_first_administrator_link(at=times.now())
    assert link is not None
    path = link[link.index("/people/") :]
    token = token_of(path)
    assert client.get(path).status_code == 200
    answer = client.post("/people/first-administrator/", {**FIRST, "token": token})
    assert answer.status_code == 302, answer.content.decode()
    person = Person.objects.get()
    assert client.session[SESSION_KEY] == str(person.pk)
    assert queries.has_administrator(at=times.now())
    assert Client().get(path).status_code == 403
    assert actions.issue_first_administrator_link(at=times.now()) is None
    assert client.get(reverse("people:administration")).status_code == 200


def test_first_administrator_link_ends_after_a_day(db: None) -> None:
    now = times.now()
    link = actions.issue_first_administrator_link(at=now)
    assert link is not None
    token = token_of(link)
    assert actions.is_first_administrator_token(token, at=now + dt.timedelta(hours=23))
    assert not actions.is_first_administrator_token(token, at=now + dt.timedelta(hours=24))
    assert not actions.is_first_administrator_token(token + "x", at=now)


def test_first_administrator_weak_password_makes_nothing(client: Client, db: None) -> None:
    link = actions.issue_first_administrator_link(at=times.now())
    assert link is not None
    facts = {**FIRST, "password": "short", "token": token_of(link)}
    assert client.post("/people/first-administrator/", facts).status_code == 422
    assert not Employer.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_first_administrator_twice_at_once_makes_one(db: None) -> None:
    link = actions.issue_first_administrator_link(at=times.now())
    assert link is not None
    token = token_of(link)
    start = threading.Barrier(2)

    def begin(name: str) -> None:
        start.wait()
        try:
            actions.create_first_administrator(
                **{**FIRST, "organisation": name, "email": f"{name}@x.example"},
                token=token,
                at=times.now(),
            )
        except ValidationError:
            pass
        finally:
            connection.close()

    threads = [threading.Thread(target=begin, args=[name]) for name in ("en", "to")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Person.objects.count() == 1


def test_a_short_password_is_refused_in_words_of_our_own(db: None) -> None:
    with pytest.raises(ValidationError) as refused:
        validate_password("vaffel")
    assert refused.value.messages == ["For kort: Bruk minst 10 tegn."]
