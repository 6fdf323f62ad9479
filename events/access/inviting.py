"""Who is invited."""

import datetime as dt
from collections.abc import Collection

from django.db.models import Exists, OuterRef, Q

from engagement.people.lines import line_of
from engagement.people.models import Person
from events.models import Invitation

# Row numbers of a unit, a site and an employer, of which one is there.
Invited = tuple[int | None, int | None, int | None]


def invitations_for(person: Person, *, day: dt.date) -> Q:
    """Invitations (`Invitation`) that mean ``person`` as they stand on ``day``. One query."""
    line = line_of(person, day=day)
    here = Q(site=line.site) if line.site else Q(pk__in=[])
    return here | Q(unit__in=line.units) | Q(employer=person.employer_id)


def means(invitations: Collection[Invited], person: Person, *, day: dt.date) -> bool:
    """Whether one of ``invitations`` means ``person``, as `invitations_for` says. At most one query."""
    if any(employer == person.employer_id for _unit, _site, employer in invitations):
        return True
    line = line_of(person, day=day)
    return any(
        unit in line.units if unit else bool(site) and site == line.site
        for unit, site, _employer in invitations
    )


def inviting(person: Person, *, day: dt.date, series: str = "") -> Q:
    """What invites ``person``: a filter of series, or of what leads to one by the name ``series``
    (``"series"`` for events, ``"event__series"`` for sittings). At most one query, when it
    is made."""
    of_series = Invitation.objects.filter(series=OuterRef(series or "pk"))
    mine = of_series.filter(invitations_for(person, day=day))
    return ~Exists(of_series) | Exists(mine)
