"""Was it good? Asked once, answered by a tap, told as numbers when nobody answers any more."""

import datetime as dt

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Exists, F, OuterRef
from django.urls import reverse
from django.utils.translation import gettext as _

from engagement import times
from engagement.clock.actions import sweep
from engagement.notices.actions import forget_notices, notify, read_notice
from engagement.notices.models import Notice
from engagement.people.models import Person
from events.access.after import had_place, placed_at
from events.after_notices import EVENT_WAS_IT_GOOD
from events.models import FEWEST_TOLD, Event, SignUp, Sitting, Tally, TallyMark
from events.queries.came import came_to_event

ANSWERED_FOR = dt.timedelta(days=3)
# What was over before that, while the clock stood still, is not asked about any more.
ASKED_WITHIN = dt.timedelta(days=1)


def ask_how_it_was(*, at: dt.datetime) -> int:
    """Asks those who had a place at what is over since a day at most; returns about how many events."""
    held = Sitting.objects.standing().filter(event=OuterRef("pk"))
    placed = SignUp.objects.filter(event=OuterRef("pk"), state=SignUp.State.PLACED)
    over = Event.objects.standing().filter(
        Exists(held.filter(ends_at__lte=at, ends_at__gt=at - ASKED_WITHIN)),
        ~Exists(held.filter(ends_at__gt=at)),
        Exists(placed),
        tally__isnull=True,
        day__gte=times.local_date(at) - 3 * ASKED_WITHIN,
    )

    def ask(event: Event) -> None:
        _ask(event, at=at)

    return sweep(over.order_by("pk"), ask)


def _ask(event: Event, *, at: dt.datetime) -> None:
    came = came_to_event(event)
    Tally.objects.create(
        event=event,
        asked_at=at,
        closes_at=at + ANSWERED_FOR,
        came_count=came if came >= FEWEST_TOLD else 0,
    )
    people = Person.objects.filter(pk__in=placed_at(event).values("person"))
    notify(
        people=people.order_by("pk"),
        kind=EVENT_WAS_IT_GOOD,
        source=_source(event),
        link=reverse("events:detail", args=[event.key]),
        context={"event": event.key},
        at=at,
    )


@transaction.atomic
def answer_was_it_good(*, event: Event, opinion: str, by: Person, at: dt.datetime) -> None:
    """Counts ``opinion`` (a `Tally.Opinion`) of ``by``, once.

    What they said is only in the number; that they have said something, in a mark of its own until it
    closes. Raises PermissionDenied for those who had no place, and ValidationError before the event
    is over, when it is too late, for a second answer and an unknown one.
    """
    if not had_place(by, event, at=at):
        raise PermissionDenied(_("Only those who had a place are asked."))
    if opinion not in Tally.Opinion.values:
        raise ValidationError(_("Choose one of the three."))
    tally = Tally.objects.select_for_update().filter(event=event).first()
    if tally is None:
        raise ValidationError(_("It is not over yet. You are asked when it is."))
    if tally.closed_at is not None or at >= tally.closes_at:
        raise ValidationError(_("Answers were counted for three days. It is too late now."))
    _mark, is_new = TallyMark.objects.get_or_create(tally=tally, person=by)
    if not is_new:
        raise ValidationError(
            _("You have answered already. Nobody knows what, so it cannot be changed.")
        )
    Tally.objects.filter(pk=tally.pk).update(**{f"{opinion}_count": F(f"{opinion}_count") + 1})
    for notice in Notice.objects.filter(person=by, source=_source(event)):
        read_notice(notice=notice, at=at)


def close_tallies(*, at: dt.datetime) -> int:
    """Ends what is due: the marks go, who was asked and when they read it, and numbers of fewer than
    five. Returns how many were closed."""

    def close(tally: Tally) -> None:
        if tally.answer_count < FEWEST_TOLD:
            tally.good_count = tally.fine_count = tally.not_mine_count = 0
        tally.closed_at = at
        tally.save()
        tally.marks.all().delete()
        forget_notices(kind=EVENT_WAS_IT_GOOD, source=_source(tally.event))

    return sweep(Tally.objects.to_close(at).order_by("pk"), close)


def _source(event: Event) -> str:
    return f"tally:{event.key}"
