"""What this room stores about a person."""

import datetime as dt

from allauth.account.models import EmailAddress
from django.db.models import Q

from engagement.people.models import (
    AuditEntry,
    Person,
)
from engagement.people.queries.membership import history_of
from engagement.people.tree import Tree

__all__ = ["Tree"]


def own_data(person: Person, *, at: dt.datetime) -> dict[str, object]:
    """What this room stores about a person, as they may take it with them."""
    return {
        "id": person.key,
        "employee_number": person.employee_number,
        "employer": person.employer.name,
        "given_name": person.given_name,
        "family_name": person.family_name,
        "email": person.email,
        "phone": person.phone,
        "title": person.title,
        "language": person.language,
        "manager": person.manager.name if person.manager else None,
        "shift_pattern": person.shift_pattern.key if person.shift_pattern else None,
        "wall_choice": person.wall_choice,
        "keeps_thanks_private": person.keeps_thanks_private,
        "is_thanked_by_partners": person.is_thanked_by_partners,
        "celebrates_milestones": person.celebrates_milestones,
        "started_on": person.started_on.isoformat(),
        "left_on": person.left_on.isoformat() if person.left_on else None,
        "last_signed_in_at": person.last_login.isoformat() if person.last_login else None,
        "memberships": [
            {
                "unit": one.unit.name,
                "from": one.from_on.isoformat(),
                "to": one.to_on.isoformat() if one.to_on else None,
            }
            for one in history_of(person)
        ],
        "roles": [
            {
                "role": one.role,
                "scope": str(one.scope) if one.scope else None,
                "from": one.from_at.isoformat(),
                "to": one.to_at.isoformat() if one.to_at else None,
            }
            for one in person.roles.select_related("employer", "site", "unit").order_by("from_at")
        ],
        "sign_in_addresses": [
            {"email": one.email, "verified": one.verified}
            for one in EmailAddress.objects.filter(user=person).order_by("pk")
        ],
        "activation_codes": [
            {
                "created_at": one.created_at.isoformat(),
                "expires_at": one.expires_at.isoformat(),
                "used_at": one.used_at.isoformat() if one.used_at else None,
            }
            for one in person.activation_codes.order_by("pk")
        ],
        "audit_log": [
            {
                "at": one.at.isoformat(),
                "by_me": one.actor_id == person.pk,
                "verb": one.verb,
                "subject": one.subject,
            }
            for one in AuditEntry.objects.filter(
                Q(actor=person) | Q(subject=person.key) | Q(detail__people__contains=[person.key])
            ).order_by("pk")
        ],
        "rosters_sent": [
            {"at": one.uploaded_at.isoformat(), "filename": one.filename}
            for one in person.roster_imports.defer("content").order_by("pk")
        ],
        "exported_at": at.isoformat(),
    }
