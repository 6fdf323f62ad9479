"""Who is invited."""

import datetime as dt

from django.db.models import Exists, OuterRef, Q

from engagement.people.lines import line_of
from engagement.people.models import Person
from events.models import Invitation


def invitations_for(person: Person, *, day: dt.date) -> Q:
    """Invitations (`Invitation`) that mean ``person`` as they stand on ``day``. One query."""
    line = line_of(person.pk, day=day)
    here = Q(site=line.site) if line.site else Q(pk__in=[])
    return here | Q(unit__in=line.units) | Q(employer=person.employer_id)


def inviting(person: Person, *, day: dt.date, series: str = "") -> Q:
    """What invites ``person``: a filter of series, or of what leads to one by the name ``series``
    (``"series"`` for events, ``"event__series"`` for sittings). One query, when it is made."""
    of_series = Invitation.objects.filter(series=OuterRef(series or "pk"))
    mine = of_series.filter(invitations_for(person, day=day))
    return ~Exists(of_series) | Exists(mine)
