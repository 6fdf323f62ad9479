"""Signing up, changing, answering an offer, leaving: one tap each."""

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from engagement import times
from engagement.people.models import Person
from engagement.people.requests import PersonRequest
from events import actions
from events.access.signing import get_job, get_signup, get_signup_to_move, get_sitting
from events.models import Job, SignUp, Sitting
from events.queries.places import position_of
from events.views.answers import answer, telling_refusals


def _sitting(person: Person, key: str) -> Sitting:
    return get_sitting(key)


def _job(person: Person, key: str) -> Job:
    return get_job(key)


def _what_came(signup: SignUp) -> str:
    """What somebody reads who has just signed up. Notes where in the queue that is."""
    if signup.state == SignUp.State.PLACED:
        return _("You have a place.")
    if signup.job is None and signup.event.series.is_drawn and signup.event.drawn_at is None:
        return _("You are in the draw.")
    signup.position = position_of(signup)
    return _("You are number %(position)d in the queue.") % {"position": signup.position or 1}


@require_POST
@telling_refusals(_sitting)
def sign_up(request: PersonRequest, sitting: Sitting) -> HttpResponse:
    signup = actions.sign_up(by=request.user, sitting=sitting, at=times.now())
    undo_url = reverse("events:leave", args=[signup.key])
    return answer(request, sitting.event, _what_came(signup), undo_url=undo_url, fresh=signup)


@require_POST
@telling_refusals(_job)
def take_job(request: PersonRequest, job: Job) -> HttpResponse:
    signup = actions.sign_up(by=request.user, sitting=job.sitting, job=job, at=times.now())
    undo_url = reverse("events:leave", args=[signup.key])
    return answer(request, job.event, _what_came(signup), undo_url=undo_url, fresh=signup)


@require_POST
@telling_refusals(_sitting)
def move(request: PersonRequest, sitting: Sitting) -> HttpResponse:
    signup = get_signup_to_move(request.user, sitting)
    before = signup.sitting
    moved = actions.move_signup(signup=signup, sitting=sitting, by=request.user, at=times.now())
    undo_url = reverse("events:move", args=[before.key])
    return answer(request, sitting.event, _what_came(moved), undo_url=undo_url, fresh=moved)


@require_POST
@telling_refusals(get_signup)
def leave(request: PersonRequest, signup: SignUp) -> HttpResponse:
    actions.leave_sitting(signup=signup, at=times.now())
    if signup.job:
        undo_url = reverse("events:take-job", args=[signup.job.key])
    else:
        undo_url = reverse("events:sign-up", args=[signup.sitting.key])
    return answer(request, signup.event, _("You have left."), undo_url=undo_url)


@require_POST
@telling_refusals(get_signup)
def accept(request: PersonRequest, signup: SignUp) -> HttpResponse:
    actions.accept_offer(signup=signup, at=times.now())
    return answer(request, signup.event, _("You have a place."))


@require_POST
@telling_refusals(get_signup)
def decline(request: PersonRequest, signup: SignUp) -> HttpResponse:
    actions.decline_offer(signup=signup, at=times.now())
    return answer(request, signup.event, _("The place goes on to the next."))


@require_POST
@telling_refusals(get_signup)
def set_wishes(request: PersonRequest, signup: SignUp) -> HttpResponse:
    wishes = request.POST.getlist("wishes")[:50]
    actions.set_wishes(signup=signup, wishes=wishes, at=times.now())
    return answer(request, signup.event, _("Saved. The kitchen sees how many, never who."))
