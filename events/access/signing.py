"""Who may sign up, see who comes, and act on a sign-up."""

import datetime as dt

from django.contrib.auth.models import AnonymousUser
from django.http import Http404

from engagement import times
from engagement.people.access import has_role, is_key, is_person
from engagement.people.models import Person, RoleAssignment
from events.access.inviting import means
from events.links import read_token
from events.models import Invitation, Job, Series, SignUp, SignUpQuerySet, Sitting


def is_invited(person: Person, series: Series, *, at: dt.datetime) -> bool:
    """Whether ``series`` invites ``person`` as they stand at ``at``. One query where everybody is
    invited, else two."""
    invited = Invitation.objects.filter(series=series).values_list("unit", "site", "employer")
    invitations = list(invited)
    return not invitations or means(invitations, person, day=times.local_date(at))


def organises(person: Person | AnonymousUser, sitting: Sitting) -> bool:
    """The series' organiser, and the manager of the sitting's site."""
    if not is_person(person):
        return False
    return sitting.event.series.organiser_id == person.pk or (
        sitting.site is not None
        and has_role(person, RoleAssignment.Role.SITE_MANAGER, site=sitting.site)
    )


def can_see_guests(person: Person, sitting: Sitting, *, helps: bool) -> bool:
    """Names of those with a place: for whoever organises it, and those who ``helps`` there."""
    return helps or organises(person, sitting)


def get_sitting(key: str) -> Sitting:
    """The sitting behind ``key``, with its event; 404 for an unknown one.

    Whether somebody may sign up for it the action asks, under one roof with all other reasons.
    """
    found = Sitting.objects.select_related("event__series", "site").filter(key=key)
    # It is unique: `first` would have it sorted, at a good part of the cost.
    sitting = next(iter(found[:1]), None) if is_key(key) else None
    if sitting is None:
        raise Http404
    return sitting


def get_job(key: str) -> Job:
    """The same for a job."""
    job = (
        Job.objects.select_related("sitting__event__series", "sitting__site")
        .filter(key=key)
        .first()
        if is_key(key)
        else None
    )
    if job is None:
        raise Http404
    return job


def own_signups(person: Person) -> SignUpQuerySet:
    """All of ``person``, also those that are over, with what tells about them."""
    return SignUp.objects.filter(person=person).select_related(
        "event__series", "sitting__site", "job"
    )


def get_signup(person: Person, key: str) -> SignUp:
    """One of ``person``'s own; 404 for those of others."""
    signup = own_signups(person).filter(key=key).first() if is_key(key) else None
    if signup is None:
        raise Http404
    return signup


def get_signup_to_move(person: Person, sitting: Sitting) -> SignUp:
    """``person``'s sign-up as a guest for the event of ``sitting``; 404 without one."""
    signup = own_signups(person).live().filter(event=sitting.event_id, job__isnull=True).first()
    if signup is None:
        raise Http404
    return signup


def get_signup_by_link(token: str, *, at: dt.datetime) -> SignUp | None:
    """The sign-up of a link in a mail; None for a link that is not ours, when the sitting is over,
    or once its person has left."""
    key = read_token(token)
    signup = (
        SignUp.objects.select_related(
            "person", "event__series", "sitting__site", "sitting__event__series", "job"
        )
        .filter(key=key, sitting__ends_at__gt=at)
        .first()
        if key
        else None
    )
    return signup if signup and signup.person.is_active else None
