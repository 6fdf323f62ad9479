"""Shifts and head counts coming in, and their end fourteen days later."""

import datetime as dt
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from engagement import times
from engagement.files import MOST_BYTES
from engagement.people import actions as people
from engagement.people.actions.common import explained, plain
from engagement.people.models import Person, Unit
from engagement.people.roster.reasons import sentence
from events import slots
from events.models import HeadCount, RosterDay, RosterShift, ShiftFile
from events.queries.rosters import MOST_DAYS, Difference, PersonRoster, Trouble, compare
from events.queries.shift_plan import ShiftPlan, plan_file

# As long as a roster that was wrong is asked about; nobody looks further back.
KEPT_FOR = dt.timedelta(days=14)
# A file that nobody answered the preview of.
FILE_KEPT_FOR = dt.timedelta(days=1)
# Farther away it is a year mistyped.
FARTHEST = dt.timedelta(days=400)


class ShiftsRefused(ValidationError):
    """Shifts that cannot be; ``troubles`` says which and why."""

    def __init__(self, troubles: Sequence[Trouble]) -> None:
        super().__init__(_("A shift in it cannot be."), code="shifts")
        self.troubles = troubles


class Slot(NamedTuple):
    """How many are on shift from when to when."""

    starts_at: dt.datetime
    ends_at: dt.datetime
    heads: int


@transaction.atomic
def set_shifts(
    *,
    rosters: Sequence[PersonRoster],
    first: dt.date,
    last: dt.date,
    by: Person,
    at: dt.datetime,
) -> Difference:
    """Makes ``rosters`` all that these people work from ``first`` to ``last``. The same again
    changes nothing; days that have passed stay as they are.

    Raises `ShiftsRefused` when a shift cannot be, ValidationError when the days cannot. Who has a
    place at a sitting keeps it.
    """
    _check_period(first, last, at)
    ids = {one.person.pk for one in rosters}
    if len(ids) != len(rosters):
        raise ValidationError(_("Somebody is named twice. Say all their shifts in one place."))
    list(
        Person.objects.filter(pk__in=ids)
        .order_by("pk")
        .select_for_update(no_key=True)
        .values_list("pk")
    )
    difference = compare(rosters, first=first, last=last, at=at)
    if difference.troubles:
        raise ShiftsRefused(difference.troubles)
    if difference.changes:
        _write(difference, ids, first, last)
        people.record(
            verb="shifts-sent", by=by, at=at, people_count=len(ids),
            count=len(difference.changes), on=first.isoformat(), until=last.isoformat(),
        )  # fmt: skip
    return difference


def _write(difference: Difference, ids: set[int], first: dt.date, last: dt.date) -> None:
    changed = {(one.person.pk, one.day) for one in difference.changes}
    standing = RosterDay.objects.filter(person__in=ids, day__range=(first, last))
    gone = [
        pk
        for pk, person_id, day in standing.values_list("pk", "person_id", "day")
        if (person_id, day) in changed
    ]
    RosterShift.objects.filter(roster_day__in=gone).delete()
    RosterDay.objects.filter(pk__in=gone).delete()
    days = RosterDay.objects.bulk_create(
        [RosterDay(person=one.person, day=one.day) for one in difference.changes], batch_size=2000
    )
    shifts = [
        RosterShift(roster_day=day, person_id=day.person_id, starts_at=span[0], ends_at=span[1])
        for day, change in zip(days, difference.changes, strict=True)
        for span in change.after
    ]
    with explained(RosterShift):
        RosterShift.objects.bulk_create(shifts, batch_size=2000)


def _check_period(first: dt.date, last: dt.date, at: dt.datetime) -> None:
    if last < first:
        raise ValidationError({"last": _("The last day is before the first.")})
    if (last - first).days >= MOST_DAYS:
        raise ValidationError({"last": _("At most %(most)d days at a time.") % {"most": MOST_DAYS}})
    if abs(last - times.local_date(at)) > FARTHEST:
        raise ValidationError({"last": _("More than a year away. Check the year.")})


@transaction.atomic
def set_head_counts(
    *,
    unit: Unit,
    counts: Sequence[Slot],
    first: dt.date,
    last: dt.date,
    zone: str | None,
    by: Person,
    at: dt.datetime,
) -> int:
    """Makes ``counts`` all the head counts of ``unit`` from ``first`` to ``last`` by the wall clock
    of ``zone``. Returns how many are new or gone; the same again is 0. Raises ValidationError."""
    _check_period(first, last, at)
    begins, ends = slots.day_span(first, zone)[0], slots.day_span(last, zone)[1]
    ordered = sorted(counts)
    for one in ordered:
        _check_slot(one, begins, ends)
    if any(one.ends_at > other.starts_at for one, other in pairwise(ordered)):
        raise ValidationError({"counts": _("Two slots of a team overlap.")})
    Unit.objects.select_for_update(no_key=True).get(pk=unit.pk)
    standing = HeadCount.objects.filter(unit=unit, starts_at__gte=begins, starts_at__lt=ends)
    known = {Slot(one.starts_at, one.ends_at, one.count): one.pk for one in standing}
    gone, new = known.keys() - set(ordered), set(ordered) - known.keys()
    HeadCount.objects.filter(pk__in=[known[one] for one in gone]).delete()
    with explained(HeadCount):
        HeadCount.objects.bulk_create(
            [
                HeadCount(unit=unit, starts_at=starts_at, ends_at=ends_at, count=heads)
                for starts_at, ends_at, heads in sorted(new)
            ]
        )
    if gone or new:
        people.record(
            verb="head-counts-sent", by=by, at=at, subject=unit, count=len(gone | new),
            on=first.isoformat(), until=last.isoformat(),
        )  # fmt: skip
    return len(gone | new)


def _check_slot(one: Slot, begins: dt.datetime, ends: dt.datetime) -> None:
    if one.ends_at <= one.starts_at:
        raise ValidationError({"counts": _("A slot ends after it starts.")})
    if not begins <= one.starts_at < ends:
        raise ValidationError({"counts": _("A slot lies outside the days that are sent.")})
    if slots.touched(one.starts_at, one.ends_at) != slots.filled(one.starts_at, one.ends_at):
        raise ValidationError({"counts": _("Slots begin and end at :00, :15, :30 or :45.")})


# --- Files ----------------------------------------------------------------------------------------


def upload_shifts(*, filename: str, content: bytes, by: Person, at: dt.datetime) -> ShiftFile:
    """Keeps a file for its preview. Only its size is looked at here."""
    if len(content) > MOST_BYTES:
        raise ValidationError(sentence("file_too_large", {"most": MOST_BYTES // (1024 * 1024)}))
    if not content:
        raise ValidationError(sentence("file_empty"))
    return ShiftFile.objects.create(
        filename=plain(filename)[-200:] or "shifts",
        content=content, uploaded_by=by, uploaded_at=at,
    )  # fmt: skip


@transaction.atomic
def apply_shifts(*, file: ShiftFile, seen: str, by: Person, at: dt.datetime) -> ShiftPlan:
    """Carries out a file when it still does what the preview with the fingerprint ``seen`` showed,
    and forgets it. Sent twice it is one: the second finds no file.

    Raises ValidationError when something has changed meanwhile; the preview then shows the new.
    """
    current = ShiftFile.objects.select_for_update().filter(pk=file.pk).first()
    if current is None:
        raise ValidationError(_("This import is over. Send the file again."))
    plan = plan_file(bytes(current.content), by=by, at=at)
    if plan.problems or plan.fingerprint() != seen:
        raise ValidationError(_("The preview has changed. Look at it again before you import."))
    if plan.first and plan.last and plan.rosters:
        set_shifts(rosters=plan.rosters, first=plan.first, last=plan.last, by=by, at=at)
    for one in plan.unit_counts:
        assert plan.first
        assert plan.last
        set_head_counts(
            unit=one.unit, counts=[Slot(*slot) for slot in one.counts], first=plan.first,
            last=plan.last, zone=one.zone, by=by, at=at,
        )  # fmt: skip
    current.delete()
    return plan


def abandon_shifts(*, file: ShiftFile) -> None:
    """Forgets a file and its preview."""
    ShiftFile.objects.filter(pk=file.pk).delete()


def purge_shifts(*, at: dt.datetime) -> int:
    """Deletes days of rosters with their shifts fourteen days after they ended, head counts too, and
    files whose preview nobody answered for a day. Returns how many rows."""
    limit = at - KEPT_FOR
    over = RosterDay.objects.filter(day__lt=limit.date()).exclude(shifts__ends_at__gt=limit)
    gone = over.delete()[0]
    gone += HeadCount.objects.filter(ends_at__lte=limit).delete()[0]
    gone += ShiftFile.objects.filter(uploaded_at__lte=at - FILE_KEPT_FOR).delete()[0]
    return gone
