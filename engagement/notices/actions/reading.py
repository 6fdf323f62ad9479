"""What a reader does with notices."""

import datetime as dt
from collections.abc import Collection

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
