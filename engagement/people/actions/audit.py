"""The log of administrative acts."""

import datetime as dt
from typing import Any

from django.db import models

from engagement.people.models import AuditEntry, Person, audit_detail


def record(
    *,
    verb: str,
    by: Person | None,
    at: dt.datetime,
    subject: models.Model | str = "",
    **detail: Any,
) -> AuditEntry:
    """Writes one entry. ``by`` is None for the command line and the machine itself.

    People are kept by their key, not by name: the log outlives them. ``detail`` must be JSON.
    """
    named = subject if isinstance(subject, str) else str(getattr(subject, "key", subject.pk))
    return AuditEntry.objects.create(
        at=at, actor=by, verb=verb, subject=named[:200], detail=audit_detail(**detail)
    )
