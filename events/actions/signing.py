"""Signing up, changing the sitting, leaving."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from engagement import times
from engagement.clock.actions import ring
from engagement.notices import actions as notices
from engagement.people.models import Person
from events.access.signing import is_invited
from events.actions.drawing import begin_lots
from events.actions.guarding import hold_and_check
from events.actions.holding import UNDO_LASTS, Held, hold, hold_both, hold_shared, hold_signup
from events.actions.offering import OFFER_FREE_PLACES, offer_after_commit
from events.models import Event, Job, SignUp, Sitting
from events.queries.fairness import missed_last, own_and_earlier
from events.wall_clock import clock_at, moment_at


class NotInvited(ValidationError):
    """For pages, which answer a stranger as if the thing were not there."""


class ElsewhereAlready(ValidationError):
    """Signed up for another sitting of the event: ``signup`` can be moved."""

    def __init__(self, signup: SignUp) -> None:
        super().__init__(
            _("You are signed up for %(clock)s already. Change to this one instead.")
            % {"clock": clock_at(signup.sitting.starts_at, signup.sitting)},
            code="elsewhere",
        )
        self.signup = signup


def sign_up(*, by: Person, sitting: Sitting, job: Job | None = None, at: dt.datetime) -> SignUp:
    """``by``'s place: at once where there is room and nobody waits, else in the queue.

    The same again is the same sign-up, and within seconds of leaving it undoes that. Whoever was at a
    sitting of the event that was cancelled comes over from there. Raises ValidationError: `NotInvited`, `ElsewhereAlready`, or another that
    says why not and what to do, among them that too many of the team are away already.
    """
    _check_person(by, sitting, at=at)
    if job is not None and job.sitting_id != sitting.pk:
        raise ValidationError({"job": _("This job is not at this sitting. Choose another.")})
    check_open(sitting, at=at)
    if sitting.event.series.is_drawn and job is None:
        begin_lots(event=sitting.event, at=at)
    mine, may_have_missed = own_and_earlier(by, sitting.event, job)
    if mine is not None and mine.state in SignUp.LIVE:
        if mine.sitting_id != sitting.pk and mine.sitting.cancelled_at:
            return move_signup(signup=mine, sitting=sitting, by=by, at=at)
        return _same(mine, sitting)
    missed = job is None and may_have_missed and missed_last(by, sitting.event, at=at)
    asked = _Asked(by, sitting, job, mine, missed=missed, at=at)
    try:
        signup = _stand_in_line(asked) if _looks_full(asked) else None
        if signup is None:
            signup = _take_place(asked)
    except IntegrityError as error:
        # The same person twice at the same moment: the other one has it.
        if "signup_one_" not in str(error):
            raise
        own = SignUp.objects.live().filter(event_id=sitting.event_id, person=by, job=job)
        return _same(own.get(), sitting)
    return signup


@dataclass(frozen=True)
class _Asked:
    """Who wants what; ``mine`` is an earlier sign-up that was left or has lapsed."""

    by: Person
    sitting: Sitting
    job: Job | None
    mine: SignUp | None
    missed: bool
    at: dt.datetime


def _same(signup: SignUp, sitting: Sitting) -> SignUp:
    if signup.sitting_id != sitting.pk:
        raise ElsewhereAlready(signup)
    return signup


def _looks_full(asked: _Asked) -> bool:
    """Whether it is as good as certain that there is only the queue. It is looked at again."""
    if _waits_for_lots(asked.sitting.event, asked.job):
        return True
    has_just_left = asked.mine is not None and asked.mine.left_at is not None
    return not has_just_left and not Held(asked.sitting, asked.job).has_room


@transaction.atomic
def _stand_in_line(asked: _Asked) -> SignUp | None:
    """A place at the end of the queue; None when there may be room after all."""
    _check_coverage(asked)
    held = hold_shared(asked.sitting.pk, asked.job.pk if asked.job else None)
    _check_open(held, asked)
    if held.has_room and not _waits_for_lots(asked.sitting.event, asked.job):
        return None
    return _write(asked, SignUp.State.WAITING, held)


@transaction.atomic
def _take_place(asked: _Asked) -> SignUp:
    _check_coverage(asked)
    held = hold(asked.sitting.pk, asked.job.pk if asked.job else None)
    _check_open(held, asked)
    gets_place = (
        held.has_room
        and not _waits_for_lots(asked.sitting.event, asked.job)
        and not held.has_line()
    )
    return _write(asked, SignUp.State.PLACED if gets_place else SignUp.State.WAITING, held)


def _check_coverage(asked: _Asked) -> None:
    """Whether enough of the team stay on the phones; lots are asked for when they are drawn."""
    if not asked.sitting.event.series.is_drawn or asked.job is not None:
        hold_and_check(person=asked.by, sitting=asked.sitting, at=asked.at)


def _check_open(held: Held, asked: _Asked) -> None:
    """Closed or cancelled while we waited for the row?"""
    held.sitting.event = asked.sitting.event
    check_open(held.sitting, at=asked.at)


def _write(asked: _Asked, state: SignUp.State, held: Held) -> SignUp:
    """Writes the sign-up, and counts its place. Whoever comes again keeps the key, and so the lot."""
    signup = hold_signup(asked.mine) if asked.mine else None
    if signup is not None and signup.state in SignUp.LIVE:
        return _same(signup, asked.sitting)
    if signup is not None and _may_return(signup, held, at=asked.at):
        return _return(signup, held)
    if signup is None or signup.lot is not None:
        # A lot that was drawn stays as it was, for those who check it.
        signup = SignUp(event=asked.sitting.event, person=asked.by, job=asked.job)
    signup.sitting, signup.asked_at, signup.missed_last = asked.sitting, asked.at, asked.missed
    signup.left_at = signup.offered_at = signup.offer_until = None
    signup.state = state
    if state == SignUp.State.PLACED:
        signup.placed_at = asked.at
    signup.save()
    if state == SignUp.State.PLACED:
        held.take()
    return signup


def _may_return(signup: SignUp, held: Held, *, at: dt.datetime) -> bool:
    """Whether signing up undoes that somebody has just left."""
    has_just_left = (
        signup.state == SignUp.State.LEFT
        and signup.sitting_id == held.sitting.pk
        and signup.left_at is not None
        and at < signup.left_at + UNDO_LASTS
    )
    return has_just_left and (held.has_room or not signup.had_place)


def _return(signup: SignUp, held: Held) -> SignUp:
    """The same place as before, or the same place in the queue."""
    if signup.had_place:
        held.take()
    signup.state = SignUp.State.PLACED if signup.had_place else SignUp.State.WAITING
    signup.left_at = None
    signup.save(update_fields=["state", "left_at"])
    return signup


def _waits_for_lots(event: Event, job: Job | None) -> bool:
    """Whether places are drawn and have not been yet, as it is now that the sitting is held."""
    if job is not None or not event.series.is_drawn:
        return False
    return Event.objects.filter(pk=event.pk, drawn_at__isnull=True).exists()


def _check_person(by: Person, sitting: Sitting, *, at: dt.datetime) -> None:
    if not by.is_active:
        raise ValidationError(_("Your account is closed."))
    if by.left_on is not None and by.left_on <= times.local_date(sitting.starts_at, sitting.zone):
        raise ValidationError(_("Your last day at work is before this. Choose an earlier day."))
    if not is_invited(by, sitting.event.series, at=at):
        raise NotInvited(_("This is for others. Look under Events for what you are invited to."))


def check_open(sitting: Sitting, *, at: dt.datetime) -> None:
    """Raises ValidationError that says why nobody can sign up for ``sitting`` at ``at``."""
    if sitting.cancelled_at or sitting.event.cancelled_at:
        raise ValidationError(_("This is cancelled. Choose another sitting."), code="cancelled")
    if at < sitting.opens_at:
        raise ValidationError(
            _("Sign-up opens on %(moment)s. Come back then.")
            % {"moment": moment_at(sitting.opens_at, sitting)},
            code="early",
        )
    if at >= sitting.closes_at:
        raise ValidationError(
            _("Sign-up closed on %(moment)s. Talk to whoever organises it.")
            % {"moment": moment_at(sitting.closes_at, sitting)},
            code="closed",
        )


def move_signup(*, signup: SignUp, sitting: Sitting, by: Person, at: dt.datetime) -> SignUp:
    """Changes ``by``'s sitting within the event. A place is given up only when the new one is had.

    Whoever only waits may go over to another queue, to its end. Raises ValidationError when it is
    full (the old place stays), closed, cancelled, or a job.
    """
    if signup.job_id is not None or signup.event_id != sitting.event_id:
        raise ValidationError(_("You can change between sittings of the same event only."))
    _check_person(by, sitting, at=at)
    check_open(sitting, at=at)
    with transaction.atomic():
        hold_and_check(person=by, sitting=sitting, at=at)
        old, new = hold_both(signup.sitting_id, sitting.pk)
        check_open(new.sitting, at=at)
        current = hold_signup(signup)
        if current.state not in SignUp.LIVE or current.sitting_id != signup.sitting_id:
            raise ValidationError(
                _("This place has changed meanwhile. Load the page again."), code="changed"
            )
        if current.sitting_id == sitting.pk:
            return current
        had_place = current.state in SignUp.HOLDING
        gets_place = (
            new.has_room and not _waits_for_lots(sitting.event, None) and not new.has_line()
        )
        if had_place and not gets_place and not old.sitting.cancelled_at:
            raise ValidationError(
                _("It is full at %(clock)s. You keep the place you have.")
                % {"clock": clock_at(sitting.starts_at, sitting)},
                code="full",
            )
        if had_place:
            old.free()
        if gets_place:
            new.take()
        _take_back_offer(current, at=at)
        moved = _moved(current, sitting, gets_place=gets_place, at=at)
        if had_place:
            offer_after_commit(old.sitting, at=at)
    return moved


def _moved(signup: SignUp, sitting: Sitting, *, gets_place: bool, at: dt.datetime) -> SignUp:
    """``signup``, at ``sitting`` from now on."""
    if signup.lot is not None and not gets_place:
        # In the other queue it stands behind those drawn for it; the lot stays, to be checked.
        wishes, signup.state, signup.left_at, signup.wishes = (
            signup.wishes,
            SignUp.State.LEFT,
            at,
            [],
        )
        signup.save()
        signup = SignUp(
            event=sitting.event, person=signup.person, missed_last=signup.missed_last, wishes=wishes
        )
    signup.sitting, signup.event = sitting, sitting.event
    signup.state = SignUp.State.PLACED if gets_place else SignUp.State.WAITING
    signup.placed_at = at if gets_place else signup.placed_at
    signup.offered_at = signup.offer_until = None
    signup.asked_at = at
    signup.save()
    return signup


def leave_sitting(*, signup: SignUp, at: dt.datetime) -> SignUp:
    """Gives up a place, an offer or a place in the queue. Doing so twice is the same as once.

    Signing up again within seconds undoes it; then the next in line is offered the place. Wishes are
    erased. Raises ValidationError when the sitting is over.
    """
    with transaction.atomic():
        held = hold(signup.sitting_id, signup.job_id)
        current = hold_signup(signup)
        if current.state not in SignUp.LIVE or current.sitting_id != held.sitting.pk:
            return current
        _check_not_over(held.sitting, at=at)
        if current.state in SignUp.HOLDING:
            held.free()
        was_offered = current.state == SignUp.State.OFFERED
        _take_back_offer(current, at=at)
        current.state, current.left_at, current.wishes = SignUp.State.LEFT, at, []
        current.save(update_fields=["state", "left_at", "wishes"])
        if was_offered:
            offer_after_commit(held.sitting, at=at)
        else:
            ring(OFFER_FREE_PLACES, after=UNDO_LASTS)
    return current


def _check_not_over(sitting: Sitting, *, at: dt.datetime) -> None:
    if at >= sitting.ends_at:
        raise ValidationError(_("This is over. There is nothing to leave."), code="over")


def _take_back_offer(signup: SignUp, *, at: dt.datetime) -> None:
    if signup.state == SignUp.State.OFFERED:
        notices.withdraw_notices(source=signup.offer_source, at=at)


def set_wishes(*, signup: SignUp, wishes: Iterable[str], at: dt.datetime) -> SignUp:
    """What the kitchen must know about ``signup``'s person. Raises ValidationError for a wish that
    nobody knows, or when there is no place to have wishes for."""
    with transaction.atomic():
        current = hold_signup(signup)
        if current.state not in SignUp.LIVE or at >= current.sitting.ends_at:
            raise ValidationError(_("Sign up first. Wishes belong to a place."))
        wanted = set(wishes)
        if not wanted <= set(SignUp.Wish.values):
            raise ValidationError({"wishes": _("Choose among the wishes that are there.")})
        current.wishes = [wish for wish in SignUp.Wish.values if wish in wanted]
        current.save(update_fields=["wishes"])
    return current
