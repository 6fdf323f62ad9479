"""What the actions of this room share: plain texts, locks, explained constraints."""

import datetime as dt
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, models, transaction
from django.utils import timezone
from django.utils.formats import date_format

from engagement.clock.actions import ring

# One lock for the shape of the organisation and for who governs it: such changes are rare.
ORGANISATION_LOCK = 7_203_001
# Characters that turn the reading direction of the text around them.
BIDI_CONTROLS = frozenset(
    "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)

Row = TypeVar("Row", bound=models.Model)


def plain(text: str) -> str:
    """``text`` on one line, without control characters and without turned reading direction."""
    kept = "".join(
        " " if c.isspace() else c
        for c in unicodedata.normalize("NFC", text)
        if c.isspace() or (unicodedata.category(c) not in {"Cc", "Cs"} and c not in BIDI_CONTROLS)
    )
    return " ".join(kept.split())


def day_of(at: dt.datetime) -> dt.date:
    """The organisation's own date at ``at``."""
    return timezone.localdate(at)


def told(day: dt.date) -> str:
    """``day`` as sentences say it, in the language of whoever asks."""
    return date_format(day, "DATE_FORMAT")


def start_of(day: dt.date) -> dt.datetime:
    """The first moment of ``day`` on the organisation's wall clock."""
    return timezone.make_aware(dt.datetime.combine(day, dt.time.min))


def lock_organisation() -> None:
    """Lets one transaction at a time change the tree or count administrators."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ORGANISATION_LOCK])


def ring_for_leavers() -> None:
    """Wakes, after commit and once a transaction, whatever looks after what leavers leave behind.

    Rooms above say in the settings what that is.
    """
    if not any(_wake in waiting for waiting in connection.run_on_commit):
        transaction.on_commit(_wake)


def _wake() -> None:
    for task in settings.RUNG_WHEN_PEOPLE_LEAVE:
        ring(task)


def locked(rows: Sequence[Row]) -> list[Row]:
    """``rows`` fresh from the database and locked, in the order given; always locked by row number."""
    if not rows:
        return []
    # Not its type: the person of a request is a lazy stand-in.
    model: type[Row] = rows[0].__class__
    wanted = [row.pk for row in rows]
    found = {
        row.pk: row
        for row in model._default_manager.filter(pk__in=wanted)
        .order_by("pk")
        .select_for_update(of=("self",))
    }
    return [found[pk] for pk in dict.fromkeys(wanted) if pk in found]


@contextmanager
def explained(*models_touched: type[models.Model]) -> Iterator[None]:
    """Turns a refused constraint into the sentence that belongs to it."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        diagnosis = getattr(error.__cause__, "diag", None)
        name = getattr(diagnosis, "constraint_name", None)
        for model in models_touched:
            for constraint in model._meta.constraints:
                if constraint.name == name:
                    raise ValidationError(constraint.get_violation_error_message()) from error
        raise


def saved(row: Row) -> Row:
    """Checks ``row`` completely and writes it."""
    row.full_clean()
    with explained(type(row)):
        row.save()
    return row
