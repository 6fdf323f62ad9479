"""What administrators see: codes, roles, the audit log."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format

from engagement.people import access
from engagement.people.audit_words import AUDIT_FACTS, AUDIT_WORDS
from engagement.people.models import (
    ActivationCode,
    AuditEntry,
    Employer,
    Person,
    RoleAssignment,
    Unit,
)
from engagement.people.tree import Tree

__all__ = ["Tree"]


def codes_waiting(people: Iterable[Person], *, at: dt.datetime) -> set[int]:
    """The row numbers of those who hold a code they have not used."""
    waiting = ActivationCode.objects.filter(used_at__isnull=True, expires_at__gt=at)
    return set(waiting.filter(person__in=list(people)).values_list("person_id", flat=True))


def roles_held(*, at: dt.datetime, viewer: Person) -> list[RoleAssignment]:
    """All roles that hold at ``at`` and that ``viewer`` may see in the list of roles."""
    held = (
        RoleAssignment.objects.held(at)
        .select_related("person__employer", "employer", "site", "unit")
        .order_by("role", "person__sort_name", "id")
    )
    if access.can_administer_everybody(viewer):
        return list(held)
    return [one for one in held if access.can_administer_person(viewer, one.person)]


def administered_employers(viewer: Person) -> list[Employer]:
    """The employers whose people ``viewer`` administers, the own company first."""
    everyone = Employer.objects.order_by("is_partner", "name")
    return [one for one in everyone if access.can_administer_employer(viewer, one)]


def audit_page(*, before: int | None, limit: int = 50) -> list[AuditEntry]:
    """Audit entries, newest first, older than the entry with row number ``before``."""
    entries = AuditEntry.objects.select_related("actor").order_by("-id")
    return list((entries.filter(pk__lt=before) if before else entries)[:limit])


KEYS_NAMED = 20


class AuditLine(NamedTuple):
    """An audit entry in words."""

    entry: AuditEntry
    words: str
    subject: str
    detail: str


def told(entries: Sequence[AuditEntry]) -> list[AuditLine]:
    """Entries with names instead of keys. Two queries for any number of entries."""
    keys: set[str] = set()
    for entry in entries:
        keys.add(entry.subject)
        for value in entry.detail.values():
            values = value[:KEYS_NAMED] if isinstance(value, list) else [value]
            keys.update(one for one in values if isinstance(one, str) and access.is_key(one))
    names = dict(Unit.objects.filter(key__in=keys).values_list("key", "name"))
    names |= {person.key: person.name for person in Person.objects.filter(key__in=keys)}
    return [
        AuditLine(
            entry,
            str(AUDIT_WORDS.get(entry.verb, entry.verb.replace("-", " "))),
            names.get(entry.subject, "")
            or str(entry.detail.get("name") or entry.detail.get("filename") or entry.subject),
            _told_detail(entry.detail, names),
        )
        for entry in entries
    ]


def _told_detail(detail: dict[str, Any], names: dict[str, str]) -> str:
    parts = []
    for name, value in detail.items():
        if (
            name in {"name", "names"}
            or value is None
            or (name == "scope" and "scope_name" in detail)
        ):
            continue
        values = value if isinstance(value, list) else [value]
        told_values = [
            names.get(one) or _told_value(name, one) for one in map(str, values[:KEYS_NAMED])
        ]
        if len(values) > KEYS_NAMED:
            told_values.append("…")
        parts.append(f"{AUDIT_FACTS.get(name, name.replace('_', ' '))}: {', '.join(told_values)}")
    return " · ".join(parts)


def _told_value(name: str, value: str) -> str:
    """Roles, fields and days in the reader's words; all else as it stands."""
    if name == "role" and value in RoleAssignment.Role.values:
        return str(RoleAssignment.Role(value).label)
    if name == "fields":
        return str(AUDIT_FACTS.get(value, value))
    if name == "on":
        return date_format(dt.date.fromisoformat(value))
    return value


def has_administrator(*, at: dt.datetime) -> bool:
    """Whether anybody can administer the whole organisation at ``at``, or will be able to."""
    # Also who was made administrator a moment after ``at``: two first ones may race for the role.
    lasting = Q(to_at__isnull=True) | Q(to_at__gt=at)
    employed = Q(person__left_on__isnull=True) | Q(person__left_on__gt=timezone.localdate(at))
    return RoleAssignment.objects.filter(
        lasting,
        employed,
        role=RoleAssignment.Role.ADMINISTRATOR,
        employer=None,
        site=None,
        unit=None,
    ).exists()
