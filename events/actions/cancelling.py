"""Cancelling one day, or it and those after it. Whoever is signed up hears of it, with the reason."""

import datetime as dt

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from engagement import times
from engagement.live.actions import withdraw_celebrations
from engagement.people.models import Person
from engagement.text import clean_line
from events.actions.changing import end_before, lock_event
from events.actions.holding import UNDO_LASTS
from events.actions.making import days_of
from events.actions.telling import take_back_cancelled, tell_cancelled
from events.models import REASON_LENGTH, Event, Series, Sitting


@transaction.atomic
def cancel_event(
    *, event: Event, reason: str, by: Person, at: dt.datetime, version: str | None = None
) -> Event:
    """``event`` is not held. Raises ValidationError without a reason. `restore_event` undoes it."""
    event = lock_event(event, version=version, at=at)
    _cancel([event], reason=_reason(reason), at=at)
    return event


@transaction.atomic
def cancel_following(
    *, event: Event, reason: str, by: Person, at: dt.datetime, version: str | None = None
) -> Event:
    """Neither ``event`` nor any after it is held, and no more are made.

    Of those after it only the days that somebody is signed up for stay to be read as cancelled.
    """
    event = lock_event(event, version=version, at=at)
    reason = _reason(reason)
    series = event.series
    following = series.events.standing().filter(
        rule_day__gte=event.rule_day, day__gte=times.local_date(at)
    )
    following.filter(signups=None).exclude(pk=event.pk).delete()
    _cancel(list(following.order_by("rule_day")), reason=reason, at=at)
    if series.events.filter(rule_day__lt=event.rule_day).exists() and series.rule:
        end_before(series, event.rule_day)
    else:
        series.cancelled_at = at
        series.save(update_fields=["cancelled_at"])
    event.refresh_from_db()
    return event


def _cancel(events: list[Event], *, reason: str, at: dt.datetime) -> None:
    sittings = Sitting.objects.filter(event__in=events, cancelled_at=None)
    held = list(
        sittings.select_for_update(of=("self",)).select_related("event", "site").order_by("pk")
    )
    for event in events:
        event.cancelled_at, event.cancel_reason = at, reason
        event.save(update_fields=["cancelled_at", "cancel_reason"])
    for sitting in held:
        sitting.cancelled_at = sitting.changed_at = at
        sitting.sequence += 1
        sitting.save(update_fields=["cancelled_at", "changed_at", "sequence"])
    tell_cancelled(held, at=at, show_from=at + UNDO_LASTS)
    withdraw_celebrations(sources=[event.key for event in events], at=at)


@transaction.atomic
def restore_event(*, event: Event, by: Person, at: dt.datetime) -> Event:
    """``event`` is held after all: who was signed up still is, and nobody has been told. Doing so twice
    is the same as once.

    Raises ValidationError once it has been told, and for a day that was cancelled with all after it.
    """
    series = Series.objects.select_for_update().get(pk=event.series_id)
    event = Event.objects.get(pk=event.pk, series=series)
    event.series = series
    if event.cancelled_at is None:
        return event
    if at >= event.cancelled_at + UNDO_LASTS:
        raise ValidationError(_("Those signed up are told by now. Make a new one instead."))
    if series.rule and not days_of(series, event.rule_day, event.rule_day):
        raise ValidationError(_("It was cancelled with all after it. Make a new series instead."))
    sittings = list(
        Sitting.objects.select_for_update()
        .filter(event=event, cancelled_at=event.cancelled_at)
        .order_by("pk")
    )
    take_back_cancelled(sittings, at=at)
    for sitting in sittings:
        sitting.cancelled_at, sitting.changed_at = None, at
        sitting.sequence += 1
        sitting.save(update_fields=["cancelled_at", "changed_at", "sequence"])
    if series.cancelled_at == event.cancelled_at:
        series.cancelled_at = None
        series.save(update_fields=["cancelled_at"])
    event.cancelled_at, event.cancel_reason = None, ""
    event.save(update_fields=["cancelled_at", "cancel_reason"])
    return event


def _reason(raw: str) -> str:
    reason = clean_line(raw)
    if not reason:
        raise ValidationError({"reason": _("Say why: those signed up read it.")})
    if len(reason) > REASON_LENGTH:
        raise ValidationError(
            {
                "reason": _("This has %(length)d characters; at most %(most)d fit.")
                % {"length": len(reason), "most": REASON_LENGTH}
            }
        )
    return reason
