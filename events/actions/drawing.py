"""Drawing lots for the places of an event (docs/decisions/0084)."""

import datetime as dt
from functools import partial

from django.db.models import Min
from django.urls import reverse

from engagement.clock.actions import sweep
from engagement.notices import actions as notices
from engagement.people.models import Person
from events.actions.offering import offer_after_commit
from events.lots import lot_of, new_seed
from events.models import Event, SignUp, Sitting
from events.notices import LOTS_DRAWN

# Before sign-up closes, so that places that get free after the draw still find somebody.
DRAWN_BEFORE_CLOSING = dt.timedelta(days=1)
# Those drawn have their places by then, and everybody is told how it came out.
TOLD_AFTER = dt.timedelta(minutes=5)


def begin_lots(*, event: Event, at: dt.datetime) -> None:
    """Makes the secret seed of ``event`` and says when lots are drawn, unless both stand already.

    A day before sign-up closes, or half-way when it is nearer. Changes ``event`` too.
    """
    if event.draw_seed and event.draw_at:
        return
    closes_at = event.sittings.standing().aggregate(first=Min("closes_at"))["first"]
    if closes_at is None:
        return
    draw_at = closes_at - DRAWN_BEFORE_CLOSING
    draw_at = event.draw_at or (
        draw_at if draw_at > at else at + max((closes_at - at) / 2, dt.timedelta())
    )
    # One statement: of two at once, one seed stands.
    Event.objects.filter(pk=event.pk, draw_seed="").update(draw_seed=new_seed(), draw_at=draw_at)
    event.refresh_from_db(fields=["draw_seed", "draw_at"])


def begin_due_lots(*, at: dt.datetime) -> int:
    """`begin_lots` for every event to come whose places are drawn. Returns how many."""
    to_begin = Event.objects.standing().filter(
        series__is_drawn=True, draw_seed="", drawn_at__isnull=True, sittings__closes_at__gt=at
    )
    return sweep(Event.objects.filter(pk__in=to_begin.values("pk")), partial(_begin, at=at))


def _begin(event: Event, *, at: dt.datetime) -> None:
    begin_lots(event=event, at=at)


def draw_lots(*, at: dt.datetime) -> int:
    """Draws what is due by ``at``: each one who waits gets a lot, and the seed is public. Returns at
    how many events.

    Who missed the last time comes first, by their lots; then everybody else by theirs. Places go to
    the line in that order, as soon as the lots are in the database.
    """
    due = Event.objects.standing().filter(
        draw_at__lte=at, drawn_at__isnull=True, series__is_drawn=True
    )
    return sweep(due.exclude(draw_seed=""), partial(_draw, at=at))


def _draw(event: Event, *, at: dt.datetime) -> None:
    # Nobody comes or goes while lots are given.
    sittings = list(Sitting.objects.select_for_update().filter(event=event).order_by("pk"))
    waiting = SignUp.objects.filter(event=event, job__isnull=True, state=SignUp.State.WAITING)
    drawn = sorted(
        waiting.select_for_update(),
        key=lambda one: (not one.missed_last, lot_of(event.draw_seed, one.key)),
    )
    for lot, signup in enumerate(drawn, start=1):
        signup.lot = lot
    SignUp.objects.bulk_update(drawn, ["lot"], batch_size=500)
    event.drawn_at = at
    event.save(update_fields=["drawn_at"])
    notices.notify(
        people=Person.objects.filter(pk__in=[one.person_id for one in drawn]),
        kind=LOTS_DRAWN,
        source=f"{event.key}.lots",
        context={"event": event.key},
        link=reverse("events:detail", args=[event.key]),
        show_from=at + TOLD_AFTER,
        at=at,
    )
    for sitting in sittings:
        offer_after_commit(sitting, at=at)
