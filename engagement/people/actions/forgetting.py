"""What time takes away: names of leavers, used codes, old sessions, old entries of the log.

How long each thing is kept, and why, stands in `engagement.retention`.
"""

import datetime as dt

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.sessions.models import Session
from django.db import connection, transaction
from django.db.models import F, Q, Value
from django.db.models.functions import Concat

from engagement import times
from engagement.people.actions.audit import record
from engagement.people.models import (
    ActivationCode,
    AuditEntry,
    Person,
    PersonQuerySet,
    RoleAssignment,
)

FORGOTTEN_AFTER_MONTHS = 12
AUDIT_KEPT_MONTHS = 5 * 12
CODES_KEPT = dt.timedelta(days=30)
BATCH = 500


def forget_leavers(*, at: dt.datetime) -> int:
    """Takes the names of those who left twelve months ago or earlier; returns how many.

    Their row, their memberships and what others count stay, and belong to nobody any more: who
    was where on any date is still a number. Somebody who comes back later is a new person.
    """
    last_day = times.months_before(times.local_date(at), FORGOTTEN_AFTER_MONTHS)
    due = Person.objects.filter(left_on__lte=last_day).exclude(given_name="")
    forgotten = 0
    while count := _forget_some(due, at):
        forgotten += count
    return forgotten


@transaction.atomic
def _forget_some(due: PersonQuerySet, at: dt.datetime) -> int:
    rows = due.select_for_update(skip_locked=True, of=("self",)).order_by("pk")[:BATCH]
    keys = {person.pk: person.key for person in rows}
    if not keys:
        return 0
    people = Person.objects.filter(pk__in=keys)
    people.update(
        given_name="",
        family_name="",
        # Unique within the employer, and never what a roster holds.
        employee_number=Concat(Value("former-"), F("key")),
        email="",
        phone="",
        title="",
        language=Person.Language.NORWEGIAN,
        manager=None,
        shift_pattern=None,
        wall_choice="",
        keeps_thanks_private=False,
        is_thanked_by_partners=True,
        celebrates_milestones=False,
        search_text="",
        sort_name="",
        password=make_password(None),
        last_login=None,
    )
    Person.objects.filter(manager__in=keys).update(manager=None)
    EmailAddress.objects.filter(user__in=keys).delete()
    ActivationCode.objects.filter(person__in=keys).delete()
    RoleAssignment.objects.filter(person__in=keys).delete()
    record(verb="people-forgotten", by=None, at=at, count=len(keys), people=sorted(keys.values()))
    return len(keys)


def purge_activation_codes(*, at: dt.datetime) -> int:
    """Deletes codes that were used, or ran out, 30 days ago or earlier."""
    old = Q(used_at__lte=at - CODES_KEPT) | Q(expires_at__lte=at - CODES_KEPT)
    deleted, _by_model = ActivationCode.objects.filter(old).delete()
    return deleted


def purge_audit(*, at: dt.datetime) -> int:
    """Deletes entries older than five years. The database refuses to delete younger ones."""
    limit = times.months_before(at, AUDIT_KEPT_MONTHS)
    deleted, _by_model = AuditEntry.objects.filter(at__lte=limit).delete()
    return deleted


def purge_sessions(*, at: dt.datetime) -> int:
    """Deletes sessions that have run out: 30 days after the sign-in."""
    deleted, _by_model = Session.objects.filter(expire_date__lte=at).delete()
    return deleted


def purge_sign_in_limits(*, at: dt.datetime) -> int:
    """Deletes counts of sign-in attempts that have run out; the cache alone would keep them."""
    table = connection.ops.quote_name(str(settings.CACHES["default"]["LOCATION"]))
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table} WHERE expires <= %s", [at])  # noqa: S608 - from settings
        return int(cursor.rowcount)
