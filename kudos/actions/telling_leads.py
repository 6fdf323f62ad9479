"""Telling a unit's lead in time: of somebody's first day, and of years of service to come."""

import datetime as dt
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import urlencode

from django.urls import reverse

from engagement import times
from engagement.notices import actions as notices
from engagement.notices.models import Notice
from engagement.people.models import Membership, Person, Unit
from engagement.people.queries import leads_of
from engagement.people.tree import Tree
from kudos.anniversaries import first_days_celebrated_on, working_day_before
from kudos.notices import FIRST_DAY_COMING, MILESTONE_COMING

TOLD_DAYS_BEFORE = 7
# No weekend with the holidays around it is longer.
STARTERS_WITHIN_DAYS = 14
# Nobody is woken by it.
TOLD_FROM = dt.time(8)


class Coming(NamedTuple):
    """What a lead is told of: ``years`` is 0 for a first day."""

    person: Person
    years: int
    on: dt.date

    @property
    def source(self) -> str:
        return f"{self.person.key} {self.years} {self.on.isoformat()}"


def tell_leads(*, at: dt.datetime) -> int:
    """Tells leads of what comes, each once: of a first day from the working day before; of years
    of service a week before, and only of those who celebrate them. Returns how many were told."""
    today = times.local_date(at)
    coming = {one.source: one for one in [*_starting(today), *_completing_years(today)]}
    told = Notice.objects.filter(source__in=coming).values_list("source", flat=True)
    for source in set(told):
        del coming[source]
    return sum(_tell(one, at=at) for one in coming.values())


def _starting(today: dt.date) -> Iterator[Coming]:
    last = today + dt.timedelta(days=STARTERS_WITHIN_DAYS)
    for person in Person.objects.filter(started_on__gt=today, started_on__lte=last):
        if working_day_before(person.started_on) <= today:
            yield Coming(person, 0, person.started_on)


def _completing_years(today: dt.date) -> Iterator[Coming]:
    wanting = Person.objects.employed_on(today).filter(celebrates_milestones=True)
    for ahead in range(1, TOLD_DAYS_BEFORE + 1):
        on = today + dt.timedelta(days=ahead)
        first_days = first_days_celebrated_on(on)
        for person in wanting.filter(started_on__in=first_days):
            yield Coming(person, first_days[person.started_on], on)


def _tell(one: Coming, *, at: dt.datetime) -> int:
    """Tells those who lead the unit, or the nearest above it that somebody else leads."""
    tree = Tree.on(one.on)
    placed = Membership.objects.on(one.on).filter(person=one.person)
    unit_id = placed.values_list("unit_id", flat=True).first()
    units = [unit for up in tree.ancestor_ids(unit_id) if (unit := tree.unit(up))]
    leads = _nearest_leads(units, one.person, at=at)
    if not leads:
        return 0
    give = reverse("kudos:give")
    site = tree.site_of(unit_id)
    opening = times.moment_of(times.local_date(at), TOLD_FROM, site.timezone if site else None)
    return notices.notify(
        people=leads,
        kind=MILESTONE_COMING if one.years else FIRST_DAY_COMING,
        source=one.source,
        context={
            "person": one.person.key,
            "unit": units[0].key,
            "years": one.years,
            "on": one.on.isoformat(),
        },
        link=f"{give}?{urlencode({'to': one.person.key, 'on': one.on.isoformat()})}",
        show_from=max(at, opening),
        at=at,
    )


def _nearest_leads(units: list[Unit], person: Person, *, at: dt.datetime) -> list[Person]:
    leads = leads_of(units, at=at)
    for unit in units:
        if others := [lead for lead in leads.get(unit.pk, []) if lead.pk != person.pk]:
            return others
    return []
