"""Addresses for calendar programs: made, renewed, taken back."""

import datetime as dt

from django.db import transaction

from engagement.api.throttling import Rate, Taking, take
from engagement.people.models import Person
from events.calendar_secrets import digest
from events.models import CalendarLink

# Wrong addresses from one network. Right ones are never counted: a calendar service asks for
# everybody from the same few addresses, and one person's old link must not stop all others.
WRONG_SECRETS = Rate(per_minute=30, burst=60)


@transaction.atomic
def make_calendar_link(*, program: str, secret: str, by: Person, at: dt.datetime) -> CalendarLink:
    """The address ``secret`` (`calendar_secrets.new_secret`) for a ``program`` of ``by``'s own.

    One they had for that program ends at once. Raises ValidationError for unknown programs.
    """
    # Two at once: the second waits here, and its address is the one that works.
    Person.objects.select_for_update(no_key=True).get(pk=by.pk)
    old = CalendarLink.objects.filter(person=by, program=program).first()
    link = old or CalendarLink(person=by, program=program)
    link.secret_hash, link.made_at, link.last_read_on = digest(secret), at, None
    link.full_clean()
    link.save()
    return link


def revoke_calendar_link(*, program: str, by: Person, at: dt.datetime) -> bool:
    """Ends ``by``'s address for ``program`` at once; False when there was none."""
    return CalendarLink.objects.filter(person=by, program=program).delete()[0] > 0


@transaction.atomic
def choose_alarm(*, program: str, minutes: int | None, by: Person, at: dt.datetime) -> bool:
    """How long before a sitting that program rings; None never. False when there is no address."""
    link = CalendarLink.objects.select_for_update().filter(person=by, program=program).first()
    if link is None:
        return False
    link.alarm_minutes = minutes
    link.full_clean()
    link.save(update_fields=["alarm_minutes"])
    return True


def note_reading(*, link_id: int, known: dt.date | None, on: dt.date) -> None:
    """Notes the day on which a program read: one write a day, however often it asks."""
    if known != on:
        CalendarLink.objects.filter(pk=link_id).exclude(last_read_on=on).update(last_read_on=on)


def count_wrong_secret(*, address: str, at: dt.datetime) -> Taking:
    """Notes a wrong address from the network address ``address``, and whether more may be tried."""
    return take(name=f"calendar:{address}"[:80], rate=WRONG_SECRETS, at=at)
