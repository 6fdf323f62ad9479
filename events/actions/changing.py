"""Changing one day, this and the following, or all of a series. Whoever is signed up stays so."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from engagement import times
from engagement.people.models import Person
from engagement.people.tree import Tree
from engagement.text import clean_line, clean_lines
from events import recurrence
from events.access.planning import managed_sites, reach_of
from events.actions.planning import (
    FURTHEST_AHEAD,
    cleaned,
    cleaned_sittings,
    refuse_wrong,
    too_long,
    write_facts,
    write_invitations,
    write_jobs,
    write_plans,
    wrong_sittings,
)
from events.actions.rewriting import Rewriting, jobs_from_plans
from events.actions.telling import tell_replaced
from events.facts import DayFacts, SeriesFacts, SittingFacts
from events.models import DESCRIPTION_LENGTH, TITLE_LENGTH, Event, Series, Sitting
from events.queries.own_days import own_days, refuse_moved
from events.queries.versions import refuse_stale


def lock_event(event: Event, *, version: str | None, at: dt.datetime) -> Event:
    """``event`` fresh, its series locked: whoever plans the same series waits here.

    Refused for a day that has been or is cancelled, and when it is no longer as it was at
    ``version`` (`queries.versions`).
    """
    series = Series.objects.select_for_update().get(pk=event.series_id)
    current = Event.objects.get(pk=event.pk)
    if current.series_id != series.pk:
        # Split by somebody else while we waited.
        return lock_event(current, version=version, at=at)
    current.series = series
    refuse_stale(current, version)
    if current.cancelled_at is not None:
        raise ValidationError(_("It is cancelled. Make a new one instead."))
    if current.day < times.local_date(at):
        raise ValidationError(_("This day has been, so it stays as it was."))
    return current


# --- this day alone -------------------------------------------------------------------------------


@transaction.atomic
def change_day(
    *, event: Event, facts: DayFacts, by: Person, at: dt.datetime, version: str | None = None
) -> Event:
    """Changes ``event`` alone: its day, its words, its sittings.

    Those signed up are told of another time or place. Raises ValidationError (``title``,
    ``description``, ``day``, ``sittings``) that says what is wrong.
    """
    event = lock_event(event, version=version, at=at)
    facts = replace(
        facts,
        title=clean_line(facts.title),
        description=clean_lines(facts.description),
        sittings=cleaned_sittings(facts.sittings),
    )
    _refuse_wrong_day(event, facts, by=by, at=at)
    work = Rewriting(event.series, at=at)
    work.lock([event])
    event.own_title = "" if facts.title == event.series.title else facts.title
    same = facts.description == event.series.description
    event.own_description = "" if same else facts.description
    if facts.day != event.day:
        work.move(event, facts.day)
    if work.rewrite_day(event, facts.sittings):
        event.has_own_sittings = True
    event.full_clean()
    event.save()
    work.finish()
    return event


def _refuse_wrong_day(event: Event, facts: DayFacts, *, by: Person, at: dt.datetime) -> None:
    today = times.local_date(at)
    problems = dict(
        [
            *too_long("title", facts.title, TITLE_LENGTH),
            *too_long("description", facts.description, DESCRIPTION_LENGTH),
            *wrong_sittings(facts.sittings),
        ]
    )
    if facts.day < today:
        problems["day"] = _("This day has been. Choose today or a day to come.")
    elif facts.day > today + FURTHEST_AHEAD:
        problems["day"] = _("Choose a day within two years.")
    there = set(event.sittings.values_list("site", flat=True))
    new = [one.site for one in facts.sittings if one.site and one.site.pk not in there]
    if new:
        reach = reach_of(by, tree=Tree.on(today))
        beyond = [site.name for site in new if not reach.holds_at(site)]
        if beyond:
            problems["sittings"] = _("You do not plan for %(site)s.") % {"site": beyond[0]}
    if problems:
        raise ValidationError(problems)


@transaction.atomic
def change_sittings(
    *,
    event: Event,
    sittings: Sequence[SittingFacts],
    by: Person,
    at: dt.datetime,
    version: str | None = None,
) -> Event:
    """Changes the sittings of ``event`` at the sites that ``by`` manages, whoever made the series.

    The others, the day and the words stay. Those signed up are told of another time or place. Raises
    ValidationError (``sittings``) that says what is wrong.
    """
    event = lock_event(event, version=version, at=at)
    sittings, sites = cleaned_sittings(sittings), managed_sites(by)
    problems = dict(wrong_sittings(sittings))
    beyond = [one.site for one in sittings if one.site is None or one.site.pk not in sites]
    if beyond:
        name = beyond[0].name if beyond[0] else _("Everywhere at once")
        problems = {"sittings": _("You do not plan for %(site)s.") % {"site": name}}
    if problems:
        raise ValidationError(problems)
    work = Rewriting(event.series, at=at)
    work.lock([event])
    if work.rewrite_day(event, sittings, sites=sites):
        event.has_own_sittings = True
        event.save(update_fields=["has_own_sittings"])
    work.finish()
    return event


@transaction.atomic
def move_event(
    *, event: Event, day: dt.date, by: Person, at: dt.datetime, version: str | None = None
) -> Event:
    """Holds ``event`` on another day, at the same times of the wall clock."""
    facts = DayFacts(
        day=day,
        sittings=facts_of_day(event),
        title=event.own_title,
        description=event.own_description,
    )
    return change_day(event=event, facts=facts, by=by, at=at, version=version)


def facts_of_day(event: Event) -> list[SittingFacts]:
    """The standing sittings of ``event`` by their wall clocks, in their order."""
    rows = event.sittings.standing().select_related("site", "shift_pattern")
    return [facts_of_sitting(one) for one in rows.order_by("starts_at", "pk")]


def facts_of_sitting(sitting: Sitting) -> SittingFacts:
    return SittingFacts(
        site=sitting.site,
        starts_at=times.local_clock(sitting.starts_at, sitting.zone),
        ends_at=times.local_clock(sitting.ends_at, sitting.zone),
        place=sitting.place,
        capacity=sitting.capacity,
        shift_pattern=sitting.shift_pattern,
        known=sitting.pk,
    )


# --- all of it ------------------------------------------------------------------------------------


@transaction.atomic
def change_all(
    *,
    event: Event,
    facts: SeriesFacts,
    by: Person,
    at: dt.datetime,
    version: str | None = None,
    replacing: Collection[str] = (),
    seen: Mapping[str, str] | None = None,
) -> Event:
    """Changes the whole series of ``event``, from today on; returns ``event`` as it is now, or the
    series' next day when that one went.

    Days with sittings of their own keep them, but those in ``replacing`` (keys of events), which do as
    the series again: the managers of the sites whose sittings go are told. Refused (code ``stale``) when
    one of these is no longer as it was ``seen`` (`OwnDay.version` by its key); None: whatever it was.

    A day that the new rule does not give moves to the one it gives in the same week; with nobody
    signed up it goes, otherwise it is cancelled and they are told.
    """
    event = lock_event(event, version=version, at=at)
    facts = cleaned(facts)
    _refuse_wrong_change(event.series, facts, by=by, at=at)
    first = times.local_date(at)
    return _rewrite(
        event.series, event, facts, first=first, replacing=replacing, seen=seen, by=by, at=at
    )


@transaction.atomic
def change_following(
    *,
    event: Event,
    facts: SeriesFacts,
    by: Person,
    at: dt.datetime,
    version: str | None = None,
    replacing: Collection[str] = (),
    seen: Mapping[str, str] | None = None,
) -> Event:
    """Changes ``event`` and those after it. They become a series of their own, which says what it
    continues; what was before stays as it was. ``replacing`` and ``seen`` as
    in `change_all`."""
    event = lock_event(event, version=version, at=at)
    facts = cleaned(facts)
    _refuse_wrong_change(event.series, facts, by=by, at=at)
    old = event.series
    if not old.events.filter(rule_day__lt=event.rule_day).exists():
        first = event.rule_day
        return _rewrite(
            old, event, facts, first=first, replacing=replacing, seen=seen, by=by, at=at
        )
    facts = _without_days_before(old, event, facts)
    new, facts = _split(old, event, facts, at=at)
    first = min(event.rule_day, facts.starts_on)
    return _rewrite(new, event, facts, first=first, replacing=replacing, seen=seen, by=by, at=at)


def _refuse_wrong_change(
    series: Series, facts: SeriesFacts, *, by: Person, at: dt.datetime
) -> None:
    """What a new series is refused for; whom it invites and where it is held already may stay."""
    sites = set(series.plans.values_list("site", flat=True))
    invitations = series.invitations.select_related("unit", "site", "employer")
    invited = {one.unit or one.site or one.employer for one in invitations}
    if (
        set(facts.invited) == invited
        and {one.site.pk if one.site else None for one in facts.sittings} <= sites
    ):
        refuse_wrong(facts, by=series.organiser, at=at, checks_reach=False)
    else:
        refuse_wrong(facts, by=by, at=at)


def _without_days_before(old: Series, event: Event, facts: SeriesFacts) -> SeriesFacts:
    """A rule that counts goes on counting: what was before is taken off."""
    if facts.rule != old.rule or not facts.rule:
        return facts
    rule = recurrence.parse(facts.rule)
    if rule.count is None:
        return facts
    last = event.rule_day - dt.timedelta(days=1)
    before = sum(1 for _day in recurrence.days(rule, old.starts_on, old.starts_on, last))
    return replace(facts, rule=str(replace(rule, count=max(1, rule.count - before))))


def _split(
    old: Series, event: Event, facts: SeriesFacts, *, at: dt.datetime
) -> tuple[Series, SeriesFacts]:
    """A new series that holds ``event`` and those after it, with plans like the old one's."""
    new = Series(organiser=old.organiser, continues=old, created_at=at, made_until=old.made_until)
    write_facts(new, facts)
    new.save()
    write_invitations(new, facts.invited)
    write_jobs(new, jobs_from_plans(old))
    old_plans = list(old.plans.select_related("site", "shift_pattern").order_by("pk"))
    new_plans = write_plans(new, [_facts_of_plan(plan) for plan in old_plans])
    moved = old.events.filter(rule_day__gte=event.rule_day)
    now_as = {}
    for before, after in zip(old_plans, new_plans, strict=True):
        now_as[before.pk] = after.pk
        Sitting.objects.filter(event__in=moved, plan=before).update(plan=after)
    moved.update(series=new)
    end_before(old, event.rule_day)
    known = [replace(one, known=now_as.get(one.known or 0)) for one in facts.sittings]
    return new, replace(facts, sittings=known)


def _facts_of_plan(plan: object) -> SittingFacts:
    return SittingFacts(
        **{
            name: getattr(plan, name)
            for name in ("site", "starts_at", "ends_at", "place", "capacity", "shift_pattern")
        }
    )


def end_before(series: Series, day: dt.date) -> None:
    """The rule of ``series`` gives no day from ``day`` on."""
    if series.rule:
        rule = recurrence.parse(series.rule)
        last = day - dt.timedelta(days=1)
        series.rule = str(replace(rule, count=None, until=min(rule.until or last, last)))
        series.save(update_fields=["rule"])


def _rewrite(
    series: Series,
    event: Event,
    facts: SeriesFacts,
    *,
    first: dt.date,
    replacing: Collection[str],
    seen: Mapping[str, str] | None,
    by: Person,
    at: dt.datetime,
) -> Event:
    today = times.local_date(at)
    first = max(first, today)
    work = Rewriting(series, at=at)
    work.lock(work.events_from(first))
    given_up = [
        one
        for one in own_days(series, first=dt.date.min, today=first)
        if one.event.key in replacing
    ]
    refuse_moved(given_up, seen)
    work.take_back([one.event.pk for one in given_up])
    write_facts(series, facts)
    series.full_clean()
    series.save()
    write_invitations(series, facts.invited)
    work.rewrite_plans(facts.sittings)
    work.rewrite_days(first)
    work.rewrite_sittings()
    work.rewrite_jobs(facts.jobs)
    work.finish()
    tell_replaced(given_up, by=by, at=at)
    left = Event.objects.select_related("series").filter(series=series)
    coming = left.standing().filter(day__gte=first).order_by("day", "pk")
    return left.filter(pk=event.pk).first() or coming.first() or event
