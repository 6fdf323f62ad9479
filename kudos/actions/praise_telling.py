"""Telling leads that praise waits."""

import datetime as dt

from django.db import transaction
from django.urls import reverse

from engagement import times
from engagement.notices import actions as notices
from kudos.praise_notices import PRAISE_WAITING
from kudos.queries.praise import leads_with_waiting_praise

TOLD_FROM = dt.time(8)
# Older days are taken back with the newest: a list holds one of these at most.
TAKEN_BACK = 7


@transaction.atomic
def tell_of_waiting_praise(*, at: dt.datetime) -> int:
    """Tells each lead for whom praise waits, once a day from eight in the morning on.

    Returns how many were told now.
    """
    if at.astimezone(times.local_zone()).time() < TOLD_FROM:
        return 0
    people = leads_with_waiting_praise(at=at)
    if not people:
        return 0
    day = times.local_date(at)
    for back in range(1, TAKEN_BACK + 1):
        notices.withdraw_notices(source=_source(day - dt.timedelta(days=back)), at=at)
    return notices.notify(
        people=people,
        kind=PRAISE_WAITING,
        source=_source(day),
        link=reverse("kudos:praise"),
        at=at,
    )


def _source(day: dt.date) -> str:
    return f"praise:{day.isoformat()}"
