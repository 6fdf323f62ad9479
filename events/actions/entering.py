"""Entries: one's own, and those that a judge or a program makes for a group."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from engagement import times
from engagement.people.models import Person
from events.access.competing import can_judge, can_send_entries
from events.actions.competing import lock
from events.actions.holding import SHARED
from events.competition_numbers import number_words
from events.models import (
    EXTERNAL_ID_LENGTH,
    MOST_VALUE,
    Competition,
    Entry,
    EntryChange,
    Group,
    Round,
)
from events.queries.competing import entered_on, group_of, is_out, judged_version, round_at


class NotConcerned(ValidationError):
    """For pages, which answer a stranger as if the competition were not there."""


def add_entry(
    *,
    competition: Competition,
    value: Decimal,
    by: Person,
    at: dt.datetime,
    external_id: str = "",
) -> Entry:
    """``by``'s own contribution to their group.

    The same ``external_id`` again is the same entry. Raises ValidationError: `NotConcerned`, or
    another that says why not and what to do.
    """
    try:
        return _add_own(competition, value=value, by=by, at=at, external_id=external_id)
    except IntegrityError as error:
        # The same twice at the same moment: the other one has it.
        if "entry_external_id_once" not in str(error):
            raise
        return _same(competition, by=by, external_id=external_id, value=value, group=None)


@transaction.atomic
def _add_own(
    competition: Competition, *, value: Decimal, by: Person, at: dt.datetime, external_id: str
) -> Entry:
    # Shared: hundreds enter at once, and none waits for another; closing waits for them all.
    held = Competition.objects.raw(
        SHARED.format(Competition._meta.db_table), [competition.pk]
    )[0]  # fmt: skip
    # What one person enters is counted one by one.
    Person.objects.select_for_update(no_key=True).get(pk=by.pk)
    clean_external_id(external_id)
    if external_id and Entry.objects.filter(
        competition=held, by=by, external_id=external_id
    ).exists():  # fmt: skip
        return _same(held, by=by, external_id=external_id, value=value, group=None)
    if not by.is_active:
        raise ValidationError(_("Your account is closed."))
    group = group_of(by, held, at=at)
    if group is None:
        raise NotConcerned(_("You are in none of its groups."))
    if not held.by_people:
        raise ValidationError(_("Here a judge enters for the groups."), code="way")
    running = _running_round(held, at=at)
    _refuse_out(by, held)
    clean_value(value, most=held.most_per_entry)
    _refuse_too_much(by, held, extra=value, day=times.local_date(at))
    return Entry.objects.create(
        competition=held,
        round=running,
        group=group,
        way=Entry.Way.PEOPLE,
        by=by,
        value=value,
        entered_at=at,
        changed_at=at,
        external_id=external_id,
    )


@transaction.atomic
def correct_entry(*, entry: Entry, value: Decimal, by: Person, at: dt.datetime) -> Entry:
    """Another number for one's own entry, or one judged, while its round runs; what it was is kept
    until all is deleted.

    Raises ValidationError once that is over, when the entry was withdrawn, for judged ones when
    ``by`` judges no more; and for a higher one of one's own when ``by`` is out or in another group.
    """
    current, held = _hold_entry(entry, by=by, at=at)
    if current.withdrawn_at is not None:
        raise ValidationError(_("This is taken back. Enter it anew."), code="withdrawn")
    _refuse_past_round(current, at=at)
    is_own = current.way == Entry.Way.PEOPLE
    clean_value(value, most=held.most_per_entry if is_own else Decimal(MOST_VALUE))
    if value == current.value:
        return current
    if is_own and value > current.value:
        _refuse_more(current, held, by=by, extra=value - current.value, at=at)
    EntryChange.objects.create(entry=current, value=current.value, until=at)
    current.value, current.changed_at = value, at
    current.save(update_fields=["value", "changed_at"])
    return current


@transaction.atomic
def withdraw_entry(*, entry: Entry, by: Person, at: dt.datetime) -> Entry:
    """Takes it back, also when its round is over. Doing so twice is the same as once. Raises
    ValidationError once the competition is over, or for judged ones when ``by`` judges no more."""
    current, _held = _hold_entry(entry, by=by, at=at)
    if current.withdrawn_at is None:
        current.withdrawn_at = current.changed_at = at
        current.save(update_fields=["withdrawn_at", "changed_at"])
    return current


@transaction.atomic
def restore_entry(*, entry: Entry, by: Person, at: dt.datetime) -> Entry:
    """Undoes that it was taken back, while its round runs. Raises ValidationError as `correct_entry`
    does for a higher number."""
    current, held = _hold_entry(entry, by=by, at=at)
    if current.withdrawn_at is not None:
        _refuse_struck(current)
        _refuse_past_round(current, at=at)
        if current.way == Entry.Way.PEOPLE:
            _refuse_more(current, held, by=by, extra=current.value, at=at)
        current.withdrawn_at, current.changed_at = None, at
        current.save(update_fields=["withdrawn_at", "changed_at"])
    return current


def _hold_entry(entry: Entry, *, by: Person, at: dt.datetime) -> tuple[Entry, Competition]:
    held = Competition.objects.raw(
        SHARED.format(Competition._meta.db_table), [entry.competition_id]
    )[0]  # fmt: skip
    person = Person.objects.select_for_update(no_key=True).get(pk=by.pk)
    entries = Entry.objects.select_for_update(of=("self",)).select_related("round")
    current = entries.get(pk=entry.pk, by=by)
    refuse_closed(held, at=at)
    may = {Entry.Way.JUDGE: can_judge, Entry.Way.API: can_send_entries}.get(Entry.Way(current.way))
    if may is not None and not may(person, held):
        raise ValidationError(_("Only its judges enter for groups."), code="judge")
    return current, held


@transaction.atomic
def add_judged_entries(
    *,
    competition: Competition,
    values: Mapping[str, Decimal],
    by: Person,
    at: dt.datetime,
    seen: str | None = None,
) -> list[Entry]:
    """What a judge enters for several groups (by key) at once: all of it or nothing.

    ``seen`` is what the judge's page had seen (`queries.competing.judged_version`): two judges with
    the same list do not count it twice. Raises ValidationError; by group key where one is wrong.
    """
    held = lock(competition)
    if not held.by_judge or not can_judge(by, held):
        raise ValidationError(_("Only its judges enter for groups."), code="judge")
    running = _running_round(held, at=at)
    if seen is not None and seen != judged_version(held):
        raise ValidationError(
            _(
                "Somebody else has entered something meanwhile. What you wrote is still here: look "
                "at the list below, then save again."
            ),
            code="stale",
        )
    groups = {group.key: group for group in held.groups.all()}
    problems = {}
    for key, value in values.items():
        try:
            clean_value(value, most=Decimal(MOST_VALUE))
        except ValidationError as error:
            problems[key] = error.messages
    if set(values) - set(groups):
        raise ValidationError(_("There is no such group."), code="unknown")
    if problems:
        raise ValidationError(problems)
    if not values:
        raise ValidationError(_("Enter something for at least one group."), code="empty")
    return Entry.objects.bulk_create(
        _for_group(held, running, groups[key], value, by=by, way=Entry.Way.JUDGE, at=at)
        for key, value in values.items()
    )


@transaction.atomic
def add_sent_entry(
    *,
    competition: Competition,
    group: Group,
    value: Decimal,
    by: Person,
    at: dt.datetime,
    external_id: str = "",
) -> Entry:
    """What a program sends for a group, in the name of a judge or of whoever may change it.

    The same ``external_id`` again is the same entry. Raises ValidationError.
    """
    held = lock(competition)
    clean_external_id(external_id)
    if not can_send_entries(by, held):
        raise ValidationError(_("Only its judges enter for groups."), code="judge")
    if not held.by_api:
        raise ValidationError(_("This competition takes nothing from programs."), code="way")
    if external_id and Entry.objects.filter(
        competition=held, by=by, external_id=external_id
    ).exists():  # fmt: skip
        return _same(held, by=by, external_id=external_id, value=value, group=group)
    running = _running_round(held, at=at)
    clean_value(value, most=Decimal(MOST_VALUE))
    entry = _for_group(held, running, group, value, by=by, way=Entry.Way.API, at=at)
    entry.external_id = external_id
    entry.save()
    return entry


def _for_group(
    held: Competition, running: Round, group: Group, value: Decimal, *, by: Person, way: str,
    at: dt.datetime,
) -> Entry:  # fmt: skip
    return Entry(
        competition=held, round=running, group=group, way=way, by=by, value=value, entered_at=at,
        changed_at=at,
    )  # fmt: skip


# --- what is wrong --------------------------------------------------------------------------------


def clean_value(value: Decimal, *, most: Decimal) -> None:
    """Raises ValidationError for what is no number above nothing, has more than two decimals, or is
    more than ``most``."""
    if not value.is_finite() or value <= 0:
        raise ValidationError({"value": _("Enter a number above nothing.")})
    if value > most:
        raise ValidationError(
            {"value": _("At most %(most)s at once.") % {"most": number_words(most)}}
        )
    if value != value.quantize(Decimal("0.01")):
        raise ValidationError({"value": _("Enter at most two decimals.")})


def clean_external_id(external_id: str) -> None:
    is_sound = external_id.isprintable() and len(external_id) <= EXTERNAL_ID_LENGTH
    if not is_sound:
        raise ValidationError(
            {
                "external_id": _("At most %(most)d printable characters.")
                % {"most": EXTERNAL_ID_LENGTH}
            }
        )


def _same(
    competition: Competition, *, by: Person, external_id: str, value: Decimal, group: Group | None
) -> Entry:
    """The entry that was sent under this id, unless that was another one."""
    entries = Entry.objects.select_related("competition", "group", "round")
    entry = entries.get(competition=competition, by=by, external_id=external_id)
    first = entry.changes.order_by("until").values_list("value", flat=True).first() or entry.value
    if first != value or (group is not None and entry.group_id != group.pk):
        raise ValidationError(
            {"external_id": _("This id was used for another entry. Take a new one.")}
        )
    return entry


def _running_round(held: Competition, *, at: dt.datetime) -> Round:
    refuse_closed(held, at=at)
    if at < held.starts_at:
        raise ValidationError(
            _("It starts %(moment)s. Come back then.") % {"moment": moment_words(held.starts_at)},
            code="early",
        )
    running = round_at(held, at)
    if running is None:
        raise ValidationError(_("There is a break between two rounds."), code="break")
    return running


def refuse_closed(held: Competition, *, at: dt.datetime) -> None:
    """Raises ValidationError when nothing is counted any more."""
    if held.cancelled_at is not None:
        raise ValidationError(_("It is cancelled."), code="cancelled")
    if held.is_over(at):
        raise ValidationError(
            _("It closed %(moment)s. Nothing is counted any more.")
            % {"moment": moment_words(held.ends_at)},
            code="closed",
        )


def moment_words(moment: dt.datetime) -> str:
    """``27.11.2026 15:00`` by the organisation's clock."""
    return f"{times.local_date(moment):%d.%m.%Y} {times.wall_clock(moment)}"


def _refuse_past_round(current: Entry, *, at: dt.datetime) -> None:
    if not current.round.is_running(at):
        raise ValidationError(
            _("Its round is over. It can be taken back, nothing else."), code="past"
        )


def _refuse_struck(current: Entry) -> None:
    last = current.changes.order_by("-until", "-pk").first()
    if last is not None and last.is_strike and last.until == current.withdrawn_at:
        raise ValidationError(
            _("Whoever runs the competition has struck this. Ask them, or enter it anew."),
            code="struck",
        )


def _refuse_out(by: Person, held: Competition) -> None:
    """Whoever is out enters nothing."""
    if is_out(by, held):
        raise ValidationError(_("You take no part. Join in again first."), code="out")


def _refuse_more(
    current: Entry, held: Competition, *, by: Person, extra: Decimal, at: dt.datetime
) -> None:
    """One's own entry counts ``extra`` more only for whoever could enter it anew."""
    _refuse_out(by, held)
    group = group_of(by, held, at=at)
    if group is None or group.pk != current.group_id:
        raise ValidationError(
            _("You are no longer in this group. Make it less, or take it back."), code="moved"
        )
    _refuse_too_much(by, held, extra=extra, day=times.local_date(current.entered_at))


def _refuse_too_much(by: Person, held: Competition, *, extra: Decimal, day: dt.date) -> None:
    left = held.most_per_day - entered_on(by, held, day=day)
    if extra > left:
        raise ValidationError(
            {
                "value": _("At most %(most)s a day; you have %(left)s left.")
                % {
                    "most": number_words(held.most_per_day),
                    "left": number_words(max(left, Decimal(0))),
                }
            },
            code="too_much",
        )
