"""Correcting and striking what judges and programs entered, by whoever runs the competition today."""

import datetime as dt
from decimal import Decimal

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from engagement.people import actions as people
from engagement.people.models import Person
from engagement.text import clean_line
from events.access.competing import can_amend_entries
from events.actions.entering import clean_value, refuse_closed
from events.actions.holding import SHARED
from events.actions.planning import too_long
from events.models import MOST_VALUE, REASON_LENGTH, Competition, Entry, EntryChange
from events.queries.competing import small_groups


@transaction.atomic
def amend_entry(
    *,
    entry: Entry,
    value: Decimal | None,
    reason: str,
    by: Person,
    at: dt.datetime,
    seen: str | None = None,
) -> Entry:
    """Another number for ``entry``, which then counts; None strikes it. Also when its round is over.

    What it was, by whom it was changed and why is kept as long as the entry, and stands in the log.
    ``seen`` is its `Entry.version` when it was looked at; None: whatever it was. Striking twice is
    once. The number that stands there already is refused, but of a group that may be one person it is
    written as any other: a refusal would confirm a guess (docs/decisions/0102). Raises PermissionDenied for those who may not, ValidationError without a ``reason``, when
    somebody else has changed it, and once the competition is over.
    """
    held = Competition.objects.raw(
        SHARED.format(Competition._meta.db_table), [entry.competition_id]
    )[0]  # fmt: skip
    entries = Entry.objects.for_groups().select_for_update(of=("self",)).select_related("group")
    current = entries.get(pk=entry.pk)
    if not can_amend_entries(by, held):
        raise PermissionDenied
    refuse_closed(held, at=at)
    said = _clean_reason(reason, value)
    if value is None and current.withdrawn_at is not None:
        return current
    if seen is not None and seen != current.version:
        raise ValidationError(
            _(
                "Somebody else has changed this meanwhile. Look at it as it is now, then save again."
            ),
            code="stale",
        )
    is_small = current.group_id in small_groups(held)
    if value is not None:
        clean_value(value, most=Decimal(MOST_VALUE))
        if value == current.value and current.withdrawn_at is None and not is_small:
            raise ValidationError({"value": _("That is what it says already.")}, code="same")
    EntryChange.objects.create(
        entry=current, value=current.value, until=at, by=by, reason=said, is_strike=value is None
    )
    _record(current, held, value, is_small=is_small, reason=said, by=by, at=at)
    current.changed_at = at
    current.withdrawn_at = at if value is None else None
    current.value = current.value if value is None else value
    current.save(update_fields=["value", "changed_at", "withdrawn_at"])
    return current


def _clean_reason(reason: str, value: Decimal | None) -> str:
    said = clean_line(reason)
    problems = dict(too_long("reason", said, REASON_LENGTH))
    if not said:
        problems["reason"] = _("Say what was wrong: its judges read it.")
    if problems:
        raise ValidationError(problems)
    return said


def _record(
    current: Entry, held: Competition, value: Decimal | None, *, is_small: bool, reason: str,
    by: Person, at: dt.datetime,
) -> None:  # fmt: skip
    """The log outlives entries: it names no number of a group that may be one person."""
    facts: dict[str, str] = {"title": held.title, "group": current.group.name, "reason": reason}
    if not is_small:
        facts["before"] = str(current.value)
        if value is not None:
            facts["after"] = str(value)
    if value is None:
        people.record(verb="entry-struck", by=by, at=at, subject=held, **facts)
    else:
        people.record(verb="entry-corrected", by=by, at=at, subject=held, **facts)
