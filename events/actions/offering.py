"""Free places go to whoever is next in line (docs/decisions/0083)."""

import datetime as dt
from collections.abc import Collection
from enum import Enum, auto
from functools import partial

import structlog
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from engagement.clock.actions import sweep
from engagement.notices import actions as notices
from events.actions.guarding import hold_teams
from events.actions.holding import Held, hold, hold_signup
from events.models import Event, SignUp, SignUpQuerySet, Sitting
from events.notices import OFFER_LAPSED, PLACE_GIVEN, PLACE_OFFERED
from events.offers import offer_until
from events.queries.guarding import held_back
from events.wall_clock import clock_at

log = structlog.get_logger(__name__)

# A name, because tasks stand above actions.
OFFER_FREE_PLACES = "events.tasks.offer_free_places"
# What is free when lots are drawn goes straight to those drawn, for as long as giving may take.
DRAW_LASTS = dt.timedelta(hours=1)


# How much of a line is looked up together.
LOOKED_AT = 500


class _Came(Enum):
    """What came of the try to give a place to whoever is next."""

    GIVEN = auto()
    FULL = auto()
    # Somebody else is next by now.
    CHANGED = auto()
    # Too many of their team are away already. They keep their place in line, and hold up nobody.
    NEEDED = auto()


def offer_free_places(*, at: dt.datetime) -> int:
    """Offers every free place that somebody waits for; returns how many. Two at once are harmless."""
    given = 0
    for sitting in _with_room_and_line(at):
        try:
            given += offer_places(sitting=sitting, at=at)
        except Exception:
            log.exception("offering_failed", sitting=sitting.key)
    return given


def _with_room_and_line(at: dt.datetime) -> list[Sitting]:
    waiting = SignUp.objects.filter(sitting=OuterRef("pk"), state=SignUp.State.WAITING)
    has_room = Q(capacity__isnull=True) | Q(taken_count__lt=F("capacity"))
    for_guests = has_room & Q(Exists(waiting.filter(job__isnull=True)))
    for_jobs = Exists(waiting.filter(job__taken_count__lt=F("job__capacity")))
    held_now = Sitting.objects.standing().filter(closes_at__gt=at, event__cancelled_at__isnull=True)
    return list(held_now.filter(for_guests | Q(for_jobs)).order_by("pk"))


def offer_after_commit(sitting: Sitting, *, at: dt.datetime) -> None:
    """`offer_places` as soon as what made room is in the database; the sweep does it if that fails."""
    transaction.on_commit(partial(offer_places, sitting=sitting, at=at), robust=True)


def offer_places(*, sitting: Sitting, at: dt.datetime) -> int:
    """Offers the free places of ``sitting``, and of its jobs, to those who wait; returns how many.

    One transaction for each, and nobody is passed over: who is next is looked up again once the
    sitting is held.
    """
    waiting = SignUp.objects.filter(sitting=sitting, state=SignUp.State.WAITING)
    jobs = waiting.values_list("job_id", flat=True).order_by("job_id").distinct()
    return sum(_offer_to_line(sitting.pk, job_id, at=at) for job_id in list(jobs))


def _offer_to_line(sitting_id: int, job_id: int | None, *, at: dt.datetime) -> int:
    line = SignUp.objects.filter(sitting_id=sitting_id, job=job_id).in_line()
    given, stay = 0, _needed_in(line, sitting_id)
    while (candidate := line.exclude(pk__in=stay).select_related("person").first()) is not None:
        came = _offer_to(candidate, stay, at=at)
        if came is _Came.FULL:
            break
        if came is _Came.NEEDED:
            stay.add(candidate.pk)
        given += came is _Came.GIVEN
    return given


def _needed_in(line: SignUpQuerySet, sitting_id: int) -> set[int]:
    """Those of ``line``'s first whom their team needs, looked up together: a long line of them would
    be asked about one by one every few seconds. Who is not among them is looked at again."""
    first = list(line.select_related("person")[:LOOKED_AT])
    sitting = Sitting.objects.select_related("site").get(pk=sitting_id)
    needed = held_back([one.person for one in first], sitting) if first else set()
    return {one.pk for one in first if one.person_id in needed}


@transaction.atomic
def _offer_to(candidate: SignUp, stay: Collection[int], *, at: dt.datetime) -> _Came:
    """Offers ``candidate`` a place, if they are still the first but for those who ``stay``."""
    sitting = Sitting.objects.select_related("site").get(pk=candidate.sitting_id)
    hold_teams(people=[candidate.person], sitting=sitting)
    held = hold(candidate.sitting_id, candidate.job_id)
    event = Event.objects.select_related("series").get(pk=held.sitting.event_id)
    is_fresh = _is_fresh(held, event, at=at)
    if not _gives(held, event, is_fresh=is_fresh, at=at) or not held.has_room_for_the_line(at):
        return _Came.FULL
    line = held.signups.in_line().exclude(pk__in=stay)
    first = line.select_for_update(of=("self",)).first()
    if first is None or first.pk != candidate.pk:
        return _Came.CHANGED
    if held_back([candidate.person], sitting):
        return _Came.NEEDED
    held.take()
    if is_fresh and first.lot is not None:
        # The notice of the draw itself tells them.
        _place(first, at=at)
    elif (until := offer_until(held.sitting, at)) is None:
        _place(first, at=at)
        _tell(first, event, at=at)
    else:
        first.state, first.offered_at, first.offer_until = SignUp.State.OFFERED, at, until
        first.save(update_fields=["state", "offered_at", "offer_until"])
        _tell(first, event, at=at)
    return _Came.GIVEN


def _is_fresh(held: Held, event: Event, *, at: dt.datetime) -> bool:
    """Whether lots have just been drawn for these places, however late."""
    drawn_at = event.drawn_at if held.job is None else None
    return drawn_at is not None and drawn_at <= at < drawn_at + DRAW_LASTS


def _gives(held: Held, event: Event, *, is_fresh: bool, at: dt.datetime) -> bool:
    """Whether places are given at all: not when it is cancelled or closed, nor before the draw."""
    sitting = held.sitting
    is_held = sitting.cancelled_at is None and event.cancelled_at is None
    waits_for_lots = held.job is None and event.series.is_drawn and event.drawn_at is None
    ends_at = sitting.ends_at if is_fresh else sitting.closes_at
    return is_held and not waits_for_lots and at < ends_at


def _place(signup: SignUp, *, at: dt.datetime) -> None:
    signup.state, signup.placed_at = SignUp.State.PLACED, at
    signup.save(update_fields=["state", "placed_at"])


def _tell(signup: SignUp, event: Event, *, at: dt.datetime) -> None:
    is_offer = signup.state == SignUp.State.OFFERED
    notices.notify(
        people=[signup.person],
        kind=PLACE_OFFERED if is_offer else PLACE_GIVEN,
        source=signup.offer_source if is_offer else signup.place_source,
        context={"signup": signup.key},
        link=reverse("events:detail", args=[event.key]),
        at=at,
    )


@transaction.atomic
def accept_offer(*, signup: SignUp, at: dt.datetime) -> SignUp:
    """Takes the place that is offered. Doing so twice is the same as once.

    Raises ValidationError when the offer has run out, or the sitting is cancelled.
    """
    current = hold_signup(signup)
    if current.state == SignUp.State.PLACED:
        return current
    sitting = current.sitting
    if sitting.cancelled_at or sitting.event.cancelled_at:
        raise ValidationError(_("This is cancelled. Choose another sitting."), code="cancelled")
    if current.state != SignUp.State.OFFERED or current.offer_until is None:
        raise ValidationError(
            _("No place is offered to you any more. Look where you stand in the queue."),
            code="gone",
        )
    if at >= current.offer_until:
        raise ValidationError(
            _("The offer stood until %(clock)s. You can sign up again.")
            % {"clock": clock_at(current.offer_until, sitting)},
            code="late",
        )
    _place(current, at=at)
    notices.withdraw_notices(source=current.offer_source, at=at)
    return current


@transaction.atomic
def decline_offer(*, signup: SignUp, at: dt.datetime) -> SignUp:
    """Says no to the place that is offered: the next in line has the chance at once.

    Raises ValidationError when no place is offered any more.
    """
    held = hold(signup.sitting_id, signup.job_id)
    current = hold_signup(signup)
    if current.state == SignUp.State.LEFT:
        return current
    if current.state != SignUp.State.OFFERED or current.sitting_id != held.sitting.pk:
        raise ValidationError(
            _("No place is offered to you any more. Look where you stand in the queue."),
            code="gone",
        )
    held.free()
    notices.withdraw_notices(source=current.offer_source, at=at)
    current.state, current.left_at, current.wishes = SignUp.State.LEFT, at, []
    current.save(update_fields=["state", "left_at", "wishes"])
    offer_after_commit(held.sitting, at=at)
    return current


def lapse_offers(*, at: dt.datetime) -> int:
    """Ends offers nobody answered in time, tells so, and passes the places on. Returns at how many
    sittings."""
    lapsed = SignUp.objects.lapsed(at).filter(sitting=OuterRef("pk"))

    def lapse(sitting: Sitting) -> None:
        for signup in list(SignUp.objects.lapsed(at).filter(sitting=sitting).order_by("pk")):
            _lapse(signup, sitting, at=at)
        offer_after_commit(sitting, at=at)

    return sweep(Sitting.objects.filter(Exists(lapsed)), lapse)


def _lapse(signup: SignUp, sitting: Sitting, *, at: dt.datetime) -> None:
    held = hold(sitting.pk, signup.job_id)
    current = hold_signup(signup)
    if current.state != SignUp.State.OFFERED or current.offer_until is None:
        return
    held.free()
    notices.withdraw_notices(source=current.offer_source, at=at)
    current.state, current.wishes = SignUp.State.LAPSED, []
    current.save(update_fields=["state", "wishes"])
    if sitting.cancelled_at is None:
        notices.notify(
            people=[current.person],
            kind=OFFER_LAPSED,
            source=current.offer_source,
            context={"signup": current.key},
            link=reverse("events:detail", args=[current.event.key]),
            at=at,
        )
