"""A new series, and what every series must be like."""

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from engagement import times
from engagement.people.models import Employer, Person, Site, Unit
from engagement.people.tree import Tree
from engagement.text import clean_line, clean_lines
from events import recurrence
from events.access.planning import can_create_events, reach_of
from events.actions.making import AHEAD, days_of, make_events
from events.facts import Audience, JobFacts, SeriesFacts, SittingFacts
from events.models import (
    DESCRIPTION_LENGTH,
    MOST_PLACES,
    PLACE_LENGTH,
    TITLE_LENGTH,
    Emblem,
    Invitation,
    JobPlan,
    Series,
    SittingPlan,
)

MOST_SITTINGS = 60
# Whoever means 12:00 to 11:30 has made a slip; 23:30 to 00:15 is a night shift.
LONGEST_SITTING = dt.timedelta(hours=12)
MOST_JOBS = 12
MOST_HANDS = 50
JOB_LENGTH = 40
MOST_INVITED = 200
FURTHEST_AHEAD = dt.timedelta(days=2 * 366)
MOST_OPEN_DAYS = 180
MOST_CLOSED_MINUTES = 7 * 24 * 60
Problems = Iterator[tuple[str, str]]


@transaction.atomic
def create_series(*, facts: SeriesFacts, by: Person, at: dt.datetime) -> Series:
    """A series with its events of the next 26 weeks; the clock makes more.

    Raises ValidationError that names each part that is wrong and what to do: ``title``,
    ``description``, ``emblem``, ``rule``, ``starts_on``, ``sittings``, ``jobs``, ``invited``,
    ``opens_days``, ``closes_minutes``.
    """
    facts = cleaned(facts)
    refuse_wrong(facts, by=by, at=at)
    if facts.starts_on < times.local_date(at):
        raise ValidationError({"starts_on": _("This day has been. Choose today or a day to come.")})
    series = Series(organiser=by, created_at=at)
    write_facts(series, facts)
    series.save()
    write_invitations(series, facts.invited)
    write_plans(series, facts.sittings)
    write_jobs(series, facts.jobs)
    until = max(times.local_date(at) + AHEAD, facts.starts_on)
    if not make_events(series, until=until, at=at) and not series.rule:
        raise AssertionError("a single day is always made")
    return series


# --- what is wrong, and in which part -------------------------------------------------------------


def cleaned(facts: SeriesFacts) -> SeriesFacts:
    """``facts`` with its texts made safe and nothing said twice. Lengths stay to be judged."""
    return replace(
        facts,
        title=clean_line(facts.title),
        description=clean_lines(facts.description),
        rule=_cleaned_rule(facts.rule),
        sittings=cleaned_sittings(facts.sittings),
        jobs=[replace(one, name=clean_line(one.name)) for one in facts.jobs],
        invited=list(dict.fromkeys(facts.invited)),
    )


def _cleaned_rule(text: str) -> str:
    try:
        return str(recurrence.parse(text)) if text else ""
    except ValidationError as error:
        raise ValidationError({"rule": error.messages}) from error


def cleaned_sittings(sittings: Sequence[SittingFacts]) -> list[SittingFacts]:
    return [replace(one, place=clean_line(one.place)) for one in sittings]


def refuse_wrong(
    facts: SeriesFacts, *, by: Person, at: dt.datetime, checks_reach: bool = True
) -> None:
    """Raises ValidationError with everything that is wrong with ``facts``."""
    problems = dict(
        [
            *_wrong_words(facts),
            *_wrong_days(facts, at=at),
            *wrong_sittings(facts.sittings),
            *_wrong_jobs(facts.jobs),
            *_wrong_times(facts),
            *(_wrong_reach(facts, by=by, at=at) if checks_reach else ()),
        ]
    )
    if problems:
        raise ValidationError(problems)


def _wrong_words(facts: SeriesFacts) -> Problems:
    if not facts.title:
        yield "title", _("Give it a name, such as “Waffle Friday”.")
    yield from too_long("title", facts.title, TITLE_LENGTH)
    yield from too_long("description", facts.description, DESCRIPTION_LENGTH)
    if facts.emblem not in Emblem.values:
        yield "emblem", _("Choose one of the drawings.")


def too_long(name: str, text: str, most: int) -> Problems:
    if len(text) > most:
        yield (
            name,
            _("This has %(length)d characters; at most %(most)d fit.")
            % {"length": len(text), "most": most},
        )


def _wrong_days(facts: SeriesFacts, *, at: dt.datetime) -> Problems:
    if facts.starts_on > times.local_date(at) + FURTHEST_AHEAD:
        yield "starts_on", _("Choose a day within two years.")
        return
    if not facts.rule:
        return
    try:
        recurrence.check(recurrence.parse(facts.rule), facts.starts_on)
    except ValidationError as error:
        yield "rule", error.messages[0]
        return
    series = Series(rule=facts.rule, starts_on=facts.starts_on, skips_holidays=facts.skips_holidays)
    if not days_of(series, facts.starts_on, facts.starts_on + recurrence.LOOKED_AT / 3):
        yield (
            "rule",
            _("All its days are public holidays. Hold it on those too, or change the days."),
        )


def wrong_sittings(sittings: Sequence[SittingFacts]) -> Problems:
    """At most one problem: a page shows it above its list of sittings."""
    if not sittings:
        yield "sittings", _("Choose at least one sitting: when people can come.")
    elif len(sittings) > MOST_SITTINGS:
        yield "sittings", _("At most %(most)d sittings a day.") % {"most": MOST_SITTINGS}
    elif any(one.starts_at == one.ends_at for one in sittings):
        yield "sittings", _("A sitting ends at another time than it starts.")
    elif any(_length(one) > LONGEST_SITTING for one in sittings):
        yield "sittings", _("A sitting lasts at most 12 hours. Does one end before it starts?")
    elif any(one.capacity is not None and not 1 <= one.capacity <= MOST_PLACES for one in sittings):
        yield "sittings", _("A sitting has between 1 and 5000 places.")
    elif any(len(one.place) > PLACE_LENGTH for one in sittings):
        yield (
            "sittings",
            _("Write the place in at most %(most)d characters.") % {"most": PLACE_LENGTH},
        )
    elif max(Counter((one.site, one.starts_at, one.place) for one in sittings).values()) > 1:
        yield "sittings", _("Two sittings at the same time and place. Take one away.")
    elif closed := [one.site for one in sittings if one.site and one.site.closed_on]:
        yield "sittings", _("%(site)s is closed.") % {"site": closed[0].name}


def _length(facts: SittingFacts) -> dt.timedelta:
    """By the clock, into the next day when it ends no later than it starts."""
    day = dt.date(2001, 1, 1)
    length = dt.datetime.combine(day, facts.ends_at) - dt.datetime.combine(day, facts.starts_at)
    return length if length > dt.timedelta(0) else length + dt.timedelta(days=1)


def _wrong_jobs(jobs: Sequence[JobFacts]) -> Problems:
    if len(jobs) > MOST_JOBS:
        yield "jobs", _("At most %(most)d jobs.") % {"most": MOST_JOBS}
    elif any(not one.name or not 1 <= one.capacity <= MOST_HANDS for one in jobs):
        yield "jobs", _("A job has a name and wants 1 to 50 hands.")
    elif any(len(one.name) > JOB_LENGTH for one in jobs):
        yield "jobs", _("Name a job in at most %(most)d characters.") % {"most": JOB_LENGTH}
    elif len({one.name.casefold() for one in jobs}) < len(jobs):
        yield "jobs", _("The same job twice. Give it more hands instead.")


def _wrong_times(facts: SeriesFacts) -> Problems:
    if not 1 <= facts.opens_days <= MOST_OPEN_DAYS:
        yield (
            "opens_days",
            _("Open the sign-up 1 to %(most)d days before.") % {"most": MOST_OPEN_DAYS},
        )
    elif not 0 <= facts.closes_minutes <= min(MOST_CLOSED_MINUTES, facts.opens_days * 24 * 60):
        yield "closes_minutes", _("Sign-up closes after it opens, at most a week before.")


def _wrong_reach(facts: SeriesFacts, *, by: Person, at: dt.datetime) -> Problems:
    if len(facts.invited) > MOST_INVITED:
        yield "invited", _("That is too many. Invite a larger part of the organisation.")
        return
    if not can_create_events(by):
        yield "invited", _("Events are planned by leads, site managers and HR.")
        return
    reach = reach_of(by, tree=Tree.on(times.local_date(at)))
    beyond = [one.site.name for one in facts.sittings if one.site and not reach.holds_at(one.site)]
    if beyond:
        yield "sittings", _("You do not plan for %(site)s.") % {"site": beyond[0]}
    if not reach.covers([], facts.invited):
        yield "invited", _("Invite those you plan for: your site, your unit or your employer.")


# --- writing --------------------------------------------------------------------------------------


def write_facts(series: Series, facts: SeriesFacts) -> None:
    """Puts what ``facts`` says of the series itself on ``series``; does not save."""
    for name in (
        "title", "description", "emblem", "rule", "starts_on", "skips_holidays", "opens_days",
        "closes_minutes", "is_drawn", "shows_on_walls",
    ):  # fmt: skip
        setattr(series, name, getattr(facts, name))


def write_invitations(series: Series, invited: Sequence[Audience]) -> None:
    kinds = {Unit: "unit", Site: "site", Employer: "employer"}
    series.invitations.all().delete()
    Invitation.objects.bulk_create(
        Invitation(series=series, **{kinds[type(one)]: one}) for one in invited
    )


def write_plans(series: Series, sittings: Sequence[SittingFacts]) -> list[SittingPlan]:
    """New plans of ``series``, in the order of ``sittings``."""
    plans = [plan_of(series, facts) for facts in sittings]
    return SittingPlan.objects.bulk_create(plans)


def plan_of(series: Series, facts: SittingFacts) -> SittingPlan:
    return SittingPlan(
        series=series,
        site=facts.site,
        shift_pattern=facts.shift_pattern,
        starts_at=facts.starts_at,
        ends_at=facts.ends_at,
        place=facts.place,
        capacity=facts.capacity,
    )


def write_jobs(series: Series, jobs: Sequence[JobFacts]) -> None:
    JobPlan.objects.bulk_create(
        JobPlan(series=series, name=one.name, capacity=one.capacity) for one in jobs
    )


def refuse_below(name: str, taken: int) -> ValidationError:
    """Fewer places than people: says where, and what to do."""
    return ValidationError(
        {
            "sittings": ngettext(
                "%(when)s: %(count)d person has a place. Give at least that many, or ask them to "
                "leave first.",
                "%(when)s: %(count)d people have a place. Give at least that many, or ask them to "
                "leave first.",
                taken,
            )
            % {"when": name, "count": taken}
        }
    )
