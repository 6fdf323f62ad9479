"""People who have left, as others read of them."""

import datetime as dt
from collections.abc import Iterable, Sequence

from engagement import times
from engagement.people.models import Person
from kudos.models import Kudos, KudosPolicy


def veil_leavers(people: Iterable[Person | None]) -> None:
    """Takes the names off those of ``people`` who have left, on these instances only, where HR has
    chosen so. They then read as somebody who was forgotten does. A query only when somebody has left.
    """
    gone = [one for one in people if one and not one.is_active]
    if not gone:
        return
    limit = _unnamed_since(KudosPolicy.objects.first() or KudosPolicy())
    for one in gone:
        if limit and one.left_on and one.left_on <= limit:
            one.given_name = one.family_name = ""


def veil_leavers_in(kudos: Sequence[Kudos], viewer: Person) -> None:
    """The same for givers and those thanked. Whoever is thanked by name keeps reading by whom."""
    veil_leavers(
        person
        for one in kudos
        if not any(row.person_id == viewer.pk for row in one.named)
        for person in (one.giver, *(row.person for row in one.named))
    )


def _unnamed_since(policy: KudosPolicy) -> dt.date | None:
    """Who left on this day or before has no name in feeds; None when everybody keeps it.

    Where thanks go from feeds, those that stay for somebody else's sake name leavers no more.
    """
    if policy.leavers == KudosPolicy.Leavers.UNNAMED:
        return times.today()
    if policy.leavers == KudosPolicy.Leavers.GONE:
        return times.today() - dt.timedelta(days=policy.gone_after_days)
    return None
