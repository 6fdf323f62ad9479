"""Who comes to the waffles: the last time, and the next. Places, queues, helpers, wishes, and a place
that is offered to the agent.

By the same actions as everybody uses, at the times people would have tapped. The same people each time.
"""

import datetime as dt
import random
from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.utils.translation import override

from engagement.demo.personas import BY_SLUG, PERSONAS
from engagement.people.models import Person, Unit
from engagement.people.queries import placed_people, unit_id_of
from engagement.people.tree import Tree
from events import actions
from events.actions.guarding import lift_rule
from events.actions.holding import UNDO_LASTS
from events.models import Event, Series, SignUp, Sitting
from events.queries.guarding import refusals

HOUR, MINUTE = dt.timedelta(hours=1), dt.timedelta(minutes=1)
# Those who stand in line beside the agent.
IN_LINE = 3
# Sign-up of the next one must be open for so long still, and for so long already.
OPEN_AHEAD, OPEN_SINCE = 4 * HOUR, 26 * HOUR
LIFTED_BECAUSE = "De andre teamene tar telefonene mens Nordlys spiser."


def fill_past(*, at: dt.datetime) -> None:
    """The waffles before the next ones at the agent's site: full, some waited in vain, most came.

    Before there is a rule, which speaks of what is to come."""
    with override("nb"):
        coming = _coming(_series_of("manager"), at=at)
        before = _before(coming) if coming else None
        if before is None or _has_signups(before):
            return
        for sitting in _held(before):
            _sign_up_in_time(sitting, count=_wanted(sitting), at=at)
            if _is_by_day(sitting):
                asked_at = min(at, sitting.closes_at - 3 * HOUR)
                _try_to_sign_up([_persona("agent"), _persona("colleague")], sitting, at=asked_at)
            _come(sitting, at=at)


def fill_coming(*, at: dt.datetime) -> None:
    """The next waffles at every site, once for each."""
    with override("nb"):
        here = _series_of("manager")
        for series in Series.objects.filter(title="Vaffelfredag", cancelled_at=None).order_by("pk"):
            coming = _coming(series, at=at)
            if coming is None or _has_signups(coming):
                continue
            for sitting in _held(coming):
                if series == here and _is_by_day(sitting):
                    _offer_to_agent(sitting, at=at)
                    continue
                _sign_up_in_time(sitting, count=_wanted(sitting), at=at)
                _come(sitting, at=at)


# --- which waffles --------------------------------------------------------------------------------


def _persona(slug: str) -> Person:
    return Person.objects.get(employee_number=BY_SLUG[slug].number)


def _series_of(slug: str) -> Series | None:
    """The waffles that a persona made."""
    made = Series.objects.filter(emblem="waffle", organiser=_persona(slug), cancelled_at=None)
    return made.order_by("pk").first()


def _coming(series: Series | None, *, at: dt.datetime) -> Event | None:
    """The first day of ``series`` at whose day shift one can sign up for some hours still."""
    if series is None:
        return None
    open_now = Event.objects.standing().filter(
        series=series,
        sittings__shift_pattern=_persona("agent").shift_pattern_id,
        sittings__closes_at__gt=at + OPEN_AHEAD,
        sittings__opens_at__lt=at - OPEN_SINCE,
    )
    return open_now.select_related("series").order_by("day", "pk").first()


def _before(event: Event) -> Event | None:
    earlier = event.series.events.standing().filter(day__lt=event.day)
    found: Event | None = earlier.select_related("series").order_by("-day").first()
    return found


def _has_signups(event: Event) -> bool:
    return SignUp.objects.filter(event=event).exists()


def _held(event: Event) -> list[Sitting]:
    rows = Sitting.objects.standing().filter(event=event)
    return list(rows.select_related("event__series", "site").order_by("starts_at", "pk"))


def _is_by_day(sitting: Sitting) -> bool:
    """Whether it is in the day shift, in which the agent works."""
    return sitting.shift_pattern_id == _persona("agent").shift_pattern_id


# --- who comes ------------------------------------------------------------------------------------


def _dice(sitting: Sitting, what: str) -> random.Random:
    return random.Random(f"{what} {sitting.event.day} {sitting.starts_at:%H%M} {sitting.site}")  # noqa: S311


def _wanted(sitting: Sitting) -> int:
    """Day shifts want more than there are places; in the others some chairs stay empty."""
    places = sitting.capacity or 20
    return places + IN_LINE if _is_by_day(sitting) else round(places * 0.6)


def _crowd(sitting: Sitting, *, but: Iterable[int] = ()) -> list[Person]:
    """Those who work in its shift at its site, each day in another order; no persona, and nobody of
    the teams ``but``."""
    assert sitting.site
    tree = Tree.on(sitting.event.day)
    there = tree.unit_ids_at(sitting.site.pk) - set(but)
    placed = placed_people(sitting.event.day).filter(unit_id__in=there)  # type: ignore[misc] # annotated
    found = list(
        placed.filter(shift_pattern=sitting.shift_pattern_id)
        .exclude(employee_number__in=[one.number for one in PERSONAS])
        .order_by("employee_number")
    )
    _dice(sitting, "crowd").shuffle(found)
    return found


def _sign_up_in_time(
    sitting: Sitting, *, count: int, at: dt.datetime, but: Iterable[int] = ()
) -> int:
    """``count`` of its shift sign up one after the other, some help and some have wishes. Returns how
    many are in: whom their team needs is not."""
    asked_at = min(at, sitting.closes_at) - OPEN_SINCE + 2 * MINUTE
    crowd = iter(_crowd(sitting, but=but))
    helpers = [job for job in sitting.jobs.order_by("pk") for _hand in range(job.capacity)]
    signed_up = 0
    for number, person in enumerate(crowd):
        if signed_up == count:
            break
        asked_at += 3 * MINUTE
        signups = _try_to_sign_up([person], sitting, at=asked_at)
        signed_up += len(signups)
        for signup in signups:
            _have_wishes(signup, number, at=asked_at)
    for job, person in zip(helpers[:3], crowd, strict=False):
        try:
            actions.sign_up(by=person, sitting=sitting, job=job, at=asked_at)
        except ValidationError:
            continue
    return signed_up


def _try_to_sign_up(people: Iterable[Person], sitting: Sitting, *, at: dt.datetime) -> list[SignUp]:
    found = []
    for person in people:
        try:
            found.append(actions.sign_up(by=person, sitting=sitting, at=at))
        except ValidationError:
            # Their team needs them on the phones.
            continue
    return found


def _have_wishes(signup: SignUp, number: int, *, at: dt.datetime) -> None:
    wishes = {2: ["nuts"], 4: ["gluten"], 5: ["vegan", "nuts"], 8: ["lactose"]}.get(number)
    if wishes:
        actions.set_wishes(signup=signup, wishes=wishes, at=at)


def _come(sitting: Sitting, *, at: dt.datetime) -> None:
    """Most of those with a place say that they are here, unless it has not begun."""
    came_at, dice = sitting.starts_at + 4 * MINUTE, _dice(sitting, "came")
    if came_at >= at:
        return
    placed = SignUp.objects.filter(sitting=sitting, state=SignUp.State.PLACED)
    for signup in placed.select_related("person").order_by("pk"):
        if dice.random() < 0.85:
            actions.check_in(sitting=sitting, by=signup.person, at=came_at)


# --- an offer that is open ------------------------------------------------------------------------


def _offer_to_agent(sitting: Sitting, *, at: dt.datetime) -> None:
    """Full, with a queue; somebody has just left, and the agent is the first in line."""
    agent, keeper = _persona("agent"), _persona("keeper")
    unit = _team_of(agent, sitting)
    early = at - OPEN_SINCE + MINUTE
    _try_to_sign_up([_persona("manager"), keeper], sitting, at=early)
    mine = {unit.pk} if unit else set()
    places = (sitting.capacity or 20) - 2
    _sign_up_in_time(sitting, count=places, at=at, but=mine)
    if unit and refusals(agent, [sitting], at):
        lift_rule(
            unit=unit, sitting=sitting, reason=LIFTED_BECAUSE, by=_persona("manager"), at=early
        )
    _fill_up(sitting, mine, at=at - 4 * HOUR)
    _try_to_sign_up([agent], sitting, at=at - 3 * HOUR)
    rest = [one for one in _crowd(sitting, but=mine) if not _is_in(one, sitting)]
    _try_to_sign_up(rest[:IN_LINE], sitting, at=at - 2 * HOUR)
    left = SignUp.objects.filter(sitting=sitting, person=keeper, job=None).first()
    if left is not None:
        left_at = at - 15 * MINUTE
        actions.leave_sitting(signup=left, at=left_at)
        actions.offer_places(sitting=sitting, at=left_at + UNDO_LASTS + MINUTE)


def _team_of(person: Person, sitting: Sitting) -> Unit | None:
    tree = Tree.on(sitting.event.day)
    placed = placed_people(sitting.event.day).filter(pk=person.pk).first()
    return tree.unit(unit_id_of(placed)) if placed else None


def _is_in(person: Person, sitting: Sitting) -> bool:
    return SignUp.objects.filter(event=sitting.event_id, person=person).exists()


def _fill_up(sitting: Sitting, but: set[int], *, at: dt.datetime) -> None:
    """The places that are free still go to those of other shifts, who may come as well."""
    free = Sitting.objects.get(pk=sitting.pk).free_count or 0
    assert sitting.site
    there = Tree.on(sitting.event.day).unit_ids_at(sitting.site.pk) - but
    placed = placed_people(sitting.event.day).filter(unit_id__in=there)  # type: ignore[misc] # annotated
    others = placed.exclude(shift_pattern=sitting.shift_pattern_id).order_by("employee_number")
    for person in others:
        if free > 0 and not _is_in(person, sitting):
            free -= len(_try_to_sign_up([person], sitting, at=at))
