"""First days and years of service, celebrated by the clock for those who want it."""

import datetime as dt
from typing import NamedTuple

from django.db import transaction

from engagement import times
from engagement.clock.actions import sweep
from engagement.live import actions as live
from engagement.live.models import Celebration, Stream
from engagement.people import actions as people
from engagement.people.models import Person
from engagement.people.queries import Place, place_of
from kudos.anniversaries import first_days_celebrated_on
from kudos.milestone_cards import render_milestone
from kudos.models import Milestone

KIND = "milestone"
CARD_LIFE = dt.timedelta(hours=24)
# What the clock has missed by more than this is passed over: congratulations have their day.
LATE_DAYS = 3
# In which the choice is offered to somebody new, and their beginning can still be celebrated.
FIRST_DAYS = 7
# The same years again sooner than this are the same milestone, by a first day put right since.
SAME_WITHIN = dt.timedelta(days=300)


class Due(NamedTuple):
    kind: str
    years: int
    on: dt.date


def milestone_on(person: Person, day: dt.date) -> Due | None:
    """What of ``person`` is to be celebrated on ``day``: that day's, or one just missed."""
    if 0 <= (day - person.started_on).days < FIRST_DAYS:
        return Due(Milestone.Kind.FIRST_DAY, 0, person.started_on)
    for late in range(LATE_DAYS + 1):
        on = day - dt.timedelta(days=late)
        years = first_days_celebrated_on(on).get(person.started_on)
        if years:
            return Due(Milestone.Kind.YEARS, years, on)
    return None


def celebrate_milestones(*, at: dt.datetime) -> int:
    """Celebrates what is due by now at each one's own place. Returns how many people were looked at.

    Each once, also by two clocks at once. What is older than three days is passed over.
    """

    def celebrate(person: Person) -> None:
        _celebrate(person, at=at)

    return sweep(
        Person.objects.filter(pk__in=_candidates(at), celebrates_milestones=True), celebrate
    )


def _candidates(at: dt.datetime) -> list[int]:
    """Those who may have something to celebrate somewhere on earth, and have not yet."""
    here = times.local_date(at)
    days = [here + dt.timedelta(days=n) for n in range(-LATE_DAYS - 1, 2)]
    first_days = {first for day in days for first in first_days_celebrated_on(day)}
    first_days |= {here + dt.timedelta(days=n) for n in range(-FIRST_DAYS, 2)}
    wanting = Person.objects.employed_on(days[-1]).filter(
        celebrates_milestones=True, started_on__in=first_days
    )
    done = Milestone.objects.filter(person__in=wanting, on__gt=days[0] - SAME_WITHIN)
    celebrated = set(done.values_list("person", "kind", "years"))
    return [
        person.pk
        for person in wanting.only("started_on")
        if not any(
            (due := milestone_on(person, day)) and (person.pk, due.kind, due.years) in celebrated
            for day in days
        )
    ]


def _celebrate(person: Person, *, at: dt.datetime) -> None:
    """Celebrates what is due of ``person``, whose row the caller holds. Call it last."""
    place = place_of(person, times.local_date(at))
    day = times.local_date(at, _zone(place))
    due = milestone_on(person, day)
    is_here = person.left_on is None or person.left_on > day
    if due is None or not is_here or not person.celebrates_milestones:
        return
    earlier = Milestone.objects.filter(person=person, kind=due.kind, years=due.years)
    found = earlier.filter(on__gt=due.on - SAME_WITHIN).first()
    if found is not None and found.celebrated_at is not None:
        return
    milestone = found or Milestone(person=person, kind=due.kind, years=due.years)
    milestone.on, milestone.celebrated_at = due.on, at
    milestone.save()
    _show(milestone, place, at=at)


def _zone(place: Place) -> str | None:
    return place.site.timezone if place.site else None


def _show(milestone: Milestone, place: Place, *, at: dt.datetime) -> None:
    """Hangs the card where the person's choice allows it, for what is left of its time."""
    assert milestone.celebrated_at is not None
    day = times.local_date(at, _zone(place))
    until = milestone.celebrated_at + CARD_LIFE
    if milestone.kind == Milestone.Kind.FIRST_DAY and milestone.on == day:
        # "Today" is true until midnight.
        midnight = times.moment_of(day + dt.timedelta(days=1), dt.time(0), _zone(place))
        until = min(until, midnight)
    streams = _streams(milestone.person, place)
    if until <= at or not streams:
        return
    cards = render_milestone(
        milestone,
        place=place.unit.name if place.unit else "",
        day=day,
        show_from=at,
        show_until=until,
    )
    live.celebrate(
        kind=KIND,
        source=milestone.key,
        cards=cards,
        streams=streams,
        show_from=at,
        show_until=until,
    )


def _streams(person: Person, place: Place) -> list[Stream]:
    """Any wall: those of the own unit and the own site. My team's wall: of the unit only."""
    units = [place.unit] if place.unit else []
    if person.wall_choice == Person.WallChoice.ANY:
        return live.ensure_streams(units=units, sites=[place.site] if place.site else [])
    if person.wall_choice == Person.WallChoice.TEAM:
        return live.ensure_streams(units=units)
    return []


def show_milestones_again(*, by: Person, at: dt.datetime) -> None:
    """Brings the walls in line with what ``by`` has just chosen. Call it last in a transaction."""
    person = Person.objects.select_for_update().get(pk=by.pk)
    recent = Milestone.objects.filter(person=person, celebrated_at__gt=at - CARD_LIFE)
    shown = list(recent.select_related("person"))
    live.withdraw_celebrations(sources=[one.key for one in shown], at=at)
    if not person.celebrates_milestones:
        return
    for milestone in shown:
        _show(milestone, place_of(person, times.local_date(at)), at=at)
    _celebrate(person, at=at)


@transaction.atomic
def choose_thanks(
    *, by: Person, keeps_private: bool, by_partners: bool, milestones: bool, at: dt.datetime
) -> None:
    """How ``by`` wants to be thanked; what is to be celebrated today follows at once."""
    people.choose_thanks(
        person=by,
        keeps_private=keeps_private,
        by_partners=by_partners,
        milestones=milestones,
        by=by,
        at=at,
    )
    show_milestones_again(by=by, at=at)


@transaction.atomic
def answer_first_day(*, by: Person, wants: bool, wall: str = "", at: dt.datetime) -> None:
    """What somebody new says to the question about their first day; it is asked once.

    ``wall`` is a choice about walls for somebody who has not made one.
    """
    if not wants:
        Milestone.objects.get_or_create(person=by, kind=Milestone.Kind.FIRST_DAY, on=by.started_on)
        return
    if wall and not by.wall_choice:
        people.choose_wall(person=by, choice=wall, by=by, at=at)
    choose_thanks(
        by=by,
        keeps_private=by.keeps_thanks_private,
        by_partners=by.is_thanked_by_partners,
        milestones=True,
        at=at,
    )


def withdraw_wrong_milestones(*, at: dt.datetime) -> int:
    """Takes cards off the walls whose person has left or changed their mind, or whose first day
    was put right since; the right day is celebrated when it comes. Returns how many."""
    standing = Celebration.objects.current(at).filter(kind=KIND).values("source")
    shown = Milestone.objects.filter(key__in=standing).select_related("person")
    wrong = [one.pk for one in shown if _is_wrong(one, at=at)]

    def withdraw(milestone: Milestone) -> None:
        live.withdraw_celebrations(sources=[milestone.key], at=at)
        if not _is_its_day(milestone):
            milestone.delete()

    return sweep(Milestone.objects.filter(pk__in=wrong).select_related("person"), withdraw)


def _is_wrong(milestone: Milestone, *, at: dt.datetime) -> bool:
    person = milestone.person
    is_gone = person.left_on is not None and person.left_on <= times.local_date(at)
    return is_gone or not person.celebrates_milestones or not _is_its_day(milestone)


def _is_its_day(milestone: Milestone) -> bool:
    started_on = milestone.person.started_on
    if milestone.kind == Milestone.Kind.FIRST_DAY:
        return milestone.on == started_on
    return first_days_celebrated_on(milestone.on).get(started_on) == milestone.years
