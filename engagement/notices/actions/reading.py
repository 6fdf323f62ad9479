"""What a reader does with notices."""

import datetime as dt
from collections.abc import Collection

from django.db.models import F, Q

from engagement.notices.models import Notice
from engagement.people.models import Person


def read_notice(*, notice: Notice, at: dt.datetime) -> None:
    """Notes that the notice was opened; the first time counts."""
    Notice.objects.unread().filter(pk=notice.pk).update(read_at=at)


def read_all_notices(*, by: Person, at: dt.datetime) -> int:
    """Notes that ``by`` has seen everything shown so far; returns how many were unread."""
    return Notice.objects.shown(at).unread().filter(person=by).update(read_at=at)


def read_told(*, by: Person, sources: Collection[str], at: dt.datetime) -> int:
    """Notes that ``by`` has seen what they were told of ``sources``, on its own page; returns how many
    notices were unread."""
    told = Notice.objects.shown(at).unread().filter(person=by, source__in=sources)
    return told.update(read_at=at)


def forget_who_read(*, sources: Collection[str], at: dt.datetime) -> int:
    """Notes what was told of ``sources`` by ``at`` as read by everybody when it was shown: who has
    opened it is not known any more, and it is new to nobody. Returns how many notices changed."""
    told = Notice.objects.filter(source__in=sources, show_from__lte=at)
    other = Q(read_at__isnull=True) | ~Q(read_at=F("show_from"))
    return told.filter(other).update(read_at=F("show_from"))
