"""Who may read a notice, and who may look after what leaves the house."""

import datetime as dt

from django.core.exceptions import PermissionDenied
from django.http import Http404

from engagement import times
from engagement.notices.kinds import hides_reader
from engagement.notices.links import read_stop_token
from engagement.notices.models import Delivery, Notice
from engagement.people import access as people_access
from engagement.people.models import Person


def get_notice_to_read(person: Person, key: str, *, at: dt.datetime) -> Notice:
    """The notice, for its own reader. To everybody else it does not exist."""
    notice = Notice.objects.shown(at).filter(person=person, key=key).first()
    if notice is None:
        raise Http404
    return notice


def get_stop(token: str, *, at: dt.datetime) -> tuple[Person, str] | None:
    """Whose mails ``token`` stops, and of which kind; None for one that is not ours.

    The token is all the right it takes: mail programs call without anybody signed in.
    """
    stop = read_stop_token(token)
    if stop is None:
        return None
    person = Person.objects.employed_on(times.local_date(at)).filter(key=stop.person_key).first()
    return (person, stop.kind) if person else None


def can_watch_deliveries(person: Person) -> bool:
    """HR and administrators of the whole organisation, not of a part or of a partner."""
    return people_access.can_administer_everybody(person)


def check_can_watch_deliveries(person: Person) -> None:
    """403 for everybody who may not."""
    if not can_watch_deliveries(person):
        raise PermissionDenied


def get_delivery_to_retry(person: Person, key: str) -> Delivery:
    """A delivery, for those who look after them. One whose reader is hidden does not exist."""
    check_can_watch_deliveries(person)
    delivery = Delivery.objects.select_related("notice").filter(key=key).first()
    if delivery is None or (delivery.notice is not None and hides_reader(delivery.notice.kind)):
        raise Http404
    return delivery
