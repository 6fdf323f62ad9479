"""An announcement as the card that walls show, once for each language (docs/wall-protocol.md)."""

import datetime as dt
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.text import Truncator
from django.utils.translation import gettext, override, pgettext

from engagement import times
from engagement.http.qr import qr_for_wall
from engagement.http.templatetags.vaffel import long_date
from engagement.live.actions import LANGUAGES
from events.models import Announcement

MOST_FACTS = 160


def card_label(announcement: Announcement) -> str:
    if announcement.kind == Announcement.Kind.ACTIVITY:
        return gettext("For you who work here")
    return pgettext("on a wall", "Decided")


def card_facts(announcement: Announcement) -> str:
    """Whom it affects, and when something happens. Why stands on the page alone."""
    told = Truncator(" ".join(announcement.affects.split())).chars(MOST_FACTS)
    if announcement.next_on is None:
        return told
    return f"{told} {long_date(announcement.next_on).capitalize()}."


def render_announcement(
    announcement: Announcement, *, show_from: dt.datetime, show_until: dt.datetime
) -> dict[str, dict[str, Any]]:
    """The cards of ``announcement``: what the code leads to is for those it was sent to."""
    address = (
        f"{settings.BASE_URL}{reverse('events:announcement', kwargs={'key': announcement.key})}"
    )
    cards = {}
    for language in LANGUAGES:
        with override(language):
            cards[language] = {
                "show_from": times.milliseconds(show_from),
                "show_until": times.milliseconds(show_until),
                "at": times.milliseconds(show_from),
                "thread": announcement.key,
                "label": card_label(announcement),
                "title": announcement.title,
                "facts": card_facts(announcement),
                "scan": gettext("Scan and read"),
                "qr": qr_for_wall(address),
                "sign_label": "",
                "sign": [],
            }
    return cards
