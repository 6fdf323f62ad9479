"""What a reader decides: which mails, in which way, and when it is quiet."""

import datetime as dt
from collections.abc import Mapping

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from engagement.notices.hours import QUIET_FROM, QUIET_TO
from engagement.notices.kinds import DIGEST, KINDS, Way
from engagement.notices.models import NoticeChoice, NoticeHours
from engagement.notices.queries import chosen_ways
from engagement.people.models import Person


@transaction.atomic
def choose_ways(*, ways: Mapping[str, str], by: Person) -> None:
    """How ``by`` gets the kinds in ``ways``; other kinds stay as they are.

    Whoever wants a kind in the digest wants digests again. What is on its way already asks once more
    before it leaves, so nothing unwanted does. ValidationError names the kind.
    """
    problems = {key: _("Choose one of the ways this kind can come.") for key, way in ways.items()
                if key not in KINDS or way not in KINDS[key].ways}  # fmt: skip
    if problems:
        raise ValidationError(problems)
    # Two browsers at once: the later one's choices hold as a whole.
    Person.objects.select_for_update(no_key=True).get(pk=by.pk)
    # Keys that say nothing new need no row.
    kept = {key: way for key, way in ways.items() if way != KINDS[key].default_way}
    if Way.DIGEST in ways.values():
        if DIGEST in chosen_ways(by):
            _keep_stopped(by, besides=ways)
        NoticeChoice.objects.filter(person=by, kind=DIGEST).delete()
    NoticeChoice.objects.filter(person=by, kind__in=set(ways) - set(kept)).delete()
    _write(by, kept)


def _keep_stopped(by: Person, *, besides: Mapping[str, str]) -> None:
    """Digests begin again for those in ``besides``; the kinds that were stopped with them stay so."""
    choices = {key: way for key, way in chosen_ways(by).items() if key != DIGEST}
    stopped = [
        key
        for key, kind in KINDS.items()
        if key not in besides and kind.way_for(choices) == Way.DIGEST
    ]
    _write(by, dict.fromkeys(stopped, Way.NONE))


def _write(person: Person, ways: Mapping[str, str]) -> None:
    NoticeChoice.objects.bulk_create(
        [NoticeChoice(person=person, kind=key, way=way) for key, way in ways.items()],
        update_conflicts=True,
        unique_fields=["person", "kind"],
        update_fields=["way"],
    )


@transaction.atomic
def stop_mails(*, kind: str, by: Person) -> Way:
    """No more mails of ``kind`` for ``by``, or no digests if it is `DIGEST`; the link in a mail.

    Returns the way until now, which `resume_mails` takes to undo it.
    """
    choices = chosen_ways(by)
    if kind == DIGEST:
        before = Way.NONE if DIGEST in choices else Way.DIGEST
    elif kind in KINDS and Way.NONE in KINDS[kind].ways:
        before = KINDS[kind].way_for(choices)
    else:
        raise ValidationError({"kind": _("These mails cannot be stopped.")})
    if before not in (Way.NONE, Way.OFF):
        _write(by, {kind: Way.NONE})
    return before


@transaction.atomic
def resume_mails(*, kind: str, way: str, by: Person) -> None:
    """Mails of ``kind`` come in ``way`` again, or digests do."""
    if kind == DIGEST:
        NoticeChoice.objects.filter(person=by, kind=DIGEST).delete()
    else:
        choose_ways(ways={kind: way}, by=by)


@transaction.atomic
def choose_quiet_hours(
    *, is_quiet: bool, starts_at: dt.time | None, ends_at: dt.time | None, by: Person
) -> None:
    """When ``by`` gets no mails. Times may be left out where there are no quiet hours.

    ValidationError when they would last no time.
    """
    hours = NoticeHours(
        person=by,
        is_quiet=is_quiet,
        quiet_from=starts_at or QUIET_FROM,
        quiet_to=ends_at or QUIET_TO,
    )
    if is_quiet and (hours.quiet_from, hours.quiet_to) == (QUIET_FROM, QUIET_TO):
        NoticeHours.objects.filter(person=by).delete()
        return
    hours.full_clean(validate_unique=False)
    NoticeHours.objects.bulk_create(
        [hours],
        update_conflicts=True,
        unique_fields=["person"],
        update_fields=["is_quiet", "quiet_from", "quiet_to"],
    )
