"""The places of an event as somebody sees them, and one's own places."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.db.models import Count, Q

from engagement.people.lines import line_of
from engagement.people.models import Person
from events.access.signing import can_see_guests, is_invited, organises, own_signups
from events.models import Event, Job, SignUp, Sitting
from events.queries.guarding import Refusal, refusals

# A sitting or a job at it, by their row numbers.
Line = tuple[int, int | None]


@dataclass(frozen=True)
class WishCount:
    """How many of those with a place have a wish."""

    wish: str
    label: str
    number: int


@dataclass
class Offering:
    """What can be had: the places of a sitting, or of a job at it."""

    counted: Sitting | Job
    mine: SignUp | None
    waiting_count: int
    # Where the viewer stands in the queue, from 1.
    position: int | None

    @property
    def taken_count(self) -> int:
        return self.counted.taken_count

    @property
    def free_count(self) -> int | None:
        """Places that whoever comes next can have; None without limit."""
        if self.counted.capacity is None:
            return None
        return 0 if self.waiting_count else self.counted.capacity - self.counted.taken_count

    @property
    def is_full(self) -> bool:
        """Whether who signs up now has to wait."""
        return self.free_count is not None and self.free_count <= 0


@dataclass
class JobPlace(Offering):
    job: Job = field(kw_only=True)


@dataclass
class Place(Offering):
    """A sitting as the viewer sees it.

    ``state`` is one of ``cancelled``, ``over``, ``closed``, ``early``, ``open``: what the sitting
    is. ``mine`` is the viewer's live sign-up as a guest, or one whose offer has just lapsed.
    """

    sitting: Sitting = field(kw_only=True)
    state: str = field(kw_only=True)
    waits_for_lots: bool = field(kw_only=True)
    is_invited: bool = field(kw_only=True)
    # The viewer's place at another sitting of the event, which signing up here would change.
    elsewhere: SignUp | None = field(kw_only=True)
    jobs: list[JobPlace] = field(kw_only=True)
    organises: bool = field(kw_only=True)
    # Why the viewer is needed on the phones then; None when they can go.
    refusal: Refusal | None = field(kw_only=True, default=None)
    # For those who may see them; None for everybody else.
    guests: list[SignUp] | None = field(kw_only=True, default=None)
    wishes: list[WishCount] | None = field(kw_only=True, default=None)

    @property
    def is_full(self) -> bool:
        return self.waits_for_lots or super().is_full

    @property
    def can_sign_up(self) -> bool:
        """Whether the button to sign up is there. That it is full only means waiting."""
        is_mine = self.mine is not None and self.mine.state in SignUp.LIVE
        return self.state == "open" and self.is_invited and not is_mine

    @property
    def can_move_here(self) -> bool:
        """Whether that button changes a place the viewer has elsewhere."""
        return self.can_sign_up and self.elsewhere is not None

    @property
    def is_worth_moving(self) -> bool:
        """A place is not given up for a queue; whoever waits may wait here instead."""
        elsewhere = self.elsewhere
        return (
            elsewhere is None
            or elsewhere.state == SignUp.State.WAITING
            or elsewhere.sitting.cancelled_at is not None
            or not self.is_full
        )


def state_of(sitting: Sitting, event: Event, *, at: dt.datetime) -> str:
    """See `Place`."""
    if sitting.cancelled_at or event.cancelled_at:
        return "cancelled"
    if at >= sitting.ends_at:
        return "over"
    if at >= sitting.closes_at:
        return "closed"
    return "early" if at < sitting.opens_at else "open"


def places_for(
    event: Event, viewer: Person, *, at: dt.datetime, fresh: SignUp | None = None
) -> list[Place]:
    """The sittings of ``event``, the viewer's own site first, as ``viewer`` sees them. At most
    sixteen queries, however many sittings, people and jobs.

    ``event`` has its ``series`` loaded. Names of guests and counts of wishes are there only for
    those who may see them. ``fresh`` is what the viewer has just signed up with: its ``position`` is
    known, and they are invited.
    """
    sittings, jobs = _sittings(event, viewer), _jobs(event)
    # Without jobs that is all they can have.
    mine = [fresh] if fresh and not jobs else _own(sittings, event, viewer, fresh)
    waiting = _waiting(event)
    invited = fresh is not None or is_invited(viewer, event.series, at=at)
    waits_for_lots = event.series.is_drawn and event.drawn_at is None
    as_guest = next((one for one in mine if one.job_id is None), None)
    held = as_guest if as_guest and as_guest.state in SignUp.LIVE else None
    helped = {one.sitting_id for one in mine if one.job_id and one.state == SignUp.State.PLACED}
    places = []
    for sitting in sittings:
        own_here = as_guest if as_guest and as_guest.sitting_id == sitting.pk else None
        places.append(
            Place(
                counted=sitting,
                sitting=sitting,
                state=state_of(sitting, event, at=at),
                mine=own_here,
                elsewhere=held if held and held.sitting_id != sitting.pk else None,
                waiting_count=waiting[sitting.pk, None],
                position=own_here.position if own_here else None,
                waits_for_lots=waits_for_lots,
                is_invited=invited,
                organises=organises(viewer, sitting),
                jobs=[_job_place(job, mine, waiting) for job in jobs[sitting.pk]],
            )
        )
    _add_refusals(places, viewer, at=at)
    _add_guests(places, viewer, helped)
    return places


def _sittings(event: Event, viewer: Person) -> list[Sitting]:
    """Those of ``event``, those at the viewer's own site first. One query; one more where there are
    several sites."""
    held = Sitting.objects.filter(event=event).select_related("site", "shift_pattern")
    sittings = list(held.order_by("starts_at", "pk"))
    if len({one.site_id for one in sittings}) > 1:
        near = (None, line_of(viewer, day=event.day).site)
        sittings.sort(key=lambda one: (one.site_id not in near, str(one.site or "")))
    for sitting in sittings:
        sitting.event = event
    return sittings


def _jobs(event: Event) -> defaultdict[int, list[Job]]:
    """By the row number of their sitting. One query."""
    jobs: defaultdict[int, list[Job]] = defaultdict(list)
    for job in Job.objects.filter(sitting__event=event).order_by("pk"):
        jobs[job.sitting_id].append(job)
    return jobs


def _own(
    sittings: Iterable[Sitting], event: Event, viewer: Person, fresh: SignUp | None
) -> list[SignUp]:
    """What ``viewer`` has at ``sittings``, and offers that have lapsed, with their positions. Two
    queries."""
    at_sitting = {one.pk: one for one in sittings}
    own = SignUp.objects.filter(event=event, person=viewer, sitting__in=at_sitting)
    mine = list(own.filter(state__in=[*SignUp.LIVE, SignUp.State.LAPSED]).order_by("pk"))
    for one in mine:
        one.sitting, one.event = at_sitting[one.sitting_id], event
        if fresh is not None and one.pk == fresh.pk:
            one.position = fresh.position
    with_positions([one for one in mine if one.position is None])
    return mine


def _add_refusals(places: Iterable[Place], viewer: Person, *, at: dt.datetime) -> None:
    """One query where no rule holds, else six; none without a button to sign up."""
    asked = [one for one in places if one.can_sign_up and not one.waits_for_lots]
    refused = refusals(viewer, [one.sitting for one in asked], at)
    for one in asked:
        one.refusal = refused.get(one.sitting.pk)


def _job_place(job: Job, mine: Iterable[SignUp], waiting: Mapping[Line, int]) -> JobPlace:
    own = next((one for one in mine if one.job_id == job.pk and one.state in SignUp.LIVE), None)
    return JobPlace(
        counted=job,
        job=job,
        mine=own,
        waiting_count=waiting[job.sitting_id, job.pk],
        position=own.position if own else None,
    )


def _waiting(event: Event) -> Counter[Line]:
    """How many wait in each line. One query."""
    lines = SignUp.objects.filter(event=event, state=SignUp.State.WAITING).order_by()
    counted = lines.values_list("sitting_id", "job_id").annotate(count=Count("pk"))
    return Counter({(sitting, job): count for sitting, job, count in counted})


def position_of(signup: SignUp) -> int | None:
    """Where ``signup`` stands in its queue, from 1; None when it does not wait. One query."""
    if signup.state != SignUp.State.WAITING:
        return None
    earlier = Q(asked_at__lt=signup.asked_at) | Q(asked_at=signup.asked_at, pk__lt=signup.pk)
    if signup.lot is not None:
        ahead = Q(lot__lt=signup.lot)
    else:
        missed = Q(missed_last=True)
        ahead = Q(lot__isnull=False) | (
            missed & earlier if signup.missed_last else missed | earlier
        )
    line = SignUp.objects.filter(sitting_id=signup.sitting_id, job=signup.job_id)
    return line.filter(ahead, state=SignUp.State.WAITING).count() + 1


def with_positions(signups: Sequence[SignUp]) -> Sequence[SignUp]:
    """``signups``, each with its ``position`` as `position_of` tells it. At most one query."""
    waiting = [one for one in signups if one.state == SignUp.State.WAITING]
    if len(waiting) == 1:
        waiting[0].position = position_of(waiting[0])
    elif waiting:
        lines: defaultdict[Line, list[int]] = defaultdict(list)
        there = SignUp.objects.filter(sitting__in={one.sitting_id for one in waiting}).in_line()
        for sitting, job, pk in there.values_list("sitting_id", "job_id", "pk"):
            lines[sitting, job].append(pk)
        for one in waiting:
            line = lines[one.sitting_id, one.job_id]
            one.position = line.index(one.pk) + 1 if one.pk in line else None
    return signups


def _add_guests(places: list[Place], viewer: Person, helped: set[int]) -> None:
    """Names and wishes, for those sittings whose guests ``viewer`` may see. At most one query."""
    seen = {
        one.sitting.pk: one
        for one in places
        if can_see_guests(viewer, one.sitting, helps=one.sitting.pk in helped)
    }
    if not seen:
        return
    for place in seen.values():
        place.guests = []
    placed = SignUp.objects.filter(sitting__in=seen, state=SignUp.State.PLACED)
    guests_of = placed.select_related("person", "job").order_by("person__sort_name", "pk")
    told = guests_of.only(
        "sitting", "wishes", "person__key", "person__given_name", "person__family_name", "job__name"
    )
    wanted: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for signup in told:
        # Who has which wish is counted here and told to nobody.
        wanted[signup.sitting_id].update(signup.wishes if signup.job_id is None else ())
        signup.wishes = []
        guests = seen[signup.sitting_id].guests
        assert guests is not None
        guests.append(signup)
    for pk, place in seen.items():
        place.wishes = [
            WishCount(wish.value, str(wish.label), wanted[pk][wish.value])
            for wish in SignUp.Wish
            if wanted[pk][wish.value]
        ]


@dataclass(frozen=True)
class OwnPlace:
    """One of one's own sign-ups, and where it stands in its queue."""

    signup: SignUp
    position: int | None
    state: str


def my_places(person: Person, *, at: dt.datetime) -> list[OwnPlace]:
    """What ``person`` has or waits for, the next first, also what was cancelled. Two queries."""
    live = own_signups(person).filter(state__in=SignUp.LIVE, sitting__ends_at__gt=at)
    own = with_positions(list(live.order_by("sitting__starts_at", "pk")))
    return [OwnPlace(one, one.position, state_of(one.sitting, one.event, at=at)) for one in own]


def past_places(person: Person, *, at: dt.datetime) -> list[SignUp]:
    """Where ``person`` had a place, the latest first; those still kept. One query."""
    past = own_signups(person).filter(state=SignUp.State.PLACED, sitting__ends_at__lte=at)
    return list(
        past.filter(sitting__cancelled_at__isnull=True, event__cancelled_at__isnull=True).order_by(
            "-sitting__starts_at", "-pk"
        )[:20]
    )


def own_data(person: Person) -> list[dict[str, object]]:
    """The sign-ups of ``person``, as they may take them along, oldest first."""
    return [
        {
            "event": one.event.title,
            "from": one.sitting.starts_at.isoformat(),
            "place": one.sitting.place,
            "job": one.job.name if one.job else None,
            "state": one.state,
            "wishes": one.wishes,
            "missed_last": one.missed_last,
            "lot": one.lot,
            "asked_at": _moment(one.asked_at),
            "placed_at": _moment(one.placed_at),
            "offered_at": _moment(one.offered_at),
            "offer_until": _moment(one.offer_until),
            "left_at": _moment(one.left_at),
            "came_at": _moment(one.came_at),
        }
        for one in own_signups(person).order_by("pk")
    ]


def _moment(when: dt.datetime | None) -> str | None:
    return when.isoformat() if when else None
