"""Codes on paper that let people without work mail in, and the first administrator's link."""

import datetime as dt
import secrets
from collections.abc import Sequence
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core import signing
from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from engagement.people import queries
from engagement.people.actions.audit import record
from engagement.people.actions.common import day_of, lock_organisation, locked
from engagement.people.actions.employment import PersonFacts, hire_person
from engagement.people.actions.organisation import create_employer
from engagement.people.actions.roles import assign_role
from engagement.people.models import ActivationCode, Person, RoleAssignment

# Capital letters and figures that no handwriting or print confuses; 12 of them are 54 bits.
CODE_ALPHABET = "CDFGHJKMNPQRTVWXY346789"
CODE_LENGTH = 12
CODE_VALID = dt.timedelta(days=14)
LINK_VALID = dt.timedelta(hours=24)
LINK_SALT = "people.first-administrator"


def new_code() -> str:
    """A code as it is printed: ``XXXX-XXXX-XXXX``."""
    letters = "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))
    return "-".join(letters[i : i + 4] for i in range(0, CODE_LENGTH, 4))


def code_hash(code: str) -> str:
    """What is stored: keyed with the installation's secret, so a stolen table cannot be tried."""
    typed = "".join(c for c in code[:100].upper() if c in CODE_ALPHABET)
    return salted_hmac("people.activation-code", typed, algorithm="sha256").hexdigest()


@transaction.atomic
def issue_activation_codes(
    *, people: Sequence[Person], by: Person | None, at: dt.datetime
) -> list[tuple[Person, str]]:
    """A new code for each, valid for 14 days. Older codes stop working.

    The codes are in the answer and nowhere else.
    """
    receiving = locked(people)
    for person in receiving:
        if person.left_on is not None and person.left_on <= day_of(at):
            raise ValidationError(_("%(person)s no longer works here.") % {"person": person.name})
    ActivationCode.objects.filter(
        person__in=[person.pk for person in receiving], used_at__isnull=True
    ).delete()
    issued = [(person, new_code()) for person in receiving]
    ActivationCode.objects.bulk_create(
        ActivationCode(
            person=person,
            code_hash=code_hash(code),
            created_at=at,
            created_by=by,
            expires_at=at + CODE_VALID,
        )
        for person, code in issued
    )
    if issued:
        record(
            verb="activation-codes-issued",
            by=by,
            at=at,
            subject=receiving[0] if len(receiving) == 1 else "",
            count=len(receiving),
            people=[person.key for person in receiving],
        )
    return issued


@transaction.atomic
def redeem_activation_code(*, code: str, at: dt.datetime) -> Person:
    """The person the code belongs to. Works once: of two at the same time one is refused."""
    digest = code_hash(code)
    # One statement finds and uses it up; the database compares digests, never what was typed.
    used = ActivationCode.objects.filter(
        code_hash=digest, used_at__isnull=True, expires_at__gt=at
    ).update(used_at=at)
    if used != 1:
        raise ValidationError({"code": _code_refused()})
    person = Person.objects.get(activation_codes__code_hash=digest)
    if not _is_employed(person, day_of(at)):
        raise ValidationError({"code": _code_refused()})
    record(verb="activation-code-used", by=person, at=at, subject=person)
    return person


def _code_refused() -> str:
    return _(
        "This code does not work. It may be mistyped, used already, replaced or too old. "
        "Ask for a new one."
    )


def _is_employed(person: Person, day: dt.date) -> bool:
    return person.left_on is None or person.left_on > day


# --- The first administrator ---------------------------------------------------------------------


def issue_first_administrator_link(*, at: dt.datetime) -> str | None:
    """The whole address of the page that makes the first administrator, valid for 24 hours.

    None when there is an administrator already; from then on no older link works either.
    """
    if queries.has_administrator(at=at):
        return None
    token = signing.dumps({"until": (at + LINK_VALID).isoformat()}, salt=LINK_SALT)
    path = reverse("people:first-administrator")
    return f"{settings.BASE_URL}{path}?{urlencode({'token': token})}"


def is_first_administrator_token(token: str, *, at: dt.datetime) -> bool:
    """Whether the link with ``token`` still works at ``at``."""
    try:
        until = dt.datetime.fromisoformat(signing.loads(token, salt=LINK_SALT)["until"])
    except (signing.BadSignature, KeyError, TypeError, ValueError):
        return False
    return at < until and not queries.has_administrator(at=at)


@transaction.atomic
def create_first_administrator(
    *,
    token: str,
    organisation: str,
    given_name: str,
    family_name: str,
    email: str,
    password: str,
    employee_number: str = "",
    language: str = Person.Language.NORWEGIAN,
    at: dt.datetime,
) -> Person:
    """The employer and its first person, who holds the role of administrator everywhere."""
    lock_organisation()
    if not is_first_administrator_token(token, at=at):
        raise ValidationError(
            _("This link does not work any more. Start the platform again to get a new one.")
        )
    if not email:
        raise ValidationError({"email": _("The administrator needs an e-mail address.")})
    employer = create_employer(name=organisation, by=None, at=at)
    person = hire_person(
        facts=PersonFacts(
            employer=employer,
            employee_number=employee_number or "administrator",
            given_name=given_name,
            family_name=family_name,
            email=email,
            language=language,
            started_on=day_of(at),
        ),
        by=None,
        at=at,
    )
    try:
        validate_password(password, user=person)
    except ValidationError as error:
        raise ValidationError({"password": error.error_list}) from error
    person.set_password(password)
    person.save(update_fields=["password"])
    assign_role(person=person, role=RoleAssignment.Role.ADMINISTRATOR, by=None, at=at)
    return person
